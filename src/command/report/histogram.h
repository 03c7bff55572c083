/* histogram.h: a histogram of times, as text. */
#ifndef ML_COMMAND_REPORT_HISTOGRAM_H
#define ML_COMMAND_REPORT_HISTOGRAM_H

#include "base/histogram.h"
#include "base/strbuf.h"

/* Append the count, the sum and the quantiles, then one column for each octave
 * that is not empty; nothing for an empty histogram. */
void ml_run_report_times_line(const char *what,
                              const struct ml_histogram *times,
                              struct ml_strbuf *text);

#endif
