/* setup.c: see setup.h. */
#include "command/options/setup.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "codec/registry.h"
#include "os/cpu_budget.h"
#include "pipeline/threads/gil_shared.h"

#define SETUP_MEMORY_MIN (UINT64_C(64) << 20)

/* ---- formats, for the walk ---- */

static int setup_index(const struct ml_codec *codec)
{
    size_t count;
    const struct ml_codec *const *codecs = ml_codecs(&count);
    for (size_t i = 0; i < count; i++) {
        if (codecs[i] == codec)
            return (int)i;
    }
    return ML_NOT_PICTURE;
}

static int setup_classify(void *context, const char *path, const uint8_t *head,
                          size_t head_size)
{
    size_t count;
    const struct ml_codec *const *codecs = ml_codecs(&count);
    (void)context;
    (void)path;
    for (size_t i = 0; i < count; i++) {
        if (codecs[i]->sniff(head, head_size))
            return (int)i;
    }
    return ML_NOT_PICTURE;
}

static int setup_named(void *context, const char *path)
{
    (void)context;
    return setup_index(ml_codec_of_name(path));
}

const char *const *ml_run_setup_extensions(void *context,
                                           const struct ml_input *input)
{
    const struct ml_run_options *options = context;
    size_t count;
    const struct ml_codec *const *codecs = ml_codecs(&count);
    if (options->settings.transform.to)
        return options->settings.transform.to->extensions;
    if (input->format >= 0 && (size_t)input->format < count)
        return codecs[input->format]->extensions;
    const struct ml_codec *named = ml_codec_of_name(input->name);
    return named ? named->extensions : ml_codec_jpeg.extensions;
}

enum ml_status ml_run_setup_check_stdin(const struct ml_run_options *options,
                                        const char *operand,
                                        struct ml_error *err)
{
    if (strcmp(operand, "-") != 0)
        return ML_OK;
    if (options->files_from && strcmp(options->files_from, "-") == 0)
        return ml_fail(err, ML_ERR_USAGE, "standard input is named twice",
                       "write the list to a file",
                       "it is a picture and the list of --files-from");
    if (isatty(STDIN_FILENO))
        return ml_fail(err, ML_ERR_USAGE,
                       "a picture is not read from a terminal",
                       "redirect it from a file or a pipe",
                       "standard input is a terminal");
    return ML_OK;
}

enum ml_status ml_run_setup_inputs(struct ml_inputs *inputs,
                                   const struct ml_run_options *options,
                                   const struct ml_operands *operands,
                                   const struct ml_output_root *leave,
                                   struct ml_walk_stats *stats,
                                   struct ml_error *err)
{
    const struct ml_walk_options walk = {
        .classifier = {.classify = setup_classify, .named = setup_named},
        .depth = options->depth,
        .hidden = options->hidden,
        .follow = options->follow,
        .include = {options->include.items, options->include.count},
        .exclude = {options->exclude.items, options->exclude.count},
        .skip_device = leave ? leave->device : 0,
        .skip_inode = leave ? leave->inode : 0,
    };
    enum ml_status status = ML_OK;
    memset(stats, 0, sizeof *stats);
    for (size_t i = 0; status == ML_OK && i < operands->count; i++)
        status = ml_run_setup_check_stdin(options, operands->items[i], err);
    if (status == ML_OK && options->files_from)
        status = ml_walk_list(inputs, &walk, options->files_from, options->nul,
                              stats, err);
    for (size_t i = 0; status == ML_OK && i < operands->count; i++)
        status = ml_walk(inputs, &walk, operands->items[i], stats, err);
    return status;
}

/* ---- the run ---- */

unsigned ml_run_setup_jobs(const struct ml_run_options *options)
{
    if (options->jobs > 0)
        return options->jobs;
    double jobs = options->cpu.budget;
    if (options->jobs_part > 0)
        jobs = jobs * options->jobs_part / 100 + 0.5;
    if (jobs < 1)
        return 1;
    return jobs > ML_WIDTH_MAX ? ML_WIDTH_MAX : (unsigned)jobs;
}

