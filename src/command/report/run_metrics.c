/* run_metrics.c: see run_metrics.h. */
#include "command/report/run_metrics.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "analysis/stats.h"
#include "base/clock.h"
#include "command/report/explain.h"
#include "os/cpu_budget.h"
#include "pipeline/ipc/transports.h"

static_assert((int)ML_METRIC_INLINE == (int)ML_INLINE &&
                  (int)ML_METRIC_THREADS == (int)ML_THREADS &&
                  (int)ML_METRIC_PROCESSES == (int)ML_PROCESSES &&
                  (int)ML_METRIC_GIL == (int)ML_GIL &&
                  (int)ML_METRIC_LOOP == (int)ML_LOOP &&
                  (int)ML_METRIC_EXECUTORS == (int)ML_EXECUTOR_COUNT,
              "metrics name executors in the order of plans");
static_assert(ML_METRICS_STAGES == ML_STEP_COUNT,
              "a stage has a step at least");

/* At most 1: the two times may be read at slightly different moments. */
static double metrics_share(uint64_t ns, uint64_t of_ns)
{
    const double share = of_ns > 0 ? (double)ns / (double)of_ns : 0;
    return share < 1 ? share : 1;
}

static double metrics_s(uint64_t ns)
{
    return ml_ms(ns) / 1e3;
}

