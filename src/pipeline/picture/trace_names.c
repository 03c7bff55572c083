/* trace_names.c: see trace_names.h. */
#include "pipeline/picture/trace_names.h"

static void spans_stage(struct ml_strbuf *text,
                        const struct ml_plan_stage *stage)
{
    for (unsigned s = stage->first; s <= (unsigned)stage->last; s++)
        ml_strbuf_add(text, "%s%s", s > (unsigned)stage->first ? "," : "",
                      ml_step_name((enum ml_step)s));
}

static void spans_name_links(struct ml_trace *trace, const struct ml_plan *plan)
{
    char name[ML_TRACE_NAME];
    for (size_t i = 0; i + 1 < plan->count; i++) {
        struct ml_strbuf text;
        ml_strbuf_open(&text, name, sizeof name);
        ml_strbuf_add(&text, "jobs for ");
        spans_stage(&text, &plan->stages[i + 1]);
        ml_trace_name_cause(trace, (uint16_t)(ML_CAUSE_READY + i), name);
        ml_strbuf_open(&text, name, sizeof name);
        ml_strbuf_add(&text, "slots behind ");
        spans_stage(&text, &plan->stages[i]);
        ml_trace_name_cause(trace, (uint16_t)(ML_CAUSE_SLOT + i), name);
    }
}

void ml_spans_name(struct ml_trace *trace, const struct ml_plan *plan,
                   const struct ml_chain *chain)
{
    static const char *const names[] = {
        [ML_CAUSE_COMMAND] = "a command",
        [ML_CAUSE_EVENT] = "anything to do",
        [ML_CAUSE_JOB] = "a free job",
        [ML_CAUSE_ENDS] = "the lock of taking and telling jobs",
        [ML_CAUSE_INPUT_MEMORY] = "memory for files",
        [ML_CAUSE_WORK_MEMORY] = "memory for pictures",
        [ML_CAUSE_INTERPRETER] = "the interpreter lock",
        [ML_CAUSE_STRIP] = "a strip of the picture",
        [ML_CAUSE_INPUT_BUDGET] = "memory for files, at most",
        [ML_CAUSE_WORK_BUDGET] = "memory for pictures, at most",
    };
    char name[ML_TRACE_NAME];
    for (size_t i = 1; i < sizeof names / sizeof *names; i++)
        ml_trace_name_cause(trace, (uint16_t)i, names[i]);
    spans_name_links(trace, plan);
    for (size_t i = 0; i < chain->count; i++) {
        struct ml_strbuf text;
        ml_strbuf_open(&text, name, sizeof name);
        ml_chain_print(&chain->items[i], &text);
        ml_trace_name_cause(trace, (uint16_t)(ML_CAUSE_FILTER + i), name);
    }
}

void ml_spans_worker_name(char name[ML_TRACE_NAME],
                          const struct ml_plan_stage *stage, unsigned number,
                          unsigned which)
{
    static const char *const io[ML_SPAN_TRACKS] = {"", " ahead", " behind"};
    struct ml_strbuf text;
    ml_strbuf_open(&text, name, ML_TRACE_NAME);
    spans_stage(&text, stage);
    ml_strbuf_add(&text, " %u%s", number + 1, io[which]);
}
