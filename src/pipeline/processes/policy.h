/* policy.h: what a pool of worker processes does when a worker dies, and how
 * many jobs it gives a worker at a time; two policies are those of Python's
 * pools.
 *
 * minilab: a worker that dies is replaced and its job is retried.
 *
 * executor: as concurrent.futures.ProcessPoolExecutor of CPython 3.11: a death
 * breaks the pool, and all pending jobs fail at once.
 *
 * mp: as multiprocessing.Pool: the worker is replaced and its task is lost, so
 * in CPython the caller waits forever.  Here the lost jobs end with an error
 * that says so, once their stage has nothing else to do.
 *
 * A chunk is the jobs that a worker is given at a time; it gets the next chunk
 * once it has replied to all of them.  The number of outstanding commands stays
 * bounded, so larger chunks are sent in parts: two for pictures beyond
 * ML_SLOT_SMALL, ML_CHANNEL_DEPTH for smaller ones.
 */
#ifndef ML_PIPELINE_PROCESSES_POLICY_H
#define ML_PIPELINE_PROCESSES_POLICY_H

#include "pipeline/core/run_settings.h"

const char *ml_pool_policy_name(enum ml_pool_policy policy);

/* The default chunk of a policy, in jobs, for `jobs` (0: unknown) and
 * `workers`. 0: no chunks; a worker is kept supplied with some milliseconds of
 * work. */
uint32_t ml_pool_chunk(enum ml_pool_policy policy, uint64_t jobs,
                       unsigned workers);

#endif
