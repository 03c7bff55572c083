/* carry.h: sends bytes to another process in one of several ways, and measures
 * the cost for the sender. */
#ifndef ML_TESTS_FIDELITY_CARRY_H
#define ML_TESTS_FIDELITY_CARRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CARRY_MOST 64 /* items */

struct carry {
    const char *way;
    size_t bytes;
    size_t count;
    bool touch; /* the receiver reads every byte */
    /* Results, of each item after the first, which includes the start-up. */
    double ms[CARRY_MOST];     /* until acknowledged */
    double put_ms[CARRY_MOST]; /* until the sender continued */
    double switches;           /* voluntary, of the sender, per item */
    int late; /* the worker saw a change after the put; -1: not checked */
};

/* Read all bytes, as Python's zlib.adler32 does. */
uint32_t carry_sum(const uint8_t *bytes, size_t size);
/* Voluntary context switches of this process so far. */
long carry_switches(void);
/* Record when item `i` began, was put and was acknowledged. */
void carry_note(struct carry *carry, size_t i, uint64_t began_ns,
                uint64_t put_ns, uint64_t acknowledged_ns);

/* The fakes `sleep`, `file`, `socket`.  False: no such way. */
bool carry_fake(struct carry *carry);

#endif
