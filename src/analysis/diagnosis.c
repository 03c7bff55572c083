/* diagnosis.c: what is to be said of one run: what limited it; see diagnosis.h,
 * and diagnosis_notes.c for what else there was. */
#include "analysis/diagnosis_internal.h"

#include <string.h>

/* "Nearly always". */
#define VERDICT_FULL 0.75
/* As much at work as the busiest, as far as such figures tell. */
#define VERDICT_AS_BUSY 0.8
#define VERDICT_EMPTY 0.75
/* Processors that were used so much of the time have no more to give. */
#define VERDICT_USED 0.8
/* A step that goes on so much of the time sets the pace. */
#define VERDICT_PACE 0.5

struct ml_strbuf ml_verdict_begin(struct ml_verdicts *verdicts)
{
    struct ml_strbuf text;
    const size_t at = verdicts->count < ML_VERDICTS_MAX ? verdicts->count++
                                                        : ML_VERDICTS_MAX - 1;
    ml_strbuf_open(&text, verdicts->sentences[at], ML_VERDICT_BYTES);
    return text;
}

static double verdict_percent(double share)
{
    return 100 * (share < 1 ? share : 1);
}

static bool verdict_does(const struct ml_stage_facts *stage, const char *step)
{
    return strstr(stage->steps, step) != NULL;
}

static bool verdict_computes(const struct ml_stage_facts *stage)
{
    return verdict_does(stage, "decode") || verdict_does(stage, "filter") ||
           verdict_does(stage, "encode");
}

const struct ml_stage_facts *ml_verdict_computing(const struct ml_facts *facts)
{
    for (size_t i = 0; i < facts->stage_count; i++) {
        if (verdict_does(&facts->stages[i], "decode"))
            return &facts->stages[i];
    }
    return NULL;
}

unsigned ml_verdict_workers(const struct ml_stage_facts *stage)
{
    return strcmp(stage->executor, "loop") == 0 ? 1 : stage->width;
}

/* Threads that compute under the lock. */
static unsigned verdict_rivals(const struct ml_facts *facts)
{
    unsigned rivals = 0;
    for (size_t i = 0; i < facts->stage_count; i++) {
        const struct ml_stage_facts *stage = &facts->stages[i];
        const bool locked = strcmp(stage->executor, "gil") == 0 ||
                            strcmp(stage->executor, "loop") == 0;
        if (locked && verdict_computes(stage))
            rivals += ml_verdict_workers(stage);
    }
    return rivals;
}

double ml_verdict_lock_held(const struct ml_facts *facts)
{
    const bool one = facts->gil.used && !facts->gil.each;
    const bool held = strcmp(facts->gil.policy, "release") != 0;
    return one && held && verdict_rivals(facts) > 1 && facts->seconds > 0
               ? facts->gil.hold_s / facts->seconds
               : 0;
}

double ml_verdict_lock_waited(const struct ml_facts *facts)
{
    const double all = facts->gil.threads * facts->seconds;
    return all > 0 ? facts->gil.wait_s / all : 0;
}

double ml_verdict_loop_blocked(const struct ml_facts *facts)
{
    return facts->seconds > 0 ? facts->loop.blocked_s / facts->seconds : 0;
}

unsigned ml_verdict_flight(const struct ml_facts *facts)
{
    const uint64_t inputs = facts->done + facts->failed;
    const unsigned width = facts->stages[0].width;
    return inputs < width ? (unsigned)inputs : width;
}

double ml_verdict_files(const struct ml_facts *facts)
{
    const struct ml_stage_facts *stage = &facts->stages[0];
    const double all = ml_verdict_flight(facts) * facts->seconds;
    const double files_s =
        facts->read_s + (verdict_does(stage, "write") ? facts->write_s : 0);
    return facts->stage_count > 0 && all > 0 ? files_s / all : 0;
}

/* ---- what limited it ---- */

static bool verdict_input_full(const struct ml_facts *facts, size_t stage)
{
    return stage == 0 || (facts->links[stage - 1].bounded &&
                          facts->links[stage - 1].full >= VERDICT_FULL);
}

