/* compare.c: `minilab compare`: the same work under several modes and widths.
 *
 * Parses and checks the options, runs all configurations, prints the results.
 * See compare_state.h for the parts.
 */
#include "command/compare/compare.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command/cli/option_parser.h"
#include "command/cli/signals.h"
#include "command/compare/compare_state.h"
#include "command/compare/html.h"
#include "command/options/option_table.h"
#include "pipeline/plan/auto_mode.h"

#define COMPARE_REPEATS 5
#define COMPARE_WARM_UPS 1

/* ---- options ---- */

static enum ml_status compare_set_plan(void *settings, const char *value,
                                       struct ml_error *err)
{
    struct ml_compare_options *options = settings;
    struct ml_plan unused; /* checked here; configs.c parses it again */
    if (options->plan_count == ML_COMPARE_PLANS)
        return ml_fail(err, ML_ERR_USAGE, "too many plans",
                       "give fewer --plan options", "%d at most",
                       ML_COMPARE_PLANS);
    options->plans[options->plan_count++] = value;
    return ml_plan_parse(&unused, value, 1, 1, err);
}

static const struct ml_option compare_options[] = {
    {"mode", 'm', "LIST", "Comparing",
     "modes, for instance serial,threads, or all (default); see minilab modes",
     ML_SET_TEXT(ml_compare_options, modes)},
    {"plan", 0, "TEXT", "Comparing",
     "compare this plan too, written as for minilab run; may be repeated; "
     "without --mode it is compared with serial",
     .apply = compare_set_plan},
    {"jobs", 'j', "LIST", "Comparing",
     "widths, for instance 1,2,4, for the modes that have one; auto: the "
     "number of processors, 50%: half of it; default 1, 2, 4 and so on up to "
     "the number of processors",
     ML_SET_TEXT(ml_compare_options, widths)},
    {"repeat", 0, "N", "Comparing",
     "timed runs of each configuration (default 5; with fewer, nothing is "
     "ranked)",
     ML_SET_INTEGER(ml_compare_options, repeats, 1, ML_CI_VALUES)},
    {"warm-up", 0, "N", "Comparing",
     "runs of each configuration before, not timed (default 1)",
     ML_SET_INTEGER(ml_compare_options, warm_ups, 0, ML_CI_VALUES)},
    {"output", 'o', "DIR", "Comparing",
     "keep the outputs in DIR, one folder a configuration; default: a folder "
     "in $TMPDIR, removed at the end",
     ML_SET_TEXT(ml_compare_options, keep)},
    {"json", 0, NULL, "Comparing", "one JSON document on standard output",
     ML_SET_FLAG(ml_compare_options, json)},
    {"csv", 0, NULL, "Comparing", "one line a run on standard output",
     ML_SET_FLAG(ml_compare_options, csv)},
    {"html", 0, "FILE", "Comparing",
     "also write an HTML page with tables, drawings and verdicts, which loads "
     "no other file; an older page is replaced",
     ML_SET_TEXT(ml_compare_options, html)},
    {"silent", 's', NULL, "Comparing", "print no progress",
     ML_SET_FLAG(ml_compare_options, silent)},
    ML_OPTIONS_END,
};

/* Is it an option of compare itself? */
static bool compare_owns(const struct ml_option *option)
{
    const size_t count = sizeof compare_options / sizeof *compare_options;
    for (size_t i = 0; i < count; i++) {
        if (option == &compare_options[i])
            return true;
    }
    return false;
}

/* Does spool.c forward what it names, in a form of its own? */
static bool compare_is_spooled(const struct ml_option *option)
{
    static const char *const spooled[] = {"filter", "recipe", "files-from"};
    for (size_t i = 0; i < sizeof spooled / sizeof *spooled; i++) {
        if (strcmp(option->name, spooled[i]) == 0)
            return true;
    }
    return false;
}

/* Keep an option of run, which its own function has checked, for the runs. */
static void compare_note(void *settings, const struct ml_option *option,
                         const char *value)
{
    struct ml_compare_options *options = settings;
    char *text = NULL;
    if (compare_owns(option) || compare_is_spooled(option))
        return;
    if (options->run_arg_count == ML_COMPARE_PASSED ||
        asprintf(&text, "--%s%s%s", option->name, value ? "=" : "",
                 value ? value : "") < 0) {
        options->run_args_lost = true;
        return;
    }
    options->run_arg_options[options->run_arg_count] = option;
    options->run_args[options->run_arg_count++] = text;
}

/* ---- checks ---- */

static enum ml_status compare_check(const struct ml_compare *compare,
                                    struct ml_error *err)
{
    const struct ml_compare_options *options = &compare->options;
    if (options->run_args_lost)
        return ml_fail(err, ML_ERR_USAGE, "too many options",
                       "give fewer options", "%d at most", ML_COMPARE_PASSED);
    if (options->json && options->csv)
        return ml_fail(err, ML_ERR_USAGE, "options exclude each other",
                       "give one of them", "--json and --csv");
    if (options->html && ml_compare_html_check(options->html, err) != ML_OK)
        return err->status;
    if (compare->operands.count == 0 && !options->run.files_from)
        return ml_fail(err, ML_ERR_USAGE, "no input given",
                       "name files or folders, or use --files-from", "%s", "");
    return ML_OK;
}

