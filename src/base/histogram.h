/* histogram.h: durations, counted in a fixed number of buckets.
 *
 * For durations too frequent to store one by one: waits, holds, lags.  Eight
 * buckets an octave, so a quantile read back is at most an eighth too high;
 * count, sum and maximum are exact.  Times beyond 2^40 ns, some 18 minutes,
 * share the last bucket.  One thread records into a histogram; add it to
 * another once that thread has ended.
 */
#ifndef ML_BASE_HISTOGRAM_H
#define ML_BASE_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

#define ML_HISTOGRAM_BUCKETS 304 /* 8 exact, and 8 for each of 2^3 .. 2^39 */

struct ml_histogram {
    uint64_t count, sum_ns, max_ns;
    uint64_t buckets[ML_HISTOGRAM_BUCKETS];
};

/* A zeroed histogram is empty. */
void ml_histogram_record(struct ml_histogram *histogram, uint64_t ns);
void ml_histogram_add(struct ml_histogram *into,
                      const struct ml_histogram *from);
/* The time that the fraction `part` in [0, 1] of the recorded ones does not
 * exceed; 0 if there are none. */
uint64_t ml_histogram_quantile(const struct ml_histogram *histogram,
                               double part);

/* The largest time in a bucket; the last bucket holds longer ones too. */
uint64_t ml_histogram_bucket_limit(size_t bucket);

#endif
