/* totals.h: where the time of a run's workers went, summed up while their
 * tracks are drained, without storing single spans.
 *
 * Tracks whose names begin alike ("decode,filter 1", "decode,filter 2 ahead")
 * are one group.  A moment counts for the innermost span around it; time within
 * no span is the rest of life_ns.  Spans must come in the order of their ends,
 * as tracks hold them; their times show which is within which, because some are
 * recorded only when they have ended, after the spans within.  The caller
 * locks.
 */
#ifndef ML_TRACE_TOTALS_H
#define ML_TRACE_TOTALS_H

#include "trace/trace.h"

#define ML_TOTALS_GROUPS 12U /* the last one takes all further ones */
#define ML_TOTALS_ENDED 32U  /* beyond these the two oldest are merged */
#define ML_TOTALS_CAUSES 64U /* of waits; higher numbers are causes of work */

struct ml_trace_totals_group {
    char name[ML_TRACE_NAME]; /* "decode,filter" */
    uint32_t tracks;          /* each process of a replaced worker counts */
    uint64_t life_ns;         /* of all of them */
    uint64_t kind_ns[ML_TRACE_KINDS];
    uint64_t cause_ns[ML_TOTALS_CAUSES]; /* of waits alone */
};

struct ml_trace_totals {
    size_t count;
    struct ml_trace_totals_group groups[ML_TOTALS_GROUPS];
};

/* The state of one track. */
struct ml_trace_totals_track {
    uint32_t group;
    uint64_t start_ns;
    /* Ended spans that are within no other ended one, by the number of spans
     * open around them, ordered by start: the next span may contain some of
     * them. */
    struct ml_trace_totals_ended {
        uint32_t count;
        struct ml_trace_totals_span {
            uint64_t start_ns, ns;
        } spans[ML_TOTALS_ENDED];
    } ended[ML_TRACE_NEST + 1];
};

/* Begin a track. */
void ml_trace_totals_begin(struct ml_trace_totals *totals,
                           struct ml_trace_totals_track *track,
                           const char *name, uint64_t now_ns);
/* Add a span of the track; its start is not after its end. */
void ml_trace_totals_add(struct ml_trace_totals *totals,
                         struct ml_trace_totals_track *track,
                         const struct ml_trace_span *span);
/* End the track. */
void ml_trace_totals_end(struct ml_trace_totals *totals,
                         const struct ml_trace_totals_track *track,
                         uint64_t now_ns);

#endif
