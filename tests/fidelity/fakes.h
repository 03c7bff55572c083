/* fakes.h: the interpreter lock and fakes of it.
 *
 * The fidelity rows must distinguish the real lock from each fake; the fakes
 * are not part of the program.
 */
#ifndef ML_TESTS_FIDELITY_FAKES_H
#define ML_TESTS_FIDELITY_FAKES_H

#include "gil/gil.h"

struct fake_lock {
    struct ml_gil gil; /* of the real lock; the fakes use its fields */
    const struct fake_kind *kind;
    struct ml_mutex plain;
    uint64_t next, serving;  /* tickets; under gil.lock */
    _Atomic uint64_t queued; /* written under gil.lock, read without it */
};

struct fake_kind {
    const char *name;
    enum ml_gil_flavour flavour; /* of the real lock */
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
