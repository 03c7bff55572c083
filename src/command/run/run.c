/* run.c: `minilab run`: files and folders through the filters.
 *
 * First check options, filters, plan, inputs and output names, before any pixel
 * is read.  Then run; then print the summary and return the exit code.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "command/cli/option_parser.h"
#include "command/cli/signals.h"
#include "command/options/option_table.h"
#include "command/options/options.h"
#include "command/options/setup.h"
#include "command/report/explain.h"
#include "command/report/progress.h"
#include "command/report/report.h"
#include "command/report/time_breakdown.h"
#include "command/run/batch.h"
#include "trace/trace.h"

#define RUN_RECIPE_MAX ((size_t)64 << 10)

/* The state of one `minilab run`. */
struct run_command {
    const struct ml_command *command;
    struct ml_run_options options;
    struct ml_operands operands;
    struct ml_chain chain; /* with auto-orient first */
    struct ml_inputs inputs;
    struct ml_walk_stats stats;
    struct ml_name_template name;
    struct ml_output_root root;
    struct ml_temps temps;
    struct ml_output_plan outputs;
    struct ml_run_report report;
    struct ml_explanation explanation;
    struct ml_run_settings settings;
    uint64_t walk_ns;
    struct ml_batch *batch;
    struct ml_run *run;
    bool trace_lost; /* it could not be written */
    uint64_t failures_allowed;
    bool to_stdout;
    bool root_open, temps_open, outputs_open, report_open;
};

/* ---- filters ---- */

static enum ml_status run_make_chain(struct run_command *r,
                                     struct ml_error *err)
{
    enum ml_status status = ML_OK;
    if (!r->options.no_auto_orient)
        status = ml_chain_parse(&r->chain, "auto-orient", err);
    if (status != ML_OK)
        return status;
    if (r->chain.count + r->options.chain.count > ML_CHAIN_MAX)
        return ml_fail(err, ML_ERR_USAGE, "too many filters", NULL,
                       "%d at most", ML_CHAIN_MAX);
    memcpy(&r->chain.items[r->chain.count], r->options.chain.items,
           r->options.chain.count * sizeof *r->chain.items);
    r->chain.count += r->options.chain.count;
    return ML_OK;
}

static int run_print_recipe(const struct run_command *r)
{
    char *text_bytes = malloc(RUN_RECIPE_MAX);
    struct ml_strbuf text;
    if (!text_bytes)
        return ML_EXIT_INTERNAL;
    ml_strbuf_open(&text, text_bytes, RUN_RECIPE_MAX);
    ml_recipe_print(&r->options.chain, &text);
    (void)fputs(text_bytes, stdout);
    free(text_bytes);
    return ML_EXIT_OK;
}

/* ---- inputs and outputs ---- */

/* Standard input has no name to take an extension from, so an output file needs
 * --to; an output stream may keep the format of the input. */
static enum ml_status run_check_input(const struct run_command *r,
                                      struct ml_error *err)
{
    const struct ml_run_options *options = &r->options;
    const bool known = r->to_stdout ? options->to_given
                                    : options->settings.transform.to != NULL;
    for (size_t i = 0; i < r->operands.count && !known; i++) {
        if (strcmp(r->operands.items[i], "-") == 0)
            return ml_fail(err, ML_ERR_USAGE,
                           "no output format for standard input",
                           r->to_stdout ? "add --to jpeg, png, pnm or keep"
                                        : "add --to jpeg, png or pnm",
                           "no --to");
    }
    return ML_OK;
}

static enum ml_status run_check_output(struct run_command *r,
                                       struct ml_error *err)
{
    const char *output = r->options.output;
    if (!output && !r->options.dry_run)
        return ml_fail(err, ML_ERR_USAGE, "no output folder given",
                       "add -o DIR, or -n to see what would be done",
                       "no --output");
    r->to_stdout = output && strcmp(output, "-") == 0;
    if (!r->to_stdout)
        return ML_OK;
    if (!r->options.to_given)
        return ml_fail(err, ML_ERR_USAGE,
                       "no output format for standard output",
                       "add --to jpeg, png, pnm or keep", "no --to");
    if (r->options.json ||
        (r->options.events && strcmp(r->options.events, "-") == 0))
        return ml_fail(err, ML_ERR_USAGE,
                       "standard output is for the picture alone",
                       "leave out --json, give --events a file",
                       "JSON would be mixed with it");
    if (isatty(STDOUT_FILENO))
        return ml_fail(
            err, ML_ERR_USAGE, "a picture is not written to a terminal",
            "redirect it to a file or a pipe", "standard output is a terminal");
    return ML_OK;
}

