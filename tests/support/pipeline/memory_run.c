/* memory_run.c: see memory_run.h. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "support/pipeline/memory_run.h"

static bool memory_next(void *context, struct ml_job *job)
{
    struct memory_run *run = context;
    if (run->next == run->count)
        return false;
    job->number = run->next++;
    if (run->each_next)
        run->each_next(run);
    return true;
}

static enum ml_status memory_open(void *context, struct ml_job *job,
                                  uint64_t *size_out, struct ml_error *err)
{
    struct memory_run *run = context;
    (void)err;
    if (run->opening)
        run->opening(run, job->number);
    *size_out = run->inputs[job->number].size;
    return ML_OK;
}

static enum ml_status memory_read(void *context, struct ml_job *job,
                                  uint8_t *memory, size_t size,
                                  size_t *used_out, struct ml_error *err)
{
    struct memory_run *run = context;
    (void)err;
    if (size > 0)
        memcpy(memory, run->inputs[job->number].data, size);
    *used_out = size;
    return ML_OK;
}

static void memory_abandon(void *context, struct ml_job *job)
{
    (void)context;
    (void)job;
}

static enum ml_status memory_write(void *context, struct ml_job *job,
                                   struct ml_bytes bytes, struct ml_error *err)
{
    struct memory_run *run = context;
    struct test_file *file = &run->outputs[job->number];
    (void)err;
    free(file->data);
    file->size = bytes.size;
    file->data = malloc(bytes.size ? bytes.size : 1);
    if (bytes.size)
        memcpy(file->data, bytes.data, bytes.size);
    return ML_OK;
}

static void memory_completed(void *context, const struct ml_job *job)
{
    struct memory_run *run = context;
    run->errors[job->number] = job->error;
    run->reports[job->number] = job->result;
    (void)pthread_mutex_lock(&run->lock);
    run->io[job->number]++;
    (void)pthread_cond_broadcast(&run->one_ended);
    (void)pthread_mutex_unlock(&run->lock);
    run->ended++;
    if (run->each)
        run->each(run, run->ended);
}

void memory_run_open(struct memory_run *run, const struct test_file *inputs,
                     size_t count)
{
    memset(run, 0, sizeof *run);
    run->inputs = inputs;
    run->count = count;
    (void)pthread_mutex_init(&run->lock, NULL);
    (void)pthread_cond_init(&run->one_ended, NULL);
    run->outputs = calloc(count, sizeof *run->outputs);
    run->errors = calloc(count, sizeof *run->errors);
    run->reports = calloc(count, sizeof *run->reports);
    run->io = calloc(count, sizeof *run->io);
    assert_non_null(run->outputs);
    assert_non_null(run->errors);
    assert_non_null(run->reports);
    assert_non_null(run->io);
}

void memory_run_await_end(struct memory_run *run, size_t job)
{
    (void)pthread_mutex_lock(&run->lock);
    while (run->io[job] == 0)
        (void)pthread_cond_wait(&run->one_ended, &run->lock);
    (void)pthread_mutex_unlock(&run->lock);
}

void memory_run_close(struct memory_run *run)
{
    (void)pthread_cond_destroy(&run->one_ended);
    (void)pthread_mutex_destroy(&run->lock);
    for (size_t i = 0; i < run->count; i++)
        free(run->outputs[i].data);
    free(run->outputs);
    free(run->errors);
    free(run->reports);
    free(run->io);
    memset(run, 0, sizeof *run);
}

void memory_run_order(struct ml_run_settings *settings, struct ml_chain *chain,
                      const char *const *filters)
{
    struct ml_error err;
    memset(settings, 0, sizeof *settings);
    memset(chain, 0, sizeof *chain);
    for (; *filters; filters++) {
        if (ml_chain_parse(chain, *filters, &err) != ML_OK)
            fail_msg("%s: %s: %s", *filters, err.what, err.why);
    }
    settings->transform = (struct ml_transform_settings){
        .chain = chain,
        .source = {.fail_on = ML_FAIL_ON_TRUNCATED,
                   .limits = ml_limits_default},
        .sink = ml_sink_options_default,
        .background = {255, 255, 255},
    };
    settings->memory_bytes = (uint64_t)1 << 30;
#ifdef ML_TEST_PROGRAM
    settings->worker_program = ML_TEST_PROGRAM;
#endif
}

enum ml_status memory_run_go(struct memory_run *run,
                             struct ml_run_settings *settings, const char *plan,
                             unsigned jobs, struct ml_error *err)
{
    settings->io = (struct ml_job_io){
        .context = run,
        .next = memory_next,
        .open = memory_open,
        .read = memory_read,
        .abandon = memory_abandon,
        .write = memory_write,
        .completed = memory_completed,
    };
    run->next = run->ended = 0;
    enum ml_status status = ml_plan_parse(&settings->plan, plan, jobs, 2, err);
    if (status == ML_OK)
        status = ml_run_open(&run->run, settings, err);
    if (status != ML_OK)
        return status;
    status = ml_run_execute(run->run, err);
    if (run->gone)
        run->gone(run);
    ml_run_counts(run->run, &run->counts);
    ml_run_close(run->run);
    run->run = NULL;
    return status;
}
