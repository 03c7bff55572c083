/* header.c: see header.h.
 *
 * In: a libjpeg object whose header has been read.  Out: size, layout, coding
 * in words, memory needed, metadata.  Allocates nothing that grows with the
 * picture.
 */
#include "codec/jpeg/header.h"

#include "base/strbuf.h"
#include "codec/jpeg/decode_error.h"
#include "codec/jpeg/markers.h"

static const char *header_sampling(const struct jpeg_decompress_struct *cinfo,
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

static void header_coding(struct ml_jpeg_source *s, uint8_t sof, char *text,
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
    struct ml_strbuf out;
    ml_strbuf_open(&out, text, size);
    ml_strbuf_add(&out, "%s%s%s, %s", process, several,
                  cinfo->arith_code ? ", arithmetic" : "",
                  colours[cinfo->jpeg_color_space]);
    char factors[24];
    if (cinfo->num_components == 3)
        ml_strbuf_add(&out, " %s",
                      header_sampling(cinfo, factors, sizeof factors));
}

/* libjpeg holds all coefficients of a picture in several scans: two bytes a
 * sample, blocks padded to whole iMCUs. */
static uint64_t header_held_bytes(struct jpeg_decompress_struct *cinfo)
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

/* Is `whole` equal to `part`, or twice as large? */
static bool header_covers(int whole, int part, uint8_t *times_out)
{
    if (whole != part && whole != 2 * part)
        return false;
    *times_out = (uint8_t)(whole / part);
    return true;
}

/* Can the picture, at the current scale, be given as planes?  libjpeg may scale
 * chroma less than luma, so that subsampling shrinks or vanishes.  Callers read
 * ranges of 8 * sub_y rows: an iMCU row must divide that. */
static bool header_planes_shape(const struct jpeg_decompress_struct *cinfo,
                                struct ml_shape *shape)
{
    if (cinfo->jpeg_color_space != JCS_YCbCr || cinfo->num_components != 3)
        return false;
    const int across = cinfo->max_h_samp_factor * cinfo->min_DCT_scaled_size;
    const int down = cinfo->max_v_samp_factor * cinfo->min_DCT_scaled_size;
    uint8_t x[3], y[3];
    for (int i = 0; i < 3; i++) {
        const jpeg_component_info *c = &cinfo->comp_info[i];
        if (!header_covers(across, c->h_samp_factor * c->DCT_scaled_size,
                           &x[i]) ||
            !header_covers(down, c->v_samp_factor * c->DCT_scaled_size, &y[i]))
            return false;
    }
    shape->layout = ML_YCC;
    shape->sub_x = x[1];
    shape->sub_y = y[1];
    return x[0] == 1 && y[0] == 1 && x[1] == x[2] && y[1] == y[2] &&
           8 * y[1] % down == 0;
}

void ml_jpeg_describe(struct ml_source *source)
{
    struct ml_jpeg_source *s = source->state;
    struct ml_source_header *header = &source->header;
    jpeg_calc_output_dimensions(&s->cinfo);
    const bool gray = s->cinfo.out_color_space == JCS_GRAYSCALE;
    struct ml_shape shape = {.width = s->cinfo.output_width,
                             .height = s->cinfo.output_height,
                             .layout = gray ? ML_GRAY : ML_RGB,
                             .bits = 8,
                             .sub_x = 1,
                             .sub_y = 1};
    header->shape = shape;
    header->planes = header_planes_shape(&s->cinfo, &shape);
    header->plane_sub_x = shape.sub_x;
    header->plane_sub_y = shape.sub_y;
    if (header->planes && s->planar)
        header->shape = shape;
}

static bool header_is_four_colours(const struct jpeg_decompress_struct *cinfo)
{
    return cinfo->jpeg_color_space == JCS_CMYK ||
           cinfo->jpeg_color_space == JCS_YCCK;
}

J_COLOR_SPACE ml_jpeg_output_colour(const struct ml_jpeg_source *s)
{
    if (s->luma || s->cinfo.jpeg_color_space == JCS_GRAYSCALE)
        return JCS_GRAYSCALE;
    return header_is_four_colours(&s->cinfo) ? JCS_CMYK : JCS_RGB;
}

static void header_fill_metadata(struct ml_source *source, uint8_t *sof_out)
{
    const struct ml_jpeg_source *s = source->state;
    struct ml_metadata *metadata = &source->header.metadata;
    const enum ml_layout colour = header_is_four_colours(&s->cinfo) ? ML_CMYK
                                  : s->cinfo.out_color_space == JCS_GRAYSCALE
                                      ? ML_GRAY
                                      : ML_RGB;
    *sof_out = ml_jpeg_markers(source->file, source->arena, colour, metadata);
    metadata->density_given = s->cinfo.saw_JFIF_marker;
    metadata->x_density = s->cinfo.X_density;
    metadata->y_density = s->cinfo.Y_density;
    metadata->density_unit = s->cinfo.density_unit;
}

enum ml_status ml_jpeg_fill_header(struct ml_source *source,
                                   struct ml_error *err)
{
    struct ml_jpeg_source *s = source->state;
    struct ml_source_header *header = &source->header;
    const enum ml_status status =
        ml_limits_check(&source->options.limits, s->cinfo.image_width,
                        s->cinfo.image_height, err);
    if (status != ML_OK)
        return status;
    if (s->cinfo.jpeg_color_space == JCS_UNKNOWN)
        return ml_fail(err, ML_ERR_UNSUPPORTED,
                       ml_jpeg_source_what(ML_ERR_UNSUPPORTED),
                       "convert it to a gray or colour JPEG first",
                       "it has %d colour components", s->cinfo.num_components);
    s->cinfo.out_color_space = ml_jpeg_output_colour(s);
    s->adobe = s->cinfo.saw_Adobe_marker;
    uint8_t sof;
    header_fill_metadata(source, &sof);
    header->full_width = s->cinfo.image_width;
    header->full_height = s->cinfo.image_height;
    header->luma = s->cinfo.jpeg_color_space == JCS_YCbCr;
    header->shrinks = true;
    header->lossy = true;
    header->held_bytes = header_held_bytes(&s->cinfo);
    header_coding(s, sof, header->coding, sizeof header->coding);
    ml_jpeg_describe(source);
    return ML_OK;
}
