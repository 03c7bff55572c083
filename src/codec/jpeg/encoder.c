/* encoder.c: rows to a JPEG file in memory.
 *
 * In: 8-bit RGB rows, or planes: one of gray, or three with the subsampling of
 * the options.  Out: a baseline or progressive file in the caller's memory,
 * within the limit.  EXIF is written with its orientation set and without its
 * thumbnail, the profile in pieces, the pixel density in the JFIF header.
 *
 * libjpeg takes planes in whole blocks and whole iMCU rows: the last column and
 * the last row are repeated to fill them, as libjpeg itself does with rows.
 */
#include "codec/jpeg/encoder.h"

#include <assert.h>
#include <string.h>

#include "base/size_math.h"
#include "codec/jpeg/error_trap.h"

enum {
    SINK_ROWS = 16,       /* in one call of libjpeg */
    SINK_APP_MAX = 65533, /* bytes of one marker, its length excluded */
    SINK_EXIF_HEAD = 6,   /* "Exif\0\0" */
    SINK_ICC_HEAD = 14,   /* "ICC_PROFILE\0", number, count */
    SINK_ICC_PIECE = SINK_APP_MAX - SINK_ICC_HEAD,
    SINK_ICC_PIECES = 255
};

struct sink_state {
    struct jpeg_compress_struct cinfo;
    struct ml_jpeg_trap trap;
    struct jpeg_destination_mgr destination;
    size_t room; /* bytes of *output that may be used */
    /* Planes: an incomplete iMCU row, whole blocks wide. */
    uint8_t *strip[3];
    size_t strip_stride[3];
    uint32_t strip_rows; /* picture rows in it */
};

/* ---- errors ---- */

static enum ml_status sink_fail(const struct ml_sink *sink,
                                struct ml_error *err)
{
    const struct sink_state *s = sink->state;
    switch ((int)s->trap.status) {
    case ML_ERR_LIMIT:
        ml_fail(err, ML_ERR_LIMIT, "the JPEG is too large to write",
                "raise --limit-output, or lower the quality",
                "more than %zu bytes at row %u of %u", s->room, sink->next_y,
                sink->shape.height);
        break;
    case ML_ERR_MEMORY:
        ml_fail(err, ML_ERR_MEMORY, "no memory to encode the JPEG",
                "lower --jobs or --memory", "%s", s->trap.text);
        break;
    case ML_ERR_UNSUPPORTED:
        ml_fail(err, ML_ERR_UNSUPPORTED, "JPEG cannot store this picture",
                "write it as PNG with --to png, or make it smaller", "%s",
                s->trap.text);
        break;
    default:
        ml_fail(err, ML_ERR_INTERNAL, "the JPEG encoder failed", NULL, "%s",
                s->trap.text);
    }
    err->step = ML_STEP_ENCODE;
    return err->status;
}

static enum ml_status sink_no_memory(struct ml_error *err, size_t bytes)
{
    ml_fail(err, ML_ERR_MEMORY, "no memory to encode the JPEG",
            "raise --memory", "%zu bytes", bytes);
    err->step = ML_STEP_ENCODE;
    return ML_ERR_MEMORY;
}

/* ---- destination: the caller's memory ---- */

static void sink_destination_start(j_compress_ptr cinfo)
{
    (void)cinfo; /* pointers are set before */
}

static boolean sink_destination_full(j_compress_ptr cinfo)
{
    struct sink_state *s = cinfo->client_data;
    ml_jpeg_trap_longjmp(&s->trap, ML_ERR_LIMIT, "the output is full");
}

static void sink_destination_set(struct sink_state *s,
                                 const struct ml_sink *sink)
{
    struct ml_output *output = sink->output;
    s->room = output->capacity;
    if (sink->options.limit_bytes < s->room)
        s->room = (size_t)sink->options.limit_bytes;
    s->destination.init_destination = sink_destination_start;
    s->destination.empty_output_buffer = sink_destination_full;
    s->destination.term_destination = sink_destination_start;
    s->destination.next_output_byte = output->data;
    s->destination.free_in_buffer = s->room;
    s->cinfo.dest = &s->destination;
    output->used = 0;
}

