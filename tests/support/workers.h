/* workers.h: finds the child processes of the test, to kill or count them. */
#ifndef ML_TESTS_SUPPORT_WORKERS_H
#define ML_TESTS_SUPPORT_WORKERS_H

#include <stddef.h>

/* Store up to `capacity` process ids of running children; return their number.
 * Zombies are left out.  Any thread. */
size_t test_workers(int *pids_out, size_t capacity);

#endif
