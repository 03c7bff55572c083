/* verdicts.h: metrics of invented runs, and checks of the verdicts on them. */
#ifndef ML_TESTS_SUPPORT_VERDICTS_H
#define ML_TESTS_SUPPORT_VERDICTS_H

#include "analysis/diagnosis.h"

/* Fail unless one of the sentences contains `part`, or none; print all. */
void verdicts_say(const struct ml_verdicts *verdicts, const char *part);
void verdicts_lack(const struct ml_verdicts *verdicts, const char *part);

/* Set the label of a configuration, like "threads -j 2", and its mode. */
void verdicts_name(struct ml_candidate *one, const char *label);

/* Two workers that compute, behind readers, before a writer. */
struct ml_run_metrics verdicts_usual_run(void);
/* The same under an interpreter lock that is always held. */
struct ml_run_metrics verdicts_locked_run(void);
/* All steps on an event loop, which computing blocks. */
struct ml_run_metrics verdicts_looping_run(void);

#endif
