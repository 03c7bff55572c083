/* report.c: see report.h. */
#include "command/report/report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "async/loop.h"
#include "base/clock.h"
#include "codec/registry.h"
#include "command/cli/json_path.h"
#include "command/report/explain.h"
#include "command/report/json.h"
#include "command/report/json_document.h"
#include "command/report/progress.h"
#include "command/report/run_metrics.h"
#include "command/report/summary.h"
#include "os/cpu_budget.h"

#define REPORT_FAILURES_MAX 1000 /* kept for the --json document */
#define REPORT_LINE_MAX (4 * ML_INPUT_PATH_MAX + 2048)

/* ---- lines ---- */

void ml_print_failure(const char *path, const struct ml_error *err)
{
    char line[REPORT_LINE_MAX];
    struct ml_strbuf text;
    const char *const parts[] = {err->what, err->why, err->remedy};
    ml_strbuf_open(&text, line, sizeof line);
    ml_strbuf_add_escaped(&text, path);
    ml_strbuf_add(&text, ": %s", ml_step_name(err->step));
    for (size_t i = 0; i < 3; i++) {
        if (parts[i][0] != '\0') {
            ml_strbuf_add(&text, ": ");
            ml_strbuf_add_escaped(&text, parts[i]);
        }
    }
    (void)fprintf(stderr, "%s\n", line);
}

static void report_warn(const struct ml_run_report *report, const char *path,
                        const char *step, const char *message)
{
    char line[REPORT_LINE_MAX];
    struct ml_strbuf text;
    if (report->options->silent)
        return;
    ml_strbuf_open(&text, line, sizeof line);
    ml_strbuf_add_escaped(&text, path);
    ml_strbuf_add(&text, ": %s: warning: %s", step, message);
    (void)fprintf(stderr, "%s\n", line);
}

/* Warn of a PNG named .jpg, which is decoded as a PNG. */
static void report_check_name(const struct ml_run_report *report,
                              const char *path,
                              const struct ml_picture_result *result)
{
    const struct ml_codec *named = ml_codec_of_name(path);
    char message[128];
    if (!named || strcmp(named->name, result->format_in) == 0)
        return;
    (void)snprintf(message, sizeof message,
                   "named like a %s, but it is a %s: decoded as %s",
                   named->name, result->format_in, result->format_in);
    report_warn(report, path, "read", message);
}

/* ---- totals ---- */

/* Records may arrive in another order than jobs end. */
static void report_add_end(struct ml_totals *totals, uint64_t end_ns)
{
    if (end_ns > totals->last_ns) {
        totals->before_last_ns = totals->last_ns;
        totals->last_ns = end_ns;
    } else if (end_ns > totals->before_last_ns) {
        totals->before_last_ns = end_ns;
    }
}

static void report_add(struct ml_totals *totals, const struct ml_job *job)
{
    const struct ml_picture_result *result = &job->result;
    totals->done++;
    totals->warned += result->warnings > 0;
    totals->bytes_in += job->input_bytes;
    totals->bytes_out += job->output_bytes;
    totals->pixels_in +=
        (uint64_t)result->shape_in.width * result->shape_in.height;
    totals->pixels_out +=
        (uint64_t)result->shape_out.width * result->shape_out.height;
    totals->read_ns += job->read_ns;
    totals->source_ns += result->times.source_ns;
    totals->filter_ns += result->times.filter_ns;
    totals->sink_ns += result->times.sink_ns;
    totals->write_ns += job->write_ns;
    report_add_end(totals, job->end_ns);
    for (size_t bit = 0; bit < 8; bit++)
        totals->dropped[bit] += result->dropped >> bit & 1;
}

static void report_add_failure(struct ml_totals *totals,
                               const struct ml_error *err)
{
    if (err->status == ML_ERR_CANCELLED) {
        totals->cancelled++;
        return;
    }
    totals->failed++;
    if (err->step == ML_STEP_WRITE &&
        (err->os_errno == ENOSPC || err->os_errno == EDQUOT ||
         err->os_errno == EROFS))
        totals->disk_full = true;
}

