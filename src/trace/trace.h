/* trace.h: who did what, when, and what it waited for.
 *
 * A track is a ring of spans that one thread fills: what kind of work or
 * waiting, from when to when (CLOCK_MONOTONIC, the same in all processes), for
 * which job, and why.  Spans of a track nest: what is begun last ends first.  A
 * track may lie in memory that a worker process shares with its coordinator, so
 * what it says outlives the worker, even what it had begun and not ended.
 *
 * A trace collects tracks into a file (file_format.h has its format).  Somebody
 * drains it now and then; a track that is full meanwhile drops new spans and
 * counts them, so what is lost is told.  What lies in a track is checked when
 * it is drained: whoever shares the memory may write anything there.
 *
 * Without a trace there is no track: NULL, one branch for each call, no memory,
 * no clock read.
 */
#ifndef ML_TRACE_TRACE_H
#define ML_TRACE_TRACE_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/error.h"
#include "trace/trace_counts.h"

#define ML_TRACE_SPANS 32768U /* that a track holds between two drains */
#define ML_TRACE_NEST 8U      /* spans within spans */
#define ML_TRACE_TRACKS 1024U /* followed at one time */
#define ML_TRACE_CAUSES 256U
#define ML_TRACE_NAME 48 /* bytes of the name of a track or a cause */
#define ML_TRACE_NO_JOB UINT32_MAX

/* Names and letters are rows of ml_trace_kinds(); files carry them along. */
enum ml_trace_kind {
    ML_TRACE_IDLE, /* nothing to do */
    ML_TRACE_READ,
    ML_TRACE_DECODE,
    ML_TRACE_FILTER,
    ML_TRACE_ENCODE,
    ML_TRACE_WRITE,
    ML_TRACE_COPY,    /* between address spaces, or between threads' strips */
    ML_TRACE_QUEUE,   /* waiting for a queue: for an item, or for room */
    ML_TRACE_LOCK,    /* waiting for a lock, or for memory to be free */
    ML_TRACE_GIL,     /* waiting for the interpreter lock */
    ML_TRACE_START,   /* of a thread or a process */
    ML_TRACE_FAIL,    /* its worker died here */
    ML_TRACE_PICTURE, /* around decode, filter and encode of one picture */
    ML_TRACE_DEPTH,   /* no span: how full a queue is; see ml_trace_level() */
    ML_TRACE_MEMORY,  /* no span: KiB in use; likewise */
    ML_TRACE_KINDS
};

struct ml_trace_kind_row {
    const char *name;
    char letter; /* in pictures made of text; 0: not drawn */
    bool waits;  /* the track does nothing for the run meanwhile */
};

const struct ml_trace_kind_row *ml_trace_kind_row(enum ml_trace_kind kind);

struct ml_trace_span {
    uint64_t start_ns, end_ns; /* start <= end */
    uint32_t job;              /* number of the input from 0; or _NO_JOB; of
                                  _DEPTH, _MEMORY: how much */
    uint16_t cause;            /* what it waits for or works at; 0: none */
    uint8_t kind;              /* enum ml_trace_kind */
    uint8_t depth;             /* spans around it */
};

static_assert(sizeof(struct ml_trace_span) == 24, "it is a file's record");

/* All zero: empty, ready for use. */
struct ml_trace_track {
    /* Written by the track's thread.  `written` publishes spans[] up to it. */
    _Atomic uint32_t written;
    _Atomic uint32_t lost;  /* spans there was no room for */
    _Atomic uint32_t depth; /* spans begun and not ended; may pass _NEST */
    /* Written by who drains: spans[] before it may be written again. */
    _Atomic uint32_t read;
    struct ml_trace_span open[ML_TRACE_NEST]; /* begun, end_ns not yet known */
    struct ml_trace_span spans[ML_TRACE_SPANS];
};

static_assert((ML_TRACE_SPANS & (ML_TRACE_SPANS - 1)) == 0,
              "positions wrap at 2^32");

/* ---- for the track's own thread; `track` may be NULL ---- */

void ml_trace_put(struct ml_trace_track *track,
                  const struct ml_trace_span *span);
void ml_trace_open_span(struct ml_trace_track *track, enum ml_trace_kind kind,
                        uint32_t job, uint16_t cause, uint64_t start_ns);
