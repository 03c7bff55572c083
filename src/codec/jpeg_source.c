/* jpeg_source.c: JPEG files to rows.
 *
 * In: a whole file in memory.  Out: 8-bit gray or RGB rows, or the Y, Cb and Cr
 * planes as they are stored, at 1/1, 1/2, 1/4 or 1/8 of the size.  Slow-integer
 * IDCT and smooth chroma upsampling, whatever the CPU: every machine gives the
 * same bytes.
 *
 * Four-colour pictures (CMYK, YCCK) become RGB as R = C * K / 255, rounded, on
 * data as Adobe stores it, where 255 means no ink; without an Adobe marker the
 * samples are taken as ink and inverted first.  It is the usual formula for a
 * picture whose profile is not used.
 *
 * Damage: see the guard in jpeg_common.h.  What --fail-on lets pass is decoded
 * as far as libjpeg can; rows that it cannot reach are mid-gray.
 */
#include "codec/jpeg_common.h"

#include <assert.h>
#include <string.h>

#include "base/checked.h"
#include "base/text.h"

enum {
    SOURCE_ROWS = 16, /* handed to libjpeg in one call; an iMCU row of 4:2:0 */
    SOURCE_GRAY = 128
};

/* How far the file has been understood, for the texts of errors. */
enum source_phase {
    SOURCE_HEADER,
    SOURCE_SCANS, /* a picture in several scans is read before its first row */
    SOURCE_ROWS_PHASE,
    SOURCE_TAIL
};

struct source_state {
    struct jpeg_decompress_struct cinfo;
    struct ml_jpeg_guard guard;
    struct jpeg_progress_mgr progress;
    uint32_t scan_limit;
    enum source_phase phase;
    bool planar;       /* planes() was called */
    bool adobe;        /* four colours: 255 means no ink */
    bool given_up;     /* the rest is gray, --fail-on none */
    uint8_t *row;      /* four colours: one row of them */
    uint8_t *strip[3]; /* planes: an iMCU row, where dst has no room */
    size_t strip_stride[3];
};

/* ---- errors ---- */

static const char *source_what(enum ml_status status)
{
    switch ((int)status) {
    case ML_ERR_TRUNCATED:
        return "JPEG data ends early";
    case ML_ERR_WARNING:
        return "the JPEG decoder warns";
    case ML_ERR_UNSUPPORTED:
        return "a kind of JPEG that cannot be read";
    case ML_ERR_LIMIT:
        return "the JPEG has too many scans";
    case ML_ERR_FORMAT:
        return "a JPEG file without a picture";
    case ML_ERR_MEMORY:
        return "no memory to decode the JPEG";
    default:
        return "JPEG data is damaged";
    }
}

static const char *source_remedy(const struct source_state *s)
{
    switch ((int)s->guard.status) {
    case ML_ERR_UNSUPPORTED:
        return "convert it to a JPEG with 8 bits a sample first";
    case ML_ERR_LIMIT:
        return "save it again with fewer scans";
    case ML_ERR_MEMORY:
        return "lower --jobs or --memory";
    default:
        break;
    }
    if (s->phase == SOURCE_HEADER ||
        (s->phase == SOURCE_SCANS && s->guard.fatal))
        return "get the file again from where it came";
    if (s->guard.status == ML_ERR_WARNING)
        return "--fail-on error takes it as it is";
    return "--fail-on none keeps what can be read";
}

/* Where in the file it happened: " (only 120 of 400 rows are there)". */
static void source_place(const struct source_state *s, char *text, size_t size)
{
    const uint32_t height = s->cinfo.output_height;
    const uint32_t rows =
        s->cinfo.output_scanline < height ? s->cinfo.output_scanline : height;
    if (s->phase == SOURCE_HEADER)
        (void)snprintf(text, size, "in the header");
    else if (s->phase == SOURCE_SCANS)
        (void)snprintf(text, size, "in scan %d of a picture in several scans",
                       s->cinfo.input_scan_number);
    else if (s->phase == SOURCE_ROWS_PHASE)
        (void)snprintf(text, size, "only %u of %u rows are there", rows,
                       height);
    else
        (void)snprintf(text, size, "behind the last of %u rows", height);
}

