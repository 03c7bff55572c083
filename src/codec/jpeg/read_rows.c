/* read_rows.c: the rows of a JPEG that has been started, and the end of the
 * file.
 *
 * Rows and planes are decoded straight into the caller's memory; only
 * four-colour rows, and planes whose blocks exceed the rows of the destination,
 * pass through a buffer.
 *
 * Four-colour pictures (CMYK, YCCK) become RGB as R = C * K / 255, rounded, on
 * data as Adobe stores it, where 255 means no ink; without an Adobe marker the
 * samples are amounts of ink and are inverted first.  It is the usual formula
 * for a picture whose profile is not used.
 */
#include "codec/jpeg/read_rows.h"

#include <assert.h>
#include <string.h>

#include "codec/jpeg/decode_error.h"

enum { ROWS_BATCH = 16 }; /* rows a call of libjpeg: an iMCU row of 4:2:0 */

static void rows_read_rows(struct ml_jpeg_source *s, const struct ml_dst *dst)
{
    for (uint32_t y = dst->y; y < dst->y_end;) {
        JSAMPROW rows[ROWS_BATCH];
        uint32_t count = dst->y_end - y;
        if (count > ROWS_BATCH)
            count = ROWS_BATCH;
        for (uint32_t i = 0; i < count; i++)
            rows[i] = ml_dst_row(dst, y + i);
        y += jpeg_read_scanlines(&s->cinfo, rows, count);
    }
}

/* x * y / 255 to nearest, exact for 0..255 each. */
static uint8_t rows_times(uint32_t x, uint32_t y)
{
    return (uint8_t)((x * y + 127) / 255);
}

static void rows_four_to_rgb(uint8_t *restrict rgb,
                             const uint8_t *restrict cmyk, size_t width,
                             uint8_t flip)
{
    for (size_t x = 0; x < width; x++) {
        const uint32_t k = cmyk[4 * x + 3] ^ flip;
        rgb[3 * x + 0] = rows_times(cmyk[4 * x + 0] ^ flip, k);
        rgb[3 * x + 1] = rows_times(cmyk[4 * x + 1] ^ flip, k);
        rgb[3 * x + 2] = rows_times(cmyk[4 * x + 2] ^ flip, k);
    }
}

static void rows_read_four(struct ml_jpeg_source *s, const struct ml_dst *dst)
{
    const uint8_t flip = s->adobe ? 0 : 255;
    for (uint32_t y = dst->y; y < dst->y_end; y++) {
        (void)jpeg_read_scanlines(&s->cinfo, &s->row, 1);
        rows_four_to_rgb(ml_dst_row(dst, y), s->row, s->cinfo.output_width,
                         flip);
    }
}

/* The rows of one component of one iMCU row: in place if whole blocks fit the
 * rows of the destination, else in the strip (libjpeg writes whole blocks, and
 * whole block rows below the picture). */
struct rows_part {
    JSAMPROW rows[ROWS_BATCH];
    uint8_t *to; /* first destination row */
    size_t stride, bytes;
    uint32_t count; /* of destination rows */
    bool in_place;
};

static void rows_part_place(struct rows_part *part,
                            const struct ml_source *source, uint32_t plane,
                            const struct ml_dst *dst, uint32_t y,
                            uint32_t y_end)
{
    const struct ml_jpeg_source *s = source->state;
    const struct ml_shape *shape = &source->header.shape;
    const jpeg_component_info *c = &s->cinfo.comp_info[plane];
    const uint32_t first = ml_plane_y(shape, plane, y);
    const uint32_t rows = (uint32_t)(c->v_samp_factor * c->DCT_scaled_size);
    part->stride = dst->stride_bytes[plane];
    part->to =
        dst->data[plane] +
        (size_t)(first - ml_plane_y(shape, plane, dst->y)) * part->stride;
    part->bytes = ml_row_bytes(shape, plane);
    part->count = ml_plane_y(shape, plane, y_end) - first;
    part->in_place =
        c->width_in_blocks * (size_t)c->DCT_scaled_size <= part->bytes;
    for (uint32_t i = 0; i < rows; i++)
        part->rows[i] = part->in_place && i < part->count
                            ? part->to + i * part->stride
                            : s->strip[plane] + i * s->strip_stride[plane];
}

static void rows_part_copy(const struct rows_part *part)
{
    for (uint32_t i = 0; !part->in_place && i < part->count; i++)
        memcpy(part->to + i * part->stride, part->rows[i], part->bytes);
}

static void rows_read_planes(struct ml_source *source, const struct ml_dst *dst)
{
    struct ml_jpeg_source *s = source->state;
    const uint32_t lines =
        (uint32_t)(s->cinfo.max_v_samp_factor * s->cinfo.min_DCT_scaled_size);
    assert(dst->y_end % lines == 0 ||
           dst->y_end == source->header.shape.height);
    for (uint32_t y = dst->y; y < dst->y_end; y += lines) {
        struct rows_part parts[3];
        JSAMPARRAY planes[3];
        const uint32_t y_end = dst->y_end - y < lines ? dst->y_end : y + lines;
        for (uint32_t p = 0; p < 3; p++) {
            rows_part_place(&parts[p], source, p, dst, y, y_end);
            planes[p] = parts[p].rows;
        }
        (void)jpeg_read_raw_data(&s->cinfo, planes, lines);
        for (uint32_t p = 0; p < 3; p++)
            rows_part_copy(&parts[p]);
    }
}

static enum ml_status rows_read_trapped(struct ml_source *source,
                                        const struct ml_dst *dst,
                                        struct ml_error *err)
{
    struct ml_jpeg_source *s = source->state;
    if (setjmp(s->trap.jump))
        return ml_jpeg_source_fail(s, err);
    if (ml_jpeg_is_planar(source))
        rows_read_planes(source, dst);
    else if (s->row)
        rows_read_four(s, dst);
    else
        rows_read_rows(s, dst);
    return ML_OK;
}

/* Under --fail-on none damage cannot make libjpeg jump here: it only warns, and
 * fills the missing rows itself. */
enum ml_status ml_jpeg_read(struct ml_source *source, const struct ml_dst *dst,
                            struct ml_error *err)
{
    const enum ml_status status = rows_read_trapped(source, dst, err);
    ml_jpeg_note_warnings(source);
    return status;
}

/* ---- end ---- */

static enum ml_status rows_finish(struct ml_source *source,
                                  struct ml_error *err)
{
    struct ml_jpeg_source *s = source->state;
    if (setjmp(s->trap.jump))
        return ml_jpeg_source_fail(s, err);
    s->phase = ML_JPEG_TAIL;
    (void)jpeg_finish_decompress(&s->cinfo);
    return ML_OK;
}

/* The rows are complete: damage behind them fails the picture only if --fail-on
 * asks for it. */
enum ml_status ml_jpeg_end(struct ml_source *source, struct ml_error *err)
{
    struct ml_jpeg_source *s = source->state;
    struct ml_error damage;
    enum ml_status status = rows_finish(source, &damage);
    if (status != ML_OK && !ml_fails_on(s->trap.fail_on, status)) {
        s->trap.warnings++;
        status = ML_OK;
    }
    if (status != ML_OK)
        *err = damage;
    ml_jpeg_note_warnings(source);
    return status;
}
