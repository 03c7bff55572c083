/* json_document.c: the JSON document of a run, which is also what its
 * verdicts are made from; see report.h.
 *
 * Parts that only some runs have (worker processes, an explanation) are objects
 * of their own, there only then.
 */
#include "command/report/report.h"

#include <stdlib.h>
#include <sys/resource.h>

#include "analysis/stats.h"
#include "base/clock.h"
#include "command/report/explain.h"
#include "os/cpu_budget.h"

/* Times of two queues may be counted a little apart. */
static double document_share(uint64_t ns, uint64_t of_ns)
{
    const double share = of_ns > 0 ? (double)ns / (double)of_ns : 0;
    return share < 1 ? share : 1;
}

/* Of this program and of its workers, which are gone by now. */
static double document_cpu_s(void)
{
    static const int whose[] = {RUSAGE_SELF, RUSAGE_CHILDREN};
    double sum = 0;
    for (size_t i = 0; i < 2; i++) {
        struct rusage usage;
        if (getrusage(whose[i], &usage) == 0)
            sum +=
                (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    }
    return sum;
}

/* What of the time of all processors was used by anybody. */
static double document_machine_busy(const struct ml_run_report *report,
                                    const struct ml_cpu *cpu, double seconds)
{
    const double busy_s = ml_cpu_busy_s("") - report->start_busy_s;
    const double all_s = seconds * (cpu->online > 0 ? cpu->online : 1);
    return busy_s > 0 && busy_s < all_s ? busy_s / all_s : busy_s > 0;
}

/* ---- stages and the links between them ---- */

static void document_steps(const struct ml_plan_stage *stage,
                           struct ml_strbuf *text)
{
    for (unsigned s = stage->first; s <= (unsigned)stage->last; s++)
        ml_strbuf_add(text, "%s%s", s > (unsigned)stage->first ? "," : "",
                      ml_step_name((enum ml_step)s));
}

/* What of its workers' time a stage was at work, from what its steps took;
 * beyond 1 when threads within a picture did some beside each other. */
static double document_busy(const struct ml_plan_stage *stage,
                            const struct ml_totals *totals, double seconds)
{
    const uint64_t steps[ML_STEP_COUNT] = {
        [ML_STEP_READ] = totals->read_ns,
        [ML_STEP_DECODE] = totals->source_ns,
        [ML_STEP_FILTER] = totals->filter_ns,
        [ML_STEP_ENCODE] = totals->sink_ns,
        [ML_STEP_WRITE] = totals->write_ns,
    };
    uint64_t ns = 0;
    for (unsigned s = stage->first; s <= (unsigned)stage->last; s++)
        ns += steps[s] / ml_stage_concurrency(stage, (enum ml_step)s);
    return seconds > 0 ? (double)ns / 1e9 / seconds : 0;
}

static json_t *document_stages(struct ml_json_builder *json,
                               const struct ml_run_report *report,
                               double seconds)
{
    json_t *stages = ml_json_array(json);
    for (size_t i = 0; i < report->plan->count; i++) {
        const struct ml_plan_stage *stage = &report->plan->stages[i];
        char steps[64];
        struct ml_strbuf text;
        ml_strbuf_open(&text, steps, sizeof steps);
        document_steps(stage, &text);
        ml_json_append(
            json, stages,
            ml_json_pack(json, "{s:s, s:s, s:i, s:b, s:f}", "steps", steps,
                         "executor", ml_executor_name(stage->executor), "width",
                         (int)stage->width, "by_readers", stage->by_readers,
                         "busy",
                         document_busy(stage, &report->totals, seconds)));
    }
    return stages;
}

/* A link is full while the stage before it would find no free slot, empty while
 * the one behind would find no job: shares of the time until the stage before
 * it ended. */
static json_t *document_links(struct ml_json_builder *json,
                              const struct ml_run_counts *counts)
{
    json_t *links = ml_json_array(json);
    for (size_t i = 0; i < counts->link_count; i++) {
        const struct ml_run_link_counts *link = &counts->links[i];
        json_t *object = ml_json_pack(
            json, "{s:I, s:I, s:f, s:f, s:f, s:i, s:f}", "jobs",
            (json_int_t)link->ready.pushed, "fill_peak",
            (json_int_t)link->ready.fill_peak, "fill_mean",
            link->ready.pushed
                ? (double)link->ready.fill_sum / (double)link->ready.pushed
                : 0.0,
            "consumer_wait_ms", ml_ms(link->ready.pop_wait_ns),
            "producer_wait_ms", ml_ms(link->free.pop_wait_ns), "slots",
            (int)link->slots, "empty",
            document_share(link->ready.empty_ns, link->ready.open_ns));
        if (link->slots > 0)
            ml_json_set(json, object, "full",
                        json_real(document_share(link->free.empty_ns,
                                                 link->ready.open_ns)));
        ml_json_append(json, links, object);
    }
    return links;
}

/* ---- pictures and workers ---- */

static int document_compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* From taking a picture up to its end, waiting in queues included. */
static json_t *document_latency(struct ml_json_builder *json,
                                const struct ml_run_report *report)
{
    const size_t count = report->latency_count;
    qsort(report->latencies_ms, count, sizeof *report->latencies_ms,
          document_compare);
    return ml_json_pack(json, "{s:f, s:f, s:f}", "p50",
                        ml_quantile(report->latencies_ms, count, 0.5), "p95",
                        ml_quantile(report->latencies_ms, count, 0.95), "max",
                        report->latencies_ms[count - 1]);
}

static json_t *document_workers(struct ml_json_builder *json,
                                const struct ml_worker_start_times *starts)
{
    return ml_json_pack(json, "{s:I, s:f, s:f}", "started",
                        (json_int_t)starts->workers, "start_ms",
                        ml_ms(starts->sum_ns), "start_ms_max",
                        ml_ms(starts->most_ns));
}

static json_t *document_sums(struct ml_json_builder *json,
                             const struct ml_run_report *report)
{
    const struct ml_totals *t = &report->totals;
    return ml_json_pack(
        json,
        "{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:f,"
        " s:{s:f, s:f, s:f, s:f, s:f}}",
        "inputs", (json_int_t)report->inputs->count, "done",
        (json_int_t)t->done, "failed", (json_int_t)t->failed, "skipped",
        (json_int_t)t->skipped, "cancelled", (json_int_t)t->cancelled,
        "bytes_in", (json_int_t)t->bytes_in, "bytes_out",
        (json_int_t)t->bytes_out, "pixels_in", (json_int_t)t->pixels_in,
        "pixels_out", (json_int_t)t->pixels_out, "tail_ms",
        ml_ms(t->before_last_ns > 0 ? t->last_ns - t->before_last_ns : 0), "ms",
        "read", ml_ms(t->read_ns), "decode", ml_ms(t->source_ns), "filter",
        ml_ms(t->filter_ns), "encode", ml_ms(t->sink_ns), "write",
        ml_ms(t->write_ns));
}

json_t *ml_run_report_document(struct ml_json_builder *json,
                               struct ml_run_report *report, double seconds,
                               const struct ml_run_counts *counts)
{
    const struct ml_explanation *chosen = report->explanation;
    const struct ml_cpu *cpu = &report->options->cpu;
    json_t *document = ml_json_pack(
        json,
        "{s:i, s:s, s:s, s:b, s:f, s:f, s:f, s:i, s:i, s:I, s:I, "
        "s:I, s:I, s:o, s:o, "
        "s:O}",
        "schema", ML_REPORT_SCHEMA, "command", "run", "mode", report->mode,
        "dry_run", report->options->dry_run, "seconds", seconds, "cpu_seconds",
        document_cpu_s(), "machine_busy",
        document_machine_busy(report, cpu, seconds), "processors",
        (int)cpu->budget, "inner", (int)chosen->inner, "worker_deaths",
        (json_int_t)counts->worker_deaths, "bytes_copied",
        (json_int_t)(counts->bytes_copied + counts->transport.bytes_copied),
        "bytes_copied_between_stages", (json_int_t)counts->bytes_copied,
        "memory_peak_bytes", (json_int_t)counts->memory_peak_bytes, "stages",
        document_stages(json, report, seconds), "links",
        document_links(json, counts), "failures", report->failures);
    ml_json_merge(json, document, document_sums(json, report));
    if (report->options->settings.io_delay_ns > 0)
        ml_json_set(json, document, "io_delay_ms",
                    json_real(ml_ms(report->options->settings.io_delay_ns)));
    if (report->options->settings.transform.repeat_count > 0)
        ml_json_set(
            json, document, "cpu_factor",
            json_integer(report->options->settings.transform.repeat_count));
    if (chosen->asked > chosen->allowed)
        ml_json_set(json, document, "oversubscribed",
                    ml_json_pack(json, "{s:i, s:i}", "asked",
                                 (int)chosen->asked, "allowed",
                                 (int)chosen->allowed));
    if (report->latency_count > 0)
        ml_json_set(json, document, "latency_ms",
                    document_latency(json, report));
    if (report->breakdown)
        ml_json_set(json, document, "spent", json_incref(report->breakdown));
    if (counts->traced && report->options->trace)
        ml_json_set(json, document, "trace",
                    ml_json_pack(json, "{s:I, s:I, s:I}", "spans",
                                 (json_int_t)counts->trace.spans, "lost",
                                 (json_int_t)counts->trace.lost, "refused",
                                 (json_int_t)counts->trace.refused));
    if (counts->starts.workers > 0)
        ml_json_set(json, document, "workers",
                    document_workers(json, &counts->starts));
    if (counts->loops)
        ml_json_set(json, document, "loop",
                    ml_run_report_loop_json(json, &counts->loop));
    if (counts->gil.threads > 0)
        ml_json_set(json, document, "gil",
                    ml_run_report_gil_json(json, &counts->gil,
                                           &report->options->settings.gil));
    if (counts->processes) {
        const struct ml_pool_settings *pool = &report->options->settings.pool;
        ml_json_set(json, document, "pool", ml_json_pool(json, pool, counts));
        ml_json_set(json, document, "transport",
                    ml_json_transport(json, pool, &counts->transport));
    }
    return document;
}
