/* diagnosis_compare.c: the rules that compare configurations; see
 * diagnosis.h. */
#include "analysis/diagnosis.h"

/* A smaller speed-up is reported as no gain, even when it is significant. */
#define DIAGNOSIS_GAIN 1.1
/* A base that used a processor for a smaller share of its time mostly waited.
 */
#define DIAGNOSIS_WAITS 0.5
/* Workers wait up to this share in any run: for its first and last picture. */
#define DIAGNOSIS_WAITED 0.2
#define DIAGNOSIS_STARTS 0.1 /* share of a run, for starting its workers */
#define DIAGNOSIS_SMALL 1    /* megapixels of a picture */
#define DIAGNOSIS_NAMES 6    /* in one sentence */

static double diagnosis_speedup(const struct ml_candidate *base,
                                const struct ml_candidate *one)
{
    return base->wall.median / one->wall.median;
}

/* ---- ranking ---- */

static size_t diagnosis_fastest(const struct ml_candidate *all, size_t count)
{
    size_t fastest = 0;
    for (size_t i = 1; i < count; i++) {
        if (all[i].wall.median < all[fastest].wall.median)
            fastest = i;
    }
    return fastest;
}

/* Name the candidates whose interval overlaps the fastest one's: `peers` of
 * them. */
static void diagnosis_name_peers(struct ml_strbuf *text,
                                 const struct ml_candidate *all, size_t count,
                                 size_t fastest, size_t peers)
{
    size_t named = 0;
    for (size_t i = 0; i < count && named < DIAGNOSIS_NAMES; i++) {
        if (i == fastest || ml_ci_disjoint(&all[i].wall, &all[fastest].wall))
            continue;
        named++;
        ml_strbuf_add(text, "%s%s",
                      named == 1       ? ""
                      : named == peers ? " and "
                                       : ", ",
                      all[i].label);
    }
    if (named < peers)
        ml_strbuf_add(text, " and %zu more", peers - named);
}

static void diagnosis_rank(struct ml_verdicts *verdicts,
                           const struct ml_candidate *all, size_t count,
                           size_t base)
{
    const size_t fastest = diagnosis_fastest(all, count);
    struct ml_strbuf text = ml_diagnosis_begin(verdicts);
    size_t peers = 0;
    if (all[base].wall.count < ML_CI_ENOUGH) {
        ml_strbuf_add(&text,
                      "%zu repetition%s too few to rank anything; use --repeat "
                      "%d or more.",
                      all[base].wall.count,
                      all[base].wall.count > 1 ? "s are" : " is", ML_CI_ENOUGH);
        return;
    }
    for (size_t i = 0; i < count; i++)
        peers +=
            i != fastest && !ml_ci_disjoint(&all[i].wall, &all[fastest].wall);
    ml_strbuf_add(&text, "%s %s", all[fastest].label,
                  peers > 0 ? "had the shortest median time"
                            : "is the fastest");
    if (ml_ci_less(&all[fastest].wall, &all[base].wall))
        ml_strbuf_add(&text, ", about %.2f times as fast as %s",
                      diagnosis_speedup(&all[base], &all[fastest]),
                      all[base].label);
    if (peers > 0) {
        ml_strbuf_add(&text, "; ");
        diagnosis_name_peers(&text, all, count, fastest, peers);
        ml_strbuf_add(&text,
                      " %s no significant difference: the intervals overlap",
                      peers > 1 ? "show" : "shows");
    }
    ml_strbuf_add(&text, ".");
}

/* ---- each mode against the base ---- */

