/* policy.h: what a pool of worker processes does as Python's pools do.
 *
 * minilab: a worker that dies is replaced, its job tried again.
 * executor: as concurrent.futures.ProcessPoolExecutor of CPython 3.11: a death
 * breaks the pool, everything that is pending fails at once.
 * mp: as multiprocessing.Pool: the worker is replaced and what it was at is
 * lost: nobody ever answers for it.  There a program hangs; here, once the
 * stage has nothing else to do, the lost jobs end with an error that says so.
 *
 * A chunk is what a worker is told of at one time; it is told of more when it
 * has answered for all of it.  Of pictures beyond ML_SLOT_SMALL two at most lie
 * with a worker, of others ML_CHANNEL_DEPTH: larger chunks are handed over in
 * parts.
 */
#ifndef ML_PIPELINE_PROCESSES_POLICY_H
#define ML_PIPELINE_PROCESSES_POLICY_H

#include "pipeline/core/run_settings.h"

const char *ml_pool_policy_name(enum ml_pool_policy policy);

/* The chunk that a policy takes when none is asked for, for `jobs` (0: how many
 * is not known) and `workers`; 0: as many as last some ms, and more before they
 * are done. */
uint32_t ml_pool_chunk(enum ml_pool_policy policy, uint64_t jobs,
                       unsigned workers);

#endif
