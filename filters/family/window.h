/* window.h: filters that make each sample from those around it, within a radius
 * and in its own channel.
 *
 * In: any interleaved layout at 8 or 16 bits, or planes of one size.  Out: the
 * same shape.  Border samples are repeated outside the picture; with alpha,
 * samples are premultiplied.  A filter gives the radius, a tuned loop over one
 * row or over all, and the definition of one sample.  The family owns memory,
 * planes, the row window, the borders and the reference loop.
 */
#ifndef ML_FILTERS_FAMILY_WINDOW_H
#define ML_FILTERS_FAMILY_WINDOW_H

#include "filters/filter.h"
#include "filters/kernels/planes.h"

#define ML_WINDOW_RADIUS_MAX 100

struct ml_window;

/* The place of a sample, for its definition. */
struct ml_window_at {
    const struct ml_window *window;
    const struct ml_plane_src *from;
    uint32_t x, y; /* pixel of the plane */
};

struct ml_window_kernel {
    /* Tuned; one of these two.
     * `render` makes plane rows [to->y, y_end).  `from` holds those within the
     * radius, as far as they are in the picture.
     * `row` makes `count` samples of one row: sample i has its window in
     * samples i, i + channels, i + 2 * channels ... of 2 * radius_y + 1 rows.
     * Near the borders the rows are copies with the border repeated. */
    void (*render)(const struct ml_window *window, void *scratch,
                   const struct ml_plane_dst *to, uint32_t y_end,
                   const struct ml_plane_src *from);
    void (*row)(const struct ml_window *window, void *to,
                const uint8_t *const *rows, size_t count);
    /* The definition: the level of a channel, before it is clamped and rounded.
     * Reads the picture with ml_window_level(). */
    float (*sample)(const struct ml_window_at *at, size_t channel);
};

struct ml_window {
    struct ml_shape shape;
    uint32_t radius_x, radius_y; /* pixels, at most ML_WINDOW_RADIUS_MAX */
    const struct ml_window_kernel *kernel;
    const void *context;  /* of the kernel; lives as long as the arena */
    size_t scratch_bytes; /* that the kernel's `render` needs */
};

/* The whole of a `prepare`: copies *window and sets the shape of the copy.
 * ML_ERR_MEMORY. */
ML_MUST_CHECK enum ml_status ml_window_prepare(struct ml_filter_setup *setup,
                                               const struct ml_window *window,
                                               struct ml_error *err);

/* The other functions of such a filter. */
struct ml_range ml_window_input_window(const void *state, uint32_t y,
                                       uint32_t y_end);
void ml_window_render(const void *state, void *scratch,
                      const struct ml_dst *dst, const struct ml_src *src);
void ml_window_render_ref(const void *state, void *scratch,
                          const struct ml_dst *dst, const struct ml_src *src);

#define ML_WINDOW_FAMILY                                                       \
    .input_window = ml_window_input_window, .render = ml_window_render,        \
    .render_ref = ml_window_render_ref

/* For definitions: the level of a channel `dx`, `dy` pixels away. */
float ml_window_level(const struct ml_window_at *at, int32_t dx, int32_t dy,
                      size_t channel);

#endif
