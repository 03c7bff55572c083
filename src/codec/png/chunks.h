/* chunks.h: the metadata in the chunks of a PNG file. */
#ifndef ML_CODEC_PNG_CHUNKS_H
#define ML_CODEC_PNG_CHUNKS_H

#include <stdbool.h>

#include "image/metadata.h"

/* Ancillary chunks that ml_png_walk() has found. */
struct ml_png_ancillary {
    bool profile; /* an iCCP chunk; libpng judges and unpacks it */
    bool colour;  /* chunks by which the samples are not plain sRGB */
};

/* Walk the chunks behind the signature, before and after the pixels, to the end
 * or the first one that exceeds the file.  Fills exif (a view of `file`),
 * orientation, density and dropped of *metadata; a chunk that is carried must
 * have the right checksum.  `gray` pictures have no primaries. */
struct ml_png_ancillary ml_png_walk(struct ml_bytes file, bool gray,
                                    struct ml_metadata *metadata);

/* Pixels per metre of a density of ml_metadata. */
uint32_t ml_png_density_write(uint16_t density, uint8_t unit);

#endif
