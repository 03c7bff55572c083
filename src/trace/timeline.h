/* timeline.h: a trace, summed up: where each track's time went, and a picture
 * of it in one line of letters.
 *
 * A moment counts for the innermost span around it.  Tracks of one name, the
 * lives of a worker that was replaced, are one row.
 */
#ifndef ML_TRACE_TIMELINE_H
#define ML_TRACE_TIMELINE_H

#include "trace/reader.h"

#define ML_TIMELINE_WIDTH_MAX 1000U /* letters of a strip */

struct ml_timeline_row {
    const char *name; /* of the log */
    int pid;          /* of its first life */
    unsigned lives;
    uint64_t spans, lost, refused;
    uint64_t kind_ns[ML_TRACE_LOG_KINDS];
    uint64_t blank_ns;         /* within no span */
    uint64_t work_ns, wait_ns; /* by kind; idle and blank time are neither */
    uint64_t cause_ns[ML_TRACE_CAUSES]; /* of waiting */
    /* Each letter: what took most of its part of the wall; '.' is nothing. */
    char strip[ML_TIMELINE_WIDTH_MAX + 1];
};

struct ml_timeline {
    uint64_t wall_ns; /* of the trace, 1 at least */
    uint64_t spans, lost, refused;
    struct ml_timeline_row *rows; /* [row_count]; owned */
    size_t row_count;
    /* The rows that worked and waited most; NULL when none did. */
    const struct ml_timeline_row *busiest, *most_waiting;
    uint64_t failures;    /* marks: workers that died */
    uint64_t longest_ns;  /* of a worker at a picture, waits within it
                             included; reading and writing apart */
    uint32_t longest_job; /* which; ML_TRACE_NO_JOB: none */
};

/* Sum up `log`, which must outlive it, in strips of `width` letters.
 * ML_ERR_MEMORY. */
ML_MUST_CHECK enum ml_status ml_timeline_open(struct ml_timeline *timeline,
                                              const struct ml_trace_log *log,
                                              unsigned width,
                                              struct ml_error *err);
void ml_timeline_close(struct ml_timeline *timeline);
/* The innermost span of the track at that time, or NULL: it was within none. */
const struct ml_trace_span *
ml_timeline_at(const struct ml_trace_log_track *track, uint64_t at_ns);
/* Does it tell how much there is of something, and no work? */
bool ml_timeline_has_only_levels(const struct ml_trace_log_track *track);
/* What the row waited for longest: a cause with a name, or 0. */
unsigned ml_timeline_cause(const struct ml_timeline_row *row,
                           const struct ml_trace_log *log);

#endif
