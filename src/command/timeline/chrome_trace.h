/* chrome_trace.h: a trace as the JSON of trace events that Chrome and Perfetto
 * read. */
#ifndef ML_COMMAND_TIMELINE_CHROME_TRACE_H
#define ML_COMMAND_TIMELINE_CHROME_TRACE_H

#include <stdio.h>

#include "trace/timeline.h"

/* Write the events, one a line: a track of the log is a thread, spans are
 * complete events that nest strictly, the depths of queues, free slots and
 * memory in use are counters.  A write error sets the error flag of `out`.
 * ML_ERR_MEMORY: events are missing. */
ML_MUST_CHECK enum ml_status ml_timeline_chrome(const struct ml_trace_log *log,
                                                FILE *out,
                                                struct ml_error *err);

#endif