void ml_trace_end_span(struct ml_trace_track *track, uint64_t end_ns);

void ml_trace_add_span(struct ml_trace_track *track, enum ml_trace_kind kind,
                       uint32_t job, uint16_t cause, uint64_t start_ns,
                       uint64_t end_ns);

/* Begin a span for `cause`; end it by ml_trace_end(). */
static inline void ml_trace_begin_for(struct ml_trace_track *track,
                                      enum ml_trace_kind kind, uint32_t job,
                                      uint16_t cause)
{
    if (track)
        ml_trace_open_span(track, kind, job, cause, ml_now_ns());
}

static inline void ml_trace_begin(struct ml_trace_track *track,
                                  enum ml_trace_kind kind, uint32_t job)
{
    ml_trace_begin_for(track, kind, job, 0);
}

/* End the span begun last. */
static inline void ml_trace_end(struct ml_trace_track *track)
{
    if (track)
        ml_trace_end_span(track, ml_now_ns());
}

/* A span whose times were taken already; within what is open, and not begun
 * before it. */
static inline void ml_trace_add(struct ml_trace_track *track,
                                enum ml_trace_kind kind, uint32_t job,
                                uint16_t cause, uint64_t start_ns,
                                uint64_t end_ns)
{
    if (track)
        ml_trace_add_span(track, kind, job, cause, start_ns, end_ns);
}

/* From now on there is so much of what `cause` names: jobs in a queue or slots
 * in use (ML_TRACE_DEPTH), or KiB (ML_TRACE_MEMORY). */
static inline void ml_trace_level(struct ml_trace_track *track,
                                  enum ml_trace_kind kind, uint16_t cause,
                                  uint32_t level)
{
    if (!track)
        return;
    const uint64_t now = ml_now_ns();
    ml_trace_add(track, kind, level, cause, now, now);
}

/* ---- for who collects; any thread ---- */

struct ml_trace;

/* Create the file; an older trace is replaced.  `path` NULL: no file, spans are
 * only summed up.  ML_ERR_EXISTS: there is something else; ML_ERR_OS,
 * ML_ERR_MEMORY. */
ML_MUST_CHECK enum ml_status ml_trace_open(struct ml_trace **trace_out,
                                           const char *path,
                                           struct ml_error *err);
/* Say what a cause is, once, before any span names it. */
void ml_trace_name_cause(struct ml_trace *trace, uint16_t cause,
                         const char *name);
/* Say which file job `job` is about; any bytes but NUL. */
void ml_trace_name_job(struct ml_trace *trace, uint32_t job, const char *path);
/* A track in memory of the trace's own, followed until it is closed; NULL when
 * `trace` is, when there is no memory or there are too many tracks: then that
 * is told as a loss and nothing is recorded. `tid` as gettid() has it, or any
 * number that no other track of `pid` has. */
struct ml_trace_track *ml_trace_track(struct ml_trace *trace, const char *name,
                                      int pid, int tid);
/* Follow a track that lies in memory of the caller's, zero when its thread or
 * process began; false as above. */
bool ml_trace_attach(struct ml_trace *trace, struct ml_trace_track *track,
                     const char *name, int pid, int tid);
/* The caller's memory will go, and nobody writes there now: take what is left.
 * `died_ns` is not 0 when its process died: what was open then ended then. */
void ml_trace_detach(struct ml_trace *trace, struct ml_trace_track *track,
                     uint64_t died_ns);
/* Write to the file what the tracks hold. */
void ml_trace_drain(struct ml_trace *trace);
/* How much was recorded and how much was not, so far, in all tracks. */
struct ml_trace_counts ml_trace_counts(struct ml_trace *trace);
/* Where the time of all tracks went, up to their last drain: totals.h. */
struct ml_trace_totals;
void ml_trace_totals_of(struct ml_trace *trace,
                        struct ml_trace_totals *totals_out);
/* "" when it has none; the trace's. */
const char *ml_trace_cause_name(const struct ml_trace *trace, uint16_t cause);
/* Nobody writes to a track any more: take all, end the file, free.  An error
 * when the file could not be written.  `trace` may be NULL. */
ML_MUST_CHECK enum ml_status ml_trace_close(struct ml_trace *trace,
                                            struct ml_error *err);

#endif
