/* fit.c: see fit.h.  Whole numbers except for percentages, so that sides are
 * the same on every machine. */
#include "filters/family/fit.h"

#include <math.h>
#include <stddef.h>

const char *const ml_fit_names[] = {"inside",  "outside", "cover",
                                    "contain", "fill",    NULL};
const char *const ml_gravity_names[] = {
    "center", "north",     "northeast", "east",      "southeast",
    "south",  "southwest", "west",      "northwest", NULL};

static uint32_t fit_min(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* side * to / from, rounded to the nearest, halves up, at least 1. */
static uint32_t fit_follow(uint32_t side, uint32_t to, uint32_t from)
{
    const uint64_t twice = 2 * (uint64_t)side * to / from;
    const uint64_t rounded = (twice + 1) / 2;
    if (rounded > UINT32_MAX)
        return UINT32_MAX;
    return rounded > 0 ? (uint32_t)rounded : 1;
}

static uint32_t fit_percent(uint32_t side, double percent)
{
    const double scaled = floor(side * percent / 100 + 0.5);
    if (scaled >= UINT32_MAX)
        return UINT32_MAX;
    return scaled > 1 ? (uint32_t)scaled : 1;
}

/* Scale by one factor so that one side of the box is met: the nearer one, or
 * the farther one to go `outside`. */
static void fit_scale(struct ml_fit *fit, const struct ml_fit_request *request,
                      uint32_t width, uint32_t height, bool outside)
{
    const uint64_t by_width = (uint64_t)request->width * height;
    const uint64_t by_height = (uint64_t)request->height * width;
    bool meet_width = outside ? by_width >= by_height : by_width <= by_height;
    if (request->width == 0 || request->height == 0)
        meet_width = request->width != 0;
    const bool larger =
        meet_width ? request->width > width : request->height > height;
    fit->scaled_width = width;
    fit->scaled_height = height;
    if (larger && !request->enlarge)
        return;
    if (meet_width) {
        fit->scaled_width = request->width;
        fit->scaled_height = fit_follow(height, request->width, width);
    } else {
        fit->scaled_width = fit_follow(width, request->height, height);
        fit->scaled_height = request->height;
    }
}

static void fit_whole(struct ml_fit *fit)
{
    fit->width = fit->scaled_width;
    fit->height = fit->scaled_height;
}

static void fit_cover(struct ml_fit *fit, const struct ml_fit_request *request)
{
    fit->width = fit_min(request->width, fit->scaled_width);
    fit->height = fit_min(request->height, fit->scaled_height);
    fit->cut_x = ml_gravity_x(request->gravity, fit->scaled_width, fit->width);
    fit->cut_y =
        ml_gravity_y(request->gravity, fit->scaled_height, fit->height);
}

static void fit_contain(struct ml_fit *fit,
                        const struct ml_fit_request *request)
{
    fit->width = request->width;
    fit->height = request->height;
    fit->pad_x = ml_gravity_x(request->gravity, fit->width, fit->scaled_width);
    fit->pad_y =
        ml_gravity_y(request->gravity, fit->height, fit->scaled_height);
}

static void fit_fill(struct ml_fit *fit, const struct ml_fit_request *request,
                     uint32_t width, uint32_t height)
{
    fit->scaled_width =
        request->enlarge ? request->width : fit_min(request->width, width);
    fit->scaled_height =
        request->enlarge ? request->height : fit_min(request->height, height);
}

struct ml_fit ml_fit_compute(const struct ml_fit_request *request,
                             uint32_t width, uint32_t height)
{
    struct ml_fit fit = {0};
    const bool box = request->width != 0 && request->height != 0;
    if (request->percent > 0) {
        const double percent =
            request->enlarge ? request->percent : fmin(request->percent, 100);
        fit.scaled_width = fit_percent(width, percent);
        fit.scaled_height = fit_percent(height, percent);
    } else if (box && request->fit == ML_FIT_FILL) {
        fit_fill(&fit, request, width, height);
    } else {
        const bool outside =
            request->fit == ML_FIT_OUTSIDE || request->fit == ML_FIT_COVER;
        fit_scale(&fit, request, width, height, outside);
    }
    fit_whole(&fit);
    if (box && request->percent <= 0 && request->fit == ML_FIT_COVER)
        fit_cover(&fit, request);
    if (box && request->percent <= 0 && request->fit == ML_FIT_CONTAIN)
        fit_contain(&fit, request);
    return fit;
}

/* ---- gravity ---- */

/* -1 at the start of the axis, 0 in the middle, 1 at its end. */
static uint32_t gravity_place(int pull, uint32_t spare)
{
    return pull < 0 ? 0 : pull > 0 ? spare : spare / 2;
}

uint32_t ml_gravity_x(enum ml_gravity gravity, uint32_t outer, uint32_t inner)
{
    static const int8_t pull[] = {0, 0, 1, 1, 1, 0, -1, -1, -1};
    return gravity_place(pull[gravity], outer - inner);
}

uint32_t ml_gravity_y(enum ml_gravity gravity, uint32_t outer, uint32_t inner)
{
    static const int8_t pull[] = {0, -1, -1, 0, 1, 1, 1, 0, -1};
    return gravity_place(pull[gravity], outer - inner);
}
