/* limits.h: the least time that a filter can take on this machine, from counts
 * of the operations that its algorithm needs and their measured rates.
 *
 * A count is the bytes of vectors that an operation processes for each output
 * sample: one byte for an operation on bytes, two on words, four on floats.
 * Rates are bytes a nanosecond, each measured in a separate loop at the level
 * of vector instructions in use.  Operations of all classes can run in
 * parallel: the bound is that of the most expensive class, and all classes
 * together run no faster than the cheapest.  bench_kernels measures the other
 * bound, reading and writing memory.
 *
 * It is a lower bound: loads and stores within the kernel, samples that cross a
 * cache line, latencies, loop overhead and borders are not in it.
 */
#ifndef BENCH_LIMITS_H
#define BENCH_LIMITS_H

#include "image/shape.h"

enum limits_class {
    LIMITS_LIGHT,     /* minima, maxima, sums, shifts, choices of integers */
    LIMITS_PRODUCT,   /* products of 16 bits, the high half or the low */
    LIMITS_FLOAT_SUM, /* and conversions */
    LIMITS_FLOAT_TIMES,
    LIMITS_INTERLEAVE, /* of two vectors, as in a transpose */
    LIMITS_SHUFFLE,    /* any order of bytes; also widening and packing */
    LIMITS_LOOK_UP,    /* of two bytes in a table of 128 KB */
    LIMITS_COUNT
};

struct limits {
    double rate[LIMITS_COUNT]; /* bytes a ns */
};

/* Takes about 30 ms; at the level in use. */
void limits_measure(struct limits *limits);
const char *limits_name(enum limits_class which);

/* Milliseconds for `filter`, named as in the table of bench_kernels, to make
 * the samples of `out`; *which_out is the class that takes them.  0: memory is
 * the only bound. */
double limits_ms(const struct limits *limits, const char *filter,
                 const struct ml_shape *in, const struct ml_shape *out,
                 enum limits_class *which_out);

#endif
