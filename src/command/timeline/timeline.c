/* timeline.c: `minilab timeline`: the options, and the summary of a trace: a
 * table, a strip of letters a track, losses. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command/cli/command.h"
#include "command/cli/display_width.h"
#include "command/cli/json_builder.h"
#include "command/cli/json_path.h"
#include "command/cli/option_parser.h"
#include "command/cli/option_value.h"
#include "command/report/json.h"
#include "command/timeline/chrome_trace.h"
#include "command/timeline/moment.h"

#define TIMELINE_COLUMNS 100  /* when the output is no terminal */
#define TIMELINE_STRIP_MIN 20 /* letters */

struct timeline_settings {
    bool json;
    bool has_at;
    uint64_t at_ns;     /* from the start of the trace */
    const char *chrome; /* a file, or NULL */
    unsigned width;     /* letters a line; 0: of the terminal */
};

static enum ml_status timeline_set_at(void *settings, const char *value,
                                      struct ml_error *err)
{
    struct timeline_settings *timeline = settings;
    timeline->has_at = ml_parse_duration(value, &timeline->at_ns);
    return timeline->has_at
               ? ML_OK
               : ml_fail(err, ML_ERR_USAGE, "not a time",
                         "write it like 250ms or 1.5s", "'%.40s'", value);
}

static const struct ml_option timeline_options[] = {
    {.name = "at",
     .argument = "TIME",
     .group = "Output",
     .help = "print this moment instead, counted from the start: what each "
             "track does, on which picture, what it waits for; how full queues "
             "and memory are",
     .apply = timeline_set_at},
    {.name = "chrome",
     .argument = "FILE",
     .group = "Output",
     .help = "write trace events for ui.perfetto.dev and chrome://tracing to "
             "FILE instead; - is standard output",
     ML_SET_TEXT(timeline_settings, chrome)},
    {.name = "width",
     .argument = "N",
     .group = "Output",
     .help = "letters a line, 40 to 1000 (default: the terminal's width, or "
             "100)",
     ML_SET_INTEGER(timeline_settings, width, 40, ML_TIMELINE_WIDTH_MAX)},
    {.name = "json",
     .group = "Output",
     .help = "the summary as one JSON document",
     ML_SET_FLAG(timeline_settings, json)},
    ML_OPTIONS_END,
};

/* ---- as text ---- */

static unsigned timeline_line_width(const struct timeline_settings *settings)
{
    const unsigned columns = ml_terminal_columns(STDOUT_FILENO);
    if (settings->width > 0)
        return settings->width;
    if (columns < 40)
        return TIMELINE_COLUMNS;
    return columns < ML_TIMELINE_WIDTH_MAX ? columns : ML_TIMELINE_WIDTH_MAX;
}

static int timeline_name_width(const struct ml_trace_log *log)
{
    size_t most = sizeof "track" - 1;
    for (size_t i = 0; i < log->track_count; i++) {
        const size_t length = ml_display_width(log->tracks[i].name);
        most = length > most ? length : most;
    }
    return (int)most;
}

static unsigned timeline_strip_width(const struct timeline_settings *settings,
                                     const struct ml_trace_log *log)
{
    const unsigned line = timeline_line_width(settings);
    const unsigned before = (unsigned)timeline_name_width(log) + 2;
    return line > before + TIMELINE_STRIP_MIN ? line - before
                                              : TIMELINE_STRIP_MIN;
}

static double timeline_share(const struct ml_timeline *timeline, uint64_t ns)
{
    return 100 * (double)ns / (double)timeline->wall_ns;
}

/* Did any row spend time on this kind? */
static bool timeline_occurs(const struct ml_timeline *timeline, unsigned kind)
{
    for (size_t i = 0; i < timeline->row_count; i++) {
        if (timeline->rows[i].kind_ns[kind] > 0)
            return true;
    }
    return false;
}

static void timeline_print_share(double share)
{
    if (share <= 0)
        (void)printf("     ");
    else if (share < 0.95)
        (void)printf("  %.1f", share < 0.1 ? 0.1 : share);
    else
        (void)printf(" %4.0f", share);
}

