/* zlib_arena.h: zlib packing in the memory of an arena.
 *
 * A packer allocates its memory when it is opened; resetting the arena frees
 * it, so there is no close.  deflateReset() prepares it for the next stream.
 */
#ifndef ML_CODEC_PNG_ZLIB_ARENA_H
#define ML_CODEC_PNG_ZLIB_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <zlib.h>

#include "base/arena.h"

/* Memory of a packer: 256 KiB and zlib's own state, at libpng's memLevel. */
#define ML_PNG_ZLIB_BYTES ((size_t)272 << 10)

/* Level 1 to 9; window_bits as for deflateInit2(): negative for a stream
 * without head and tail.  False: the arena is full. */
bool ml_png_zlib_open(z_stream *packer, struct ml_arena *arena, int level,
                      int window_bits, int strategy);

#endif
