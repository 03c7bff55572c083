/* policy.c: see policy.h. */
#include "pipeline/processes/policy.h"

const char *ml_pool_policy_name(enum ml_pool_policy policy)
{
    static const char *const names[ML_POOL_POLICY_COUNT] = {
        [ML_POOL_RETRY] = "minilab",
        [ML_POOL_EXECUTOR] = "executor",
        [ML_POOL_MP] = "mp",
    };
    return names[policy];
}

/* Pool.map makes four chunks a worker, their size rounded up; Executor.map
 * makes each item a chunk (CPython 3.11). */
uint32_t ml_pool_chunk(enum ml_pool_policy policy, uint64_t jobs,
                       unsigned workers)
{
    const uint64_t parts = (uint64_t)4 * workers;
    if (policy == ML_POOL_RETRY)
        return 0;
    if (policy == ML_POOL_EXECUTOR || jobs == 0)
        return 1;
    const uint64_t chunk = (jobs + parts - 1) / parts;
    return chunk < UINT32_MAX ? (uint32_t)chunk : UINT32_MAX;
}