/* After a jump: the error for the caller. */
static enum ml_status source_fail(const struct source_state *s,
                                  struct ml_error *err)
{
    char place[64];
    source_place(s, place, sizeof place);
    const enum ml_status status = s->guard.status;
    if (status == ML_ERR_TRUNCATED)
        return ml_fail(err, status, source_what(status), source_remedy(s), "%s",
                       place);
    if (s->phase == SOURCE_HEADER)
        return ml_fail(err, status, source_what(status), source_remedy(s), "%s",
                       s->guard.text);
    return ml_fail(err, status, source_what(status), source_remedy(s),
                   "%.90s: %s", s->guard.text, place);
}

static void source_note_warnings(struct ml_source *source)
{
    const struct source_state *s = source->state;
    source->warnings = s->guard.warnings;
    memcpy(source->warning, s->guard.warning, sizeof source->warning);
}

/* ---- header ---- */

static const char *source_sampling(const struct jpeg_decompress_struct *cinfo,
                                   char *text, size_t size)
{
    static const struct {
        int h, v;
        const char *name;
    } known[] = {{1, 1, "4:4:4"}, {2, 1, "4:2:2"}, {2, 2, "4:2:0"},
                 {1, 2, "4:4:0"}, {4, 1, "4:1:1"}, {4, 2, "4:1:0"},
                 {1, 4, "4:4:1"}};
    const jpeg_component_info *c = cinfo->comp_info;
    const bool chroma_1x1 = c[1].h_samp_factor == 1 &&
                            c[1].v_samp_factor == 1 &&
                            c[2].h_samp_factor == 1 && c[2].v_samp_factor == 1;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (chroma_1x1 && c[0].h_samp_factor == known[i].h &&
            c[0].v_samp_factor == known[i].v)
            return known[i].name;
    (void)snprintf(text, size, "%dx%d,%dx%d,%dx%d", c[0].h_samp_factor,
                   c[0].v_samp_factor, c[1].h_samp_factor, c[1].v_samp_factor,
                   c[2].h_samp_factor, c[2].v_samp_factor);
    return text;
}

static void source_coding(struct source_state *s, uint8_t sof, char *text,
                          size_t size)
{
    static const char *const colours[] = {"unknown", "gray", "RGB",
                                          "YCbCr",   "CMYK", "YCCK"};
    struct jpeg_decompress_struct *cinfo = &s->cinfo;
    const char *process = cinfo->progressive_mode ? "progressive"
                          : sof == 0xc0           ? "baseline"
                                                  : "sequential";
    const char *several =
        !cinfo->progressive_mode && jpeg_has_multiple_scans(cinfo)
            ? ", several scans"
            : "";
    struct ml_text out;
    ml_text_open(&out, text, size);
    ml_text_add(&out, "%s%s%s, %s", process, several,
                cinfo->arith_code ? ", arithmetic" : "",
                colours[cinfo->jpeg_color_space]);
    char factors[24];
    if (cinfo->num_components == 3)
        ml_text_add(&out, " %s",
                    source_sampling(cinfo, factors, sizeof factors));
}

/* libjpeg keeps the coefficients of a picture in several scans: two bytes a
 * sample, blocks padded to whole iMCUs. */
static uint64_t source_held_bytes(struct jpeg_decompress_struct *cinfo)
{
    uint64_t bytes = 0;
    if (!jpeg_has_multiple_scans(cinfo))
        return 0;
    for (int i = 0; i < cinfo->num_components; i++) {
        const jpeg_component_info *c = &cinfo->comp_info[i];
        const uint64_t h = (uint64_t)c->h_samp_factor;
        const uint64_t v = (uint64_t)c->v_samp_factor;
        bytes += (c->width_in_blocks + h - 1) / h * h *
                 ((c->height_in_blocks + v - 1) / v * v) * sizeof(JBLOCK);
    }
    return bytes;
}

/* Does `whole` cover `part` once or twice, exactly? */
static bool source_covers(int whole, int part, uint8_t *times_out)
{
    if (whole != part && whole != 2 * part)
        return false;
    *times_out = (uint8_t)(whole / part);
    return true;
}

