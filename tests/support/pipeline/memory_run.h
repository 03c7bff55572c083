/* memory_run.h: a run whose inputs and outputs are in memory. */
#ifndef ML_TESTS_SUPPORT_PIPELINE_MEMORY_RUN_H
#define ML_TESTS_SUPPORT_PIPELINE_MEMORY_RUN_H

#include <pthread.h>

#include "pipeline/run.h"
#include "support/codec/codec_picture.h"

struct memory_run {
    const struct test_file *inputs;
    size_t count, next;
    struct test_file *outputs;         /* [count]; empty where a job failed */
    struct ml_error *errors;           /* [count] */
    struct ml_picture_result *reports; /* [count] */
    unsigned *io;                      /* [count] times each job has ended */
    /* Called from the I/O callback `completed` with the number of ended jobs;
     * or NULL. */
    void (*each)(struct memory_run *run, size_t ended);
    /* Called from the I/O callback `next`, and when the run has ended and is
     * still open; or NULL. */
    void (*each_next)(struct memory_run *run);
    void (*gone)(struct memory_run *run);
    void *each_context;
    /* Called before an input is opened; or NULL. */
    void (*opening)(struct memory_run *run, uint64_t number);
    /* Guards `io` for memory_run_await_end(). */
    pthread_mutex_t lock;
    pthread_cond_t one_ended;
    size_t ended;
    struct ml_run *run; /* while it executes */
    struct ml_run_counts counts;
};

void memory_run_open(struct memory_run *run, const struct test_file *inputs,
                     size_t count);
void memory_run_close(struct memory_run *run);
/* Run `plan` with `jobs` over the inputs; `settings` come from
 * memory_run_order(). */
enum ml_status memory_run_go(struct memory_run *run,
                             struct ml_run_settings *settings, const char *plan,
                             unsigned jobs, struct ml_error *err);
/* Wait until the job has ended; called from `opening`. */
void memory_run_await_end(struct memory_run *run, size_t job);
/* Default settings with a chain of `filters`, NULL-terminated. */
void memory_run_order(struct ml_run_settings *settings, struct ml_chain *chain,
                      const char *const *filters);

#endif
