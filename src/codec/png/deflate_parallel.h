/* deflate_parallel.h: the rows of a large PNG, filtered and packed strip by
 * strip.
 *
 * Rows are collected until a strip of about ML_PNG_STRIP_BYTES is full.  A few
 * of them are packed in several ways of filtering; the strip is filtered
 * in the way that came out smallest, and packed by zlib on its own, reaching
 * back only into the filtered bytes before it.  So the rows and the level alone
 * decide the bytes, and strips may be packed by several threads: the caller
 * filters them in order and packs too when it would have to wait.  Threads are
 * started when there is a second strip, and joined by close.
 */
#ifndef ML_CODEC_PNG_DEFLATE_PARALLEL_H
#define ML_CODEC_PNG_DEFLATE_PARALLEL_H

#include "codec/codec.h"

#define ML_PNG_STRIP_BYTES ((size_t)1 << 20)

struct ml_png_deflate_parallel;

/* Bytes of the arena for strips of this picture, packed by so many threads. */
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
/* After the last row: all that is left. */
ML_MUST_CHECK enum ml_status
ml_png_deflate_parallel_end(struct ml_png_deflate_parallel *strips);
void ml_png_deflate_parallel_close(struct ml_png_deflate_parallel *strips);

#endif
