/* gil_guard.c: see gil_guard.h. */
#include "pipeline/threads/gil_guard.h"

#include <assert.h>
#include <string.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "pipeline/picture/picture.h"
#include "pipeline/picture/trace_names.h"

/* Looks in an interval: beyond so many, its length cannot be told from that
 * with a look at every step (measured: 1.03 intervals either way). */
#define TURN_LOOKS 50
#define TURN_ROWS_FIRST 8U /* before it is known how long a row takes */
#define TURN_ROWS_MOST 1024U

static void turn_pause(void *context, size_t place, uint32_t rows);

static void turn_leaves(void *context, bool leaves)
{
    struct ml_turn *turn = context;
    if (leaves) {
        ml_turn_leave(turn);
        return;
    }
    const uint64_t start = ml_now_ns();
    ml_turn_back(turn);
    turn->waited_ns[ML_TURN_FILTERS] += turn->since_ns - start;
}

enum ml_status ml_turn_open(struct ml_turn *turn,
                            const struct ml_gil_settings *settings,
                            struct ml_gil *gil, struct ml_error *err)
{
    memset(turn, 0, sizeof *turn);
    turn->gil = gil;
    turn->job = ML_TRACE_NO_JOB;
    turn->habit =
        settings->flavour == ML_GIL_OFF ? ML_GIL_RELEASE : settings->habit;
    turn->target_ns = gil->interval_ns / TURN_LOOKS;
    turn->pauses.context = turn;
    turn->pauses.pause = turn_pause;
    turn->pauses.leave = turn_leaves;
    if (!settings->each)
        return ML_OK;
    const enum ml_status status =
        ml_gil_open(&turn->own, gil->flavour, gil->interval_ns, err);
    turn->own_open = status == ML_OK;
    turn->gil = &turn->own;
    return status;
}

void ml_turn_close(struct ml_turn *turn)
{
    if (turn && turn->own_open)
        ml_gil_close(&turn->own);
}

static void turn_acquire(struct ml_turn *turn)
{
    const uint64_t start = ml_wait_begins(turn->track);
    ml_gil_acquire(turn->gil, &turn->thread);
    ml_wait_ended(turn->track, ML_TRACE_GIL, turn->job, ML_CAUSE_INTERPRETER,
                  start);
    turn->since_ns = ml_now_ns();
}

void ml_turn_begin(struct ml_turn *turn)
{
    if (turn)
        turn_acquire(turn);
}

void ml_turn_end(struct ml_turn *turn)
{
    struct rusage use;
    if (!turn)
        return;
    assert(turn->away == 0);
    ml_gil_release(turn->gil, &turn->thread);
    turn->counts.threads = 1;
    if (getrusage(RUSAGE_THREAD, &use) == 0) {
        turn->counts.slept = (uint64_t)use.ru_nvcsw;
        turn->counts.preempted = (uint64_t)use.ru_nivcsw;
    }
}

void ml_turn_leave(struct ml_turn *turn)
{
    if (turn && turn->away++ == 0)
        ml_gil_release(turn->gil, &turn->thread);
}

void ml_turn_back(struct ml_turn *turn)
{
    if (!turn)
        return;
    assert(turn->away > 0);
    if (--turn->away == 0)
        turn_acquire(turn);
}

const char *ml_gil_habit_name(enum ml_gil_habit habit)
{
    static const char *const names[ML_GIL_HABIT_COUNT] = {"hold", "release",
                                                          "nocheck"};
    return names[habit];
}

const char *ml_gil_flavour_name(enum ml_gil_flavour flavour)
{
    static const char *const names[ML_GIL_FLAVOUR_COUNT] = {"3.11", "3.13",
                                                            "3.13t"};
    return names[flavour];
}

/* ---- computing ---- */

static enum ml_turn_part turn_part(size_t place)
{
    if (place == ML_PAUSE_SOURCE)
        return ML_TURN_SOURCE;
    return place == ML_PAUSE_SINK ? ML_TURN_SINK : ML_TURN_FILTERS;
}

