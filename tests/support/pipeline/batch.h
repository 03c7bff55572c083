/* batch.h: pictures in memory, plans of every kind to run them with, and the
 * reference output, that of `serial`. */
#ifndef ML_TESTS_SUPPORT_PIPELINE_BATCH_H
#define ML_TESTS_SUPPORT_PIPELINE_BATCH_H

#include "support/pipeline/memory_run.h"

#define BATCH_PICTURES 24
#define BATCH_BROKEN 5 /* truncated; the next one is no picture */

extern struct test_file batch_pictures[BATCH_PICTURES];
extern const char *const batch_filters[]; /* NULL-terminated */
extern const char *const batch_plans[];
extern const size_t batch_plan_count;

/* Fixtures of a group: make the pictures, free them. */
int batch_make(void **state);
int batch_free(void **state);

/* Run the pictures through the plan of `serial`; the caller closes the run. */
void batch_serial(struct memory_run *run, struct ml_run_settings *settings);

#endif
