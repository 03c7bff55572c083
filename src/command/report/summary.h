/* summary.h: the lines that a run prints to stderr when it has ended. */
#ifndef ML_COMMAND_REPORT_SUMMARY_H
#define ML_COMMAND_REPORT_SUMMARY_H

#include "command/report/report_state.h"
#include "files/input/walk.h"

void ml_run_report_print_summary(const struct ml_run_report *report,
                                 double seconds,
                                 const struct ml_run_counts *counts,
                                 const struct ml_walk_stats *stats);

#endif
