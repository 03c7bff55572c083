/* reader.h: a trace file in memory: tracks, their spans, the names of kinds and
 * causes.
 *
 * The file may come from another build, be cut off, or be hostile: everything
 * is checked; spans that are impossible are left out and counted.  After
 * opening, the spans of each track nest strictly: sorted by start, outer before
 * inner, each within the one around it.
 */
#ifndef ML_TRACE_READER_H
#define ML_TRACE_READER_H

#include "trace/trace.h"

#define ML_TRACE_LOG_KINDS 64U /* in one file */
#define ML_TRACE_LOG_NEST 32U

struct ml_trace_log_kind {
    char name[ML_TRACE_NAME]; /* "": no such kind in the file */
    char letter;              /* 0: none */
    bool waits;
};

struct ml_trace_log_spans {
    struct ml_trace_span *items; /* owned */
    size_t count, capacity;
};

struct ml_trace_log_track {
    char name[ML_TRACE_NAME];
    int pid, tid;
    uint64_t lost, refused; /* counted while recording */
    struct ml_trace_log_spans spans;
    struct ml_trace_log_spans levels; /* of queues and of memory, by time */
};

/* Paths of inputs, by number of the job. */
struct ml_trace_log_inputs {
    char *text; /* terminated, in sequence; owned */
    size_t used, capacity_bytes;
    size_t *offsets; /* [count]; owned */
    size_t count, capacity;
};

struct ml_trace_log {
    uint64_t start_ns, end_ns;
    bool whole; /* it has its end; else it was cut off, and end_ns is the end of
                   its last span */
    uint64_t clipped;  /* spans shortened to nest */
    uint64_t left_out; /* impossible spans */
    struct ml_trace_log_kind kinds[ML_TRACE_LOG_KINDS];
    char causes[ML_TRACE_CAUSES][ML_TRACE_NAME]; /* "": none */
    struct ml_trace_log_track *tracks;           /* [track_count]; owned */
    size_t track_count, track_capacity;
    struct ml_trace_log_inputs inputs;
};

/* ML_ERR_USAGE: not a valid trace; ML_ERR_OS, ML_ERR_MEMORY.  Nothing is left
 * to close after a failure. */
ML_MUST_CHECK enum ml_status ml_trace_log_open(struct ml_trace_log *log,
                                               const char *path,
                                               struct ml_error *err);
void ml_trace_log_close(struct ml_trace_log *log);
/* The path of a job's input: any bytes; or NULL. */
const char *ml_trace_log_input(const struct ml_trace_log *log, uint32_t job);

#endif
