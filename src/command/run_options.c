/* run_options.c: see run_options.h. */
#include "command/run_options.h"

#include <string.h>

#include "base/text.h"
#include "chain/value.h"
#include "command/recipe_file.h"

void ml_run_options_default(struct ml_run_options *options)
{
    memset(options, 0, sizeof *options);
    options->name_template = ML_NAME_DEFAULT;
    options->sink = ml_sink_options_default;
    memset(options->background, 255, sizeof options->background);
    options->mode = "processes";
    options->readers = 2;
    options->source.fail_on = ML_FAIL_ON_TRUNCATED;
    options->source.limits = ml_limits_default;
    options->max_failures = UINT64_MAX;
}

/* ---- values ---- */

/* The index of `value` in a NULL-terminated list, or -1 with an error that
 * names the nearest. */
static int option_choice(const char *value, const char *const *choices,
                         struct ml_error *err)
{
    size_t count = 0;
    char all[128], remedy[112];
    struct ml_text text;
    ml_text_open(&text, all, sizeof all);
    for (; choices[count]; count++) {
        if (strcmp(value, choices[count]) == 0)
            return (int)count;
        ml_text_add(&text, "%s%s", count > 0 ? ", " : "", choices[count]);
    }
    const char *nearest = ml_nearest(value, choices, count);
    ml_text_open(&text, remedy, sizeof remedy);
    if (nearest)
        ml_text_add(&text, "did you mean %s?", nearest);
    else
        ml_text_add(&text, "choose one of %s", all);
    (void)ml_fail(err, ML_ERR_USAGE, "not a choice", remedy, "'%.40s'", value);
    return -1;
}

static enum ml_status option_integer(const char *value, uint64_t min,
                                     uint64_t max, uint64_t *number_out,
                                     struct ml_error *err)
{
    uint64_t number = 0;
    if (ml_parse_u64(value, &number) && number >= min && number <= max) {
        *number_out = number;
        return ML_OK;
    }
    char remedy[96];
    struct ml_text text;
    ml_text_open(&text, remedy, sizeof remedy);
    ml_text_add(&text, "give a whole number from %llu to %llu",
                (unsigned long long)min, (unsigned long long)max);
    return ml_fail(err, ML_ERR_USAGE, "not a number in range", remedy,
                   "'%.40s'", value);
}

static enum ml_status option_size(const char *value, uint64_t *bytes_out,
                                  struct ml_error *err)
{
    if (ml_parse_size(value, bytes_out) && *bytes_out > 0)
        return ML_OK;
    return ml_fail(err, ML_ERR_USAGE, "not a size", "write it like 300k or 2G",
                   "'%.40s'", value);
}

/* ---- one function an option ---- */

#define OPTION(name)                                                           \
    static enum ml_status option_##name(void *settings, const char *value,     \
                                        struct ml_error *err)

#define OPTION_BODY                                                            \
    struct ml_run_options *options = settings;                                 \
    (void)value;                                                               \
    (void)err

OPTION(filter)
{
    OPTION_BODY;
    return ml_chain_parse(&options->chain, value, err);
}

OPTION(recipe)
{
    OPTION_BODY;
    return ml_recipe_read(&options->chain, value, err);
}

OPTION(print_recipe)
{
    OPTION_BODY;
    options->print_recipe = true;
    return ML_OK;
}

OPTION(no_auto_orient)
{
    OPTION_BODY;
    options->no_auto_orient = true;
    return ML_OK;
}

OPTION(files_from)
{
    OPTION_BODY;
    options->files_from = value;
    return ML_OK;
}

OPTION(nul)
{
    OPTION_BODY;
    options->nul = true;
    return ML_OK;
}

OPTION(depth)
{
    OPTION_BODY;
    uint64_t depth = 0;
    const enum ml_status status = option_integer(value, 1, 1000, &depth, err);
    if (status == ML_OK)
        options->depth = (uint32_t)depth;
    return status;
}

OPTION(hidden)
{
    OPTION_BODY;
    options->hidden = true;
    return ML_OK;
}

OPTION(follow)
{
    OPTION_BODY;
    options->follow = true;
    return ML_OK;
}

static enum ml_status option_glob(const char **globs, size_t *count,
                                  const char *value, struct ml_error *err)
{
    if (*count == ML_GLOB_MAX)
        return ml_fail(err, ML_ERR_USAGE, "too many patterns",
                       "join some, or use --files-from", "%d at most",
                       ML_GLOB_MAX);
    globs[(*count)++] = value;
    return ML_OK;
}

OPTION(include)
{
    OPTION_BODY;
    return option_glob(options->include, &options->include_count, value, err);
}

