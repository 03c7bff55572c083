/* chunks.h: what the chunks of a PNG file hold beside the pixels. */
#ifndef ML_CODEC_PNG_CHUNKS_H
#define ML_CODEC_PNG_CHUNKS_H

#include <stdbool.h>

#include "image/metadata.h"

/* What walking the chunks of a file finds. */
struct ml_png_ancillary {
    bool profile; /* an iCCP chunk; libpng judges and unpacks it */
    bool colour;  /* chunks that say the samples are not plain sRGB */
};

/* Walk the chunks behind the signature, before and after the pixels, to the
 * end or the first that does not fit.  Fills exif (a view of `file`),
 * orientation, density and dropped of *metadata; chunks that are carried count
 * only when their checksum is right.  `gray` pictures have no primaries. */
struct ml_png_ancillary ml_png_walk(struct ml_bytes file, bool gray,
                                    struct ml_metadata *metadata);

/* Pixels per metre of a density of ml_metadata. */
uint32_t ml_png_density_write(uint16_t density, uint8_t unit);

#endif
