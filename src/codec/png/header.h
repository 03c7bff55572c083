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

/* Fill *source_header except for held_bytes and metadata. */
void ml_png_fill_shape(const struct ml_png *lib,
                       const struct ml_png_header *header,
                       struct ml_source_header *source_header);
void ml_png_fill_coding(const struct ml_png *lib,
                        const struct ml_png_header *header,
                        struct ml_png_coding *coding);
/* Fill the metadata; a profile is copied to the source's arena. */
enum ml_status ml_png_fill_metadata(const struct ml_png *lib,
                                    const struct ml_png_header *header,
                                    struct ml_source *source,
                                    struct ml_error *err);

#endif
