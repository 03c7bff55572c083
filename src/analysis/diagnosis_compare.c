/* diagnosis_compare.c: what is to be said of several configurations; see
 * diagnosis.h. */
#include "analysis/diagnosis_internal.h"

#include <string.h>

/* Less than this is no gain, even when it can be told from nothing. */
#define VERDICT_GAIN 1.1
/* A base that used a processor less than this of its time waited. */
#define VERDICT_WAITS 0.5
/* Who computes waits some, in any run: for the first picture and the last. */
#define VERDICT_WAITED 0.2
#define VERDICT_STARTS 0.1 /* of a run: worth a word */
#define VERDICT_SMALL 1    /* megapixels of a picture */
#define VERDICT_NAMES 6    /* in one sentence */

static double verdict_speedup(const struct ml_contender *base,
                              const struct ml_contender *one)
{
    return base->wall.median / one->wall.median;
}

/* ---- ranking ---- */

static size_t verdict_fastest(const struct ml_contender *all, size_t count)
{
    size_t fastest = 0;
    for (size_t i = 1; i < count; i++) {
        if (all[i].wall.median < all[fastest].wall.median)
            fastest = i;
    }
    return fastest;
}

/* Those that cannot be told from the fastest: `peers` of them. */
static void verdict_name_peers(struct ml_strbuf *text,
                               const struct ml_contender *all, size_t count,
                               size_t fastest, size_t peers)
{
    size_t named = 0;
    for (size_t i = 0; i < count && named < VERDICT_NAMES; i++) {
        if (i == fastest || ml_interval_apart(&all[i].wall, &all[fastest].wall))
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

static void verdict_rank(struct ml_verdicts *verdicts,
                         const struct ml_contender *all, size_t count,
                         size_t base)
{
    const size_t fastest = verdict_fastest(all, count);
    struct ml_strbuf text = ml_verdict_begin(verdicts);
    size_t peers = 0;
    if (all[base].wall.count < ML_INTERVAL_ENOUGH) {
        ml_strbuf_add(&text,
                      "Nothing is ranked: %zu repetition%s cannot tell apart "
                      "what differs by chance; --repeat %d or more.",
                      all[base].wall.count, all[base].wall.count > 1 ? "s" : "",
                      ML_INTERVAL_ENOUGH);
        return;
    }
    for (size_t i = 0; i < count; i++)
        peers += i != fastest &&
                 !ml_interval_apart(&all[i].wall, &all[fastest].wall);
    ml_strbuf_add(&text, "%s %s", all[fastest].label,
                  peers > 0 ? "had the shortest median" : "is the fastest");
    if (ml_interval_below(&all[fastest].wall, &all[base].wall))
        ml_strbuf_add(&text, ", about %.2f times as fast as %s",
                      verdict_speedup(&all[base], &all[fastest]),
                      all[base].label);
    if (peers > 0) {
        ml_strbuf_add(&text, "; ");
        verdict_name_peers(&text, all, count, fastest, peers);
        ml_strbuf_add(&text, " cannot be told from it here: the intervals "
                             "overlap");
    }
    ml_strbuf_add(&text, ".");
}

/* ---- each mode against the base ---- */

/* By its executor: true when that is the reason. */
static bool verdict_reason_executor(struct ml_strbuf *text,
                                    const struct ml_facts *facts)
{
    const double held = ml_verdict_lock_held(facts);
    const double blocked = ml_verdict_loop_blocked(facts);
    if (held >= ML_VERDICT_LOCK)
        ml_strbuf_add(
            text,
            "; the interpreter lock was held %.0f %% of the time, and "
            "its threads waited for it %.0f %% of theirs: one computed "
            "at a time",
            100 * (held < 1 ? held : 1), 100 * ml_verdict_lock_waited(facts));
    else if (blocked >= ML_VERDICT_LOOP)
        ml_strbuf_add(text,
                      "; computing blocked its event loop %.0f %% of the time",
                      100 * (blocked < 1 ? blocked : 1));
    return held >= ML_VERDICT_LOCK || blocked >= ML_VERDICT_LOOP;
}

static void verdict_reason_copies(struct ml_strbuf *text,
                                  const struct ml_facts *facts)
{
    ml_strbuf_add(text, "; %.1f MB were copied between processes",
                  (double)facts->bytes_copied / 1e6);
    if (ml_verdict_copying(facts) > 0)
        ml_strbuf_add(text, ", which took %.0f %% of its workers' time",
                      100 * ml_verdict_copying(facts));
}

/* What its spans say, when they say something. */
static void verdict_reason_waits(struct ml_strbuf *text,
                                 const struct ml_facts *facts)
{
    const struct ml_spent_facts *most = ml_facts_computing(facts);
    const double waiting = most ? ml_spent_waiting(most) : 0;
    if (waiting < VERDICT_WAITED)
        return;
    ml_strbuf_add(text,
                  "; its workers waited or had nothing to do %.0f %% of "
                  "their time",
                  100 * waiting);
    if (most->cause[0] && most->cause_share >= VERDICT_WAITED / 2)
        ml_strbuf_add(text, ", longest for %s", most->cause);
}

/* Are files what it waits for?  Readers may also be busy for workers that are
 * busier. */
static bool verdict_starves(const struct ml_facts *facts)
{
    const struct ml_stage_facts *stage = ml_verdict_computing(facts);
    return ml_verdict_files(facts) >= ML_VERDICT_FILES &&
           (facts->stage_count == 1 || !stage || stage->busy < ML_VERDICT_BUSY);
}

/* Why it gains no more: the first of these that its numbers show. */
static void verdict_reason(struct ml_strbuf *text,
                           const struct ml_contender *one)
{
    const struct ml_facts *facts = &one->facts;
    const struct ml_stage_facts *stage = ml_verdict_computing(facts);
    const unsigned workers = stage ? ml_verdict_workers(stage) : 1;
    if (facts->processors == 1 && workers > 1)
        ml_strbuf_add(text, "; there is one processor");
    else if (facts->done < workers)
        ml_strbuf_add(text, "; there %s %llu picture%s for %u workers",
                      facts->done > 1 ? "are" : "is",
                      (unsigned long long)facts->done,
                      facts->done > 1 ? "s" : "", workers);
    else if (verdict_reason_executor(text, facts))
        return;
    else if (verdict_starves(facts))
        ml_strbuf_add(text,
                      "; it waited for files %.0f %% of its time, %u at a time",
                      100 * ml_verdict_files(facts), ml_verdict_flight(facts));
    else if (facts->start_max_s > 0.2 * facts->seconds)
        ml_strbuf_add(text, "; starting its workers took %.0f ms of %.0f ms",
                      1e3 * facts->start_max_s, 1e3 * facts->seconds);
    else if (facts->tail_s > 0.2 * facts->seconds && facts->done > 1)
        ml_strbuf_add(text,
                      "; one picture alone was in work in the last %.2f s",
                      facts->tail_s);
    else if (facts->processors > 0 && workers > facts->processors)
        ml_strbuf_add(text, "; %u workers share %u processors", workers,
                      facts->processors);
    else if (facts->inner > 1 && one->width > 1 && workers == 1)
        ml_strbuf_add(text,
                      "; %u threads inside a picture share only a part of its "
                      "work",
                      facts->inner);
    else if (facts->bytes_copied > 0)
        verdict_reason_copies(text, facts);
    else
        verdict_reason_waits(text, facts);
}

/* The same work at the same width in processes, when that is faster. */
static void verdict_instead(struct ml_strbuf *text,
                            const struct ml_contender *all, size_t count,
                            const struct ml_contender *one)
{
    if (ml_verdict_lock_held(&one->facts) < ML_VERDICT_LOCK)
        return;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(all[i].mode, "processes") != 0 ||
            all[i].width != one->width ||
            !ml_interval_below(&all[i].wall, &one->wall))
            continue;
        ml_strbuf_add(text, "; the same work took %.2f times as long in %s",
                      all[i].wall.median / one->wall.median, all[i].label);
        return;
    }
}

