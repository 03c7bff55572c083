/* time_breakdown.c: see time_breakdown.h. */
#include "command/report/time_breakdown.h"

#include "trace/totals.h"

static json_t *breakdown_kinds(struct ml_json_builder *json,
                               const struct ml_trace_totals_group *group)
{
    json_t *kinds = ml_json_object(json);
    for (unsigned k = 0; k < ML_TRACE_KINDS; k++) {
        if (group->kind_ns[k] > 0)
            ml_json_set(json, kinds,
                        ml_trace_kind_row((enum ml_trace_kind)k)->name,
                        json_real((double)group->kind_ns[k] / 1e6));
    }
    return kinds;
}

static json_t *breakdown_causes(struct ml_json_builder *json,
                                const struct ml_trace_totals_group *group,
                                const struct ml_trace *trace)
{
    json_t *causes = ml_json_object(json);
    for (unsigned c = 1; c < ML_TOTALS_CAUSES; c++) {
        const char *name = ml_trace_cause_name(trace, (uint16_t)c);
        if (group->cause_ns[c] > 0 && name[0])
            ml_json_set(json, causes, name,
                        json_real((double)group->cause_ns[c] / 1e6));
    }
    return causes;
}

/* The share of each kind in the group's time, and the cause of its longest
 * waits. */
static void breakdown_shares(struct ml_time_metrics *breakdown,
                             const struct ml_trace_totals_group *group,
                             const struct ml_trace *trace)
{
    const double all = (double)group->life_ns;
    *breakdown = (struct ml_time_metrics){.tracks = group->tracks};
    (void)snprintf(breakdown->who, sizeof breakdown->who, "%s", group->name);
    if (group->life_ns == 0)
        return;
    for (unsigned k = 0; k < ML_TRACE_KINDS; k++)
        breakdown->share[k] = (double)group->kind_ns[k] / all;
    ml_time_metrics_add_idle(breakdown);
    for (unsigned c = 1; c < ML_TOTALS_CAUSES; c++) {
        const char *name = ml_trace_cause_name(trace, (uint16_t)c);
        const double share = (double)group->cause_ns[c] / all;
        if (!name[0] || share <= breakdown->cause_share)
            continue;
        breakdown->cause_share = share;
        (void)snprintf(breakdown->cause, sizeof breakdown->cause, "%s", name);
    }
}

static json_t *breakdown_json(struct ml_json_builder *json,
                              const struct ml_trace_totals_group *group,
                              const struct ml_trace *trace)
{
    return ml_json_pack(json, "{s:s, s:I, s:f, s:o, s:o}", "who", group->name,
                        "tracks", (json_int_t)group->tracks, "all_ms",
                        (double)group->life_ns / 1e6, "ms",
                        breakdown_kinds(json, group), "waited_for_ms",
                        breakdown_causes(json, group, trace));
}

/* Has the group any span?  A track of gauges alone has none. */
static bool breakdown_has_kinds(const struct ml_trace_totals_group *group)
{
    for (unsigned k = 0; k < ML_TRACE_KINDS; k++) {
        if (group->kind_ns[k] > 0)
            return true;
    }
    return false;
}

void ml_run_report_add_breakdown(struct ml_run_report *report,
                                 struct ml_trace *trace)
{
    struct ml_json_builder *json = &report->json;
    struct ml_trace_totals stats;
    if (report->options->json)
        report->breakdown_json = ml_json_array(json);
    ml_trace_totals_of(trace, &stats);
    for (size_t i = 0; i < stats.count; i++) {
        const struct ml_trace_totals_group *group = &stats.groups[i];
        if (!breakdown_has_kinds(group))
            continue;
        if (report->breakdown_count < ML_METRICS_GROUPS)
            breakdown_shares(&report->breakdown[report->breakdown_count++],
                             group, trace);
        if (report->options->json)
            ml_json_append(json, report->breakdown_json,
                           breakdown_json(json, group, trace));
    }
}
