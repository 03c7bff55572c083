/* modes.c: `minilab modes`: list the execution models, or describe one. */
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "command/cli/command.h"
#include "command/cli/option_parser.h"
#include "command/options/option_table.h"
#include "command/options/setup.h"
#include "command/report/json.h"
#include "pipeline/plan/auto_mode.h"
#include "pipeline/plan/plan.h"
#include "pipeline/threads/gil_shared.h"

#define MODES_AUTO                                                             \
    "                one picture, or little work: serial; short batches: "     \
    "threads;\n                long batches: processes; more readers if "      \
    "files are slow to open\n"

struct modes_settings {
    bool json;
};

static const struct ml_option modes_options[] = {
    {.name = "json",
     .group = "Output",
     .help = "one JSON document",
     ML_SET_FLAG(modes_settings, json)},
    ML_OPTIONS_END,
};

static void modes_print(const struct ml_mode *modes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        (void)printf("%-14s  %s\n                %s%s\n", modes[i].name,
                     modes[i].shows, modes[i].plan,
                     modes[i].within_picture ? " --inner N" : "");
    (void)printf(
        "%-14s  chosen from the batch; --explain says why\n" MODES_AUTO
        "\nN is the number of jobs (-j), R of readers (--io); a loop has R "
        "pictures in flight.\nAny other plan may be typed with --plan.\n",
        ML_MODE_AUTO);
}

static int modes_print_json(const struct ml_command *command,
                            const struct ml_mode *modes, size_t count)
{
    struct ml_json_builder builder = {ML_OK}, *json = &builder;
    struct ml_error err;
    json_t *list = ml_json_array(json);
    for (size_t i = 0; i < count; i++)
        ml_json_append(json, list,
                       ml_json_pack(json, "{s:s, s:s, s:s, s:s}", "name",
                                    modes[i].name, "plan", modes[i].plan,
                                    "inner",
                                    modes[i].within_picture ? "N" : "1",
                                    "shows", modes[i].shows));
    json_t *document = ml_json_pack(
        json, "{s:i, s:o, s:s}", "schema", ML_REPORT_SCHEMA, "modes", list,
        ML_MODE_AUTO, "one of these, chosen from the batch");
    const enum ml_status status =
        ml_json_print(json, document, ML_JSON_LINE, stdout, &err);
    json_decref(document);
    return status == ML_OK ? ML_EXIT_OK : ml_command_fail(command, &err);
}

/* ---- one of them ---- */

/* The plan with the widths that `minilab run` would use on this machine. */
static bool modes_local_plan(const struct ml_mode *mode, struct ml_plan *plan,
                             struct ml_strbuf *text)
{
    struct ml_run_options options;
    struct ml_error err;
    ml_run_options_default(&options);
    if (ml_plan_parse(plan, mode->plan, ml_run_setup_jobs(&options), 0, &err) !=
        ML_OK)
        return false;
    ml_plan_print(plan, text);
    if (mode->within_picture)
        ml_strbuf_add(text, " --inner %u", ml_run_setup_jobs(&options));
    return true;
}

/* Options that only some modes use. */
static void modes_print_options(const struct ml_mode *mode,
                                const struct ml_plan *plan)
{
    const struct ml_run_settings settings = {.plan = *plan};
    const bool wide = mode->within_picture || strchr(mode->plan, 'N');
    (void)printf("options  %s%s", wide ? "--jobs" : "",
                 ml_run_holds_gil(&settings) ? ""
                 : wide                      ? " --inner"
                                             : "--inner");
    for (const struct ml_option *option = ml_run_option_table; option->name;
         option++) {
        const enum ml_option_scope scope = (enum ml_option_scope)option->scope;
        if (scope != ML_SCOPE_ANY && ml_option_is_used(scope, plan, ML_GIL_311))
            (void)printf(" --%s", option->name);
    }
    (void)printf("\n");
}

static int modes_describe(const struct ml_command *command, const char *name)
{
    const struct ml_mode *mode = ml_mode_find(name);
    struct ml_plan plan;
    struct ml_strbuf text;
    char here[256];
    if (strcmp(name, ML_MODE_AUTO) == 0) {
        (void)printf(
            "auto: chosen from the batch; --explain says why\n" MODES_AUTO);
        return ML_EXIT_OK;
    }
    ml_strbuf_open(&text, here, sizeof here);
    if (!mode || !modes_local_plan(mode, &plan, &text))
        return ml_command_usage_error(command, "no such mode", name,
                                      "'minilab modes' lists all");
    (void)printf("%s: %s\n\n"
                 "plan     %s%s\n"
                 "here     %s\n",
                 mode->name, mode->shows, mode->plan,
                 mode->within_picture ? " --inner N" : "", here);
    modes_print_options(mode, &plan);
    (void)printf(
        "try      minilab run -m %s --explain -f blur:2 photos -o out\n"
        "against  minilab compare -m serial,%s -f blur:2 photos\n",
        mode->name, strcmp(mode->name, "serial") == 0 ? "all" : mode->name);
    return ML_EXIT_OK;
}

static int modes_main(const struct ml_command *command, int argc, char **argv)
{
    struct modes_settings settings = {0};
    struct ml_operands operands;
    size_t count;
    int code;
    if (!ml_options_parse(command, argc, argv, &settings, &operands, &code))
        return code;
    if (operands.count > 1 || (operands.count == 1 && settings.json))
        return ml_command_usage_error(command, "too many arguments",
                                      operands.items[operands.count - 1],
                                      "name one mode; --json lists all");
    if (operands.count == 1)
        return modes_describe(command, operands.items[0]);
    const struct ml_mode *modes = ml_modes(&count);
    if (settings.json)
        return modes_print_json(command, modes, count);
    modes_print(modes, count);
    return ML_EXIT_OK;
}

const struct ml_command ml_command_modes = {
    .name = "modes",
    .summary = "list the execution models, or describe one",
    .operands = "[MODE]",
    .examples = "minilab modes\n"
                "minilab modes gil\n"
                "minilab modes --json\n",
    .options = modes_options,
    .run = modes_main,
};