/* So many rows as would have taken the time that is aimed at; growing step by
 * step, because a first row may be quicker than those behind it.  The last
 * group of a strip may be small, whatever was allowed. */
static void turn_pace(struct ml_turn *turn, size_t place, uint32_t rows,
                      uint64_t took_ns)
{
    const uint64_t fitting = rows * turn->target_ns / (took_ns + 1);
    const uint32_t allowed = turn->pauses.rows[place];
    const uint32_t twice = 2 * (rows > allowed ? rows : allowed);
    const uint32_t most = twice < TURN_ROWS_MOST ? twice : TURN_ROWS_MOST;
    const uint64_t next = fitting < most ? fitting : most;
    turn->pauses.rows[place] = next > 0 ? (uint32_t)next : 1;
}

static void turn_pause(void *context, size_t place, uint32_t rows)
{
    struct ml_turn *turn = context;
    const enum ml_turn_part part = turn_part(place);
    const uint64_t now = ml_now_ns();
    const uint64_t took_ns = now - turn->since_ns;
    ml_histogram_record(&turn->counts.paces[part].periods, took_ns);
    turn->counts.paces[part].rows += rows;
    turn->since_ns = now;
    if (turn->habit != ML_GIL_HOLD)
        return;
    if (rows > 0)
        turn_pace(turn, place, rows, took_ns);
    const uint64_t yields = turn->thread.counts.yields;
    ml_gil_checkpoint(turn->gil, &turn->thread);
    if (turn->thread.counts.yields != yields) {
        ml_wait_ended(turn->track, ML_TRACE_GIL, turn->job,
                      ML_CAUSE_INTERPRETER, now);
        turn->since_ns = ml_now_ns();
        turn->waited_ns[part] += turn->since_ns - now;
    }
}

struct ml_pauses *ml_turn_begin_picture(struct ml_turn *turn)
{
    const bool paced = turn && turn->habit == ML_GIL_HOLD;
    if (!turn)
        return NULL;
    for (size_t i = 0; i < ML_PAUSE_PLACES; i++)
        turn->pauses.rows[i] = paced ? TURN_ROWS_FIRST : UINT32_MAX;
    memset(turn->waited_ns, 0, sizeof turn->waited_ns);
    turn->since_ns = ml_now_ns();
    if (turn->habit != ML_GIL_RELEASE)
        return &turn->pauses;
    ml_turn_leave(turn);
    return NULL;
}

static uint64_t turn_less(uint64_t ns, uint64_t waited_ns)
{
    return ns > waited_ns ? ns - waited_ns : 0;
}

void ml_turn_end_picture(struct ml_turn *turn, enum ml_step first,
                         enum ml_step last, struct ml_work_times *times)
{
    if (!turn)
        return;
    struct ml_work_times waited = {
        .source_ns = turn->waited_ns[ML_TURN_SOURCE],
        .filter_ns = turn->waited_ns[ML_TURN_FILTERS],
        .sink_ns = turn->waited_ns[ML_TURN_SINK],
    };
    ml_picture_fold_times(&waited, first, last);
    times->source_ns = turn_less(times->source_ns, waited.source_ns);
    times->filter_ns = turn_less(times->filter_ns, waited.filter_ns);
    times->sink_ns = turn_less(times->sink_ns, waited.sink_ns);
    if (turn->habit == ML_GIL_RELEASE)
        ml_turn_back(turn);
}

void ml_turn_counts_add(struct ml_turn_counts *into, const struct ml_turn *turn)
{
    ml_gil_counts_add(&into->gil, &turn->thread.counts);
    for (size_t i = 0; i < ML_TURN_PARTS; i++) {
        ml_histogram_add(&into->paces[i].periods,
                         &turn->counts.paces[i].periods);
        into->paces[i].rows += turn->counts.paces[i].rows;
    }
    into->threads += turn->counts.threads;
    into->slept += turn->counts.slept;
    into->preempted += turn->counts.preempted;
}
