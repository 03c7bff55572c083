/* child_ended.h: whether a child process has ended. */
#ifndef ML_TESTS_SUPPORT_CHILD_ENDED_H
#define ML_TESTS_SUPPORT_CHILD_ENDED_H

#include <errno.h>
#include <poll.h>
#include <stdbool.h>

#include "os/subprocess.h"

/* Whether the child ends within `timeout_ms` (0: do not wait; -1: no limit).
 * Does not reap it. */
static inline bool test_child_ended(const struct ml_subprocess *child,
                                    int timeout_ms)
{
    struct pollfd end = {.fd = child->pidfd, .events = POLLIN};
    int rc;
    while ((rc = poll(&end, 1, timeout_ms)) < 0 && errno == EINTR)
        continue;
    return rc > 0;
}

#endif
