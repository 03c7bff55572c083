/* time_breakdown.c: where the time of a run's threads and workers went, as
 * JSON; see report.h. */
#include "command/report/report.h"

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

json_t *ml_json_time_breakdown(struct ml_json_builder *json,
                               struct ml_trace *trace)
{
    struct ml_trace_totals stats;
    json_t *groups = ml_json_array(json);
    ml_trace_totals_of(trace, &stats);
    for (size_t i = 0; i < stats.count; i++) {
        const struct ml_trace_totals_group *group = &stats.groups[i];
        json_t *kinds = breakdown_kinds(json, group);
        if (json_object_size(kinds) == 0) { /* a track of levels alone */
            json_decref(kinds);
            continue;
        }
        ml_json_append(json, groups,
                       ml_json_pack(json, "{s:s, s:I, s:f, s:o, s:o}", "who",
                                    group->name, "tracks",
                                    (json_int_t)group->tracks, "all_ms",
                                    (double)group->life_ns / 1e6, "ms", kinds,
                                    "waited_for_ms",
                                    breakdown_causes(json, group, trace)));
    }
    return groups;
}
