/* options.c: the defaults, and the tables of `run` and `info`; see
 * options.h. */
#include "command/options/options.h"

#include <string.h>

#include "command/options/options_internal.h"

void ml_run_options_default(struct ml_run_options *options)
{
    memset(options, 0, sizeof *options);
    ml_cpu_read("", &options->cpu);
    options->name_template = ML_NAME_DEFAULT;
    options->sink = ml_sink_options_default;
    memset(options->background, 255, sizeof options->background);
    options->mode = "processes";
    options->loop_lag = true;
    options->source.fail_on = ML_FAIL_ON_TRUNCATED;
    options->source.limits = ml_limits_default;
    options->max_failures = UINT64_MAX;
}

void ml_run_options_note(void *options, const struct ml_option *option,
                         const char *value)
{
    (void)value;
    ((struct ml_run_options *)options)
        ->given[ml_option_scope_of(option->name)] = option->name;
}

#define ROW(long_name, short_name, argument_name, group_name, function, text)  \
    {                                                                          \
        .name = (long_name), .letter = (short_name),                           \
        .argument = (argument_name), .group = (group_name), .help = (text),    \
        .apply = ml_run_set_##function                                         \
    }

#define ROWS_INPUT                                                             \
    ROW("files-from", 0, "FILE", "Inputs", files_from,                         \
        "also the paths listed in FILE, one a line; - is standard input"),     \
        ROW("nul", '0', NULL, "Inputs", nul,                                   \
            "paths in --files-from end with NUL"),                             \
        ROW("depth", 0, "N", "Inputs", depth,                                  \
            "enter folders at most N deep; 1: only what lies in PATH itself"), \
        ROW("hidden", 0, NULL, "Inputs", hidden,                               \
            "take files and folders whose name begins with a dot"),            \
        ROW("follow", 0, NULL, "Inputs", follow,                               \
            "enter folders behind symbolic links"),                            \
        ROW("include", 0, "GLOB", "Inputs", include,                           \
            "only files that match, by name or path below PATH; may repeat"),  \
        ROW("exclude", 0, "GLOB", "Inputs", exclude,                           \
            "no files or folders that match; may repeat")

#define ROWS_EXECUTION                                                         \
    ROW("mode", 'm', "NAME", "Execution", mode,                                \
        "how the work is spread: see minilab modes; auto chooses from the "    \
        "batch; default processes"),                                           \
        ROW("plan", 0, "TEXT", "Execution", plan,                              \
            "any other way: read@threads:2 | decode,filter,encode@processes:N" \
            " | write@threads:1"),                                             \
        ROW("jobs", 'j', "N", "Execution", jobs,                               \
            "width of the computing stage: N, auto, or a part of the "         \
            "processors like 50%; default auto"),                              \
        ROW("io", 0, "N", "Execution", io,                                     \
            "reader threads, default 2; of a loop: files in flight, default "  \
            "16"),                                                             \
        ROW("queue", 0, "N", "Execution", queue,                               \
            "pictures waiting between two stages; default: as many as the "    \
            "next stage is wide"),                                             \
        ROW("memory", 0, "SIZE", "Execution", memory,                          \
            "memory for pictures in flight; default half of what is free")

#define ROWS_LIMITS                                                            \
    ROW("limit-pixels", 0, "N", "Limits and failures", limit_pixels,           \
        "refuse larger pictures; default 256M"),                               \
        ROW("limit-side", 0, "N", "Limits and failures", limit_side,           \
            "refuse wider or higher ones; default 65500"),                     \
        ROW("limit-file", 0, "SIZE", "Limits and failures", limit_file,        \
            "refuse larger input files"),                                      \
        ROW("fail-on", 0, "LEVEL", "Limits and failures", fail_on,             \
            "damage that fails a picture: none, truncated, error, warning; "   \
            "default truncated")

#define ROWS_REPORT                                                            \
    ROW("json", 0, NULL, "Reporting", json,                                    \
        "one JSON document on standard output")

