/* carry.h: bytes carried to another process, one way or another, and what that
 * costs whoever sends them. */
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
    /* Filled in; of each item after the first, which pays for starting. */
    double ms[CARRY_MOST];     /* until it was acknowledged */
    double put_ms[CARRY_MOST]; /* until the sender could go on */
    double switches;           /* voluntary, of the sender, an item */
    int late; /* a change after the put was seen; -1: was not looked for */
};

/* Read it all, as Python's zlib.adler32 does. */
uint32_t carry_sum(const uint8_t *bytes, size_t size);
/* Voluntary switches of this process so far. */
long carry_switches(void);
/* Item `i` began and was put and acknowledged at these moments. */
void carry_note(struct carry *carry, size_t i, uint64_t began_ns,
                uint64_t put_ns, uint64_t acknowledged_ns);

/* `sleep`, `file`, `socket`: not as pickling does it.  False: no such way. */
bool carry_fake(struct carry *carry);

#endif