/* ---- events ---- */

static json_t *report_error_json(struct ml_json_builder *json,
                                 const struct ml_error *err)
{
    return ml_json_pack(
        json, "{s:s, s:s, s:o, s:o, s:o}", "step", ml_step_name(err->step),
        "kind", ml_status_name(err->status), "what",
        ml_json_text(json, err->what), "why", ml_json_text(json, err->why),
        "remedy", ml_json_text(json, err->remedy));
}

static void report_event(struct ml_run_report *report,
                         const struct ml_record *record, const char *path,
                         const char *status)
{
    struct ml_json_builder own = {0}, *json = &own; /* one lost event alone */
    const struct ml_job *job = record->job;
    json_t *event = ml_json_pack(
        json, "{s:i, s:s, s:I, s:s}", "schema", ML_REPORT_SCHEMA, "event",
        "picture", "number", (json_int_t)record->index + 1, "status", status);
    ml_json_set_path(json, event, "path", path);
    if (record->output[0] != '\0')
        ml_json_set_path(json, event, "output", record->output);
    if (job && job->error.status != ML_OK)
        ml_json_set(json, event, "error", report_error_json(json, &job->error));
    if (job && job->result.format_in[0] != '\0')
        ml_json_set(
            json, event, "in",
            ml_json_shape(json, job->result.format_in, &job->result.shape_in));
    if (job && job->error.status == ML_OK) {
        const struct ml_picture_result *result = &job->result;
        ml_json_set(
            json, event, "out",
            ml_json_shape(json, result->format_out, &result->shape_out));
        ml_json_set(json, event, "bytes_in",
                    json_integer((json_int_t)job->input_bytes));
        ml_json_set(json, event, "bytes_out",
                    json_integer((json_int_t)job->output_bytes));
        ml_json_set(json, event, "ms",
                    ml_json_pack(json, "{s:f, s:f, s:f, s:f, s:f}", "read",
                                 ml_ms(job->read_ns), "decode",
                                 ml_ms(result->times.source_ns), "filter",
                                 ml_ms(result->times.filter_ns), "encode",
                                 ml_ms(result->times.sink_ns), "write",
                                 ml_ms(job->write_ns)));
    }
    if (ml_json_put(json, event, ML_JSON_LINE, report->events))
        (void)fputc('\n', report->events);
    if (report->event_json.status == ML_OK)
        report->event_json.status = own.status;
    json_decref(event);
}

/* ---- records ---- */

static void report_keep_failure(struct ml_run_report *report, const char *path,
                                const struct ml_error *err)
{
    if (!report->options->json ||
        json_array_size(report->failures) >= REPORT_FAILURES_MAX)
        return;
    struct ml_json_builder *json = &report->json;
    json_t *failure = report_error_json(json, err);
    ml_json_set_path(json, failure, "path", path);
    ml_json_append(json, report->failures, failure);
}

/* The output's name; unknown in a dry run if it depends on the bytes. */
static const char *report_shown_output(const struct ml_run_report *report,
                                       const struct ml_record *record)
{
    const char *output = report->options->output;
    if (record->output[0] != '\0')
        return record->output;
    return output && strcmp(output, "-") == 0 ? "-" : "?";
}

static void report_list(const struct ml_run_report *report,
                        const struct ml_record *record, const char *path)
{
    char line[REPORT_LINE_MAX];
    struct ml_strbuf text;
    ml_strbuf_open(&text, line, sizeof line);
    ml_strbuf_add_escaped(&text, path);
    if (record->job) {
        const struct ml_picture_result *result = &record->job->result;
        ml_strbuf_add(&text, " -> ");
        ml_strbuf_add_escaped(&text, report_shown_output(report, record));
        ml_strbuf_add(&text, "  %s %ux%u -> %s %ux%u", result->format_in,
                      result->shape_in.width, result->shape_in.height,
                      result->format_out, result->shape_out.width,
                      result->shape_out.height);
    } else {
        ml_strbuf_add(&text, ": skipped: %s",
                      record->action == ML_OUTPUT_SKIP_EXISTS
                          ? "the output exists"
                          : "another input has this output");
    }
    (void)printf("%s\n", line);
}

