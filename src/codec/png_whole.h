/* png_whole.h: the rows of an ordinary PNG, unpacked in one go.
 *
 * Ordinary: gray, RGB and their kinds with alpha at 8 or 16 bits, no colour
 * key, not interlaced, at most ML_PNG_WHOLE_BYTES when unpacked, and without
 * any fault: every checksum right, every chunk in its place, not a byte missing
 * or left over.  Whatever is not, libpng reads from the first row on, and so
 * alone decides what damage means.
 *
 * One difference from libpng is known: a stream that breaks RFC 1951 in a way
 * libdeflate does not look at (a length or distance symbol that is reserved)
 * and whose Adler-32 and CRC are nevertheless right is read, not refused.
 */
#ifndef ML_CODEC_PNG_WHOLE_H
#define ML_CODEC_PNG_WHOLE_H

#include "codec/codec.h"

#define ML_PNG_WHOLE_BYTES ((size_t)64 << 20)

struct ml_png_whole {
    size_t first_at;     /* of the first IDAT chunk, in the file */
    size_t behind_at;    /* of the chunk behind the last one */
    size_t packed_bytes; /* in all of them */
    bool scattered;      /* more than one */
    size_t row_bytes, pixel_bytes;
    size_t raw_bytes; /* filtered rows; 0: not ordinary */
    uint8_t *raw;     /* them, behind row_bytes of zeros; NULL: not unpacked */
};

/* Look, without reading pixels, whether the chunks from first_at on may be
 * ordinary; the caller has seen to the kind of picture.  Fills *whole. */
void ml_png_whole_plan(struct ml_png_whole *whole, struct ml_bytes file,
                       size_t first_at, const struct ml_shape *shape);
/* Arena bytes that unpacking takes; 0 when not ordinary. */
size_t ml_png_whole_held(const struct ml_png_whole *whole);
/* Check all of it and unpack.  False: not ordinary or no memory; the arena is
 * as it was. */
bool ml_png_whole_start(struct ml_png_whole *whole, struct ml_bytes file,
                        struct ml_arena *arena);
/* Fill *dst; strips come in order, each once. */
void ml_png_whole_read(const struct ml_png_whole *whole,
                       const struct ml_shape *shape, const struct ml_dst *dst);

#endif
