/* report.h: what a run tells: a line a failure, events, progress, the summary.
 *
 * stdout carries results only (--json, --events -); all else goes to stderr.
 * Names are bytes: shown escaped, in JSON as text when they are UTF-8 and
 * beside it in base64 when they are not.
 */
#ifndef ML_COMMAND_REPORT_REPORT_H
#define ML_COMMAND_REPORT_REPORT_H

#include "command/report/record.h"
#include "command/report/report_state.h"
#include "files/input/walk.h"

ML_MUST_CHECK enum ml_status ml_run_report_open(struct ml_run_report *report,
                                                struct ml_error *err);
void ml_run_report_close(struct ml_run_report *report);

/* One input has ended. */
void ml_run_report_add(struct ml_run_report *report,
                       const struct ml_record *record);
/* The run has ended: print the summary, and the --json document. */
void ml_run_report_finish(struct ml_run_report *report,
                          const struct ml_run_counts *counts,
                          const struct ml_walk_stats *stats);

/* "path: step: what: why: what to do" to stderr. */
void ml_print_failure(const char *path, const struct ml_error *err);

#endif
