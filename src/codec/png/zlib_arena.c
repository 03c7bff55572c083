/* zlib_arena.c: see zlib_arena.h. */
#include "codec/png/zlib_arena.h"

#include <string.h>

#define ZLIB_MEMORY 8 /* memLevel, the same as in libpng */

static voidpf zlib_alloc(voidpf arena, uInt items, uInt bytes)
{
    return ml_arena_alloc(arena, (size_t)items * bytes);
}

static void zlib_free(voidpf arena, voidpf memory)
{
    (void)arena;
    (void)memory;
}

bool ml_png_zlib_open(z_stream *packer, struct ml_arena *arena, int level,
                      int window_bits, int strategy)
{
    memset(packer, 0, sizeof *packer);
    packer->zalloc = zlib_alloc;
    packer->zfree = zlib_free;
    packer->opaque = arena;
    return deflateInit2(packer, level, Z_DEFLATED, window_bits, ZLIB_MEMORY,
                        strategy) == Z_OK;
}