/* Can the picture, at the scale set now, be given as planes?  libjpeg may scale
 * chroma less than luma, so that subsampling shrinks or vanishes.  Callers
 * count on ranges of 8 * sub_y rows: an iMCU row must divide that. */
static bool source_planes_shape(const struct jpeg_decompress_struct *cinfo,
                                struct ml_shape *shape)
{
    if (cinfo->jpeg_color_space != JCS_YCbCr || cinfo->num_components != 3)
        return false;
    const int across = cinfo->max_h_samp_factor * cinfo->min_DCT_scaled_size;
    const int down = cinfo->max_v_samp_factor * cinfo->min_DCT_scaled_size;
    uint8_t x[3], y[3];
    for (int i = 0; i < 3; i++) {
        const jpeg_component_info *c = &cinfo->comp_info[i];
        if (!source_covers(across, c->h_samp_factor * c->DCT_scaled_size,
                           &x[i]) ||
            !source_covers(down, c->v_samp_factor * c->DCT_scaled_size, &y[i]))
            return false;
    }
    shape->layout = ML_YCC;
    shape->sub_x = x[1];
    shape->sub_y = y[1];
    return x[0] == 1 && y[0] == 1 && x[1] == x[2] && y[1] == y[2] &&
           8 * y[1] % down == 0;
}

/* facts from the scale and the planes asked for. */
static void source_describe(struct ml_source *source)
{
    struct source_state *s = source->state;
    struct ml_source_facts *facts = &source->facts;
    jpeg_calc_output_dimensions(&s->cinfo);
    const bool gray = s->cinfo.out_color_space == JCS_GRAYSCALE;
    struct ml_shape shape = {.width = s->cinfo.output_width,
                             .height = s->cinfo.output_height,
                             .layout = gray ? ML_GRAY : ML_RGB,
                             .bits = 8,
                             .sub_x = 1,
                             .sub_y = 1};
    facts->shape = shape;
    facts->planes = source_planes_shape(&s->cinfo, &shape);
    if (facts->planes && s->planar)
        facts->shape = shape;
}

static bool source_is_four_colours(const struct jpeg_decompress_struct *cinfo)
{
    return cinfo->jpeg_color_space == JCS_CMYK ||
           cinfo->jpeg_color_space == JCS_YCCK;
}

static J_COLOR_SPACE source_colour(const struct source_state *s)
{
    if (s->cinfo.jpeg_color_space == JCS_GRAYSCALE)
        return JCS_GRAYSCALE;
    return source_is_four_colours(&s->cinfo) ? JCS_CMYK : JCS_RGB;
}

static void source_metadata(struct ml_source *source, uint8_t *sof_out)
{
    const struct source_state *s = source->state;
    struct ml_metadata *metadata = &source->facts.metadata;
    const enum ml_layout colour = source_is_four_colours(&s->cinfo) ? ML_CMYK
                                  : s->cinfo.out_color_space == JCS_GRAYSCALE
                                      ? ML_GRAY
                                      : ML_RGB;
    *sof_out = ml_jpeg_markers(source->file, source->arena, colour, metadata);
    metadata->density_given = s->cinfo.saw_JFIF_marker;
    metadata->x_density = s->cinfo.X_density;
    metadata->y_density = s->cinfo.Y_density;
    metadata->density_unit = s->cinfo.density_unit;
}

static enum ml_status source_facts(struct ml_source *source,
                                   struct ml_error *err)
{
    struct source_state *s = source->state;
    struct ml_source_facts *facts = &source->facts;
    const enum ml_status status =
        ml_limits_check(&source->options.limits, s->cinfo.image_width,
                        s->cinfo.image_height, err);
    if (status != ML_OK)
        return status;
    if (s->cinfo.jpeg_color_space == JCS_UNKNOWN)
        return ml_fail(err, ML_ERR_UNSUPPORTED, source_what(ML_ERR_UNSUPPORTED),
                       "convert it to a gray or colour JPEG first",
                       "it has %d colour components", s->cinfo.num_components);
    s->cinfo.out_color_space = source_colour(s);
    s->cinfo.dct_method = JDCT_ISLOW;
    s->adobe = s->cinfo.saw_Adobe_marker;
    uint8_t sof;
    source_metadata(source, &sof);
    facts->full_width = s->cinfo.image_width;
    facts->full_height = s->cinfo.image_height;
    facts->shrinks = true;
    facts->lossy = true;
    facts->held_bytes = source_held_bytes(&s->cinfo);
    source_coding(s, sof, facts->coding, sizeof facts->coding);
    source_describe(source);
    return ML_OK;
}