static enum ml_status run_collect(struct run_command *r, struct ml_error *err)
{
    const char *output = r->options.output;
    const bool leaves = output && !r->to_stdout;
    enum ml_status status = ML_OK;
    if (!r->to_stdout) {
        status = ml_output_root_open(&r->root, output ? output : ".", err);
        r->root_open = status == ML_OK;
    }
    const uint64_t start = ml_now_ns();
    if (status == ML_OK)
        status = ml_run_setup_inputs(&r->inputs, &r->options, &r->operands,
                                     leaves ? &r->root : NULL, &r->stats, err);
    r->walk_ns = ml_now_ns() - start;
    if (status == ML_OK && r->to_stdout && r->inputs.count > 1)
        status =
            ml_fail(err, ML_ERR_USAGE, "too many pictures for standard output",
                    "use -o DIR", "%zu inputs", r->inputs.count);
    return status;
}

static enum ml_status run_plan_outputs(struct run_command *r,
                                       struct ml_error *err)
{
    const struct ml_output_options options = {
        .inputs = &r->inputs,
        .name = &r->name,
        .root = &r->root,
        .extensions = ml_run_setup_extensions,
        .context = &r->options,
        .existing = r->options.existing,
        .on_collision = r->options.on_collision,
    };
    if (r->to_stdout)
        return ML_OK;
    const enum ml_status status =
        ml_output_plan_open(&r->outputs, &options, err);
    r->outputs_open = status == ML_OK;
    return status;
}

static void run_print_conflicts(const struct run_command *r,
                                const struct ml_conflicts *conflicts,
                                const char *kind)
{
    char line[4 * ML_INPUT_PATH_MAX];
    for (size_t i = 0; i < conflicts->count && i < ML_CONFLICTS_KEPT; i++) {
        struct ml_strbuf text;
        ml_strbuf_open(&text, line, sizeof line);
        ml_conflict_text(&r->outputs, &conflicts->kept[i], &text);
        (void)fprintf(stderr, "minilab run: %s%s\n", kind, line);
    }
    if (conflicts->count > ML_CONFLICTS_KEPT)
        (void)fprintf(stderr, "minilab run: %sand %zu more like these\n", kind,
                      conflicts->count - ML_CONFLICTS_KEPT);
}

/* ---- options and the plan ---- */

/* Plan the output names, and print every conflict. */
static enum ml_status run_check_names(struct run_command *r, bool *conflict_out,
                                      struct ml_error *err)
{
    enum ml_status status = run_plan_outputs(r, err);
    *conflict_out = false;
    if (status != ML_OK || !r->outputs_open)
        return status;
    if (!r->options.silent)
        run_print_conflicts(r, &r->outputs.warnings, "warning: ");
    run_print_conflicts(r, &r->outputs.conflicts, "");
    *conflict_out = r->outputs.conflicts.count > 0;
    return ML_OK;
}

/* ---- running ---- */

static void run_report(void *context, const struct ml_record *record)
{
    struct run_command *r = context;
    ml_run_report_add(&r->report, record);
    if (r->report.totals.failed > r->failures_allowed ||
        r->report.totals.disk_full)
        ml_run_stop(r->run);
}

static void run_allow_failures(struct run_command *r)
{
    r->failures_allowed = r->options.max_failures;
    if (r->options.max_failures_part > 0)
        r->failures_allowed = (uint64_t)((double)r->inputs.count *
                                         r->options.max_failures_part / 100);
}

static int run_exit_code(const struct run_command *r, int signal)
{
    const struct ml_totals *totals = &r->report.totals;
    if (signal != 0)
        return ml_signals_exit_code(signal);
    if (totals->disk_full)
        return ML_EXIT_STOPPED;
    return totals->failed > 0 || r->report.events_lost ||
                   r->report.document_lost || r->trace_lost
               ? ML_EXIT_SOME_FAILED
               : ML_EXIT_OK;
}

/* A tick: draw the progress, and drain the ring buffers of the trace. */
static void run_tick(void *context)
{
    struct run_command *r = context;
    ml_run_report_tick(&r->report);
    if (r->settings.trace)
        ml_trace_drain(r->settings.trace);
}

