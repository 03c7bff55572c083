/* simd_level.h: which vector instructions this process uses, and how a loop is
 * compiled for each set.
 *
 * The levels; each includes those above it in this list:
 *   plain  what the compiler assumes: on x86-64 SSE2
 *   v3     x86-64-v3: AVX2
 *   v4     x86-64-v4: AVX-512 on bytes and words
 *   vbmi   v4 and AVX-512 VBMI: any byte of two vectors in one instruction
 * A process uses the highest level of its processor, or the one that the
 * environment variable MINILAB_CPU names; worker processes inherit it.
 * Whatever the level, loops make the same bytes: integers, or floats added in
 * the order written and never contracted.
 *
 * Named after the psABI's levels of x86-64; the instruction sets below are
 * those that the loops profit from, not all that a level includes.  Other
 * processors have the plain level only, with the instructions of the compiler's
 * options.
 */
#ifndef ML_OS_SIMD_LEVEL_H
#define ML_OS_SIMD_LEVEL_H

#include "base/error.h"

enum ml_simd {
    ML_SIMD_PLAIN,
    ML_SIMD_V3,
    ML_SIMD_V4,
    ML_SIMD_VBMI,
    ML_SIMD_COUNT
};

#define ML_SIMD_ENVIRONMENT "MINILAB_CPU"

/* The highest level that this processor has. */
enum ml_simd ml_simd_supported(void);
/* "plain", "v3", "v4", "vbmi" */
const char *ml_simd_name(enum ml_simd level);
/* The level that the environment names, else the highest.  ML_ERR_USAGE: no
 * such level, or one that this processor lacks.  Call it first in main(). */
ML_MUST_CHECK enum ml_status ml_simd_init(enum ml_simd *level_out,
                                          struct ml_error *err);
/* The level in use, found at the first call and constant after it; any thread.
 * The environment must have passed ml_simd_init(). */
enum ml_simd ml_simd_level(void);

/* Inlined into each caller, and so compiled for the caller's target. */
#define ML_INLINE static inline __attribute__((always_inline))

/* Before a loop of few iterations, a constant number: unrolled, its arrays can
 * be kept in registers. */
#if defined(__clang__)
#define ML_UNROLL _Pragma("clang loop unroll(full)")
#else
#define ML_UNROLL _Pragma("GCC unroll 16")
#endif

#if defined(__x86_64__)
#define ML_SIMD_TARGETS 1
#define ML_TARGET_V3 __attribute__((target("avx2,bmi,bmi2")))
#if defined(__clang__)
#define ML_TARGET_V4                                                           \
    __attribute__((target("avx2,bmi,bmi2,avx512f,avx512bw,avx512dq,"           \
                          "avx512vl")))
#else
/* gcc 12 chooses 512 bits by itself; stated so that a -mtune does not change
 * it. */
#define ML_TARGET_V4                                                           \
    __attribute__((target("avx2,bmi,bmi2,avx512f,avx512bw,avx512dq,avx512vl,"  \
                          "prefer-vector-width=512")))
#endif
#define ML_TARGET_VBMI                                                         \
    __attribute__((target("avx2,bmi,bmi2,avx512f,avx512bw,avx512dq,avx512vl,"  \
                          "avx512vbmi")))
#else
#define ML_SIMD_TARGETS 0
#endif

/* Begin a static void function that is compiled for plain, v3 and v4, and
 * selects one of the three when called:
 *
 *     ML_SIMD_FUNCTION(add_row, (int *to, const int *from, size_t count),
 *                      (to, from, count))
 *     {
 *         for (size_t i = 0; i < count; i++)
 *             to[i] += from[i];
 *     }
 *
 * The selection takes about a nanosecond: call it for rows, not for pixels.  A
 * function that it calls is compiled for the plain level unless it is
 * ML_INLINE. */
#if ML_SIMD_TARGETS
#define ML_SIMD_FUNCTION(name, params, args)                                   \
    ML_INLINE void name##_loop params;                                         \
    ML_TARGET_V4 static void name##_v4 params                                  \
    {                                                                          \
        name##_loop args;                                                      \
    }                                                                          \
    ML_TARGET_V3 static void name##_v3 params                                  \
    {                                                                          \
        name##_loop args;                                                      \
    }                                                                          \
    static void name##_plain params                                            \
    {                                                                          \
        name##_loop args;                                                      \
    }                                                                          \
    static void name params                                                    \
    {                                                                          \
        switch (ml_simd_level()) {                                             \
        case ML_SIMD_VBMI:                                                     \
        case ML_SIMD_V4:                                                       \
            name##_v4 args;                                                    \
            break;                                                             \
        case ML_SIMD_V3:                                                       \
            name##_v3 args;                                                    \
            break;                                                             \
        case ML_SIMD_PLAIN:                                                    \
        case ML_SIMD_COUNT:                                                    \
            name##_plain args;                                                 \
            break;                                                             \
        }                                                                      \
    }                                                                          \
    ML_INLINE void name##_loop params
#else
#define ML_SIMD_FUNCTION(name, params, args) static void name params
#endif

#endif
