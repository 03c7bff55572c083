/* diagnosis_notes.c: what else there is to say of one run, beside what limited
 * it: its end and its beginning, workers that died, crowds, copies; see
 * diagnosis.h.
 */
#include "analysis/diagnosis_notes.h"

/* Parts of a run that are worth a word, and times that are. */
#define ALSO_TAIL 0.1
#define ALSO_START 0.2
#define ALSO_TAIL_S 0.1
/* Processors that were used so much of the time had no more to give. */
#define ALSO_USED 0.7

static void also_tail(struct ml_verdicts *verdicts,
                      const struct ml_run_metrics *metrics)
{
    const struct ml_stage_metrics *stage = ml_diagnosis_computing(metrics);
    if (!stage || ml_diagnosis_workers(stage) < 2 ||
        metrics->tail_s < ALSO_TAIL_S ||
        metrics->tail_s < ALSO_TAIL * metrics->seconds)
        return;
    struct ml_strbuf text = ml_diagnosis_begin(verdicts);
    ml_strbuf_add(
        &text,
        "The last %.2f s of %.2f s had one picture in work: %u of %u "
        "workers were idle; name large pictures first, or let one use "
        "more processors (--inner).",
        metrics->tail_s, metrics->seconds, stage->width - 1, stage->width);
}

static void also_start(struct ml_verdicts *verdicts,
                       const struct ml_run_metrics *metrics)
{
    if (metrics->start_max_s < ALSO_START * metrics->seconds ||
        metrics->seconds <= 0)
        return;
    struct ml_strbuf text = ml_diagnosis_begin(verdicts);
    ml_strbuf_add(&text,
                  "Starting a worker process took up to %.0f ms of a run of "
                  "%.0f ms: for so little work threads start quicker.",
                  1e3 * metrics->start_max_s, 1e3 * metrics->seconds);
}

static void also_deaths(struct ml_verdicts *verdicts,
                        const struct ml_run_metrics *metrics)
{
    if (metrics->worker_deaths == 0)
        return;
    struct ml_strbuf text = ml_diagnosis_begin(verdicts);
    ml_strbuf_add(&text, "%llu worker process%s died on the way.",
                  (unsigned long long)metrics->worker_deaths,
                  metrics->worker_deaths > 1 ? "es" : "");
}

static void also_crowd(struct ml_verdicts *verdicts,
                       const struct ml_run_metrics *metrics)
{
    const struct ml_stage_metrics *stage = ml_diagnosis_computing(metrics);
    if (!stage || metrics->processors == 0 ||
        ml_diagnosis_workers(stage) <= metrics->processors ||
        metrics->done + metrics->failed <= metrics->processors ||
        metrics->cpu_s < ALSO_USED * metrics->seconds * metrics->processors)
        return;
    struct ml_strbuf text = ml_diagnosis_begin(verdicts);
    ml_strbuf_add(&text,
                  "%u workers shared %u processor%s: each picture took longer, "
                  "and no more were done at a time.",
                  stage->width, metrics->processors,
                  metrics->processors > 1 ? "s" : "");
}

static void also_transport(struct ml_verdicts *verdicts,
                           const struct ml_run_metrics *metrics)
{
    const struct ml_transport_metrics *by = &metrics->transport;
    if (by->bytes_copied == 0)
        return;
    struct ml_strbuf text = ml_diagnosis_begin(verdicts);
    ml_strbuf_add(&text,
                  "The transport %s copied %.1f MB between processes in %llu "
                  "messages and waited %llu times for room in a pipe; ",
                  by->kind, (double)by->bytes_copied / 1e6,
                  (unsigned long long)by->messages,
                  (unsigned long long)by->full_waits);
    if (ml_diagnosis_copying(metrics) > 0)
        ml_strbuf_add(&text, "copying took %.0f %% of its workers' time; ",
                      100 * ml_diagnosis_copying(metrics));
    ml_strbuf_add(&text, "shm copies nothing.");
}

/* A pool that behaves as CPython's: what became of the pictures. */
void ml_diagnosis_pool(struct ml_verdicts *verdicts,
                       const struct ml_run_metrics *metrics)
{
    const struct ml_pool_metrics *pool = &metrics->pool;
    if (!pool->broken && pool->lost == 0)
        return;
    struct ml_strbuf text = ml_diagnosis_begin(verdicts);
    if (pool->broken)
        ml_strbuf_add(&text,
                      "The pool broke when a worker process died: all that was "
                      "pending failed, as in CPython's ProcessPoolExecutor; "
                      "--pool minilab replaces the worker and tries again.");
    else
        ml_strbuf_add(&text,
                      "Worker processes died with %llu picture%s, which nobody "
                      "would ever hear of in CPython's multiprocessing.Pool; "
                      "--pool minilab tries again.",
                      (unsigned long long)pool->lost,
                      pool->lost == 1 ? "" : "s");
}

void ml_diagnosis_notes(struct ml_verdicts *verdicts,
                        const struct ml_run_metrics *metrics)
{
    also_crowd(verdicts, metrics);
    also_transport(verdicts, metrics);
    if (!metrics->pool
             .broken) /* it ended early, and not for its last picture */
        also_tail(verdicts, metrics);
    also_start(verdicts, metrics);
    also_deaths(verdicts, metrics);
}
