/* conv2d.h: weighted sums over a window of samples, tap by tap: the engine of
 * family/convolution where a kernel does not factor into rows and columns
 * (separable.h), or is too small to gain from it.
 *
 * Windows have odd sides and are centred; outside the plane the border samples
 * are repeated.  Weights of zero cost nothing.  The output is blocks of sums,
 * which `emit` divides, rounds and stores.
 *
 * Two precisions, chosen by ml_conv2d_prepare() from depth and weights alone:
 *   s16  8-bit samples, whole weights whose sums cannot leave 16 bits: the sums
 *        are exact, int16.
 *   f32  floats, one per level, each product and each sum rounded by itself in
 *        the order of the taps.
 * The s16 loops read bytes directly from the rows, so that memory is read row
 * by row, and take two taps at a time, as processors multiply bytes.
 * The f32 loops read tiles of columns, converted once for all windows in them,
 * as the conversion would be half of their work.
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

/* With width, height, channels and bits set.  `weights`: x_count x y_count, row
 * by row, both odd and at most ML_CONV2D_SIDE_MAX.  False: the arena is full.
 */
bool ml_conv2d_prepare(struct ml_conv2d *plane, struct ml_arena *arena,
                       const double *weights, uint32_t x_count,
                       uint32_t y_count);

/* Only if s16: from now on the blocks of ml_conv2d_rows() hold samples,
 * uint8_t: the sums divided by 2^shift, halves up, plus `offset`, and clamped.
 * `shift` is at most 8 and `offset` at most a level of 255 either way, so that
 * int16 holds every step. */
void ml_conv2d_round(struct ml_conv2d *plane, int shift, int16_t offset);

/* Make plane rows [y, y_end); `src` holds those within the radius.  The `plane`
 * of the blocks is NULL. */
void ml_conv2d_rows(const struct ml_conv2d *plane, void *scratch,
                    const struct ml_plane_src *src, uint32_t y, uint32_t y_end,
                    const struct ml_emit *emit);

#endif