/* Percent of the wall time by kind, and the cause of the longest waits. */
static void timeline_print_row(const struct ml_timeline *timeline,
                               const struct ml_trace_log *log, int name_width,
                               const struct ml_timeline_row *row)
{
    const unsigned cause = ml_timeline_cause(row, log);
    ml_print_padded(stdout, row->name, (size_t)name_width);
    for (unsigned k = 0; k < ML_TRACE_LOG_KINDS; k++) {
        if (timeline_occurs(timeline, k))
            timeline_print_share(timeline_share(timeline, row->kind_ns[k]));
    }
    timeline_print_share(timeline_share(timeline, row->blank_ns));
    if (cause)
        (void)printf("  %s", log->causes[cause]);
    if (row->lives > 1)
        (void)printf(" (%u workers)", row->lives);
    (void)printf("\n");
}

static void timeline_print_table(const struct ml_timeline *timeline,
                                 const struct ml_trace_log *log)
{
    const int name_width = timeline_name_width(log);
    size_t empty = 0;
    (void)printf("\n%-*s", name_width, "track");
    for (unsigned k = 0; k < ML_TRACE_LOG_KINDS; k++) {
        if (timeline_occurs(timeline, k))
            (void)printf("   %c%%",
                         log->kinds[k].letter ? log->kinds[k].letter : '?');
    }
    (void)printf(" out%%  waited longest for\n");
    for (size_t i = 0; i < timeline->row_count; i++) {
        if (timeline->rows[i].spans > 0)
            timeline_print_row(timeline, log, name_width, &timeline->rows[i]);
        else
            empty++;
    }
    (void)printf("\n");
    for (size_t i = 0; i < timeline->row_count; i++) {
        if (timeline->rows[i].spans == 0)
            continue;
        ml_print_padded(stdout, timeline->rows[i].name, (size_t)name_width);
        (void)printf("  %s\n", timeline->rows[i].strip);
    }
    if (empty > 0)
        (void)printf("(%zu more tracks without spans)\n", empty);
    (void)printf("\n");
}

/* Idle time has the letter of time outside all spans. */
static void timeline_print_legend(const struct ml_timeline *timeline,
                                  const struct ml_trace_log *log)
{
    bool idles = false;
    for (unsigned k = 0; k < ML_TRACE_LOG_KINDS; k++) {
        const bool fails = timeline->failures > 0 &&
                           strcmp(log->kinds[k].name,
                                  ml_trace_kind_row(ML_TRACE_FAIL)->name) == 0;
        if (!timeline_occurs(timeline, k) && !fails)
            continue;
        idles |= log->kinds[k].letter == '.';
        (void)printf("%c %s  ",
                     log->kinds[k].letter ? log->kinds[k].letter : '?',
                     log->kinds[k].name);
    }
    (void)printf("%s\n", idles ? "out%: outside all spans, also drawn as ."
                               : ". outside all spans, out%");
}

static void timeline_print_losses(const struct ml_timeline *timeline,
                                  const struct ml_trace_log *log)
{
    const uint64_t refused = timeline->refused + log->left_out;
    if (!log->whole)
        (void)printf("the trace is truncated: its run did not finish\n");
    if (timeline->lost > 0)
        (void)printf("%llu spans were dropped (buffer full)\n",
                     (unsigned long long)timeline->lost);
    if (refused > 0)
        (void)printf("%llu invalid spans were rejected\n",
                     (unsigned long long)refused);
    if (log->clipped > 0)
        (void)printf("%llu spans were shortened to nest in others\n",
                     (unsigned long long)log->clipped);
    if (log->whole && timeline->lost + refused + log->clipped == 0)
        (void)printf("complete: no span was dropped\n");
}

