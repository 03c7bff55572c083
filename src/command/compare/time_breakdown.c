/* time_breakdown.c: where the time of the computing workers went, in percent:
 * one row a configuration, one column a kind of span that occurs; see
 * compare_state.h. */
#include <stdio.h>

#include "command/cli/display_width.h"
#include "command/compare/compare_state.h"

static const enum ml_trace_kind breakdown_kinds[] = {
    ML_TRACE_READ,  ML_TRACE_DECODE, ML_TRACE_FILTER, ML_TRACE_ENCODE,
    ML_TRACE_WRITE, ML_TRACE_COPY,   ML_TRACE_QUEUE,  ML_TRACE_LOCK,
    ML_TRACE_GIL,   ML_TRACE_START,  ML_TRACE_IDLE};
#define BREAKDOWN_KINDS (sizeof breakdown_kinds / sizeof *breakdown_kinds)
#define BREAKDOWN_SHARE 0.005 /* a smaller share is shown as - */

static bool breakdown_occurs(const struct ml_compare *compare,
                             enum ml_trace_kind kind)
{
    for (size_t i = 0; i < compare->config_count; i++) {
        const struct ml_time_metrics *most =
            ml_run_metrics_computing(&compare->results[i].candidate.metrics);
        if (most && most->share[kind] >= BREAKDOWN_SHARE)
            return true;
    }
    return false;
}

static void breakdown_row(const struct ml_compare *compare, size_t at,
                          int width)
{
    const struct ml_candidate *one = &compare->results[at].candidate;
    const struct ml_time_metrics *most =
        ml_run_metrics_computing(&one->metrics);
    if (!most)
        return;
    ml_print_padded(stdout, one->label, (size_t)width);
    for (size_t k = 0; k < BREAKDOWN_KINDS; k++) {
        if (!breakdown_occurs(compare, breakdown_kinds[k]))
            continue;
        if (most->share[breakdown_kinds[k]] >= BREAKDOWN_SHARE)
            (void)printf(" %4.0f", 100 * most->share[breakdown_kinds[k]]);
        else
            (void)printf("    -");
    }
    const bool named = most->cause_share >= BREAKDOWN_SHARE;
    (void)printf("%s%s\n", named ? "  " : "", named ? most->cause : "");
}

void ml_compare_time_breakdown(const struct ml_compare *compare, int width)
{
    if (!ml_run_metrics_computing(&compare->results[0].candidate.metrics))
        return;
    (void)printf("\n%*s", width, "");
    for (size_t k = 0; k < BREAKDOWN_KINDS; k++) {
        if (breakdown_occurs(compare, breakdown_kinds[k]))
            (void)printf("   %c%%",
                         ml_trace_kind_row(breakdown_kinds[k])->letter);
    }
    (void)printf("  waited longest for\n");
    for (size_t i = 0; i < compare->config_count; i++)
        breakdown_row(compare, i, width);
    const char *between = "  shares of its workers' time: ";
    for (size_t k = 0; k < BREAKDOWN_KINDS; k++) {
        if (!breakdown_occurs(compare, breakdown_kinds[k]))
            continue;
        (void)printf("%s%c %s", between,
                     ml_trace_kind_row(breakdown_kinds[k])->letter,
                     ml_trace_kind_row(breakdown_kinds[k])->name);
        between = ", ";
    }
    (void)printf("\n");
}
