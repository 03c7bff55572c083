/* resize.c: make a picture of another size.
 *
 * In: any interleaved layout at 8 or 16 bits, or planes.  Out: the same layout,
 * of the size that kernels/fit.h works out from the full picture, however much
 * of it was shrunk on load.  Each output sample is the mean of the input under
 * a kernel centred on it, stretched by the factor of shrinking.  A picture that
 * has the size already passes unchanged.
 *
 * Planes: a chroma sample sits in the middle of the luma pixels it covers, as
 * in JPEG, in the output as in the input; so chroma is scaled by the factor of
 * the luma and not by the ratio of the rounded plane sizes.  They come out with
 * the subsampling that the sink stores.
 *
 * Cutting (fit=cover) and padding (fit=contain) are done here: what is cut off
 * is never computed.  A chroma sample that covers both picture and padding
 * takes the picture's colour.
 */
#include "filters/filter.h"

#include <math.h>
#include <string.h>

#include "filters/family/fit.h"
#include "filters/kernels/planes.h"
#include "filters/kernels/separable/separable.h"

#define RESIZE_ALLOWED 0.95     /* levels a sample may be off before rounding */
#define RESIZE_SIDE_MAX 1000000 /* pixels */
#define RESIZE_SHRINK_LEAVES                                                   \
    2 /* times the target that loading leaves, when                            \
         it need not be the least */

struct resize_plane {
    struct ml_separable sums;
    /* Where what the sums make lies in the output plane. */
    uint32_t x, y;
    uint32_t width; /* of the output plane */
    uint16_t background[ML_CHANNEL_MAX];
};

struct resize_state {
    struct ml_shape in, out;
    bool same; /* rows pass unchanged */
    struct resize_plane planes[ML_PLANE_MAX];
};

enum {
    RESIZE_SIZE,
    RESIZE_FIT,
    RESIZE_GRAVITY,
    RESIZE_ENLARGE,
    RESIZE_KERNEL,
    RESIZE_BACKGROUND
};

/* In the order of enum ml_resample_kernel. */
static const char *const resize_kernels[] = {
    "lanczos3", "nearest", "box", "triangle", "catrom", "mitchell", NULL};

static const struct ml_param resize_params[] = {
    [RESIZE_SIZE] = {.name = "size",
                     .type = ML_SIZE,
                     .required = true,
                     .help = "box to fit into: WxH, W, xH or P%"},
    [RESIZE_FIT] = {.name = "fit",
                    .type = ML_CHOICE,
                    .choices = ml_fit_names,
                    .def = ML_FIT_INSIDE,
                    .help = "how the picture meets a box with both sides"},
    [RESIZE_GRAVITY] = {.name = "gravity",
                        .type = ML_CHOICE,
                        .choices = ml_gravity_names,
                        .def = ML_GRAVITY_CENTER,
                        .help = "what cover keeps, where contain puts it"},
    [RESIZE_ENLARGE] = {.name = "enlarge",
                        .type = ML_BOOLEAN,
                        .def = 0,
                        .help = "scale up pictures smaller than asked"},
    [RESIZE_KERNEL] = {.name = "kernel",
                       .type = ML_CHOICE,
                       .choices = resize_kernels,
                       .def = ML_KERNEL_LANCZOS3,
                       .help = "weights of the mean"},
    [RESIZE_BACKGROUND] = {.name = "background",
                           .type = ML_COLOUR,
                           .help = "colour around contain; by default black, "
                                   "or transparent with alpha"},
};

/* ---- background ---- */

/* The colour in one sample of 0..255, as JFIF defines Y, Cb and Cr. */
static double resize_luma(const uint8_t *c)
{
    return 0.299 * c[0] + 0.587 * c[1] + 0.114 * c[2];
}

static double resize_chroma(const uint8_t *c, uint32_t plane)
{
    return plane == 1
               ? 128 - 0.168735892 * c[0] - 0.331264108 * c[1] + 0.5 * c[2]
               : 128 + 0.5 * c[0] - 0.418687589 * c[1] - 0.081312411 * c[2];
}

/* Samples of the colour in the layout of plane p; premultiplied, as all
 * samples of a mixing filter are. */
