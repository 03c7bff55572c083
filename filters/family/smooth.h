/* smooth.h: filters that keep the shape and sum rows, then columns, with one
 * list of taps an axis: separable convolution.
 *
 * In: any interleaved layout at 8 or 16 bits, or planes.  Out: the same shape.
 * Border samples are repeated outside the picture; alpha is one more channel,
 * as samples are premultiplied.  A filter gives its taps and, if the sum itself
 * is not the result (sharpen), a function that combines a sample and its sum.
 * The family owns memory, planes, depth, the row window, scratch and loops.
 */
#ifndef ML_FILTERS_FAMILY_SMOOTH_H
#define ML_FILTERS_FAMILY_SMOOTH_H

#include "filters/filter.h"
#include "filters/kernels/separable/taps.h"

/* One axis of a plane. */
struct ml_smooth_axis {
    uint32_t length; /* samples */
    uint32_t sub;    /* pixels of the picture that a sample covers */
    bool vertical;
};

/* Make the taps along an axis.  False: the arena is full. */
typedef bool ml_smooth_taps(const void *context,
                            const struct ml_smooth_axis *axis,
                            struct ml_taps *taps, struct ml_arena *arena);

/* The result of a sample and its sum.  Both functions get whole pixels. */
struct ml_smooth_combine {
    /* Tuned: make `count` samples from those at `from` and their sums, which
     * are int16_t in 1/64 of a level when `q6`, else float. */
    void (*row)(const void *context, void *to, const void *from,
                const void *sums, size_t count, bool q6);
    /* The definition: the level of a channel, before it is clamped and rounded,
     * from the samples of its pixel and their sums; `q6` as above. */
    float (*sample)(const void *context, const float *pixel, const float *sums,
                    size_t channel, bool q6);
};

struct ml_smooth {
    ml_smooth_taps *taps;
    const struct ml_smooth_combine *combine; /* NULL: the sum */
    const void *context; /* of the callbacks; with `combine` it lives as long
                            as the picture's arena */
    double max_error;    /* of 16-bit sums before they are rounded, in levels of
                            255; 0 forbids such sums */
};

/* The whole of a `prepare`, after setup->needs_rgb: no taps are made for planes
 * that the filter will not run on.  ML_ERR_MEMORY. */
ML_MUST_CHECK enum ml_status ml_smooth_prepare(struct ml_filter_setup *setup,
                                               const struct ml_smooth *smooth,
                                               struct ml_error *err);

/* The other functions of such a filter. */
struct ml_range ml_smooth_input_window(const void *state, uint32_t y,
                                       uint32_t y_end);
void ml_smooth_render(const void *state, void *scratch,
                      const struct ml_dst *dst, const struct ml_src *src);
void ml_smooth_render_ref(const void *state, void *scratch,
                          const struct ml_dst *dst, const struct ml_src *src);

#define ML_SMOOTH_FAMILY                                                       \
    .input_window = ml_smooth_input_window, .render = ml_smooth_render,        \
    .render_ref = ml_smooth_render_ref

#endif