/* The interpreter lock or the event loop, if one of them is the reason. */
static bool diagnosis_reason_executor(struct ml_strbuf *text,
                                      const struct ml_run_metrics *metrics)
{
    const double held = ml_diagnosis_lock_held(metrics);
    const double blocked = ml_diagnosis_loop_blocked(metrics);
    if (held >= ML_DIAGNOSIS_LOCK)
        ml_strbuf_add(
            text,
            "; the interpreter lock was held %.0f %% of the time, and its "
            "threads spent %.0f %% of their time waiting for it: one computed "
            "at a time",
            100 * (held < 1 ? held : 1),
            100 * ml_diagnosis_lock_waited(metrics));
    else if (blocked >= ML_DIAGNOSIS_LOOP)
        ml_strbuf_add(text,
                      "; computing blocked its event loop %.0f %% of the time",
                      100 * (blocked < 1 ? blocked : 1));
    return held >= ML_DIAGNOSIS_LOCK || blocked >= ML_DIAGNOSIS_LOOP;
}

static void diagnosis_reason_copies(struct ml_strbuf *text,
                                    const struct ml_run_metrics *metrics)
{
    ml_strbuf_add(text, "; %.1f MB were copied between processes",
                  (double)metrics->bytes_copied / 1e6);
    if (ml_diagnosis_copying(metrics) > 0)
        ml_strbuf_add(text, ", which took %.0f %% of its workers' time",
                      100 * ml_diagnosis_copying(metrics));
}

/* Long waits, by its spans. */
static void diagnosis_reason_waits(struct ml_strbuf *text,
                                   const struct ml_run_metrics *metrics)
{
    const struct ml_time_metrics *most = ml_run_metrics_computing(metrics);
    const double waiting = most ? ml_time_metrics_waiting(most) : 0;
    if (waiting < DIAGNOSIS_WAITED)
        return;
    ml_strbuf_add(text,
                  "; its workers waited or were idle %.0f %% of their time",
                  100 * waiting);
    if (most->cause[0] && most->cause_share >= DIAGNOSIS_WAITED / 2)
        ml_strbuf_add(text, ", longest for %s", most->cause);
}

/* Does it wait for files?  Not if the readers only keep busy workers fed. */
static bool diagnosis_waits_for_files(const struct ml_run_metrics *metrics)
{
    const struct ml_stage_metrics *stage = ml_diagnosis_computing(metrics);
    return ml_diagnosis_files(metrics) >= ML_DIAGNOSIS_FILES &&
           (metrics->stage_count == 1 || !stage ||
            stage->busy < ML_DIAGNOSIS_BUSY);
}

/* Why it gains no more: the first of these that its metrics show. */
static void diagnosis_reason(struct ml_strbuf *text,
                             const struct ml_candidate *one)
{
    const struct ml_run_metrics *metrics = &one->metrics;
    const struct ml_stage_metrics *stage = ml_diagnosis_computing(metrics);
    const unsigned workers = stage ? ml_diagnosis_workers(stage) : 1;
    if (metrics->processors == 1 && workers > 1)
        ml_strbuf_add(text, "; only one processor is available");
    else if (metrics->done < workers)
        ml_strbuf_add(text, "; there %s %llu picture%s for %u workers",
                      metrics->done > 1 ? "are" : "is",
                      (unsigned long long)metrics->done,
                      metrics->done > 1 ? "s" : "", workers);
    else if (diagnosis_reason_executor(text, metrics))
        return;
    else if (diagnosis_waits_for_files(metrics))
        ml_strbuf_add(
            text,
            "; it waited for files %.0f %% of its time, %u file%s at a time",
            100 * ml_diagnosis_files(metrics), ml_diagnosis_in_flight(metrics),
            ml_diagnosis_in_flight(metrics) == 1 ? "" : "s");
    else if (metrics->start_max_s > 0.2 * metrics->seconds)
        ml_strbuf_add(text, "; starting its workers took %.0f ms of %.0f ms",
                      1e3 * metrics->start_max_s, 1e3 * metrics->seconds);
    else if (metrics->tail_s > 0.2 * metrics->seconds && metrics->done > 1)
        ml_strbuf_add(text,
                      "; only one picture was in progress in the last %.2f s",
                      metrics->tail_s);
    else if (metrics->processors > 0 && workers > metrics->processors)
        ml_strbuf_add(text, "; %u workers share %u processors", workers,
                      metrics->processors);
    else if (metrics->inner > 1 && one->width > 1 && workers == 1)
        ml_strbuf_add(
            text, "; %u threads inside a picture share only part of its work",
            metrics->inner);
    else if (metrics->bytes_copied > 0)
        diagnosis_reason_copies(text, metrics);
    else
        diagnosis_reason_waits(text, metrics);
}