OPTION(exclude)
{
    OPTION_BODY;
    return option_glob(options->exclude, &options->exclude_count, value, err);
}

OPTION(output)
{
    OPTION_BODY;
    options->output = value;
    return ML_OK;
}

OPTION(name)
{
    OPTION_BODY;
    options->name_template = value;
    return ML_OK;
}

OPTION(to)
{
    OPTION_BODY;
    size_t count;
    const struct ml_codec *const *codecs = ml_codecs(&count);
    const char *choices[16] = {"keep"};
    for (size_t i = 0; i < count && i < 14; i++)
        choices[i + 1] = codecs[i]->name;
    const int choice = option_choice(value, choices, err);
    if (choice < 0)
        return ML_ERR_USAGE;
    options->to = choice == 0 ? NULL : codecs[choice - 1];
    options->to_given = true;
    return ML_OK;
}

OPTION(quality)
{
    OPTION_BODY;
    uint64_t quality = 0;
    const enum ml_status status = option_integer(value, 1, 100, &quality, err);
    if (status == ML_OK)
        options->sink.quality = (int)quality;
    return status;
}

OPTION(subsample)
{
    OPTION_BODY;
    static const char *const choices[] = {"420", "422", "444", NULL};
    static const uint16_t numbers[] = {420, 422, 444};
    const int choice = option_choice(value, choices, err);
    if (choice < 0)
        return ML_ERR_USAGE;
    options->sink.subsample = numbers[choice];
    return ML_OK;
}

OPTION(progressive)
{
    OPTION_BODY;
    options->sink.progressive = true;
    return ML_OK;
}

OPTION(png_level)
{
    OPTION_BODY;
    uint64_t level = 0;
    const enum ml_status status = option_integer(value, 0, 9, &level, err);
    if (status == ML_OK)
        options->sink.png_level = (int)level;
    return status;
}

OPTION(background)
{
    OPTION_BODY;
    static const struct ml_param param = {.name = "background",
                                          .type = ML_COLOUR};
    struct ml_value colour;
    const enum ml_status status = ml_value_parse(&param, value, &colour, err);
    if (status == ML_OK)
        memcpy(options->background, colour.colour, 3);
    return status;
}

OPTION(existing)
{
    OPTION_BODY;
    static const char *const choices[] = {"error", "skip", "overwrite", "newer",
                                          NULL};
    const int choice = option_choice(value, choices, err);
    if (choice < 0)
        return ML_ERR_USAGE;
    options->existing = (enum ml_existing)choice;
    return ML_OK;
}

OPTION(on_collision)
{
    OPTION_BODY;
    static const char *const choices[] = {"error", "suffix", "skip", NULL};
    const int choice = option_choice(value, choices, err);
    if (choice < 0)
        return ML_ERR_USAGE;
    options->on_collision = (enum ml_on_collision)choice;
    return ML_OK;
}

OPTION(preserve)
{
    OPTION_BODY;
    options->preserve = true;
    return ML_OK;
}

OPTION(dry_run)
{
    OPTION_BODY;
    options->dry_run = true;
    return ML_OK;
}

OPTION(mode)
{
    OPTION_BODY;
    size_t count;
    const struct ml_mode *modes = ml_modes(&count);
    const char *choices[16] = {NULL};
    for (size_t i = 0; i < count && i < 15; i++)
        choices[i] = modes[i].name;
    if (option_choice(value, choices, err) < 0)
        return ML_ERR_USAGE;
    options->mode = value;
    options->plan = NULL;
    return ML_OK;
}

OPTION(plan)
{
    OPTION_BODY;
    struct ml_plan unused; /* checked here; widths are put in later */
    options->plan = value;
    return ml_plan_parse(&unused, value, 1, 1, err);
}

OPTION(jobs)
{
    OPTION_BODY;
    const size_t length = strlen(value);
    char number[16];
    uint64_t jobs = 0;
    options->jobs = 0;
    options->jobs_part = 0;
    if (strcmp(value, "auto") == 0)
        return ML_OK;
    if (length > 1 && length < sizeof number && value[length - 1] == '%') {
        memcpy(number, value, length - 1);
        number[length - 1] = '\0';
        if (ml_parse_number(number, &options->jobs_part) &&
            options->jobs_part > 0 && options->jobs_part <= 1000)
            return ML_OK;
    }
    if (option_integer(value, 1, ML_WIDTH_MAX, &jobs, err) != ML_OK)
        return ml_fail(err, ML_ERR_USAGE, "not a number of jobs",
                       "give 1 to 256, auto, or a part of the processors "
                       "like 50%",
                       "'%.40s'", value);
    options->jobs = (unsigned)jobs;
    return ML_OK;
}