/* ---- parameters ---- */

struct sink_factors {
    int h, v; /* of luma; chroma is 1x1 */
};

void ml_jpeg_sampling(const struct ml_sink_options *options, uint8_t *sub_x_out,
                      uint8_t *sub_y_out)
{
    *sub_x_out = options->subsample == 444 ? 1 : 2;
    *sub_y_out = options->subsample == 420 ? 2 : 1;
}

static struct sink_factors sink_factors(const struct ml_sink *sink)
{
    uint8_t x, y;
    if (sink->shape.layout == ML_GRAY)
        return (struct sink_factors){1, 1};
    ml_jpeg_sampling(&sink->options, &x, &y);
    return (struct sink_factors){x, y};
}

/* Gray is passed as a plane: libjpeg then does not copy it row by row. */
static bool sink_takes_planes(const struct ml_sink *sink)
{
    return sink->shape.layout != ML_RGB;
}

static void sink_set_parameters(struct sink_state *s,
                                const struct ml_sink *sink)
{
    const struct sink_factors factors = sink_factors(sink);
    const bool gray = sink->shape.layout == ML_GRAY;
    s->cinfo.image_width = sink->shape.width;
    s->cinfo.image_height = sink->shape.height;
    s->cinfo.input_components = gray ? 1 : 3;
    s->cinfo.in_color_space = gray                      ? JCS_GRAYSCALE
                              : sink_takes_planes(sink) ? JCS_YCbCr
                                                        : JCS_RGB;
    jpeg_set_defaults(&s->cinfo);
    jpeg_set_quality(&s->cinfo, sink->options.quality, TRUE);
    s->cinfo.dct_method = JDCT_ISLOW;
    s->cinfo.raw_data_in = sink_takes_planes(sink);
    s->cinfo.comp_info[0].h_samp_factor = factors.h;
    s->cinfo.comp_info[0].v_samp_factor = factors.v;
    if (sink->options.progressive)
        jpeg_simple_progression(&s->cinfo);
    if (sink->metadata.density_given) {
        s->cinfo.density_unit = sink->metadata.density_unit;
        s->cinfo.X_density = sink->metadata.x_density;
        s->cinfo.Y_density = sink->metadata.y_density;
    }
}

/* libjpeg holds all coefficients of a progressive file, two bytes each. */
void ml_jpeg_sink_prepare(struct ml_sink *sink)
{
    const struct sink_factors f = sink_factors(sink);
    const uint64_t across =
        (sink->shape.width + 8U * (unsigned)f.h - 1) / (8U * (unsigned)f.h);
    const uint64_t down =
        (sink->shape.height + 8U * (unsigned)f.v - 1) / (8U * (unsigned)f.v);
    const uint64_t blocks =
        (uint64_t)(f.h * f.v) + (sink->shape.layout == ML_GRAY ? 0 : 2);
    sink->held_bytes =
        sink->options.progressive ? across * down * blocks * sizeof(JBLOCK) : 0;
}

/* ---- metadata ---- */

