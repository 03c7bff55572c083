/* moment.c: one moment of a trace: what each track did, on which picture,
 * why it waited; and how full queues and memory were.  See moment.h. */
#include "command/timeline/moment.h"

#include <string.h>

#include "command/cli/display_width.h"
#include "command/cli/json_path.h"
#include "command/report/report.h"

struct at {
    const struct ml_trace_log *log;
    uint64_t ns; /* the moment, as the trace counts */
};

/* Of the lives of a worker that was replaced, the one of that moment: the track
 * that has a span then. */
static const struct ml_trace_span *at_span(const struct at *at, size_t first)
{
    const struct ml_trace_log *log = at->log;
    const char *name = log->tracks[first].name;
    for (size_t i = first; i < log->track_count; i++) {
        const struct ml_trace_span *span =
            strcmp(log->tracks[i].name, name) == 0
                ? ml_timeline_at(&log->tracks[i], at->ns)
                : NULL;
        if (span)
            return span;
    }
    return NULL;
}

/* Is it the first of its name, and one that does something? */
static bool at_is_row(const struct at *at, size_t track)
{
    const struct ml_trace_log *log = at->log;
    for (size_t i = 0; i < track; i++) {
        if (strcmp(log->tracks[i].name, log->tracks[track].name) == 0)
            return false;
    }
    return !ml_timeline_has_only_levels(&log->tracks[track]);
}

/* What any track told of this cause last; NULL: nothing until then. */
static const struct ml_trace_span *at_level(const struct at *at, unsigned cause)
{
    const struct ml_trace_span *last = NULL;
    for (size_t t = 0; t < at->log->track_count; t++) {
        const struct ml_trace_log_spans *levels = &at->log->tracks[t].levels;
        for (size_t i = 0; i < levels->count; i++) {
            const struct ml_trace_span *level = &levels->items[i];
            if (level->start_ns > at->ns)
                break;
            if (level->cause == cause &&
                (!last || level->start_ns >= last->start_ns))
                last = level;
        }
    }
    return last;
}

static bool at_is_memory(const struct at *at, const struct ml_trace_span *level)
{
    return strcmp(at->log->kinds[level->kind].name,
                  ml_trace_kind_row(ML_TRACE_MEMORY)->name) == 0;
}

static double at_ms(uint64_t ns)
{
    return (double)ns / 1e6;
}

/* ---- for people ---- */

static void at_print_picture(const struct at *at, uint32_t job)
{
    const char *file = ml_trace_log_input(at->log, job);
    char name[4096];
    struct ml_strbuf text;
    if (job == ML_TRACE_NO_JOB)
        return;
    ml_strbuf_open(&text, name, sizeof name);
    if (file)
        ml_strbuf_add_escaped(&text, file);
    if (file)
        (void)printf(" of %s (input %llu)", name, (unsigned long long)job + 1);
    else
        (void)printf(" of input %llu", (unsigned long long)job + 1);
}

static void at_print_row(const struct at *at, int width, size_t track)
{
    const struct ml_trace_log *log = at->log;
    const struct ml_trace_span *span = at_span(at, track);
    ml_print_padded(stdout, log->tracks[track].name, (size_t)width);
    if (!span) {
        (void)printf("  . within no span\n");
        return;
    }
    const struct ml_trace_log_kind *kind = &log->kinds[span->kind];
    const char *cause = log->causes[span->cause];
    (void)printf("  %c %s", kind->letter ? kind->letter : '?', kind->name);
    at_print_picture(at, span->job);
    if (cause[0])
        (void)printf(" %s %s", kind->waits ? "for" : "by", cause);
    (void)printf(", since %.3f ms, %.3f ms more\n",
                 at_ms(at->ns - span->start_ns), at_ms(span->end_ns - at->ns));
}

static void at_print_levels(const struct at *at)
{
    for (unsigned c = 1; c < ML_TRACE_CAUSES; c++) {
        const char *name = at->log->causes[c];
        const struct ml_trace_span *level = name[0] ? at_level(at, c) : NULL;
        if (!level)
            continue;
        if (at_is_memory(at, level))
            (void)printf("%s: %.1f MB\n", name, level->job * 1024.0 / 1e6);
        else
            (void)printf("%s: %u\n", name, level->job);
    }
}

