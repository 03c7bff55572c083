/* decoder.c: JPEG files to rows.
 *
 * In: a whole file in memory.  Out: 8-bit gray or RGB rows, or the Y, Cb and Cr
 * planes as they are stored, or Y alone, at 1/1, 1/2, 1/4 or 1/8 of the size.
 * The slow-integer IDCT and smooth chroma upsampling are used on every CPU, so
 * that every machine makes the same bytes.  One thread uses a source; its state
 * and buffers are in the arena, close frees what libjpeg has allocated.
 *
 * Damage: see the trap in error_trap.h.  Damage that --fail-on lets pass is
 * decoded as far as libjpeg can; libjpeg fills the rows behind it.
 */
#include "codec/jpeg/decoder.h"

#include <string.h>

#include "base/size_math.h"
#include "codec/jpeg/decode_error.h"
#include "codec/jpeg/header.h"

/* ---- open ---- */

/* Called after every iMCU row of a picture in several scans.  Counts the scans,
 * because many tiny ones over a large picture take hours, and stores how many
 * bytes were sound (an unread marker has left the buffer already: 2 bytes). */
static void source_progress(j_common_ptr common)
{
    struct ml_jpeg_source *s = common->client_data;
    char text[64];
    s->sound_bytes = s->size_bytes - s->cinfo.src->bytes_in_buffer -
                     (s->cinfo.unread_marker ? 2 : 0);
    if (s->cinfo.input_scan_number <= (int)s->scan_limit)
        return;
    (void)snprintf(text, sizeof text, "more than %u scans", s->scan_limit);
    ml_jpeg_trap_longjmp(&s->trap, ML_ERR_LIMIT, text);
}

static void source_create(struct ml_jpeg_source *s, const uint8_t *data,
                          size_t size)
{
    jpeg_create_decompress(&s->cinfo);
    s->cinfo.client_data = s;
    s->progress.progress_monitor = source_progress;
    s->cinfo.progress = &s->progress;
    s->size_bytes = size;
    jpeg_mem_src(&s->cinfo, data, (unsigned long)size);
    (void)jpeg_read_header(&s->cinfo, TRUE);
}

static enum ml_status source_read_header(struct ml_source *source,
                                         struct ml_error *err)
{
    struct ml_jpeg_source *s = source->state;
    if (setjmp(s->trap.jump))
        return ml_jpeg_source_fail(s, err);
    source_create(s, source->file.data, source->file.size);
    return ml_jpeg_fill_header(source, err);
}

static enum ml_status source_no_memory(struct ml_error *err, size_t bytes)
{
    return ml_fail(err, ML_ERR_MEMORY, ml_jpeg_source_what(ML_ERR_MEMORY),
                   "raise --memory", "%zu bytes", bytes);
}

enum ml_status ml_jpeg_open(struct ml_source *source, struct ml_error *err)
{
    struct ml_jpeg_source *s = ml_arena_calloc(source->arena, sizeof *s);
    if (!s)
        return source_no_memory(err, sizeof *s);
    source->state = s;
    s->scan_limit = source->options.limits.jpeg_scans;
    s->cinfo.err = ml_jpeg_trap_open(&s->trap, source->options.fail_on);
    const enum ml_status status = source_read_header(source, err);
    ml_jpeg_note_warnings(source);
    if (status != ML_OK)
        ml_jpeg_close(source);
    return status;
}

void ml_jpeg_close(struct ml_source *source)
{
    struct ml_jpeg_source *s = source->state;
    if (s)
        jpeg_destroy_decompress(&s->cinfo);
    source->state = NULL;
}

/* ---- choices of the chain before the start ---- */

/* The three functions only compute: a jump would be a bug, and leaves the full
 * size. */
void ml_jpeg_shrink(struct ml_source *source, uint32_t least_width,
                    uint32_t least_height)
{
    struct ml_jpeg_source *s = source->state;
    if (setjmp(s->trap.jump))
        return;
    for (unsigned denom = 8; denom >= 1; denom /= 2) {
        s->cinfo.scale_num = 1;
        s->cinfo.scale_denom = denom;
        jpeg_calc_output_dimensions(&s->cinfo);
        if (s->cinfo.output_width >= least_width &&
            s->cinfo.output_height >= least_height)
            break;
    }
    ml_jpeg_describe(source);
}

