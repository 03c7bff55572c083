/* resample.c: see resample.h. */
#include "filters/family/resample.h"

#include <math.h>
#include <string.h>

#include "filters/family/samples_ref.h"
#include "filters/kernels/planes.h"
#include "filters/kernels/separable/ref.h"
#include "filters/kernels/separable/separable.h"
#include "image/luma.h"

#define RESAMPLE_MAX_ERROR 0.95 /* levels, before rounding */
/* Shrink on load leaves at least this times the target, unless shrink_fully. */
#define RESAMPLE_SHRINK_LEAVES 2

const char *const ml_resample_kernel_names[] = {
    "lanczos3", "nearest", "box", "triangle", "catrom", "mitchell", NULL};

struct resample_plane {
    struct ml_separable sums;
    /* Place of the sums in the output plane. */
    uint32_t x, y;
    uint32_t width; /* of the output plane */
    uint16_t background[ML_CHANNEL_MAX];
};

struct resample_state {
    struct ml_shape in, out;
    bool same; /* rows pass unchanged */
    struct resample_plane planes[ML_PLANE_MAX];
};

/* ---- background ---- */

/* The colour in one sample of 0..255, as JFIF defines Cb and Cr. */
static double resample_chroma(const uint8_t *c, uint32_t plane)
{
    return plane == 1
               ? 128 - 0.168735892 * c[0] - 0.331264108 * c[1] + 0.5 * c[2]
               : 128 + 0.5 * c[0] - 0.418687589 * c[1] - 0.081312411 * c[2];
}

/* Samples of the colour in the layout of plane p; premultiplied, as all
 * samples of a mixing filter are. */
static void resample_background(struct resample_plane *plane,
                                const struct ml_shape *shape, uint32_t p,
                                const uint8_t *colour)
{
    static const uint8_t black[4] = {0, 0, 0, 255}, clear[4] = {0};
    const bool alpha = ml_has_alpha(shape->layout);
    const uint8_t *c = colour ? colour : alpha ? clear : black;
    const uint32_t channels = ml_channels(shape->layout);
    const uint32_t unit = shape->bits == 8 ? 1 : 257;
    const uint32_t luma = ml_luma(c[0] * unit, c[1] * unit, c[2] * unit);
    for (uint32_t i = 0; i < channels; i++) {
        double level = channels < 3 ? luma : c[i] * unit;
        if (p > 0)
            level = resample_chroma(c, p);
        if (alpha)
            level = i == channels - 1 ? c[3] * unit : level * c[3] / 255;
        plane->background[i] = (uint16_t)floor(fmin(level, 255 * unit) + 0.5);
    }
}

/* ---- prepare ---- */

static uint32_t resample_divide_up(uint32_t size, uint32_t by)
{
    return size / by + (size % by != 0);
}

