/* gil.h: statistics of a run's interpreter lock, as JSON (new, the caller's)
 * and as lines. */
#ifndef ML_COMMAND_REPORT_GIL_H
#define ML_COMMAND_REPORT_GIL_H

#include "base/strbuf.h"
#include "command/cli/json_builder.h"
#include "pipeline/run.h"

json_t *ml_run_report_gil_json(struct ml_json_builder *json,
                               const struct ml_gil_stats *counts,
                               const struct ml_gil_settings *settings);
void ml_run_report_gil_line(const struct ml_gil_stats *counts,
                            const struct ml_gil_settings *settings,
                            struct ml_strbuf *text);

#endif
