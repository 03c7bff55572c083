/* diagnosis_notes.c: see diagnosis_notes.h. */
#include "analysis/diagnosis_notes.h"

/* Shares of the run from which on its tail and its start are reported. */
#define NOTES_TAIL 0.1
#define NOTES_START 0.2
/* Seconds: a shorter tail is not reported. */
#define NOTES_TAIL_S 0.1
/* Processors used this share of the time are taken as fully used. */
#define NOTES_USED 0.7

static void notes_tail(struct ml_verdicts *verdicts,
                       const struct ml_run_metrics *metrics)
{
    const struct ml_stage_metrics *stage = ml_diagnosis_computing(metrics);
    if (!stage || ml_diagnosis_workers(stage) < 2 ||
        metrics->tail_s < NOTES_TAIL_S ||
        metrics->tail_s < NOTES_TAIL * metrics->seconds)
        return;
    struct ml_strbuf text = ml_diagnosis_begin(verdicts);
    ml_strbuf_add(
        &text,
        "In the last %.2f s of %.2f s only one picture was in progress: %u of "
        "%u workers were idle; name large pictures first, or let one picture "
        "use more processors (--inner).",
        metrics->tail_s, metrics->seconds, stage->width - 1, stage->width);
}

static void notes_start(struct ml_verdicts *verdicts,
                        const struct ml_run_metrics *metrics)
{
    if (metrics->start_max_s < NOTES_START * metrics->seconds ||
        metrics->seconds <= 0)
        return;
    struct ml_strbuf text = ml_diagnosis_begin(verdicts);
    ml_strbuf_add(&text,
                  "Starting a worker process took up to %.0f ms of a run of "
                  "%.0f ms; for a run this short, threads start faster.",
                  1e3 * metrics->start_max_s, 1e3 * metrics->seconds);
}

static void notes_deaths(struct ml_verdicts *verdicts,
                         const struct ml_run_metrics *metrics)
{
    if (metrics->worker_deaths == 0)
        return;
    struct ml_strbuf text = ml_diagnosis_begin(verdicts);
    ml_strbuf_add(&text, "%llu worker process%s died during the run.",
                  (unsigned long long)metrics->worker_deaths,
                  metrics->worker_deaths > 1 ? "es" : "");
}

static void notes_crowd(struct ml_verdicts *verdicts,
                        const struct ml_run_metrics *metrics)
{
    const struct ml_stage_metrics *stage = ml_diagnosis_computing(metrics);
    if (!stage || metrics->processors == 0 ||
        ml_diagnosis_workers(stage) <= metrics->processors ||
        metrics->done + metrics->failed <= metrics->processors ||
        metrics->cpu_s < NOTES_USED * metrics->seconds * metrics->processors)
        return;
    struct ml_strbuf text = ml_diagnosis_begin(verdicts);
    ml_strbuf_add(&text,
                  "%u workers shared %u processor%s: each picture took longer, "
                  "and no more of them were computed at a time.",
                  stage->width, metrics->processors,
                  metrics->processors > 1 ? "s" : "");
}

static void notes_transport(struct ml_verdicts *verdicts,
                            const struct ml_run_metrics *metrics)
{
    const struct ml_transport_metrics *by = &metrics->transport;
    if (by->bytes_copied == 0)
        return;
    struct ml_strbuf text = ml_diagnosis_begin(verdicts);
    ml_strbuf_add(&text,
                  "The %s transport copied %.1f MB between processes in %llu "
                  "messages and found a pipe full %llu times; ",
                  by->kind, (double)by->bytes_copied / 1e6,
                  (unsigned long long)by->messages,
                  (unsigned long long)by->full_waits);
    if (ml_diagnosis_copying(metrics) > 0)
        ml_strbuf_add(&text, "copying took %.0f %% of the workers' time; ",
                      100 * ml_diagnosis_copying(metrics));
    ml_strbuf_add(&text, "shm copies nothing.");
}

void ml_diagnosis_pool(struct ml_verdicts *verdicts,
                       const struct ml_run_metrics *metrics)
{
    const struct ml_pool_metrics *pool = &metrics->pool;
    if (!pool->broken && pool->lost == 0)
        return;
    struct ml_strbuf text = ml_diagnosis_begin(verdicts);
    if (pool->broken)
        ml_strbuf_add(&text,
                      "The pool broke when a worker process died: all pending "
                      "pictures failed, as in CPython's ProcessPoolExecutor; "
                      "--pool minilab replaces the worker and tries again.");
    else
        ml_strbuf_add(&text,
                      "Worker processes died with %llu picture%s in progress; "
                      "CPython's multiprocessing.Pool would hang; --pool "
                      "minilab tries again.",
                      (unsigned long long)pool->lost,
                      pool->lost == 1 ? "" : "s");
}

void ml_diagnosis_notes(struct ml_verdicts *verdicts,
                        const struct ml_run_metrics *metrics)
{
    notes_crowd(verdicts, metrics);
    notes_transport(verdicts, metrics);
    /* A run whose pool broke did not end with its last picture. */
    if (!metrics->pool.broken)
        notes_tail(verdicts, metrics);
    notes_start(verdicts, metrics);
    notes_deaths(verdicts, metrics);
}
