/* info.c: `minilab info`: print what the headers of pictures say.
 *
 * A run that stops after the header: in the default mode worker processes parse
 * the files, as in any run.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command/cli/json_path.h"
#include "command/cli/option_parser.h"
#include "command/cli/signals.h"
#include "command/options/option_table.h"
#include "command/options/options.h"
#include "command/options/setup.h"
#include "command/report/explain.h"
#include "command/report/json.h"
#include "command/report/report.h"
#include "command/run/batch.h"

struct info_command {
    const struct ml_command *command;
    struct ml_run_options options;
    struct ml_operands operands;
    struct ml_inputs inputs;
    struct ml_walk_stats stats;
    struct ml_run_settings settings;
    struct ml_run *run;
    struct ml_json_builder json;
    json_t *files; /* with --json */
    size_t failed;
};

static void info_print(const char *path, const struct ml_job *job)
{
    const struct ml_picture_result *result = &job->result;
    const struct ml_shape *shape = &result->shape_in;
    char line[4 * ML_INPUT_PATH_MAX + 512];
    struct ml_strbuf text;
    ml_strbuf_open(&text, line, sizeof line);
    ml_strbuf_add_escaped(&text, path);
    ml_strbuf_add(&text, ": %s %ux%u, %s, %u bits, %s, %llu bytes",
                  result->format_in, shape->width, shape->height,
                  ml_layout_name(shape->layout), shape->bits, result->coding,
                  (unsigned long long)job->input_bytes);
    if (result->orientation != 1)
        ml_strbuf_add(&text, ", orientation %u", result->orientation);
    ml_strbuf_add(&text, "%s%s", result->icc ? ", ICC profile" : "",
                  result->exif ? ", EXIF" : "");
    (void)printf("%s\n", line);
}

static json_t *info_json(struct ml_json_builder *json, const char *path,
                         const struct ml_job *job)
{
    const struct ml_picture_result *result = &job->result;
    json_t *file = ml_json_shape(json, result->format_in, &result->shape_in);
    ml_json_set_path(json, file, "path", path);
    ml_json_set(json, file, "coding", ml_json_text(json, result->coding));
    ml_json_set(json, file, "bytes",
                json_integer((json_int_t)job->input_bytes));
    ml_json_set(json, file, "orientation", json_integer(result->orientation));
    ml_json_set(json, file, "icc", json_boolean(result->icc));
    ml_json_set(json, file, "exif", json_boolean(result->exif));
    return file;
}

static void info_report(void *context, const struct ml_record *record)
{
    struct info_command *info = context;
    const struct ml_job *job = record->job;
    char path[ML_INPUT_PATH_MAX];
    (void)ml_input_path(&info->inputs,
                        ml_inputs_at(&info->inputs, record->index), path);
    if (job->error.status != ML_OK) {
        if (job->error.status != ML_ERR_CANCELLED) {
            ml_print_failure(path, &job->error);
            info->failed++;
        }
    } else if (info->options.json) {
        ml_json_append(&info->json, info->files,
                       info_json(&info->json, path, job));
    } else {
        info_print(path, job);
    }
}

static enum ml_status info_document(struct info_command *info,
                                    struct ml_error *err)
{
    struct ml_json_builder *json = &info->json;
    json_t *document =
        ml_json_pack(json, "{s:i, s:I, s:O}", "schema", ML_REPORT_SCHEMA,
                     "failed", (json_int_t)info->failed, "files", info->files);
    const enum ml_status status =
        ml_json_print(json, document, ML_JSON_LINE, stdout, err);
    json_decref(document);
    return status;
}

static int info_execute(struct info_command *info)
{
    struct ml_error err;
    struct ml_batch *batch;
    const struct ml_batch_settings settings = {
        .inputs = &info->inputs,
        .in_order = true,
        .limit_file_bytes =
            info->options.settings.transform.source.limits.input_bytes,
        .context = info,
        .report = info_report,
    };
    struct ml_signals signals = {0};
    ml_signals_block();
    enum ml_status status = ml_batch_open(&batch, &settings, &err);
    if (status != ML_OK)
        return ml_command_fail(info->command, &err);
    info->settings.io = ml_batch_io(batch);
    status = ml_run_open(&info->run, &info->settings, &err);
    if (status == ML_OK) {
        signals.run = info->run;
        status = ml_signals_open(&signals, &err);
        if (status == ML_OK) {
            status = ml_run_execute(info->run, &err);
            ml_signals_close(&signals);
        }
    }
    ml_batch_close(batch);
    if (info->run)
        ml_run_close(info->run);
    if (status != ML_OK)
        return ml_command_fail(info->command, &err);
    if (info->options.json && info_document(info, &err) != ML_OK)
        return ml_command_fail(info->command, &err);
    if (atomic_load(&signals.signal) != 0)
        return ml_signals_exit_code(atomic_load(&signals.signal));
    return info->failed > 0 ? ML_EXIT_SOME_FAILED : ML_EXIT_OK;
}

static int info_all(struct info_command *info)
{
    static const struct ml_chain no_filters = {0};
    struct ml_explanation explanation; /* unused */
    struct ml_error err;
    info->options.dry_run = true;
    enum ml_status status =
        ml_run_setup_run(&info->settings, &info->options, &no_filters, &err);
    if (status == ML_OK)
        status = ml_run_setup_check(&info->settings, &info->options, &err);
    if (status == ML_OK)
        status = ml_run_setup_inputs(&info->inputs, &info->options,
                                     &info->operands, NULL, &info->stats, &err);
    if (status != ML_OK)
        return ml_command_fail(info->command, &err);
    if (info->inputs.count == 0) {
        (void)ml_command_usage_error(
            info->command, "nothing to do", "there is no picture",
            "name JPEG or PNG files, or their folders");
        return ML_EXIT_NOTHING;
    }
    if (ml_explain_choose_mode(&explanation, &info->settings, &info->options,
                               &info->inputs, 0, &err) != ML_OK)
        return ml_command_fail(info->command, &err);
    return info_execute(info);
}

static int info_main(const struct ml_command *command, int argc, char **argv)
{
    int code = ML_EXIT_INTERNAL;
    struct info_command *info = calloc(1, sizeof *info);
    if (!info)
        return code;
    info->command = command;
    ml_run_options_default(&info->options);
    ml_inputs_open(&info->inputs);
    if (ml_options_parse(command, argc, argv, &info->options, &info->operands,
                         &code)) {
        ml_signals_exit_immediately();
        info->files = info->options.json ? ml_json_array(&info->json) : NULL;
        if (info->operands.count == 0 && !info->options.files_from)
            code = ml_command_usage_error(command, "no input is named", "",
                                          "name files or folders");
        else
            code = info_all(info);
        json_decref(info->files);
    }
    ml_inputs_close(&info->inputs);
    free(info);
    return code;
}

const struct ml_command ml_command_info = {
    .name = "info",
    .summary =
        "print size, format and metadata of pictures, from their headers",
    .operands = "PATH...",
    .examples = "minilab info photos\n"
                "minilab info --json a.jpg b.png\n",
    .options = ml_info_option_table,
    .on_option = ml_run_options_note,
    .run = info_main,
};
