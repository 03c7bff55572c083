/* totals.h: where the time of a run's workers went, summed up while their
 * tracks are drained: nothing is kept of single spans.
 *
 * Tracks whose names begin alike ("decode,filter 1", "decode,filter 2 ahead")
 * are one group.  A moment counts for the innermost span around it; what lies
 * in none is the rest of life_ns.  Spans must come in the order of their ends,
 * as tracks hold them; which lies within which is seen by their times, for some
 * are told only when they have ended, after those within.  The caller locks.
 */
#ifndef ML_TRACE_TOTALS_H
#define ML_TRACE_TOTALS_H

#include "trace/trace.h"

#define ML_TOTALS_GROUPS 12U /* the last one takes what more there is */
#define ML_TOTALS_ENDED 32U  /* beyond these the two oldest count as one */
#define ML_TOTALS_CAUSES 64U /* told apart; of work, not of waits, are more */

struct ml_trace_totals_group {
    char name[ML_TRACE_NAME]; /* "decode,filter" */
    uint32_t tracks;          /* lives of replaced workers count each */
    uint64_t life_ns;         /* of all of them */
    uint64_t kind_ns[ML_TRACE_KINDS];
    uint64_t cause_ns[ML_TOTALS_CAUSES]; /* of waits alone */
};

struct ml_trace_totals {
    size_t count;
    struct ml_trace_totals_group groups[ML_TOTALS_GROUPS];
};

/* What is known of one track. */
struct ml_trace_totals_track {
    uint32_t group;
    uint64_t born_ns;
    /* Spans that have ended and lie within none that has, by how many were open
     * around them, in the order of their starts: the next one may be around
     * some of these. */
    struct ml_trace_totals_ended {
        uint32_t count;
        struct ml_trace_totals_span {
            uint64_t start_ns, ns;
        } spans[ML_TOTALS_ENDED];
    } ended[ML_TRACE_NEST + 1];
};

/* A track begins. */
void ml_trace_totals_begin(struct ml_trace_totals *totals,
                           struct ml_trace_totals_track *track,
                           const char *name, uint64_t now_ns);
/* It has this span, whose start is not behind its end. */
void ml_trace_totals_add(struct ml_trace_totals *totals,
                         struct ml_trace_totals_track *track,
                         const struct ml_trace_span *span);
/* It ends. */
void ml_trace_totals_end(struct ml_trace_totals *totals,
                         const struct ml_trace_totals_track *track,
                         uint64_t now_ns);

#endif
