/* options_gil.c: options of the simulated interpreter lock, and of work
 * that is as heavy as Python's; see options.h. */
#include "command/options/options_internal.h"

#include "base/clock.h"
#include "command/cli/option_value.h"

#define GIL_INTERVAL_MAX_NS (60 * ML_NS_PER_S)
#define GIL_CPU_FACTOR_MAX 10000

ML_RUN_OPTION(gil)
{
    ML_RUN_OPTION_BODY;
    const char *choices[ML_GIL_POLICY_COUNT + 1] = {NULL};
    for (size_t i = 0; i < ML_GIL_POLICY_COUNT; i++)
        choices[i] = ml_gil_policy_name((enum ml_gil_policy)i);
    const int choice = ml_option_choice(value, choices, err);
    if (choice < 0)
        return ML_ERR_USAGE;
    options->gil.policy = (enum ml_gil_policy)choice;
    return ML_OK;
}

ML_RUN_OPTION(gil_interval)
{
    ML_RUN_OPTION_BODY;
    return ml_option_duration(
        value, ML_GIL_INTERVAL_MIN_NS, GIL_INTERVAL_MAX_NS, "not an interval",
        "write it like 5ms; from 1us to 60s", &options->gil.interval_ns, err);
}

ML_RUN_OPTION(gil_scope)
{
    ML_RUN_OPTION_BODY;
    static const char *const choices[] = {"process", "worker", NULL};
    const int choice = ml_option_choice(value, choices, err);
    if (choice < 0)
        return ML_ERR_USAGE;
    options->gil.each = choice == 1;
    return ML_OK;
}

ML_RUN_OPTION(gil_flavour)
{
    ML_RUN_OPTION_BODY;
    const char *choices[ML_GIL_FLAVOUR_COUNT + 1] = {NULL};
    for (size_t i = 0; i < ML_GIL_FLAVOUR_COUNT; i++)
        choices[i] = ml_gil_flavour_name((enum ml_gil_flavour)i);
    const int choice = ml_option_choice(value, choices, err);
    if (choice < 0)
        return ML_ERR_USAGE;
    options->gil.flavour = (enum ml_gil_flavour)choice;
    return ML_OK;
}

ML_RUN_OPTION(cpu_factor)
{
    ML_RUN_OPTION_BODY;
    uint64_t factor = 0;
    const enum ml_status status =
        ml_option_integer(value, 1, GIL_CPU_FACTOR_MAX, &factor, err);
    if (status == ML_OK)
        options->cpu_factor = (unsigned)factor;
    return status;
}
