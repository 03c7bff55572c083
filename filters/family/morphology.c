/* morphology.c: see family/morphology.h. */
#include "filters/family/morphology.h"

#include "filters/kernels/morphology.h"

enum { MORPHOLOGY_RADIUS, MORPHOLOGY_SHAPE };

/* In the order of enum ml_morphology_shape. */
static const char *const morphology_shapes[] = {"square", "disc", NULL};

const struct ml_param ml_morphology_params[ML_MORPHOLOGY_PARAM_COUNT] = {
    [MORPHOLOGY_RADIUS] = {.name = "radius",
                           .type = ML_INTEGER,
                           .unit = "px",
                           .min = 1,
                           .max = ML_MORPHOLOGY_RADIUS_MAX,
                           .def = 1,
                           .help = "of the window: 1 for 3x3, 2 for 5x5"},
    [MORPHOLOGY_SHAPE] = {.name = "shape",
                          .type = ML_CHOICE,
                          .choices = morphology_shapes,
                          .def = ML_MORPHOLOGY_SQUARE,
                          .help = "of the window"},
};

static void morphology_rows(const struct ml_window *window, void *scratch,
                            const struct ml_plane_dst *to, uint32_t y_end,
                            const struct ml_plane_src *from)
{
    ml_morphology_rows(window->context, scratch, to, y_end, from);
}

/* The definition. */
static float morphology_sample(const struct ml_window_at *at, size_t channel)
{
    const struct ml_morphology *plane = at->window->context;
    const int32_t r = (int32_t)plane->radius;
    float extreme = ml_window_level(at, 0, 0, channel);
    for (int32_t dy = -r; dy <= r; dy++)
        for (int32_t dx = -r; dx <= r; dx++) {
            const float level = ml_window_level(at, dx, dy, channel);
            const bool inside = plane->shape == ML_MORPHOLOGY_SQUARE ||
                                dx * dx + dy * dy <= r * r;
            const bool beyond =
                plane->largest ? level > extreme : level < extreme;
            extreme = inside && beyond ? level : extreme;
        }
    return extreme;
}

static const struct ml_window_kernel morphology_kernel = {
    .render = morphology_rows, .sample = morphology_sample};

enum ml_status ml_morphology_setup(struct ml_filter_setup *setup, bool largest,
                                   struct ml_error *err)
{
    const struct ml_value *values = setup->values;
    struct ml_morphology *plane = ml_filter_alloc(setup, sizeof *plane, err);
    if (!plane)
        return err->status;
    *plane = (struct ml_morphology){
        .width = setup->in.width,
        .height = setup->in.height,
        .channels = ml_channels(setup->in.layout),
        .bits = setup->in.bits,
        .largest = largest,
        .shape = (enum ml_morphology_shape)values[MORPHOLOGY_SHAPE].number,
        .radius = (uint32_t)values[MORPHOLOGY_RADIUS].number};
    ml_morphology_prepare(plane);
    const struct ml_window window = {.radius_x = plane->radius,
                                     .radius_y = plane->radius,
                                     .kernel = &morphology_kernel,
                                     .context = plane,
                                     .scratch_bytes = plane->scratch_bytes};
    return ml_window_prepare(setup, &window, err);
}
