/* modes.c: `minilab modes`: the execution models there are. */
#include <stdio.h>

#include <jansson.h>

#include "command/command.h"
#include "command/telling.h"
#include "pipeline/choose.h"
#include "pipeline/plan.h"

struct modes_settings {
    bool json;
};

static enum ml_status modes_apply_json(void *settings, const char *value,
                                       struct ml_error *err)
{
    (void)value;
    (void)err;
    ((struct modes_settings *)settings)->json = true;
    return ML_OK;
}

static const struct ml_option modes_options[] = {
    {.name = "json",
     .group = "Output",
     .help = "one JSON document",
     .apply = modes_apply_json},
};

static void modes_print(const struct ml_mode *modes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        (void)printf("%-14s  %s\n                %s%s\n", modes[i].name,
                     modes[i].shows, modes[i].plan,
                     modes[i].inside ? " --inner N" : "");
    (void)printf(
        "%-14s  chosen from the batch; --explain says why\n"
        "                one picture, or next to nothing: serial; short "
        "batches: threads;\n                long ones: processes; more readers "
        "where files are slow to come\n"
        "\nN is the number of jobs (-j), R of readers (--io); a loop has R "
        "pictures in flight.\nAny other plan may be typed with --plan.\n",
        ML_MODE_AUTO);
}

static void modes_print_json(const struct ml_mode *modes, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        (void)json_array_append_new(
            list,
            json_pack("{s:s, s:s, s:s, s:s}", "name", modes[i].name, "plan",
                      modes[i].plan, "inner", modes[i].inside ? "N" : "1",
                      "shows", modes[i].shows));
    json_t *document =
        json_pack("{s:i, s:o, s:s}", "schema", ML_REPORT_SCHEMA, "modes", list,
                  ML_MODE_AUTO, "one of these, chosen from the batch");
    ml_json_print(document, stdout);
    json_decref(document);
}

static int modes_main(const struct ml_command *command, int argc, char **argv)
{
    struct modes_settings settings = {0};
    struct ml_operands operands;
    size_t count;
    int code;
    if (!ml_options_parse(command, argc, argv, &settings, &operands, &code))
        return code;
    if (operands.count > 0)
        return ml_command_refuse(command, "too many arguments",
                                 operands.items[0],
                                 "minilab modes lists them all");
    const struct ml_mode *modes = ml_modes(&count);
    if (settings.json)
        modes_print_json(modes, count);
    else
        modes_print(modes, count);
    return ML_EXIT_OK;
}

const struct ml_command ml_command_modes = {
    .name = "modes",
    .summary = "list the execution models",
    .operands = "",
    .examples = "minilab modes\n"
                "minilab modes --json\n",
    .options = modes_options,
    .option_count = sizeof modes_options / sizeof *modes_options,
    .run = modes_main,
};
