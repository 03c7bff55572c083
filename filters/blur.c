/* blur.c: Gaussian blur.
 *
 * In: any interleaved layout at 8 or 16 bits, or planes.  Out: the same shape.
 * Weights are those of a Gaussian out to 3 sigma (0.3 % of its volume lies
 * beyond), scaled to sum to one; outside the picture the border samples are
 * repeated.  In a chroma plane sigma is counted in its own, larger pixels.
 * Alpha is one more channel: samples come premultiplied.
 */
#include "filters/filter.h"

#include <math.h>

#include "filters/kernels/planes.h"
#include "filters/kernels/separable/separable.h"

/* Error of a picture's worst sample, in levels, before rounding. */
#define BLUR_ALLOWED 0.95

struct blur_state {
    struct ml_shape shape;
    struct ml_separable planes[ML_PLANE_MAX];
};

enum { BLUR_SIGMA };

static const struct ml_param blur_params[] = {
    [BLUR_SIGMA] = {.name = "sigma",
                    .type = ML_REAL,
                    .unit = "px",
                    .min = 0.3,
                    .max = 250,
                    .required = true,
                    .help = "standard deviation of the Gaussian, in pixels"},
};

static bool blur_plane(struct blur_state *state, struct ml_arena *arena,
                       uint32_t p, double sigma)
{
    const struct ml_shape *shape = &state->shape;
    struct ml_separable *plane = &state->planes[p];
    *plane = (struct ml_separable){.channels = ml_channels(shape->layout),
                                   .bits = shape->bits};
    return ml_taps_gauss(&plane->x, arena, ml_plane_width(shape, p),
                         sigma / ml_plane_sub_x(shape, p)) &&
           ml_taps_gauss(&plane->y, arena, ml_plane_height(shape, p),
                         sigma / ml_plane_sub_y(shape, p)) &&
           ml_separable_prepare(plane, arena, BLUR_ALLOWED);
}

static enum ml_status blur_prepare(struct ml_filter_setup *setup,
                                   struct ml_error *err)
{
    const double sigma = setup->values[BLUR_SIGMA].number;
    struct blur_state *state = ml_arena_alloc(setup->arena, sizeof *state);
    bool enough = state != NULL;
    setup->scratch_bytes = 0;
    if (enough)
        state->shape = setup->in;
    const uint32_t planes = setup->size_only ? 0 : ml_plane_count(&setup->in);
    for (uint32_t p = 0; enough && p < planes; p++) {
        enough = blur_plane(state, setup->arena, p, sigma);
        if (enough && state->planes[p].scratch_bytes > setup->scratch_bytes)
            setup->scratch_bytes = state->planes[p].scratch_bytes;
    }
    if (!enough)
        return ml_fail(err, ML_ERR_MEMORY, "no memory for the blur's tables",
                       "raise --memory", "%u x %u pixels", setup->in.width,
                       setup->in.height);
    setup->state = state;
    setup->out = setup->in;
    return ML_OK;
}

static struct ml_range blur_window(const void *state_in, uint32_t y,
                                   uint32_t y_end)
{
    const struct blur_state *state = state_in;
    return ml_separable_needs(state->planes, &state->shape, y, y_end);
}

static void blur_with(const struct blur_state *state, void *scratch,
                      const struct ml_dst *dst, const struct ml_src *src,
                      void (*sums)(const struct ml_separable *, void *,
                                   const struct ml_plane_src *, uint32_t,
                                   uint32_t, const struct ml_emit *))
{
    const struct ml_shape *shape = &state->shape;
    for (uint32_t p = 0; p < ml_plane_count(shape); p++) {
        const struct ml_plane_src from = ml_plane_src_of(src, shape, p);
        const struct ml_plane_dst to = ml_plane_dst_of(dst, shape, p);
        const struct ml_emit emit = {ml_separable_store, &to};
        sums(&state->planes[p], scratch, &from, to.y,
             ml_plane_y(shape, p, dst->y_end), &emit);
    }
}

static void blur_render(const void *state, void *scratch,
                        const struct ml_dst *dst, const struct ml_src *src)
{
    blur_with(state, scratch, dst, src, ml_separable_rows);
}

static void blur_render_ref(const void *state, void *scratch,
                            const struct ml_dst *dst, const struct ml_src *src)
{
    blur_with(state, scratch, dst, src, ml_separable_rows_ref);
}

const struct ml_filter ml_filter_blur = {
    .name = "blur",
    .summary = "Gaussian blur",
    .example = "blur:2.5",
    .params = blur_params,
    .param_count = sizeof blur_params / sizeof *blur_params,
    .flags = ML_FILTER_PREMULTIPLIED | ML_FILTER_YCC,
    .prepare = blur_prepare,
    .input_window = blur_window,
    .render = blur_render,
    .render_ref = blur_render_ref,
};
