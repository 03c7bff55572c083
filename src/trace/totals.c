/* totals.c: see totals.h. */
#include "trace/totals.h"

#include <stdio.h>
#include <string.h>

void ml_tally_begin(struct ml_tally *tally, struct ml_tally_track *track,
                    const char *name, uint64_t now_ns)
{
    char group[ML_TRACE_NAME];
    size_t at = 0;
    (void)snprintf(group, sizeof group, "%.*s", (int)strcspn(name, " "), name);
    while (at < tally->count && strcmp(tally->groups[at].name, group) != 0)
        at++;
    if (at == ML_TALLY_GROUPS)
        at--;
    if (at == tally->count) {
        memcpy(tally->groups[at].name, group, sizeof group);
        tally->count++;
    }
    tally->groups[at].tracks++;
    *track = (struct ml_tally_track){.group = (uint32_t)at, .born_ns = now_ns};
}

/* The time of what began at start_ns or later and lies within no other, which
 * is forgotten.  Nothing lies within a span that more are open around. */
static uint64_t tally_inside(struct ml_tally_track *track, unsigned depth,
                             uint64_t start_ns)
{
    uint64_t ns = 0;
    for (; depth <= ML_TRACE_NEST; depth++) {
        struct ml_tally_ended *ended = &track->ended[depth];
        while (ended->count > 0 &&
               ended->spans[ended->count - 1].start_ns >= start_ns)
            ns += ended->spans[--ended->count].ns;
    }
    return ns;
}

static void tally_remember(struct ml_tally_ended *ended, uint64_t start_ns,
                           uint64_t ns)
{
    struct ml_tally_span *spans = ended->spans;
    if (ended->count == ML_TALLY_ENDED) {
        spans[0].ns += spans[1].ns;
        ended->count--;
        memmove(&spans[1], &spans[2], (ended->count - 1) * sizeof *spans);
    }
    spans[ended->count++] =
        (struct ml_tally_span){.start_ns = start_ns, .ns = ns};
}

void ml_tally_add(struct ml_tally *tally, struct ml_tally_track *track,
                  const struct ml_trace_span *span)
{
    struct ml_tally_group *group = &tally->groups[track->group];
    const unsigned depth =
        span->depth < ML_TRACE_NEST ? span->depth : ML_TRACE_NEST;
    const uint64_t ns = span->end_ns - span->start_ns;
    if (ns == 0)
        return;
    const uint64_t inside_ns = tally_inside(track, depth, span->start_ns);
    const uint64_t own_ns = ns > inside_ns ? ns - inside_ns : 0;
    tally_remember(&track->ended[depth], span->start_ns, ns);
    group->kind_ns[span->kind] += own_ns;
    if (ml_trace_kind_row(span->kind)->waits && span->cause < ML_TALLY_CAUSES)
        group->cause_ns[span->cause] += own_ns;
}

void ml_tally_end(struct ml_tally *tally, const struct ml_tally_track *track,
                  uint64_t now_ns)
{
    tally->groups[track->group].life_ns += now_ns - track->born_ns;
}
