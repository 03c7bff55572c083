/* header.h: shape, coding and metadata of a PNG file, as libpng has read them.
 */
#ifndef ML_CODEC_PNG_HEADER_H
#define ML_CODEC_PNG_HEADER_H

#include "codec/codec.h"
#include "codec/png/error_trap.h"
#include "codec/png/expand.h"

/* The IHDR chunk. */
struct ml_png_header {
    uint32_t width, height;
    int bit_depth, colour_type, interlace;
};

/* Facts of the picture but held_bytes and metadata. */
void ml_png_fill_shape(const struct ml_png *lib,
                       const struct ml_png_header *header,
                       struct ml_source_header *facts);
void ml_png_fill_coding(const struct ml_png *lib,
                        const struct ml_png_header *header,
                        struct ml_png_coding *coding);
/* Metadata; a profile is copied into the source's arena. */
enum ml_status ml_png_fill_metadata(const struct ml_png *lib,
                                    const struct ml_png_header *header,
                                    struct ml_source *source,
                                    struct ml_error *err);

#endif
