/* loop.h: the event loop of a run: how late its timers were, if that was
 * measured, and what blocked it; as JSON (new, the caller's) and as lines. */
#ifndef ML_COMMAND_REPORT_LOOP_H
#define ML_COMMAND_REPORT_LOOP_H

#include "base/strbuf.h"
#include "command/cli/json_builder.h"
#include "pipeline/run.h"

json_t *ml_run_report_loop_json(struct ml_json_builder *json,
                                const struct ml_loop_counts *loop);
void ml_run_report_loop_line(const struct ml_loop_counts *loop,
                             struct ml_strbuf *text);

#endif
