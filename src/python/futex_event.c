/* futex_event.c: see futex_event.h. */
#include "python/futex_event.h"

#include <assert.h>
#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "os/mutex.h"

_Static_assert(sizeof(_Atomic uint32_t) == 4, "the kernel compares 32 bits");

/* Sleep if the word is still 0; returns 0 or errno. */
static int futex_event_wait(struct ml_futex_event *event, uint64_t deadline_ns)
{
    const struct timespec deadline = {
        .tv_sec = (time_t)(deadline_ns / ML_NS_PER_S),
        .tv_nsec = (long)(deadline_ns % ML_NS_PER_S),
    };
    /* FUTEX_WAIT_BITSET takes an absolute time of the monotonic clock. */
    const long rc = syscall(SYS_futex, &event->woken,
                            FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, 0,
                            deadline_ns == ML_NEVER ? NULL : &deadline, NULL,
                            FUTEX_BITSET_MATCH_ANY);
    return rc == 0 ? 0 : errno;
}

bool ml_futex_event_wait(struct ml_futex_event *event, uint64_t deadline_ns)
{
    /* Acquire: pairs with the release in ml_futex_event_set(); the waker's
     * earlier writes are visible, and it no longer uses *event. */
    while (atomic_load_explicit(&event->woken, memory_order_acquire) == 0) {
        const int rc = futex_event_wait(event, deadline_ns);
        assert(rc == 0 || rc == EAGAIN || rc == EINTR || rc == ETIMEDOUT);
        if (rc == ETIMEDOUT)
            return atomic_load_explicit(&event->woken, memory_order_acquire) !=
                   0;
    }
    return true;
}

void ml_futex_event_set(struct ml_futex_event *event)
{
    /* Release: see ml_futex_event_wait().  The last access: the owner may free
     * it. */
    atomic_store_explicit(&event->woken, 1, memory_order_release);
    (void)syscall(SYS_futex, &event->woken, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1,
                  NULL, NULL, 0);
}
