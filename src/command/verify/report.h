/* report.h: the results of a comparison, collected and printed.
 *
 * Differences are kept in the order found; files that are the same are only
 * counted.
 */
#ifndef ML_COMMAND_VERIFY_REPORT_H
#define ML_COMMAND_VERIFY_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "command/verify/diff.h"

#define ML_REPORT_SHOWN 20 /* lines of text; JSON lists all */

struct ml_verify_note {
    char *path;
    struct ml_finding finding;
};

struct ml_verify_report {
    struct ml_verify_note *notes;
    size_t count, capacity;
    size_t totals[ML_DIFF_RESULT_COUNT];
    bool lost; /* no memory for a note; the totals are complete */
};

void ml_verify_add(struct ml_verify_report *report, const char *path,
                   const struct ml_finding *finding);
void ml_verify_close(struct ml_verify_report *report);

/* The exit code: 1 if a file could not be read, else 6 if one differs, else 0.
 */
int ml_verify_exit(const struct ml_verify_report *report);
void ml_verify_text(const struct ml_verify_report *report, FILE *out);
/* One JSON document.  ML_ERR_MEMORY: nothing was printed. */
ML_MUST_CHECK enum ml_status
ml_verify_json(const struct ml_verify_report *report, FILE *out,
               struct ml_error *err);

#endif