static bool verdict_output_empty(const struct ml_facts *facts, size_t stage)
{
    return stage + 1 == facts->stage_count ||
           facts->links[stage].empty >= VERDICT_EMPTY;
}

static const struct ml_stage_facts *
verdict_busiest(const struct ml_facts *facts)
{
    const struct ml_stage_facts *most = &facts->stages[0];
    for (size_t i = 1; i < facts->stage_count; i++) {
        if (facts->stages[i].busy > most->busy)
            most = &facts->stages[i];
    }
    return most;
}

/* By the queues on both sides; -1: they do not tell.  A stage that others are
 * much busier than is not slow: the first link of a short run, for one, is
 * empty from its beginning to its end. */
static int verdict_slow_stage(const struct ml_facts *facts)
{
    const double enough = VERDICT_AS_BUSY * verdict_busiest(facts)->busy;
    int slow = -1;
    for (size_t i = 0; facts->stage_count > 1 && i < facts->stage_count; i++) {
        if (facts->stages[i].busy >= enough && verdict_input_full(facts, i) &&
            verdict_output_empty(facts, i) &&
            (slow < 0 || facts->stages[i].busy > facts->stages[slow].busy))
            slow = (int)i;
    }
    return slow;
}

/* What of the processors' time was used. */
static double verdict_used(const struct ml_facts *facts)
{
    return facts->processors > 0
               ? facts->cpu_s / facts->seconds / facts->processors
               : 0;
}

/* What lets the stage that reads have more files at one time. */
static const char *verdict_more_readers(const struct ml_facts *facts)
{
    const struct ml_stage_facts *stage = &facts->stages[0];
    if (facts->done + facts->failed <= stage->width)
        return "all were read at one time, so nothing more can overlap";
    if (!stage->by_readers)
        return "mode threads, with more --io, reads several at a time";
    return strcmp(stage->executor, "loop") == 0
               ? "--io lets it have more pictures in flight"
               : "--io gives it more threads";
}

/* What would help a stage that limits the run. */
static void verdict_remedy(const struct ml_facts *facts,
                           const struct ml_stage_facts *stage,
                           struct ml_strbuf *text)
{
    const double used = verdict_used(facts);
    const char *s = facts->processors > 1 ? "s" : "";
    if (!verdict_computes(stage))
        ml_strbuf_add(text, "%s",
                      verdict_does(stage, "read") ? verdict_more_readers(facts)
                                                  : "where outputs go is slow");
    else if (used >= VERDICT_USED)
        ml_strbuf_add(
            text,
            "the run used %u processor%s %.0f %% of the time, so only less "
            "work would help",
            facts->processors, s, verdict_percent(used));
    else if (facts->machine_busy >= VERDICT_USED)
        ml_strbuf_add(
            text,
            "the run used %u processor%s %.0f %% of the time, and others "
            "used them too",
            facts->processors, s, verdict_percent(used));
    else if (facts->done <= stage->width)
        ml_strbuf_add(
            text,
            "there were only %llu picture%s for %u workers; --inner lets one "
            "use more processors",
            (unsigned long long)facts->done, facts->done > 1 ? "s" : "",
            stage->width);
    else
        ml_strbuf_add(
            text,
            "the run used %u processor%s only %.0f %% of the time, so more "
            "workers than %u would help",
            facts->processors, s, verdict_percent(used), stage->width);
}

static void verdict_by_queues(struct ml_verdicts *verdicts,
                              const struct ml_facts *facts, size_t at)
{
    const struct ml_stage_facts *stage = &facts->stages[at];
    struct ml_strbuf text = ml_verdict_begin(verdicts);
    ml_strbuf_add(&text, "%s limits this run: ", stage->steps);
    if (at > 0)
        ml_strbuf_add(&text, "its input queue was full %.0f %% of the time",
                      verdict_percent(facts->links[at - 1].full));
    if (at + 1 < facts->stage_count)
        ml_strbuf_add(&text, "%s output queue%s empty %.0f %%%s",
                      at > 0 ? " and its" : "its", at > 0 ? "" : " was",
                      verdict_percent(facts->links[at].empty),
                      at > 0 ? "" : " of the time");
    ml_strbuf_add(&text, "; ");
    verdict_remedy(facts, stage, &text);
    ml_strbuf_add(&text, ".");
}

