/* workers.h: the processes that this one has started, to kill and to count. */
#ifndef ML_TESTS_SUPPORT_WORKERS_H
#define ML_TESTS_SUPPORT_WORKERS_H

#include <stddef.h>

/* Process ids of the children that run now, at most `capacity`; returns how
 * many.  Children that have ended and wait to be reaped are left out.  Any
 * thread. */
size_t test_workers(int *pids_out, size_t capacity);

#endif
