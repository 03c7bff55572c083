/* reader.h: a trace file, read: tracks, their spans, what they mean.
 *
 * The file may come from another build, be cut off, or be malice: what it says
 * is checked, what cannot be used is left out and counted.  When it is open,
 * the spans of each track nest strictly: sorted by start, outer before inner,
 * each within the one around it.
 */
#ifndef ML_TRACE_READER_H
#define ML_TRACE_READER_H

#include "trace/trace.h"

#define ML_TRACE_LOG_KINDS 64U /* that a file may name */
#define ML_TRACE_LOG_NEST 32U

struct ml_trace_log_kind {
    char name[ML_TRACE_NAME]; /* "": the file has no such kind */
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
    uint64_t lost, refused; /* by those who recorded */
    struct ml_trace_log_spans spans;
    struct ml_trace_log_spans levels; /* of queues and of memory, in order of
                                         time */
};

/* Paths of inputs, by number of the job. */
struct ml_trace_log_inputs {
    char *text; /* terminated, one behind the other; owned */
    size_t used, room;
    size_t *offsets; /* [count]; owned */
    size_t count, capacity;
};

struct ml_trace_log {
    uint64_t start_ns, end_ns;
    bool whole;        /* it was closed; else cut off: end_ns is of its last
                          span */
    uint64_t bent;     /* spans cut to lie within others */
    uint64_t left_out; /* spans that cannot be */
    struct ml_trace_log_kind kinds[ML_TRACE_LOG_KINDS];
    char causes[ML_TRACE_CAUSES][ML_TRACE_NAME]; /* "": none */
    struct ml_trace_log_track *tracks;           /* [track_count]; owned */
    size_t track_count, track_capacity;
    struct ml_trace_log_inputs inputs;
};

/* ML_ERR_USAGE: not a trace that can be read; ML_ERR_OS, ML_ERR_MEMORY.
 * Nothing is left to close then. */
ML_MUST_CHECK enum ml_status ml_trace_log_open(struct ml_trace_log *log,
                                               const char *path,
                                               struct ml_error *err);
void ml_trace_log_close(struct ml_trace_log *log);
/* The file of a job: any bytes; or NULL. */
const char *ml_trace_log_input(const struct ml_trace_log *log, uint32_t job);

#endif
