/* chrome_trace.c: see chrome_trace.h.
 *
 * Writes the part of the "Trace Event Format" (the Catapult project) that
 * Perfetto reads too: X events, nested by their times, C counters, i instants,
 * M names.  Times are in microseconds from the start of the trace, with three
 * decimals, so nanoseconds are exact.
 */
#include "command/timeline/chrome_trace.h"

#include <string.h>

#include "command/cli/json_path.h"

struct chrome {
    const struct ml_trace_log *log;
    FILE *out;
    bool any; /* an event was written: the next needs a comma */
    struct ml_json_builder json;
};

static double chrome_us(const struct chrome *chrome, uint64_t at_ns)
{
    return (double)(at_ns - chrome->log->start_ns) / 1e3;
}

/* Write and release an event; nothing after an earlier lack of memory. */
static void chrome_event(struct chrome *chrome, json_t *event)
{
    if (chrome->json.status == ML_OK)
        (void)fputs(chrome->any ? ",\n" : "\n", chrome->out);
    chrome->any = true;
    (void)ml_json_put(&chrome->json, event,
                      JSON_COMPACT | JSON_REAL_PRECISION(15), chrome->out);
    json_decref(event);
}

static void chrome_name(struct chrome *chrome, const char *what, int pid,
                        size_t tid, const char *name)
{
    chrome_event(chrome,
                 ml_json_pack(&chrome->json, "{s:s, s:s, s:i, s:I, s:{s:o}}",
                              "ph", "M", "name", what, "pid", pid, "tid",
                              (json_int_t)tid, "args", "name",
                              ml_json_text(&chrome->json, name)));
}

/* A worker process is named after its first track, the coordinator after the
 * program. */
static void chrome_name_tracks(struct chrome *chrome)
{
    const struct ml_trace_log *log = chrome->log;
    for (size_t i = 0; i < log->track_count; i++) {
        const struct ml_trace_log_track *track = &log->tracks[i];
        size_t first = 0;
        if (ml_timeline_has_only_levels(track))
            continue;
        while (log->tracks[first].pid != track->pid)
            first++;
        if (first == i)
            chrome_name(chrome, "process_name", track->pid, i + 1,
                        i == 0 ? "minilab" : track->name);
        chrome_name(chrome, "thread_name", track->pid, i + 1, track->name);
        chrome_event(
            chrome, ml_json_pack(&chrome->json, "{s:s, s:s, s:i, s:I, s:{s:I}}",
                                 "ph", "M", "name", "thread_sort_index", "pid",
                                 track->pid, "tid", (json_int_t)i + 1, "args",
                                 "sort_index", (json_int_t)i));
    }
}

/* Inputs are numbered from 1, as in the events of a run. */
static json_t *chrome_arguments(struct chrome *chrome,
                                const struct ml_trace_span *span)
{
    struct ml_json_builder *json = &chrome->json;
    const char *cause = chrome->log->causes[span->cause];
    const char *file = ml_trace_log_input(chrome->log, span->job);
    json_t *arguments = ml_json_object(json);
    if (span->job != ML_TRACE_NO_JOB)
        ml_json_set(json, arguments, "input",
                    json_integer((json_int_t)span->job + 1));
    if (file)
        ml_json_set_path(json, arguments, "file", file);
    if (cause[0])
        ml_json_set(json, arguments, "cause", ml_json_text(json, cause));
    return arguments;
}

static void chrome_span(struct chrome *chrome, size_t track,
                        const struct ml_trace_span *span)
{
    const struct ml_trace_log *log = chrome->log;
    struct ml_json_builder *json = &chrome->json;
    const char *kind = log->kinds[span->kind].name;
    const bool death =
        strcmp(kind, ml_trace_kind_row(ML_TRACE_FAIL)->name) == 0;
    json_t *event = ml_json_pack(
        json, "{s:s, s:o, s:i, s:I, s:f, s:o}", "ph", death ? "i" : "X", "name",
        ml_json_text(json, kind), "pid", log->tracks[track].pid, "tid",
        (json_int_t)track + 1, "ts", chrome_us(chrome, span->start_ns), "args",
        chrome_arguments(chrome, span));
    if (death)
        ml_json_set(json, event, "s", ml_json_text(json, "t"));
    else
        ml_json_set(json, event, "dur",
                    json_real((double)(span->end_ns - span->start_ns) / 1e3));
    chrome_event(chrome, event);
}

/* Memory is recorded in KiB and written in bytes, as Perfetto shows it. */
static void chrome_level(struct chrome *chrome, size_t track,
                         const struct ml_trace_span *level)
{
    const struct ml_trace_log *log = chrome->log;
    struct ml_json_builder *json = &chrome->json;
    const char *name = log->causes[level->cause];
    const bool memory = strcmp(log->kinds[level->kind].name,
                               ml_trace_kind_row(ML_TRACE_MEMORY)->name) == 0;
    chrome_event(
        chrome,
        ml_json_pack(
            json, "{s:s, s:o, s:i, s:f, s:{s:I}}", "ph", "C", "name",
            ml_json_text(json, name[0] ? name : log->kinds[level->kind].name),
            "pid", log->tracks[track].pid, "ts",
            chrome_us(chrome, level->start_ns), "args",
            memory ? "bytes" : "jobs",
            (json_int_t)level->job * (memory ? 1024 : 1)));
}

enum ml_status ml_timeline_chrome(const struct ml_trace_log *log, FILE *out,
                                  struct ml_error *err)
{
    struct chrome chrome = {.log = log, .out = out};
    (void)fputs("{\"displayTimeUnit\":\"ms\",\"traceEvents\":[", out);
    chrome_name_tracks(&chrome);
    for (size_t t = 0; t < log->track_count; t++) {
        const struct ml_trace_log_track *track = &log->tracks[t];
        for (size_t i = 0; i < track->spans.count; i++)
            chrome_span(&chrome, t, &track->spans.items[i]);
        for (size_t i = 0; i < track->levels.count; i++)
            chrome_level(&chrome, t, &track->levels.items[i]);
    }
    (void)fputs("\n]}\n", out);
    return ml_json_check(&chrome.json, err);
}
