/* semaphore.h: permits in memory that several processes share: Python's
 * multiprocessing.Semaphore and, with one permit, its Lock.
 *
 * The semaphore of the operating system, in memory mapped by all; it has no
 * owner, so any process may give back what another took, and what a killed one
 * held is never given back.  In one process semaphore.h does.
 */
#ifndef ML_PYTHON_MULTIPROCESSING_SEMAPHORE_H
#define ML_PYTHON_MULTIPROCESSING_SEMAPHORE_H

#include <limits.h>
#include <semaphore.h>

#include "async/status.h"

struct ml_mp_semaphore {
    sem_t os;
};

#define ML_MP_PERMITS_MAX SEM_VALUE_MAX

/* Once, by whoever made the memory; it takes nothing beside that. */
void ml_mp_semaphore_open(struct ml_mp_semaphore *semaphore, uint32_t value);

/* Take one until `deadline_ns` of ml_now_ns(): ML_NEVER waits, 0 only looks.
 * ML_SYNC_TIMEOUT. */
ML_MUST_CHECK enum ml_sync_status
ml_mp_semaphore_acquire(struct ml_mp_semaphore *semaphore,
                        uint64_t deadline_ns);
void ml_mp_semaphore_release(struct ml_mp_semaphore *semaphore);
/* True for this moment only. */
uint32_t ml_mp_semaphore_value(struct ml_mp_semaphore *semaphore);

#endif