/* The EXIF marker to write, in the arena; empty if it cannot be written. */
static enum ml_status sink_make_exif(struct ml_sink *sink,
                                     struct ml_bytes *app1_out,
                                     struct ml_error *err)
{
    const struct ml_bytes exif = sink->metadata.exif;
    *app1_out = (struct ml_bytes){NULL, 0};
    if (!exif.data)
        return ML_OK;
    const size_t capacity = exif.size + SINK_EXIF_HEAD;
    uint8_t *data = ml_arena_alloc(sink->arena, capacity);
    if (!data)
        return sink_no_memory(err, capacity);
    bool thumbnail;
    const size_t size =
        ml_exif_rewrite(exif, sink->metadata.orientation, data + SINK_EXIF_HEAD,
                        exif.size, &thumbnail);
    if (thumbnail)
        sink->metadata.dropped |= ML_DROPPED_PREVIEWS;
    if (size == 0 || size > SINK_APP_MAX - SINK_EXIF_HEAD) {
        sink->metadata.dropped |= ML_DROPPED_BROKEN;
        return ML_OK;
    }
    memcpy(data, "Exif\0", SINK_EXIF_HEAD);
    *app1_out = (struct ml_bytes){data, size + SINK_EXIF_HEAD};
    return ML_OK;
}

static bool sink_takes_profile(struct ml_sink *sink)
{
    const struct ml_bytes icc = sink->metadata.icc;
    if (!icc.data)
        return false;
    if (ml_icc_fits(icc, sink->shape.layout) &&
        icc.size <= (size_t)SINK_ICC_PIECE * SINK_ICC_PIECES)
        return true;
    sink->metadata.dropped |= ML_DROPPED_PROFILE;
    return false;
}

/* Write the head of a marker, and return the address of the `size` bytes that
 * the caller copies to it; libjpeg would take them one by one.  As in libjpeg,
 * an output without a byte left is full. */
static uint8_t *sink_put_marker(struct sink_state *s, int code, size_t size)
{
    struct jpeg_destination_mgr *out = &s->destination;
    uint8_t *at = out->next_output_byte;
    const size_t length = 2 + size; /* counts itself, not the code */
    if (out->free_in_buffer <= 2 + length)
        (void)sink_destination_full(&s->cinfo);
    at[0] = 0xff;
    at[1] = (uint8_t)code;
    at[2] = (uint8_t)(length >> 8);
    at[3] = (uint8_t)length;
    out->next_output_byte += 2 + length;
    out->free_in_buffer -= 2 + length;
    return at + 4;
}

static void sink_put_profile(struct sink_state *s, struct ml_bytes icc)
{
    const size_t count = (icc.size + SINK_ICC_PIECE - 1) / SINK_ICC_PIECE;
    uint8_t head[SINK_ICC_HEAD] = "ICC_PROFILE";
    head[13] = (uint8_t)count;
    for (size_t i = 0; i < count; i++) {
        const size_t begin = i * SINK_ICC_PIECE, left = icc.size - begin;
        const size_t size = left < SINK_ICC_PIECE ? left : SINK_ICC_PIECE;
        uint8_t *at = sink_put_marker(s, JPEG_APP0 + 2, sizeof head + size);
        head[12] = (uint8_t)(i + 1);
        memcpy(at, head, sizeof head);
        memcpy(at + sizeof head, icc.data + begin, size);
    }
}

/* ---- open ---- */

static enum ml_status sink_take_strips(struct ml_sink *sink,
                                       struct ml_error *err)
{
    struct sink_state *s = sink->state;
    const struct sink_factors f = sink_factors(sink);
    for (uint32_t p = 0; p < ml_plane_count(&sink->shape); p++) {
        s->strip_stride[p] = ml_row_stride(&sink->shape, p); /* blocks fit */
        const size_t rows = p == 0 ? 8 * (size_t)f.v : 8;
        s->strip[p] = ml_arena_alloc(sink->arena, rows * s->strip_stride[p]);
        if (!s->strip[p])
            return sink_no_memory(err, rows * s->strip_stride[p]);
    }
    return ML_OK;
}

