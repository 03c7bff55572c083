/* report.h: the report of a run: a line for each failure, events, progress, the
 * summary, the JSON document.
 *
 * stdout receives results only (--json, --events -, the listing of --dry-run);
 * everything else goes to stderr.  Names are bytes: escaped in lines; in JSON
 * text if they are UTF-8, else escaped, with base64 in a second field.
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
