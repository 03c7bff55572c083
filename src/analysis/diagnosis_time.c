/* diagnosis_time.c: see diagnosis_time.h. */
#include "analysis/diagnosis_time.h"

/* Shares of the time from which on a kind, and a wait for locks or memory, is
 * reported. */
#define BREAKDOWN_KIND 0.01
#define BREAKDOWN_LOCK 0.1

/* Each follows "N %". */
static const char *const breakdown_names[ML_TRACE_KINDS] = {
    [ML_TRACE_READ] = "on read",
    [ML_TRACE_DECODE] = "on decode",
    [ML_TRACE_FILTER] = "on filter",
    [ML_TRACE_ENCODE] = "on encode",
    [ML_TRACE_WRITE] = "on write",
    [ML_TRACE_COPY] = "copying",
    [ML_TRACE_QUEUE] = "waiting for queues",
    [ML_TRACE_LOCK] = "waiting for locks and memory",
    [ML_TRACE_GIL] = "waiting for the interpreter lock",
    [ML_TRACE_START] = "starting",
    [ML_TRACE_IDLE] = "idle",
};

/* Kinds in the order of a job's steps, then waits. */
static void breakdown_account(struct ml_verdicts *verdicts,
                              const struct ml_time_metrics *breakdown)
{
    static const enum ml_trace_kind order[] = {
        ML_TRACE_READ,  ML_TRACE_DECODE, ML_TRACE_FILTER, ML_TRACE_ENCODE,
        ML_TRACE_WRITE, ML_TRACE_COPY,   ML_TRACE_QUEUE,  ML_TRACE_LOCK,
        ML_TRACE_GIL,   ML_TRACE_START,  ML_TRACE_IDLE};
    const bool loop = breakdown->loop;
    const bool inside = loop && breakdown->tracks > 1;
    const char *whose = loop && !inside ? " of its time" : " of their time";
    struct ml_strbuf text = ml_diagnosis_begin(verdicts);
    unsigned named = 0;
    if (loop)
        ml_strbuf_add(&text, "The loop%s spent",
                      inside ? " and the threads inside its pictures" : "");
    else
        ml_strbuf_add(&text, "The workers of %s spent", breakdown->who);
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        const double share = breakdown->share[order[i]];
        if (share < BREAKDOWN_KIND)
            continue;
        const bool strips = order[i] == ML_TRACE_QUEUE && breakdown->for_strips;
        ml_strbuf_add(&text, "%s %.0f %%%s %s", named > 0 ? "," : "",
                      100 * share, named > 0 ? "" : whose,
                      strips ? "waiting for strips of their picture"
                             : breakdown_names[order[i]]);
        named++;
    }
    ml_strbuf_add(&text, ".");
}

/* A long wait for locks or memory, in any group. */
static void breakdown_locks(struct ml_verdicts *verdicts,
                            const struct ml_time_metrics *breakdown)
{
    if (breakdown->share[ML_TRACE_LOCK] < BREAKDOWN_LOCK)
        return;
    struct ml_strbuf text = ml_diagnosis_begin(verdicts);
    ml_strbuf_add(
        &text,
        "%s waited %.0f %% of its time for locks and memory, longest "
        "for %s%s.",
        breakdown->who, 100 * breakdown->share[ML_TRACE_LOCK], breakdown->cause,
        breakdown->for_memory ? "; a larger --memory allows more" : "");
}

/* The group of `stage` if it computes, else the group that computes most. */
static const struct ml_time_metrics *
breakdown_of(const struct ml_run_metrics *metrics,
             const struct ml_stage_metrics *stage)
{
    const bool computes = ml_stage_metrics_computes(stage);
    const int index = (int)(stage - metrics->stages);
    for (size_t i = 0; computes && i < metrics->breakdown_count; i++) {
        if (metrics->breakdown[i].stage == index)
            return &metrics->breakdown[i];
    }
    return ml_run_metrics_computing(metrics);
}

void ml_diagnosis_time(struct ml_verdicts *verdicts,
                       const struct ml_run_metrics *metrics,
                       const struct ml_stage_metrics *stage)
{
    const struct ml_time_metrics *most = breakdown_of(metrics, stage);
    if (!most)
        return;
    /* With one thread, diagnosis.c reports the shares of its steps. */
    if (metrics->stages[0].executor != ML_METRIC_INLINE)
        breakdown_account(verdicts, most);
    for (size_t i = 0; i < metrics->breakdown_count; i++)
        breakdown_locks(verdicts, &metrics->breakdown[i]);
}
