/* smooth.c: see smooth.h. */
#include "filters/family/smooth.h"

#include "filters/family/samples_ref.h"
#include "filters/kernels/planes.h"
#include "filters/kernels/separable/block_rows.h"
#include "filters/kernels/separable/ref.h"
#include "filters/kernels/separable/separable.h"

struct smooth_state {
    struct ml_shape shape;
    struct ml_smooth smooth;
    struct ml_separable planes[ML_PLANE_MAX];
};

/* ---- prepare ---- */

static bool smooth_plane(struct smooth_state *state,
                         struct ml_filter_setup *setup, uint32_t p)
{
    const struct ml_shape *shape = &state->shape;
    const struct ml_smooth *smooth = &state->smooth;
    const struct ml_smooth_axis x = {ml_plane_width(shape, p),
                                     ml_plane_sub_x(shape, p), false};
    const struct ml_smooth_axis y = {ml_plane_height(shape, p),
                                     ml_plane_sub_y(shape, p), true};
    struct ml_separable *plane = &state->planes[p];
    *plane = (struct ml_separable){.channels = ml_channels(shape->layout),
                                   .bits = shape->bits};
    if (!smooth->taps(smooth->context, &x, &plane->x, setup->arena) ||
        !smooth->taps(smooth->context, &y, &plane->y, setup->arena) ||
        !ml_separable_prepare(plane, setup->arena, smooth->max_error))
        return false;
    if (plane->scratch_bytes > setup->scratch_bytes)
        setup->scratch_bytes = plane->scratch_bytes;
    return true;
}

enum ml_status ml_smooth_prepare(struct ml_filter_setup *setup,
                                 const struct ml_smooth *smooth,
                                 struct ml_error *err)
{
    struct smooth_state *state = ml_arena_alloc(setup->arena, sizeof *state);
    const bool refused = setup->in.layout == ML_YCC && setup->needs_rgb;
    bool enough = state != NULL;
    setup->scratch_bytes = 0;
    if (enough) {
        state->shape = setup->in;
        state->smooth = *smooth;
    }
    const uint32_t planes =
        setup->size_only || refused ? 0 : ml_plane_count(&setup->in);
    for (uint32_t p = 0; enough && p < planes; p++)
        enough = smooth_plane(state, setup, p);
    if (!enough)
        return ml_fail(err, ML_ERR_MEMORY, "no memory for the filter's taps",
                       "raise --memory", "%u x %u pixels", setup->in.width,
                       setup->in.height);
    setup->state = state;
    setup->out = setup->in;
    return ML_OK;
}

struct ml_range ml_smooth_input_window(const void *state_in, uint32_t y,
                                       uint32_t y_end)
{
    const struct smooth_state *state = state_in;
    return ml_separable_input_window(state->planes, &state->shape, y, y_end);
}

/* ---- tuned ---- */

struct smooth_rows {
    const struct smooth_state *state;
    struct ml_block_rows rows;
    bool q6;
};

static void smooth_row(const void *context, void *to, const void *from,
                       const void *sums, size_t count)
{
    const struct smooth_rows *rows = context;
    const struct ml_smooth *smooth = &rows->state->smooth;
    smooth->combine->row(smooth->context, to, from, sums, count, rows->q6);
}

static void smooth_block(const void *context, const struct ml_block *block)
{
    const struct smooth_rows *rows = context;
    ml_block_each_row(&rows->rows, block, smooth_row, context);
}

void ml_smooth_render(const void *state_in, void *scratch,
                      const struct ml_dst *dst, const struct ml_src *src)
{
    const struct smooth_state *state = state_in;
    const struct ml_shape *shape = &state->shape;
    for (uint32_t p = 0; p < ml_plane_count(shape); p++) {
        const struct ml_separable *plane = &state->planes[p];
        const struct smooth_rows rows = {
            .state = state,
            .rows = {.to = ml_plane_dst_of(dst, shape, p),
                     .from = ml_plane_src_of(src, shape, p),
                     .bits = shape->bits,
                     .sum_bytes = plane->q6 ? sizeof(int16_t) : sizeof(float)},
            .q6 = plane->q6};
        const struct ml_emit sums = {ml_separable_store, &rows.rows.to};
        const struct ml_emit combined = {smooth_block, &rows};
        ml_separable_rows(plane, scratch, &rows.rows.from, rows.rows.to.y,
                          ml_plane_y(shape, p, dst->y_end),
                          state->smooth.combine ? &combined : &sums);
    }
}

/* ---- reference ---- */

/* One plane, and where it is read and written. */
struct smooth_plane_ref {
    const struct smooth_state *state;
    struct ml_plane_dst to;
    struct ml_plane_src from;
    bool q6;
};

static void smooth_pixel_ref(const struct smooth_plane_ref *plane, uint32_t y,
                             size_t x, const float *sums)
{
    const struct smooth_state *state = plane->state;
    const struct ml_smooth *smooth = &state->smooth;
    const struct ml_smooth_combine *combine = smooth->combine;
    const size_t channels = ml_channels(state->shape.layout);
    const unsigned bits = state->shape.bits;
    float pixel[ML_CHANNEL_MAX];
    for (size_t c = 0; c < channels; c++)
        pixel[c] = ml_plane_load_ref(&plane->from, bits, y, x * channels + c);
    for (size_t c = 0; c < channels; c++) {
        const float level = combine ? combine->sample(smooth->context, pixel,
                                                      sums, c, plane->q6)
                                    : sums[c];
        ml_plane_store_ref(&plane->to, bits, y, x * channels + c, level);
    }
}

void ml_smooth_render_ref(const void *state_in, void *scratch,
                          const struct ml_dst *dst, const struct ml_src *src)
{
    const struct smooth_state *state = state_in;
    const struct ml_shape *shape = &state->shape;
    const size_t channels = ml_channels(shape->layout);
    for (uint32_t p = 0; p < ml_plane_count(shape); p++) {
        const struct smooth_plane_ref plane = {
            state, ml_plane_dst_of(dst, shape, p),
            ml_plane_src_of(src, shape, p), state->planes[p].q6};
        const uint32_t y_end = ml_plane_y(shape, p, dst->y_end);
        for (uint32_t y = plane.to.y; y < y_end; y++) {
            const float *sums = ml_separable_row_ref(&state->planes[p], scratch,
                                                     &plane.from, y);
            for (size_t x = 0; x < ml_plane_width(shape, p); x++)
                smooth_pixel_ref(&plane, y, x, sums + x * channels);
        }
    }
}
