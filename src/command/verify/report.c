/* report.c: see report.h. */
#include "command/verify/report.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "command/cli/command.h"
#include "command/cli/json_path.h"

void ml_verify_add(struct ml_verify_report *report, const char *path,
                   const struct ml_finding *finding)
{
    report->totals[finding->result]++;
    if (finding->result == ML_SAME)
        return;
    if (report->count == report->capacity) {
        const size_t capacity = report->capacity ? report->capacity * 2 : 16;
        struct ml_verify_note *notes =
            reallocarray(report->notes, capacity, sizeof *notes);
        if (!notes) {
            report->lost = true;
            return;
        }
        report->notes = notes;
        report->capacity = capacity;
    }
    struct ml_verify_note *note = &report->notes[report->count];
    *note = (struct ml_verify_note){strdup(path), *finding};
    if (note->path)
        report->count++;
    else
        report->lost = true;
}

void ml_verify_close(struct ml_verify_report *report)
{
    for (size_t i = 0; i < report->count; i++)
        free(report->notes[i].path);
    free(report->notes);
    *report = (struct ml_verify_report){0};
}

int ml_verify_exit(const struct ml_verify_report *report)
{
    if (report->totals[ML_UNREADABLE] > 0)
        return ML_EXIT_SOME_FAILED;
    if (report->totals[ML_DIFFERENT] + report->totals[ML_MISSING] +
            report->totals[ML_EXTRA] >
        0)
        return ML_EXIT_DIFFERENT;
    return ML_EXIT_OK;
}

static size_t report_notes(const struct ml_verify_report *report)
{
    size_t total = 0;
    for (int v = ML_SAME + 1; v < ML_DIFF_RESULT_COUNT; v++)
        total += report->totals[v];
    return total;
}

void ml_verify_text(const struct ml_verify_report *report, FILE *out)
{
    const size_t shown =
        report->count < ML_REPORT_SHOWN ? report->count : ML_REPORT_SHOWN;
    for (size_t i = 0; i < shown; i++) {
        const struct ml_verify_note *note = &report->notes[i];
        char name[4 * PATH_MAX];
        struct ml_strbuf text;
        ml_strbuf_open(&text, name, sizeof name);
        ml_strbuf_add_escaped(&text, note->path);
        (void)fprintf(out, "%s: %s%s%s\n", name,
                      ml_diff_result_name(note->finding.result),
                      note->finding.why[0] ? ": " : "", note->finding.why);
    }
    if (report_notes(report) > shown)
        (void)fprintf(out, "... and %zu more\n", report_notes(report) - shown);
    for (int v = 0; v < ML_DIFF_RESULT_COUNT; v++) {
        if (v <= ML_DIFFERENT || report->totals[v] > 0)
            (void)fprintf(out, "%s%zu %s", v ? ", " : "", report->totals[v],
                          ml_diff_result_name((enum ml_diff_result)v));
    }
    (void)fputc('\n', out);
}

static json_t *report_note_json(struct ml_json_builder *json,
                                const struct ml_verify_note *note)
{
    json_t *object = ml_json_pack(json, "{s:s, s:o}", "verdict",
                                  ml_diff_result_name(note->finding.result),
                                  "why", ml_json_text(json, note->finding.why));
    ml_json_set_path(json, object, "path", note->path);
    return object;
}

enum ml_status ml_verify_json(const struct ml_verify_report *report, FILE *out,
                              struct ml_error *err)
{
    const int exit_code = ml_verify_exit(report);
    struct ml_json_builder builder = {report->lost ? ML_ERR_MEMORY : ML_OK};
    struct ml_json_builder *json = &builder;
    json_t *notes = ml_json_array(json);
    json_t *document =
        ml_json_pack(json, "{s:i, s:s}", "schema", 1, "result",
                     exit_code == ML_EXIT_OK          ? "same"
                     : exit_code == ML_EXIT_DIFFERENT ? "different"
                                                      : "unreadable");
    for (int v = 0; v < ML_DIFF_RESULT_COUNT; v++)
        ml_json_set(json, document, ml_diff_result_name((enum ml_diff_result)v),
                    json_integer((json_int_t)report->totals[v]));
    for (size_t i = 0; i < report->count; i++)
        ml_json_append(json, notes, report_note_json(json, &report->notes[i]));
    ml_json_set(json, document, "notes", notes);
    const enum ml_status status =
        ml_json_print(json, document, ML_JSON_INDENTED, out, err);
    json_decref(document);
    return status;
}