unsigned ml_run_setup_readers(const struct ml_run_options *options)
{
    return options->readers > 0 ? options->readers : ML_READERS;
}

static uint64_t setup_memory(const struct ml_run_options *options)
{
    struct ml_memory memory;
    if (options->settings.memory_bytes > 0)
        return options->settings.memory_bytes;
    ml_memory_read("", &memory);
    const uint64_t half = memory.budget_bytes == ML_NO_LIMIT
                              ? UINT64_C(1) << 30
                              : memory.budget_bytes / 2;
    return half > SETUP_MEMORY_MIN ? half : SETUP_MEMORY_MIN;
}

/* A worker process costs five descriptors: wide plans need more than the usual
 * soft limit.  If it cannot be raised, ml_run_open() reports the error. */
static void setup_allow_files(void)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &files);
    }
}

/* Is it the point of this plan that one thread computes? */
static bool setup_has_one_thread(const struct ml_plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        const struct ml_plan_stage *stage = &plan->stages[i];
        if (ml_stage_does(stage, ML_STEP_DECODE) && stage->executor == ML_LOOP)
            return true;
    }
    return plan->stages[0].executor == ML_INLINE;
}

unsigned ml_run_setup_inner(const struct ml_run_options *options,
                            const struct ml_plan *plan, size_t inputs)
{
    const struct ml_mode *mode =
        options->plan ? NULL : ml_mode_find(options->mode);
    if (options->settings.transform.threads_per_picture > 0)
        return options->settings.transform.threads_per_picture;
    const unsigned jobs = ml_run_setup_jobs(options);
    if (mode && mode->within_picture)
        return jobs;
    if (setup_has_one_thread(plan) || inputs == 0 || inputs >= jobs)
        return 1;
    return jobs / (unsigned)inputs;
}

enum ml_status ml_run_setup_run(struct ml_run_settings *settings,
                                const struct ml_run_options *options,
                                const struct ml_chain *chain,
                                struct ml_error *err)
{
    const struct ml_mode *mode = ml_mode_find(options->mode);
    const char *plan = options->plan ? options->plan
                       : mode        ? mode->plan
                                     : ml_modes(&(size_t){0})->plan;
    setup_allow_files();
    *settings = options->settings;
    settings->transform.chain = chain;
    settings->transform.headers_only = options->dry_run;
    settings->memory_bytes = setup_memory(options);
    if (!options->json && !options->verbose)
        settings->loop_lag = false; /* no output shows it */
    return ml_plan_parse(&settings->plan, plan, ml_run_setup_jobs(options),
                         options->readers, err);
}

/* ---- options that the plan does not use ---- */

/* With --mode auto, refuse an option that only some of its modes use. */
static enum ml_status setup_check_uses(const struct ml_run_settings *settings,
                                       const struct ml_run_options *options,
                                       struct ml_error *err)
{
    const bool fixed = options->plan || ml_mode_find(options->mode);
    char plan[96] = "the plan given";
    if (!options->plan)
        (void)snprintf(plan, sizeof plan, "mode %.40s%s", options->mode,
                       fixed ? "" : " may choose another mode");
    for (unsigned scope = ML_SCOPE_ANY; scope < ML_SCOPE_COUNT; scope++) {
        if (options->given[scope] &&
            !ml_option_is_used((enum ml_option_scope)scope,
                               fixed ? &settings->plan : NULL,
                               options->settings.gil.flavour))
            return ml_option_unused(options->given[scope], plan,
                                    options->settings.gil.flavour, err);
    }
    return ML_OK;
}

enum ml_status ml_run_setup_check(const struct ml_run_settings *settings,
                                  const struct ml_run_options *options,
                                  struct ml_error *err)
{
    const unsigned inner = options->settings.transform.threads_per_picture;
    if (inner <= 1 || !ml_run_holds_gil(settings))
        return setup_check_uses(settings, options, err);
    return ml_fail(err, ML_ERR_USAGE,
                   "threads that hold the interpreter lock do not share a "
                   "picture",
                   "leave out --inner, or add --gil release", "--inner %u",
                   inner);
}
