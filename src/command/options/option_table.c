/* option_table.c: see option_table.h. */
#include "command/options/option_table.h"

#include "base/clock.h"
#include "command/options/option_hooks.h"
#include "command/options/options.h"
#include "pipeline/ipc/transports.h"
#include "pipeline/processes/policy.h"

/* ---- names from other tables ---- */

static const char *options_policy_of_gil(size_t index)
{
    return index < ML_GIL_POLICY_COUNT
               ? ml_gil_policy_name((enum ml_gil_policy)index)
               : NULL;
}

static const char *options_version_of_gil(size_t index)
{
    return index < ML_GIL_FLAVOUR_COUNT
               ? ml_gil_flavour_name((enum ml_gil_flavour)index)
               : NULL;
}

static const char *options_transport(size_t index)
{
    return index < ML_TRANSPORT_COUNT
               ? ml_transport((enum ml_transport_id)index)->name
               : NULL;
}

static const char *options_policy_of_pool(size_t index)
{
    return index < ML_POOL_POLICY_COUNT
               ? ml_pool_policy_name((enum ml_pool_policy)index)
               : NULL;
}

/* ---- the rows ---- */

/* The field of struct ml_run_options that stores a value. */
#define FLAG(field) ML_SET_FLAG(ml_run_options, field)
#define ON_OFF(field) ML_SET_ON_OFF(ml_run_options, field)
#define INTEGER(field, min, max) ML_SET_INTEGER(ml_run_options, field, min, max)
#define COUNT(field, max) ML_SET_COUNT(ml_run_options, field, max)
#define SIZE(field) ML_SET_SIZE(ml_run_options, field)
#define DURATION(field, min, max)                                              \
    ML_SET_DURATION(ml_run_options, field, min, max)
#define CHOICE(field) ML_SET_CHOICE(ml_run_options, field)
#define TEXT(field) ML_SET_TEXT(ml_run_options, field)
#define GLOBS(field)                                                           \
    ML_SET_TEXTS(ml_run_options, field),                                       \
        .what = "too many patterns",                                           \
        .remedy = "join some, or use --files-from"
#define HOOK(function) .apply = ml_run_set_##function

/* Then the field, what the value may be, .scope for the plans that use it, and
 * .one_run if `compare` refuses it. */
#define ROW(long_name, short_name, argument_name, group_name, text, ...)       \
    {                                                                          \
        .name = (long_name), .letter = (short_name),                           \
        .argument = (argument_name), .group = (group_name), .help = (text),    \
        __VA_ARGS__                                                            \
    }

#define ROWS_INPUT                                                             \
    ROW("files-from", 0, "FILE", "Inputs",                                     \
        "also the paths listed in FILE, one a line; - is standard input",      \
        TEXT(files_from)),                                                     \
        ROW("nul", '0', NULL, "Inputs", "paths in --files-from end with NUL",  \
            FLAG(nul)),                                                        \
        ROW("depth", 0, "N", "Inputs",                                         \
            "enter folders at most N deep; 1: only files in PATH "             \
            "itself",                                                          \
            INTEGER(depth, 1, 1000)),                                          \
        ROW("hidden", 0, NULL, "Inputs",                                       \
            "take files and folders whose name begins with a dot",             \
            FLAG(hidden)),                                                     \
        ROW("follow", 0, NULL, "Inputs", "follow symbolic links to folders",   \
            FLAG(follow)),                                                     \
        ROW("include", 0, "GLOB", "Inputs",                                    \
            "only files that match, by name or path below PATH; may repeat",   \
            GLOBS(include)),                                                   \
        ROW("exclude", 0, "GLOB", "Inputs",                                    \
            "leave out files and folders that match; may repeat",              \
            GLOBS(exclude))