static void report_verbose(const struct ml_run_report *report,
                           const struct ml_record *record)
{
    const struct ml_job *job = record->job;
    const struct ml_picture_result *result = &job->result;
    char line[REPORT_LINE_MAX];
    struct ml_strbuf text;
    ml_strbuf_open(&text, line, sizeof line);
    ml_strbuf_add_escaped(&text, report_shown_output(report, record));
    ml_strbuf_add(
        &text,
        ": %s %ux%u -> %s %ux%u, %" PRIu64 " -> %" PRIu64
        " bytes, ms: read %.1f decode %.1f filter %.1f encode "
        "%.1f write %.1f",
        result->format_in, result->shape_in.width, result->shape_in.height,
        result->format_out, result->shape_out.width, result->shape_out.height,
        job->input_bytes, job->output_bytes, ml_ms(job->read_ns),
        ml_ms(result->times.source_ns), ml_ms(result->times.filter_ns),
        ml_ms(result->times.sink_ns), ml_ms(job->write_ns));
    (void)fprintf(stderr, "%s\n", line);
}

/* While a picture computes on the event loop, all other jobs wait. */
static void report_blocked_loop(const struct ml_run_report *report,
                                const char *path, const struct ml_job *job)
{
    char message[80];
    if (!report->options->verbose || job->held_loop_ns < ML_ASYNC_SLOW_NS)
        return;
    (void)snprintf(message, sizeof message,
                   "blocked the event loop for %.0f ms; all other jobs waited",
                   ml_ms(job->held_loop_ns));
    report_warn(report, path, "loop", message);
}

static void report_done(struct ml_run_report *report,
                        const struct ml_record *record, const char *path)
{
    const struct ml_job *job = record->job;
    const struct ml_picture_result *result = &job->result;
    report_add(&report->totals, job);
    if (report->latencies_ms)
        report->latencies_ms[report->latency_count++] =
            ml_ms(job->end_ns - job->start_ns);
    report_check_name(report, path, result);
    if (report->options->verbose && result->warnings > 0)
        report_warn(report, path, "decode", result->warning);
    if (report->listing)
        report_list(report, record, path);
    else if (report->options->verbose)
        report_verbose(report, record);
}

void ml_run_report_add(struct ml_run_report *report,
                       const struct ml_record *record)
{
    char path[ML_INPUT_PATH_MAX];
    const struct ml_job *job = record->job;
    const char *status = "done";
    (void)ml_input_path(report->inputs,
                        ml_inputs_at(report->inputs, record->index), path);
    ml_mutex_lock(&report->lock);
    ml_run_report_clear_progress(report);
    if (job)
        report_blocked_loop(report, path, job);
    if (!job) {
        status = "skipped";
        report->totals.skipped++;
        if (report->listing)
            report_list(report, record, path);
    } else if (job->error.status != ML_OK) {
        const bool cancelled = job->error.status == ML_ERR_CANCELLED;
        status = cancelled ? "cancelled" : "failed";
        report_add_failure(&report->totals, &job->error);
        if (!cancelled)
            ml_print_failure(path, &job->error);
        report_keep_failure(report, path, &job->error);
    } else {
        report_done(report, record, path);
    }
    if (report->events)
        report_event(report, record, path, status);
    ml_mutex_unlock(&report->lock);
}

/* ---- opening, closing, the end ---- */

/* Do the options need more metrics than the summary prints? */
static bool report_needs_metrics(const struct ml_run_report *report)
{
    return report->options->json || report->options->explain;
}

static enum ml_status report_refuse_memory(struct ml_run_report *report,
                                           struct ml_error *err)
{
    ml_run_report_close(report);
    return ml_fail_os(err, ENOMEM, "cannot allocate the report", NULL);
}

