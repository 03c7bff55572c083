/* time_breakdown.h: where the time of a run's threads and workers went, from
 * the spans of its trace. */
#ifndef ML_COMMAND_REPORT_TIME_BREAKDOWN_H
#define ML_COMMAND_REPORT_TIME_BREAKDOWN_H

#include "command/report/report_state.h"
#include "trace/trace.h"

/* Store the sums of spans in the report, by groups of tracks.  Call before the
 * trace is closed. */
void ml_run_report_add_breakdown(struct ml_run_report *report,
                                 struct ml_trace *trace);

#endif
