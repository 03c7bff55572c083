/* timeline.h: ways to show a trace; between the files of `minilab timeline`. */
#ifndef ML_COMMAND_TIMELINE_TIMELINE_H
#define ML_COMMAND_TIMELINE_TIMELINE_H

#include <stdio.h>

#include "trace/timeline.h"

/* Write it as Chrome's and Perfetto's JSON of trace events: a track of the log
 * is a thread, spans are complete events that nest strictly, depths of queues,
 * slots and memory in use are counters.  An event a line.  Whether all of it
 * was written, the file's error flag says.  ML_ERR_MEMORY: events are missing.
 */
ML_MUST_CHECK enum ml_status ml_timeline_chrome(const struct ml_trace_log *log,
                                                FILE *out,
                                                struct ml_error *err);

/* Print what went on so long after the beginning: each track's innermost span
 * with its picture and cause, then levels.  ML_ERR_USAGE: the trace is
 * shorter.  ML_ERR_MEMORY: of the JSON, and nothing was printed. */
ML_MUST_CHECK enum ml_status ml_timeline_tell_at(const struct ml_trace_log *log,
                                                 uint64_t after_ns, bool json,
                                                 struct ml_error *err);

#endif
