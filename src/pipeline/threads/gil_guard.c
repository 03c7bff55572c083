/* gil_guard.c: see gil_guard.h. */
#include "pipeline/threads/gil_guard.h"

#include <assert.h>
#include <string.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "pipeline/picture/picture.h"
#include "pipeline/picture/trace_names.h"

/* Checkpoints in a switch interval.  More of them do not make a thread yield
 * sooner: 1.03 intervals were measured with 50, and with one at every step. */
#define GUARD_CHECKPOINTS 50
#define GUARD_ROWS_FIRST 8U /* until the time of a row is measured */
#define GUARD_ROWS_MOST 1024U

static void guard_yield(void *context, size_t buffer, uint32_t rows);

static void guard_unlock_while_blocking(void *context, bool blocks)
{
    struct ml_gil_guard *guard = context;
    if (blocks) {
        ml_gil_guard_save_thread(guard);
        return;
    }
    const uint64_t start = ml_now_ns();
    ml_gil_guard_restore_thread(guard);
    guard->waited_ns[ML_PHASE_FILTER] += guard->since_ns - start;
}

enum ml_status ml_gil_guard_open(struct ml_gil_guard *guard,
                                 const struct ml_gil_settings *settings,
                                 struct ml_gil *gil, struct ml_error *err)
{
    memset(guard, 0, sizeof *guard);
    guard->gil = gil;
    guard->job = ML_TRACE_NO_JOB;
    guard->policy =
        settings->flavour == ML_GIL_OFF ? ML_GIL_RELEASE : settings->policy;
    guard->target_ns = gil->interval_ns / GUARD_CHECKPOINTS;
    guard->yield_hooks.context = guard;
    guard->yield_hooks.yield = guard_yield;
    guard->yield_hooks.unlock_while_blocking = guard_unlock_while_blocking;
    if (!settings->each)
        return ML_OK;
    const enum ml_status status =
        ml_gil_open(&guard->own, gil->flavour, gil->interval_ns, err);
    guard->own_open = status == ML_OK;
    guard->gil = &guard->own;
    return status;
}

void ml_gil_guard_close(struct ml_gil_guard *guard)
{
    if (guard && guard->own_open)
        ml_gil_close(&guard->own);
}

static void guard_acquire(struct ml_gil_guard *guard)
{
    const uint64_t start = ml_trace_wait_begin(guard->track);
    ml_gil_acquire(guard->gil, &guard->thread);
    ml_trace_wait_end(guard->track, ML_TRACE_GIL, guard->job,
                      ML_WAIT_INTERPRETER, start);
    guard->since_ns = ml_now_ns();
}

void ml_gil_guard_acquire(struct ml_gil_guard *guard)
{
    if (guard)
        guard_acquire(guard);
}

void ml_gil_guard_release(struct ml_gil_guard *guard)
{
    struct rusage use;
    if (!guard)
        return;
    assert(guard->release_depth == 0);
    ml_gil_release(guard->gil, &guard->thread);
    guard->counts.threads = 1;
    if (getrusage(RUSAGE_THREAD, &use) == 0) {
        guard->counts.slept = (uint64_t)use.ru_nvcsw;
        guard->counts.preempted = (uint64_t)use.ru_nivcsw;
    }
}

void ml_gil_guard_save_thread(struct ml_gil_guard *guard)
{
    if (guard && guard->release_depth++ == 0)
        ml_gil_release(guard->gil, &guard->thread);
}

void ml_gil_guard_restore_thread(struct ml_gil_guard *guard)
{
    if (!guard)
        return;
    assert(guard->release_depth > 0);
    if (--guard->release_depth == 0)
        guard_acquire(guard);
}

const char *ml_gil_policy_name(enum ml_gil_policy policy)
{
    static const char *const names[ML_GIL_POLICY_COUNT] = {"hold", "release",
                                                           "nocheck"};
    return names[policy];
}

const char *ml_gil_flavour_name(enum ml_gil_flavour flavour)
{
    static const char *const names[ML_GIL_FLAVOUR_COUNT] = {"3.11", "3.13",
                                                            "3.13t"};
    return names[flavour];
}

/* ---- computing ---- */

static enum ml_compute_phase guard_phase(size_t buffer)
{
    if (buffer == ML_YIELD_SOURCE)
        return ML_PHASE_DECODE;
    return buffer == ML_YIELD_SINK ? ML_PHASE_ENCODE : ML_PHASE_FILTER;
}

