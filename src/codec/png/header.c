/* header.c: see header.h.
 *
 * libpng has read all chunks before the pixels; the functions here read its
 * state and change nothing.
 */
#include "codec/png/header.h"

#include <stdio.h>
#include <string.h>

#include "codec/png/chunks.h"

/* The count of the tRNS chunk, and its alphas of a palette or its key; 0: no
 * such chunk.  If a PLTE chunk follows it, libpng resets the count only. */
static int header_transparent(const struct ml_png *lib, png_bytep *alphas_out,
                              png_color_16p *key_out)
{
    int count = 0;
    *alphas_out = NULL;
    *key_out = NULL;
    if (!png_get_tRNS(lib->png, lib->info, alphas_out, &count, key_out))
        return 0;
    return count;
}

static struct ml_shape header_shape(const struct ml_png *lib,
                                    const struct ml_png_header *header)
{
    png_bytep alphas;
    png_color_16p key;
    const bool alpha = (header->colour_type & PNG_COLOR_MASK_ALPHA) ||
                       header_transparent(lib, &alphas, &key) > 0;
    const bool colour = header->colour_type & PNG_COLOR_MASK_COLOR;
    return (struct ml_shape){.width = header->width,
                             .height = header->height,
                             .layout = colour ? (alpha ? ML_RGBA : ML_RGB)
                                              : (alpha ? ML_GRAYA : ML_GRAY),
                             .bits = header->bit_depth == 16 ? 16 : 8,
                             .sub_x = 1,
                             .sub_y = 1};
}

void ml_png_fill_shape(const struct ml_png *lib,
                       const struct ml_png_header *header,
                       struct ml_source_header *source_header)
{
    static const char *const kinds[] = {[PNG_COLOR_TYPE_GRAY] = "gray",
                                        [PNG_COLOR_TYPE_RGB] = "rgb",
                                        [PNG_COLOR_TYPE_PALETTE] = "palette",
                                        [PNG_COLOR_TYPE_GRAY_ALPHA] =
                                            "gray+alpha",
                                        [PNG_COLOR_TYPE_RGB_ALPHA] = "rgba"};
    source_header->shape = header_shape(lib, header);
    source_header->full_width = header->width;
    source_header->full_height = header->height;
    (void)snprintf(source_header->coding, sizeof source_header->coding,
                   "%s %d bit%s%s", kinds[header->colour_type],
                   header->bit_depth, header->bit_depth == 1 ? "" : "s",
                   header->interlace ? ", interlaced" : "");
}

/* ---- coding of samples ---- */

/* Indices without a colour are black, as in libpng. */
static void header_colours(const struct ml_png *lib, const png_byte *alphas,
                           int alpha_count, uint8_t colours[256][4])
{
    png_colorp palette = NULL;
    int count = 0;
    (void)png_get_PLTE(lib->png, lib->info, &palette, &count);
    for (int i = 0; i < 256; i++) {
        const png_color colour = i < count ? palette[i] : (png_color){0, 0, 0};
        colours[i][0] = colour.red;
        colours[i][1] = colour.green;
        colours[i][2] = colour.blue;
        colours[i][3] = i < alpha_count ? alphas[i] : 0xff;
    }
}

void ml_png_fill_coding(const struct ml_png *lib,
                        const struct ml_png_header *header,
                        struct ml_png_coding *coding)
{
    static const uint8_t channels[] = {1, 0, 3, 1, 2, 0, 4}; /* by type */
    png_bytep alphas;
    png_color_16p key;
    const int count = header_transparent(lib, &alphas, &key);
    coding->bits = (uint8_t)header->bit_depth;
    coding->channels = channels[header->colour_type];
    coding->palette = header->colour_type == PNG_COLOR_TYPE_PALETTE;
    coding->keyed = count > 0;
    if (coding->palette) {
        header_colours(lib, alphas, count, coding->colours);
    } else if (coding->keyed) {
        coding->key[0] = coding->channels == 1 ? key->gray : key->red;
        coding->key[1] = key->green;
        coding->key[2] = key->blue;
    }
}

/* ---- metadata ---- */

/* libpng accepts a profile that is whole, well formed and of the colour kind
 * (gray, RGB) of the picture, and keeps it in its own memory: copy it. */
static enum ml_status header_profile(const struct ml_png *lib,
                                     struct ml_source *source,
                                     struct ml_error *err)
{
    png_charp name;
    png_bytep profile;
    png_uint_32 size;
    int method;
    if (!png_get_iCCP(lib->png, lib->info, &name, &method, &profile, &size)) {
        source->header.metadata.dropped |= ML_DROPPED_PROFILE;
        return ML_OK;
    }
    uint8_t *copy = ml_arena_alloc(source->arena, size);
    if (!copy)
        return ml_png_fail_memory(err);
    memcpy(copy, profile, size);
    source->header.metadata.icc = (struct ml_bytes){copy, size};
    return ML_OK;
}

enum ml_status ml_png_fill_metadata(const struct ml_png *lib,
                                    const struct ml_png_header *header,
                                    struct ml_source *source,
                                    struct ml_error *err)
{
    struct ml_metadata *metadata = &source->header.metadata;
    metadata->orientation = 1;
    const bool gray = !(header->colour_type & PNG_COLOR_MASK_COLOR);
    const struct ml_png_ancillary ancillary =
        ml_png_walk(source->file, gray, metadata);
    if (ancillary.profile && header_profile(lib, source, err) != ML_OK)
        return err->status;
    if (ancillary.colour && !metadata->icc.data)
        metadata->dropped |= ML_DROPPED_COLOUR;
    return ML_OK;
}