OPTION(io)
{
    OPTION_BODY;
    uint64_t readers = 0;
    const enum ml_status status =
        option_integer(value, 1, ML_WIDTH_MAX, &readers, err);
    if (status == ML_OK)
        options->readers = (unsigned)readers;
    return status;
}

OPTION(queue)
{
    OPTION_BODY;
    uint64_t depth = 0;
    const enum ml_status status = option_integer(value, 1, 4096, &depth, err);
    if (status == ML_OK)
        options->queue_depth = (unsigned)depth;
    return status;
}

OPTION(memory)
{
    OPTION_BODY;
    return option_size(value, &options->memory_bytes, err);
}

OPTION(limit_pixels)
{
    OPTION_BODY;
    uint64_t *pixels = &options->source.limits.pixels;
    if (ml_parse_count(value, pixels) && *pixels > 0 &&
        *pixels <= UINT64_C(65500) * 65500)
        return ML_OK;
    return ml_fail(err, ML_ERR_USAGE, "not a number of pixels",
                   "write it like 256M; at most 4290M", "'%.40s'", value);
}

OPTION(limit_side)
{
    OPTION_BODY;
    uint64_t side = 0;
    const enum ml_status status = option_integer(value, 1, 65500, &side, err);
    if (status == ML_OK)
        options->source.limits.side = (uint32_t)side;
    return status;
}

OPTION(limit_file)
{
    OPTION_BODY;
    return option_size(value, &options->source.limits.input_bytes, err);
}

OPTION(limit_output)
{
    OPTION_BODY;
    const enum ml_status status =
        option_size(value, &options->sink.limit_bytes, err);
    options->source.limits.output_bytes = options->sink.limit_bytes;
    return status;
}

OPTION(exact)
{
    OPTION_BODY;
    options->exact = true;
    return ML_OK;
}

OPTION(fail_on)
{
    OPTION_BODY;
    static const char *const choices[] = {"none", "truncated", "error",
                                          "warning", NULL};
    const int choice = option_choice(value, choices, err);
    if (choice < 0)
        return ML_ERR_USAGE;
    options->source.fail_on = (enum ml_fail_on)choice;
    return ML_OK;
}

OPTION(max_failures)
{
    OPTION_BODY;
    const size_t length = strlen(value);
    char number[16];
    options->max_failures_part = 0;
    options->max_failures = UINT64_MAX;
    if (length > 1 && length < sizeof number && value[length - 1] == '%') {
        memcpy(number, value, length - 1);
        number[length - 1] = '\0';
        if (ml_parse_number(number, &options->max_failures_part) &&
            options->max_failures_part > 0 && options->max_failures_part <= 100)
            return ML_OK;
        return ml_fail(err, ML_ERR_USAGE, "not a share of the inputs",
                       "give a number like 20, or a share like 5%", "'%.40s'",
                       value);
    }
    return option_integer(value, 0, UINT32_MAX, &options->max_failures, err);
}

OPTION(fail_fast)
{
    OPTION_BODY;
    options->max_failures = 0;
    return ML_OK;
}

OPTION(events)
{
    OPTION_BODY;
    options->events = value;
    return ML_OK;
}

OPTION(json)
{
    OPTION_BODY;
    options->json = true;
    return ML_OK;
}

OPTION(progress)
{
    OPTION_BODY;
    static const char *const choices[] = {"auto", "bar", "lines", "none", NULL};
    const int choice = option_choice(value, choices, err);
    if (choice < 0)
        return ML_ERR_USAGE;
    options->progress = (enum ml_progress)choice;
    return ML_OK;
}

OPTION(verbose)
{
    OPTION_BODY;
    options->verbose = true;
    return ML_OK;
}

OPTION(silent)
{
    OPTION_BODY;
    options->silent = true;
    return ML_OK;
}

/* ---- tables ---- */

#define ROW(long_name, short_name, argument_name, group_name, function, text)  \
    {                                                                          \
        .name = (long_name), .letter = (short_name),                           \
        .argument = (argument_name), .group = (group_name), .help = (text),    \
        .apply = option_##function                                             \
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
        "how the work is spread: see minilab modes; default processes"),       \
        ROW("plan", 0, "TEXT", "Execution", plan,                              \
            "any other way: read@threads:2 | decode,filter,encode@processes:N" \
            " | write@threads:1"),                                             \
        ROW("jobs", 'j', "N", "Execution", jobs,                               \
            "width of the computing stage: N, auto, or a part of the "         \
            "processors like 50%; default auto"),                              \
        ROW("io", 0, "N", "Execution", io, "reader threads; default 2"),       \
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
        "PNG effort 0 to 9; default 6"),
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
    ROW("exact", 0, NULL, "Execution", exact,
        "decode JPEG at full size even before it is made much smaller"),
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