/* ---- the command ---- */

/* 6: outputs differ; 1: some inputs failed. */
static int compare_exit_code(const struct ml_compare *compare)
{
    for (size_t i = 0; i < compare->config_count; i++) {
        if (!compare->results[i].same)
            return ML_EXIT_DIFFERENT;
    }
    for (size_t i = 0; i < compare->run_count; i++) {
        if (compare->runs[i].measured.metrics.failed > 0)
            return ML_EXIT_SOME_FAILED;
    }
    return ML_EXIT_OK;
}

static void compare_print_skipped(const struct ml_compare *compare)
{
    for (size_t i = 0; !compare->options.silent && i < compare->skipped_count;
         i++)
        (void)fprintf(stderr, "minilab compare: %s is left out: %s\n",
                      compare->skipped[i].mode, compare->skipped[i].why);
}

static enum ml_status compare_print(const struct ml_compare *compare,
                                    struct ml_error *err)
{
    if (compare->options.json)
        return ml_compare_json(compare, err);
    if (compare->options.csv)
        ml_compare_csv(compare);
    else
        ml_compare_text(compare);
    return ML_OK;
}

static int compare_all(struct ml_compare *compare)
{
    struct ml_error err;
    enum ml_status status = compare_check(compare, &err);
    if (status == ML_OK)
        status = ml_compare_configs(compare, &err);
    if (status != ML_OK)
        return ml_command_fail(compare->command, &err);
    compare_print_skipped(compare);
    ml_signals_block();
    compare->stop_fd = ml_signals_fd();
    status = compare->stop_fd < 0
                 ? ml_fail_os(&err, errno, "cannot wait for signals", NULL)
                 : ml_compare_work_dir_open(compare, &err);
    if (status != ML_OK) {
        (void)ml_command_fail(compare->command, &err);
        return ML_EXIT_USAGE; /* no run was started */
    }
    int code = ml_compare_spool(compare);
    if (code == 0)
        code = ml_compare_run_all(compare);
    if (code != 0)
        return code;
    if (ml_compare_work_dir_show(compare, &err) != ML_OK)
        return ml_command_fail(compare->command, &err);
    ml_compare_summarise(compare);
    status = compare_print(compare, &err);
    if (status == ML_OK && compare->options.html)
        status = ml_compare_html(compare, compare->options.html, &err);
    return status == ML_OK ? compare_exit_code(compare)
                           : ml_command_fail(compare->command, &err);
}

static void compare_close(struct ml_compare *compare)
{
    ml_compare_work_dir_close(compare);
    if (compare->has_reference)
        ml_manifest_close(&compare->reference);
    if (compare->stop_fd >= 0)
        (void)close(compare->stop_fd);
    if (compare->log_fd >= 0)
        (void)close(compare->log_fd);
    if (compare->spool.stdin_fd >= 0)
        (void)close(compare->spool.stdin_fd);
    for (size_t i = 0; i < compare->options.run_arg_count; i++)
        free(compare->options.run_args[i]);
    free(compare->runs);
}

int ml_compare_main(const struct ml_command *command, int argc, char **argv,
                    const char *program)
{
    int code = ML_EXIT_INTERNAL;
    struct ml_compare *compare = calloc(1, sizeof *compare);
    if (!compare)
        return code;
    compare->command = command;
    compare->program = program;
    compare->stop_fd = compare->log_fd = compare->spool.stdin_fd = -1;
    ml_run_options_default(&compare->options.run);
    compare->options.repeats = COMPARE_REPEATS;
    compare->options.warm_ups = COMPARE_WARM_UPS;
    if (ml_options_parse(command, argc, argv, &compare->options,
                         &compare->operands, &code))
        code = compare_all(compare);
    compare_close(compare);
    free(compare);
    return code;
}

static int compare_run(const struct ml_command *command, int argc, char **argv)
{
    return ml_compare_main(command, argc, argv, "/proc/self/exe");
}

const struct ml_command ml_command_compare = {
    .name = "compare",
    .summary = "the same work under several modes and widths",
    .operands = "PATH...",
    .examples =
        "minilab compare -f resize:1600 photos\n"
        "minilab compare -m serial,threads -j 1,2,4 --repeat 9 -f blur:3 "
        "photos\n"
        "minilab compare -m all -j 1,2,4 -f blur:3 photos --html report.html\n"
        "minilab compare -m all -j 2 --csv -f resize:800 photos > runs.csv\n",
    .options = compare_options,
    .inherited_options = ml_run_option_table,
    .on_option = compare_note,
    .run = compare_run,
};