static uint32_t resample_min(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* One axis of one plane, all in luma pixels. */
struct resample_axis {
    uint32_t sub_in, sub_out; /* luma pixels a sample of the plane covers */
    uint32_t in, scaled;      /* the whole picture before and after */
    uint32_t out;             /* scaled pixels that are made, from `cut` on */
    uint32_t cut, pad;
};

/* Pixels that keep their places need no mean. */
static bool resample_taps(struct ml_taps *taps, struct ml_arena *arena,
                          enum ml_resample_kernel kernel,
                          const struct resample_axis *luma)
{
    const uint32_t sub = luma->sub_out;
    const uint32_t begin = luma->pad / sub;
    const uint32_t end = resample_divide_up(luma->pad + luma->out, sub);
    const struct ml_resample_axis axis = {
        .in = resample_divide_up(luma->in, luma->sub_in),
        .out = end - begin,
        .scale = (double)luma->in * sub / ((double)luma->scaled * luma->sub_in),
        /* Chroma sample `begin` may start left of the picture. */
        .offset =
            (double)luma->cut / sub - (double)(luma->pad - begin * sub) / sub};
    if (luma->in == luma->scaled && sub == luma->sub_in &&
        floor(axis.offset) == axis.offset)
        kernel = ML_KERNEL_NEAREST;
    return ml_taps_resample(taps, arena, kernel, &axis);
}

/* Taps of plane 0 or 1; Cr shares those of Cb. */
static bool resample_plane_taps(struct resample_state *state,
                                struct ml_filter_setup *setup,
                                const struct ml_resample *resample, uint32_t p)
{
    const struct ml_fit *fit = &resample->fit;
    const struct resample_axis x = {
        .sub_in = ml_plane_sub_x(&state->in, p),
        .sub_out = ml_plane_sub_x(&state->out, p),
        .in = state->in.width,
        .scaled = fit->scaled_width,
        .out = resample_min(fit->width, fit->scaled_width),
        .cut = fit->cut_x,
        .pad = fit->pad_x};
    const struct resample_axis y = {
        .sub_in = ml_plane_sub_y(&state->in, p),
        .sub_out = ml_plane_sub_y(&state->out, p),
        .in = state->in.height,
        .scaled = fit->scaled_height,
        .out = resample_min(fit->height, fit->scaled_height),
        .cut = fit->cut_y,
        .pad = fit->pad_y};
    struct resample_plane *plane = &state->planes[p];
    *plane = (struct resample_plane){
        .sums = {.channels = ml_channels(state->in.layout),
                 .bits = state->in.bits},
        .x = fit->pad_x / x.sub_out,
        .y = fit->pad_y / y.sub_out,
        .width = ml_plane_width(&state->out, p)};
    return resample_taps(&plane->sums.x, setup->arena, resample->kernel, &x) &&
           resample_taps(&plane->sums.y, setup->arena, resample->kernel, &y) &&
           ml_separable_prepare(&plane->sums, setup->arena, RESAMPLE_MAX_ERROR);
}

static bool resample_planes(struct resample_state *state,
                            struct ml_filter_setup *setup,
                            const struct ml_resample *resample)
{
    for (uint32_t p = 0; p < ml_plane_count(&state->in); p++) {
        if (p == 2)
            state->planes[p] = state->planes[1];
        else if (!resample_plane_taps(state, setup, resample, p))
            return false;
        resample_background(&state->planes[p], &state->in, p,
                            resample->background);
        const size_t bytes = state->planes[p].sums.scratch_bytes;
        if (bytes > setup->scratch_bytes)
            setup->scratch_bytes = bytes;
    }
    return true;
}

/* The side that shrink on load must leave: twice the target for the kernel to
 * average, or the target; the full side if single samples are picked. */
static uint32_t resample_least(const struct ml_filter_setup *setup,
                               enum ml_resample_kernel kernel, uint32_t scaled,
                               uint32_t full)
{
    const uint64_t least =
        (uint64_t)scaled * (setup->shrink_fully ? 1 : RESAMPLE_SHRINK_LEAVES);
    if (kernel == ML_KERNEL_NEAREST)
        return full;
    return least < full ? (uint32_t)least : full;
}

/* The part of the setup that needs no state. */
static void resample_shapes(struct ml_filter_setup *setup,
                            const struct ml_resample *resample)
{
    const struct ml_fit *fit = &resample->fit;
    setup->min_source_width = resample_least(
        setup, resample->kernel, fit->scaled_width, setup->full_width);
    setup->min_source_height = resample_least(
        setup, resample->kernel, fit->scaled_height, setup->full_height);
    setup->out = setup->in;
    setup->out.width = fit->width;
    setup->out.height = fit->height;
    if (setup->in.layout == ML_YCC && setup->sub_x > 0) {
        setup->out.sub_x = setup->sub_x;
        setup->out.sub_y = setup->sub_y;
    }
}

static bool resample_is_large(uint32_t side)
{
    return side > ML_RESAMPLE_SIDE_MAX;
}

enum ml_status ml_resample_prepare(struct ml_filter_setup *setup,
                                   const struct ml_resample *resample,
                                   struct ml_error *err)
{
    const struct ml_fit *fit = &resample->fit;
    if (resample_is_large(fit->scaled_width) ||
        resample_is_large(fit->scaled_height) ||
        resample_is_large(fit->width) || resample_is_large(fit->height))
        return ml_fail(err, ML_ERR_LIMIT, "resize to too large a size",
                       "ask for a smaller size",
                       "%u x %u, and a side may have %u pixels",
                       fit->scaled_width, fit->scaled_height,
                       (unsigned)ML_RESAMPLE_SIDE_MAX);
    struct resample_state *state = ml_arena_alloc(setup->arena, sizeof *state);
    setup->scratch_bytes = 0;
    resample_shapes(setup, resample);
    if (state) {
        state->in = setup->in;
        state->out = setup->out;
        state->same = fit->scaled_width == state->in.width &&
                      fit->scaled_height == state->in.height &&
                      ml_shape_same(&state->in, &state->out);
    }
    const bool tables = state && !state->same && !setup->size_only;
    if (!state || (tables && !resample_planes(state, setup, resample)))
        return ml_fail(err, ML_ERR_MEMORY, "no memory for the filter's taps",
                       "raise --memory", "%u x %u pixels", fit->scaled_width,
                       fit->scaled_height);
    setup->state = state;
    setup->is_identity = state->same;
    return ML_OK;
}

/* ---- rows ---- */

/* Output plane rows [y, y_end) without those of the padding, counted from the
 * first row of the picture; may be empty. */
static struct ml_tap_range resample_inner(const struct resample_plane *plane,
                                          uint32_t y, uint32_t y_end)
{
    const uint32_t rows = plane->sums.y.out;
    const uint32_t from = y > plane->y ? y - plane->y : 0;
    const uint32_t end = y_end > plane->y ? y_end - plane->y : 0;
    return (struct ml_tap_range){from < rows ? from : rows,
                                 end < rows ? end : rows};
}

/* Padding needs no row; the range must not be empty: the first or the last. */
static struct ml_tap_range
resample_plane_rows(const struct resample_plane *plane, uint32_t y,
                    uint32_t y_end)
{
    const struct ml_tap_range inner = resample_inner(plane, y, y_end);
    const uint32_t in = plane->sums.y.in;
    if (inner.from < inner.end)
        return ml_taps_range(&plane->sums.y, inner.from, inner.end);
    return inner.end == 0 ? (struct ml_tap_range){0, 1}
                          : (struct ml_tap_range){in - 1, in};
}

struct ml_range ml_resample_input_window(const void *state_in, uint32_t y,
                                         uint32_t y_end)
{
    const struct resample_state *state = state_in;
    struct ml_range range = {state->in.height, 0};
    if (state->same)
        return (struct ml_range){y, y_end};
    for (uint32_t p = 0; p < ml_plane_count(&state->in); p++) {
        const struct ml_tap_range span = resample_plane_rows(
            &state->planes[p], y / ml_plane_sub_y(&state->out, p),
            ml_plane_y(&state->out, p, y_end));
        ml_range_widen(&range, &state->in, p, span);
    }
    return range;
}

/* Background in pixels [x, x_end) of a plane's row. */
static void resample_paint(const struct resample_plane *plane, uint8_t *row,
                           uint32_t x, uint32_t x_end)
{
    const size_t channels = plane->sums.channels;
    for (size_t i = x * channels; i < x_end * channels; i++) {
        const uint16_t level = plane->background[i % channels];
        if (plane->sums.bits == 8)
            row[i] = (uint8_t)level;
        else
            memcpy(row + i * sizeof level, &level, sizeof level);
    }
}

/* The padding around the picture in plane rows [dst->y, y_end). */
static void resample_surround(const struct resample_plane *plane,
                              const struct ml_plane_dst *dst, uint32_t y_end)
{
    const uint32_t x_end = plane->x + plane->sums.x.out;
    uint8_t *row = dst->data;
    for (uint32_t y = dst->y; y < y_end; y++, row += dst->stride_bytes) {
        if (y < plane->y || y - plane->y >= plane->sums.y.out) {
            resample_paint(plane, row, 0, plane->width);
            continue;
        }
        resample_paint(plane, row, 0, plane->x);
        resample_paint(plane, row, x_end, plane->width);
    }
}

void ml_resample_render(const void *state_in, void *scratch,
                        const struct ml_dst *dst, const struct ml_src *src)
{
    const struct resample_state *state = state_in;
    if (state->same) {
        ml_rows_copy(dst, src, &state->in);
        return;
    }
    for (uint32_t p = 0; p < ml_plane_count(&state->in); p++) {
        const struct resample_plane *plane = &state->planes[p];
        const struct ml_plane_src from = ml_plane_src_of(src, &state->in, p);
        struct ml_plane_dst to = ml_plane_dst_of(dst, &state->out, p);
        const uint32_t y_end = ml_plane_y(&state->out, p, dst->y_end);
        const struct ml_tap_range inner = resample_inner(plane, to.y, y_end);
        resample_surround(plane, &to, y_end);
        if (inner.from == inner.end)
            continue;
        to.data += (inner.from + plane->y - to.y) * to.stride_bytes;
        to.data +=
            (size_t)plane->x * plane->sums.channels * (plane->sums.bits / 8U);
        to.y = inner.from;
        const struct ml_emit emit = {ml_separable_store, &to};
        ml_separable_rows(&plane->sums, scratch, &from, inner.from, inner.end,
                          &emit);
    }
}

/* ---- reference ---- */

/* Each sample is one of the picture or of the background. */
static void resample_row_ref(const struct resample_plane *plane, void *scratch,
                             const struct ml_plane_dst *to,
                             const struct ml_plane_src *from, uint32_t y)
{
    const size_t channels = plane->sums.channels;
    const int64_t row = (int64_t)y - plane->y;
    const bool inside = row >= 0 && row < plane->sums.y.out;
    const float *sums = inside ? ml_separable_row_ref(&plane->sums, scratch,
                                                      from, (uint32_t)row)
                               : NULL;
    for (size_t i = 0; i < plane->width * channels; i++) {
        const int64_t x = (int64_t)(i / channels) - plane->x;
        const bool picture = inside && x >= 0 && x < plane->sums.x.out;
        ml_plane_store_ref(to, plane->sums.bits, y, i,
                           picture ? sums[i - plane->x * channels]
                                   : plane->background[i % channels]);
    }
}

void ml_resample_render_ref(const void *state_in, void *scratch,
                            const struct ml_dst *dst, const struct ml_src *src)
{
    const struct resample_state *state = state_in;
    for (uint32_t p = 0; p < ml_plane_count(&state->in); p++) {
        const struct ml_plane_src from = ml_plane_src_of(src, &state->in, p);
        const struct ml_plane_dst to = ml_plane_dst_of(dst, &state->out, p);
        const size_t samples = ml_plane_width(&state->out, p) *
                               (size_t)ml_channels(state->out.layout);
        const uint32_t y_end = ml_plane_y(&state->out, p, dst->y_end);
        for (uint32_t y = to.y; y < y_end; y++) {
            if (!state->same)
                resample_row_ref(&state->planes[p], scratch, &to, &from, y);
            for (size_t i = 0; state->same && i < samples; i++)
                ml_plane_store_ref(
                    &to, state->out.bits, y, i,
                    ml_plane_load_ref(&from, state->in.bits, y, i));
        }
    }
}
