/* progress.h: the progress of a run: a bar on a terminal, a line every ten
 * seconds elsewhere. */
#ifndef ML_COMMAND_REPORT_PROGRESS_H
#define ML_COMMAND_REPORT_PROGRESS_H

#include "command/report/report_state.h"

/* Erase the bar before anything else is printed; the lock is held. */
void ml_run_report_clear_progress(struct ml_run_report *report);
/* Draw the progress; called at a regular tick, with a struct ml_run_report. */
void ml_run_report_tick(void *report);

#endif
