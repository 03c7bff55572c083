/* histogram.c: see histogram.h. */
#include "base/histogram.h"

#include <math.h>

#define HISTOGRAM_LAST_OCTAVE 39

/* The three bits behind the leading one choose the bucket within its octave. */
static size_t histogram_bucket(uint64_t ns)
{
    if (ns < 8)
        return (size_t)ns;
    const unsigned octave = 63U - (unsigned)__builtin_clzll(ns);
    if (octave > HISTOGRAM_LAST_OCTAVE)
        return ML_HISTOGRAM_BUCKETS - 1;
    return (size_t)(octave - 2) * 8 + (size_t)((ns >> (octave - 3)) & 7);
}

uint64_t ml_histogram_bucket_limit(size_t bucket)
{
    if (bucket < 8)
        return bucket;
    const size_t octave = bucket / 8 + 2;
    return ((8 + (uint64_t)(bucket % 8) + 1) << (octave - 3)) - 1;
}

void ml_histogram_record(struct ml_histogram *histogram, uint64_t ns)
{
    histogram->count++;
    histogram->sum_ns += ns;
    if (ns > histogram->max_ns)
        histogram->max_ns = ns;
    histogram->buckets[histogram_bucket(ns)]++;
}

void ml_histogram_add(struct ml_histogram *into,
                      const struct ml_histogram *from)
{
    into->count += from->count;
    into->sum_ns += from->sum_ns;
    if (from->max_ns > into->max_ns)
        into->max_ns = from->max_ns;
    for (size_t i = 0; i < ML_HISTOGRAM_BUCKETS; i++)
        into->buckets[i] += from->buckets[i];
}

uint64_t ml_histogram_quantile(const struct ml_histogram *histogram,
                               double part)
{
    if (histogram->count == 0)
        return 0;
    uint64_t rank = (uint64_t)ceil(part * (double)histogram->count);
    if (rank < 1)
        rank = 1;
    uint64_t seen = 0;
    for (size_t i = 0; i < ML_HISTOGRAM_BUCKETS; i++) {
        seen += histogram->buckets[i];
        if (seen >= rank && i + 1 < ML_HISTOGRAM_BUCKETS) {
            const uint64_t upper = ml_histogram_bucket_limit(i);
            return upper < histogram->max_ns ? upper : histogram->max_ns;
        }
    }
    return histogram->max_ns;
}