enum ml_status ml_run_report_open(struct ml_run_report *report,
                                  struct ml_error *err)
{
    const struct ml_run_options *options = report->options;
    const bool to_stdout = options->events && strcmp(options->events, "-") == 0;
    if (options->events)
        report->events = to_stdout ? stdout : fopen(options->events, "we");
    if (options->events && !report->events)
        return ml_fail(err, ML_ERR_USAGE, "cannot write the events",
                       "name a file that can be written", "%s: %s",
                       options->events, strerrordesc_np(errno));
    ml_mutex_open(&report->lock);
    report->start_ns = report->line_ns = ml_now_ns();
    if (report_needs_metrics(report))
        report->start_busy_s = ml_cpu_busy_s("");
    /* A bar needs a terminal: a file gets lines, even with --progress bar. */
    report->bar =
        isatty(STDERR_FILENO) && (options->progress == ML_PROGRESS_BAR ||
                                  options->progress == ML_PROGRESS_AUTO);
    /* Standard output receives one of the two: the listing or JSON. */
    report->listing = options->dry_run && !options->json && !to_stdout;
    report->failures = ml_json_array(&report->json);
    if (options->json) {
        report->latencies_ms =
            calloc(report->inputs->count, sizeof *report->latencies_ms);
        if (!report->latencies_ms)
            return report_refuse_memory(report, err);
    }
    return ML_OK;
}

void ml_run_report_close(struct ml_run_report *report)
{
    if (report->events && report->events != stdout)
        (void)fclose(report->events);
    json_decref(report->failures);
    json_decref(report->breakdown_json);
    free(report->latencies_ms);
    ml_mutex_close(&report->lock);
}

/* Report events that were left out for lack of memory, or could not be written
 * to their file; main() checks stdout. */
static void report_check_events(struct ml_run_report *report)
{
    struct ml_error err;
    const bool in_file = report->events && report->events != stdout;
    const int error = in_file && fflush(report->events) != 0 ? errno : EIO;
    const bool written = !in_file || ferror(report->events) == 0;
    if (written && ml_json_check(&report->event_json, &err) == ML_OK)
        return;
    report->events_lost = true;
    if (!written)
        (void)ml_fail_os(&err, error, "cannot write the events", NULL);
    (void)ml_command_fail(NULL, &err);
}

/* Print the --json document, with the explanation if there is one. */
static void report_document(struct ml_run_report *report,
                            const struct ml_run_metrics *metrics,
                            const struct ml_run_counts *counts)
{
    struct ml_json_builder *json = &report->json;
    struct ml_error err;
    json_t *document = ml_run_report_document(json, report, metrics, counts);
    if (report->options->explain)
        ml_json_set(json, document, "explain",
                    ml_explain_json(json, report->explanation));
    if (ml_json_print(json, document, ML_JSON_LINE, stdout, &err) != ML_OK) {
        report->document_lost = true;
        (void)ml_command_fail(NULL, &err);
    }
    json_decref(document);
}

void ml_run_report_finish(struct ml_run_report *report,
                          const struct ml_run_counts *counts,
                          const struct ml_walk_stats *stats)
{
    const double seconds = (double)(ml_now_ns() - report->start_ns) / 1e9;
    struct ml_run_metrics metrics;
    ml_mutex_lock(&report->lock);
    ml_run_report_clear_progress(report);
    report_check_events(report);
    if (report_needs_metrics(report))
        ml_run_report_metrics(report, seconds, counts, &metrics);
    if (report->options->explain)
        ml_explain_bottleneck(report->explanation, &metrics);
    if (!report->options->silent)
        ml_run_report_print_summary(report, seconds, counts, stats);
    if (report->options->explain)
        ml_explain_print(report->explanation);
    if (report->options->json)
        report_document(report, &metrics, counts);
    ml_mutex_unlock(&report->lock);
}
