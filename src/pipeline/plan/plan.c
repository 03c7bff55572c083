/* plan.c: see plan.h. */
#include "pipeline/plan/plan.h"

#include <string.h>

#define PLAN_WORD_MAX 32

static const struct ml_mode plan_modes[] = {
    {.name = "serial",
     .plan = "read,decode,filter,encode,write@inline",
     .shows = "the baseline: one thread does everything"},
    {.name = "threads",
     .plan = "read@threads:R | decode,filter,encode@threads:N | "
             "write@threads:1",
     .shows = "shared memory, bounded queues, locks"},
    {.name = "processes",
     .plan = "read@threads:R | decode,filter,encode@processes:N | "
             "write@threads:1",
     .shows = "true parallelism and fault isolation (default)"},
    {.name = "gil",
     .plan = "read@gil:R | decode,filter,encode@gil:N | write@gil:1",
     .shows =
         "threads under Python's lock: waiting overlaps, computing does not"},
    {.name = "stages",
     .plan = "read@threads:1 | decode@threads:1 | filter@threads:1 | "
             "encode@threads:1 | write@threads:1",
     .shows = "the assembly line: the slowest station sets the pace"},
    {.name = "async",
     .plan = "read,decode,filter,encode,write@loop",
     .shows =
         "cooperative switching: reading overlaps, computing blocks the loop"},
    {.name = "hybrid",
     .plan = "read@loop | decode,filter,encode@processes:N | write@loop",
     .shows = "an event loop whose computing runs in worker processes"},
    {.name = "hybrid-threads",
     .plan = "read@loop | decode,filter,encode@threads:N | write@loop",
     .shows = "an event loop whose computing runs in threads"},
    {.name = "hybrid-gil",
     .plan = "read@loop | decode,filter,encode@gil:N | write@loop",
     .shows =
         "an event loop that shares Python's lock with its computing threads"},
    {.name = "openmp",
     .plan = "read,decode,filter,encode,write@inline",
     .shows = "several threads for each large picture, one picture at a time",
     .within_picture = true},
};

static const char *const plan_executors[ML_EXECUTOR_COUNT] = {
    "inline", "threads", "processes", "gil", "loop"};

const struct ml_mode *ml_modes(size_t *count_out)
{
    *count_out = sizeof plan_modes / sizeof *plan_modes;
    return plan_modes;
}

const struct ml_mode *ml_mode_find(const char *name)
{
    for (size_t i = 0; i < sizeof plan_modes / sizeof *plan_modes; i++) {
        if (strcmp(plan_modes[i].name, name) == 0)
            return &plan_modes[i];
    }
    return NULL;
}

const char *ml_executor_name(enum ml_executor_kind executor)
{
    return plan_executors[executor];
}

/* ---- parsing ---- */

struct plan_reader {
    const char *at;
    unsigned jobs, readers;
    struct ml_error *err;
};

static void plan_skip_blanks(struct plan_reader *reader)
{
    reader->at += strspn(reader->at, " \t");
}

/* Skip `mark`, with the blanks around it, if it comes next. */
static bool plan_take(struct plan_reader *reader, char mark)
{
    plan_skip_blanks(reader);
    if (*reader->at != mark)
        return false;
    reader->at++;
    plan_skip_blanks(reader);
    return true;
}

/* Fail: the text goes on with something else, or ends. */
static enum ml_status plan_expected(const struct plan_reader *reader,
                                    const char *wanted, const char *remedy)
{
    const char *before = *reader->at ? " before \"" : " at its end";
    return ml_fail(reader->err, ML_ERR_USAGE, "cannot parse the plan", remedy,
                   "%s expected%s%.40s%s", wanted, before, reader->at,
                   *reader->at ? "\"" : "");
}

