/* clones.h: one source loop, compiled for several CPUs.
 *
 * ML_CLONES before a function makes gcc compile it for AVX-512, AVX2 and the
 * plain instruction set, and pick one when the program starts.  All clones
 * make the same bytes: integers, or floats added in the order written and never
 * contracted.  Inner helpers are ML_INLINE, so that they are compiled with
 * their caller's instructions.
 *
 * Empty on other machines, on clang (a correctness build) and under
 * sanitizers, whose run-time is not up yet when the choice is made.
 */
#ifndef ML_FILTERS_KERNELS_CLONES_H
#define ML_FILTERS_KERNELS_CLONES_H

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) &&         \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define ML_CLONES                                                              \
    __attribute__((                                                            \
        target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define ML_CLONES
#endif

#define ML_INLINE static inline __attribute__((always_inline))

#endif