static void verdict_against(struct ml_verdicts *verdicts,
                            const struct ml_contender *all, size_t count,
                            const struct ml_contender *base,
                            const struct ml_contender *one)
{
    const double speedup = verdict_speedup(base, one);
    const bool faster = ml_interval_below(&one->wall, &base->wall);
    const bool gains = faster && speedup >= VERDICT_GAIN;
    struct ml_strbuf text = ml_verdict_begin(verdicts);
    ml_strbuf_add(&text, "%s", one->label);
    if (one->facts.gil.used && strcmp(one->facts.gil.policy, "release") == 0)
        ml_strbuf_add(&text, ", the lock released while it computes,");
    if (ml_interval_below(&base->wall, &one->wall))
        ml_strbuf_add(&text, " takes %.2f times as long as %s", 1 / speedup,
                      base->label);
    else if (!faster)
        ml_strbuf_add(&text, " cannot be told from %s (%.2f times as fast)",
                      base->label, speedup);
    else if (!gains)
        ml_strbuf_add(&text,
                      " gains next to nothing over %s (%.2f times as fast)",
                      base->label, speedup);
    else
        ml_strbuf_add(&text, " is %.2f times as fast as %s", speedup,
                      base->label);
    if (!gains) {
        verdict_reason(&text, one);
        verdict_instead(&text, all, count, one);
    }
    ml_strbuf_add(&text, ".");
}

/* As many threads as `one` has processes, when they are faster; or NULL. */
static const struct ml_contender *
verdict_faster_threads(const struct ml_contender *all, size_t count,
                       const struct ml_contender *one)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(all[i].mode, "threads") == 0 && all[i].width == one->width &&
            ml_interval_below(&all[i].wall, &one->wall))
            return &all[i];
    }
    return NULL;
}