void ml_jpeg_planes(struct ml_source *source)
{
    struct ml_jpeg_source *s = source->state;
    s->planar = true;
    if (setjmp(s->trap.jump) == 0)
        ml_jpeg_describe(source);
}

/* libjpeg then does not decode the other components. */
void ml_jpeg_luma(struct ml_source *source)
{
    struct ml_jpeg_source *s = source->state;
    s->luma = true;
    s->cinfo.out_color_space = JCS_GRAYSCALE;
    if (setjmp(s->trap.jump) == 0)
        ml_jpeg_describe(source);
}

/* ---- start ---- */

static enum ml_status source_take_strips(struct ml_source *source,
                                         struct ml_error *err)
{
    struct ml_jpeg_source *s = source->state;
    for (int i = 0; i < 3; i++) {
        const jpeg_component_info *c = &s->cinfo.comp_info[i];
        const size_t scaled = (size_t)c->DCT_scaled_size;
        s->strip_stride[i] =
            ml_round_up(c->width_in_blocks * scaled, ML_ROW_ALIGN);
        const size_t bytes =
            s->strip_stride[i] * (size_t)c->v_samp_factor * scaled;
        s->strip[i] = ml_arena_alloc(source->arena, bytes);
        if (!s->strip[i])
            return source_no_memory(err, bytes);
    }
    return ML_OK;
}

static enum ml_status source_take_row(struct ml_source *source,
                                      struct ml_error *err)
{
    struct ml_jpeg_source *s = source->state;
    const size_t bytes = (size_t)source->header.shape.width * 4;
    s->row = ml_arena_alloc(source->arena, bytes);
    return s->row ? ML_OK : source_no_memory(err, bytes);
}

/* Reads a picture in several scans to its end. */
static enum ml_status source_begin(struct ml_source *source,
                                   struct ml_error *err)
{
    struct ml_jpeg_source *s = source->state;
    if (setjmp(s->trap.jump))
        return ml_jpeg_source_fail(s, err);
    if (jpeg_has_multiple_scans(&s->cinfo))
        s->phase = ML_JPEG_SCANS;
    (void)jpeg_start_decompress(&s->cinfo);
    s->phase = ML_JPEG_ROWS;
    return ML_OK;
}

static void source_set_output(struct ml_source *source)
{
    struct ml_jpeg_source *s = source->state;
    s->cinfo.dct_method = JDCT_ISLOW;
    s->cinfo.raw_data_out = ml_jpeg_is_planar(source);
    s->cinfo.out_color_space =
        ml_jpeg_is_planar(source) ? JCS_YCbCr : ml_jpeg_output_colour(s);
}

/* Should the scans before the damage be decoded instead of failing? */
static bool source_keeps_sound(const struct ml_jpeg_source *s,
                               enum ml_status status)
{
    return s->trap.fail_on == ML_FAIL_ON_NONE &&
           (status == ML_ERR_TRUNCATED || status == ML_ERR_CORRUPT);
}

/* Begin again with a file that ends before the damage: the sound scans make a
 * coarser picture. */
static enum ml_status source_begin_sound(struct ml_source *source,
                                         struct ml_error *err)
{
    struct ml_jpeg_source *s = source->state;
    const unsigned denom = s->cinfo.scale_denom;
    if (setjmp(s->trap.jump))
        return ml_jpeg_source_fail(s, err);
    jpeg_destroy_decompress(&s->cinfo);
    s->phase = ML_JPEG_HEADER;
    source_create(s, source->file.data, s->sound_bytes);
    s->cinfo.scale_num = 1;
    s->cinfo.scale_denom = denom;
    source_set_output(source);
    s->trap.warnings++;
    return source_begin(source, err);
}

enum ml_status ml_jpeg_start(struct ml_source *source, struct ml_error *err)
{
    struct ml_jpeg_source *s = source->state;
    enum ml_status status = ML_OK;
    source_set_output(source);
    if (ml_jpeg_is_planar(source))
        status = source_take_strips(source, err);
    else if (s->cinfo.out_color_space == JCS_CMYK)
        status = source_take_row(source, err);
    if (status == ML_OK)
        status = source_begin(source, err);
    if (s->sound_bytes > 0 && source_keeps_sound(s, status))
        status = source_begin_sound(source, err);
    ml_jpeg_note_warnings(source);
    return status;
}
