/* pool.c: what worker processes and the way to them cost, as JSON; see
 * report.h. */
#include "command/report/report.h"

#include "pipeline/ipc/transports.h"
#include "pipeline/processes/policy.h"

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
