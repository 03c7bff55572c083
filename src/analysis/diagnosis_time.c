/* diagnosis_time.c: what the spans of a run's threads and workers say; see
 * diagnosis.h. */
#include "analysis/diagnosis_internal.h"

#include <string.h>

/* Shares of their time that are worth a word: in an account of all of it; of
 * waiting for a lock or for memory; of copying. */
#define SPENT_TOLD 0.01
#define SPENT_LOCK 0.1
#define SPENT_COPY 0.05

/* As parts of "... % on ...". */
static const char *const spent_names[ML_TRACE_KINDS] = {
    [ML_TRACE_READ] = "read",
    [ML_TRACE_DECODE] = "decode",
    [ML_TRACE_FILTER] = "filter",
    [ML_TRACE_ENCODE] = "encode",
    [ML_TRACE_WRITE] = "write",
    [ML_TRACE_COPY] = "copying",
    [ML_TRACE_QUEUE] = "waiting for queues",
    [ML_TRACE_LOCK] = "waiting for locks and memory",
    [ML_TRACE_GIL] = "waiting for the interpreter lock",
    [ML_TRACE_START] = "starting",
    [ML_TRACE_IDLE] = "nothing",
};

/* In the order of a picture's trip, then waits. */
static void spent_account(struct ml_verdicts *verdicts,
                          const struct ml_spent_facts *spent)
{
    static const enum ml_trace_kind order[] = {
        ML_TRACE_READ,  ML_TRACE_DECODE, ML_TRACE_FILTER, ML_TRACE_ENCODE,
        ML_TRACE_WRITE, ML_TRACE_COPY,   ML_TRACE_QUEUE,  ML_TRACE_LOCK,
        ML_TRACE_GIL,   ML_TRACE_START,  ML_TRACE_IDLE};
    const bool loop = strcmp(spent->who, "loop") == 0;
    const bool inside = loop && spent->tracks > 1;
    const char *whose = loop && !inside ? " of its time" : " of their time";
    struct ml_strbuf text = ml_verdict_begin(verdicts);
    unsigned told = 0;
    if (loop)
        ml_strbuf_add(&text, "The loop%s spent",
                      inside ? " and the threads inside its pictures" : "");
    else
        ml_strbuf_add(&text, "The workers of %s spent", spent->who);
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        const double share = spent->share[order[i]];
        if (share < SPENT_TOLD)
            continue;
        const bool strips =
            order[i] == ML_TRACE_QUEUE && strstr(spent->cause, "strip");
        ml_strbuf_add(&text, "%s %.0f %%%s on %s", told > 0 ? "," : "",
                      100 * share, told > 0 ? "" : whose,
                      strips ? "waiting for strips of their picture"
                             : spent_names[order[i]]);
        told++;
    }
    ml_strbuf_add(&text, ".");
}

/* Anybody who waits long for a lock, or for memory to be free. */
static void spent_locks(struct ml_verdicts *verdicts,
                        const struct ml_spent_facts *spent)
{
    if (spent->share[ML_TRACE_LOCK] < SPENT_LOCK)
        return;
    struct ml_strbuf text = ml_verdict_begin(verdicts);
    ml_strbuf_add(&text,
                  "%s waited %.0f %% of its time for locks and memory, longest "
                  "for %s%s.",
                  spent->who, 100 * spent->share[ML_TRACE_LOCK], spent->cause,
                  strstr(spent->cause, "memory") ? "; --memory allows more"
                                                 : "");
}

/* Those of the stage, if it computes; else those who compute most. */
static const struct ml_spent_facts *spent_of(const struct ml_facts *facts,
                                             const char *steps)
{
    const bool computes = strstr(steps, "decode") || strstr(steps, "filter") ||
                          strstr(steps, "encode");
    for (size_t i = 0; computes && i < facts->spent_count; i++) {
        if (strcmp(facts->spent[i].who, steps) == 0)
            return &facts->spent[i];
    }
    return ml_facts_computing(facts);
}

void ml_verdict_spent(struct ml_verdicts *verdicts,
                      const struct ml_facts *facts, const char *steps)
{
    const struct ml_spent_facts *most = spent_of(facts, steps);
    if (!most)
        return;
    /* Of one thread its steps say as much. */
    if (strcmp(facts->stages[0].executor, "inline") != 0)
        spent_account(verdicts, most);
    for (size_t i = 0; i < facts->spent_count; i++)
        spent_locks(verdicts, &facts->spent[i]);
}

double ml_verdict_copying(const struct ml_facts *facts)
{
    const struct ml_spent_facts *most = ml_facts_computing(facts);
    return most && most->share[ML_TRACE_COPY] >= SPENT_COPY
               ? most->share[ML_TRACE_COPY]
               : 0;
}
