/* loop_stage.h: the event loop: one thread that runs all `loop` stages of a
 * plan.
 *
 * Cooperative switching, as asyncio has it, on asyncio's own contracts
 * (async/loop.h, async_task.h): here is only what the line adds to them.
 * Each job in flight is a task that does a step without waiting, names the
 * next, and returns ("await").  Opening, reading and writing files go to
 * threads of an executor, which is how programs on asyncio do it too; a delay
 * is a sleep and takes no thread.  What a task computes runs on the loop and
 * blocks it: that is measured, on demand also by a timer of a millisecond that
 * tells how late it was, and keeps the loop from sleeping longer.
 *
 * It turns the loop piece by piece, because there is more to look at between
 * two iterations: it never waits for a queue or a budget, but takes what is
 * there, and is rung for when more comes.  Beside stages under an interpreter
 * lock it holds that lock whenever it does not poll; the threads for files,
 * which do nothing but system calls, never do.  There are as many as files may
 * be in flight, or as the system grants, each started when all others are busy.
 */
#ifndef ML_PIPELINE_LOOP_LOOP_STAGE_H
#define ML_PIPELINE_LOOP_LOOP_STAGE_H

#include "base/error.h"
#include "pipeline/loop/loop_counts.h"
#include "pipeline/threads/gil_guard.h"

struct ml_loop;
struct ml_run;

/* Called by ml_run_open() when the plan has loop stages, after links, budgets
 * and the table of jobs are open and before any thread uses them: the loop will
 * be rung for them.  run->loop is set; after a failure too, ml_loop_close()
 * frees. */
ML_MUST_CHECK enum ml_status ml_loop_open(struct ml_run *run,
                                          struct ml_error *err);
/* From here one thread for files is there, and more come with use.  ML_ERR_OS:
 * none can be started. */
ML_MUST_CHECK enum ml_status ml_loop_start(struct ml_loop *loop,
                                           struct ml_error *err);
/* After ml_loop_start().  Do all jobs of its stages, in the calling thread. */
void ml_loop_run(struct ml_loop *loop);
/* After ml_loop_run() has returned. */
void ml_loop_counts(const struct ml_loop *loop,
                    struct ml_loop_counts *counts_out);
/* Add what its thread did with the interpreter lock, if there is one. */
void ml_loop_count_gil(const struct ml_loop *loop, struct ml_gil_stats *counts);
void ml_loop_close(struct ml_loop *loop);

#endif
