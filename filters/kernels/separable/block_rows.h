/* block_rows.h: the rows of a block of sums beside those of the picture, for
 * filters that compute a sample from both.
 */
#ifndef ML_FILTERS_KERNELS_SEPARABLE_BLOCK_ROWS_H
#define ML_FILTERS_KERNELS_SEPARABLE_BLOCK_ROWS_H

#include "filters/kernels/planes.h"
#include "filters/kernels/separable/plane.h"
#include "os/simd_level.h"

/* The plane that the sums are made of. */
struct ml_block_rows {
    struct ml_plane_dst to;
    struct ml_plane_src from;
    uint8_t bits;
    size_t sum_bytes; /* of a sum: int16_t or float */
};

/* Call `row` for each row of the block, with its output samples, the samples of
 * the picture, and the sums. */
ML_INLINE void ml_block_each_row(const struct ml_block_rows *rows,
                                 const struct ml_block *block,
                                 void (*row)(const void *context, void *to,
                                             const void *from, const void *sums,
                                             size_t count),
                                 const void *context)
{
    const size_t bytes = rows->bits / 8U;
    const uint8_t *sums = block->values;
    const uint8_t *from = rows->from.data + block->x * bytes +
                          (block->y - rows->from.y) * rows->from.stride_bytes;
    uint8_t *to = rows->to.data + block->x * bytes +
                  (block->y - rows->to.y) * rows->to.stride_bytes;
    for (uint32_t j = 0; j < block->rows; j++) {
        ml_block_fetch(to, block->count * bytes);
        row(context, to, from, sums, block->count);
        sums += block->stride * rows->sum_bytes;
        from += rows->from.stride_bytes;
        to += rows->to.stride_bytes;
    }
}

#endif
