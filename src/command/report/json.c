/* json.c: see json.h. */
#include "command/report/json.h"

#include "base/clock.h"
#include "pipeline/ipc/transports.h"
#include "pipeline/processes/policy.h"

json_t *ml_json_shape(struct ml_json_builder *json, const char *format,
                      const struct ml_shape *shape)
{
    return ml_json_pack(
        json, "{s:o, s:i, s:i, s:s, s:i}", "format", ml_json_text(json, format),
        "width", (int)shape->width, "height", (int)shape->height, "layout",
        ml_layout_name(shape->layout), "bits", (int)shape->bits);
}

json_t *ml_json_bins(struct ml_json_builder *json,
                     const struct ml_histogram *times)
{
    json_t *bins = ml_json_array(json);
    for (size_t i = 0; i < ML_HISTOGRAM_BUCKETS; i++) {
        if (times->buckets[i] > 0)
            ml_json_append(json, bins,
                           ml_json_pack(json, "{s:f, s:I}", "upto_ms",
                                        ml_ms(ml_histogram_bucket_limit(i)),
                                        "count",
                                        (json_int_t)times->buckets[i]));
    }
    return bins;
}

json_t *ml_json_times(struct ml_json_builder *json,
                      const struct ml_histogram *times)
{
    return ml_json_pack(
        json, "{s:I, s:f, s:f, s:f, s:o}", "count", (json_int_t)times->count,
        "p50", ml_ms(ml_histogram_quantile(times, 0.5)), "p99",
        ml_ms(ml_histogram_quantile(times, 0.99)), "max", ml_ms(times->max_ns),
        "bins", ml_json_bins(json, times));
}

json_t *ml_json_transport(struct ml_json_builder *json,
                          const struct ml_pool_settings *settings,
                          const struct ml_transport_counts *counts)
{
    return ml_json_pack(json, "{s:s, s:I, s:I, s:I, s:f, s:f, s:{s:I, s:I}}",
                        "kind", ml_transport(settings->transport)->name,
                        "messages", (json_int_t)counts->messages,
                        "bytes_copied", (json_int_t)counts->bytes_copied,
                        "pipe_full_waits", (json_int_t)counts->pipe_full_waits,
                        "put_ms", (double)counts->put_ns / 1e6, "transfer_ms",
                        (double)counts->transfer_ns / 1e6, "switches",
                        "coordinator", (json_int_t)counts->switches, "workers",
                        (json_int_t)counts->worker_switches);
}

json_t *ml_json_pool(struct ml_json_builder *json,
                     const struct ml_pool_settings *settings,
                     const struct ml_run_counts *counts)
{
    return ml_json_pack(json, "{s:s, s:I, s:I, s:I, s:I, s:b}", "policy",
                        ml_pool_policy_name(settings->policy), "chunk",
                        (json_int_t)counts->chunk, "tasks_per_child",
                        (json_int_t)settings->tasks_per_child,
                        "workers_started", (json_int_t)counts->starts.workers,
                        "lost", (json_int_t)counts->lost, "broken",
                        counts->pool_broke);
}
