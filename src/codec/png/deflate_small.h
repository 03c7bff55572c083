/* deflate_small.h: the rows of a PNG, filtered and packed in one go.
 *
 * Levels 1 to 9 of pictures of ML_PNG_PACK_LEAST to ML_PNG_PACK_BYTES of
 * filtered rows; others are packed in strips (deflate_parallel.h).  Rows are
 * collected as they come; at the end a few bands of them are packed in each way
 * of filtering, and all of them in the way that came out smallest: by
 * libdeflate, or by zlib looking for runs of one byte only where the bands came
 * out smaller so.  (Noise is full of short matches that cost more than the
 * bytes they stand for.)  The same rows and level make the same bytes.
 */
#ifndef ML_CODEC_PNG_DEFLATE_SMALL_H
#define ML_CODEC_PNG_DEFLATE_SMALL_H

#include "codec/codec.h"
#include "codec/png/zlib_arena.h"

#define ML_PNG_PACK_BYTES ((size_t)64 << 20)
/* Below, zlib packs, whose tables take 0.3 MB and not 0.7. */
#define ML_PNG_PACK_LEAST ((size_t)16 << 10)
/* libdeflate gives up when it comes this near to the end of its memory. */
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
    z_stream runs; /* zlib that looks for runs */
};

/* Bytes held until the end, of the arena and by the packer; 0: the picture is
 * too large or too small,
 * or the level 0. */
size_t ml_png_deflate_small_held(const struct ml_shape *shape, int level);
/* False: the arena has no room. */
bool ml_png_deflate_small_open(struct ml_png_deflate_small *pack,
                               const struct ml_shape *shape, int level,
                               struct ml_arena *arena);
void ml_png_deflate_small_rows(struct ml_png_deflate_small *pack,
                               const struct ml_shape *shape,
                               const struct ml_src *src);
/* Write the stream into `room` bytes, behind which ML_PNG_PACK_SLACK may be
 * written too; its size, once, after the last row.
 * ML_ERR_LIMIT: it does not fit; ML_ERR_MEMORY. */
enum ml_status ml_png_deflate_small_end(struct ml_png_deflate_small *pack,
                                        uint8_t *out, size_t room,
                                        size_t *size_out);

#endif
