/* geometry.c: see geometry.h.
 *
 * In every orientation the columns and the rows of the input run forwards or
 * backwards along those of the output, or rows along columns (a transposition).
 * The reference states the place that each orientation takes a pixel from; the
 * tuned version moves rows and tiles (pixels.h).
 */
#include "filters/family/geometry.h"

#include <string.h>

#include "filters/kernels/pixels.h"
#include "filters/kernels/planes.h"

#define GEOMETRY_LINE 64 /* bytes of a cache line */

struct geometry_state {
    struct ml_shape in, out;
    enum ml_orientation orientation;
    uint32_t left, top; /* of the rectangle */
    size_t pixel_bytes; /* 1, 2, 3, 4, 6 or 8 */
    bool transposed;    /* output rows are input columns */
    bool back_x;        /* input columns are taken last to first */
    bool back_y;        /* input rows are */
};

/* ---- prepare ---- */

static struct geometry_state *geometry_state(struct ml_filter_setup *setup,
                                             enum ml_orientation orientation,
                                             struct ml_error *err)
{
    struct geometry_state *state = ml_filter_alloc(setup, sizeof *state, err);
    const struct ml_shape *in = &setup->in;
    if (!state)
        return NULL;
    *state = (struct geometry_state){
        .in = *in,
        .orientation = orientation,
        .pixel_bytes = (size_t)ml_channels(in->layout) * in->bits / 8,
        .transposed = orientation >= ML_ORIENT_TRANSPOSE,
        .back_x = orientation == ML_ORIENT_FLIP_H ||
                  orientation == ML_ORIENT_ROT_180 ||
                  orientation == ML_ORIENT_TRANSVERSE ||
                  orientation == ML_ORIENT_ROT_270,
        .back_y = orientation == ML_ORIENT_ROT_180 ||
                  orientation == ML_ORIENT_FLIP_V ||
                  orientation == ML_ORIENT_ROT_90 ||
                  orientation == ML_ORIENT_TRANSVERSE};
    setup->state = state;
    return state;
}

enum ml_status ml_geometry_orient(struct ml_filter_setup *setup,
                                  enum ml_orientation orientation,
                                  struct ml_error *err)
{
    const struct ml_shape *in = &setup->in;
    struct geometry_state *state = geometry_state(setup, orientation, err);
    if (!state)
        return err->status;
    setup->is_identity = orientation == ML_ORIENT_NORMAL;
    setup->out = *in;
    if (state->transposed) {
        setup->out.width = in->height;
        setup->out.height = in->width;
        setup->out.sub_x = in->sub_y;
        setup->out.sub_y = in->sub_x;
    }
    setup->needs_rgb = (state->back_x && in->width % in->sub_x != 0) ||
                       (state->back_y && in->height % in->sub_y != 0);
    state->out = setup->out;
    return ML_OK;
}

enum ml_status ml_geometry_crop(struct ml_filter_setup *setup,
                                const struct ml_rectangle *rectangle,
                                struct ml_error *err)
{
    const struct ml_shape *in = &setup->in;
    struct geometry_state *state = geometry_state(setup, ML_ORIENT_NORMAL, err);
    if (!state)
        return err->status;
    setup->out = *in;
    setup->out.width = rectangle->width;
    setup->out.height = rectangle->height;
    setup->is_identity = ml_shape_same(&setup->out, in);
    setup->needs_rgb =
        rectangle->x % in->sub_x != 0 || rectangle->y % in->sub_y != 0;
    state->out = setup->out;
    state->left = rectangle->x;
    state->top = rectangle->y;
    return ML_OK;
}

struct ml_range ml_geometry_input_window(const void *state_in, uint32_t y,
                                         uint32_t y_end)
{
    const struct geometry_state *state = state_in;
    if (state->transposed || state->back_y)
        return (struct ml_range){0, state->in.height};
    return (struct ml_range){state->top + y, state->top + y_end};
}

/* ---- tuned ---- */

static uint32_t geometry_at(uint32_t at, uint32_t length, bool back)
{
    return back ? length - 1 - at : at;
}

/* Hardware prefetchers that follow rows downwards do not predict a row that is
 * read from its end. */
static void geometry_fetch_row(const uint8_t *row, size_t bytes)
{
    for (size_t at = 0; at < bytes; at += GEOMETRY_LINE)
        __builtin_prefetch(row + at);
}

/* Rows [to->y, y_end) of plane p, where rows stay rows. */
static void geometry_straight(const struct geometry_state *state, uint32_t p,
                              const struct ml_plane_dst *to, uint32_t y_end,
                              const struct ml_plane_src *from)
{
    const size_t width = ml_plane_width(&state->out, p);
    const uint32_t height = ml_plane_height(&state->in, p);
    const uint32_t top = state->top / ml_plane_sub_y(&state->in, p);
    const size_t left = state->left / ml_plane_sub_x(&state->in, p);
    for (uint32_t y = to->y; y < y_end; y++) {
        const size_t from_y = top + geometry_at(y, height, state->back_y);
        const uint8_t *row = from->data +
                             (from_y - from->y) * from->stride_bytes +
                             left * state->pixel_bytes;
        uint8_t *to_row = to->data + (y - to->y) * to->stride_bytes;
        if (state->back_x && !state->back_y && y + 1 < y_end)
            geometry_fetch_row(row + from->stride_bytes,
                               width * state->pixel_bytes);
        if (state->back_x)
            ml_pixels_mirror(to_row, row, width, state->pixel_bytes);
        else
            memcpy(to_row, row, width * state->pixel_bytes);
    }
}

