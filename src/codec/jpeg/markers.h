/* markers.h: the metadata of a JPEG file. */
#ifndef ML_CODEC_JPEG_MARKERS_H
#define ML_CODEC_JPEG_MARKERS_H

#include "base/arena.h"
#include "image/metadata.h"

/* Markers before the first scan: EXIF, ICC and the kinds that are dropped go to
 * *metadata (views of `file`; a profile in pieces is put together in `arena`).
 * `colour` is the kind the file stores: ML_GRAY, ML_RGB, or ML_CMYK, which is
 * given as RGB, so that no profile fits.  Never fails: what cannot be
 * understood is dropped.  Returns the SOF marker (0xc0...), 0 for none. */
uint8_t ml_jpeg_markers(struct ml_bytes file, struct ml_arena *arena,
                        enum ml_layout colour, struct ml_metadata *metadata);

#endif
