/* simd_levels.h: runs all tests of an executable at every level of vector
 * instructions of this machine, each in a process of its own, because a process
 * detects its level once.  If MINILAB_CPU is set, only at that level. */
#ifndef ML_TESTS_SUPPORT_SIMD_LEVELS_H
#define ML_TESTS_SUPPORT_SIMD_LEVELS_H

/* `run` returns the number of failed tests; levels_run() returns 0 when no test
 * failed at any level.  Call it from main() before any use of the level. */
int levels_run(int (*run)(void));

#endif
