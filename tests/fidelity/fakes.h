/* fakes.h: the interpreter lock, and locks that are not it.
 *
 * The fidelity rows must tell the real one from each of these; none of them is
 * part of the program.
 */
#ifndef ML_TESTS_FIDELITY_FAKES_H
#define ML_TESTS_FIDELITY_FAKES_H

#include "gil/gil.h"

struct fake_lock {
    struct ml_gil gil; /* of the real ones; the fakes borrow its parts */
    const struct fake_kind *kind;
    struct ml_mutex plain;
    uint64_t next, serving;  /* tickets; under gil.lock */
    _Atomic uint64_t queued; /* likewise, read without it */
};

struct fake_kind {
    const char *name;
    enum ml_gil_flavour flavour; /* of the real ones */
    void (*acquire)(struct fake_lock *lock, struct ml_gil_thread *thread);
    void (*release)(struct fake_lock *lock, struct ml_gil_thread *thread);
    void (*checkpoint)(struct fake_lock *lock, struct ml_gil_thread *thread);
};

/* By name: gil, gil-3.13; noforce (no forced switching), mutex, ticket, none;
 * or NULL. */
const struct fake_kind *fake_find(const char *name);
void fake_open(struct fake_lock *lock, const struct fake_kind *kind,
               uint64_t interval_ns);

#endif