/* The run has ended: close the trace, and warn of spans that it lacks. */
static void run_end_trace(struct run_command *r,
                          const struct ml_trace_counts *counts)
{
    struct ml_error err;
    r->trace_lost = ml_trace_close(r->settings.trace, &err) != ML_OK;
    r->settings.trace = NULL;
    if (r->trace_lost)
        (void)ml_command_fail(NULL, &err);
    /* Without --trace only the sums of spans are used. */
    if (counts->lost + counts->refused > 0 && r->options.trace &&
        !r->options.silent)
        (void)fprintf(stderr,
                      "minilab run: warning: the trace dropped %llu spans "
                      "(buffer full) and rejected %llu invalid ones\n",
                      (unsigned long long)counts->lost,
                      (unsigned long long)counts->refused);
}

static void run_name_inputs(struct run_command *r)
{
    char path[ML_INPUT_PATH_MAX];
    for (size_t i = 0; r->options.trace && i < r->inputs.count; i++) {
        (void)ml_input_path(&r->inputs, ml_inputs_at(&r->inputs, i), path);
        ml_trace_name_job(r->settings.trace, (uint32_t)i, path);
    }
}

/* Everything is open: run, report, close. */
static int run_execute(struct run_command *r)
{
    struct ml_error err;
    struct ml_run_counts counts;
    struct ml_signals signals = {.run = r->run,
                                 .temps = r->temps_open ? &r->temps : NULL,
                                 .tick = run_tick,
                                 .context = r};
    enum ml_status status = ml_signals_open(&signals, &err);
    if (status == ML_OK) {
        status = ml_run_execute(r->run, &err);
        ml_signals_close(&signals);
    }
    ml_run_counts(r->run, &counts);
    if (r->settings.trace)
        ml_run_report_add_breakdown(&r->report, r->settings.trace);
    ml_batch_close(r->batch);
    r->batch = NULL;
    run_end_trace(r, &counts.trace);
    ml_run_report_finish(&r->report, &counts, &r->stats);
    if (status != ML_OK) {
        (void)ml_command_fail(r->command, &err);
        return status == ML_ERR_CRASH ? ML_EXIT_STOPPED : ML_EXIT_INTERNAL;
    }
    return run_exit_code(r, atomic_load(&signals.signal));
}

/* Nothing was started, so any error is a usage error: its remedy is another
 * command. */
static int run_refuse(const struct run_command *r, const struct ml_error *err)
{
    const int code = ml_command_fail(r->command, err);
    return code == ML_EXIT_SOME_FAILED ? ML_EXIT_USAGE : code;
}

/* Call last: no output folder or file exists before. */
static enum ml_status run_open_outputs(struct run_command *r,
                                       struct ml_error *err)
{
    if (r->to_stdout || r->options.dry_run)
        return ML_OK;
    enum ml_status status = ml_output_root_create(&r->root, err);
    if (status == ML_OK)
        status = ml_temps_open(&r->temps, err);
    r->temps_open = status == ML_OK;
    return status;
}

static int run_open_and_execute(struct run_command *r)
{
    struct ml_error err;
    const bool writes = !r->to_stdout && !r->options.dry_run;
    const struct ml_batch_settings settings = {
        .inputs = &r->inputs,
        .outputs = r->outputs_open ? &r->outputs : NULL,
        .root = writes ? &r->root : NULL,
        .temps = writes ? &r->temps : NULL,
        .to_stdout = r->to_stdout && !r->options.dry_run,
        .replace = r->options.existing == ML_EXISTING_OVERWRITE ||
                   r->options.existing == ML_EXISTING_NEWER,
        .preserve = r->options.preserve,
        .in_order = r->options.dry_run,
        .limit_file_bytes =
            r->options.settings.transform.source.limits.input_bytes,
        .context = r,
        .report = run_report,
    };
    ml_signals_block();
    enum ml_status status = ml_run_report_open(&r->report, &err);
    r->report_open = status == ML_OK;
    if (status == ML_OK && (r->options.trace || r->options.explain))
        status = ml_trace_open(&r->settings.trace, r->options.trace, &err);
    if (status == ML_OK)
        run_name_inputs(r);
    if (status == ML_OK)
        status = ml_batch_open(&r->batch, &settings, &err);
    if (status == ML_OK) {
        r->settings.io = ml_batch_io(r->batch);
        status = ml_run_open(&r->run, &r->settings, &err);
    }
    if (status == ML_OK)
        status = run_open_outputs(r, &err);
    return status == ML_OK ? run_execute(r) : run_refuse(r, &err);
}

