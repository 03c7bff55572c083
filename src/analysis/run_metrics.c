/* run_metrics.c: see run_metrics.h. */
#include "analysis/run_metrics.h"

#include <stdio.h>
#include <string.h>

static double metrics_number(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

/* A negative number or another type, in a malformed document, counts as 0. */
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

/* ---- stages ---- */

bool ml_stage_metrics_does(const struct ml_stage_metrics *stage,
                           enum ml_step step)
{
    return stage->last < ML_STEP_NONE && step >= stage->first &&
           step <= stage->last;
}

bool ml_stage_metrics_computes(const struct ml_stage_metrics *stage)
{
    return stage->last < ML_STEP_NONE && stage->first <= ML_STEP_ENCODE &&
           stage->last >= ML_STEP_DECODE;
}

void ml_stage_metrics_steps(const struct ml_stage_metrics *stage,
                            struct ml_strbuf *text)
{
    for (unsigned s = stage->first;
         s <= (unsigned)stage->last && s < (unsigned)ML_STEP_NONE; s++)
        ml_strbuf_add(text, "%s%s", s > (unsigned)stage->first ? "," : "",
                      ml_step_name((enum ml_step)s));
}

/* The step with this name of `length` bytes, or ML_STEP_NONE. */
static enum ml_step metrics_step(const char *name, size_t length)
{
    unsigned s = 0;
    while (s < (unsigned)ML_STEP_NONE &&
           (strlen(ml_step_name((enum ml_step)s)) != length ||
            strncmp(ml_step_name((enum ml_step)s), name, length) != 0))
        s++;
    return (enum ml_step)s;
}

static enum ml_metric_executor metrics_executor(const char *name)
{
    static const char *const names[ML_METRIC_EXECUTORS] = {
        [ML_METRIC_INLINE] = "inline",
        [ML_METRIC_THREADS] = "threads",
        [ML_METRIC_PROCESSES] = "processes",
        [ML_METRIC_GIL] = "gil",
        [ML_METRIC_LOOP] = "loop"};
    unsigned i = 0;
    while (i < ML_METRIC_EXECUTORS && strcmp(names[i], name) != 0)
        i++;
    return (enum ml_metric_executor)i;
}

/* "decode,filter,encode", "threads" */
static void metrics_read_stage(struct ml_stage_metrics *stage,
                               const json_t *object)
{
    char steps[64], executor[16];
    metrics_text(object, "steps", steps, sizeof steps);
    metrics_text(object, "executor", executor, sizeof executor);
    const char *comma = strrchr(steps, ',');
    const char *last = comma ? comma + 1 : steps;
    *stage = (struct ml_stage_metrics){
        .first = metrics_step(steps, strcspn(steps, ",")),
        .last = metrics_step(last, strlen(last)),
        .executor = metrics_executor(executor),
        .width = (unsigned)metrics_count(object, "width"),
        .busy = metrics_number(object, "busy"),
        .by_readers = json_is_true(json_object_get(object, "by_readers")),
    };
}

static void metrics_read_stages(struct ml_run_metrics *metrics,
                                const json_t *document)
{
    const json_t *stages = json_object_get(document, "stages");
    const json_t *links = json_object_get(document, "links");
    const size_t count = json_array_size(stages);
    metrics->stage_count =
        count < ML_METRICS_STAGES ? count : ML_METRICS_STAGES;
    for (size_t i = 0; i < metrics->stage_count; i++)
        metrics_read_stage(&metrics->stages[i], json_array_get(stages, i));
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
    char policy[12], scope[12];
    metrics_text(gil, "habit", policy, sizeof policy);
    metrics_text(gil, "scope", scope, sizeof scope);
    metrics->gil.used = gil != NULL;
    metrics->gil.released = strcmp(policy, "release") == 0;
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
    metrics_text(group, "who", breakdown->who, sizeof breakdown->who);
    breakdown->tracks = (unsigned)metrics_count(group, "tracks");
    if (all <= 0)
        return;
    for (unsigned k = 0; k < ML_TRACE_KINDS; k++)
        breakdown->share[k] =
            metrics_number(kinds,
                           ml_trace_kind_row((enum ml_trace_kind)k)->name) /
            all;
    ml_time_metrics_add_idle(breakdown);
    metrics_read_cause(breakdown, json_object_get(group, "waited_for_ms"), all);
}

void ml_time_metrics_add_idle(struct ml_time_metrics *breakdown)
{
    double known = 0;
    for (unsigned k = 0; k < ML_TRACE_KINDS; k++)
        known += breakdown->share[k];
    if (known < 1)
        breakdown->share[ML_TRACE_IDLE] += 1 - known;
}

void ml_time_metrics_complete(struct ml_time_metrics *breakdown,
                              const struct ml_run_metrics *metrics)
{
    breakdown->loop = strcmp(breakdown->who, "loop") == 0;
    breakdown->for_strips = strstr(breakdown->cause, "strip") != NULL;
    breakdown->for_memory = strstr(breakdown->cause, "memory") != NULL;
    breakdown->stage = -1;
    for (size_t i = 0; breakdown->stage < 0 && i < metrics->stage_count; i++) {
        char steps[64];
        struct ml_strbuf text;
        ml_strbuf_open(&text, steps, sizeof steps);
        ml_stage_metrics_steps(&metrics->stages[i], &text);
        if (steps[0] && strcmp(steps, breakdown->who) == 0)
            breakdown->stage = (int)i;
    }
}

static void metrics_read_spent(struct ml_run_metrics *metrics,
                               const json_t *document)
{
    const json_t *groups = json_object_get(document, "spent");
    const size_t count = json_array_size(groups);
    metrics->breakdown_count =
        count < ML_METRICS_GROUPS ? count : ML_METRICS_GROUPS;
    for (size_t i = 0; i < metrics->breakdown_count; i++) {
        metrics_read_group(&metrics->breakdown[i], json_array_get(groups, i));
        ml_time_metrics_complete(&metrics->breakdown[i], metrics);
    }
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

double ml_time_metrics_waiting(const struct ml_time_metrics *breakdown)
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
