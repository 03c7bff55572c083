/* options.c: see options.h. */
#include "command/options/options.h"

#include <string.h>

void ml_run_options_default(struct ml_run_options *options)
{
    struct ml_run_settings *settings = &options->settings;
    memset(options, 0, sizeof *options);
    ml_cpu_read("", &options->cpu);
    options->name_template = ML_NAME_DEFAULT;
    options->mode = "processes";
    options->max_failures = UINT64_MAX;
    settings->transform.sink = ml_sink_options_default;
    memset(settings->transform.background, 255,
           sizeof settings->transform.background);
    settings->transform.source.fail_on = ML_FAIL_ON_TRUNCATED;
    settings->transform.source.limits = ml_limits_default;
    settings->loop_lag = true;
}

void ml_run_options_note(void *options, const struct ml_option *option,
                         const char *value)
{
    (void)value;
    ((struct ml_run_options *)options)->given[option->scope] = option;
}