/* Processes that lose to threads, by what they do in addition. */
static void verdict_processes(struct ml_verdicts *verdicts,
                              const struct ml_contender *all, size_t count,
                              const struct ml_contender *one)
{
    const struct ml_facts *facts = &one->facts;
    const struct ml_contender *threads =
        verdict_faster_threads(all, count, one);
    const double copying = ml_verdict_copying(facts);
    const bool starts = facts->start_max_s >= VERDICT_STARTS * facts->seconds;
    if (strcmp(one->mode, "processes") != 0 || !threads || facts->done == 0 ||
        (copying <= 0 && !starts))
        return;
    const double megapixels =
        (double)facts->pixels_in / (double)facts->done / 1e6;
    struct ml_strbuf text = ml_verdict_begin(verdicts);
    ml_strbuf_add(&text, "%s took %.2f times as long as %s: ", one->label,
                  one->wall.median / threads->wall.median, threads->label);
    if (copying > 0)
        ml_strbuf_add(&text,
                      "%.0f %% of its workers' time was copying (%.1f MB)",
                      100 * copying, (double)facts->bytes_copied / 1e6);
    else
        ml_strbuf_add(&text, "starting a worker took up to %.0f ms of %.0f ms",
                      1e3 * facts->start_max_s, 1e3 * facts->seconds);
    if (megapixels < VERDICT_SMALL)
        ml_strbuf_add(&text, "; pictures are small (%.2f MP on average)",
                      megapixels);
    ml_strbuf_add(&text, ".");
}

/* One of each mode speaks for it: the widest that has a processor for each
 * worker, or when all are wider, the narrowest. */
static bool verdict_speaks(const struct ml_contender *all, size_t count,
                           size_t at)
{
    const struct ml_contender *one = &all[at];
    const unsigned room = one->facts.processors;
    for (size_t i = 0; i < count; i++) {
        const unsigned width = all[i].width;
        if (i == at || strcmp(all[i].mode, one->mode) != 0)
            continue;
        if (one->width <= room ? width > one->width && width <= room
                               : width < one->width)
            return false;
    }
    return true;
}

/* Is it the one fastest, whose gain the ranking has told? */
static bool verdict_is_told(const struct ml_contender *all, size_t count,
                            size_t base, size_t at)
{
    for (size_t i = 0; i < count; i++) {
        if (i != at && !ml_interval_below(&all[at].wall, &all[i].wall))
            return false;
    }
    return !all[at].facts.gil.used &&
           verdict_speedup(&all[base], &all[at]) >= VERDICT_GAIN;
}

/* ---- the kind of work ---- */

static void verdict_waiting(struct ml_verdicts *verdicts,
                            const struct ml_contender *base)
{
    const struct ml_facts *facts = &base->facts;
    const double share = base->cpu_s / base->wall.median;
    const double files = facts->seconds > 0
                             ? (facts->read_s + facts->write_s) / facts->seconds
                             : 0;
    const struct ml_stage_facts *stage = ml_verdict_computing(facts);
    /* Who is short of a processor only waits too, but not for files. */
    if (share >= VERDICT_WAITS || files < VERDICT_WAITS ||
        (stage && ml_verdict_workers(stage) > 1))
        return;
    struct ml_strbuf text = ml_verdict_begin(verdicts);
    ml_strbuf_add(&text,
                  "%s used a processor %.0f %% of its time and waited for the "
                  "rest: this work waits, and what waits can overlap, on one "
                  "processor too.",
                  base->label, 100 * share);
}

static void verdict_died(struct ml_verdicts *verdicts,
                         const struct ml_contender *one)
{
    if (one->deaths == 0)
        return;
    struct ml_strbuf text = ml_verdict_begin(verdicts);
    ml_strbuf_add(&text,
                  "%s lost %llu worker process%s in its timed runs: what that "
                  "cost is in its times.",
                  one->label, (unsigned long long)one->deaths,
                  one->deaths > 1 ? "es" : "");
}

void ml_verdict_compare(struct ml_verdicts *verdicts,
                        const struct ml_contender *contenders, size_t count,
                        size_t base)
{
    const bool enough = contenders[base].wall.count >= ML_INTERVAL_ENOUGH;
    if (count > 1)
        verdict_rank(verdicts, contenders, count, base);
    for (size_t i = 0; enough && i < count; i++) {
        if (i != base && verdict_speaks(contenders, count, i) &&
            !verdict_is_told(contenders, count, base, i))
            verdict_against(verdicts, contenders, count, &contenders[base],
                            &contenders[i]);
    }
    for (size_t i = 0; enough && i < count; i++) {
        if (verdict_speaks(contenders, count, i))
            verdict_processes(verdicts, contenders, count, &contenders[i]);
    }
    verdict_waiting(verdicts, &contenders[base]);
    for (size_t i = 0; i < count; i++)
        verdict_died(verdicts, &contenders[i]);
}
