/* totals.c: see totals.h. */
#include "trace/totals.h"

#include <stdio.h>
#include <string.h>

void ml_trace_totals_begin(struct ml_trace_totals *totals,
                           struct ml_trace_totals_track *track,
                           const char *name, uint64_t now_ns)
{
    char group[ML_TRACE_NAME];
    size_t at = 0;
    (void)snprintf(group, sizeof group, "%.*s", (int)strcspn(name, " "), name);
    while (at < totals->count && strcmp(totals->groups[at].name, group) != 0)
        at++;
    if (at == ML_TOTALS_GROUPS)
        at--;
    if (at == totals->count) {
        memcpy(totals->groups[at].name, group, sizeof group);
        totals->count++;
    }
    totals->groups[at].tracks++;
    *track = (struct ml_trace_totals_track){.group = (uint32_t)at,
                                            .start_ns = now_ns};
}

/* Remove the ended spans that began at start_ns or later; returns their time.
 * A span contains only spans with more open around them. */
static uint64_t totals_take_inner(struct ml_trace_totals_track *track,
                                  unsigned depth, uint64_t start_ns)
{
    uint64_t ns = 0;
    for (; depth <= ML_TRACE_NEST; depth++) {
        struct ml_trace_totals_ended *ended = &track->ended[depth];
        while (ended->count > 0 &&
               ended->spans[ended->count - 1].start_ns >= start_ns)
            ns += ended->spans[--ended->count].ns;
    }
    return ns;
}

static void totals_remember(struct ml_trace_totals_ended *ended,
                            uint64_t start_ns, uint64_t ns)
{
    struct ml_trace_totals_span *spans = ended->spans;
    if (ended->count == ML_TOTALS_ENDED) {
        spans[0].ns += spans[1].ns;
        ended->count--;
        memmove(&spans[1], &spans[2], (ended->count - 1) * sizeof *spans);
    }
    spans[ended->count++] =
        (struct ml_trace_totals_span){.start_ns = start_ns, .ns = ns};
}

void ml_trace_totals_add(struct ml_trace_totals *totals,
                         struct ml_trace_totals_track *track,
                         const struct ml_trace_span *span)
{
    struct ml_trace_totals_group *group = &totals->groups[track->group];
    const unsigned depth =
        span->depth < ML_TRACE_NEST ? span->depth : ML_TRACE_NEST;
    const uint64_t ns = span->end_ns - span->start_ns;
    if (ns == 0)
        return;
    const uint64_t inside_ns = totals_take_inner(track, depth, span->start_ns);
    const uint64_t own_ns = ns > inside_ns ? ns - inside_ns : 0;
    totals_remember(&track->ended[depth], span->start_ns, ns);
    group->kind_ns[span->kind] += own_ns;
    if (ml_trace_kind_row(span->kind)->waits && span->cause < ML_TOTALS_CAUSES)
        group->cause_ns[span->cause] += own_ns;
}

void ml_trace_totals_end(struct ml_trace_totals *totals,
                         const struct ml_trace_totals_track *track,
                         uint64_t now_ns)
{
    totals->groups[track->group].life_ns += now_ns - track->start_ns;
}
