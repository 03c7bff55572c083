/* zlib_arena.h: zlib packing in the memory of an arena.
 *
 * What a packer takes it takes when it is opened, and it is given back with
 * the arena: nothing has to be closed.  deflateReset() makes it good for the
 * next stream.
 */
#ifndef ML_CODEC_PNG_ZLIB_ARENA_H
#define ML_CODEC_PNG_ZLIB_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <zlib.h>

#include "base/arena.h"

/* What it takes: 256 KiB and zlib's own state, at libpng's memLevel. */
#define ML_PNG_ZLIB_BYTES ((size_t)272 << 10)

/* Level 1 to 9; window_bits as deflateInit2() has it: negative for a stream
 * without head and tail.  False: the arena has no room. */
bool ml_png_zlib_open(z_stream *packer, struct ml_arena *arena, int level,
                      int window_bits, int strategy);

#endif