/* CPU time of this program and of its workers, which have been reaped. */
static double metrics_cpu_s(void)
{
    static const int whose[] = {RUSAGE_SELF, RUSAGE_CHILDREN};
    double sum = 0;
    for (size_t i = 0; i < 2; i++) {
        struct rusage usage;
        if (getrusage(whose[i], &usage) == 0)
            sum +=
                (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    }
    return sum;
}

/* The share of all processors' time that the programs of this machine used. */
static double metrics_machine_busy(const struct ml_run_report *report,
                                   const struct ml_cpu *cpu, double seconds)
{
    const double busy_s = ml_cpu_busy_s("") - report->start_busy_s;
    const double all_s = seconds * (cpu->online > 0 ? cpu->online : 1);
    return busy_s > 0 && busy_s < all_s ? busy_s / all_s : busy_s > 0;
}

/* ---- stages and the links between them ---- */

/* The share of its workers' time that a stage was busy, from the times of its
 * steps; above 1 if threads within a picture ran in parallel. */
static double metrics_busy(const struct ml_plan_stage *stage,
                           const struct ml_totals *totals, double seconds)
{
    const uint64_t steps[ML_STEP_COUNT] = {
        [ML_STEP_READ] = totals->read_ns,
        [ML_STEP_DECODE] = totals->source_ns,
        [ML_STEP_FILTER] = totals->filter_ns,
        [ML_STEP_ENCODE] = totals->sink_ns,
        [ML_STEP_WRITE] = totals->write_ns,
    };
    uint64_t ns = 0;
    for (unsigned s = stage->first; s <= (unsigned)stage->last; s++)
        ns += steps[s] / ml_stage_concurrency(stage, (enum ml_step)s);
    return seconds > 0 ? (double)ns / 1e9 / seconds : 0;
}

/* A link is full while the stage before it would find no free slot, empty while
 * the stage after it would find no job: shares of the time until the stage
 * before it ended. */
static void metrics_stages(const struct ml_run_report *report, double seconds,
                           const struct ml_run_counts *counts,
                           struct ml_run_metrics *metrics)
{
    metrics->stage_count = report->plan->count;
    for (size_t i = 0; i < report->plan->count; i++) {
        const struct ml_plan_stage *stage = &report->plan->stages[i];
        metrics->stages[i] = (struct ml_stage_metrics){
            .first = stage->first,
            .last = stage->last,
            .executor = (enum ml_metric_executor)stage->executor,
            .width = stage->width,
            .busy = metrics_busy(stage, &report->totals, seconds),
            .by_readers = stage->by_readers,
        };
    }
    for (size_t i = 0; i < counts->link_count && i + 1 < ML_METRICS_STAGES;
         i++) {
        const struct ml_run_link_counts *link = &counts->links[i];
        const uint64_t open_ns = link->ready.open_ns;
        const bool bounded = link->slots > 0;
        metrics->links[i] = (struct ml_link_metrics){
            .bounded = bounded,
            .full = bounded ? metrics_share(link->free.empty_ns, open_ns) : 0,
            .empty = metrics_share(link->ready.empty_ns, open_ns)};
    }
}

/* ---- pictures ---- */

static int metrics_compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void metrics_pictures(const struct ml_run_report *report,
                             struct ml_run_metrics *metrics)
{
    const struct ml_totals *t = &report->totals;
    const size_t count = report->latency_count;
    metrics->read_s = metrics_s(t->read_ns);
    metrics->decode_s = metrics_s(t->source_ns);
    metrics->filter_s = metrics_s(t->filter_ns);
    metrics->encode_s = metrics_s(t->sink_ns);
    metrics->write_s = metrics_s(t->write_ns);
    metrics->tail_s =
        metrics_s(t->before_last_ns > 0 ? t->last_ns - t->before_last_ns : 0);
    metrics->done = t->done;
    metrics->failed = t->failed;
    metrics->bytes_in = t->bytes_in;
    metrics->bytes_out = t->bytes_out;
    metrics->pixels_in = t->pixels_in;
    if (count == 0)
        return;
    double *ms = report->latencies_ms;
    qsort(ms, count, sizeof *ms, metrics_compare);
    metrics->p50_ms = ml_quantile(ms, count, 0.5);
    metrics->p95_ms = ml_quantile(ms, count, 0.95);
    metrics->max_ms = ms[count - 1];
}

/* ---- executors ---- */

static void metrics_gil(const struct ml_gil_stats *counts,
                        const struct ml_gil_settings *settings,
                        struct ml_gil_metrics *gil)
{
    const bool lock = settings->flavour != ML_GIL_OFF;
    if (counts->threads == 0)
        return;
    *gil = (struct ml_gil_metrics){
        .used = true,
        .released = lock && settings->policy == ML_GIL_RELEASE,
        .each = lock && settings->each,
        .threads = (unsigned)counts->threads,
        .wait_s = metrics_s(counts->gil.waits.sum_ns),
        .hold_s = metrics_s(counts->gil.holds.sum_ns),
    };
}

static void metrics_executors(const struct ml_run_report *report,
                              const struct ml_run_counts *counts,
                              struct ml_run_metrics *metrics)
{
    const struct ml_run_settings *settings = &report->options->settings;
    metrics_gil(&counts->gil, &settings->gil, &metrics->gil);
    if (counts->loops)
        metrics->loop = (struct ml_loop_metrics){
            .used = true,
            .blocked_s = metrics_s(counts->loop.blocked_ns),
            .slowest_s = metrics_s(counts->loop.slowest_ns),
            .slow = counts->loop.slow_tasks,
        };
    if (!counts->processes)
        return;
    metrics->transport = (struct ml_transport_metrics){
        .messages = counts->transport.messages,
        .bytes_copied = counts->transport.bytes_copied,
        .full_waits = counts->transport.pipe_full_waits,
    };
    (void)snprintf(metrics->transport.kind, sizeof metrics->transport.kind,
                   "%s", ml_transport(settings->pool.transport)->name);
    metrics->pool =
        (struct ml_pool_metrics){.broken = counts->pool_broke, counts->lost};
}

void ml_run_report_metrics(const struct ml_run_report *report, double seconds,
                           const struct ml_run_counts *counts,
                           struct ml_run_metrics *metrics)
{
    const struct ml_cpu *cpu = &report->options->cpu;
    memset(metrics, 0, sizeof *metrics);
    (void)snprintf(metrics->mode, sizeof metrics->mode, "%s", report->mode);
    metrics->processors = cpu->budget;
    metrics->inner = report->explanation->inner;
    metrics->seconds = seconds;
    metrics->cpu_s = metrics_cpu_s();
    metrics->machine_busy = metrics_machine_busy(report, cpu, seconds);
    metrics->bytes_copied =
        counts->bytes_copied + counts->transport.bytes_copied;
    metrics->worker_deaths = counts->worker_deaths;
    metrics->workers_started = counts->starts.workers;
    metrics->start_s = metrics_s(counts->starts.sum_ns);
    metrics->start_max_s = metrics_s(counts->starts.most_ns);
    metrics_pictures(report, metrics);
    metrics_stages(report, seconds, counts, metrics);
    metrics_executors(report, counts, metrics);
    metrics->breakdown_count = report->breakdown_count;
    for (size_t i = 0; i < report->breakdown_count; i++) {
        metrics->breakdown[i] = report->breakdown[i];
        ml_time_metrics_complete(&metrics->breakdown[i], metrics);
    }
}
