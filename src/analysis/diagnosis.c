/* diagnosis.c: the rules that name what limited one run; see diagnosis.h.
 *
 * The slow stage is the one whose input queue is nearly always full and whose
 * output queue is nearly always empty (SPDL, a data loader of Meta, reads its
 * pipelines that way).  When the queues do not show it, the busiest stage is
 * named.
 */
#include "analysis/diagnosis.h"

#include "analysis/diagnosis_notes.h"
#include "analysis/diagnosis_time.h"

/* Shares of the run from which on a queue is nearly always full, or empty. */
#define DIAGNOSIS_FULL 0.75
#define DIAGNOSIS_EMPTY 0.75
/* A stage this close to the busiest, as a factor, may be the slow one. */
#define DIAGNOSIS_AS_BUSY 0.8
/* Processors used this share of the time are taken as fully used. */
#define DIAGNOSIS_USED 0.8
/* A step that runs this share of the time sets the pace. */
#define DIAGNOSIS_PACE 0.5

static double diagnosis_percent(double share)
{
    return 100 * (share < 1 ? share : 1);
}

static bool diagnosis_input_full(const struct ml_run_metrics *metrics,
                                 size_t stage)
{
    return stage == 0 || (metrics->links[stage - 1].bounded &&
                          metrics->links[stage - 1].full >= DIAGNOSIS_FULL);
}

static bool diagnosis_output_empty(const struct ml_run_metrics *metrics,
                                   size_t stage)
{
    return stage + 1 == metrics->stage_count ||
           metrics->links[stage].empty >= DIAGNOSIS_EMPTY;
}

static const struct ml_stage_metrics *
diagnosis_busiest(const struct ml_run_metrics *metrics)
{
    const struct ml_stage_metrics *most = &metrics->stages[0];
    for (size_t i = 1; i < metrics->stage_count; i++) {
        if (metrics->stages[i].busy > most->busy)
            most = &metrics->stages[i];
    }
    return most;
}

/* The stage that the queues on both sides show to be slow, or -1.  A stage much
 * less busy than the busiest is not slow, whatever its queues show: the first
 * link of a short run, for instance, is empty from beginning to end. */
static int diagnosis_slow_stage(const struct ml_run_metrics *metrics)
{
    const double enough = DIAGNOSIS_AS_BUSY * diagnosis_busiest(metrics)->busy;
    int slow = -1;
    for (size_t i = 0; metrics->stage_count > 1 && i < metrics->stage_count;
         i++) {
        if (metrics->stages[i].busy >= enough &&
            diagnosis_input_full(metrics, i) &&
            diagnosis_output_empty(metrics, i) &&
            (slow < 0 || metrics->stages[i].busy > metrics->stages[slow].busy))
            slow = (int)i;
    }
    return slow;
}

/* The share of the processors' time that the run used. */
static double diagnosis_used(const struct ml_run_metrics *metrics)
{
    return metrics->processors > 0
               ? metrics->cpu_s / metrics->seconds / metrics->processors
               : 0;
}

/* How the stage that reads can have more files in flight. */
static const char *diagnosis_more_readers(const struct ml_run_metrics *metrics)
{
    const struct ml_stage_metrics *stage = &metrics->stages[0];
    if (metrics->done + metrics->failed <= stage->width)
        return "all files were read at the same time, so nothing more can "
               "overlap";
    if (!stage->by_readers)
        return "mode threads with a larger --io reads several files at a time";
    return stage->executor == ML_METRIC_LOOP
               ? "a larger --io puts more pictures in flight"
               : "a larger --io gives it more threads";
}

/* Append what would speed up the stage that limits the run. */
static void diagnosis_remedy(const struct ml_run_metrics *metrics,
                             const struct ml_stage_metrics *stage,
                             struct ml_strbuf *text)
{
    const double used = diagnosis_used(metrics);
    const char *s = metrics->processors > 1 ? "s" : "";
    if (!ml_stage_metrics_computes(stage))
        ml_strbuf_add(text, "%s",
                      ml_stage_metrics_does(stage, ML_STEP_READ)
                          ? diagnosis_more_readers(metrics)
                          : "writing to the output folder is slow");
    else if (used >= DIAGNOSIS_USED)
        ml_strbuf_add(
            text,
            "the run kept %u processor%s %.0f %% busy, so only less work would "
            "help",
            metrics->processors, s, diagnosis_percent(used));
    else if (metrics->machine_busy >= DIAGNOSIS_USED)
        ml_strbuf_add(
            text,
            "the run kept %u processor%s %.0f %% busy, and other programs used "
            "them too",
            metrics->processors, s, diagnosis_percent(used));
    else if (metrics->done <= stage->width)
        ml_strbuf_add(
            text,
            "there were only %llu picture%s for %u workers; --inner lets one "
            "picture use more processors",
            (unsigned long long)metrics->done, metrics->done > 1 ? "s" : "",
            stage->width);
    else
        ml_strbuf_add(
            text,
            "the run kept %u processor%s only %.0f %% busy, so more than %u "
            "workers would help",
            metrics->processors, s, diagnosis_percent(used), stage->width);
}

