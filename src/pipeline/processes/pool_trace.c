/* pool_trace.c: makes the tracks of worker processes part of the trace; see
 * pool_internal.h. */
#include "pipeline/processes/pool_internal.h"

/* Workers are numbered within their stage. */
void ml_pool_attach_trace(struct ml_pool *pool, struct ml_pool_worker *worker)
{
    const struct ml_run *run = pool->run;
    const uint32_t tracks =
        ml_pool_stage_of(pool, worker->stage)->template.tracks;
    char name[ML_TRACE_NAME];
    unsigned number = 0;
    for (const struct ml_pool_worker *w = pool->workers; w != worker; w++)
        number += w->stage == worker->stage;
    for (uint32_t i = 0; i < tracks; i++) {
        ml_trace_name_worker(name, &run->settings.plan.stages[worker->stage],
                             number, i);
        (void)ml_trace_attach(
            run->settings.trace,
            ml_channel_track(worker->process.channel, tracks, i), name,
            worker->process.child.pid,
            i == 0 ? worker->process.child.pid : (int)i);
    }
}

void ml_pool_detach_trace(struct ml_pool *pool, struct ml_pool_worker *worker,
                          bool expected)
{
    const uint32_t tracks =
        ml_pool_stage_of(pool, worker->stage)->template.tracks;
    for (uint32_t i = 0; i < tracks; i++)
        ml_trace_detach(pool->run->settings.trace,
                        ml_channel_track(worker->process.channel, tracks, i),
                        i == 0 && !expected ? ml_now_ns() : 0);
}
