/* trace.h: recording the work and the waits of threads and processes.
 *
 * A track is a ring buffer of spans that one thread fills: the kind of work or
 * wait, its start and end (CLOCK_MONOTONIC, the same in all processes), the
 * job, and the cause.  Spans of a track nest: the last one begun ends first.  A
 * track may be in memory that a worker process shares with the coordinator, so
 * its spans outlive the worker, even those that had begun and not ended.
 *
 * A trace collects tracks into a file (file_format.h has its format).  The
 * caller drains it periodically; a track that is full meanwhile drops new spans
 * and counts them as lost.  Draining checks each span: a process that shares
 * the memory may write anything there.
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

#define ML_TRACE_SPANS 32768U /* capacity of a track between two drains */
#define ML_TRACE_NEST 8U      /* spans within spans */
#define ML_TRACE_TRACKS 1024U /* at one time */
#define ML_TRACE_CAUSES 256U
#define ML_TRACE_NAME 48 /* bytes of the name of a track or a cause */
#define ML_TRACE_NO_JOB UINT32_MAX

/* Names and letters: ml_trace_kind_row(); files contain them. */
enum ml_trace_kind {
    ML_TRACE_IDLE, /* nothing to do */
    ML_TRACE_READ,
    ML_TRACE_DECODE,
    ML_TRACE_FILTER,
    ML_TRACE_ENCODE,
    ML_TRACE_WRITE,
    ML_TRACE_COPY,    /* between address spaces, or between threads' strips */
    ML_TRACE_QUEUE,   /* waiting for a queue: for an item, or for space */
    ML_TRACE_LOCK,    /* waiting for a lock, or for memory to be free */
    ML_TRACE_GIL,     /* waiting for the interpreter lock */
    ML_TRACE_START,   /* of a thread or a process */
    ML_TRACE_FAIL,    /* its worker crashed here */
    ML_TRACE_PICTURE, /* around decode, filter and encode of one picture */
    ML_TRACE_DEPTH,   /* a level: items in a queue; see ml_trace_level() */
    ML_TRACE_MEMORY,  /* a level: KiB in use */
    ML_TRACE_KINDS
};

struct ml_trace_kind_row {
    const char *name;
    char letter; /* in pictures made of text; 0: not drawn */
    bool waits;  /* the track does no work meanwhile */
};

const struct ml_trace_kind_row *ml_trace_kind_row(enum ml_trace_kind kind);

struct ml_trace_span {
    uint64_t start_ns, end_ns; /* start <= end */
    uint32_t job;   /* number of the input from 0; or _NO_JOB; the level of
                       _DEPTH, _MEMORY */
    uint16_t cause; /* of the wait or the work; 0: none */
    uint8_t kind;   /* enum ml_trace_kind */
    uint8_t depth;  /* spans around it */
};

static_assert(sizeof(struct ml_trace_span) == 24, "the record of a file");

/* All zero: empty, ready for use. */
struct ml_trace_track {
    /* Written by the track's thread.  `written` publishes spans[] up to it. */
    _Atomic uint32_t written;
    _Atomic uint32_t lost;  /* spans dropped because it was full */
    _Atomic uint32_t depth; /* spans begun and not ended; may pass _NEST */
    /* Written by the collector: spans[] up to it may be overwritten. */
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

/* Add a span with known times; within the open spans, and not begun before
 * them. */
static inline void ml_trace_add(struct ml_trace_track *track,
                                enum ml_trace_kind kind, uint32_t job,
                                uint16_t cause, uint64_t start_ns,
                                uint64_t end_ns)
{
    if (track)
        ml_trace_add_span(track, kind, job, cause, start_ns, end_ns);
}

/* From now on the level of `cause` is `level`: jobs in a queue or slots in use
 * (ML_TRACE_DEPTH), or KiB (ML_TRACE_MEMORY). */
static inline void ml_trace_level(struct ml_trace_track *track,
                                  enum ml_trace_kind kind, uint16_t cause,
                                  uint32_t level)
{
    if (!track)
        return;
    const uint64_t now = ml_now_ns();
    ml_trace_add(track, kind, level, cause, now, now);
}

/* ---- for the coordinator; any thread ---- */

struct ml_trace;

/* Create the file, or replace an older trace.  `path` NULL: no file, spans are
 * only summed up.  ML_ERR_EXISTS: the file exists and is not a trace;
 * ML_ERR_OS, ML_ERR_MEMORY. */
ML_MUST_CHECK enum ml_status ml_trace_open(struct ml_trace **trace_out,
                                           const char *path,
                                           struct ml_error *err);
/* Name a cause, once, before any span has it. */
void ml_trace_name_cause(struct ml_trace *trace, uint16_t cause,
                         const char *name);
/* Record the input path of job `job`; any bytes but NUL. */
void ml_trace_name_job(struct ml_trace *trace, uint32_t job, const char *path);
/* Open a track in memory of the trace, drained until the trace is closed.  NULL
 * if `trace` is NULL; also if memory or the table of tracks is exhausted: then
 * a loss is counted and nothing is recorded.  `tid`: as of gettid(), or any
 * number that no other track of `pid` has. */
struct ml_trace_track *ml_trace_track(struct ml_trace *trace, const char *name,
                                      int pid, int tid);
/* Attach a track in the caller's memory, zeroed before its thread or process
 * began.  False: the table of tracks is full; a loss is counted. */
bool ml_trace_attach(struct ml_trace *trace, struct ml_trace_track *track,
                     const char *name, int pid, int tid);
/* Drain the track a last time, before the caller frees its memory; no thread
 * writes there now.  `died_ns`: when its process crashed, else 0; its open
 * spans end then. */
void ml_trace_detach(struct ml_trace *trace, struct ml_trace_track *track,
                     uint64_t died_ns);
/* Move the spans of all tracks to the file and the totals. */
void ml_trace_drain(struct ml_trace *trace);
/* Spans recorded and lost so far, in all tracks. */
struct ml_trace_counts ml_trace_counts(struct ml_trace *trace);
/* Where the time of all tracks went, up to their last drain: totals.h. */
struct ml_trace_totals;
void ml_trace_totals_of(struct ml_trace *trace,
                        struct ml_trace_totals *totals_out);
/* "": no name.  Owned by the trace. */
const char *ml_trace_cause_name(const struct ml_trace *trace, uint16_t cause);
/* Drain all tracks, end the file, free.  No thread may write to a track any
 * more.  An error if a write failed.  `trace` may be NULL. */
ML_MUST_CHECK enum ml_status ml_trace_close(struct ml_trace *trace,
                                            struct ml_error *err);

#endif
