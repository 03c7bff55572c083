/* window.c: see window.h. */
#include "filters/family/window.h"

#include <assert.h>
#include <string.h>

#include "filters/family/samples_ref.h"

#define WINDOW_SIDE_MAX (2 * ML_WINDOW_RADIUS_MAX + 1)

/* Bytes of one row of what window_border() copies. */
static size_t window_copy_bytes(const struct ml_window *window)
{
    return 3 * (size_t)window->radius_x * ml_channels(window->shape.layout) *
           window->shape.bits / 8;
}

enum ml_status ml_window_prepare(struct ml_filter_setup *setup,
                                 const struct ml_window *window,
                                 struct ml_error *err)
{
    struct ml_window *state = ml_filter_alloc(setup, sizeof *state, err);
    assert(window->radius_x <= ML_WINDOW_RADIUS_MAX &&
           window->radius_y <= ML_WINDOW_RADIUS_MAX);
    if (!state)
        return err->status;
    *state = *window;
    state->shape = setup->in;
    if (state->kernel->row)
        state->scratch_bytes =
            (2 * (size_t)window->radius_y + 1) * window_copy_bytes(state);
    setup->state = state;
    setup->out = setup->in;
    setup->scratch_bytes = state->scratch_bytes;
    return ML_OK;
}

struct ml_range ml_window_input_window(const void *state, uint32_t y,
                                       uint32_t y_end)
{
    const struct ml_window *window = state;
    const uint32_t height = window->shape.height, radius = window->radius_y;
    return (struct ml_range){y > radius ? y - radius : 0,
                             height - y_end > radius ? y_end + radius : height};
}

/* ---- tuned ---- */

/* Row or column `at` + `by`, moved into the picture. */
static uint32_t window_move(uint32_t at, int64_t by, uint32_t length)
{
    const int64_t moved = at + by;
    return moved < 0 ? 0 : moved >= length ? length - 1 : (uint32_t)moved;
}

/* Pixels [x, x_end), at most as many as the radius, from copies of the rows
 * with the border repeated. */
static void window_border(const struct ml_window *window, uint8_t *copy,
                          uint8_t *to, const uint8_t *const *rows, uint32_t x,
                          uint32_t x_end)
{
    const struct ml_shape *shape = &window->shape;
    const size_t channels = ml_channels(shape->layout);
    const size_t pixel = channels * shape->bits / 8;
    const uint32_t radius = window->radius_x, count = x_end - x;
    const uint8_t *copies[WINDOW_SIDE_MAX];
    for (size_t y = 0; y < 2 * window->radius_y + 1; y++) {
        copies[y] = copy;
        for (uint32_t i = 0; i < count + 2 * radius; i++, copy += pixel)
            memcpy(copy,
                   rows[y] + window_move(x, (int64_t)i - radius, shape->width) *
                                 pixel,
                   pixel);
    }
    window->kernel->row(window, to + x * pixel, copies, count * channels);
}

static void window_rows(const struct ml_window *window, void *scratch,
                        const struct ml_plane_dst *to, uint32_t y_end,
                        const struct ml_plane_src *from)
{
    const struct ml_shape *shape = &window->shape;
    const uint32_t width = shape->width, radius = window->radius_x;
    const size_t channels = ml_channels(shape->layout);
    const uint32_t left = radius < width ? radius : width;
    const uint32_t right = width - left > radius ? width - radius : left;
    uint8_t *to_row = to->data;
    for (uint32_t y = to->y; y < y_end; y++, to_row += to->stride_bytes) {
        const uint8_t *rows[WINDOW_SIDE_MAX];
        for (uint32_t i = 0; i <= 2 * window->radius_y; i++) {
            const size_t at =
                window_move(y, (int64_t)i - window->radius_y, shape->height) -
                from->y;
            rows[i] = from->data + at * from->stride_bytes;
        }
        if (right > left)
            window->kernel->row(window,
                                to_row + left * channels * (shape->bits / 8U),
                                rows, (right - left) * channels);
        window_border(window, scratch, to_row, rows, 0, left);
        if (right < width)
            window_border(window, scratch, to_row, rows, right, width);
    }
}

void ml_window_render(const void *state, void *scratch,
                      const struct ml_dst *dst, const struct ml_src *src)
{
    const struct ml_window *window = state;
    const struct ml_shape *shape = &window->shape;
    for (uint32_t p = 0; p < ml_plane_count(shape); p++) {
        const struct ml_plane_dst to = ml_plane_dst_of(dst, shape, p);
        const struct ml_plane_src from = ml_plane_src_of(src, shape, p);
        (window->kernel->row ? window_rows : window->kernel->render)(
            window, scratch, &to, dst->y_end, &from);
    }
}

/* ---- reference ---- */

static uint32_t window_border_ref(uint32_t at, int32_t by, uint32_t length)
{
    const int64_t place = (int64_t)at + by;
    if (place < 0)
        return 0;
    return place < length ? (uint32_t)place : length - 1;
}

float ml_window_level(const struct ml_window_at *at, int32_t dx, int32_t dy,
                      size_t channel)
{
    const struct ml_shape *shape = &at->window->shape;
    const size_t x = window_border_ref(at->x, dx, shape->width);
    const uint32_t y = window_border_ref(at->y, dy, shape->height);
    return ml_plane_load_ref(at->from, shape->bits, y,
                             x * ml_channels(shape->layout) + channel);
}

void ml_window_render_ref(const void *state, void *scratch,
                          const struct ml_dst *dst, const struct ml_src *src)
{
    const struct ml_window *window = state;
    const struct ml_shape *shape = &window->shape;
    const size_t channels = ml_channels(shape->layout);
    (void)scratch;
    for (uint32_t p = 0; p < ml_plane_count(shape); p++) {
        const struct ml_plane_dst to = ml_plane_dst_of(dst, shape, p);
        const struct ml_plane_src from = ml_plane_src_of(src, shape, p);
        struct ml_window_at at = {.window = window, .from = &from};
        for (at.y = dst->y; at.y < dst->y_end; at.y++)
            for (at.x = 0; at.x < shape->width; at.x++)
                for (size_t c = 0; c < channels; c++)
                    ml_plane_store_ref(&to, shape->bits, at.y,
                                       at.x * channels + c,
                                       window->kernel->sample(&at, c));
    }
}