/* The same where rows become columns.  Input rows are always read forwards: if
 * their columns run backwards, output rows are made from the last one up. */
static void geometry_transpose(const struct geometry_state *state, uint32_t p,
                               const struct ml_plane_dst *to, uint32_t y_end,
                               const struct ml_plane_src *from)
{
    const uint32_t width = ml_plane_width(&state->in, p);
    const uint32_t height = ml_plane_height(&state->in, p);
    const uint32_t rows = y_end - to->y;
    const uint32_t from_x = state->back_x ? width - y_end : to->y;
    const uint32_t from_y = geometry_at(0, height, state->back_y) - from->y;
    const ptrdiff_t to_step = (ptrdiff_t)to->stride_bytes;
    const ptrdiff_t from_step = (ptrdiff_t)from->stride_bytes;
    const struct ml_transpose_job job = {
        .to = to->data + (state->back_x ? (rows - 1) * to->stride_bytes : 0),
        .from = from->data + from_y * from->stride_bytes +
                from_x * state->pixel_bytes,
        .to_step = state->back_x ? -to_step : to_step,
        .from_step = state->back_y ? -from_step : from_step,
        .width = height,
        .rows = rows,
        .rows_after = width - (from_x + rows)};
    ml_pixels_transpose(&job, state->pixel_bytes);
}

void ml_geometry_render(const void *state_in, void *scratch,
                        const struct ml_dst *dst, const struct ml_src *src)
{
    const struct geometry_state *state = state_in;
    (void)scratch;
    for (uint32_t p = 0; p < ml_plane_count(&state->in); p++) {
        const struct ml_plane_src from = ml_plane_src_of(src, &state->in, p);
        const struct ml_plane_dst to = ml_plane_dst_of(dst, &state->out, p);
        const uint32_t y_end = ml_plane_y(&state->out, p, dst->y_end);
        if (state->transposed)
            geometry_transpose(state, p, &to, y_end, &from);
        else
            geometry_straight(state, p, &to, y_end, &from);
    }
}

/* ---- reference ---- */

/* The pixel of the input, `width` x `height`, that moves to (x, y), for each
 * value of the EXIF orientation. */
static void geometry_from_ref(const struct geometry_state *state,
                              uint32_t width, uint32_t height, uint32_t x,
                              uint32_t y, uint32_t from[2])
{
    const uint32_t places[][2] = {
        [ML_ORIENT_NORMAL] = {x, y},
        [ML_ORIENT_FLIP_H] = {width - 1 - x, y},
        [ML_ORIENT_ROT_180] = {width - 1 - x, height - 1 - y},
        [ML_ORIENT_FLIP_V] = {x, height - 1 - y},
        [ML_ORIENT_TRANSPOSE] = {y, x},
        [ML_ORIENT_ROT_90] = {y, height - 1 - x},
        [ML_ORIENT_TRANSVERSE] = {width - 1 - y, height - 1 - x},
        [ML_ORIENT_ROT_270] = {width - 1 - y, x},
    };
    from[0] = places[state->orientation][0];
    from[1] = places[state->orientation][1];
}

static void geometry_plane_ref(const struct geometry_state *state, uint32_t p,
                               const struct ml_dst *dst,
                               const struct ml_src *src)
{
    const struct ml_plane_src from = ml_plane_src_of(src, &state->in, p);
    const struct ml_plane_dst to = ml_plane_dst_of(dst, &state->out, p);
    const size_t bytes = state->in.bits / 8U * ml_channels(state->in.layout);
    const uint32_t left = state->left / ml_plane_sub_x(&state->in, p);
    const uint32_t top = state->top / ml_plane_sub_y(&state->in, p);
    const uint32_t width = ml_plane_width(&state->in, p);
    const uint32_t height = ml_plane_height(&state->in, p);
    const uint32_t y_end = ml_plane_y(&state->out, p, dst->y_end);
    for (uint32_t y = to.y; y < y_end; y++)
        for (uint32_t x = 0; x < ml_plane_width(&state->out, p); x++) {
            uint32_t at[2];
            geometry_from_ref(state, width, height, x, y, at);
            const uint8_t *pixel = from.data +
                                   (top + at[1] - from.y) * from.stride_bytes +
                                   (left + at[0]) * bytes;
            for (size_t i = 0; i < bytes; i++)
                to.data[(y - to.y) * to.stride_bytes + x * bytes + i] =
                    pixel[i];
        }
}

void ml_geometry_render_ref(const void *state_in, void *scratch,
                            const struct ml_dst *dst, const struct ml_src *src)
{
    const struct geometry_state *state = state_in;
    (void)scratch;
    for (uint32_t p = 0; p < ml_plane_count(&state->in); p++)
        geometry_plane_ref(state, p, dst, src);
}
