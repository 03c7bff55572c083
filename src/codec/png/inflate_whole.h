/* inflate_whole.h: the rows of an ordinary PNG, unpacked in one go.
 *
 * Ordinary: not interlaced, at most ML_PNG_WHOLE_BYTES when unpacked, and
 * without any fault: every checksum right, every chunk in its place, not a byte
 * missing or left over.  Whatever is not, libpng reads from the first row on,
 * and so alone decides what damage means.
 *
 * One difference from libpng is known.  libdeflate 1.14 does not look at these
 * faults of a deflate stream, at which zlib 1.2.13 stops:
 *   - more than 286 literal or 30 distance code lengths told;
 *   - a repeat that goes on behind the last code length;
 *   - length symbols 286 and 287, read as 285, and distances 30 and 31, as 29;
 *   - a bit that a code of one symbol, or of none, gives no meaning: it is read
 *     as that symbol, or as the first.
 * (A precode of one symbol and a block without an end are let pass too, but no
 * stream with them comes to an end.)  Such a file is read, not refused, when
 * its CRC and its Adler-32, made over the unpacked bytes, are right all the
 * same. That does no harm: nothing is read or written out of bounds, the
 * picture is the one its maker took the sum of, and no damage on the way passes
 * for it more easily than for a sound stream.  To look would mean to read every
 * symbol a second time.
 */
#ifndef ML_CODEC_PNG_INFLATE_WHOLE_H
#define ML_CODEC_PNG_INFLATE_WHOLE_H

#include "codec/codec.h"
#include "codec/png/expand.h"

#define ML_PNG_WHOLE_BYTES ((size_t)64 << 20)
/* The limit of one chunk that libpng is given. */
#define ML_PNG_CHUNK_BYTES ((size_t)8 << 20)

struct ml_png_inflate {
    size_t first_at;     /* of the first IDAT chunk, in the file */
    size_t behind_at;    /* of the chunk behind the last one */
    size_t packed_bytes; /* in all of them */
    bool scattered;      /* more than one */
    const struct ml_png_coding *coding;
    size_t stride;    /* of a row in the file, with its filter byte */
    size_t raw_bytes; /* filtered rows; 0: not ordinary */
    uint8_t *raw;     /* them, behind `stride` zeros; NULL: not unpacked */
};

/* Look, without reading pixels, whether the chunks from first_at on may be
 * ordinary; the caller has seen that the picture is not interlaced.  Fills
 * *whole, which keeps `coding`. */
void ml_png_inflate_plan(struct ml_png_inflate *whole, struct ml_bytes file,
                         size_t first_at, const struct ml_shape *shape,
                         const struct ml_png_coding *coding);
/* Arena bytes that unpacking takes; 0 when not ordinary. */
size_t ml_png_inflate_held(const struct ml_png_inflate *whole);
/* Check all of it and unpack.  False: not ordinary or no memory; the arena is
 * as it was. */
bool ml_png_inflate_start(struct ml_png_inflate *whole, struct ml_bytes file,
                          struct ml_arena *arena);
/* Fill *dst; strips come in order, each once. */
void ml_png_inflate_read(const struct ml_png_inflate *whole,
                         const struct ml_shape *shape,
                         const struct ml_dst *dst);

#endif
