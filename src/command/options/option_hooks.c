/* option_hooks.c: see option_hooks.h. */
#include "command/options/option_hooks.h"

#include <string.h>

#include "base/strbuf.h"
#include "chain/param_value.h"
#include "codec/registry.h"
#include "command/cli/option_value.h"
#include "command/options/recipe_file.h"
#include "pipeline/plan/auto_mode.h"

ML_RUN_OPTION(filter)
{
    ML_RUN_OPTION_BODY;
    return ml_chain_parse(&options->chain, value, err);
}

ML_RUN_OPTION(recipe)
{
    ML_RUN_OPTION_BODY;
    return ml_recipe_read(&options->chain, value, err);
}

ML_RUN_OPTION(to)
{
    ML_RUN_OPTION_BODY;
    size_t count;
    const struct ml_codec *const *codecs = ml_codecs(&count);
    const char *choices[16] = {"keep"};
    for (size_t i = 0; i < count && i < 14; i++)
        choices[i + 1] = codecs[i]->name;
    const int choice = ml_option_choice(value, choices, err);
    if (choice < 0)
        return ML_ERR_USAGE;
    options->settings.transform.to = choice == 0 ? NULL : codecs[choice - 1];
    options->to_given = true;
    return ML_OK;
}

ML_RUN_OPTION(background)
{
    ML_RUN_OPTION_BODY;
    static const struct ml_param param = {.name = "background",
                                          .type = ML_COLOUR};
    struct ml_value colour;
    const enum ml_status status = ml_value_parse(&param, value, &colour, err);
    if (status == ML_OK)
        memcpy(options->settings.transform.background, colour.colour, 3);
    return status;
}

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
    struct ml_plan unused; /* checked here; widths are set later */
    options->plan = value;
    return ml_plan_parse(&unused, value, 1, 1, err);
}

ML_RUN_OPTION(jobs)
{
    ML_RUN_OPTION_BODY;
    return ml_option_jobs(value, &options->jobs, &options->jobs_part, err);
}

static enum ml_status options_shrink(struct ml_run_options *options,
                                     enum ml_shrink shrink,
                                     struct ml_error *err)
{
    if (options->settings.transform.shrink != ML_SHRINK_USUAL &&
        options->settings.transform.shrink != shrink)
        return ml_fail(err, ML_ERR_USAGE, "options exclude each other",
                       "give one of them", "--exact and --fast");
    options->settings.transform.shrink = shrink;
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

ML_RUN_OPTION(limit_output)
{
    ML_RUN_OPTION_BODY;
    struct ml_transform_settings *transform = &options->settings.transform;
    const enum ml_status status =
        ml_option_size(value, &transform->sink.limit_bytes, err);
    transform->source.limits.output_bytes = transform->sink.limit_bytes;
    return status;
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
