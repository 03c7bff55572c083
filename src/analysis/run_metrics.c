/* run_metrics.c: see run_metrics.h. */
#include "analysis/run_metrics.h"

#include <stdio.h>
#include <string.h>

static double metrics_number(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

/* From a document that may be anything: what is no count is none. */
static uint64_t metrics_count(const json_t *object, const char *key)
{
    const json_int_t count = json_integer_value(json_object_get(object, key));
    return count > 0 ? (uint64_t)count : 0;
}

static void metrics_text(const json_t *object, const char *key, char *text,
                         size_t capacity)
{
    const char *value = json_string_value(json_object_get(object, key));
    (void)snprintf(text, capacity, "%s", value ? value : "");
}

static void metrics_read_stages(struct ml_run_metrics *metrics,
                                const json_t *document)
{
    const json_t *stages = json_object_get(document, "stages");
    const json_t *links = json_object_get(document, "links");
    const size_t count = json_array_size(stages);
    metrics->stage_count = count < ML_FACTS_STAGES ? count : ML_FACTS_STAGES;
    for (size_t i = 0; i < metrics->stage_count; i++) {
        struct ml_stage_metrics *stage = &metrics->stages[i];
        const json_t *object = json_array_get(stages, i);
        metrics_text(object, "steps", stage->steps, sizeof stage->steps);
        metrics_text(object, "executor", stage->executor,
                     sizeof stage->executor);
        stage->width = (unsigned)metrics_count(object, "width");
        stage->busy = metrics_number(object, "busy");
        stage->by_readers = json_is_true(json_object_get(object, "by_readers"));
    }
    for (size_t i = 0; i + 1 < metrics->stage_count; i++) {
        const json_t *object = json_array_get(links, i);
        const json_t *full = json_object_get(object, "full");
        metrics->links[i] =
            (struct ml_link_metrics){.bounded = full != NULL,
                                     .full = json_number_value(full),
                                     .empty = metrics_number(object, "empty")};
    }
}

static void metrics_read_pictures(struct ml_run_metrics *metrics,
                                  const json_t *document)
{
    const json_t *ms = json_object_get(document, "ms");
    const json_t *latency = json_object_get(document, "latency_ms");
    metrics->read_s = metrics_number(ms, "read") / 1e3;
    metrics->decode_s = metrics_number(ms, "decode") / 1e3;
    metrics->filter_s = metrics_number(ms, "filter") / 1e3;
    metrics->encode_s = metrics_number(ms, "encode") / 1e3;
    metrics->write_s = metrics_number(ms, "write") / 1e3;
    metrics->p50_ms = metrics_number(latency, "p50");
    metrics->p95_ms = metrics_number(latency, "p95");
    metrics->max_ms = metrics_number(latency, "max");
    metrics->tail_s = metrics_number(document, "tail_ms") / 1e3;
    metrics->done = metrics_count(document, "done");
    metrics->failed = metrics_count(document, "failed");
    metrics->bytes_in = metrics_count(document, "bytes_in");
    metrics->bytes_out = metrics_count(document, "bytes_out");
    metrics->pixels_in = metrics_count(document, "pixels_in");
}

static void metrics_read_executors(struct ml_run_metrics *metrics,
                                   const json_t *document)
{
    const json_t *gil = json_object_get(document, "gil");
    const json_t *loop = json_object_get(document, "loop");
    char scope[12];
    metrics_text(gil, "habit", metrics->gil.policy, sizeof metrics->gil.policy);
    metrics_text(gil, "scope", scope, sizeof scope);
    metrics->gil.used = gil != NULL;
    metrics->gil.each = strcmp(scope, "worker") == 0;
    metrics->gil.threads = (unsigned)metrics_count(gil, "threads");
    metrics->gil.wait_s =
        metrics_number(json_object_get(gil, "waits"), "sum_ms") / 1e3;
    metrics->gil.hold_s =
        metrics_number(json_object_get(gil, "holds"), "sum_ms") / 1e3;
    metrics->loop = (struct ml_loop_metrics){
        .used = loop != NULL,
        .blocked_s = metrics_number(loop, "blocked_ms") / 1e3,
        .slowest_s = metrics_number(loop, "slowest_ms") / 1e3,
        .slow = metrics_count(loop, "slow_callbacks"),
    };
}

static void metrics_read_processes(struct ml_run_metrics *metrics,
                                   const json_t *document)
{
    const json_t *transport = json_object_get(document, "transport");
    struct ml_transport_metrics *to = &metrics->transport;
    metrics_text(transport, "kind", to->kind, sizeof to->kind);
    to->messages = metrics_count(transport, "messages");
    to->bytes_copied = metrics_count(transport, "bytes_copied");
    to->full_waits = metrics_count(transport, "pipe_full_waits");
    const json_t *pool = json_object_get(document, "pool");
    metrics->pool.broken = json_is_true(json_object_get(pool, "broken"));
    metrics->pool.lost = metrics_count(pool, "lost");
}

/* ---- where the time went ---- */

static void metrics_read_cause(struct ml_time_metrics *breakdown,
                               json_t *causes, double all)
{
    const char *name;
    json_t *ms;
    json_object_foreach(causes, name, ms)
    {
        const double share = json_number_value(ms) / all;
        if (share <= breakdown->cause_share)
            continue;
        breakdown->cause_share = share;
        (void)snprintf(breakdown->cause, sizeof breakdown->cause, "%s", name);
    }
}

static void metrics_read_group(struct ml_time_metrics *breakdown,
                               const json_t *group)
{
    const json_t *kinds = json_object_get(group, "ms");
    const double all = metrics_number(group, "all_ms");
    double known = 0;
    metrics_text(group, "who", breakdown->who, sizeof breakdown->who);
    breakdown->tracks = (unsigned)metrics_count(group, "tracks");
    if (all <= 0)
        return;
    for (unsigned k = 0; k < ML_TRACE_KINDS; k++) {
        breakdown->share[k] =
            metrics_number(kinds,
                           ml_trace_kind_row((enum ml_trace_kind)k)->name) /
            all;
        known += breakdown->share[k];
    }
    if (known < 1)
        breakdown->share[ML_TRACE_IDLE] += 1 - known;
    metrics_read_cause(breakdown, json_object_get(group, "waited_for_ms"), all);
}

static void metrics_read_spent(struct ml_run_metrics *metrics,
                               const json_t *document)
{
    const json_t *groups = json_object_get(document, "spent");
    const size_t count = json_array_size(groups);
    metrics->breakdown_count = count < ML_FACTS_SPENT ? count : ML_FACTS_SPENT;
    for (size_t i = 0; i < metrics->breakdown_count; i++)
        metrics_read_group(&metrics->breakdown[i], json_array_get(groups, i));
}

static double metrics_computing(const struct ml_time_metrics *breakdown)
{
    return breakdown->tracks * (breakdown->share[ML_TRACE_DECODE] +
                                breakdown->share[ML_TRACE_FILTER] +
                                breakdown->share[ML_TRACE_ENCODE]);
}

const struct ml_time_metrics *
ml_run_metrics_computing(const struct ml_run_metrics *metrics)
{
    const struct ml_time_metrics *most = NULL;
    for (size_t i = 0; i < metrics->breakdown_count; i++) {
        if (!most ||
            metrics_computing(&metrics->breakdown[i]) > metrics_computing(most))
            most = &metrics->breakdown[i];
    }
    return most && metrics_computing(most) > 0 ? most : NULL;
}

double ml_spent_waiting(const struct ml_time_metrics *breakdown)
{
    double sum = 0;
    for (unsigned k = 0; k < ML_TRACE_KINDS; k++) {
        if (ml_trace_kind_row((enum ml_trace_kind)k)->waits)
            sum += breakdown->share[k];
    }
    return sum;
}

bool ml_run_metrics_parse(struct ml_run_metrics *metrics,
                          const json_t *document)
{
    const json_t *workers = json_object_get(document, "workers");
    memset(metrics, 0, sizeof *metrics);
    metrics_text(document, "mode", metrics->mode, sizeof metrics->mode);
    metrics->processors = (unsigned)metrics_count(document, "processors");
    metrics->inner = (unsigned)metrics_count(document, "inner");
    metrics->seconds = metrics_number(document, "seconds");
    metrics->cpu_s = metrics_number(document, "cpu_seconds");
    metrics->machine_busy = metrics_number(document, "machine_busy");
    metrics->bytes_copied = metrics_count(document, "bytes_copied");
    metrics->worker_deaths = metrics_count(document, "worker_deaths");
    metrics->workers_started = metrics_count(workers, "started");
    metrics->start_s = metrics_number(workers, "start_ms") / 1e3;
    metrics->start_max_s = metrics_number(workers, "start_ms_max") / 1e3;
    metrics_read_pictures(metrics, document);
    metrics_read_stages(metrics, document);
    metrics_read_executors(metrics, document);
    metrics_read_processes(metrics, document);
    metrics_read_spent(metrics, document);
    return metrics->seconds > 0 && metrics->stage_count > 0;
}