static void timeline_print(const struct ml_timeline *timeline,
                           const struct ml_trace_log *log)
{
    const struct ml_timeline_row *busiest = timeline->busiest;
    const struct ml_timeline_row *waiting = timeline->most_waiting;
    (void)printf("%.3f s, %zu tracks, %llu spans\n",
                 (double)timeline->wall_ns / 1e9, timeline->row_count,
                 (unsigned long long)timeline->spans);
    if (timeline->row_count > 0) {
        timeline_print_table(timeline, log);
        timeline_print_legend(timeline, log);
    }
    if (busiest)
        (void)printf("busiest: %s, working %.0f %% of the time\n",
                     busiest->name, timeline_share(timeline, busiest->work_ns));
    if (waiting && timeline_share(timeline, waiting->wait_ns) >= 1) {
        const unsigned cause = ml_timeline_cause(waiting, log);
        (void)printf("waited most: %s, %.0f %% of the time%s%s\n",
                     waiting->name, timeline_share(timeline, waiting->wait_ns),
                     cause ? ", most of it for " : "", log->causes[cause]);
    }
    if (timeline->longest_job != ML_TRACE_NO_JOB)
        (void)printf("longest picture: input %llu, %.1f ms without reading and "
                     "writing\n",
                     (unsigned long long)timeline->longest_job + 1,
                     (double)timeline->longest_ns / 1e6);
    timeline_print_losses(timeline, log);
}

/* ---- as JSON ---- */

static json_t *timeline_row_json(struct ml_json_builder *json,
                                 const struct ml_trace_log *log,
                                 const struct ml_timeline_row *row)
{
    json_t *kinds = ml_json_object(json), *waits = ml_json_object(json);
    for (unsigned k = 0; k < ML_TRACE_LOG_KINDS; k++) {
        if (row->kind_ns[k] > 0)
            ml_json_set(json, kinds, log->kinds[k].name,
                        json_real((double)row->kind_ns[k] / 1e6));
    }
    for (unsigned c = 1; c < ML_TRACE_CAUSES; c++) {
        if (row->cause_ns[c] > 0 && log->causes[c][0])
            ml_json_set(json, waits, log->causes[c],
                        json_real((double)row->cause_ns[c] / 1e6));
    }
    return ml_json_pack(
        json, "{s:o, s:i, s:i, s:I, s:I, s:I, s:f, s:f, s:f, s:o, s:o, s:s}",
        "name", ml_json_text(json, row->name), "pid", row->pid, "lives",
        (int)row->lives, "spans", (json_int_t)row->spans, "lost",
        (json_int_t)row->lost, "refused", (json_int_t)row->refused, "work_ms",
        (double)row->work_ns / 1e6, "wait_ms", (double)row->wait_ns / 1e6,
        "outside_ms", (double)row->blank_ns / 1e6, "ms", kinds, "waited_for_ms",
        waits, "strip", row->strip);
}

static enum ml_status timeline_print_json(const struct ml_timeline *timeline,
                                          const struct ml_trace_log *log,
                                          const char *path,
                                          struct ml_error *err)
{
    struct ml_json_builder builder = {ML_OK}, *json = &builder;
    json_t *rows = ml_json_array(json), *letters = ml_json_object(json);
    for (size_t i = 0; i < timeline->row_count; i++)
        ml_json_append(json, rows,
                       timeline_row_json(json, log, &timeline->rows[i]));
    for (unsigned k = 0; k < ML_TRACE_LOG_KINDS; k++) {
        const char letter[2] = {log->kinds[k].letter, '\0'};
        if (letter[0])
            ml_json_set(json, letters, log->kinds[k].name,
                        ml_json_text(json, letter));
    }
    json_t *document = ml_json_pack(
        json, "{s:i, s:s, s:f, s:b, s:I, s:I, s:I, s:I, s:I, s:o, s:o}",
        "schema", ML_REPORT_SCHEMA, "command", "timeline", "seconds",
        (double)timeline->wall_ns / 1e9, "whole", log->whole, "spans",
        (json_int_t)timeline->spans, "lost", (json_int_t)timeline->lost,
        "left_out", (json_int_t)(timeline->refused + log->left_out), "bent",
        (json_int_t)log->clipped, "failures", (json_int_t)timeline->failures,
        "letters", letters, "tracks", rows);
    ml_json_set_path(json, document, "file", path);
    if (timeline->busiest)
        ml_json_set(json, document, "busiest",
                    ml_json_text(json, timeline->busiest->name));
    if (timeline->most_waiting)
        ml_json_set(json, document, "most_waiting",
                    ml_json_text(json, timeline->most_waiting->name));
    if (timeline->longest_job != ML_TRACE_NO_JOB)
        ml_json_set(json, document, "longest_picture",
                    ml_json_pack(json, "{s:I, s:f}", "input",
                                 (json_int_t)timeline->longest_job + 1, "ms",
                                 (double)timeline->longest_ns / 1e6));
    const enum ml_status status =
        ml_json_print(json, document, ML_JSON_LINE, stdout, err);
    json_decref(document);
    return status;
}

