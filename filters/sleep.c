/* sleep.c: wait, a given time per picture; rows pass unchanged.
 *
 * A teaching filter: it makes the work of a run wait-bound, as one that asks a
 * slow disk or server would be.  The time is spread over the rows, so that it
 * passes strip by strip.  Waits come out longer than asked; what a strip has
 * waited too long is taken off the next one, so that the picture's total is as
 * asked.  Rows are ordered for that account, and because halves of a picture
 * must not wait side by side.
 *
 * In: any layout, planes too.  Out: the same shape.
 */
#include "filters/filter.h"

#include <time.h>

#define SLEEP_NS_PER_MS 1e6
#define SLEEP_NS_PER_S UINT64_C(1000000000)
#define SLEEP_MS_MAX 3600e3

struct sleep_plan {
    struct ml_shape shape;
    uint64_t picture_ns;
};

/* In scratch; starts at zero. */
struct sleep_account {
    uint64_t waited_ns;
};

static const struct ml_param sleep_params[] = {
    {.name = "time",
     .type = ML_DURATION,
     .unit = "per picture",
     .min = 0,
     .max = SLEEP_MS_MAX,
     .required = true,
     .help = "time to wait on each picture"},
};

static enum ml_status sleep_prepare(struct ml_prepare *prepare,
                                    struct ml_error *err)
{
    struct sleep_plan *plan = ml_arena_alloc(prepare->arena, sizeof *plan);
    if (!plan)
        return ml_fail(err, ML_ERR_MEMORY, "no memory for the plan",
                       "raise --memory", "%zu bytes", sizeof *plan);
    const double ns = prepare->values[0].number * SLEEP_NS_PER_MS;
    *plan = (struct sleep_plan){prepare->in, (uint64_t)ns};
    prepare->plan = plan;
    prepare->out = prepare->in;
    prepare->scratch_bytes = sizeof(struct sleep_account);
    return ML_OK;
}

static uint64_t sleep_now_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * SLEEP_NS_PER_S + (uint64_t)t.tv_nsec;
}

/* To a point in time rather than for a while: an interrupted wait goes on. */
static void sleep_until(uint64_t ns)
{
    const struct timespec t = {.tv_sec = (time_t)(ns / SLEEP_NS_PER_S),
                               .tv_nsec = (long)(ns % SLEEP_NS_PER_S)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) != 0)
        continue;
}

static void sleep_rows(const void *plan_in, void *scratch,
                       const struct ml_dst *dst, const struct ml_src *src)
{
    const struct sleep_plan *plan = plan_in;
    struct sleep_account *account = scratch;
    ml_rows_copy(dst, src, &plan->shape);
    /* Nanoseconds times rows may pass 64 bits; a double only loses the last. */
    const uint64_t due_ns =
        (uint64_t)((double)plan->picture_ns * dst->y_end / plan->shape.height);
    if (due_ns <= account->waited_ns)
        return;
    const uint64_t start_ns = sleep_now_ns();
    sleep_until(start_ns + due_ns - account->waited_ns);
    account->waited_ns += sleep_now_ns() - start_ns;
}

/* What it does to the picture, without the wait. */
static void sleep_rows_ref(const void *plan_in, void *scratch,
                           const struct ml_dst *dst, const struct ml_src *src)
{
    const struct sleep_plan *plan = plan_in;
    (void)scratch;
    ml_rows_copy(dst, src, &plan->shape);
}

const struct ml_filter ml_filter_sleep = {
    .name = "sleep",
    .summary = "wait; the picture stays as it is",
    .example = "sleep:5ms",
    .params = sleep_params,
    .param_count = sizeof sleep_params / sizeof *sleep_params,
    .flags = ML_MOVES | ML_ON_PLANES | ML_ON_CMYK | ML_ORDERED | ML_SCALE_FREE |
             ML_WAITS,
    .prepare = sleep_prepare,
    .needs = ml_needs_same_rows,
    .rows = sleep_rows,
    .rows_ref = sleep_rows_ref,
};
