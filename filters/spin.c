/* spin.c: burn processor time, a given time per megapixel; rows pass unchanged.
 *
 * A teaching filter: it makes the work of a run as CPU-bound as one likes.
 * What is counted is the processor time of the calling thread, so that waiting
 * for a processor does not count as work done, and the total is the same in
 * every mode and width.  Megapixels are of the full picture, whatever was
 * shrunk on load, and are spread over its rows.
 *
 * In: any layout, planes too.  Out: the same shape.
 */
#include "filters/filter.h"

#include <time.h>

#define SPIN_NS_PER_MS 1e6
#define SPIN_NS_PER_S UINT64_C(1000000000)
#define SPIN_MS_MAX 3600e3
#define SPIN_PIXELS 1e6 /* in a megapixel */
/* Steps between two looks at the clock: about a microsecond. */
#define SPIN_STEPS 500

struct spin_plan {
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

static enum ml_status spin_prepare(struct ml_prepare *prepare,
                                   struct ml_error *err)
{
    struct spin_plan *plan = ml_arena_alloc(prepare->arena, sizeof *plan);
    if (!plan)
        return ml_fail(err, ML_ERR_MEMORY, "no memory for the plan",
                       "raise --memory", "%zu bytes", sizeof *plan);
    const double pixels =
        (double)prepare->full_width * (double)prepare->full_height;
    *plan = (struct spin_plan){prepare->in, prepare->values[0].number *
                                                SPIN_NS_PER_MS * pixels /
                                                SPIN_PIXELS};
    prepare->plan = plan;
    prepare->out = prepare->in;
    return ML_OK;
}

static uint64_t spin_thread_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * SPIN_NS_PER_S + (uint64_t)t.tv_nsec;
}

/* Each step waits for the one before it, and the compiler may not know that
 * nobody reads the result. */
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

static void spin_rows(const void *plan_in, void *scratch,
                      const struct ml_dst *dst, const struct ml_src *src)
{
    const struct spin_plan *plan = plan_in;
    const double part = (double)(dst->y_end - dst->y) / plan->shape.height;
    (void)scratch;
    ml_rows_copy(dst, src, &plan->shape);
    spin_burn(plan->picture_ns * part);
}

/* What it does to the picture, without the work. */
static void spin_rows_ref(const void *plan_in, void *scratch,
                          const struct ml_dst *dst, const struct ml_src *src)
{
    const struct spin_plan *plan = plan_in;
    (void)scratch;
    ml_rows_copy(dst, src, &plan->shape);
}

const struct ml_filter ml_filter_spin = {
    .name = "spin",
    .summary = "burn processor time; the picture stays as it is",
    .example = "spin:50ms",
    .params = spin_params,
    .param_count = sizeof spin_params / sizeof *spin_params,
    .flags = ML_MOVES | ML_ON_PLANES | ML_ON_CMYK | ML_SCALE_FREE,
    .prepare = spin_prepare,
    .needs = ml_needs_same_rows,
    .rows = spin_rows,
    .rows_ref = spin_rows_ref,
};
