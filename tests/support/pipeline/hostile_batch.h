/* hostile_batch.h: batches whose worker program is hostile_worker.c and whose
 * pictures are names of deeds. */
#ifndef ML_TESTS_SUPPORT_PIPELINE_HOSTILE_BATCH_H
#define ML_TESTS_SUPPORT_PIPELINE_HOSTILE_BATCH_H

#include "support/pipeline/memory_run.h"

#define HOSTILE_JOBS 48
#define HOSTILE_PLAN                                                           \
    "read@threads:2 | decode,filter,encode@processes:N | write@threads:1"

/* A batch of "echo" with `deeds` times `deed` from its middle on. */
struct hostile_batch {
    const char *deed, *plan;
    const char *before; /* the deed of the input before these; or NULL */
    const struct ml_pool_settings *pool;
    unsigned jobs, count, deeds; /* count: up to HOSTILE_JOBS */
    /* Called before input `number` is opened; or NULL. */
    void (*opening)(struct memory_run *run, uint64_t number);
};

/* One for each transport, otherwise defaults. */
#define HOSTILE_WAYS 3
extern const struct ml_pool_settings hostile_ways[HOSTILE_WAYS];

/* Set-up and teardown of a group: the folder for the marks of deeds that are
 * done once. */
int hostile_open(void **state);
int hostile_close(void **state);

enum ml_status hostile_batch_do(struct memory_run *run,
                                const struct hostile_batch *batch,
                                struct ml_error *err);
/* The job succeeded and its output is the echo. */
void hostile_assert_echoed(const struct memory_run *run, size_t job);

#endif