const struct ml_option ml_run_option_table[] = {
    ROW("filter", 'f', "NAME[:VALUE...][,KEY=VALUE...]", "Filters", filter,
        "one filter; repeat it, they are applied in order: see minilab "
        "filters"),
    ROW("recipe", 'r', "FILE", "Filters", recipe,
        "the filters of a recipe file, in the place of this option"),
    ROW("print-recipe", 0, NULL, "Filters", print_recipe,
        "print the filters as a recipe and stop"),
    ROW("no-auto-orient", 0, NULL, "Filters", no_auto_orient,
        "do not turn pictures upright; keep the EXIF orientation"),
    ROWS_INPUT,
    ROW("output", 'o', "DIR", "Outputs", output,
        "write below DIR, the tree below each PATH kept; - is standard "
        "output"),
    ROW("name", 0, "TEMPLATE", "Outputs", name,
        "name outputs by {dir} {stem} {ext} {n} {n:04} {w} {h} {hash:8}; "
        "default {dir}/{stem}.{ext}"),
    ROW("to", 0, "FORMAT", "Outputs", to,
        "write jpeg, png or pnm; keep, the default, writes what came in"),
    ROW("quality", 'q', "N", "Outputs", quality,
        "JPEG quality 1 to 100; default 85"),
    ROW("subsample", 0, "420|422|444", "Outputs", subsample,
        "JPEG colour resolution; default 420"),
    ROW("progressive", 0, NULL, "Outputs", progressive,
        "write progressive JPEG"),
    ROW("png-level", 0, "N", "Outputs", png_level,
        "PNG: 0 stores, 1 is fastest, 9 smallest; default 6, about the size of "
        "what libpng makes, about three times as fast"),
    ROW("background", 0, "COLOUR", "Outputs", background,
        "behind transparency that JPEG cannot store; default white"),
    ROW("existing", 0, "POLICY", "Outputs", existing,
        "an output that is there already: error, skip, overwrite, newer; "
        "default error"),
    ROW("on-collision", 0, "POLICY", "Outputs", on_collision,
        "two inputs with one output: error, suffix, skip; default error"),
    ROW("preserve", 'p', NULL, "Outputs", preserve,
        "give outputs the times and permissions of their inputs"),
    ROW("dry-run", 'n', NULL, "Outputs", dry_run,
        "show what would be done; read headers, write nothing"),
    ROWS_EXECUTION,
    ROW("io-delay", 0, "DURATION", "Execution", io_delay,
        "let each read wait so long, like 20ms, before it begins, as if the "
        "disk were slow"),
    ROW("loop-lag", 0, "on|off", "Execution", loop_lag,
        "see for --json and --verbose how late the event loop's timers come, "
        "by one of a millisecond: a thousand wake-ups a second; default on"),
    ROW("inner", 0, "N|auto", "Execution", inner,
        "processors that one picture may use (one while it computes under "
        "Python's lock); default auto: what is left of "
        "--jobs when there are fewer pictures"),
    ROW("cpu-factor", 0, "N", "Execution", cpu_factor,
        "do the computing of each picture N times, in every mode: the same "
        "bytes, work as heavy as Python's"),
    ROW("gil", 0, "HABIT", "Execution", gil,
        "what threads of gil modes do with Python's lock while they compute: "
        "hold it and look up every few rows, as loops in Python do; release "
        "it, as C libraries may; nocheck: hold it and never look up; default "
        "hold"),
    ROW("gil-interval", 0, "DURATION", "Execution", gil_interval,
        "how long another thread waits before it asks for the lock; default "
        "5ms"),
    ROW("gil-scope", 0, "SCOPE", "Execution", gil_scope,
        "process: one lock for all; worker: a lock for each thread, as "
        "interpreters of their own have; default process"),
    ROW("gil-flavour", 0, "VERSION", "Execution", gil_flavour,
        "the lock of CPython 3.11, of 3.13, or of 3.13t: free threads, no "
        "lock; default 3.11"),
    ROW("exact", 0, NULL, "Execution", exact,
        "decode JPEG at full size even before it is made much smaller"),
    ROW("fast", 0, NULL, "Execution", fast,
        "decode JPEG as small as the resize allows: less work, and less sharp"),
    ROW("transport", 0, "NAME", "Execution", transport,
        "how pictures reach worker processes and come back: shm, in shared "
        "memory; pickle, copied through pipes of 64 KiB by a thread beside; "
        "pickle-inline, copied by who hands them out; copies come on top of "
        "--memory; default shm"),
    ROW("pool", 0, "POLICY", "Execution", pool,
        "when a worker process dies: minilab replaces it and tries again; "
        "executor fails all that is pending, as CPython's "
        "ProcessPoolExecutor; mp replaces it and loses what it was at, as "
        "multiprocessing.Pool; default minilab"),
    ROW("chunk", 0, "N|auto", "Execution", chunk,
        "pictures that a worker process is told of at one time, and of no more "
        "until they are done; of those beyond 64 KiB two at most lie with it, "
        "of others eight; auto: with executor 1, with mp a quarter of its "
        "share of the inputs, with minilab what takes 2 ms, and more before "
        "they are done; default auto"),
    ROW("tasks-per-child", 0, "N", "Execution", tasks_per_child,
        "replace a worker process by a fresh one after N chunks; default no "
        "limit"),
    ROWS_LIMITS,
    ROW("limit-output", 0, "SIZE", "Limits and failures", limit_output,
        "refuse to write larger files"),
    ROW("max-failures", 0, "N|P%", "Limits and failures", max_failures,
        "stop after more than this many failed inputs"),
    ROW("fail-fast", 0, NULL, "Limits and failures", fail_fast,
        "stop at the first failed input"),
    ROWS_REPORT,
    ROW("events", 0, "FILE", "Reporting", events,
        "one JSON object a line for each input; - is standard output"),
    ROW("trace", 0, "FILE", "Reporting", trace,
        "record who did what, when, and what it waited for: see minilab "
        "timeline"),
    ROW("explain", 0, NULL, "Reporting", explain,
        "say why this mode and width, and what limited the run"),
    ROW("progress", 0, "KIND", "Reporting", progress,
        "auto, bar, lines, none; default auto"),
    ROW("verbose", 'v', NULL, "Reporting", verbose,
        "a line for each output, warnings of the codecs, times of the steps"),
    ROW("silent", 's', NULL, "Reporting", silent,
        "errors only: no progress, warnings, summary"),
};

const struct ml_option ml_info_option_table[] = {
    ROWS_REPORT,
    ROWS_INPUT,
    ROWS_EXECUTION,
    ROWS_LIMITS,
};