/* Many tiny scans over a large picture cost hours: count them. */
static void source_progress(j_common_ptr common)
{
    struct source_state *s = common->client_data;
    char text[64];
    if (s->cinfo.input_scan_number <= (int)s->scan_limit)
        return;
    (void)snprintf(text, sizeof text, "more than %u scans", s->scan_limit);
    ml_jpeg_guard_jump(&s->guard, ML_ERR_LIMIT, text);
}

static enum ml_status source_read_header(struct ml_source *source,
                                         struct ml_error *err)
{
    struct source_state *s = source->state;
    if (setjmp(s->guard.jump))
        return source_fail(s, err);
    jpeg_create_decompress(&s->cinfo);
    s->cinfo.client_data = s;
    s->progress.progress_monitor = source_progress;
    s->cinfo.progress = &s->progress;
    jpeg_mem_src(&s->cinfo, source->file.data,
                 (unsigned long)source->file.size);
    (void)jpeg_read_header(&s->cinfo, TRUE);
    return source_facts(source, err);
}

static enum ml_status source_no_memory(struct ml_error *err, size_t bytes)
{
    return ml_fail(err, ML_ERR_MEMORY, source_what(ML_ERR_MEMORY),
                   "raise --memory", "%zu bytes", bytes);
}

enum ml_status ml_jpeg_open(struct ml_source *source, struct ml_error *err)
{
    struct source_state *s = ml_arena_take_zeroed(source->arena, sizeof *s);
    if (!s)
        return source_no_memory(err, sizeof *s);
    source->state = s;
    s->scan_limit = source->options.limits.jpeg_scans;
    s->cinfo.err = ml_jpeg_guard_open(&s->guard, source->options.fail_on);
    const enum ml_status status = source_read_header(source, err);
    source_note_warnings(source);
    if (status != ML_OK)
        ml_jpeg_close(source);
    return status;
}

void ml_jpeg_close(struct ml_source *source)
{
    struct source_state *s = source->state;
    if (s)
        jpeg_destroy_decompress(&s->cinfo);
    source->state = NULL;
}

/* ---- what the chain asks for before the start ---- */

/* These only compute: a jump would be a bug, and leaves the full size. */
void ml_jpeg_shrink(struct ml_source *source, uint32_t least_width,
                    uint32_t least_height)
{
    struct source_state *s = source->state;
    if (setjmp(s->guard.jump))
        return;
    for (unsigned denom = 8; denom >= 1; denom /= 2) {
        s->cinfo.scale_num = 1;
        s->cinfo.scale_denom = denom;
        jpeg_calc_output_dimensions(&s->cinfo);
        if (s->cinfo.output_width >= least_width &&
            s->cinfo.output_height >= least_height)
            break;
    }
    source_describe(source);
}

void ml_jpeg_planes(struct ml_source *source)
{
    struct source_state *s = source->state;
    s->planar = true;
    if (setjmp(s->guard.jump) == 0)
        source_describe(source);
}

/* ---- start ---- */

static bool source_is_planar(const struct ml_source *source)
{
    return source->facts.shape.layout == ML_YCC;
}

static enum ml_status source_take_strips(struct ml_source *source,
                                         struct ml_error *err)
{
    struct source_state *s = source->state;
    for (int i = 0; i < 3; i++) {
        const jpeg_component_info *c = &s->cinfo.comp_info[i];
        const size_t scaled = (size_t)c->DCT_scaled_size;
        s->strip_stride[i] =
            ml_round_up(c->width_in_blocks * scaled, ML_ROW_ALIGN);
        const size_t bytes =
            s->strip_stride[i] * (size_t)c->v_samp_factor * scaled;
        s->strip[i] = ml_arena_take(source->arena, bytes);
        if (!s->strip[i])
            return source_no_memory(err, bytes);
    }
    return ML_OK;
}

