/* sharpen.c: unsharp mask: add the difference between a sample and its Gaussian
 * blur.
 *
 * The threshold is hard: a difference just above it counts in full.
 *
 * Planes: without threshold and clamping, a sample becomes a weighted sum that
 * is the same for all colours, so Y, Cb and Cr may be summed as well as R, G
 * and B; in a chroma plane sigma is counted in its own, larger pixels.  (Not
 * sharpening chroma loses up to 1.7 dB against RGB.)  Clamping gives the same
 * where only some colours leave their range: planes still hold them, and
 * decoding clamps them.  A threshold applies to each colour, which planes do
 * not hold: it needs RGB.
 */
#include "filters/family/smooth.h"

#include <math.h>

#include "filters/kernels/unsharp.h"

enum { SHARPEN_AMOUNT, SHARPEN_RADIUS, SHARPEN_THRESHOLD };

static const struct ml_param sharpen_params[] = {
    [SHARPEN_AMOUNT] = {.name = "amount",
                        .type = ML_REAL,
                        .min = 0,
                        .max = 10,
                        .def = 1,
                        .help = "how much of the difference is added"},
    [SHARPEN_RADIUS] = {.name = "radius",
                        .type = ML_REAL,
                        .unit = "px",
                        .min = 0.3,
                        .max = 100,
                        .def = 1,
                        .help = "sigma of the blur it is compared with"},
    [SHARPEN_THRESHOLD] = {.name = "threshold",
                           .type = ML_REAL,
                           .unit = "levels of 255",
                           .min = 0,
                           .max = 255,
                           .def = 0,
                           .help = "differences up to this are left alone"},
};

static const struct ml_smooth_combine sharpen_combine = {
    .row = ml_unsharp_row, .sample = ml_unsharp_sample};

struct sharpen_state {
    struct ml_unsharp unsharp; /* first: what the combination is given */
    double sigma;
};

static bool sharpen_taps(const void *state_in,
                         const struct ml_smooth_axis *axis,
                         struct ml_taps *taps, struct ml_arena *arena)
{
    const struct sharpen_state *state = state_in;
    return ml_taps_gauss(taps, arena, axis->length, state->sigma / axis->sub);
}

static enum ml_status sharpen_prepare(struct ml_filter_setup *setup,
                                      struct ml_error *err)
{
    const double amount = setup->values[SHARPEN_AMOUNT].number;
    const double threshold = setup->values[SHARPEN_THRESHOLD].number;
    const bool alpha = ml_has_alpha(setup->in.layout);
    struct sharpen_state *state = ml_filter_alloc(setup, sizeof *state, err);
    /* The error of the blur is added `amount` times; alpha divides by it. */
    const struct ml_smooth smooth = {.taps = sharpen_taps,
                                     .combine = &sharpen_combine,
                                     .context = state,
                                     .max_error =
                                         alpha ? 0 : 0.9 / fmax(amount, 0.1)};
    if (!state)
        return err->status;
    ml_unsharp_prepare(&state->unsharp, &setup->in, amount, threshold);
    state->sigma = setup->values[SHARPEN_RADIUS].number;
    setup->needs_rgb = threshold > 0;
    return ml_smooth_prepare(setup, &smooth, err);
}

const struct ml_filter ml_filter_sharpen = {
    .name = "sharpen",
    .summary = "sharpen with an unsharp mask",
    .example = "sharpen:0.8,radius=1.2,threshold=2",
    ML_PARAMS(sharpen_params),
    .flags = ML_FILTER_PREMULTIPLIED | ML_FILTER_YCC,
    .prepare = sharpen_prepare,
    ML_SMOOTH_FAMILY,
};
