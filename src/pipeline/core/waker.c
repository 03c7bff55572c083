/* waker.c: see waker.h.
 *
 * A ringer counts up `rings`, then looks at `wants`; the dispatcher sets
 * `wants`, then looks at `rings`.  All are sequentially consistent, so at least
 * one of the two sees what the other did: with acquire and release both could
 * miss it, and the ring would be lost.
 */
#include "pipeline/core/waker.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum ml_status ml_bell_open(struct ml_bell *bell, struct ml_error *err)
{
    atomic_init(&bell->rings, 0);
    atomic_init(&bell->wants, 0);
    bell->wake = NULL;
    bell->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (bell->fd < 0)
        return ml_fail_os(err, errno, "cannot create an eventfd", NULL);
    return ML_OK;
}

void ml_bell_open_call(struct ml_bell *bell, void (*wake)(void *context),
                       void *context)
{
    atomic_init(&bell->rings, 0);
    atomic_init(&bell->wants, 0);
    bell->fd = -1;
    bell->wake = wake;
    bell->context = context;
}

void ml_bell_close(struct ml_bell *bell)
{
    if (bell->fd >= 0)
        (void)close(bell->fd);
    bell->fd = -1;
}

void ml_bell_ring(struct ml_bell *bell, unsigned kind)
{
    (void)atomic_fetch_add(&bell->rings, 1);
    const uint32_t wants = atomic_load(&bell->wants);
    /* Only the first who finds it asleep makes the call. */
    if ((wants & kind) == 0 || atomic_exchange(&bell->wants, 0) == 0)
        return;
    if (bell->wake)
        bell->wake(bell->context);
    else
        (void)eventfd_write(bell->fd, 1);
}

uint32_t ml_bell_rings(const struct ml_bell *bell)
{
    return atomic_load(&bell->rings);
}

bool ml_bell_rest(struct ml_bell *bell, uint32_t seen, unsigned wants)
{
    atomic_store(&bell->wants, wants | ML_BELL_ALWAYS);
    if (atomic_load(&bell->rings) == seen)
        return true;
    atomic_store(&bell->wants, 0);
    return false;
}

void ml_bell_rise(struct ml_bell *bell, bool heard)
{
    eventfd_t count;
    atomic_store(&bell->wants, 0);
    if (heard)
        (void)eventfd_read(bell->fd, &count);
}