/* Worker processes of the same width, when they are faster. */
static void diagnosis_instead(struct ml_strbuf *text,
                              const struct ml_candidate *all, size_t count,
                              const struct ml_candidate *one)
{
    if (ml_diagnosis_lock_held(&one->metrics) < ML_DIAGNOSIS_LOCK)
        return;
    for (size_t i = 0; i < count; i++) {
        if (all[i].role != ML_ROLE_PROCESSES || all[i].width != one->width ||
            !ml_ci_less(&all[i].wall, &one->wall))
            continue;
        ml_strbuf_add(text, "; %s took %.2f times as long for the same work",
                      all[i].label, all[i].wall.median / one->wall.median);
        return;
    }
}

static void diagnosis_against(struct ml_verdicts *verdicts,
                              const struct ml_candidate *all, size_t count,
                              const struct ml_candidate *base,
                              const struct ml_candidate *one)
{
    const double speedup = diagnosis_speedup(base, one);
    const bool faster = ml_ci_less(&one->wall, &base->wall);
    const bool gains = faster && speedup >= DIAGNOSIS_GAIN;
    struct ml_strbuf text = ml_diagnosis_begin(verdicts);
    ml_strbuf_add(&text, "%s", one->label);
    if (one->metrics.gil.used && one->metrics.gil.released)
        ml_strbuf_add(&text, ", which releases the lock to compute,");
    if (ml_ci_less(&base->wall, &one->wall))
        ml_strbuf_add(&text, " takes %.2f times as long as %s", 1 / speedup,
                      base->label);
    else if (!faster)
        ml_strbuf_add(&text,
                      " shows no significant difference from %s (%.2f times as "
                      "fast)",
                      base->label, speedup);
    else if (!gains)
        ml_strbuf_add(&text, " is hardly faster than %s (%.2f times as fast)",
                      base->label, speedup);
    else
        ml_strbuf_add(&text, " is %.2f times as fast as %s", speedup,
                      base->label);
    if (!gains) {
        diagnosis_reason(&text, one);
        diagnosis_instead(&text, all, count, one);
    }
    ml_strbuf_add(&text, ".");
}

/* The threads of the same width, when they are faster; or NULL. */
static const struct ml_candidate *
diagnosis_faster_threads(const struct ml_candidate *all, size_t count,
                         const struct ml_candidate *one)
{
    for (size_t i = 0; i < count; i++) {
        if (all[i].role == ML_ROLE_THREADS && all[i].width == one->width &&
            ml_ci_less(&all[i].wall, &one->wall))
            return &all[i];
    }
    return NULL;
}

/* Why processes are slower than as many threads: copying, or starting. */
static void diagnosis_processes(struct ml_verdicts *verdicts,
                                const struct ml_candidate *all, size_t count,
                                const struct ml_candidate *one)
{
    const struct ml_run_metrics *metrics = &one->metrics;
    const struct ml_candidate *threads =
        diagnosis_faster_threads(all, count, one);
    const double copying = ml_diagnosis_copying(metrics);
    const bool starts =
        metrics->start_max_s >= DIAGNOSIS_STARTS * metrics->seconds;
    if (one->role != ML_ROLE_PROCESSES || !threads || metrics->done == 0 ||
        (copying <= 0 && !starts))
        return;
    const double megapixels =
        (double)metrics->pixels_in / (double)metrics->done / 1e6;
    struct ml_strbuf text = ml_diagnosis_begin(verdicts);
    ml_strbuf_add(&text, "%s took %.2f times as long as %s: ", one->label,
                  one->wall.median / threads->wall.median, threads->label);
    if (copying > 0)
        ml_strbuf_add(
            &text, "its workers spent %.0f %% of their time copying (%.1f MB)",
            100 * copying, (double)metrics->bytes_copied / 1e6);
    else
        ml_strbuf_add(&text, "starting a worker took up to %.0f ms of %.0f ms",
                      1e3 * metrics->start_max_s, 1e3 * metrics->seconds);
    if (megapixels < DIAGNOSIS_SMALL)
        ml_strbuf_add(&text, "; the pictures are small (%.2f MP on average)",
                      megapixels);
    ml_strbuf_add(&text, ".");
}