static void diagnosis_by_queues(struct ml_verdicts *verdicts,
                                const struct ml_run_metrics *metrics, size_t at)
{
    const struct ml_stage_metrics *stage = &metrics->stages[at];
    struct ml_strbuf text = ml_diagnosis_begin(verdicts);
    ml_stage_metrics_steps(stage, &text);
    ml_strbuf_add(&text, " limits this run: ");
    if (at > 0)
        ml_strbuf_add(&text, "its input queue was full %.0f %% of the time",
                      diagnosis_percent(metrics->links[at - 1].full));
    if (at + 1 < metrics->stage_count)
        ml_strbuf_add(&text, "%sits output queue was empty %.0f %%%s",
                      at > 0 ? " and " : "",
                      diagnosis_percent(metrics->links[at].empty),
                      at > 0 ? "" : " of the time");
    ml_strbuf_add(&text, "; ");
    diagnosis_remedy(metrics, stage, &text);
    ml_strbuf_add(&text, ".");
}

/* Decoding a picture uses one thread, and so does encoding it. */
static void diagnosis_inside(const struct ml_run_metrics *metrics,
                             struct ml_strbuf *text)
{
    const double coding_s = metrics->decode_s > metrics->encode_s
                                ? metrics->decode_s
                                : metrics->encode_s;
    const double used = diagnosis_used(metrics);
    if (coding_s >= metrics->filter_s &&
        coding_s >= DIAGNOSIS_PACE * metrics->seconds)
        ml_strbuf_add(text, "; %s sets the pace and uses one thread",
                      coding_s > metrics->encode_s ? "decode" : "encode");
    ml_strbuf_add(text, "; the run kept %u processor%s %.0f %% busy",
                  metrics->processors, metrics->processors == 1 ? "" : "s",
                  diagnosis_percent(used));
    if (used < DIAGNOSIS_USED && metrics->done > 1)
        ml_strbuf_add(text, ", and several pictures at a time (mode threads) "
                            "would use more");
}

/* One picture after the other: where the time went.  With threads inside a
 * picture its steps overlap, so their shares may add up to more than 100 %. */
static void diagnosis_inline(struct ml_verdicts *verdicts,
                             const struct ml_run_metrics *metrics)
{
    struct ml_strbuf text = ml_diagnosis_begin(verdicts);
    const bool inside = metrics->inner > 1;
    const double all = metrics->seconds / 100;
    const double files_s = metrics->read_s + metrics->write_s;
    const double computing =
        metrics->decode_s + metrics->filter_s + metrics->encode_s;
    if (inside)
        ml_strbuf_add(
            &text,
            "One picture at a time, with %u threads inside a large one: decode "
            "ran %.0f %% of the time, filter %.0f %%, encode %.0f %% (these "
            "overlap in a large one), reading and writing %.0f %%",
            metrics->inner, metrics->decode_s / all, metrics->filter_s / all,
            metrics->encode_s / all, files_s / all);
    else
        ml_strbuf_add(
            &text,
            "One thread did everything: it spent %.0f %% of its time on "
            "decode, %.0f %% on filter, %.0f %% on encode, %.0f %% on reading "
            "and writing",
            metrics->decode_s / all, metrics->filter_s / all,
            metrics->encode_s / all, files_s / all);
    if (files_s > computing)
        ml_strbuf_add(&text,
                      "; mode threads with a larger --io, or mode async, "
                      "overlaps the waits");
    else if (inside)
        diagnosis_inside(metrics, &text);
    else if (metrics->processors > 1 && metrics->done > 1)
        ml_strbuf_add(&text, "; %u more processor%s could have helped",
                      metrics->processors - 1,
                      metrics->processors > 2 ? "s" : "");
    ml_strbuf_add(&text, ".");
}

/* For a loop that runs all steps and that computing did not block: did its
 * pictures wait for files? */
static void diagnosis_by_flight(struct ml_verdicts *verdicts,
                                const struct ml_run_metrics *metrics)
{
    const double files = ml_diagnosis_files(metrics);
    struct ml_strbuf text = ml_diagnosis_begin(verdicts);
    ml_strbuf_add(&text,
                  "%s: up to %u pictures in flight waited for files %.0f %% of "
                  "the time; computing blocked the loop %.0f %%",
                  files >= ML_DIAGNOSIS_FILES
                      ? "Files limit this run"
                      : "Neither files nor computing alone "
                        "limited this run",
                  ml_diagnosis_in_flight(metrics), diagnosis_percent(files),
                  diagnosis_percent(ml_diagnosis_loop_blocked(metrics)));
    if (files >= ML_DIAGNOSIS_FILES)
        ml_strbuf_add(&text, "; %s", diagnosis_more_readers(metrics));
    ml_strbuf_add(&text, ".");
}

