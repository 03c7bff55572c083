/* gil_guard.h: a thread of the line under an interpreter lock.
 *
 * It holds the lock from its first line to its last, lets go around everything
 * that may block, and treats the computing of a picture as Python's libraries
 * would: hold it and look up now and then, as a loop in Python does; hold it
 * and never look up, as a long call into C; or let go for the whole picture, as
 * C libraries that know of the lock do.
 *
 * How often it looks up is set by rows: as many as take a 50th of the switch
 * interval, learnt at each place of the picture (source, each filter, sink)
 * from how long the last ones took.
 *
 * What is simulated is who runs when, not how slow Python is; more work for
 * each picture (--cpu-factor) stands for that.
 */
#ifndef ML_PIPELINE_THREADS_GIL_GUARD_H
#define ML_PIPELINE_THREADS_GIL_GUARD_H

#include "chain/yield_points.h"
#include "gil/gil.h"
#include "trace/trace.h"

/* What computing threads do with the lock. */
enum ml_gil_habit {
    ML_GIL_HOLD,    /* a checkpoint every few rows */
    ML_GIL_RELEASE, /* let go for the whole picture */
    ML_GIL_NOCHECK, /* keep it for the whole picture */
    ML_GIL_HABIT_COUNT
};

struct ml_gil_settings {
    enum ml_gil_flavour flavour;
    enum ml_gil_habit habit; /* of no account where the flavour has no lock */
    bool each;            /* a lock for each thread, as interpreters of its own
                             would have; not one for the process */
    uint64_t interval_ns; /* 0: Python's */
};

/* Rows between two looks, and how long they took. */
struct ml_turn_pace {
    struct ml_histogram periods;
    uint64_t rows;
};

enum ml_turn_part { ML_TURN_SOURCE, ML_TURN_FILTERS, ML_TURN_SINK };
#define ML_TURN_PARTS 3

struct ml_turn_counts {
    struct ml_gil_counts gil;
    struct ml_turn_pace paces[ML_TURN_PARTS]; /* while computing with the lock;
                                                 the longest is how long others
                                                 could not ask */
    uint64_t threads;
    uint64_t slept, preempted; /* voluntary and other context switches */
};

struct ml_turn {
    struct ml_gil *gil; /* the process's, or `own` */
    struct ml_gil own;
    enum ml_gil_habit habit;
    struct ml_gil_thread thread;
    struct ml_trace_track *track; /* waiting is told there; or NULL */
    uint32_t job;                 /* at hand, for the track */
    unsigned away; /* how often it let go and has not come back */
    struct ml_pauses pauses;
    uint64_t target_ns;                /* between two looks */
    uint64_t since_ns;                 /* the last one */
    uint64_t waited_ns[ML_TURN_PARTS]; /* for the lock, since _begin_picture */
    struct ml_turn_counts counts;
    bool own_open;
};

const char *ml_gil_habit_name(enum ml_gil_habit habit);
const char *ml_gil_flavour_name(enum ml_gil_flavour flavour); /* of CPython */

/* What happens in a thread that has no turn (NULL) is nothing: all of these may
 * be called everywhere. */

/* `gil` is the process's, and stays the caller's.  `track` may be set after. */
ML_MUST_CHECK enum ml_status
ml_turn_open(struct ml_turn *turn, const struct ml_gil_settings *settings,
             struct ml_gil *gil, struct ml_error *err);
void ml_turn_close(struct ml_turn *turn);

/* In the thread itself: its first line, and its last. */
void ml_turn_begin(struct ml_turn *turn);
void ml_turn_end(struct ml_turn *turn);

/* What it works at from now on. */
static inline void ml_turn_job(struct ml_turn *turn, uint32_t job)
{
    if (turn)
        turn->job = job;
}

/* Around what may block.  May nest. */
void ml_turn_leave(struct ml_turn *turn);
void ml_turn_back(struct ml_turn *turn);

/* Around computing: what ml_picture_do gets as tools->pauses. */
struct ml_pauses *ml_turn_begin_picture(struct ml_turn *turn);
/* *times are those of the picture after `first` to `last` were done: waiting
 * for the lock is no work. */
void ml_turn_end_picture(struct ml_turn *turn, enum ml_step first,
                         enum ml_step last, struct ml_work_times *times);

/* After the thread's end. */
void ml_turn_counts_add(struct ml_turn_counts *into,
                        const struct ml_turn *turn);

#endif
