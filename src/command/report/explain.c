/* explain.c: see explain.h. */
#include "command/report/explain.h"

#include <stdio.h>
#include <string.h>

#include "analysis/diagnosis.h"
#include "command/options/setup.h"
#include "pipeline/plan/auto_mode.h"
#include "pipeline/threads/gil_shared.h"

/* ---- before the run ---- */

static void explain_batch(struct ml_batch_stats *batch,
                          const struct ml_run_options *options,
                          const struct ml_inputs *inputs, uint64_t walk_ns)
{
    *batch = (struct ml_batch_stats){
        .count = inputs->count,
        .jobs = ml_run_setup_jobs(options),
        .readers = ml_run_setup_readers(options),
        .readers_asked = options->readers > 0,
        .factor = options->settings.transform.repeat_count,
        .probe_ns = walk_ns / inputs->count + options->settings.io_delay_ns,
    };
    for (size_t i = 0; i < inputs->count; i++)
        batch->bytes += ml_inputs_at(inputs, i)->size;
}

static void explain_processors(const struct ml_explanation *explanation,
                               const struct ml_run_options *options,
                               struct ml_strbuf *text)
{
    static const char *const deciders[] = {
        [ML_CPU_UNKNOWN] = "the number online is unknown",
        [ML_CPU_ONLINE] = "that is the number online",
        [ML_CPU_AFFINITY] = "its CPU affinity allows no more",
        [ML_CPU_QUOTA] = "its CPU quota allows no more"};
    const unsigned jobs = ml_run_setup_jobs(options);
    const bool asked = options->jobs > 0 || options->jobs_part > 0;
    ml_strbuf_add(text, " It may use %u processor%s", jobs,
                  jobs == 1 ? "" : "s");
    if (!asked && explanation->online > jobs)
        ml_strbuf_add(text, " of %u online", explanation->online);
    ml_strbuf_add(text, ", because %s.",
                  asked ? "--jobs says so" : deciders[explanation->limited_by]);
}

/* The ending of a plural. */
static const char *explain_plural(unsigned count)
{
    return count == 1 ? "" : "s";
}

static void explain_workers(const struct ml_plan_stage *stage, bool begins,
                            struct ml_strbuf *text)
{
    const unsigned workers = ml_stage_concurrency(stage, ML_STEP_FILTER);
    if (stage->executor == ML_LOOP)
        ml_strbuf_add(text, "%s loop", begins ? "One" : "one");
    else
        ml_strbuf_add(text, "%u worker%s", workers, explain_plural(workers));
}

/* The workers that compute, in one stage or in several. */
static void explain_computing(const struct ml_plan *plan,
                              struct ml_strbuf *text)
{
    const char *between = " ";
    for (size_t i = 0; i < plan->count; i++) {
        const struct ml_plan_stage *stage = &plan->stages[i];
        const bool all =
            stage->first == ML_STEP_DECODE && stage->last == ML_STEP_ENCODE;
        if (!ml_stage_computes(stage))
            continue;
        ml_strbuf_add(text, "%s", between);
        explain_workers(stage, between[0] == ' ', text);
        ml_strbuf_add(text, "%s",
                      !all ? " for"
                      : ml_stage_concurrency(stage, ML_STEP_FILTER) == 1
                          ? " computes"
                          : " compute");
        for (unsigned s = stage->first; !all && s <= (unsigned)stage->last; s++)
            ml_strbuf_add(text, "%s%s", s > (unsigned)stage->first ? "," : " ",
                          ml_step_name((enum ml_step)s));
        between = ", ";
    }
}

static void explain_reading(const struct ml_plan_stage *stage,
                            struct ml_strbuf *text)
{
    if (ml_stage_computes(stage))
        return; /* explain_computing() has described it */
    if (stage->executor == ML_LOOP)
        ml_strbuf_add(text, " and a loop reads, up to %u picture%s in flight",
                      stage->width, explain_plural(stage->width));
    else
        ml_strbuf_add(text, " and %u thread%s read%s", stage->width,
                      explain_plural(stage->width),
                      stage->width == 1 ? "s" : "");
}

static void explain_widths(const struct ml_explanation *explanation,
                           const struct ml_plan *plan, struct ml_strbuf *text)
{
    const struct ml_plan_stage *first = &plan->stages[0];
    if (first->executor == ML_INLINE)
        ml_strbuf_add(text, " One thread does all steps");
    else if (plan->count == 1 && first->executor == ML_LOOP)
        ml_strbuf_add(text,
                      " One loop does all steps, up to %u picture%s in flight",
                      first->width, explain_plural(first->width));
    else {
        explain_computing(plan, text);
        explain_reading(first, text);
    }
    if (explanation->inner > 1)
        ml_strbuf_add(text, "; a large picture gets %u processors",
                      explanation->inner);
    ml_strbuf_add(text, ".");
}

static void explain_why(struct ml_explanation *explanation,
                        const struct ml_plan *plan,
                        const struct ml_run_options *options,
                        const struct ml_batch_stats *batch,
                        const struct ml_choice *choice)
{
    struct ml_strbuf text;
    ml_strbuf_open(&text, explanation->why, sizeof explanation->why);
    if (choice)
        ml_strbuf_add(
            &text,
            "Mode %s, because %s (%zu picture%s, %.1f MB, about %.0f ms "
            "of work, by their sizes).",
            choice->mode, choice->reason, batch->count,
            batch->count == 1 ? "" : "s", (double)batch->bytes / 1e6,
            (double)choice->work_ns / 1e6);
    else if (options->plan)
        ml_strbuf_add(&text, "The plan that --plan gives.");
    else
        ml_strbuf_add(&text, "Mode %s, because %s.", explanation->mode,
                      options->mode_asked ? "--mode says so"
                                          : "it is the default");
    explain_processors(explanation, options, &text);
    explain_widths(explanation, plan, &text);
    if (choice && choice->readers > batch->readers &&
        plan->stages[0].executor != ML_INLINE)
        ml_strbuf_add(
            &text,
            " More readers than the default: opening a file takes %.1f ms.",
            (double)batch->probe_ns / 1e6);
}

