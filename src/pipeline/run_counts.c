/* run_counts.c: the counts of a run, during the run and after it. */
#include <string.h>

#include "pipeline/core/pipeline.h"
#include "pipeline/loop/loop_stage.h"
#include "pipeline/processes/pool.h"
#include "pipeline/run.h"
#include "pipeline/threads/thread_stage.h"

/* Counts of both kinds of slots, added. */
static struct ml_queue_counts counts_free_counts(struct ml_link *link)
{
    struct ml_queue_counts counts = ml_queue_counts(&link->free);
    if (link->small_count == 0)
        return counts;
    const struct ml_queue_counts small = ml_queue_counts(&link->small_free);
    counts.pushed += small.pushed;
    counts.popped += small.popped;
    counts.push_wait_ns += small.push_wait_ns;
    counts.pop_wait_ns += small.pop_wait_ns;
    counts.fill_sum += small.fill_sum;
    counts.empty_ns += small.empty_ns;
    counts.fill_peak += small.fill_peak;
    return counts;
}

static void counts_count_trace(struct ml_run *run, struct ml_run_counts *counts)
{
    counts->traced = run->settings.trace != NULL;
    if (!counts->traced)
        return;
    ml_trace_drain(run->settings.trace);
    counts->trace = ml_trace_counts(run->settings.trace);
}

void ml_run_counts(struct ml_run *run, struct ml_run_counts *counts_out)
{
    memset(counts_out, 0, sizeof *counts_out);
    counts_out->link_count = run->settings.plan.count - 1;
    counts_count_trace(run, counts_out);
    counts_out->processes = run->pool != NULL;
    counts_out->chunk = run->pool ? ml_pool_first_chunk(run) : 0;
    for (size_t i = 0; i < counts_out->link_count; i++) {
        struct ml_link *link = &run->links[i];
        counts_out->links[i].ready = ml_queue_counts(&link->ready);
        counts_out->links[i].slots = link->slots.count;
        if (link->slots.count > 0)
            counts_out->links[i].free = counts_free_counts(link);
    }
    ml_mutex_lock(&run->lock);
    counts_out->worker_deaths = run->worker_deaths;
    counts_out->starts = run->starts;
    counts_out->transport = run->transport;
    counts_out->lost = run->lost;
    counts_out->pool_broke = run->pool_broke;
    counts_out->bytes_copied = run->bytes_copied;
    ml_mutex_unlock(&run->lock);
    ml_stage_threads_count_gil(run, &counts_out->gil);
    counts_out->loops = run->loop != NULL;
    if (run->loop) {
        ml_loop_counts(run->loop, &counts_out->loop);
        ml_loop_count_gil(run->loop, &counts_out->gil);
    }
    counts_out->memory_peak_bytes =
        run->input_budget.peak_bytes + run->work_budget.peak_bytes;
}