static enum ml_status plan_word(struct plan_reader *reader,
                                char word[PLAN_WORD_MAX], const char *wanted)
{
    plan_skip_blanks(reader);
    const size_t length = strcspn(reader->at, ",@:| \t");
    if (length == 0 || length >= PLAN_WORD_MAX)
        return plan_expected(reader, wanted,
                             "write it like read@threads:2 | "
                             "decode,filter,encode@processes:4 | "
                             "write@threads:1");
    memcpy(word, reader->at, length);
    word[length] = '\0';
    reader->at += length;
    return ML_OK;
}

static int plan_index(const char *word, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(word, names[i]) == 0)
            return (int)i;
    }
    return -1;
}

/* Fail on an unknown name; the remedy is the closest known one. */
static enum ml_status plan_unknown(struct plan_reader *reader, const char *kind,
                                   const char *word, const char *const *names,
                                   size_t count)
{
    const char *nearest = ml_closest_match(word, names, count);
    char remedy[PLAN_WORD_MAX + 32];
    struct ml_strbuf text;
    ml_strbuf_open(&text, remedy, sizeof remedy);
    ml_strbuf_add(&text, "did you mean %s?", nearest ? nearest : names[0]);
    return ml_fail(reader->err, ML_ERR_USAGE, "unknown name in the plan",
                   remedy, "no %s is called \"%s\"", kind, word);
}

static enum ml_status plan_steps(struct plan_reader *reader,
                                 struct ml_plan_stage *stage,
                                 unsigned *next_step)
{
    const char *names[ML_STEP_COUNT];
    for (unsigned i = 0; i < ML_STEP_COUNT; i++)
        names[i] = ml_step_name((enum ml_step)i);
    stage->first = (enum ml_step) * next_step;
    do {
        char word[PLAN_WORD_MAX];
        if (plan_word(reader, word, "a step") != ML_OK)
            return ML_ERR_USAGE;
        const int step = plan_index(word, names, ML_STEP_COUNT);
        if (step < 0)
            return plan_unknown(reader, "step", word, names, ML_STEP_COUNT);
        if ((unsigned)step != *next_step)
            return ml_fail(reader->err, ML_ERR_USAGE,
                           "the steps of the plan are out of order",
                           "name read, decode, filter, encode, write in this "
                           "order, each once",
                           "%s where %s was expected", word,
                           *next_step < ML_STEP_COUNT ? names[*next_step]
                                                      : "the end");
        stage->last = (enum ml_step)step;
        *next_step += 1;
    } while (plan_take(reader, ','));
    return ML_OK;
}

static unsigned plan_readers(const struct plan_reader *reader,
                             const struct ml_plan_stage *stage)
{
    if (reader->readers > 0)
        return reader->readers;
    return stage->executor == ML_LOOP ? ML_LOOP_IN_FLIGHT : ML_READERS;
}

/* Without a number the width is 1; of a loop stage that reads or writes, the
 * number of readers. */
static void plan_default_width(const struct plan_reader *reader,
                               struct ml_plan_stage *stage)
{
    const bool waits = ml_stage_does(stage, ML_STEP_READ) ||
                       ml_stage_does(stage, ML_STEP_WRITE);
    stage->by_readers = stage->executor == ML_LOOP && waits;
    stage->width = stage->by_readers ? plan_readers(reader, stage) : 1;
}

static enum ml_status plan_width(struct plan_reader *reader,
                                 struct ml_plan_stage *stage)
{
    char word[PLAN_WORD_MAX];
    uint64_t width;
    if (plan_word(reader, word, "a width") != ML_OK)
        return ML_ERR_USAGE;
    stage->by_readers = strcmp(word, "R") == 0;
    if (strcmp(word, "N") == 0)
        width = reader->jobs;
    else if (stage->by_readers)
        width = plan_readers(reader, stage);
    else if (!ml_parse_u64(word, &width))
        width = 0;
    if (width < 1 || width > ML_WIDTH_MAX)
        return ml_fail(reader->err, ML_ERR_USAGE, "invalid width in the plan",
                       "give a number from 1 to 256", "%s@%s:%s",
                       ml_step_name(stage->first),
                       ml_executor_name(stage->executor), word);
    stage->width = (unsigned)width;
    return ML_OK;
}