/* ---- the command ---- */

/* Do both paths name the same file? */
static bool timeline_is_same(const char *a, const char *b)
{
    struct stat one, other;
    return stat(a, &one) == 0 && stat(b, &other) == 0 &&
           one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

static enum ml_status timeline_write_chrome(const struct ml_trace_log *log,
                                            const char *path,
                                            struct ml_error *err)
{
    if (strcmp(path, "-") == 0) {
        /* main() checks standard output for write errors */
        return ml_timeline_chrome(log, stdout, err);
    }
    FILE *file = fopen(path, "we");
    if (!file)
        return ml_fail_os(err, errno, "cannot write the events",
                          "name a file that can be written");
    const enum ml_status status = ml_timeline_chrome(log, file, err);
    errno = 0;
    const bool failed = ferror(file) != 0;
    const bool well = fclose(file) == 0 && !failed;
    return well ? status
                : ml_fail_os(err, errno ? errno : EIO,
                             "cannot write the events", NULL);
}

static enum ml_status
timeline_summarise(const struct timeline_settings *settings,
                   const struct ml_trace_log *log, const char *path,
                   struct ml_error *err)
{
    struct ml_timeline timeline;
    enum ml_status status = ml_timeline_open(
        &timeline, log, timeline_strip_width(settings, log), err);
    if (status != ML_OK)
        return status;
    if (settings->json)
        status = timeline_print_json(&timeline, log, path, err);
    else
        timeline_print(&timeline, log);
    ml_timeline_close(&timeline);
    return status;
}

static int timeline_main(const struct ml_command *command, int argc,
                         char **argv)
{
    struct timeline_settings settings = {0};
    struct ml_operands operands;
    struct ml_trace_log log;
    struct ml_error err;
    int code;
    if (!ml_options_parse(command, argc, argv, &settings, &operands, &code))
        return code;
    if (operands.count != 1)
        return ml_command_usage_error(
            command,
            operands.count == 0 ? "no trace given" : "too many arguments",
            operands.count == 0 ? "" : operands.items[1],
            "name one file that minilab run --trace wrote");
    if (settings.chrome && (settings.json || settings.has_at))
        return ml_command_usage_error(command, "options exclude each other",
                                      settings.json ? "--chrome and --json"
                                                    : "--chrome and --at",
                                      "give one of them");
    if (settings.chrome && timeline_is_same(settings.chrome, operands.items[0]))
        return ml_command_usage_error(command,
                                      "the events would replace the trace",
                                      settings.chrome, "name another file");
    enum ml_status status = ml_trace_log_open(&log, operands.items[0], &err);
    if (status != ML_OK)
        return ml_command_fail(command, &err);
    if (settings.chrome)
        status = timeline_write_chrome(&log, settings.chrome, &err);
    else if (settings.has_at)
        status =
            ml_timeline_print_moment(&log, settings.at_ns, settings.json, &err);
    else
        status = timeline_summarise(&settings, &log, operands.items[0], &err);
    ml_trace_log_close(&log);
    return status == ML_OK ? ML_EXIT_OK : ml_command_fail(command, &err);
}

const struct ml_command ml_command_timeline = {
    .name = "timeline",
    .summary = "summarise or draw a recorded trace",
    .operands = "FILE",
    .examples = "minilab timeline run.trace\n"
                "minilab timeline run.trace --at 1.5s\n"
                "minilab timeline run.trace --chrome run.json\n"
                "minilab timeline --json run.trace\n",
    .options = timeline_options,
    .run = timeline_main,
};
