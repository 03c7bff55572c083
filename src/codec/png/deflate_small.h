/* deflate_small.h: the rows of a PNG, filtered and packed at once.
 *
 * For levels 1 to 9 and ML_PNG_PACK_LEAST to ML_PNG_PACK_BYTES of filtered
 * rows; larger and smaller pictures are packed in strips (deflate_parallel.h).
 * Rows are collected first.  At the end a few bands of them are packed with
 * each filter strategy, and the picture with the strategy that packed smallest:
 * by libdeflate, or by zlib with runs of one byte only if that packs the bands
 * smaller.  (Noise is full of short matches that cost more than the bytes they
 * replace.)  The same rows and level make the same bytes.
 */
#ifndef ML_CODEC_PNG_DEFLATE_SMALL_H
#define ML_CODEC_PNG_DEFLATE_SMALL_H

#include "codec/codec.h"
#include "codec/png/zlib_arena.h"

#define ML_PNG_PACK_BYTES ((size_t)64 << 20)
/* Smaller pictures are packed by zlib, whose tables take 0.3 MB, not 0.7. */
#define ML_PNG_PACK_LEAST ((size_t)16 << 10)
/* libdeflate fails if its output comes this near to the end of its memory. */
#define ML_PNG_PACK_SLACK ((size_t)16)

struct ml_png_deflate_small {
    uint32_t height;
    size_t row_bytes, pixel_bytes;
    int level;       /* --png-level */
    uint8_t *raw;    /* rows, each behind its filter byte; all behind row_bytes
                        of zeros */
    uint8_t *trial;  /* a row in each filter */
    uint8_t *sample; /* bands, filtered, and room to pack them */
    uint32_t sample_rows;
    z_stream runs; /* zlib with Z_RLE */
};

/* Bytes held until the end, in the arena and by libdeflate; 0: the picture is
 * too large or too small, or the level is 0. */
size_t ml_png_deflate_small_held(const struct ml_shape *shape, int level);
/* False: the arena has no room. */
bool ml_png_deflate_small_open(struct ml_png_deflate_small *pack,
                               const struct ml_shape *shape, int level,
                               struct ml_arena *arena);
void ml_png_deflate_small_rows(struct ml_png_deflate_small *pack,
                               const struct ml_shape *shape,
                               const struct ml_src *src);
/* Once, after the last row: write the zlib stream to `out`, of `room` bytes,
 * behind which up to ML_PNG_PACK_SLACK more may be overwritten.
 * ML_ERR_LIMIT: it does not fit; ML_ERR_MEMORY. */
enum ml_status ml_png_deflate_small_end(struct ml_png_deflate_small *pack,
                                        uint8_t *out, size_t room,
                                        size_t *size_out);

#endif
