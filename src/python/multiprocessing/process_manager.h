/* process_manager.h: the thread between the callers of a process executor and
 * its workers; see process_executor.h.
 */
#ifndef ML_PYTHON_MULTIPROCESSING_PROCESS_MANAGER_H
#define ML_PYTHON_MULTIPROCESSING_PROCESS_MANAGER_H

#include "python/multiprocessing/process_executor_state.h"

/* In executor->polls: */
enum { POLL_RESPONSES, POLL_WAKE, POLL_CHILDREN };

/* The manager thread; context is the executor.  It ends with the queue of
 * requests closed, unless the workers could not be started. */
void *ml_process_manager_main(void *context);

/* Start all workers, or fill *err. */
ML_MUST_CHECK enum ml_status
ml_process_workers_start(struct ml_process_executor *executor,
                         struct ml_error *err);
/* Kill and reap all running workers. */
void ml_process_workers_kill(struct ml_process_executor *executor);

#endif
