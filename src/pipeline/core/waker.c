/* waker.c: see waker.h.
 *
 * A waking thread increments `epoch`, then loads `interest`; the sleeper stores
 * `interest`, then loads `epoch`.  All four are sequentially consistent, so at
 * least one of the two sees the other's store: with acquire and release both
 * could miss it, and the wake-up would be lost.
 */
#include "pipeline/core/waker.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum ml_status ml_waker_open(struct ml_waker *waker, struct ml_error *err)
{
    atomic_init(&waker->epoch, 0);
    atomic_init(&waker->interest, 0);
    waker->wake = NULL;
    waker->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (waker->fd < 0)
        return ml_fail_os(err, errno, "cannot create an eventfd", NULL);
    return ML_OK;
}

void ml_waker_open_callback(struct ml_waker *waker, void (*wake)(void *context),
                            void *context)
{
    atomic_init(&waker->epoch, 0);
    atomic_init(&waker->interest, 0);
    waker->fd = -1;
    waker->wake = wake;
    waker->context = context;
}

void ml_waker_close(struct ml_waker *waker)
{
    if (waker->fd >= 0)
        (void)close(waker->fd);
    waker->fd = -1;
}

void ml_waker_wake(struct ml_waker *waker, unsigned kind)
{
    (void)atomic_fetch_add(&waker->epoch, 1);
    const uint32_t interest = atomic_load(&waker->interest);
    /* Only the first thread that finds it asleep makes the system call. */
    if ((interest & kind) == 0 || atomic_exchange(&waker->interest, 0) == 0)
        return;
    if (waker->wake)
        waker->wake(waker->context);
    else
        (void)eventfd_write(waker->fd, 1);
}

uint32_t ml_waker_epoch(const struct ml_waker *waker)
{
    return atomic_load(&waker->epoch);
}

bool ml_waker_prepare_wait(struct ml_waker *waker, uint32_t seen,
                           unsigned interest)
{
    atomic_store(&waker->interest, interest | ML_WAKE_ALWAYS);
    if (atomic_load(&waker->epoch) == seen)
        return true;
    atomic_store(&waker->interest, 0);
    return false;
}

void ml_waker_finish_wait(struct ml_waker *waker, bool notified)
{
    eventfd_t count;
    atomic_store(&waker->interest, 0);
    if (notified)
        (void)eventfd_read(waker->fd, &count);
}
