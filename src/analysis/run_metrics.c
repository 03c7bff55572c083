/* run_metrics.c: see run_metrics.h. */
#include "analysis/run_metrics.h"

#include <stdio.h>
#include <string.h>

static double facts_number(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

/* From a document that may be anything: what is no count is none. */
static uint64_t facts_count(const json_t *object, const char *key)
{
    const json_int_t count = json_integer_value(json_object_get(object, key));
    return count > 0 ? (uint64_t)count : 0;
}

static void facts_text(const json_t *object, const char *key, char *text,
                       size_t capacity)
{
    const char *value = json_string_value(json_object_get(object, key));
    (void)snprintf(text, capacity, "%s", value ? value : "");
}

static void facts_read_stages(struct ml_facts *facts, const json_t *document)
{
    const json_t *stages = json_object_get(document, "stages");
    const json_t *links = json_object_get(document, "links");
    const size_t count = json_array_size(stages);
    facts->stage_count = count < ML_FACTS_STAGES ? count : ML_FACTS_STAGES;
    for (size_t i = 0; i < facts->stage_count; i++) {
        struct ml_stage_facts *stage = &facts->stages[i];
        const json_t *object = json_array_get(stages, i);
        facts_text(object, "steps", stage->steps, sizeof stage->steps);
        facts_text(object, "executor", stage->executor, sizeof stage->executor);
        stage->width = (unsigned)facts_count(object, "width");
        stage->busy = facts_number(object, "busy");
        stage->by_readers = json_is_true(json_object_get(object, "by_readers"));
    }
    for (size_t i = 0; i + 1 < facts->stage_count; i++) {
        const json_t *object = json_array_get(links, i);
        const json_t *full = json_object_get(object, "full");
        facts->links[i] =
            (struct ml_link_facts){.bounded = full != NULL,
                                   .full = json_number_value(full),
                                   .empty = facts_number(object, "empty")};
    }
}

static void facts_read_pictures(struct ml_facts *facts, const json_t *document)
{
    const json_t *ms = json_object_get(document, "ms");
    const json_t *latency = json_object_get(document, "latency_ms");
    facts->read_s = facts_number(ms, "read") / 1e3;
    facts->decode_s = facts_number(ms, "decode") / 1e3;
    facts->filter_s = facts_number(ms, "filter") / 1e3;
    facts->encode_s = facts_number(ms, "encode") / 1e3;
    facts->write_s = facts_number(ms, "write") / 1e3;
    facts->p50_ms = facts_number(latency, "p50");
    facts->p95_ms = facts_number(latency, "p95");
    facts->max_ms = facts_number(latency, "max");
    facts->tail_s = facts_number(document, "tail_ms") / 1e3;
    facts->done = facts_count(document, "done");
    facts->failed = facts_count(document, "failed");
    facts->bytes_in = facts_count(document, "bytes_in");
    facts->bytes_out = facts_count(document, "bytes_out");
    facts->pixels_in = facts_count(document, "pixels_in");
}

static void facts_read_executors(struct ml_facts *facts, const json_t *document)
{
    const json_t *gil = json_object_get(document, "gil");
    const json_t *loop = json_object_get(document, "loop");
    char scope[12];
    facts_text(gil, "habit", facts->gil.policy, sizeof facts->gil.policy);
    facts_text(gil, "scope", scope, sizeof scope);
    facts->gil.used = gil != NULL;
    facts->gil.each = strcmp(scope, "worker") == 0;
    facts->gil.threads = (unsigned)facts_count(gil, "threads");
    facts->gil.wait_s =
        facts_number(json_object_get(gil, "waits"), "sum_ms") / 1e3;
    facts->gil.hold_s =
        facts_number(json_object_get(gil, "holds"), "sum_ms") / 1e3;
    facts->loop = (struct ml_loop_facts){
        .used = loop != NULL,
        .blocked_s = facts_number(loop, "blocked_ms") / 1e3,
        .slowest_s = facts_number(loop, "slowest_ms") / 1e3,
        .slow = facts_count(loop, "slow_callbacks"),
    };
}

static void facts_read_processes(struct ml_facts *facts, const json_t *document)
{
    const json_t *transport = json_object_get(document, "transport");
    struct ml_transport_facts *to = &facts->transport;
    facts_text(transport, "kind", to->kind, sizeof to->kind);
    to->messages = facts_count(transport, "messages");
    to->bytes_copied = facts_count(transport, "bytes_copied");
    to->full_waits = facts_count(transport, "pipe_full_waits");
    const json_t *pool = json_object_get(document, "pool");
    facts->pool.broken = json_is_true(json_object_get(pool, "broken"));
    facts->pool.lost = facts_count(pool, "lost");
}

/* ---- where the time went ---- */

static void facts_read_cause(struct ml_spent_facts *spent, json_t *causes,
                             double all)
{
    const char *name;
    json_t *ms;
    json_object_foreach(causes, name, ms)
    {
        const double share = json_number_value(ms) / all;
        if (share <= spent->cause_share)
            continue;
        spent->cause_share = share;
        (void)snprintf(spent->cause, sizeof spent->cause, "%s", name);
    }
}

static void facts_read_group(struct ml_spent_facts *spent, const json_t *group)
{
    const json_t *kinds = json_object_get(group, "ms");
    const double all = facts_number(group, "all_ms");
    double known = 0;
    facts_text(group, "who", spent->who, sizeof spent->who);
    spent->tracks = (unsigned)facts_count(group, "tracks");
    if (all <= 0)
        return;
    for (unsigned k = 0; k < ML_TRACE_KINDS; k++) {
        spent->share[k] =
            facts_number(kinds,
                         ml_trace_kind_row((enum ml_trace_kind)k)->name) /
            all;
        known += spent->share[k];
    }
    if (known < 1)
        spent->share[ML_TRACE_IDLE] += 1 - known;
    facts_read_cause(spent, json_object_get(group, "waited_for_ms"), all);
}

static void facts_read_spent(struct ml_facts *facts, const json_t *document)
{
    const json_t *groups = json_object_get(document, "spent");
    const size_t count = json_array_size(groups);
    facts->spent_count = count < ML_FACTS_SPENT ? count : ML_FACTS_SPENT;
    for (size_t i = 0; i < facts->spent_count; i++)
        facts_read_group(&facts->spent[i], json_array_get(groups, i));
}

static double facts_computing(const struct ml_spent_facts *spent)
{
    return spent->tracks *
           (spent->share[ML_TRACE_DECODE] + spent->share[ML_TRACE_FILTER] +
            spent->share[ML_TRACE_ENCODE]);
}

const struct ml_spent_facts *ml_facts_computing(const struct ml_facts *facts)
{
    const struct ml_spent_facts *most = NULL;
    for (size_t i = 0; i < facts->spent_count; i++) {
        if (!most || facts_computing(&facts->spent[i]) > facts_computing(most))
            most = &facts->spent[i];
    }
    return most && facts_computing(most) > 0 ? most : NULL;
}

double ml_spent_waiting(const struct ml_spent_facts *spent)
{
    double sum = 0;
    for (unsigned k = 0; k < ML_TRACE_KINDS; k++) {
        if (ml_trace_kind_row((enum ml_trace_kind)k)->waits)
            sum += spent->share[k];
    }
    return sum;
}

bool ml_facts_read(struct ml_facts *facts, const json_t *document)
{
    const json_t *workers = json_object_get(document, "workers");
    memset(facts, 0, sizeof *facts);
    facts_text(document, "mode", facts->mode, sizeof facts->mode);
    facts->processors = (unsigned)facts_count(document, "processors");
    facts->inner = (unsigned)facts_count(document, "inner");
    facts->seconds = facts_number(document, "seconds");
    facts->cpu_s = facts_number(document, "cpu_seconds");
    facts->machine_busy = facts_number(document, "machine_busy");
    facts->bytes_copied = facts_count(document, "bytes_copied");
    facts->worker_deaths = facts_count(document, "worker_deaths");
    facts->workers_started = facts_count(workers, "started");
    facts->start_s = facts_number(workers, "start_ms") / 1e3;
    facts->start_max_s = facts_number(workers, "start_ms_max") / 1e3;
    facts_read_pictures(facts, document);
    facts_read_stages(facts, document);
    facts_read_executors(facts, document);
    facts_read_processes(facts, document);
    facts_read_spent(facts, document);
    return facts->seconds > 0 && facts->stage_count > 0;
}