static enum ml_status plan_executor(struct plan_reader *reader,
                                    struct ml_plan_stage *stage)
{
    char word[PLAN_WORD_MAX];
    if (!plan_take(reader, '@'))
        return plan_expected(reader, "@",
                             "add @inline, @threads:N, @gil:N, @processes:N or "
                             "@loop");
    if (plan_word(reader, word, "an executor") != ML_OK)
        return ML_ERR_USAGE;
    const int executor = plan_index(word, plan_executors, ML_EXECUTOR_COUNT);
    if (executor < 0)
        return plan_unknown(reader, "executor", word, plan_executors,
                            ML_EXECUTOR_COUNT);
    stage->executor = (enum ml_executor_kind)executor;
    plan_default_width(reader, stage);
    if (!plan_take(reader, ':'))
        return ML_OK;
    if (stage->executor == ML_INLINE)
        return ml_fail(reader->err, ML_ERR_USAGE, "inline has no width",
                       "omit the number", "it runs in the calling thread");
    return plan_width(reader, stage);
}

static enum ml_status plan_check(const struct ml_plan *plan,
                                 struct ml_error *err)
{
    size_t inline_count = 0;
    for (size_t i = 0; i < plan->count; i++) {
        const struct ml_plan_stage *stage = &plan->stages[i];
        inline_count += stage->executor == ML_INLINE;
        if (stage->executor == ML_PROCESSES &&
            (ml_stage_does(stage, ML_STEP_READ) ||
             ml_stage_does(stage, ML_STEP_WRITE)))
            return ml_fail(err, ML_ERR_USAGE,
                           "worker processes cannot read or write files",
                           "put read and write into stages of threads or "
                           "of the loop",
                           "a worker process opens no file");
    }
    if (inline_count != 0 && inline_count != plan->count)
        return ml_fail(
            err, ML_ERR_USAGE, "inline cannot be combined with other executors",
            "use threads:1 for a stage of one thread",
            "%zu of %zu stages are inline", inline_count, plan->count);
    return ML_OK;
}

enum ml_status ml_plan_parse(struct ml_plan *plan, const char *text,
                             unsigned jobs, unsigned readers,
                             struct ml_error *err)
{
    struct plan_reader reader = {
        .at = text, .jobs = jobs, .readers = readers, .err = err};
    unsigned next_step = 0;
    memset(plan, 0, sizeof *plan);
    do {
        /* stages[] cannot overflow: each stage has a step, or parsing fails. */
        struct ml_plan_stage stage = {0};
        if (plan_steps(&reader, &stage, &next_step) != ML_OK ||
            plan_executor(&reader, &stage) != ML_OK)
            return ML_ERR_USAGE;
        plan->stages[plan->count++] = stage;
    } while (plan_take(&reader, '|'));
    if (*reader.at != '\0')
        return ml_fail(err, ML_ERR_USAGE, "cannot parse the plan",
                       "join stages with |", "unexpected text: \"%.40s\"",
                       reader.at);
    if (next_step != ML_STEP_COUNT)
        return ml_fail(err, ML_ERR_USAGE, "the plan lacks a step",
                       "name read, decode, filter, encode, write in this "
                       "order, each once",
                       "%s is missing", ml_step_name((enum ml_step)next_step));
    return plan_check(plan, err);
}

void ml_plan_print(const struct ml_plan *plan, struct ml_strbuf *text)
{
    for (size_t i = 0; i < plan->count; i++) {
        const struct ml_plan_stage *stage = &plan->stages[i];
        ml_strbuf_add(text, "%s", i > 0 ? " | " : "");
        for (unsigned s = stage->first; s <= (unsigned)stage->last; s++)
            ml_strbuf_add(text, "%s%s", s > (unsigned)stage->first ? "," : "",
                          ml_step_name((enum ml_step)s));
        ml_strbuf_add(text, "@%s", ml_executor_name(stage->executor));
        if (stage->executor != ML_INLINE)
            ml_strbuf_add(text, ":%u", stage->width);
    }
}
