/* timeline.h: ways to show a trace; between the files of `minilab timeline`. */
#ifndef ML_COMMAND_TIMELINE_H
#define ML_COMMAND_TIMELINE_H

#include <stdio.h>

#include "measure/timeline.h"

/* Write it as Chrome's and Perfetto's JSON of trace events: a track of the log
 * is a thread, spans are complete events that nest strictly, depths of queues
 * are counters.  An event a line.  Whether all of it was written, the file's
 * error flag says. */
void ml_timeline_chrome(const struct ml_trace_log *log, FILE *out);

#endif
