/* clock.h: the monotonic clock, in nanoseconds. */
#ifndef ML_BASE_CLOCK_H
#define ML_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

#define ML_NS_PER_MS UINT64_C(1000000)
#define ML_NS_PER_S UINT64_C(1000000000)

static inline uint64_t ml_clock_ns(clockid_t clock)
{
    struct timespec t;
    (void)clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * ML_NS_PER_S + (uint64_t)t.tv_nsec;
}

static inline uint64_t ml_now_ns(void)
{
    return ml_clock_ns(CLOCK_MONOTONIC);
}

/* Milliseconds, for messages and JSON. */
static inline double ml_ms(uint64_t ns)
{
    return (double)ns / 1e6;
}

#endif
