/* pool.c: state of stages and workers, shared by the files of the dispatcher;
 * see pool_internal.h. */
#include "pipeline/processes/pool_internal.h"

#include <assert.h>

struct ml_pool_stage *ml_pool_stage_of(struct ml_pool *pool, size_t index)
{
    size_t i = 0;
    while (pool->stages[i].index != index)
        i++;
    return &pool->stages[i];
}

bool ml_pool_is_idle(const struct ml_pool *pool,
                     const struct ml_pool_stage *stage)
{
    for (size_t i = 0; i < pool->worker_count; i++) {
        if (pool->workers[i].stage == stage->index &&
            ml_pool_outstanding(&pool->workers[i]) > 0)
            return false;
    }
    return true;
}

void ml_pool_abort(struct ml_pool *pool, const struct ml_error *err)
{
    if (!pool->broken)
        pool->error = *err;
    pool->broken = true;
    ml_pipeline_abort(pool->run, err);
}

void ml_pool_buffer_returned(struct ml_pool_worker *worker, uint32_t buffer)
{
    assert(!worker->buffer_is_free[buffer] && worker->buffers_in_use > 0);
    worker->buffer_is_free[buffer] = true;
    worker->buffers_in_use--;
}
