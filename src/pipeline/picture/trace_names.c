/* trace_names.c: see trace_names.h. */
#include "pipeline/picture/trace_names.h"

static void names_stage(struct ml_strbuf *text,
                        const struct ml_plan_stage *stage)
{
    for (unsigned s = stage->first; s <= (unsigned)stage->last; s++)
        ml_strbuf_add(text, "%s%s", s > (unsigned)stage->first ? "," : "",
                      ml_step_name((enum ml_step)s));
}

static void names_name_links(struct ml_trace *trace, const struct ml_plan *plan)
{
    char name[ML_TRACE_NAME];
    for (size_t i = 0; i + 1 < plan->count; i++) {
        struct ml_strbuf text;
        ml_strbuf_open(&text, name, sizeof name);
        ml_strbuf_add(&text, "jobs for ");
        names_stage(&text, &plan->stages[i + 1]);
        ml_trace_name_cause(trace, (uint16_t)(ML_WAIT_READY + i), name);
        ml_strbuf_open(&text, name, sizeof name);
        ml_strbuf_add(&text, "slots behind ");
        names_stage(&text, &plan->stages[i]);
        ml_trace_name_cause(trace, (uint16_t)(ML_WAIT_SLOT + i), name);
    }
}

/* Filter `index` of the chain as typed, and the filters merged with it. */
static void names_filters(const struct ml_chain *chain, size_t index,
                          struct ml_strbuf *text)
{
    const size_t end = index + ml_chain_merged_count(chain, index);
    for (size_t i = index; i < end; i++) {
        ml_strbuf_add(text, i > index ? " + " : "");
        ml_chain_print(&chain->items[i], text);
    }
}

void ml_trace_name_all(struct ml_trace *trace, const struct ml_plan *plan,
                       const struct ml_chain *chain)
{
    static const char *const names[] = {
        [ML_WAIT_COMMAND] = "a command",
        [ML_WAIT_EVENT] = "anything to do",
        [ML_WAIT_JOB] = "a free job",
        [ML_WAIT_JOB_IO_LOCK] = "the job input/output lock",
        [ML_WAIT_INPUT_MEMORY] = "memory for files",
        [ML_WAIT_WORK_MEMORY] = "memory for pictures",
        [ML_WAIT_INTERPRETER] = "the interpreter lock",
        [ML_WAIT_STRIP] = "a strip of the picture",
        [ML_WAIT_INPUT_BUDGET] = "memory for files, at most",
        [ML_WAIT_WORK_BUDGET] = "memory for pictures, at most",
    };
    char name[ML_TRACE_NAME];
    for (size_t i = 1; i < sizeof names / sizeof *names; i++)
        ml_trace_name_cause(trace, (uint16_t)i, names[i]);
    names_name_links(trace, plan);
    for (size_t i = 0; i < chain->count; i++) {
        struct ml_strbuf text;
        ml_strbuf_open(&text, name, sizeof name);
        names_filters(chain, i, &text);
        ml_trace_name_cause(trace, (uint16_t)(ML_WAIT_FILTER + i), name);
    }
}

void ml_trace_name_worker(char name[ML_TRACE_NAME],
                          const struct ml_plan_stage *stage, unsigned number,
                          unsigned which)
{
    static const char *const io[ML_TRACKS_PER_WORKER] = {"", " ahead",
                                                         " behind"};
    struct ml_strbuf text;
    ml_strbuf_open(&text, name, ML_TRACE_NAME);
    names_stage(&text, stage);
    ml_strbuf_add(&text, " %u%s", number + 1, io[which]);
}