static enum ml_status source_take_row(struct ml_source *source,
                                      struct ml_error *err)
{
    struct source_state *s = source->state;
    const size_t bytes = (size_t)source->facts.shape.width * 4;
    s->row = ml_arena_take(source->arena, bytes);
    return s->row ? ML_OK : source_no_memory(err, bytes);
}

/* A picture in several scans is read to its end here. */
static enum ml_status source_begin(struct ml_source *source,
                                   struct ml_error *err)
{
    struct source_state *s = source->state;
    if (setjmp(s->guard.jump))
        return source_fail(s, err);
    s->phase =
        jpeg_has_multiple_scans(&s->cinfo) ? SOURCE_SCANS : SOURCE_ROWS_PHASE;
    (void)jpeg_start_decompress(&s->cinfo);
    s->phase = SOURCE_ROWS_PHASE;
    return ML_OK;
}

enum ml_status ml_jpeg_start(struct ml_source *source, struct ml_error *err)
{
    struct source_state *s = source->state;
    enum ml_status status = ML_OK;
    if (source_is_planar(source)) {
        s->cinfo.raw_data_out = TRUE;
        s->cinfo.out_color_space = JCS_YCbCr;
        status = source_take_strips(source, err);
    } else if (s->cinfo.out_color_space == JCS_CMYK) {
        status = source_take_row(source, err);
    }
    if (status == ML_OK)
        status = source_begin(source, err);
    source_note_warnings(source);
    return status;
}

/* ---- rows ---- */

static void source_read_rows(struct source_state *s, const struct ml_dst *dst)
{
    for (uint32_t y = dst->y; y < dst->y_end;) {
        JSAMPROW rows[SOURCE_ROWS];
        uint32_t count = dst->y_end - y;
        if (count > SOURCE_ROWS)
            count = SOURCE_ROWS;
        for (uint32_t i = 0; i < count; i++)
            rows[i] = ml_dst_row(dst, y + i);
        y += jpeg_read_scanlines(&s->cinfo, rows, count);
    }
}

/* x * y / 255 to nearest, exact for 0..255 each. */
static uint8_t source_times(uint32_t x, uint32_t y)
{
    return (uint8_t)((x * y + 127) / 255);
}

static void source_four_to_rgb(uint8_t *restrict rgb,
                               const uint8_t *restrict cmyk, size_t width,
                               uint8_t flip)
{
    for (size_t x = 0; x < width; x++) {
        const uint32_t k = cmyk[4 * x + 3] ^ flip;
        rgb[3 * x + 0] = source_times(cmyk[4 * x + 0] ^ flip, k);
        rgb[3 * x + 1] = source_times(cmyk[4 * x + 1] ^ flip, k);
        rgb[3 * x + 2] = source_times(cmyk[4 * x + 2] ^ flip, k);
    }
}

static void source_read_four(struct source_state *s, const struct ml_dst *dst)
{
    const uint8_t flip = s->adobe ? 0 : 255;
    for (uint32_t y = dst->y; y < dst->y_end; y++) {
        (void)jpeg_read_scanlines(&s->cinfo, &s->row, 1);
        source_four_to_rgb(ml_dst_row(dst, y), s->row, s->cinfo.output_width,
                           flip);
    }
}

/* Rows of one component for one iMCU row: in place where whole blocks fit into
 * the row of the destination, in the strip elsewhere (libjpeg writes whole
 * blocks, and whole block rows below the picture). */
struct source_part {
    JSAMPROW rows[SOURCE_ROWS];
    uint8_t *to; /* first destination row */
    size_t stride, bytes;
    uint32_t count; /* of rows within the range */
    bool in_place;
};

