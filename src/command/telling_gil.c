/* telling_gil.c: what threads under an interpreter lock have to tell; see
 * telling.h. */
#include "command/telling.h"

#include <inttypes.h>

static double gil_ms(uint64_t ns)
{
    return (double)ns / 1e6;
}

static json_t *gil_times(const struct ml_histogram *times)
{
    return json_pack("{s:I, s:f, s:f, s:f, s:f}", "count",
                     (json_int_t)times->count, "sum_ms", gil_ms(times->sum_ns),
                     "p50_ms", gil_ms(ml_histogram_quantile(times, 0.5)),
                     "p99_ms", gil_ms(ml_histogram_quantile(times, 0.99)),
                     "max_ms", gil_ms(times->max_ns));
}

/* How often threads that computed looked up, by the steps of a picture. */
static json_t *gil_paces(const struct ml_turn_counts *counts)
{
    static const char *const parts[ML_TURN_PARTS] = {"decode", "filter",
                                                     "encode"};
    json_t *paces = json_object();
    for (size_t i = 0; i < ML_TURN_PARTS; i++) {
        const struct ml_turn_pace *pace = &counts->paces[i];
        if (pace->periods.count == 0)
            continue;
        json_t *one = gil_times(&pace->periods);
        (void)json_object_set_new(
            one, "rows_mean",
            json_real((double)pace->rows / (double)pace->periods.count));
        (void)json_object_set_new(paces, parts[i], one);
    }
    return paces;
}

json_t *ml_telling_gil_json(const struct ml_turn_counts *counts,
                            const struct ml_gil_settings *settings)
{
    const struct ml_gil_counts *gil = &counts->gil;
    json_t *told = json_pack(
        "{s:s, s:s, s:s, s:f, s:I, s:I, s:o, s:o, s:o}", "habit",
        ml_gil_habit_name(settings->habit), "flavour",
        ml_gil_flavour_name(settings->flavour), "scope",
        settings->each ? "worker" : "process", "interval_ms",
        gil_ms(settings->interval_ns ? settings->interval_ns
                                     : ML_GIL_INTERVAL_NS),
        "threads", (json_int_t)counts->threads, "acquisitions",
        (json_int_t)gil->acquisitions, "waits", gil_times(&gil->waits), "holds",
        gil_times(&gil->holds), "periods", gil_paces(counts));
    json_t *switches = json_pack(
        "{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "timeouts",
        (json_int_t)gil->timeouts, "requests", (json_int_t)gil->requests,
        "honoured", (json_int_t)gil->honoured, "forced",
        (json_int_t)gil->forced, "switches", (json_int_t)gil->switches,
        "releases_requested", (json_int_t)gil->yields, "releases_voluntary",
        (json_int_t)(gil->holds.count - gil->yields), "checkpoints",
        (json_int_t)gil->checkpoints, "context_switches_voluntary",
        (json_int_t)counts->slept, "context_switches_involuntary",
        (json_int_t)counts->preempted);
    (void)json_object_update_new(told, switches);
    return told;
}

void ml_telling_gil_line(const struct ml_turn_counts *counts,
                         struct ml_text *text)
{
    const struct ml_gil_counts *gil = &counts->gil;
    uint64_t longest = 0;
    for (size_t i = 0; i < ML_TURN_PARTS; i++) {
        if (counts->paces[i].periods.max_ns > longest)
            longest = counts->paces[i].periods.max_ns;
    }
    ml_text_add(text,
                "  interpreter lock: taken %" PRIu64 " times by %" PRIu64
                " threads, waited for %.1f ms (p50 %.2f, max %.2f), asked for "
                "%" PRIu64 " times, dropped on request %" PRIu64 " times",
                gil->acquisitions, counts->threads, gil_ms(gil->waits.sum_ns),
                gil_ms(ml_histogram_quantile(&gil->waits, 0.5)),
                gil_ms(gil->waits.max_ns), gil->requests, gil->yields);
    if (longest > 0)
        ml_text_add(text, "; longest time between two looks %.2f ms",
                    gil_ms(longest));
    ml_text_add(text, "\n");
}
