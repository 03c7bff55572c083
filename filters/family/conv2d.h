/* conv2d.h: weighted sums over a window of samples, tap by tap: the engine of
 * convolve where a kernel does not factor into rows and columns (separable.h),
 * or is so small that it need not.
 *
 * Windows have odd sides and are centred; outside the plane the border samples
 * are repeated.  Weights of zero cost nothing.  What comes out are blocks of
 * sums, handed to `emit`, which divides, rounds and stores.
 *
 * Two precisions, chosen when prepared from depth and weights alone:
 *   s16  8-bit samples, whole weights whose sums cannot leave 16 bits: the
 *           sums are exact, int16.
 *   f32    floats, one per level, each product and each sum rounded by itself
 *           in the order of the taps.
 * Narrow sums take bytes from the rows as they lie, so that memory is gone
 * through row by row, and two taps at a time, as processors multiply bytes.
 * Wide ones take them from tiles of columns, converted once for all windows
 * that lie in them, as that would be half of their work.
 * ml_conv2d_rows_ref() is the obvious version, the same sums.
 */
#ifndef ML_FILTERS_FAMILY_CONV2D_H
#define ML_FILTERS_FAMILY_CONV2D_H

#include "filters/kernels/planes.h"
#include "filters/kernels/separable/plane.h"

#define ML_CONV2D_SIDE_MAX 15
#define ML_CONV2D_TAPS_MAX (ML_CONV2D_SIDE_MAX * ML_CONV2D_SIDE_MAX)

struct ml_conv2d_tap {
    uint32_t x, y; /* in the window, in pixels */
    int16_t s16;
    float f32;
};

struct ml_conv2d {
    uint32_t width, height; /* of the plane, in pixels */
    uint32_t channels;
    uint8_t bits;
    bool s16;
    bool rounded; /* see ml_conv2d_round() */
    int shift;
    int16_t offset;
    uint32_t radius_x, radius_y;
    size_t tap_count;
    const struct ml_conv2d_tap *taps; /* row by row */
    size_t scratch_bytes;
};

/* With width, height, channels and bits set: take the weights, x_count x
 * y_count of them row by row, both odd and at most ML_CONV2D_SIDE_MAX.  False:
 * the arena is used up. */
bool ml_conv2d_prepare(struct ml_conv2d *plane, struct ml_arena *arena,
                       const double *weights, uint32_t x_count,
                       uint32_t y_count);

/* Of a s16 plane: from now on the blocks of ml_conv2d_rows() hold samples,
 * uint8_t, which are the sums divided by 2^shift, halves up, plus `offset`, and
 * clamped.  At most 8 and a level either way, so that int16 holds it all. */
void ml_conv2d_round(struct ml_conv2d *plane, int shift, int16_t offset);

/* Make plane rows [y, y_end); `src` holds those within reach.  The `plane` of
 * the blocks is NULL. */
void ml_conv2d_rows(const struct ml_conv2d *plane, void *scratch,
                    const struct ml_plane_src *src, uint32_t y, uint32_t y_end,
                    const struct ml_emit *emit);

#endif
