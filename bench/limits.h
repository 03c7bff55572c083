/* limits.h: the least time that a filter can take on this machine, from counts
 * of what its algorithm cannot do without and measured rates of just that.
 *
 * Counts are bytes of vectors that an operation goes over for each sample that
 * comes out: one byte for an operation on bytes, two on words, four on floats.
 * Rates are bytes a nanosecond, each measured in a loop of its own at the level
 * of instructions in use.  Operations of all classes run side by side, so that
 * the dearest class is the bound; together they are no more than the rate of
 * the cheapest class.  Reading and writing the memory between is bench_kernels'
 * own, other bound.
 *
 * It is a lower bound: loads and stores within the kernel, the cost of samples
 * that lie across lines of the cache, latencies, loops and ends are not in it.
 */
#ifndef BENCH_LIMITS_H
#define BENCH_LIMITS_H

#include "image/shape.h"

enum limits_class {
    LIMITS_LIGHT,     /* minima, maxima, sums, shifts, choices of integers */
    LIMITS_PRODUCT,   /* products of 16 bits, the high half or the low */
    LIMITS_FLOAT_SUM, /* and conversions */
    LIMITS_FLOAT_TIMES,
    LIMITS_INTERLEAVE, /* of two vectors, as transposes have them */
    LIMITS_SHUFFLE,    /* any order of bytes; also widening and packing */
    LIMITS_LOOK_UP,    /* of two bytes anywhere in a table of 128 KB */
    LIMITS_COUNT
};

struct limits {
    double rate[LIMITS_COUNT]; /* bytes a ns */
};

/* Some 30 ms, at the level in use. */
void limits_measure(struct limits *limits);
const char *limits_name(enum limits_class which);

/* Milliseconds for `filter`, as the table of bench_kernels has it, to make
 * samples of `out`; the class that takes them.  0: it is bound by memory only.
 */
double limits_ms(const struct limits *limits, const char *filter,
                 const struct ml_shape *in, const struct ml_shape *out,
                 enum limits_class *which_out);

#endif