static void resize_background(struct resize_plane *plane,
                              const struct ml_shape *shape, uint32_t p,
                              const struct ml_value *value)
{
    static const uint8_t black[4] = {0, 0, 0, 255}, clear[4] = {0};
    const bool alpha = ml_has_alpha(shape->layout);
    const uint8_t *c = value->given ? value->colour : alpha ? clear : black;
    const uint32_t channels = ml_channels(shape->layout);
    const double unit = shape->bits == 8 ? 1 : 257;
    for (uint32_t i = 0; i < channels; i++) {
        double level = channels < 3 ? resize_luma(c) : c[i];
        if (p > 0)
            level = resize_chroma(c, p);
        if (alpha)
            level = i == channels - 1 ? c[3] : level * c[3] / 255;
        plane->background[i] = (uint16_t)floor(fmin(level, 255) * unit + 0.5);
    }
}

/* ---- prepare ---- */

static uint32_t resize_divide_up(uint32_t size, uint32_t by)
{
    return size / by + (size % by != 0);
}

static uint32_t resize_lesser(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* One axis of one plane, all in luma pixels. */
struct resize_axis {
    uint32_t sub_in, sub_out; /* luma pixels a sample of the plane covers */
    uint32_t in, scaled;      /* the whole picture before and after */
    uint32_t out;             /* what of it is made, from `cut` on */
    uint32_t cut, pad;
};

/* Whole pixels that keep their places need no mean. */
static bool resize_taps(struct ml_taps *taps, struct ml_arena *arena,
                        enum ml_resample_kernel kernel,
                        const struct resize_axis *luma)
{
    const uint32_t sub = luma->sub_out;
    const uint32_t begin = luma->pad / sub;
    const uint32_t end = resize_divide_up(luma->pad + luma->out, sub);
    const struct ml_resample_axis axis = {
        .in = resize_divide_up(luma->in, luma->sub_in),
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

static bool resize_plane(struct resize_state *state,
                         const struct ml_filter_setup *setup,
                         const struct ml_fit *fit, uint32_t p)
{
    const enum ml_resample_kernel kernel =
        (enum ml_resample_kernel)setup->values[RESIZE_KERNEL].number;
    const struct resize_axis x = {
        .sub_in = ml_plane_sub_x(&state->in, p),
        .sub_out = ml_plane_sub_x(&state->out, p),
        .in = state->in.width,
        .scaled = fit->scaled_width,
        .out = resize_lesser(fit->width, fit->scaled_width),
        .cut = fit->cut_x,
        .pad = fit->pad_x};
    const struct resize_axis y = {
        .sub_in = ml_plane_sub_y(&state->in, p),
        .sub_out = ml_plane_sub_y(&state->out, p),
        .in = state->in.height,
        .scaled = fit->scaled_height,
        .out = resize_lesser(fit->height, fit->scaled_height),
        .cut = fit->cut_y,
        .pad = fit->pad_y};
    struct resize_plane *plane = &state->planes[p];
    if (p == 2) { /* Cr lies as Cb does: the same tables */
        *plane = state->planes[1];
        resize_background(plane, &state->in, p,
                          &setup->values[RESIZE_BACKGROUND]);
        return true;
    }
    *plane = (struct resize_plane){
        .sums = {.channels = ml_channels(state->in.layout),
                 .bits = state->in.bits},
        .x = fit->pad_x / x.sub_out,
        .y = fit->pad_y / y.sub_out,
        .width = ml_plane_width(&state->out, p)};
    resize_background(plane, &state->in, p, &setup->values[RESIZE_BACKGROUND]);
    return resize_taps(&plane->sums.x, setup->arena, kernel, &x) &&
           resize_taps(&plane->sums.y, setup->arena, kernel, &y) &&
           ml_separable_prepare(&plane->sums, setup->arena, RESIZE_ALLOWED);
}

static enum ml_status resize_check(const struct ml_filter_setup *setup,
                                   struct ml_error *err)
{
    const struct ml_size_value *size = &setup->values[RESIZE_SIZE].size;
    const bool enlarge = setup->values[RESIZE_ENLARGE].number != 0;
    if (size->percent > 100 && !enlarge)
        return ml_fail(err, ML_ERR_USAGE, "resize would enlarge",
                       "add enlarge=yes", "%g%% is more than 100%%",
                       size->percent);
    if (size->percent <= 0 && size->width == 0 && size->height == 0)
        return ml_fail(err, ML_ERR_USAGE, "resize needs a size",
                       "give WxH, W, xH or P%", "neither side is given");
    return ML_OK;
}

static struct ml_fit resize_fit(const struct ml_filter_setup *setup)
{
    const struct ml_value *values = setup->values;
    const struct ml_fit_request request = {
        .width = values[RESIZE_SIZE].size.width,
        .height = values[RESIZE_SIZE].size.height,
        .percent = values[RESIZE_SIZE].size.percent,
        .fit = (enum ml_fit_kind)values[RESIZE_FIT].number,
        .gravity = (enum ml_gravity)values[RESIZE_GRAVITY].number,
        .enlarge = values[RESIZE_ENLARGE].number != 0};
    return ml_fit_compute(&request, setup->full_width, setup->full_height);
}

/* What loading must leave of a side: twice the target for the kernel to work
 * on, or the target; all of it where single samples are picked. */
static uint32_t resize_least(const struct ml_filter_setup *setup,
                             uint32_t scaled, uint32_t full)
{
    const uint64_t least =
        (uint64_t)scaled * (setup->shrink_fully ? 1 : RESIZE_SHRINK_LEAVES);
    if (setup->values[RESIZE_KERNEL].number == ML_KERNEL_NEAREST)
        return full;
    return least < full ? (uint32_t)least : full;
}

static bool resize_planes(struct resize_state *state,
                          struct ml_filter_setup *setup,
                          const struct ml_fit *fit)
{
    for (uint32_t p = 0; p < ml_plane_count(&state->in); p++) {
        if (!resize_plane(state, setup, fit, p))
            return false;
        const size_t bytes = state->planes[p].sums.scratch_bytes;
        if (bytes > setup->scratch_bytes)
            setup->scratch_bytes = bytes;
    }
    return true;
}

static enum ml_status resize_prepare(struct ml_filter_setup *setup,
                                     struct ml_error *err)
{
    if (resize_check(setup, err) != ML_OK)
        return err->status;
    const struct ml_fit fit = resize_fit(setup);
    if (fit.scaled_width > RESIZE_SIDE_MAX ||
        fit.scaled_height > RESIZE_SIDE_MAX || fit.width > RESIZE_SIDE_MAX ||
        fit.height > RESIZE_SIDE_MAX)
        return ml_fail(
            err, ML_ERR_LIMIT, "resize to too large a size",
            "ask for a smaller size", "%u x %u, and a side may have %u pixels",
            fit.scaled_width, fit.scaled_height, (unsigned)RESIZE_SIDE_MAX);
    struct resize_state *state = ml_arena_alloc(setup->arena, sizeof *state);
    setup->scratch_bytes = 0;
    setup->min_source_width =
        resize_least(setup, fit.scaled_width, setup->full_width);
    setup->min_source_height =
        resize_least(setup, fit.scaled_height, setup->full_height);
    setup->out = setup->in;
    setup->out.width = fit.width;
    setup->out.height = fit.height;
    if (setup->in.layout == ML_YCC && setup->sub_x > 0) {
        setup->out.sub_x = setup->sub_x;
        setup->out.sub_y = setup->sub_y;
    }
    if (state) {
        state->in = setup->in;
        state->out = setup->out;
        state->same = fit.scaled_width == state->in.width &&
                      fit.scaled_height == state->in.height &&
                      fit.width == state->in.width &&
                      fit.height == state->in.height &&
                      state->out.sub_x == state->in.sub_x &&
                      state->out.sub_y == state->in.sub_y;
    }
    const bool tables = state && !state->same && !setup->size_only;
    if (!state || (tables && !resize_planes(state, setup, &fit)))
        return ml_fail(err, ML_ERR_MEMORY, "no memory for the resize's tables",
                       "raise --memory", "%u x %u pixels", fit.scaled_width,
                       fit.scaled_height);
    setup->state = state;
    setup->is_identity = state->same;
    return ML_OK;
}

/* ---- rows ---- */

/* Output plane rows [y, y_end) cut down to those the sums make, counted from
 * the first of those; empty in the padding. */
static struct ml_tap_range resize_inner(const struct resize_plane *plane,
                                        uint32_t y, uint32_t y_end)
{
    const uint32_t rows = plane->sums.y.out;
    const uint32_t from = y > plane->y ? y - plane->y : 0;
    const uint32_t end = y_end > plane->y ? y_end - plane->y : 0;
    return (struct ml_tap_range){from < rows ? from : rows,
                                 end < rows ? end : rows};
}

/* Padding needs no row; the first or the last stands for none. */
static struct ml_tap_range resize_plane_needs(const struct resize_plane *plane,
                                              uint32_t y, uint32_t y_end)
{
    const struct ml_tap_range inner = resize_inner(plane, y, y_end);
    const uint32_t in = plane->sums.y.in;
    if (inner.from < inner.end)
        return ml_taps_range(&plane->sums.y, inner.from, inner.end);
    return inner.end == 0 ? (struct ml_tap_range){0, 1}
                          : (struct ml_tap_range){in - 1, in};
}

static struct ml_range resize_window(const void *state_in, uint32_t y,
                                     uint32_t y_end)
{
    const struct resize_state *state = state_in;
    struct ml_range range = {state->in.height, 0};
    if (state->same)
        return (struct ml_range){y, y_end};
    for (uint32_t p = 0; p < ml_plane_count(&state->in); p++) {
        const struct ml_tap_range span = resize_plane_needs(
            &state->planes[p], y / ml_plane_sub_y(&state->out, p),
            ml_plane_y(&state->out, p, y_end));
        ml_range_widen(&range, &state->in, p, span);
    }
    return range;
}

/* Background in pixels [x, x_end) of a plane's row. */
static void resize_paint(const struct resize_plane *plane, uint8_t *row,
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

/* Everything around the picture in plane rows [dst->y, y_end). */
static void resize_surround(const struct resize_plane *plane,
                            const struct ml_plane_dst *dst, uint32_t y_end)
{
    const uint32_t x_end = plane->x + plane->sums.x.out;
    uint8_t *row = dst->data;
    for (uint32_t y = dst->y; y < y_end; y++, row += dst->stride_bytes) {
        if (y < plane->y || y - plane->y >= plane->sums.y.out) {
            resize_paint(plane, row, 0, plane->width);
            continue;
        }
        resize_paint(plane, row, 0, plane->x);
        resize_paint(plane, row, x_end, plane->width);
    }
}

static void resize_with(const struct resize_state *state, void *scratch,
                        const struct ml_dst *dst, const struct ml_src *src,
                        void (*sums)(const struct ml_separable *, void *,
                                     const struct ml_plane_src *, uint32_t,
                                     uint32_t, const struct ml_emit *))
{
    if (state->same) {
        ml_rows_copy(dst, src, &state->in);
        return;
    }
    for (uint32_t p = 0; p < ml_plane_count(&state->in); p++) {
        const struct resize_plane *plane = &state->planes[p];
        const struct ml_plane_src from = ml_plane_src_of(src, &state->in, p);
        struct ml_plane_dst to = ml_plane_dst_of(dst, &state->out, p);
        const uint32_t y_end = ml_plane_y(&state->out, p, dst->y_end);
        const struct ml_tap_range inner = resize_inner(plane, to.y, y_end);
        resize_surround(plane, &to, y_end);
        if (inner.from == inner.end)
            continue;
        to.data += (inner.from + plane->y - to.y) * to.stride_bytes;
        to.data +=
            (size_t)plane->x * plane->sums.channels * (plane->sums.bits / 8U);
        to.y = inner.from;
        const struct ml_emit emit = {ml_separable_store, &to};
        sums(&plane->sums, scratch, &from, inner.from, inner.end, &emit);
    }
}

static void resize_render(const void *state, void *scratch,
                          const struct ml_dst *dst, const struct ml_src *src)
{
    resize_with(state, scratch, dst, src, ml_separable_rows);
}

static void resize_render_ref(const void *state, void *scratch,
                              const struct ml_dst *dst,
                              const struct ml_src *src)
{
    resize_with(state, scratch, dst, src, ml_separable_rows_ref);
}

const struct ml_filter ml_filter_resize = {
    .name = "resize",
    .summary = "scale to a size; never enlarges unless asked",
    .example = "resize:1600x1200,fit=cover",
    .params = resize_params,
    .param_count = sizeof resize_params / sizeof *resize_params,
    .flags = ML_FILTER_PREMULTIPLIED | ML_FILTER_YCC | ML_FILTER_RESIZES,
    .prepare = resize_prepare,
    .input_window = resize_window,
    .render = resize_render,
    .render_ref = resize_render_ref,
};
