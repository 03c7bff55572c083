/* deflate_parallel.h: the rows of a large PNG, filtered and packed strip by
 * strip.
 *
 * Rows are collected until a strip of about ML_PNG_STRIP_BYTES is full.  A few
 * of its rows are packed with several filter strategies; the strip is filtered
 * with the strategy that packed smallest, and packed by zlib separately, with
 * matches into the filtered bytes before it.  The bytes therefore depend on the
 * rows and the level alone, and several threads may pack strips: the caller
 * filters them in order, and packs instead of waiting.  Threads start with the
 * second strip; close joins them.
 */
#ifndef ML_CODEC_PNG_DEFLATE_PARALLEL_H
#define ML_CODEC_PNG_DEFLATE_PARALLEL_H

#include "codec/codec.h"

#define ML_PNG_STRIP_BYTES ((size_t)1 << 20)

struct ml_png_deflate_parallel;

/* Bytes of the arena for the strips of this picture, packed by `threads`. */
size_t ml_png_deflate_parallel_held(const struct ml_shape *shape,
                                    unsigned threads);
/* For levels 1 to 9.  NULL: no memory. */
struct ml_png_deflate_parallel *
ml_png_deflate_parallel_open(struct ml_sink *sink);
/* Append packed strips to the sink's output as IDAT chunks, in order.
 * ML_ERR_LIMIT: there is no room. */
ML_MUST_CHECK enum ml_status
ml_png_deflate_parallel_rows(struct ml_png_deflate_parallel *strips,
                             const struct ml_src *src);
/* After the last row: write the end of the file. */
ML_MUST_CHECK enum ml_status
ml_png_deflate_parallel_end(struct ml_png_deflate_parallel *strips);
void ml_png_deflate_parallel_close(struct ml_png_deflate_parallel *strips);

#endif