static void source_part_place(struct source_part *part,
                              const struct ml_source *source, uint32_t plane,
                              const struct ml_dst *dst, uint32_t y,
                              uint32_t y_end)
{
    const struct source_state *s = source->state;
    const struct ml_shape *shape = &source->facts.shape;
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

static void source_part_copy(const struct source_part *part)
{
    for (uint32_t i = 0; !part->in_place && i < part->count; i++)
        memcpy(part->to + i * part->stride, part->rows[i], part->bytes);
}

static void source_read_planes(struct ml_source *source,
                               const struct ml_dst *dst)
{
    struct source_state *s = source->state;
    const uint32_t lines =
        (uint32_t)(s->cinfo.max_v_samp_factor * s->cinfo.min_DCT_scaled_size);
    assert(dst->y_end % lines == 0 || dst->y_end == source->facts.shape.height);
    for (uint32_t y = dst->y; y < dst->y_end; y += lines) {
        struct source_part parts[3];
        JSAMPARRAY planes[3];
        const uint32_t y_end = dst->y_end - y < lines ? dst->y_end : y + lines;
        for (uint32_t p = 0; p < 3; p++) {
            source_part_place(&parts[p], source, p, dst, y, y_end);
            planes[p] = parts[p].rows;
        }
        (void)jpeg_read_raw_data(&s->cinfo, planes, lines);
        for (uint32_t p = 0; p < 3; p++)
            source_part_copy(&parts[p]);
    }
}

static void source_fill_gray(const struct ml_source *source,
                             const struct ml_dst *dst, uint32_t y)
{
    const struct ml_shape *shape = &source->facts.shape;
    if (y >= dst->y_end)
        return;
    const struct ml_dst rest =
        ml_dst_part(dst, shape, y > dst->y ? y : dst->y, dst->y_end);
    for (uint32_t p = 0; p < ml_plane_count(shape); p++) {
        const uint32_t count =
            ml_plane_y(shape, p, rest.y_end) - ml_plane_y(shape, p, rest.y);
        for (size_t i = 0; i < count; i++)
            memset(rest.data[p] + i * rest.stride_bytes[p], SOURCE_GRAY,
                   ml_row_bytes(shape, p));
    }
}

static enum ml_status source_read_guarded(struct ml_source *source,
                                          const struct ml_dst *dst,
                                          struct ml_error *err)
{
    struct source_state *s = source->state;
    if (setjmp(s->guard.jump))
        return source_fail(s, err);
    if (source_is_planar(source))
        source_read_planes(source, dst);
    else if (s->row)
        source_read_four(s, dst);
    else
        source_read_rows(s, dst);
    return ML_OK;
}

/* Damage that libjpeg cannot pass, in a picture of which all that can be read
 * is wanted. */
static bool source_may_give_up(const struct source_state *s,
                               enum ml_status status)
{
    return s->guard.fail_on == ML_FAIL_ON_NONE &&
           (status == ML_ERR_TRUNCATED || status == ML_ERR_CORRUPT);
}

enum ml_status ml_jpeg_read(struct ml_source *source, const struct ml_dst *dst,
                            struct ml_error *err)
{
    struct source_state *s = source->state;
    enum ml_status status = ML_OK;
    struct ml_error damage;
    if (!s->given_up)
        status = source_read_guarded(source, dst, &damage);
    if (source_may_give_up(s, status)) {
        s->given_up = true;
        s->guard.warnings++;
        status = ML_OK;
    }
    if (s->given_up)
        source_fill_gray(source, dst, s->cinfo.output_scanline);
    if (status != ML_OK)
        *err = damage;
    source_note_warnings(source);
    return status;
}

/* ---- end ---- */

static enum ml_status source_finish(struct ml_source *source,
                                    struct ml_error *err)
{
    struct source_state *s = source->state;
    if (setjmp(s->guard.jump))
        return source_fail(s, err);
    s->phase = SOURCE_TAIL;
    (void)jpeg_finish_decompress(&s->cinfo);
    return ML_OK;
}

/* All rows are given: what libjpeg finds behind them fails the picture only
 * where --fail-on says so. */
enum ml_status ml_jpeg_end(struct ml_source *source, struct ml_error *err)
{
    struct source_state *s = source->state;
    struct ml_error damage;
    if (s->given_up)
        return ML_OK;
    enum ml_status status = source_finish(source, &damage);
    if (status != ML_OK && !ml_fails_on(s->guard.fail_on, status)) {
        s->guard.warnings++;
        status = ML_OK;
    }
    if (status != ML_OK)
        *err = damage;
    source_note_warnings(source);
    return status;
}