/* Decoding and encoding a picture are one thread's work each. */
static void verdict_inside(const struct ml_facts *facts, struct ml_strbuf *text)
{
    const double coding_s =
        facts->decode_s > facts->encode_s ? facts->decode_s : facts->encode_s;
    const double used = verdict_used(facts);
    if (coding_s >= facts->filter_s &&
        coding_s >= VERDICT_PACE * facts->seconds)
        ml_strbuf_add(text, "; %s sets the pace, which is one thread's work",
                      coding_s > facts->encode_s ? "decode" : "encode");
    ml_strbuf_add(text, "; the run used %u processor%s %.0f %% of the time",
                  facts->processors, facts->processors == 1 ? "" : "s",
                  verdict_percent(used));
    if (used < VERDICT_USED && facts->done > 1)
        ml_strbuf_add(text, ", and several pictures at a time (mode threads) "
                            "would use more");
}

/* One picture after the other: where the time went.  Steps of a picture go on
 * beside each other when there are threads inside it. */
static void verdict_inline(struct ml_verdicts *verdicts,
                           const struct ml_facts *facts)
{
    struct ml_strbuf text = ml_verdict_begin(verdicts);
    const bool inside = facts->inner > 1;
    const double all = facts->seconds / 100;
    const double files_s = facts->read_s + facts->write_s;
    const double computing =
        facts->decode_s + facts->filter_s + facts->encode_s;
    if (inside)
        ml_strbuf_add(
            &text,
            "One picture at a time, %u threads inside a large one: decode "
            "went on %.0f %% of the time, filter %.0f %%, encode %.0f %% "
            "(in a large one they overlap), reading and writing "
            "%.0f %%",
            facts->inner, facts->decode_s / all, facts->filter_s / all,
            facts->encode_s / all, files_s / all);
    else
        ml_strbuf_add(
            &text,
            "One thread did everything: of its time %.0f %% went into "
            "decode, %.0f %% into filter, %.0f %% into encode, %.0f %% "
            "into reading and writing",
            facts->decode_s / all, facts->filter_s / all, facts->encode_s / all,
            files_s / all);
    if (files_s > computing)
        ml_strbuf_add(&text,
                      "; mode threads with more --io, or async, overlaps "
                      "the waiting");
    else if (inside)
        verdict_inside(facts, &text);
    else if (facts->processors > 1 && facts->done > 1)
        ml_strbuf_add(&text, "; %u more processor%s could have helped",
                      facts->processors - 1, facts->processors > 2 ? "s" : "");
    ml_strbuf_add(&text, ".");
}

/* A loop that does all steps, and that computing did not block: whether files
 * held its pictures up. */
static void verdict_by_flight(struct ml_verdicts *verdicts,
                              const struct ml_facts *facts)
{
    const double files = ml_verdict_files(facts);
    struct ml_strbuf text = ml_verdict_begin(verdicts);
    ml_strbuf_add(&text,
                  "%s: up to %u in flight at one time waited for files %.0f %% "
                  "of it; computing blocked the loop %.0f %%",
                  files >= ML_VERDICT_FILES
                      ? "Files limit this run"
                      : "Neither files nor computing alone "
                        "limited this run",
                  ml_verdict_flight(facts), verdict_percent(files),
                  verdict_percent(ml_verdict_loop_blocked(facts)));
    if (files >= ML_VERDICT_FILES)
        ml_strbuf_add(&text, "; %s", verdict_more_readers(facts));
    ml_strbuf_add(&text, ".");
}

