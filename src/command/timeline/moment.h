/* moment.h: one moment of a trace. */
#ifndef ML_COMMAND_TIMELINE_MOMENT_H
#define ML_COMMAND_TIMELINE_MOMENT_H

#include "trace/timeline.h"

/* Print the state `after_ns` after the start of the trace: each track's
 * innermost span with its picture and cause, then depths of queues, free slots
 * and memory in use.  ML_ERR_USAGE: the trace is shorter.  ML_ERR_MEMORY: of
 * the JSON document; nothing was printed. */
ML_MUST_CHECK enum ml_status
ml_timeline_print_moment(const struct ml_trace_log *log, uint64_t after_ns,
                         bool json, struct ml_error *err);

#endif
