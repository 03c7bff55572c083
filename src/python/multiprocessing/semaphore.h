/* semaphore.h: permits in shared memory: Python's multiprocessing.Semaphore
 * and, with one permit, its Lock.
 *
 * The semaphore of the operating system, in memory mapped by all processes; it
 * has no owner, so any process may release what another acquired, and permits
 * of a killed process are lost.  Within one process use python/semaphore.h.
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

/* Call it once, in the process that created the memory; it needs no other
 * resource and no closing. */
void ml_mp_semaphore_open(struct ml_mp_semaphore *semaphore, uint32_t value);

/* Take one, until `deadline_ns` of ml_now_ns(); ML_NEVER: no deadline, 0: try
 * once.  ML_SYNC_TIMEOUT. */
ML_MUST_CHECK enum ml_sync_status
ml_mp_semaphore_acquire(struct ml_mp_semaphore *semaphore,
                        uint64_t deadline_ns);
void ml_mp_semaphore_release(struct ml_mp_semaphore *semaphore);
/* The answer may be outdated on return. */
uint32_t ml_mp_semaphore_value(struct ml_mp_semaphore *semaphore);

#endif
