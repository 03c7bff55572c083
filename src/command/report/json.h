/* json.h: parts of JSON documents that several commands print.
 *
 * Each returns a new value, which the caller owns.
 */
#ifndef ML_COMMAND_REPORT_JSON_H
#define ML_COMMAND_REPORT_JSON_H

#include "base/histogram.h"
#include "command/cli/json_builder.h"
#include "pipeline/run.h"

/* The schema of the documents of `run`, `info` and `modes`, and of --events;
 * raise it when a released field changes. */
#define ML_REPORT_SCHEMA 1

/* A picture: format, width, height, layout, bits. */
json_t *ml_json_shape(struct ml_json_builder *json, const char *format,
                      const struct ml_shape *shape);
/* A histogram of times, in milliseconds: count, p50, p99, max, and its bins
 * that are not empty. */
json_t *ml_json_times(struct ml_json_builder *json,
                      const struct ml_histogram *times);
json_t *ml_json_bins(struct ml_json_builder *json,
                     const struct ml_histogram *times);
/* How pictures reached worker processes, and what the transport cost. */
json_t *ml_json_transport(struct ml_json_builder *json,
                          const struct ml_pool_settings *settings,
                          const struct ml_transport_counts *counts);
/* The worker processes: policy, chunk, processes started, jobs lost. */
json_t *ml_json_pool(struct ml_json_builder *json,
                     const struct ml_pool_settings *settings,
                     const struct ml_run_counts *counts);

#endif
