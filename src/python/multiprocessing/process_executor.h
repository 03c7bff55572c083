/* process_executor.h: Python's ProcessPoolExecutor: processes that make
 * submitted calls.
 *
 *   submit() -> queue -> manager -> requests (workers + 1) -> workers
 *                           ^                                    |
 *                           +------------ responses <------------+
 *
 * The manager, a thread, sends calls whenever it is awake and the queue of
 * requests has space: after a submit and after a response, not when a worker
 * takes a request.  The future of a sent call is RUNNING and can no longer be
 * cancelled, even if no worker has received the call: of many calls submitted
 * at once, workers + 1, and never more than 2 * workers + 1.
 *
 * A worker that crashes breaks the pool: all unfinished calls end as BROKEN,
 * the other workers are killed, and further calls are refused.  A worker that
 * has made the calls of its limit (tasks) is replaced, which needs a start by
 * exec: at that time this program has threads, so it must not fork.
 *
 * The pipeline's process stage can follow the same rules (pipeline/processes/
 * policy.h), but not with this code: there each worker gets its own jobs, so
 * that it is known which job a crashed one had begun, pictures are in shared
 * memory, and the dispatcher checks all that a worker writes.
 */
#ifndef ML_PYTHON_MULTIPROCESSING_PROCESS_EXECUTOR_H
#define ML_PYTHON_MULTIPROCESSING_PROCESS_EXECUTOR_H

#include "python/multiprocessing/process_executor_state.h"

/* Start `workers`, 1 to ML_PROCESS_WORKERS_MAX, and the manager.  `kind` is
 * copied, its table and names stay.  ML_ERR_USAGE: `tasks` with a start by
 * fork. */
ML_MUST_CHECK enum ml_status
ml_process_executor_open(struct ml_process_executor *executor, uint32_t workers,
                         const struct ml_process_kind *kind,
                         struct ml_error *err);
/* Refuse further calls, wait until all have ended, end the workers, free.  With
 * a start by fork: in the thread that opened it. */
void ml_process_executor_close(struct ml_process_executor *executor);

/* `function`: its index in the table. */
void ml_process_call_open(struct ml_process_future *call, uint32_t function,
                          int64_t argument);
void ml_process_call_close(struct ml_process_future *call);

/* Submit an opened, unused call.  ML_SYNC_BROKEN, ML_SYNC_SHUT_DOWN: it is
 * unchanged. */
ML_MUST_CHECK enum ml_sync_status
ml_process_executor_submit(struct ml_process_executor *executor,
                           struct ml_process_future *call);

/* The manager has seen all submitted calls, and sent as many as there was space
 * for. */
bool ml_process_executor_is_settled(struct ml_process_executor *executor);

#endif