/* Set the rows until the next checkpoint: as many as take the target time, at
 * most twice the last number, because a first row may be faster than the rows
 * after it.  The last group of a strip may have fewer rows than allowed. */
static void guard_adapt_rows(struct ml_gil_guard *guard, size_t buffer,
                             uint32_t rows, uint64_t took_ns)
{
    const uint64_t fitting = rows * guard->target_ns / (took_ns + 1);
    const uint32_t allowed = guard->yield_hooks.rows[buffer];
    const uint32_t twice = 2 * (rows > allowed ? rows : allowed);
    const uint32_t most = twice < GUARD_ROWS_MOST ? twice : GUARD_ROWS_MOST;
    const uint64_t next = fitting < most ? fitting : most;
    guard->yield_hooks.rows[buffer] = next > 0 ? (uint32_t)next : 1;
}

static void guard_yield(void *context, size_t buffer, uint32_t rows)
{
    struct ml_gil_guard *guard = context;
    const enum ml_compute_phase phase = guard_phase(buffer);
    const uint64_t now = ml_now_ns();
    const uint64_t took_ns = now - guard->since_ns;
    ml_histogram_record(&guard->counts.paces[phase].periods, took_ns);
    guard->counts.paces[phase].rows += rows;
    guard->since_ns = now;
    if (guard->policy != ML_GIL_HOLD)
        return;
    if (rows > 0)
        guard_adapt_rows(guard, buffer, rows, took_ns);
    const uint64_t yields = guard->thread.counts.yields;
    ml_gil_checkpoint(guard->gil, &guard->thread);
    if (guard->thread.counts.yields != yields) {
        ml_trace_wait_end(guard->track, ML_TRACE_GIL, guard->job,
                          ML_WAIT_INTERPRETER, now);
        guard->since_ns = ml_now_ns();
        guard->waited_ns[phase] += guard->since_ns - now;
    }
}

struct ml_yield_hooks *ml_gil_guard_begin_compute(struct ml_gil_guard *guard)
{
    const bool paced = guard && guard->policy == ML_GIL_HOLD;
    if (!guard)
        return NULL;
    for (size_t i = 0; i < ML_YIELD_PLACES; i++)
        guard->yield_hooks.rows[i] = paced ? GUARD_ROWS_FIRST : UINT32_MAX;
    memset(guard->waited_ns, 0, sizeof guard->waited_ns);
    guard->since_ns = ml_now_ns();
    if (guard->policy != ML_GIL_RELEASE)
        return &guard->yield_hooks;
    ml_gil_guard_save_thread(guard);
    return NULL;
}

static uint64_t guard_subtract(uint64_t ns, uint64_t waited_ns)
{
    return ns > waited_ns ? ns - waited_ns : 0;
}

void ml_gil_guard_end_compute(struct ml_gil_guard *guard, enum ml_step first,
                              enum ml_step last, struct ml_step_times *times)
{
    if (!guard)
        return;
    struct ml_step_times waited = {
        .source_ns = guard->waited_ns[ML_PHASE_DECODE],
        .filter_ns = guard->waited_ns[ML_PHASE_FILTER],
        .sink_ns = guard->waited_ns[ML_PHASE_ENCODE],
    };
    ml_picture_assign_times(&waited, first, last);
    times->source_ns = guard_subtract(times->source_ns, waited.source_ns);
    times->filter_ns = guard_subtract(times->filter_ns, waited.filter_ns);
    times->sink_ns = guard_subtract(times->sink_ns, waited.sink_ns);
    if (guard->policy == ML_GIL_RELEASE)
        ml_gil_guard_restore_thread(guard);
}

void ml_gil_stats_add(struct ml_gil_stats *into,
                      const struct ml_gil_guard *guard)
{
    ml_gil_counts_add(&into->gil, &guard->thread.counts);
    for (size_t i = 0; i < ML_PHASE_COUNT; i++) {
        ml_histogram_add(&into->paces[i].periods,
                         &guard->counts.paces[i].periods);
        into->paces[i].rows += guard->counts.paces[i].rows;
    }
    into->threads += guard->counts.threads;
    into->slept += guard->counts.slept;
    into->preempted += guard->counts.preempted;
}
