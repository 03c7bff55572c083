/* gil.c: see gil.h. */
#include "command/report/gil.h"

#include <inttypes.h>

#include "base/clock.h"
#include "command/report/histogram.h"
#include "command/report/json.h"

static json_t *gil_times(struct ml_json_builder *json,
                         const struct ml_histogram *times)
{
    return ml_json_pack(
        json, "{s:I, s:f, s:f, s:f, s:f, s:o}", "count",
        (json_int_t)times->count, "sum_ms", ml_ms(times->sum_ns), "p50_ms",
        ml_ms(ml_histogram_quantile(times, 0.5)), "p99_ms",
        ml_ms(ml_histogram_quantile(times, 0.99)), "max_ms",
        ml_ms(times->max_ns), "bins", ml_json_bins(json, times));
}

/* The time between two checkpoints of a computing thread, by the steps of a
 * picture. */
static json_t *gil_paces(struct ml_json_builder *json,
                         const struct ml_gil_stats *counts)
{
    static const char *const parts[ML_PHASE_COUNT] = {"decode", "filter",
                                                      "encode"};
    json_t *paces = ml_json_object(json);
    for (size_t i = 0; i < ML_PHASE_COUNT; i++) {
        const struct ml_checkpoint_intervals *pace = &counts->paces[i];
        if (pace->periods.count == 0)
            continue;
        json_t *one = gil_times(json, &pace->periods);
        ml_json_set(
            json, one, "rows_mean",
            json_real((double)pace->rows / (double)pace->periods.count));
        ml_json_set(json, paces, parts[i], one);
    }
    return paces;
}

json_t *ml_run_report_gil_json(struct ml_json_builder *json,
                               const struct ml_gil_stats *counts,
                               const struct ml_gil_settings *settings)
{
    const struct ml_gil_counts *gil = &counts->gil;
    const bool free_threaded = settings->flavour == ML_GIL_OFF;
    json_t *document = ml_json_pack(
        json, "{s:s?, s:s, s:s?, s:o, s:I, s:I, s:I, s:o, s:o, s:o}", "habit",
        free_threaded ? NULL : ml_gil_policy_name(settings->policy), "flavour",
        ml_gil_flavour_name(settings->flavour), "scope",
        free_threaded    ? NULL
        : settings->each ? "worker"
                         : "process",
        "interval_ms",
        free_threaded
            ? json_null()
            : json_real(ml_ms(settings->interval_ns ? settings->interval_ns
                                                    : ML_GIL_INTERVAL_NS)),
        "threads", (json_int_t)counts->threads, "acquisitions",
        (json_int_t)gil->acquisitions, "contended",
        (json_int_t)gil->waits.count, "waits", gil_times(json, &gil->waits),
        "holds", gil_times(json, &gil->holds), "periods",
        gil_paces(json, counts));
    json_t *switches = ml_json_pack(
        json, "{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "timeouts",
        (json_int_t)gil->timeouts, "requests", (json_int_t)gil->requests,
        "honoured", (json_int_t)gil->honoured, "forced",
        (json_int_t)gil->forced, "switches", (json_int_t)gil->switches,
        "releases_requested", (json_int_t)gil->yields, "releases_voluntary",
        (json_int_t)(gil->holds.count - gil->yields), "checkpoints",
        (json_int_t)gil->checkpoints, "context_switches_voluntary",
        (json_int_t)counts->slept, "context_switches_involuntary",
        (json_int_t)counts->preempted);
    ml_json_merge(json, document, switches);
    return document;
}

void ml_run_report_gil_line(const struct ml_gil_stats *counts,
                            const struct ml_gil_settings *settings,
                            struct ml_strbuf *text)
{
    const struct ml_gil_counts *gil = &counts->gil;
    uint64_t longest = 0;
    if (settings->flavour == ML_GIL_OFF) {
        ml_strbuf_add(
            text, "  interpreter lock: none, %" PRIu64 " threads run freely\n",
            counts->threads);
        return;
    }
    for (size_t i = 0; i < ML_PHASE_COUNT; i++) {
        if (counts->paces[i].periods.max_ns > longest)
            longest = counts->paces[i].periods.max_ns;
    }
    ml_strbuf_add(text,
                  "  interpreter lock: acquired %" PRIu64 " times by %" PRIu64
                  " threads, %" PRIu64 " contended",
                  gil->acquisitions, counts->threads, gil->waits.count);
    if (!settings->each)
        ml_strbuf_add(text, ", %" PRIu64 " after another thread",
                      gil->switches);
    ml_strbuf_add(text,
                  "; released %" PRIu64 " times on request and %" PRIu64
                  " times voluntarily; requests: %" PRIu64 " set, %" PRIu64
                  " honoured, %" PRIu64 " switches forced\n",
                  gil->yields, gil->holds.count - gil->yields, gil->requests,
                  gil->honoured, gil->forced);
    ml_run_report_times_line("waits", &gil->waits, text);
    ml_run_report_times_line("holds", &gil->holds, text);
    if (settings->policy == ML_GIL_HOLD && longest > 0)
        ml_strbuf_add(text,
                      "    longest time between two checkpoints: %.2f ms\n",
                      ml_ms(longest));
}