static unsigned explain_width(const struct ml_plan *plan)
{
    size_t i = 0;
    while (!ml_stage_does(&plan->stages[i], ML_STEP_DECODE))
        i++;
    return ml_stage_concurrency(&plan->stages[i], ML_STEP_DECODE);
}

/* Stages that compute may run one after another as well as in parallel: count
 * the widest only.  A worker without a picture needs no processor. */
static void explain_budget(struct ml_explanation *explanation,
                           const struct ml_cpu *cpu, const struct ml_plan *plan,
                           size_t pictures)
{
    explanation->allowed = cpu->budget;
    explanation->online = cpu->online;
    explanation->limited_by = cpu->limited_by;
    for (size_t i = 0; i < plan->count; i++) {
        const struct ml_plan_stage *stage = &plan->stages[i];
        const unsigned workers = ml_stage_concurrency(stage, ML_STEP_FILTER);
        const unsigned width =
            workers < pictures ? workers : (unsigned)pictures;
        if (ml_stage_computes(stage) &&
            width * explanation->inner > explanation->asked)
            explanation->asked = width * explanation->inner;
    }
}

static void explain_inner(struct ml_run_settings *settings,
                          const struct ml_run_options *options,
                          const struct ml_choice *choice, size_t pictures)
{
    unsigned *inner = &settings->transform.threads_per_picture;
    *inner = choice && options->settings.transform.threads_per_picture == 0
                 ? choice->inner
                 : ml_run_setup_inner(options, &settings->plan, pictures);
    if (ml_run_holds_gil(settings))
        *inner = 1;
}

enum ml_status ml_explain_choose_mode(struct ml_explanation *explanation,
                                      struct ml_run_settings *settings,
                                      const struct ml_run_options *options,
                                      const struct ml_inputs *inputs,
                                      uint64_t walk_ns, struct ml_error *err)
{
    struct ml_batch_stats batch;
    struct ml_choice choice;
    struct ml_strbuf text;
    const bool chooses =
        !options->plan && strcmp(options->mode, ML_MODE_AUTO) == 0;
    explain_batch(&batch, options, inputs, walk_ns);
    memset(explanation, 0, sizeof *explanation);
    explanation->mode = options->plan ? "plan" : options->mode;
    if (chooses) {
        choice = ml_auto_mode_select(&batch);
        explanation->mode = choice.mode;
        if (ml_plan_parse(&settings->plan, ml_mode_find(choice.mode)->plan,
                          choice.jobs, choice.readers, err) != ML_OK)
            return err->status;
    }
    explain_inner(settings, options, chooses ? &choice : NULL, inputs->count);
    explanation->inner = settings->transform.threads_per_picture;
    explanation->readers = settings->plan.stages[0].width;
    explanation->width = explain_width(&settings->plan);
    explain_budget(explanation, &options->cpu, &settings->plan, inputs->count);
    ml_strbuf_open(&text, explanation->plan, sizeof explanation->plan);
    ml_plan_print(&settings->plan, &text);
    explain_why(explanation, &settings->plan, options, &batch,
                chooses ? &choice : NULL);
    return ML_OK;
}

/* ---- after the run ---- */

void ml_explain_bottleneck(struct ml_explanation *explanation,
                           const struct ml_run_metrics *metrics)
{
    explanation->worked = true;
    explanation->verdicts.count = 0;
    if (metrics->seconds > 0 && metrics->stage_count > 0)
        ml_diagnosis_run(&explanation->verdicts, metrics);
}

/* ---- output ---- */

void ml_explain_print(const struct ml_explanation *explanation)
{
    if (!explanation->worked)
        (void)fprintf(stderr, "minilab: %s\n", explanation->why);
    for (size_t i = 0; i < explanation->verdicts.count; i++)
        (void)fprintf(stderr, "minilab: %s\n",
                      explanation->verdicts.sentences[i]);
}

void ml_explain_warn(const struct ml_explanation *explanation)
{
    if (explanation->asked <= explanation->allowed)
        return;
    (void)fprintf(
        stderr,
        "minilab: warning: oversubscribed: %u threads on %u CPU%s, %u "
        "for each of %u picture%s\n",
        explanation->asked, explanation->allowed,
        explain_plural(explanation->allowed), explanation->inner,
        explanation->asked / explanation->inner,
        explain_plural(explanation->asked / explanation->inner));
}

json_t *ml_explain_json(struct ml_json_builder *json,
                        const struct ml_explanation *explanation)
{
    json_t *verdicts = ml_json_array(json);
    for (size_t i = 0; i < explanation->verdicts.count; i++)
        ml_json_append(json, verdicts,
                       ml_json_text(json, explanation->verdicts.sentences[i]));
    return ml_json_pack(
        json, "{s:s, s:s, s:i, s:i, s:i, s:s, s:o}", "mode", explanation->mode,
        "plan", explanation->plan, "width", (int)explanation->width, "readers",
        (int)explanation->readers, "inner", (int)explanation->inner, "why",
        explanation->why, "verdicts", verdicts);
}