static void at_print(const struct at *at)
{
    const struct ml_trace_log *log = at->log;
    size_t width = 0;
    (void)printf("at %.6f s of %.6f s\n\n", at_ms(at->ns - log->start_ns) / 1e3,
                 at_ms(log->end_ns - log->start_ns) / 1e3);
    for (size_t i = 0; i < log->track_count; i++) {
        const size_t length = ml_display_width(log->tracks[i].name);
        width = length > width ? length : width;
    }
    for (size_t i = 0; i < log->track_count; i++) {
        if (at_is_row(at, i))
            at_print_row(at, (int)width, i);
    }
    (void)printf("\n");
    at_print_levels(at);
}

/* ---- as JSON ---- */

static json_t *at_row_json(struct ml_json_builder *json, const struct at *at,
                           size_t track)
{
    const struct ml_trace_log *log = at->log;
    const struct ml_trace_span *span = at_span(at, track);
    json_t *row = ml_json_pack(json, "{s:o}", "name",
                               ml_json_text(json, log->tracks[track].name));
    if (!span)
        return row;
    const char *file = ml_trace_log_input(log, span->job);
    const char *cause = log->causes[span->cause];
    ml_json_set(json, row, "does",
                ml_json_text(json, log->kinds[span->kind].name));
    if (span->job != ML_TRACE_NO_JOB)
        ml_json_set(json, row, "input",
                    json_integer((json_int_t)span->job + 1));
    if (file)
        ml_json_set_path(json, row, "file", file);
    if (cause[0])
        ml_json_set(json, row, "cause", ml_json_text(json, cause));
    ml_json_set(json, row, "since_ms",
                json_real(at_ms(at->ns - span->start_ns)));
    ml_json_set(json, row, "more_ms", json_real(at_ms(span->end_ns - at->ns)));
    return row;
}

/* Jobs and slots as they are, memory in bytes. */
static json_t *at_levels_json(struct ml_json_builder *json, const struct at *at)
{
    json_t *levels = ml_json_object(json);
    for (unsigned c = 1; c < ML_TRACE_CAUSES; c++) {
        const char *name = at->log->causes[c];
        const struct ml_trace_span *level = name[0] ? at_level(at, c) : NULL;
        if (level)
            ml_json_set(json, levels, name,
                        json_integer((json_int_t)level->job *
                                     (at_is_memory(at, level) ? 1024 : 1)));
    }
    return levels;
}

static enum ml_status at_print_json(const struct at *at, struct ml_error *err)
{
    struct ml_json_builder builder = {ML_OK}, *json = &builder;
    const struct ml_trace_log *log = at->log;
    json_t *rows = ml_json_array(json);
    for (size_t i = 0; i < log->track_count; i++) {
        if (at_is_row(at, i))
            ml_json_append(json, rows, at_row_json(json, at, i));
    }
    json_t *document = ml_json_pack(
        json, "{s:i, s:s, s:f, s:f, s:o, s:o}", "schema", ML_REPORT_SCHEMA,
        "command", "timeline", "at_s", at_ms(at->ns - log->start_ns) / 1e3,
        "seconds", at_ms(log->end_ns - log->start_ns) / 1e3, "tracks", rows,
        "levels", at_levels_json(json, at));
    const enum ml_status status =
        ml_json_print(json, document, ML_JSON_LINE, stdout, err);
    json_decref(document);
    return status;
}

enum ml_status ml_timeline_print_moment(const struct ml_trace_log *log,
                                        uint64_t after_ns, bool json,
                                        struct ml_error *err)
{
    const uint64_t all_ns = log->end_ns - log->start_ns;
    if (after_ns > all_ns)
        return ml_fail(err, ML_ERR_USAGE, "--at: the trace is over by then",
                       "give a shorter time", "it lasts %.6f s",
                       at_ms(all_ns) / 1e3);
    const struct at at = {.log = log, .ns = log->start_ns + after_ns};
    if (json)
        return at_print_json(&at, err);
    at_print(&at);
    return ML_OK;
}