static enum ml_status sink_begin(struct ml_sink *sink, struct ml_bytes app1,
                                 struct ml_error *err)
{
    struct sink_state *s = sink->state;
    const struct ml_bytes icc = sink->metadata.icc;
    if (setjmp(s->trap.jump))
        return sink_fail(sink, err);
    jpeg_create_compress(&s->cinfo);
    s->cinfo.client_data = s;
    sink_destination_set(s, sink);
    sink_set_parameters(s, sink);
    jpeg_start_compress(&s->cinfo, TRUE);
    if (app1.data)
        memcpy(sink_put_marker(s, JPEG_APP0 + 1, app1.size), app1.data,
               app1.size);
    if (sink_takes_profile(sink))
        sink_put_profile(s, icc);
    return ML_OK;
}

static bool sink_shape_ok(const struct ml_sink *sink)
{
    const struct ml_shape *shape = &sink->shape;
    const struct sink_factors f = sink_factors(sink);
    if (shape->bits != 8)
        return false;
    if (shape->layout == ML_YCC)
        return shape->sub_x == f.h && shape->sub_y == f.v;
    return shape->layout == ML_GRAY || shape->layout == ML_RGB;
}

enum ml_status ml_jpeg_sink_open(struct ml_sink *sink, struct ml_error *err)
{
    sink->next_y = 0;
    sink->state = NULL;
    if (!sink_shape_ok(sink)) {
        ml_fail(err, ML_ERR_INTERNAL, "JPEG cannot store these rows", NULL,
                "%s, %u bits, chroma %ux%u for %u",
                ml_layout_name(sink->shape.layout), sink->shape.bits,
                sink->shape.sub_x, sink->shape.sub_y, sink->options.subsample);
        err->step = ML_STEP_ENCODE;
        return ML_ERR_INTERNAL;
    }
    struct sink_state *s = ml_arena_calloc(sink->arena, sizeof *s);
    if (!s)
        return sink_no_memory(err, sizeof *s);
    sink->state = s;
    s->cinfo.err = ml_jpeg_trap_open(&s->trap, ML_FAIL_ON_NONE);
    struct ml_bytes app1;
    enum ml_status status = sink_make_exif(sink, &app1, err);
    if (status == ML_OK && sink_takes_planes(sink))
        status = sink_take_strips(sink, err);
    if (status == ML_OK)
        status = sink_begin(sink, app1, err);
    if (status != ML_OK)
        ml_jpeg_sink_close(sink);
    return status;
}

void ml_jpeg_sink_close(struct ml_sink *sink)
{
    struct sink_state *s = sink->state;
    if (s)
        jpeg_destroy_compress(&s->cinfo);
    sink->state = NULL;
}

/* ---- rows ---- */

/* libjpeg does not write to these bytes, though its types are not const. */
static JSAMPROW sink_row(const uint8_t *row)
{
    return (JSAMPROW)(uintptr_t)row;
}

static void sink_write_rows(struct sink_state *s, const struct ml_src *src)
{
    for (uint32_t y = src->y; y < src->y_end;) {
        JSAMPROW rows[SINK_ROWS];
        uint32_t count = src->y_end - y;
        if (count > SINK_ROWS)
            count = SINK_ROWS;
        for (uint32_t i = 0; i < count; i++)
            rows[i] = sink_row(ml_src_row(src, y + i));
        y += jpeg_write_scanlines(&s->cinfo, rows, count);
    }
}

static uint32_t sink_lines(const struct ml_sink *sink)
{
    return 8U * (uint32_t)sink_factors(sink).v;
}

/* Append rows [y, y_end) to the strip, each extended to whole blocks with its
 * last sample. */
static void sink_gather(struct ml_sink *sink, const struct ml_src *src,
                        uint32_t y, uint32_t y_end)
{
    struct sink_state *s = sink->state;
    const struct ml_shape *shape = &sink->shape;
    const struct ml_src part = ml_src_part(src, shape, y, y_end);
    for (uint32_t p = 0; p < ml_plane_count(shape); p++) {
        const size_t bytes = ml_row_bytes(shape, p);
        const uint32_t first = ml_plane_y(shape, p, s->strip_rows);
        const uint32_t rows =
            ml_plane_y(shape, p, y_end) - ml_plane_y(shape, p, y);
        for (uint32_t i = 0; i < rows; i++) {
            uint8_t *to = s->strip[p] + (first + i) * s->strip_stride[p];
            memcpy(to, part.data[p] + i * part.stride_bytes[p], bytes);
            memset(to + bytes, to[bytes - 1], ml_round_up(bytes, 8) - bytes);
        }
    }
    s->strip_rows += y_end - y;
}

