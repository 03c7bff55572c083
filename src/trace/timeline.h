/* timeline.h: a trace, summed up: where each track's time went, and a strip of
 * letters that draws it.
 *
 * A moment counts for the innermost span around it.  Tracks of one name, the
 * processes of a replaced worker, are one row.
 */
#ifndef ML_TRACE_TIMELINE_H
#define ML_TRACE_TIMELINE_H

#include "trace/reader.h"

#define ML_TIMELINE_WIDTH_MAX 1000U /* letters of a strip */

struct ml_timeline_row {
    const char *name; /* of the log */
    int pid;          /* of its first process */
    unsigned lives;
    uint64_t spans, lost, refused;
    uint64_t kind_ns[ML_TRACE_LOG_KINDS];
    uint64_t blank_ns;         /* within no span */
    uint64_t work_ns, wait_ns; /* by kind; idle and blank time are neither */
    uint64_t cause_ns[ML_TRACE_CAUSES]; /* of waiting */
    /* Each letter: the kind that took most of its part of the wall time; '.':
     * none. */
    char strip[ML_TIMELINE_WIDTH_MAX + 1];
};

struct ml_timeline {
    uint64_t wall_ns; /* of the trace, at least 1 */
    uint64_t spans, lost, refused;
    struct ml_timeline_row *rows; /* [row_count]; owned */
    size_t row_count;
    /* The rows that worked and waited most; NULL if none did. */
    const struct ml_timeline_row *busiest, *most_waiting;
    uint64_t failures;   /* marks of workers that crashed */
    uint64_t longest_ns; /* of a worker on one picture, including waits, without
                            read and write */
    uint32_t longest_job; /* its job; ML_TRACE_NO_JOB: none */
};

/* Sum up `log`, which must outlive it, in strips of `width` letters.
 * ML_ERR_MEMORY. */
ML_MUST_CHECK enum ml_status ml_timeline_open(struct ml_timeline *timeline,
                                              const struct ml_trace_log *log,
                                              unsigned width,
                                              struct ml_error *err);
void ml_timeline_close(struct ml_timeline *timeline);
/* The innermost span of the track at that time, or NULL. */
const struct ml_trace_span *
ml_timeline_at(const struct ml_trace_log_track *track, uint64_t at_ns);
/* Does it hold levels only, and no spans? */
bool ml_timeline_has_only_levels(const struct ml_trace_log_track *track);
/* The named cause that the row waited for longest, or 0. */
unsigned ml_timeline_cause(const struct ml_timeline_row *row,
                           const struct ml_trace_log *log);

#endif