static void run_start_report(struct run_command *r)
{
    r->report.mode = r->explanation.mode;
    r->report.plan = &r->settings.plan;
    r->report.explanation = &r->explanation;
    if (r->options.explain)
        ml_explain_print(&r->explanation);
    if (r->options.explain || (r->options.verbose && !r->options.silent))
        ml_explain_warn(&r->explanation);
}

static int run_all(struct run_command *r)
{
    struct ml_error err;
    bool conflict = false;
    enum ml_status status = run_make_chain(r, &err);
    if (status == ML_OK)
        status = run_check_output(r, &err);
    if (status == ML_OK)
        status = run_check_input(r, &err);
    if (status == ML_OK)
        status =
            ml_name_template_parse(&r->name, r->options.name_template, &err);
    if (status == ML_OK)
        status = ml_run_setup_run(&r->settings, &r->options, &r->chain, &err);
    if (status == ML_OK)
        status = ml_run_setup_check(&r->settings, &r->options, &err);
    if (status == ML_OK)
        status = run_collect(r, &err);
    if (status == ML_OK && r->inputs.count == 0) {
        (void)ml_fail(&err, ML_OK, "nothing to do",
                      "name files, or folders that hold JPEG or PNG pictures",
                      "no picture among %zu files", r->stats.other_files);
        (void)ml_command_fail(r->command, &err);
        return ML_EXIT_NOTHING;
    }
    if (status == ML_OK)
        status = run_check_names(r, &conflict, &err);
    if (status == ML_OK)
        status =
            ml_explain_choose_mode(&r->explanation, &r->settings, &r->options,
                                   &r->inputs, r->walk_ns, &err);
    if (status != ML_OK)
        return run_refuse(r, &err);
    if (conflict)
        return ML_EXIT_USAGE;
    r->settings.inputs = r->inputs.count;
    run_allow_failures(r);
    run_start_report(r);
    return run_open_and_execute(r);
}

static void run_close(struct run_command *r)
{
    if (r->batch)
        ml_batch_close(r->batch);
    if (r->run)
        ml_run_close(r->run);
    if (r->settings.trace) /* nothing was run */
        run_end_trace(r, &(struct ml_trace_counts){0});
    if (r->report_open)
        ml_run_report_close(&r->report);
    if (r->temps_open)
        ml_temps_close(&r->temps);
    if (r->outputs_open)
        ml_output_plan_close(&r->outputs);
    if (r->root_open)
        ml_output_root_close(&r->root);
    ml_inputs_close(&r->inputs);
}

static int run_main(const struct ml_command *command, int argc, char **argv)
{
    int code = ML_EXIT_INTERNAL;
    struct run_command *r = calloc(1, sizeof *r);
    if (!r)
        return code;
    r->command = command;
    ml_run_options_default(&r->options);
    ml_inputs_open(&r->inputs);
    r->report =
        (struct ml_run_report){.options = &r->options, .inputs = &r->inputs};
    if (!ml_options_parse(command, argc, argv, &r->options, &r->operands,
                          &code)) {
        free(r);
        return code;
    }
    ml_signals_exit_immediately();
    if (r->options.print_recipe)
        code = run_print_recipe(r);
    else if (r->operands.count == 0 && !r->options.files_from)
        code = ml_command_usage_error(
            command, "no input is named", "",
            "name files or folders, or use --files-from");
    else
        code = run_all(r);
    run_close(r);
    free(r);
    return code;
}

const struct ml_command ml_command_run = {
    .name = "run",
    .summary = "process files and folders",
    .operands = "PATH...",
    .examples =
        "minilab run -f resize:1600 photos -o web\n"
        "minilab run -f resize:256x256,fit=cover --name "
        "'{stem}_{w}.{ext}' "
        "photos -o t\n"
        "minilab run -n -f resize:2048 --to jpeg photos -o web\n"
        "minilab run -f resize:800 --to jpeg - -o - < a.png > a.jpg\n"
        "minilab run -m threads -j 4 -f blur:2 -f sharpen:0.5 photos -o out\n",
    .options = ml_run_option_table,
    .on_option = ml_run_options_note,
    .run = run_main,
};
