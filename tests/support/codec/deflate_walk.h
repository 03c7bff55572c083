/* deflate_walk.h: how strictly does a deflate stream keep to RFC 1951?
 *
 * A slow and plain reader.  It goes on where the fast one (libdeflate 1.14)
 * goes on and zlib 1.2.13 stops, and names each place where they part; nothing
 * else is known in which they differ.
 */
#ifndef ML_TESTS_SUPPORT_CODEC_DEFLATE_WALK_H
#define ML_TESTS_SUPPORT_CODEC_DEFLATE_WALK_H

#include <stddef.h>
#include <stdint.h>

enum {
    DEFLATE_STRICT = 0,
    DEFLATE_LOOSE_COUNT = 1,    /* more than 286 and 30 code lengths */
    DEFLATE_LOOSE_OVERRUN = 2,  /* a repeat goes on behind the last length */
    DEFLATE_LOOSE_SYMBOL = 4,   /* length symbol 286, 287; distance 30, 31 */
    DEFLATE_LOOSE_CODEWORD = 8, /* bits that the code gives no symbol */
    DEFLATE_BROKEN = 16         /* neither reads it */
};

/* What is loose in the stream (behind zlib's two bytes; what follows its end is
 * not looked at), which may unpack to `most` bytes. */
unsigned deflate_walk(const uint8_t *data, size_t size, size_t most);

#endif
