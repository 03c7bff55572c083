/* icon.c: flat icons in a few colours, as on web pages.
 *
 * Discs, boxes and bands over a transparent background, on a canvas of 256 x
 * 256 units, so that one seed gives the same icon at every size.
 */
#include "command/gen/painter.h"

#include <stdbool.h>
#include <string.h>

#include "base/random.h"

#define ICON_SHAPES_MAX 6
#define ICON_UNITS 256

enum icon_form { ICON_DISC, ICON_BOX, ICON_BAND, ICON_FORMS };

struct icon_shape {
    enum icon_form form;
    int32_t x, y, half_x, half_y;
    uint16_t colour[ML_PAINT_CHANNELS];
};

struct icon {
    uint32_t count;
    struct icon_shape shapes[ICON_SHAPES_MAX];
};

static bool icon_holds(const struct icon_shape *s, int32_t u, int32_t v)
{
    const int32_t dx = u - s->x, dy = v - s->y;
    switch (s->form) {
    case ICON_DISC:
        return dx * dx + dy * dy <= s->half_x * s->half_x;
    case ICON_BAND: /* from corner to corner */
        return dx + dy < s->half_x / 2 && dx + dy > -s->half_x / 2;
    case ICON_BOX:
    case ICON_FORMS:
    default:
        return dx < s->half_x && -dx < s->half_x && dy < s->half_y &&
               -dy < s->half_y;
    }
}

static void icon_row(const struct ml_painter *painter, uint32_t y, uint32_t x,
                     uint32_t x_end, uint16_t *rgba)
{
    const struct icon *icon = painter->state;
    const int32_t v =
        (int32_t)(((uint64_t)y * 2 + 1) * ICON_UNITS / (2 * painter->height));
    for (; x < x_end; x++, rgba += ML_PAINT_CHANNELS) {
        const int32_t u = (int32_t)(((uint64_t)x * 2 + 1) * ICON_UNITS /
                                    (2 * (uint64_t)painter->width));
        memset(rgba, 0, ML_PAINT_CHANNELS * sizeof *rgba);
        for (uint32_t i = 0; i < icon->count; i++) {
            /* The first shape is the body and clips the other shapes. */
            if (icon_holds(&icon->shapes[i], u, v))
                memcpy(rgba, icon->shapes[i].colour,
                       sizeof icon->shapes[i].colour);
            else if (i == 0)
                break;
        }
    }
}

static void icon_shape(struct icon_shape *s, struct ml_random *random)
{
    s->form = (enum icon_form)ml_random_below(random, ICON_FORMS);
    s->x = 40 + (int32_t)ml_random_below(random, 176);
    s->y = 40 + (int32_t)ml_random_below(random, 176);
    s->half_x = 16 + (int32_t)ml_random_below(random, 60);
    s->half_y = 16 + (int32_t)ml_random_below(random, 60);
    for (int c = 0; c < 3; c++) /* the 6 x 6 x 6 colours of old browsers */
        s->colour[c] = (uint16_t)(ml_random_below(random, 6) * 13107);
    s->colour[3] = 65535;
}

enum ml_status ml_paint_icon(struct ml_painter *painter, uint64_t seed,
                             uint32_t width, uint32_t height,
                             struct ml_arena *arena, struct ml_error *err)
{
    struct ml_random random = {seed};
    struct icon *icon = ml_arena_calloc(arena, sizeof *icon);
    if (!icon)
        return ml_fail(err, ML_ERR_MEMORY, "not enough memory for the picture",
                       NULL, "%zu bytes", sizeof *icon);
    icon->count = 3 + ml_random_below(&random, ICON_SHAPES_MAX - 2);
    for (uint32_t i = 0; i < icon->count; i++)
        icon_shape(&icon->shapes[i], &random);
    struct icon_shape *body = &icon->shapes[0];
    body->form = ml_random_below(&random, 2) ? ICON_DISC : ICON_BOX;
    body->x = body->y = ICON_UNITS / 2;
    body->half_x = body->half_y = ICON_UNITS / 2 - 8;
    *painter = (struct ml_painter){width, height, icon_row, icon};
    return ML_OK;
}
