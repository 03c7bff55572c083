/* options_pool.c: options of worker processes; see options.h. */
#include <string.h>

#include "command/cli/option_value.h"
#include "command/options/options_internal.h"
#include "pipeline/ipc/coordinator.h"
#include "pipeline/processes/policy.h"

ML_RUN_OPTION(transport)
{
    ML_RUN_OPTION_BODY;
    const char *names[ML_TRANSPORT_COUNT + 1] = {NULL};
    for (size_t i = 0; i < ML_TRANSPORT_COUNT; i++)
        names[i] = ml_transport((enum ml_transport_id)i)->name;
    const int choice = ml_option_choice(value, names, err);
    if (choice < 0)
        return ML_ERR_USAGE;
    options->pool.transport = (enum ml_transport_id)choice;
    return ML_OK;
}

ML_RUN_OPTION(pool)
{
    ML_RUN_OPTION_BODY;
    const char *names[ML_POOL_POLICY_COUNT + 1] = {NULL};
    for (size_t i = 0; i < ML_POOL_POLICY_COUNT; i++)
        names[i] = ml_pool_policy_name((enum ml_pool_policy)i);
    const int choice = ml_option_choice(value, names, err);
    if (choice < 0)
        return ML_ERR_USAGE;
    options->pool.policy = (enum ml_pool_policy)choice;
    return ML_OK;
}

ML_RUN_OPTION(chunk)
{
    ML_RUN_OPTION_BODY;
    uint64_t chunk = 0;
    if (strcmp(value, "auto") != 0 &&
        ml_option_integer(value, 1, UINT32_MAX, &chunk, err) != ML_OK)
        return ml_fail(err, ML_ERR_USAGE, "not a number of pictures",
                       "give 1 or more, or auto", "'%.40s'", value);
    options->pool.chunk = (uint32_t)chunk;
    return ML_OK;
}

ML_RUN_OPTION(tasks_per_child)
{
    ML_RUN_OPTION_BODY;
    uint64_t tasks = 0;
    const enum ml_status status =
        ml_option_integer(value, 1, UINT32_MAX, &tasks, err);
    if (status == ML_OK)
        options->pool.tasks_per_child = (uint32_t)tasks;
    return status;
}
