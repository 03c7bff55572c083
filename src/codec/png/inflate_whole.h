/* inflate_whole.h: the rows of an ordinary PNG, inflated at once.
 *
 * Ordinary: not interlaced, at most ML_PNG_WHOLE_BYTES when inflated, and
 * without any fault: every checksum right, every chunk in its place, no byte
 * missing or left over.  All other files are read by libpng from the first row
 * on, so that libpng alone decides what damage means.
 *
 * One difference from libpng is known.  libdeflate 1.14 does not check these
 * faults of a deflate stream, at which zlib 1.2.13 stops:
 *   - more than 286 literal or 30 distance code lengths in a header;
 *   - a repeat that continues behind the last code length;
 *   - length symbols 286 and 287, read as 285, and distances 30 and 31, as 29;
 *   - a bit that has no meaning in a code of one symbol, or of none: it is read
 *     as that symbol, or as the first.
 * (libdeflate also passes a precode of one symbol and a block without an end,
 * but no stream with them comes to an end.)  Such a file is read, not refused,
 * if its CRC and its Adler-32, over the inflated bytes, are right nevertheless.
 * That does no harm: no read or write is out of bounds, the picture is the one
 * that the writer of the file summed, and accidental damage passes no more
 * easily than in a sound stream.  A check would have to read every symbol a
 * second time.
 */
#ifndef ML_CODEC_PNG_INFLATE_WHOLE_H
#define ML_CODEC_PNG_INFLATE_WHOLE_H

#include "codec/codec.h"
#include "codec/png/expand.h"

#define ML_PNG_WHOLE_BYTES ((size_t)64 << 20)
/* The limit of one chunk in libpng. */
#define ML_PNG_CHUNK_BYTES ((size_t)8 << 20)

struct ml_png_inflate {
    size_t first_at;     /* of the first IDAT chunk, in the file */
    size_t behind_at;    /* of the chunk behind the last one */
    size_t packed_bytes; /* in all IDAT chunks */
    bool scattered;      /* more than one IDAT chunk */
    const struct ml_png_coding *coding;
    size_t stride;    /* of a row in the file, with its filter byte */
    size_t raw_bytes; /* of all filtered rows; 0: not ordinary */
    uint8_t *raw;     /* the rows, behind `stride` zeros; NULL: not inflated */
};

/* Check, without reading pixels, whether the chunks from first_at on may be
 * ordinary; the caller has checked that the picture is not interlaced.  Fills
 * *whole, which keeps `coding`. */
void ml_png_inflate_plan(struct ml_png_inflate *whole, struct ml_bytes file,
                         size_t first_at, const struct ml_shape *shape,
                         const struct ml_png_coding *coding);
/* Arena bytes that inflating takes; 0: not ordinary. */
size_t ml_png_inflate_held(const struct ml_png_inflate *whole);
/* Check all chunks and inflate.  False: not ordinary, or no memory; the arena
 * is then unchanged. */
bool ml_png_inflate_start(struct ml_png_inflate *whole, struct ml_bytes file,
                          struct ml_arena *arena);
/* Fill *dst; the caller reads strips in order, each once. */
void ml_png_inflate_read(const struct ml_png_inflate *whole,
                         const struct ml_shape *shape,
                         const struct ml_dst *dst);

#endif
