/* io_delay.c: see io_delay.h. */
#include "pipeline/core/io_delay.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"

enum ml_status ml_delay_open(struct ml_delay *delay, uint64_t ns,
                             struct ml_error *err)
{
    delay->ns = ns;
    delay->stop_fd = -1;
    if (ns == 0)
        return ML_OK;
    delay->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (delay->stop_fd < 0)
        return ml_fail_os(err, errno, "cannot create an eventfd", NULL);
    return ML_OK;
}

void ml_delay_close(struct ml_delay *delay)
{
    if (delay->ns > 0 && delay->stop_fd >= 0)
        (void)close(delay->stop_fd);
    delay->ns = 0;
    delay->stop_fd = -1;
}

/* The sleep is a wait for the stop, with a timeout. */
bool ml_delay_wait(const struct ml_delay *delay)
{
    if (delay->ns == 0)
        return true;
    const uint64_t end = ml_now_ns() + delay->ns;
    for (uint64_t now = ml_now_ns(); now < end; now = ml_now_ns()) {
        struct pollfd stop = {.fd = delay->stop_fd, .events = POLLIN};
        const uint64_t left = end - now;
        const struct timespec timeout = {
            .tv_sec = (time_t)(left / ML_NS_PER_S),
            .tv_nsec = (long)(left % ML_NS_PER_S),
        };
        if (ppoll(&stop, 1, &timeout, NULL) > 0)
            return false;
    }
    return true;
}

void ml_delay_stop(const struct ml_delay *delay)
{
    if (delay->ns > 0)
        (void)eventfd_write(delay->stop_fd, 1);
}