#define ROWS_EXECUTION                                                         \
    ROW("mode", 'm', "NAME", "Execution",                                      \
        "execution model: see minilab modes; auto chooses "                    \
        "from the inputs; default processes",                                  \
        HOOK(mode)),                                                           \
        ROW("plan", 0, "TEXT", "Execution",                                    \
            "a plan of your own, like read@threads:2 | "                       \
            "decode,filter,encode@processes:N | write@threads:1",              \
            HOOK(plan)),                                                       \
        ROW("jobs", 'j', "N", "Execution",                                     \
            "width of the computing stage: N, auto, or a part of the "         \
            "processors like 50%; default auto",                               \
            HOOK(jobs)),                                                       \
        ROW("io", 0, "N", "Execution",                                         \
            "reader threads, default 2; of a loop: files in flight, default "  \
            "16",                                                              \
            INTEGER(readers, 1, ML_WIDTH_MAX), .scope = ML_SCOPE_READERS),     \
        ROW("queue", 0, "N", "Execution",                                      \
            "pictures queued between two stages; default: the "                \
            "width of the next stage",                                         \
            INTEGER(settings.queue_depth, 1, 4096), .scope = ML_SCOPE_QUEUES), \
        ROW("memory", 0, "SIZE", "Execution",                                  \
            "memory for pictures in flight; default half of the "              \
            "free memory",                                                     \
            SIZE(settings.memory_bytes))

#define ROWS_LIMITS                                                            \
    ROW("limit-pixels", 0, "N", "Limits and failures",                         \
        "refuse larger pictures; default 256M",                                \
        COUNT(settings.transform.source.limits.pixels,                         \
              UINT64_C(65500) * 65500),                                        \
        .what = "not a number of pixels",                                      \
        .remedy = "write it like 256M; at most 4290M"),                        \
        ROW("limit-side", 0, "N", "Limits and failures",                       \
            "refuse wider or higher pictures; default 65500",                  \
            INTEGER(settings.transform.source.limits.side, 1, 65500)),         \
        ROW("limit-file", 0, "SIZE", "Limits and failures",                    \
            "refuse larger input files",                                       \
            SIZE(settings.transform.source.limits.input_bytes)),               \
        ROW("fail-on", 0, "LEVEL", "Limits and failures",                      \
            "damage that fails a picture: none, truncated, error, warning; "   \
            "default truncated",                                               \
            CHOICE(settings.transform.source.fail_on),                         \
            ML_CHOICES("none", "truncated", "error", "warning"))

#define ROWS_REPORT                                                            \
    ROW("json", 0, NULL, "Reporting", "one JSON document on standard output",  \
        FLAG(json))

