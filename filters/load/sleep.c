/* sleep.c: wait, a given time per picture; rows pass unchanged.
 *
 * It makes a run wait-bound, as a filter that reads from a slow disk or server
 * would.  The time is spread over the rows, so that it passes strip by strip.
 * A wait takes longer than requested; the excess of a strip is subtracted from
 * the next one, so that the total of the picture is as requested.  Rows are
 * sequential for that account, and because parts of a picture must not wait at
 * the same time.
 *
 * In: any layout, planes too.  Out: the same shape.
 */
#include "filters/filter.h"

#include <time.h>

#define SLEEP_NS_PER_MS 1e6
#define SLEEP_NS_PER_S UINT64_C(1000000000)
#define SLEEP_MS_MAX 3600e3

struct sleep_state {
    struct ml_shape shape;
    uint64_t picture_ns;
};

/* In the scratch; starts at zero. */
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

static enum ml_status sleep_prepare(struct ml_filter_setup *setup,
                                    struct ml_error *err)
{
    struct sleep_state *state = ml_filter_alloc(setup, sizeof *state, err);
    if (!state)
        return err->status;
    const double ns = setup->values[0].number * SLEEP_NS_PER_MS;
    *state = (struct sleep_state){setup->in, (uint64_t)ns};
    setup->state = state;
    setup->out = setup->in;
    setup->scratch_bytes = sizeof(struct sleep_account);
    return ML_OK;
}

static uint64_t sleep_now_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * SLEEP_NS_PER_S + (uint64_t)t.tv_nsec;
}

/* Until a point in time: an interrupted wait continues. */
static void sleep_until(uint64_t ns)
{
    const struct timespec t = {.tv_sec = (time_t)(ns / SLEEP_NS_PER_S),
                               .tv_nsec = (long)(ns % SLEEP_NS_PER_S)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) != 0)
        continue;
}

static void sleep_render(const void *state_in, void *scratch,
                         const struct ml_dst *dst, const struct ml_src *src)
{
    const struct sleep_state *state = state_in;
    struct sleep_account *account = scratch;
    ml_rows_copy(dst, src, &state->shape);
    /* Nanoseconds times rows may exceed 64 bits; a double loses only the last
     * ones. */
    const uint64_t due_ns = (uint64_t)((double)state->picture_ns * dst->y_end /
                                       state->shape.height);
    if (due_ns <= account->waited_ns)
        return;
    const uint64_t start_ns = sleep_now_ns();
    sleep_until(start_ns + due_ns - account->waited_ns);
    account->waited_ns += sleep_now_ns() - start_ns;
}

/* The rows without the wait. */
static void sleep_render_ref(const void *state_in, void *scratch,
                             const struct ml_dst *dst, const struct ml_src *src)
{
    const struct sleep_state *state = state_in;
    (void)scratch;
    ml_rows_copy(dst, src, &state->shape);
}

const struct ml_filter ml_filter_sleep = {
    .name = "sleep",
    .summary = "wait; the picture stays as it is",
    .example = "sleep:5ms",
    ML_PARAMS(sleep_params),
    .flags = ML_FILTER_ANY_ALPHA | ML_FILTER_YCC | ML_FILTER_CMYK |
             ML_FILTER_SEQUENTIAL | ML_FILTER_SCALE_INVARIANT |
             ML_FILTER_BLOCKS,
    .prepare = sleep_prepare,
    .input_window = ml_window_same_rows,
    .render = sleep_render,
    .render_ref = sleep_render_ref,
};
