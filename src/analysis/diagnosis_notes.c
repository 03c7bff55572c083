/* diagnosis_notes.c: what else there is to say of one run, beside what limited
 * it: its end and its beginning, workers that died, crowds, copies; see
 * diagnosis.h.
 */
#include "analysis/diagnosis_internal.h"

#include <string.h>

/* Parts of a run that are worth a word, and times that are. */
#define ALSO_TAIL 0.1
#define ALSO_START 0.2
#define ALSO_TAIL_S 0.1
/* Processors that were used so much of the time had no more to give. */
#define ALSO_USED 0.7

static void also_tail(struct ml_verdicts *verdicts,
                      const struct ml_facts *facts)
{
    const struct ml_stage_facts *stage = ml_verdict_computing(facts);
    if (!stage || ml_verdict_workers(stage) < 2 ||
        facts->tail_s < ALSO_TAIL_S ||
        facts->tail_s < ALSO_TAIL * facts->seconds)
        return;
    struct ml_strbuf text = ml_verdict_begin(verdicts);
    ml_strbuf_add(
        &text,
        "The last %.2f s of %.2f s had one picture in work: %u of %u "
        "workers were idle; name large pictures first, or let one use "
        "more processors (--inner).",
        facts->tail_s, facts->seconds, stage->width - 1, stage->width);
}

static void also_start(struct ml_verdicts *verdicts,
                       const struct ml_facts *facts)
{
    if (facts->start_max_s < ALSO_START * facts->seconds || facts->seconds <= 0)
        return;
    struct ml_strbuf text = ml_verdict_begin(verdicts);
    ml_strbuf_add(&text,
                  "Starting a worker process took up to %.0f ms of a run of "
                  "%.0f ms: for so little work threads start quicker.",
                  1e3 * facts->start_max_s, 1e3 * facts->seconds);
}

static void also_deaths(struct ml_verdicts *verdicts,
                        const struct ml_facts *facts)
{
    if (facts->worker_deaths == 0)
        return;
    struct ml_strbuf text = ml_verdict_begin(verdicts);
    ml_strbuf_add(&text, "%llu worker process%s died on the way.",
                  (unsigned long long)facts->worker_deaths,
                  facts->worker_deaths > 1 ? "es" : "");
}

static void also_crowd(struct ml_verdicts *verdicts,
                       const struct ml_facts *facts)
{
    const struct ml_stage_facts *stage = ml_verdict_computing(facts);
    if (!stage || facts->processors == 0 ||
        ml_verdict_workers(stage) <= facts->processors ||
        facts->done + facts->failed <= facts->processors ||
        facts->cpu_s < ALSO_USED * facts->seconds * facts->processors)
        return;
    struct ml_strbuf text = ml_verdict_begin(verdicts);
    ml_strbuf_add(&text,
                  "%u workers shared %u processor%s: each picture took longer, "
                  "and no more were done at a time.",
                  stage->width, facts->processors,
                  facts->processors > 1 ? "s" : "");
}

static void also_transport(struct ml_verdicts *verdicts,
                           const struct ml_facts *facts)
{
    const struct ml_transport_facts *by = &facts->transport;
    if (by->bytes_copied == 0)
        return;
    struct ml_strbuf text = ml_verdict_begin(verdicts);
    ml_strbuf_add(&text,
                  "The transport %s copied %.1f MB between processes in %llu "
                  "messages and waited %llu times for room in a pipe; ",
                  by->kind, (double)by->bytes_copied / 1e6,
                  (unsigned long long)by->messages,
                  (unsigned long long)by->full_waits);
    if (ml_verdict_copying(facts) > 0)
        ml_strbuf_add(&text, "copying took %.0f %% of its workers' time; ",
                      100 * ml_verdict_copying(facts));
    ml_strbuf_add(&text, "shm copies nothing.");
}

/* A pool that behaves as CPython's: what became of the pictures. */
void ml_verdict_pool(struct ml_verdicts *verdicts, const struct ml_facts *facts)
{
    const struct ml_pool_facts *pool = &facts->pool;
    if (!pool->broken && pool->lost == 0)
        return;
    struct ml_strbuf text = ml_verdict_begin(verdicts);
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

void ml_verdict_also(struct ml_verdicts *verdicts, const struct ml_facts *facts)
{
    also_crowd(verdicts, facts);
    also_transport(verdicts, facts);
    if (!facts->pool.broken) /* it ended early, and not for its last picture */
        also_tail(verdicts, facts);
    also_start(verdicts, facts);
    also_deaths(verdicts, facts);
}
