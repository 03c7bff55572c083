/* gauges.c: memory and slots in use, for a trace; see gauges.h.
 *
 * They have a track of their own.  The thread that ends a job records what was
 * in use before the job released its memory and slot, and after.
 */
#include "pipeline/core/gauges.h"

#include <unistd.h>

#define GAUGES_TRACK 90000 /* its number in a trace */

static void gauges_memory(struct ml_run *run, unsigned cause, uint64_t bytes)
{
    const uint64_t kib = (bytes + 1023) / 1024;
    ml_trace_level(run->gauges, ML_TRACE_MEMORY, (uint16_t)cause,
                   kib < UINT32_MAX ? (uint32_t)kib : UINT32_MAX);
}

void ml_gauges_open(struct ml_run *run)
{
    if (!run->settings.trace)
        return;
    run->gauges =
        ml_trace_track(run->settings.trace, "memory", getpid(), GAUGES_TRACK);
    gauges_memory(run, ML_WAIT_INPUT_BUDGET, run->input_budget.total_bytes);
    gauges_memory(run, ML_WAIT_WORK_BUDGET, run->work_budget.total_bytes);
}

static uint64_t gauges_used(struct ml_budget *budget)
{
    ml_mutex_lock(&budget->lock);
    const uint64_t bytes = budget->used_bytes;
    ml_mutex_unlock(&budget->lock);
    return bytes;
}

void ml_gauges_sample(struct ml_run *run, struct ml_gauges *gauges)
{
    if (!run->gauges)
        return;
    gauges->input_bytes = gauges_used(&run->input_budget);
    gauges->work_bytes = gauges_used(&run->work_budget);
    for (size_t i = 0; i + 1 < run->settings.plan.count; i++) {
        struct ml_link *link = &run->links[i];
        gauges->slots[i] = link->slots.count;
        if (link->slots.count > 0)
            gauges->slots[i] -= ml_queue_count(&link->free);
        if (link->small_count > 0)
            gauges->slots[i] -= ml_queue_count(&link->small_free);
    }
}

void ml_gauges_trace(struct ml_run *run, const struct ml_gauges *gauges)
{
    if (!run->gauges)
        return;
    gauges_memory(run, ML_WAIT_INPUT_MEMORY, gauges->input_bytes);
    gauges_memory(run, ML_WAIT_WORK_MEMORY, gauges->work_bytes);
    for (size_t i = 0; i + 1 < run->settings.plan.count; i++) {
        if (run->links[i].slots.count > 0)
            ml_trace_level(run->gauges, ML_TRACE_DEPTH,
                           (uint16_t)(ML_WAIT_SLOT + i), gauges->slots[i]);
    }
}
