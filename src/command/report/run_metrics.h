/* run_metrics.h: the metrics of a run that has ended, from its counts and the
 * sums over its pictures.
 *
 * One struct for both uses: the JSON document prints it, the rules of
 * --explain are applied to it.
 */
#ifndef ML_COMMAND_REPORT_RUN_METRICS_H
#define ML_COMMAND_REPORT_RUN_METRICS_H

#include "command/report/report_state.h"

/* Sorts latencies_ms. */
void ml_run_report_metrics(const struct ml_run_report *report, double seconds,
                           const struct ml_run_counts *counts,
                           struct ml_run_metrics *metrics);

#endif
