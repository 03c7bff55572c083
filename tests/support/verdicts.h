/* verdicts.h: made-up runs, and what was said of them. */
#ifndef ML_TESTS_SUPPORT_VERDICTS_H
#define ML_TESTS_SUPPORT_VERDICTS_H

#include "analysis/diagnosis.h"

/* Is that in one of the sentences, or in none?  Fails the test and shows all.
 */
void verdicts_say(const struct ml_verdicts *verdicts, const char *part);
void verdicts_lack(const struct ml_verdicts *verdicts, const char *part);

/* The label of a configuration, like "threads -j 2", and the mode in it. */
void verdicts_name(struct ml_candidate *one, const char *label);

/* Two workers that compute, behind readers, before a writer. */
struct ml_run_metrics verdicts_usual_run(void);
/* The same under an interpreter lock that is always held. */
struct ml_run_metrics verdicts_locked_run(void);
/* Everything on an event loop that computing blocks. */
struct ml_run_metrics verdicts_looping_run(void);

#endif
