/* spin.c: burn processor time, a given time per megapixel; rows pass unchanged.
 *
 * It makes a run CPU-bound, by any amount.  The time is processor time of the
 * calling thread: waiting for a processor does not count, and the total is the
 * same in every mode and width.  Megapixels are those of the full picture, even
 * if the source has shrunk it on load, and are spread over its rows.
 *
 * In: any layout, planes too.  Out: the same shape.
 */
#include "filters/filter.h"

#include <time.h>

#define SPIN_NS_PER_MS 1e6
#define SPIN_NS_PER_S UINT64_C(1000000000)
#define SPIN_MS_MAX 3600e3
#define SPIN_PIXELS 1e6 /* in a megapixel */
/* Steps between two readings of the clock: about a microsecond. */
#define SPIN_STEPS 500

struct spin_state {
    struct ml_shape shape;
    double picture_ns;
};

static const struct ml_param spin_params[] = {
    {.name = "time",
     .type = ML_DURATION,
     .unit = "per megapixel",
     .min = 0,
     .max = SPIN_MS_MAX,
     .required = true,
     .help = "processor time to burn on each million pixels"},
};

static enum ml_status spin_prepare(struct ml_filter_setup *setup,
                                   struct ml_error *err)
{
    struct spin_state *state = ml_filter_alloc(setup, sizeof *state, err);
    if (!state)
        return err->status;
    const double pixels =
        (double)setup->full_width * (double)setup->full_height;
    *state = (struct spin_state){setup->in, setup->values[0].number *
                                                SPIN_NS_PER_MS * pixels /
                                                SPIN_PIXELS};
    setup->state = state;
    setup->out = setup->in;
    return ML_OK;
}

static uint64_t spin_thread_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * SPIN_NS_PER_S + (uint64_t)t.tv_nsec;
}

/* Each step depends on the one before it; the barrier keeps the compiler from
 * removing steps whose result is not read. */
static void spin_steps(void)
{
    uint32_t state = 1;
    for (int i = 0; i < SPIN_STEPS; i++) {
        state = state * 1664525U + 1013904223U;
        __asm__ volatile("" : "+r"(state));
    }
}

static void spin_burn(double ns)
{
    const uint64_t start = spin_thread_ns();
    while ((double)(spin_thread_ns() - start) < ns)
        spin_steps();
}

static void spin_render(const void *state_in, void *scratch,
                        const struct ml_dst *dst, const struct ml_src *src)
{
    const struct spin_state *state = state_in;
    const double part = (double)(dst->y_end - dst->y) / state->shape.height;
    (void)scratch;
    ml_rows_copy(dst, src, &state->shape);
    spin_burn(state->picture_ns * part);
}

/* The rows without the work. */
static void spin_render_ref(const void *state_in, void *scratch,
                            const struct ml_dst *dst, const struct ml_src *src)
{
    const struct spin_state *state = state_in;
    (void)scratch;
    ml_rows_copy(dst, src, &state->shape);
}

const struct ml_filter ml_filter_spin = {
    .name = "spin",
    .summary = "burn processor time; the picture stays as it is",
    .example = "spin:50ms",
    ML_PARAMS(spin_params),
    .flags = ML_FILTER_ANY_ALPHA | ML_FILTER_YCC | ML_FILTER_CMYK |
             ML_FILTER_SCALE_INVARIANT,
    .prepare = spin_prepare,
    .input_window = ml_window_same_rows,
    .render = spin_render,
    .render_ref = spin_render_ref,
};