static void verdict_by_work(struct ml_verdicts *verdicts,
                            const struct ml_facts *facts)
{
    const struct ml_stage_facts *most = verdict_busiest(facts);
    struct ml_strbuf text = ml_verdict_begin(verdicts);
    ml_strbuf_add(&text, "%s was at work %.0f %% of the time", most->steps,
                  verdict_percent(most->busy));
    const uint64_t inputs = facts->done + facts->failed;
    if (most->busy < ML_VERDICT_BUSY && verdict_computes(most) &&
        inputs < most->width) {
        ml_strbuf_add(&text,
                      ", for there %s only %llu picture%s for its %u workers; "
                      "--inner lets one use more processors.",
                      inputs == 1 ? "was" : "were", (unsigned long long)inputs,
                      inputs == 1 ? "" : "s", most->width);
        return;
    }
    if (most->busy < ML_VERDICT_BUSY) {
        ml_strbuf_add(&text, ", and no other stage more: start and end of the "
                             "run, or waiting for a processor, limited it.");
        return;
    }
    ml_strbuf_add(&text, " and limited the run; ");
    verdict_remedy(facts, most, &text);
    ml_strbuf_add(&text, ".");
}

static void verdict_by_lock(struct ml_verdicts *verdicts,
                            const struct ml_facts *facts)
{
    struct ml_strbuf text = ml_verdict_begin(verdicts);
    ml_strbuf_add(
        &text,
        "The interpreter lock limits this run: it was held %.0f %% of "
        "the time, and its %u threads waited %.0f %% of theirs for it "
        "(%.2f s, added up); --gil release or mode processes lets "
        "several compute.",
        verdict_percent(ml_verdict_lock_held(facts)), facts->gil.threads,
        verdict_percent(ml_verdict_lock_waited(facts)), facts->gil.wait_s);
}

static void verdict_by_loop(struct ml_verdicts *verdicts,
                            const struct ml_facts *facts)
{
    struct ml_strbuf text = ml_verdict_begin(verdicts);
    ml_strbuf_add(
        &text,
        "Computing blocked the event loop %.0f %% of the time (%.2f s, "
        "up to %.0f ms at a time",
        verdict_percent(ml_verdict_loop_blocked(facts)), facts->loop.blocked_s,
        1e3 * facts->loop.slowest_s);
    if (facts->loop.slow > 0)
        ml_strbuf_add(&text, ", %llu times for 100 ms or more",
                      (unsigned long long)facts->loop.slow);
    ml_strbuf_add(&text,
                  "): nothing else %s meanwhile; mode hybrid computes "
                  "elsewhere.",
                  facts->stage_count == 1 ? "went on" : "on it went on");
}

/* `slow`: the stage that its queues tell of, or -1. */
static void verdict_limit(struct ml_verdicts *verdicts,
                          const struct ml_facts *facts, int slow)
{
    if (facts->stage_count == 0 || facts->seconds <= 0)
        return;
    if (strcmp(facts->stages[0].executor, "inline") == 0)
        verdict_inline(verdicts, facts);
    else if (ml_verdict_lock_held(facts) >= ML_VERDICT_LOCK)
        verdict_by_lock(verdicts, facts);
    else if (ml_verdict_loop_blocked(facts) >= ML_VERDICT_LOOP)
        verdict_by_loop(verdicts, facts);
    else if (facts->stage_count == 1 &&
             strcmp(facts->stages[0].executor, "loop") == 0)
        verdict_by_flight(verdicts, facts);
    else if (slow >= 0)
        verdict_by_queues(verdicts, facts, (size_t)slow);
    else
        verdict_by_work(verdicts, facts);
}

void ml_verdict_run(struct ml_verdicts *verdicts, const struct ml_facts *facts)
{
    const int slow = verdict_slow_stage(facts);
    const struct ml_stage_facts *stage =
        slow >= 0 ? &facts->stages[slow] : verdict_busiest(facts);
    ml_verdict_pool(verdicts, facts);
    if (!facts->pool.broken) /* which is what ended it */
        verdict_limit(verdicts, facts, slow);
    ml_verdict_spent(verdicts, facts, stage->steps);
    ml_verdict_also(verdicts, facts);
}
