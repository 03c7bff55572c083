/* json_document.c: see json_document.h. */
#include "command/report/json_document.h"

#include "base/clock.h"
#include "command/report/explain.h"
#include "command/report/gil.h"
#include "command/report/json.h"
#include "command/report/loop.h"

/* ---- stages and the links between them ---- */

static json_t *document_stages(struct ml_json_builder *json,
                               const struct ml_run_metrics *metrics)
{
    json_t *stages = ml_json_array(json);
    for (size_t i = 0; i < metrics->stage_count; i++) {
        const struct ml_stage_metrics *stage = &metrics->stages[i];
        char steps[64];
        struct ml_strbuf text;
        ml_strbuf_open(&text, steps, sizeof steps);
        ml_stage_metrics_steps(stage, &text);
        ml_json_append(
            json, stages,
            ml_json_pack(
                json, "{s:s, s:s, s:i, s:b, s:f}", "steps", steps, "executor",
                ml_executor_name((enum ml_executor_kind)stage->executor),
                "width", (int)stage->width, "by_readers", stage->by_readers,
                "busy", stage->busy));
    }
    return stages;
}

static json_t *document_links(struct ml_json_builder *json,
                              const struct ml_run_metrics *metrics,
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
            (int)link->slots, "empty", metrics->links[i].empty);
        if (link->slots > 0)
            ml_json_set(json, object, "full",
                        json_real(metrics->links[i].full));
        ml_json_append(json, links, object);
    }
    return links;
}

/* ---- pictures and workers ---- */

/* From the start of a job to its end, waits in queues included. */
static json_t *document_latency(struct ml_json_builder *json,
                                const struct ml_run_metrics *metrics)
{
    return ml_json_pack(json, "{s:f, s:f, s:f}", "p50", metrics->p50_ms, "p95",
                        metrics->p95_ms, "max", metrics->max_ms);
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

/* Settings that differ from the defaults. */
static void document_settings(struct ml_json_builder *json,
                              const struct ml_run_report *report,
                              json_t *document)
{
    const struct ml_run_settings *settings = &report->options->settings;
    const struct ml_explanation *chosen = report->explanation;
    if (settings->io_delay_ns > 0)
        ml_json_set(json, document, "io_delay_ms",
                    json_real(ml_ms(settings->io_delay_ns)));
    if (settings->transform.repeat_count > 0)
        ml_json_set(json, document, "cpu_factor",
                    json_integer(settings->transform.repeat_count));
    if (chosen->asked > chosen->allowed)
        ml_json_set(json, document, "oversubscribed",
                    ml_json_pack(json, "{s:i, s:i}", "asked",
                                 (int)chosen->asked, "allowed",
                                 (int)chosen->allowed));
}

static void document_executors(struct ml_json_builder *json,
                               const struct ml_run_settings *settings,
                               const struct ml_run_counts *counts,
                               json_t *document)
{
    const struct ml_pool_settings *pool = &settings->pool;
    if (counts->starts.workers > 0)
        ml_json_set(json, document, "workers",
                    document_workers(json, &counts->starts));
    if (counts->loops)
        ml_json_set(json, document, "loop",
                    ml_run_report_loop_json(json, &counts->loop));
    if (counts->gil.threads > 0)
        ml_json_set(json, document, "gil",
                    ml_run_report_gil_json(json, &counts->gil, &settings->gil));
    if (!counts->processes)
        return;
    ml_json_set(json, document, "pool", ml_json_pool(json, pool, counts));
    ml_json_set(json, document, "transport",
                ml_json_transport(json, pool, &counts->transport));
}

json_t *ml_run_report_document(struct ml_json_builder *json,
                               const struct ml_run_report *report,
                               const struct ml_run_metrics *metrics,
                               const struct ml_run_counts *counts)
{
    json_t *document = ml_json_pack(
        json,
        "{s:i, s:s, s:s, s:b, s:f, s:f, s:f, s:i, s:i, s:I, s:I, s:I, s:I,"
        " s:o, s:o, s:O}",
        "schema", ML_REPORT_SCHEMA, "command", "run", "mode", report->mode,
        "dry_run", report->options->dry_run, "seconds", metrics->seconds,
        "cpu_seconds", metrics->cpu_s, "machine_busy", metrics->machine_busy,
        "processors", (int)metrics->processors, "inner", (int)metrics->inner,
        "worker_deaths", (json_int_t)metrics->worker_deaths, "bytes_copied",
        (json_int_t)metrics->bytes_copied, "bytes_copied_between_stages",
        (json_int_t)counts->bytes_copied, "memory_peak_bytes",
        (json_int_t)counts->memory_peak_bytes, "stages",
        document_stages(json, metrics), "links",
        document_links(json, metrics, counts), "failures", report->failures);
    ml_json_merge(json, document, document_sums(json, report));
    document_settings(json, report, document);
    if (report->latency_count > 0)
        ml_json_set(json, document, "latency_ms",
                    document_latency(json, metrics));
    if (report->breakdown_json)
        ml_json_set(json, document, "spent",
                    json_incref(report->breakdown_json));
    if (counts->traced && report->options->trace)
        ml_json_set(json, document, "trace",
                    ml_json_pack(json, "{s:I, s:I, s:I}", "spans",
                                 (json_int_t)counts->trace.spans, "lost",
                                 (json_int_t)counts->trace.lost, "refused",
                                 (json_int_t)counts->trace.refused));
    document_executors(json, &report->options->settings, counts, document);
    return document;
}