/* Encode one iMCU row; the last row is repeated below the picture. */
static void sink_emit(struct ml_sink *sink, const struct ml_src *part)
{
    struct sink_state *s = sink->state;
    const struct ml_shape *shape = &sink->shape;
    JSAMPROW rows[3][SINK_ROWS];
    JSAMPARRAY planes[3] = {rows[0], rows[1], rows[2]};
    for (uint32_t p = 0; p < ml_plane_count(shape); p++) {
        const uint32_t count = ml_plane_y(shape, p, part->y_end - part->y);
        const uint32_t lines = p == 0 ? sink_lines(sink) : 8;
        for (uint32_t i = 0; i < lines; i++)
            rows[p][i] = sink_row(part->data[p] + (i < count ? i : count - 1) *
                                                      part->stride_bytes[p]);
    }
    (void)jpeg_write_raw_data(&s->cinfo, planes, sink_lines(sink));
}

static void sink_emit_strip(struct ml_sink *sink)
{
    struct sink_state *s = sink->state;
    struct ml_src part = {.y = 0, .y_end = s->strip_rows};
    for (uint32_t p = 0; p < ml_plane_count(&sink->shape); p++) {
        part.data[p] = s->strip[p];
        part.stride_bytes[p] = s->strip_stride[p];
    }
    sink_emit(sink, &part);
    s->strip_rows = 0;
}

/* Are the rows of every plane whole blocks, so that no copy is needed? */
static bool sink_blocks_whole(const struct ml_sink *sink)
{
    for (uint32_t p = 0; p < ml_plane_count(&sink->shape); p++)
        if (ml_row_bytes(&sink->shape, p) % 8 != 0)
            return false;
    return true;
}

static void sink_write_planes(struct ml_sink *sink, const struct ml_src *src)
{
    struct sink_state *s = sink->state;
    const uint32_t lines = sink_lines(sink);
    const bool whole = sink_blocks_whole(sink);
    for (uint32_t y = src->y; y < src->y_end;) {
        const uint32_t wanted = lines - s->strip_rows;
        const uint32_t y_end =
            src->y_end - y < wanted ? src->y_end : y + wanted;
        if (whole && y_end - y == lines) {
            const struct ml_src part = ml_src_part(src, &sink->shape, y, y_end);
            sink_emit(sink, &part);
        } else {
            sink_gather(sink, src, y, y_end);
            if (s->strip_rows == lines || y_end == sink->shape.height)
                sink_emit_strip(sink);
        }
        y = y_end;
    }
}

enum ml_status ml_jpeg_sink_write(struct ml_sink *sink,
                                  const struct ml_src *src,
                                  struct ml_error *err)
{
    struct sink_state *s = sink->state;
    assert(src->y == sink->next_y && src->y_end <= sink->shape.height);
    if (setjmp(s->trap.jump))
        return sink_fail(sink, err);
    if (sink_takes_planes(sink))
        sink_write_planes(sink, src);
    else
        sink_write_rows(s, src);
    sink->next_y = src->y_end;
    return ML_OK;
}

enum ml_status ml_jpeg_sink_end(struct ml_sink *sink, struct ml_error *err)
{
    struct sink_state *s = sink->state;
    assert(sink->next_y == sink->shape.height);
    if (setjmp(s->trap.jump))
        return sink_fail(sink, err);
    jpeg_finish_compress(&s->cinfo);
    sink->output->used = s->room - s->destination.free_in_buffer;
    return ML_OK;
}
