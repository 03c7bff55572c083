/* hostile_batch.c: see hostile_batch.h. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "pipeline/ipc/message.h"
#include "support/pipeline/hostile_batch.h"

#define MARKS "MINILAB_TEST_MARKS" /* hostile_worker.c reads it */
#define PIPE_TIMES 5 /* an "unread" deed has this many pipes of bytes */

const struct ml_pool_settings hostile_ways[HOSTILE_WAYS] = {
    {.transport = ML_TRANSPORT_SHM},
    {.transport = ML_TRANSPORT_PICKLE},
    {.transport = ML_TRANSPORT_PICKLE_INLINE},
};

int hostile_open(void **state)
{
    char folder[] = "/tmp/minilab-marks-XXXXXX";
    (void)state;
    return mkdtemp(folder) && setenv(MARKS, folder, 1) == 0 ? 0 : -1;
}

int hostile_close(void **state)
{
    (void)state;
    return system("rm -rf \"$" MARKS "\"");
}

static void hostile_remove_marks(void)
{
    assert_int_equal(system("rm -f \"$" MARKS "\"/*"), 0);
}

enum ml_status hostile_batch_do(struct memory_run *run,
                                const struct hostile_batch *batch,
                                struct ml_error *err)
{
    static char echo[] = "echo";
    static char before[32], text[PIPE_TIMES * ML_PIPE_BYTES];
    const char *deed = batch->deed;
    struct test_file inputs[HOSTILE_JOBS];
    static const char *const filters[] = {NULL};
    struct ml_chain chain;
    struct ml_run_settings settings;
    hostile_remove_marks();
    memset(text, 0, sizeof text);
    (void)snprintf(text, sizeof text, "%s", deed);
    const size_t size =
        strncmp(deed, "unread", 6) == 0 ? sizeof text : strlen(text);
    for (size_t i = 0; i < batch->count; i++)
        inputs[i] = (struct test_file){.data = (uint8_t *)echo, .size = 4};
    for (size_t i = 0; i < batch->deeds; i++)
        inputs[batch->count / 2 + i] =
            (struct test_file){.data = (uint8_t *)text, .size = size};
    if (batch->before) {
        (void)snprintf(before, sizeof before, "%s", batch->before);
        inputs[batch->count / 2 - 1] = (struct test_file){
            .data = (uint8_t *)before, .size = strlen(before)};
    }
    memory_run_order(&settings, &chain, filters);
    settings.worker_program = ML_TEST_HOSTILE;
    settings.pool = *batch->pool;
    settings.memory_bytes = (uint64_t)64 << 20;
    memory_run_open(run, inputs, batch->count);
    run->opening = batch->opening;
    const enum ml_status status =
        memory_run_go(run, &settings, batch->plan, batch->jobs, err);
    run->inputs = NULL; /* the array ends with this function */
    return status;
}

void hostile_assert_echoed(const struct memory_run *run, size_t job)
{
    assert_int_equal(run->errors[job].status, ML_OK);
    assert_int_equal(run->outputs[job].size, 4);
    assert_memory_equal(run->outputs[job].data, "echo", 4);
}
