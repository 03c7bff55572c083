/* options_exec.c: options of execution, limits and reporting; see
 * options.h. */
#include "command/options/options_internal.h"

#include <string.h>

#include "base/clock.h"
#include "base/strbuf.h"
#include "command/cli/option_value.h"
#include "pipeline/plan/auto_mode.h"

#define RUN_DELAY_MAX (3600 * ML_NS_PER_S)

ML_RUN_OPTION(mode)
{
    ML_RUN_OPTION_BODY;
    size_t count;
    const struct ml_mode *modes = ml_modes(&count);
    const char *choices[16] = {NULL};
    for (size_t i = 0; i < count && i < 14; i++)
        choices[i] = modes[i].name;
    choices[count < 14 ? count : 14] = ML_MODE_AUTO;
    if (ml_option_choice(value, choices, err) < 0)
        return ML_ERR_USAGE;
    options->mode = value;
    options->mode_asked = true;
    options->plan = NULL;
    return ML_OK;
}

ML_RUN_OPTION(plan)
{
    ML_RUN_OPTION_BODY;
    struct ml_plan unused; /* checked here; widths are put in later */
    options->plan = value;
    return ml_plan_parse(&unused, value, 1, 1, err);
}

ML_RUN_OPTION(jobs)
{
    ML_RUN_OPTION_BODY;
    return ml_option_jobs(value, &options->jobs, &options->jobs_part, err);
}

ML_RUN_OPTION(inner)
{
    ML_RUN_OPTION_BODY;
    uint64_t inner = 0;
    options->inner = 0;
    if (strcmp(value, "auto") == 0)
        return ML_OK;
    if (ml_option_integer(value, 1, ML_WIDTH_MAX, &inner, err) != ML_OK)
        return ml_fail(err, ML_ERR_USAGE, "not a number of processors",
                       "give 1 to 256, or auto", "'%.40s'", value);
    options->inner = (unsigned)inner;
    return ML_OK;
}

ML_RUN_OPTION(io)
{
    ML_RUN_OPTION_BODY;
    uint64_t readers = 0;
    const enum ml_status status =
        ml_option_integer(value, 1, ML_WIDTH_MAX, &readers, err);
    if (status == ML_OK)
        options->readers = (unsigned)readers;
    return status;
}

ML_RUN_OPTION(io_delay)
{
    ML_RUN_OPTION_BODY;
    return ml_option_duration(value, 0, RUN_DELAY_MAX, "not a delay",
                              "write it like 20ms; at most 1h",
                              &options->io_delay_ns, err);
}

ML_RUN_OPTION(loop_lag)
{
    ML_RUN_OPTION_BODY;
    options->loop_lag = strcmp(value, "on") == 0;
    return options->loop_lag || strcmp(value, "off") == 0
               ? ML_OK
               : ml_fail(err, ML_ERR_USAGE, "neither on nor off", NULL,
                         "--loop-lag '%.40s'", value);
}

ML_RUN_OPTION(queue)
{
    ML_RUN_OPTION_BODY;
    uint64_t depth = 0;
    const enum ml_status status =
        ml_option_integer(value, 1, 4096, &depth, err);
    if (status == ML_OK)
        options->queue_depth = (unsigned)depth;
    return status;
}

ML_RUN_OPTION(memory)
{
    ML_RUN_OPTION_BODY;
    return ml_option_size(value, &options->memory_bytes, err);
}

ML_RUN_OPTION(limit_pixels)
{
    ML_RUN_OPTION_BODY;
    uint64_t *pixels = &options->source.limits.pixels;
    if (ml_parse_count(value, pixels) && *pixels > 0 &&
        *pixels <= UINT64_C(65500) * 65500)
        return ML_OK;
    return ml_fail(err, ML_ERR_USAGE, "not a number of pixels",
                   "write it like 256M; at most 4290M", "'%.40s'", value);
}

ML_RUN_OPTION(limit_side)
{
    ML_RUN_OPTION_BODY;
    uint64_t side = 0;
    const enum ml_status status =
        ml_option_integer(value, 1, 65500, &side, err);
    if (status == ML_OK)
        options->source.limits.side = (uint32_t)side;
    return status;
}

ML_RUN_OPTION(limit_file)
{
    ML_RUN_OPTION_BODY;
    return ml_option_size(value, &options->source.limits.input_bytes, err);
}

ML_RUN_OPTION(limit_output)
{
    ML_RUN_OPTION_BODY;
    const enum ml_status status =
        ml_option_size(value, &options->sink.limit_bytes, err);
    options->source.limits.output_bytes = options->sink.limit_bytes;
    return status;
}

static enum ml_status options_shrink(struct ml_run_options *options,
                                     enum ml_shrink shrink,
                                     struct ml_error *err)
{
    if (options->shrink != ML_SHRINK_USUAL && options->shrink != shrink)
        return ml_fail(err, ML_ERR_USAGE, "options exclude each other",
                       "give one of them", "--exact and --fast");
    options->shrink = shrink;
    return ML_OK;
}

ML_RUN_OPTION(exact)
{
    ML_RUN_OPTION_BODY;
    return options_shrink(options, ML_SHRINK_NEVER, err);
}

ML_RUN_OPTION(fast)
{
    ML_RUN_OPTION_BODY;
    return options_shrink(options, ML_SHRINK_MOST, err);
}

ML_RUN_OPTION(fail_on)
{
    ML_RUN_OPTION_BODY;
    static const char *const choices[] = {"none", "truncated", "error",
                                          "warning", NULL};
    const int choice = ml_option_choice(value, choices, err);
    if (choice < 0)
        return ML_ERR_USAGE;
    options->source.fail_on = (enum ml_fail_on)choice;
    return ML_OK;
}

ML_RUN_OPTION(max_failures)
{
    ML_RUN_OPTION_BODY;
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
    return ml_option_integer(value, 0, UINT32_MAX, &options->max_failures, err);
}

ML_RUN_OPTION(fail_fast)
{
    ML_RUN_OPTION_BODY;
    options->max_failures = 0;
    return ML_OK;
}

ML_RUN_OPTION(events)
{
    ML_RUN_OPTION_BODY;
    options->events = value;
    return ML_OK;
}

ML_RUN_OPTION(trace)
{
    ML_RUN_OPTION_BODY;
    options->trace = value;
    return ML_OK;
}

ML_RUN_OPTION(explain)
{
    ML_RUN_OPTION_BODY;
    options->explain = true;
    return ML_OK;
}

ML_RUN_OPTION(json)
{
    ML_RUN_OPTION_BODY;
    options->json = true;
    return ML_OK;
}

ML_RUN_OPTION(progress)
{
    ML_RUN_OPTION_BODY;
    static const char *const choices[] = {"auto", "bar", "lines", "none", NULL};
    const int choice = ml_option_choice(value, choices, err);
    if (choice < 0)
        return ML_ERR_USAGE;
    options->progress = (enum ml_progress)choice;
    return ML_OK;
}

ML_RUN_OPTION(verbose)
{
    ML_RUN_OPTION_BODY;
    options->verbose = true;
    return ML_OK;
}

ML_RUN_OPTION(silent)
{
    ML_RUN_OPTION_BODY;
    options->silent = true;
    return ML_OK;
}
