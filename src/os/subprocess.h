/* subprocess.h: a program started as a child process, and how it ended.
 *
 * It is exec'd, so no state of a threaded program is copied.  The child
 * inherits the given descriptors (numbered from ML_SUBPROCESS_FD_FIRST, in that
 * order) and the parent's stderr; stdin and stdout are /dev/null, all other
 * descriptors are closed.  SIGINT, SIGTERM and SIGHUP are blocked, so that a
 * Ctrl-C in the terminal, which goes to every process, does not kill a child
 * before it ignores the signal.
 */
#ifndef ML_OS_SUBPROCESS_H
#define ML_OS_SUBPROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "base/error.h"

#define ML_SUBPROCESS_FD_FIRST 3

struct ml_subprocess {
    pid_t pid;
    int pidfd; /* readable once the child has ended; -1: no child */
};

struct ml_subprocess_start {
    const char *program; /* path */
    char *const *argv;   /* ended by NULL */
    const int *fds;
    size_t fd_count;
    const char *remedy; /* of the error if it fails; or NULL */
};

/* How a process ended, in words and in kind. */
struct ml_subprocess_end {
    bool clean; /* exit code 0 */
    bool
        from_outside; /* killed by a signal that no fault of the child raises */
    char text[80];    /* "killed by SIGSEGV (Segmentation fault)" */
};

/* On failure there is no child, and child->pidfd is -1. */
ML_MUST_CHECK enum ml_status
ml_subprocess_spawn(struct ml_subprocess *child,
                    const struct ml_subprocess_start *start,
                    struct ml_error *err);
/* Watch a child that the caller has forked.  On failure it is killed and
 * reaped. */
ML_MUST_CHECK enum ml_status ml_subprocess_watch(struct ml_subprocess *child,
                                                 pid_t pid, const char *remedy,
                                                 struct ml_error *err);
void ml_subprocess_kill(const struct ml_subprocess *child);
/* Wait until it ends, and reap it.  *used_out: its resource usage; may be
 * NULL. */
void ml_subprocess_close(struct ml_subprocess *child,
                         struct ml_subprocess_end *end_out,
                         struct rusage *used_out);

/* In the child: request SIGKILL when the parent's thread that started it ends;
 * that thread must last as long as its process.  False: `parent`, that process,
 * has ended. */
ML_MUST_CHECK bool ml_subprocess_die_with_parent(pid_t parent);

#endif
