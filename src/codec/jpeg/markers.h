/* markers.h: the metadata of a JPEG file. */
#ifndef ML_CODEC_JPEG_MARKERS_H
#define ML_CODEC_JPEG_MARKERS_H

#include "base/arena.h"
#include "image/metadata.h"

/* Fill *metadata from the markers before the first scan: EXIF, ICC and the
 * kinds that are dropped (views of `file`; a profile in pieces is joined in
 * `arena`). `colour` is the kind that the file stores: ML_GRAY, ML_RGB, or
 * ML_CMYK, which is decoded to RGB, so that no profile fits.  Cannot fail:
 * metadata that cannot be parsed is dropped.  Returns the SOF marker (0xc0...),
 * 0 for none. */
uint8_t ml_jpeg_markers(struct ml_bytes file, struct ml_arena *arena,
                        enum ml_layout colour, struct ml_metadata *metadata);

#endif
