/* moment.c: see moment.h.  Prints a row a track, as text or JSON. */
#include "command/timeline/moment.h"

#include <string.h>

#include "command/cli/display_width.h"
#include "command/cli/json_path.h"
#include "command/report/json.h"

struct moment {
    const struct ml_trace_log *log;
    uint64_t ns; /* on the clock of the trace */
};

/* The innermost span at that moment.  A replaced worker and its replacements
 * have tracks of one name: the one with a span at that moment counts. */
static const struct ml_trace_span *moment_span(const struct moment *moment,
                                               size_t first)
{
    const struct ml_trace_log *log = moment->log;
    const char *name = log->tracks[first].name;
    for (size_t i = first; i < log->track_count; i++) {
        const struct ml_trace_span *span =
            strcmp(log->tracks[i].name, name) == 0
                ? ml_timeline_at(&log->tracks[i], moment->ns)
                : NULL;
        if (span)
            return span;
    }
    return NULL;
}

/* Is it the first track of its name, and one that has spans? */
static bool moment_is_row(const struct moment *moment, size_t track)
{
    const struct ml_trace_log *log = moment->log;
    for (size_t i = 0; i < track; i++) {
        if (strcmp(log->tracks[i].name, log->tracks[track].name) == 0)
            return false;
    }
    return !ml_timeline_has_only_levels(&log->tracks[track]);
}

/* The last level of this cause before the moment, on any track, or NULL. */
static const struct ml_trace_span *moment_level(const struct moment *moment,
                                                unsigned cause)
{
    const struct ml_trace_span *last = NULL;
    for (size_t t = 0; t < moment->log->track_count; t++) {
        const struct ml_trace_log_spans *levels =
            &moment->log->tracks[t].levels;
        for (size_t i = 0; i < levels->count; i++) {
            const struct ml_trace_span *level = &levels->items[i];
            if (level->start_ns > moment->ns)
                break;
            if (level->cause == cause &&
                (!last || level->start_ns >= last->start_ns))
                last = level;
        }
    }
    return last;
}

static bool moment_is_memory(const struct moment *moment,
                             const struct ml_trace_span *level)
{
    return strcmp(moment->log->kinds[level->kind].name,
                  ml_trace_kind_row(ML_TRACE_MEMORY)->name) == 0;
}

static double moment_ms(uint64_t ns)
{
    return (double)ns / 1e6;
}

/* ---- as text ---- */

static void moment_print_picture(const struct moment *moment, uint32_t job)
{
    const char *file = ml_trace_log_input(moment->log, job);
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

static void moment_print_row(const struct moment *moment, int width,
                             size_t track)
{
    const struct ml_trace_log *log = moment->log;
    const struct ml_trace_span *span = moment_span(moment, track);
    ml_print_padded(stdout, log->tracks[track].name, (size_t)width);
    if (!span) {
        (void)printf("  . outside all spans\n");
        return;
    }
    const struct ml_trace_log_kind *kind = &log->kinds[span->kind];
    const char *cause = log->causes[span->cause];
    (void)printf("  %c %s", kind->letter ? kind->letter : '?', kind->name);
    moment_print_picture(moment, span->job);
    if (cause[0])
        (void)printf(" %s %s", kind->waits ? "for" : "by", cause);
    (void)printf(", for %.3f ms, %.3f ms to go\n",
                 moment_ms(moment->ns - span->start_ns),
                 moment_ms(span->end_ns - moment->ns));
}

static void moment_print_levels(const struct moment *moment)
{
    for (unsigned c = 1; c < ML_TRACE_CAUSES; c++) {
        const char *name = moment->log->causes[c];
        const struct ml_trace_span *level =
            name[0] ? moment_level(moment, c) : NULL;
        if (!level)
            continue;
        if (moment_is_memory(moment, level))
            (void)printf("%s: %.1f MB\n", name, level->job * 1024.0 / 1e6);
        else
            (void)printf("%s: %u\n", name, level->job);
    }
}

static void moment_print(const struct moment *moment)
{
    const struct ml_trace_log *log = moment->log;
    size_t width = 0;
    (void)printf("at %.6f s of %.6f s\n\n",
                 moment_ms(moment->ns - log->start_ns) / 1e3,
                 moment_ms(log->end_ns - log->start_ns) / 1e3);
    for (size_t i = 0; i < log->track_count; i++) {
        const size_t length = ml_display_width(log->tracks[i].name);
        width = length > width ? length : width;
    }
    for (size_t i = 0; i < log->track_count; i++) {
        if (moment_is_row(moment, i))
            moment_print_row(moment, (int)width, i);
    }
    (void)printf("\n");
    moment_print_levels(moment);
}

/* ---- as JSON ---- */

static json_t *moment_row_json(struct ml_json_builder *json,
                               const struct moment *moment, size_t track)
{
    const struct ml_trace_log *log = moment->log;
    const struct ml_trace_span *span = moment_span(moment, track);
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
                json_real(moment_ms(moment->ns - span->start_ns)));
    ml_json_set(json, row, "more_ms",
                json_real(moment_ms(span->end_ns - moment->ns)));
    return row;
}

/* Numbers of jobs and slots, and memory in bytes. */
static json_t *moment_levels_json(struct ml_json_builder *json,
                                  const struct moment *moment)
{
    json_t *levels = ml_json_object(json);
    for (unsigned c = 1; c < ML_TRACE_CAUSES; c++) {
        const char *name = moment->log->causes[c];
        const struct ml_trace_span *level =
            name[0] ? moment_level(moment, c) : NULL;
        if (level)
            ml_json_set(
                json, levels, name,
                json_integer((json_int_t)level->job *
                             (moment_is_memory(moment, level) ? 1024 : 1)));
    }
    return levels;
}

static enum ml_status moment_print_json(const struct moment *moment,
                                        struct ml_error *err)
{
    struct ml_json_builder builder = {ML_OK}, *json = &builder;
    const struct ml_trace_log *log = moment->log;
    json_t *rows = ml_json_array(json);
    for (size_t i = 0; i < log->track_count; i++) {
        if (moment_is_row(moment, i))
            ml_json_append(json, rows, moment_row_json(json, moment, i));
    }
    json_t *document =
        ml_json_pack(json, "{s:i, s:s, s:f, s:f, s:o, s:o}", "schema",
                     ML_REPORT_SCHEMA, "command", "timeline", "at_s",
                     moment_ms(moment->ns - log->start_ns) / 1e3, "seconds",
                     moment_ms(log->end_ns - log->start_ns) / 1e3, "tracks",
                     rows, "levels", moment_levels_json(json, moment));
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
        return ml_fail(err, ML_ERR_USAGE, "--at: after the end of the trace",
                       "give a shorter time", "the trace lasts %.6f s",
                       moment_ms(all_ns) / 1e3);
    const struct moment moment = {.log = log, .ns = log->start_ns + after_ns};
    if (json)
        return moment_print_json(&moment, err);
    moment_print(&moment);
    return ML_OK;
}
