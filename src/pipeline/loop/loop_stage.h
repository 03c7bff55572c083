/* loop_stage.h: the event loop: one thread that runs all `loop` stages of a
 * plan.
 *
 * Cooperative switching, as in asyncio, on asyncio's own contracts
 * (async/loop.h, async/task.h); this module adds what the pipeline needs.
 * Each job in flight is a task that does one step without waiting, names the
 * next step, and returns ("await").  Opening, reading and writing files is done
 * by threads of an executor, as programs on asyncio do; a delay is a timer and
 * takes no thread.  What a task computes runs on the loop and blocks it: that
 * time is measured.  On request a timer of a millisecond measures how late the
 * loop is too, which also keeps the loop from sleeping longer.
 *
 * The loop is run one iteration at a time, because there is more to check
 * between iterations: the loop never waits for a queue or a memory budget; it
 * takes what is available, and is woken through its waker when there is more.
 * In a plan with an interpreter lock the loop holds that lock whenever it does
 * not poll; the file threads, which only make system calls, never hold it.
 * There are as many file threads as files may be in flight, or as the system
 * allows, each started when all that exist are busy.
 */
#ifndef ML_PIPELINE_LOOP_LOOP_STAGE_H
#define ML_PIPELINE_LOOP_LOOP_STAGE_H

#include "base/error.h"
#include "pipeline/loop/loop_counts.h"
#include "pipeline/threads/gil_guard.h"

struct ml_loop;
struct ml_run;

/* For a plan with loop stages.  Called after links, budgets and the table of
 * jobs are open, whose waker the loop becomes, and before any thread uses them.
 * Sets run->loop and run->loop_waker; also after a failure ml_loop_close()
 * frees. */
ML_MUST_CHECK enum ml_status ml_loop_open(struct ml_run *run,
                                          struct ml_error *err);
/* Start the first file thread; more are started by use.  ML_ERR_OS: it cannot
 * be started. */
ML_MUST_CHECK enum ml_status ml_loop_start(struct ml_loop *loop,
                                           struct ml_error *err);
/* After ml_loop_start(): do all jobs of the loop's stages, in the calling
 * thread.
 */
void ml_loop_run(struct ml_loop *loop);
/* After ml_loop_run() has returned. */
void ml_loop_counts(const struct ml_loop *loop,
                    struct ml_loop_counts *counts_out);
/* Add the counts of its thread's interpreter lock, if it has one. */
void ml_loop_count_gil(const struct ml_loop *loop, struct ml_gil_stats *counts);
void ml_loop_close(struct ml_loop *loop);

#endif
