/* process_executor.h: Python's ProcessPoolExecutor: processes that make calls
 * for others.
 *
 *   submit() -> line -> manager -> orders (workers + 1) -> workers -> answers
 *                          ^                                            |
 *                          +--------------------------------------------+
 *
 * The manager, a thread, hands calls over whenever it is awake and the queue of
 * orders has room: at a submit, and at an answer, not when a worker takes one.
 * A call that is handed over runs, as far as its future is concerned, and
 * cannot be cancelled any more, though no worker may have looked at it yet: of
 * many calls submitted at once, workers + 1, and never more than
 * 2 * workers + 1.
 *
 * A worker that dies breaks the pool: all that is not done ends as BROKEN, the
 * other workers are killed, nothing more is taken.  One that has made all the
 * calls that it may (tasks) is replaced by another, which needs a start by
 * exec: at that time this program has threads, so it must not fork.
 *
 * The line's processes follow the same rules when told to (pipeline/
 * pool_policy.h), but not by this code: there a worker is given its own jobs,
 * so that it is known what a dead one had begun, pictures lie in shared memory,
 * and what a worker writes is not believed.
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
/* Take no more, wait until all calls have ended, end the workers, free.  With a
 * start by fork, by the thread that opened it. */
void ml_process_executor_close(struct ml_process_executor *executor);

/* `function`: its place in the table. */
void ml_process_call_open(struct ml_process_future *call, uint32_t function,
                          int64_t argument);
void ml_process_call_close(struct ml_process_future *call);

/* Have an opened, fresh call made.  ML_SYNC_BROKEN, ML_SYNC_SHUT_DOWN: it is
 * untouched. */
ML_MUST_CHECK enum ml_sync_status
ml_process_executor_submit(struct ml_process_executor *executor,
                           struct ml_process_future *call);

/* The manager has looked at all that was submitted, and handed over what there
 * was room for. */
bool ml_process_executor_is_settled(struct ml_process_executor *executor);

#endif