const struct ml_option ml_run_option_table[] = {
    ROW("filter", 'f', "NAME[:VALUE...][,KEY=VALUE...]", "Filters",
        "a filter; repeat the option for more, applied in "
        "order: see minilab filters",
        HOOK(filter)),
    ROW("recipe", 'r', "FILE", "Filters",
        "the filters of a recipe file, in the place of this option",
        HOOK(recipe)),
    ROW("print-recipe", 0, NULL, "Filters",
        "print the filters as a recipe and stop", FLAG(print_recipe),
        .one_run = true),
    ROW("no-auto-orient", 0, NULL, "Filters",
        "do not turn pictures upright; keep the EXIF orientation",
        FLAG(no_auto_orient)),
    ROWS_INPUT,
    ROW("output", 'o', "DIR", "Outputs",
        "write below DIR, keep the tree below each PATH; - "
        "is standard output",
        TEXT(output)),
    ROW("name", 0, "TEMPLATE", "Outputs",
        "name outputs by {dir} {stem} {ext} {n} {n:04} {w} {h} {hash:8}; "
        "default {dir}/{stem}.{ext}",
        TEXT(name_template)),
    ROW("to", 0, "FORMAT", "Outputs",
        "write jpeg, png or pnm; default keep: the format of "
        "the input",
        HOOK(to)),
    ROW("quality", 'q', "N", "Outputs", "JPEG quality 1 to 100; default 85",
        INTEGER(settings.transform.sink.quality, 1, 100)),
    ROW("subsample", 0, "420|422|444", "Outputs",
        "JPEG colour resolution; default 420",
        CHOICE(settings.transform.sink.subsample),
        ML_CHOICES("420", "422", "444"),
        .choice_values = (const uint16_t[]){420, 422, 444}),
    ROW("progressive", 0, NULL, "Outputs", "write progressive JPEG",
        FLAG(settings.transform.sink.progressive)),
    ROW("png-level", 0, "N", "Outputs",
        "PNG: 0 stores, 1 is fastest, 9 smallest; default 6, "
        "about the size of libpng's, about three times as "
        "fast",
        INTEGER(settings.transform.sink.png_level, 0, 9)),
    ROW("background", 0, "COLOUR", "Outputs",
        "behind transparency that JPEG cannot store; default white",
        HOOK(background)),
    ROW("existing", 0, "POLICY", "Outputs",
        "if an output exists: error, skip, overwrite, newer; "
        "default error",
        CHOICE(existing), ML_CHOICES("error", "skip", "overwrite", "newer"),
        .one_run = true),
    ROW("on-collision", 0, "POLICY", "Outputs",
        "if two inputs have one output: error, suffix, skip; "
        "default error",
        CHOICE(on_collision), ML_CHOICES("error", "suffix", "skip")),
    ROW("preserve", 'p', NULL, "Outputs",
        "give outputs the times and permissions of their inputs",
        FLAG(preserve)),
    ROW("dry-run", 'n', NULL, "Outputs",
        "show what would be done; read headers, write nothing", FLAG(dry_run),
        .one_run = true),
    ROWS_EXECUTION,
    ROW("io-delay", 0, "DURATION", "Execution",
        "delay each read by this time, like 20ms, as if the "
        "disk were slow",
        DURATION(settings.io_delay_ns, 0, 3600 * ML_NS_PER_S),
        .what = "not a delay", .remedy = "write it like 20ms; at most 1h"),
    ROW("loop-lag", 0, "on|off", "Execution",
        "measure for --json and --verbose how late timers of "
        "the event loop are, with a timer of 1 ms: 1000 "
        "wake-ups a second; default on",
        ON_OFF(settings.loop_lag), .scope = ML_SCOPE_LOOP),
    ROW("inner", 0, "N|auto", "Execution",
        "processors that one picture may use (one while it "
        "computes under Python's lock); default auto: --jobs "
        "divided by the pictures when there are fewer "
        "pictures than jobs",
        INTEGER(settings.transform.threads_per_picture, 1, ML_WIDTH_MAX),
        .zero_word = "auto", .what = "not a number of processors",
        .remedy = "give 1 to 256, or auto"),
    ROW("cpu-factor", 0, "N", "Execution",
        "compute each picture N times, in every mode: the "
        "same bytes, work as heavy as Python's",
        INTEGER(settings.transform.repeat_count, 1, 10000)),
    ROW("gil", 0, "POLICY", "Execution",
        "what threads of gil modes do with Python's lock "
        "while they compute: hold it and check for requests "
        "every few rows, as loops in Python do; release it, "
        "as C libraries may; nocheck: hold it and never "
        "check; default hold",
        CHOICE(settings.gil.policy), .choice_name = options_policy_of_gil,
        .scope = ML_SCOPE_LOCK),
    ROW("gil-interval", 0, "DURATION", "Execution",
        "time that a thread waits before it requests the "
        "lock; default 5ms",
        DURATION(settings.gil.interval_ns, ML_GIL_INTERVAL_MIN_NS,
                 60 * ML_NS_PER_S),
        .what = "not an interval",
        .remedy = "write it like 5ms; from 1us to 60s", .scope = ML_SCOPE_LOCK),
    ROW("gil-scope", 0, "SCOPE", "Execution",
        "process: one lock for all; worker: a lock for each "
        "thread, as subinterpreters have; default process",
        CHOICE(settings.gil.each), ML_CHOICES("process", "worker"),
        .scope = ML_SCOPE_LOCK),
    ROW("gil-flavour", 0, "VERSION", "Execution",
        "the lock of CPython 3.11, of 3.13, or of 3.13t: "
        "free-threaded, no lock; default 3.11",
        CHOICE(settings.gil.flavour), .choice_name = options_version_of_gil,
        .scope = ML_SCOPE_GIL),
    ROW("exact", 0, NULL, "Execution",
        "decode JPEG at full size even if a resize makes it "
        "much smaller",
        HOOK(exact)),
    ROW("fast", 0, NULL, "Execution",
        "decode JPEG as small as the resize allows: less work, and less sharp",
        HOOK(fast)),
    ROW("transport", 0, "NAME", "Execution",
        "how pictures reach worker processes and return: "
        "shm, in shared memory; pickle, copied through pipes "
        "of 64 KiB by a feeder thread; pickle-inline, copied "
        "by the dispatcher; copies are not counted in "
        "--memory; default shm",
        CHOICE(settings.pool.transport), .choice_name = options_transport,
        .scope = ML_SCOPE_PROCESSES),
    ROW("pool", 0, "POLICY", "Execution",
        "when a worker process dies: minilab replaces it and "
        "retries its job; executor fails all pending jobs, "
        "as CPython's ProcessPoolExecutor; mp replaces it "
        "and loses its task, as multiprocessing.Pool; "
        "default minilab",
        CHOICE(settings.pool.policy), .choice_name = options_policy_of_pool,
        .scope = ML_SCOPE_PROCESSES),
    ROW("chunk", 0, "N|auto", "Execution",
        "pictures sent to a worker process at one time, and "
        "no more until they are done; it holds at most two "
        "pictures beyond 64 KiB, eight smaller ones; auto: "
        "with executor 1, with mp a quarter of its share of "
        "the inputs, with minilab as many as take 2 ms, and "
        "more before they are done; default auto",
        INTEGER(settings.pool.chunk, 1, UINT32_MAX), .zero_word = "auto",
        .what = "not a number of pictures", .remedy = "give 1 or more, or auto",
        .scope = ML_SCOPE_PROCESSES),
    ROW("tasks-per-child", 0, "N", "Execution",
        "replace a worker process after N chunks; default no "
        "limit",
        INTEGER(settings.pool.tasks_per_child, 1, UINT32_MAX),
        .scope = ML_SCOPE_PROCESSES),
    ROWS_LIMITS,
    ROW("limit-output", 0, "SIZE", "Limits and failures",
        "refuse to write larger files", HOOK(limit_output)),
    ROW("max-failures", 0, "N|P%", "Limits and failures",
        "stop after more than this many failed inputs", HOOK(max_failures),
        .one_run = true),
    ROW("fail-fast", 0, NULL, "Limits and failures",
        "stop at the first failed input", HOOK(fail_fast), .one_run = true),
    ROWS_REPORT,
    ROW("events", 0, "FILE", "Reporting",
        "one JSON object a line for each input; - is standard output",
        TEXT(events), .one_run = true),
    ROW("trace", 0, "FILE", "Reporting",
        "record what each thread did, when, and what it "
        "waited for: see minilab timeline",
        TEXT(trace), .one_run = true),
    ROW("explain", 0, NULL, "Reporting",
        "say why this mode and width, and what limited the run", FLAG(explain),
        .one_run = true),
    ROW("progress", 0, "KIND", "Reporting",
        "auto, bar, lines, none; default auto", CHOICE(progress),
        ML_CHOICES("auto", "bar", "lines", "none"), .one_run = true),
    ROW("verbose", 'v', NULL, "Reporting",
        "a line for each output, warnings of the codecs, times of the steps",
        FLAG(verbose), .one_run = true),
    ROW("silent", 's', NULL, "Reporting",
        "errors only: no progress, warnings, summary", FLAG(silent)),
    ML_OPTIONS_END,
};

const struct ml_option ml_info_option_table[] = {
    ROWS_REPORT, ROWS_INPUT, ROWS_EXECUTION, ROWS_LIMITS, ML_OPTIONS_END,
};