/* Does this candidate stand for its mode?  One does: the widest that has a
 * processor for each worker, or if all are wider, the narrowest. */
static bool diagnosis_represents(const struct ml_candidate *all, size_t count,
                                 size_t at)
{
    const struct ml_candidate *one = &all[at];
    const unsigned processors = one->metrics.processors;
    for (size_t i = 0; i < count; i++) {
        const unsigned width = all[i].width;
        if (i == at || all[i].mode_id != one->mode_id)
            continue;
        if (one->width <= processors ? width > one->width && width <= processors
                                     : width < one->width)
            return false;
    }
    return true;
}

/* Is it the one fastest, whose gain the ranking has reported? */
static bool diagnosis_is_ranked(const struct ml_candidate *all, size_t count,
                                size_t base, size_t at)
{
    for (size_t i = 0; i < count; i++) {
        if (i != at && !ml_ci_less(&all[at].wall, &all[i].wall))
            return false;
    }
    return !all[at].metrics.gil.used &&
           diagnosis_speedup(&all[base], &all[at]) >= DIAGNOSIS_GAIN;
}

/* ---- the kind of work ---- */

static void diagnosis_waiting(struct ml_verdicts *verdicts,
                              const struct ml_candidate *base)
{
    const struct ml_run_metrics *metrics = &base->metrics;
    const double share = base->cpu_s / base->wall.median;
    const double files =
        metrics->seconds > 0
            ? (metrics->read_s + metrics->write_s) / metrics->seconds
            : 0;
    const struct ml_stage_metrics *stage = ml_diagnosis_computing(metrics);
    /* A run short of processors waits too, but not for files. */
    if (share >= DIAGNOSIS_WAITS || files < DIAGNOSIS_WAITS ||
        (stage && ml_diagnosis_workers(stage) > 1))
        return;
    struct ml_strbuf text = ml_diagnosis_begin(verdicts);
    ml_strbuf_add(
        &text,
        "%s used a processor %.0f %% of its time and waited the rest: "
        "waits can overlap, even on one processor.",
        base->label, 100 * share);
}

static void diagnosis_died(struct ml_verdicts *verdicts,
                           const struct ml_candidate *one)
{
    if (one->deaths == 0)
        return;
    struct ml_strbuf text = ml_diagnosis_begin(verdicts);
    ml_strbuf_add(&text,
                  "%s lost %llu worker process%s in its timed runs; its times "
                  "include the cost.",
                  one->label, (unsigned long long)one->deaths,
                  one->deaths > 1 ? "es" : "");
}

void ml_diagnosis_compare(struct ml_verdicts *verdicts,
                          const struct ml_candidate *candidates, size_t count,
                          size_t base)
{
    const bool enough = candidates[base].wall.count >= ML_CI_ENOUGH;
    if (count > 1)
        diagnosis_rank(verdicts, candidates, count, base);
    for (size_t i = 0; enough && i < count; i++) {
        if (i != base && diagnosis_represents(candidates, count, i) &&
            !diagnosis_is_ranked(candidates, count, base, i))
            diagnosis_against(verdicts, candidates, count, &candidates[base],
                              &candidates[i]);
    }
    for (size_t i = 0; enough && i < count; i++) {
        if (diagnosis_represents(candidates, count, i))
            diagnosis_processes(verdicts, candidates, count, &candidates[i]);
    }
    diagnosis_waiting(verdicts, &candidates[base]);
    for (size_t i = 0; i < count; i++)
        diagnosis_died(verdicts, &candidates[i]);
}
