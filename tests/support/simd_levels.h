/* simd_levels.h: a whole test executable at every level of vector instructions
 * that this machine has, one after the other, each in a process of its own: a
 * process finds its level once.  With MINILAB_CPU in the environment, at that
 * one only. */
#ifndef ML_TESTS_SUPPORT_SIMD_LEVELS_H
#define ML_TESTS_SUPPORT_SIMD_LEVELS_H

/* `run` returns how many tests failed; so does this, over all levels.  Called
 * from main() before anything has asked for the level. */
int levels_run(int (*run)(void));

#endif