static void diagnosis_by_work(struct ml_verdicts *verdicts,
                              const struct ml_run_metrics *metrics)
{
    const struct ml_stage_metrics *most = diagnosis_busiest(metrics);
    struct ml_strbuf text = ml_diagnosis_begin(verdicts);
    ml_stage_metrics_steps(most, &text);
    ml_strbuf_add(&text, " was busy %.0f %% of the time",
                  diagnosis_percent(most->busy));
    const uint64_t inputs = metrics->done + metrics->failed;
    if (most->busy < ML_DIAGNOSIS_BUSY && ml_stage_metrics_computes(most) &&
        inputs < most->width) {
        ml_strbuf_add(&text,
                      ", because there %s only %llu picture%s for its %u "
                      "workers; --inner lets one picture use more processors.",
                      inputs == 1 ? "was" : "were", (unsigned long long)inputs,
                      inputs == 1 ? "" : "s", most->width);
        return;
    }
    if (most->busy < ML_DIAGNOSIS_BUSY) {
        ml_strbuf_add(&text, "; no stage was busier, so start-up, shutdown or "
                             "a shortage of CPUs limited the run.");
        return;
    }
    ml_strbuf_add(&text, " and limited the run; ");
    diagnosis_remedy(metrics, most, &text);
    ml_strbuf_add(&text, ".");
}

static void diagnosis_by_lock(struct ml_verdicts *verdicts,
                              const struct ml_run_metrics *metrics)
{
    struct ml_strbuf text = ml_diagnosis_begin(verdicts);
    ml_strbuf_add(
        &text,
        "The interpreter lock limits this run: it was held %.0f %% of the "
        "time, and %u threads spent %.0f %% of their time waiting for it "
        "(%.2f s in total); with --gil release, or in mode processes, several "
        "compute at a time.",
        diagnosis_percent(ml_diagnosis_lock_held(metrics)),
        metrics->gil.threads,
        diagnosis_percent(ml_diagnosis_lock_waited(metrics)),
        metrics->gil.wait_s);
}

static void diagnosis_by_loop(struct ml_verdicts *verdicts,
                              const struct ml_run_metrics *metrics)
{
    struct ml_strbuf text = ml_diagnosis_begin(verdicts);
    ml_strbuf_add(
        &text,
        "Computing blocked the event loop %.0f %% of the time (%.2f s, "
        "up to %.0f ms at a time",
        diagnosis_percent(ml_diagnosis_loop_blocked(metrics)),
        metrics->loop.blocked_s, 1e3 * metrics->loop.slowest_s);
    if (metrics->loop.slow > 0)
        ml_strbuf_add(&text, ", %llu times for 100 ms or more",
                      (unsigned long long)metrics->loop.slow);
    ml_strbuf_add(&text,
                  "): nothing else%s ran meanwhile; mode hybrid computes in "
                  "worker processes.",
                  metrics->stage_count == 1 ? "" : " on the loop");
}

/* `slow`: what diagnosis_slow_stage() found. */
static void diagnosis_limit(struct ml_verdicts *verdicts,
                            const struct ml_run_metrics *metrics, int slow)
{
    if (metrics->stage_count == 0 || metrics->seconds <= 0)
        return;
    if (metrics->stages[0].executor == ML_METRIC_INLINE)
        diagnosis_inline(verdicts, metrics);
    else if (ml_diagnosis_lock_held(metrics) >= ML_DIAGNOSIS_LOCK)
        diagnosis_by_lock(verdicts, metrics);
    else if (ml_diagnosis_loop_blocked(metrics) >= ML_DIAGNOSIS_LOOP)
        diagnosis_by_loop(verdicts, metrics);
    else if (metrics->stage_count == 1 &&
             metrics->stages[0].executor == ML_METRIC_LOOP)
        diagnosis_by_flight(verdicts, metrics);
    else if (slow >= 0)
        diagnosis_by_queues(verdicts, metrics, (size_t)slow);
    else
        diagnosis_by_work(verdicts, metrics);
}

void ml_diagnosis_run(struct ml_verdicts *verdicts,
                      const struct ml_run_metrics *metrics)
{
    const int slow = diagnosis_slow_stage(metrics);
    const struct ml_stage_metrics *stage =
        slow >= 0 ? &metrics->stages[slow] : diagnosis_busiest(metrics);
    ml_diagnosis_pool(verdicts, metrics);
    if (!metrics->pool.broken) /* the broken pool ended the run */
        diagnosis_limit(verdicts, metrics, slow);
    ml_diagnosis_time(verdicts, metrics, stage);
    ml_diagnosis_notes(verdicts, metrics);
}
