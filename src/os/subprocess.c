/* subprocess.c: see subprocess.h. */
#include "os/subprocess.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Add file actions that move `fds` to ML_SUBPROCESS_FD_FIRST and up.  dup2 onto
 * itself would keep close-on-exec, and a target may be the source of another:
 * so first copy all above the targets. */
static int subprocess_place_fds(posix_spawn_file_actions_t *actions,
                                const int *fds, size_t fd_count)
{
    const int count = (int)fd_count;
    int spare = ML_SUBPROCESS_FD_FIRST + count;
    int rc = 0;
    for (int i = 0; i < count; i++)
        spare = fds[i] >= spare ? fds[i] + 1 : spare;
    for (int i = 0; i < count && rc == 0; i++)
        rc = posix_spawn_file_actions_adddup2(actions, fds[i], spare + i);
    for (int i = 0; i < count && rc == 0; i++)
        rc = posix_spawn_file_actions_adddup2(actions, spare + i,
                                              ML_SUBPROCESS_FD_FIRST + i);
    if (rc == 0)
        rc = posix_spawn_file_actions_addclosefrom_np(
            actions, ML_SUBPROCESS_FD_FIRST + count);
    if (rc == 0)
        rc = posix_spawn_file_actions_addopen(actions, STDIN_FILENO,
                                              "/dev/null", O_RDONLY, 0);
    if (rc == 0)
        rc = posix_spawn_file_actions_addopen(actions, STDOUT_FILENO,
                                              "/dev/null", O_WRONLY, 0);
    return rc;
}

static int subprocess_signals(posix_spawnattr_t *attributes)
{
    sigset_t blocked;
    (void)sigemptyset(&blocked);
    (void)sigaddset(&blocked, SIGINT);
    (void)sigaddset(&blocked, SIGTERM);
    (void)sigaddset(&blocked, SIGHUP);
    int rc = posix_spawnattr_setsigmask(attributes, &blocked);
    if (rc == 0)
        rc = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK);
    return rc;
}

static int subprocess_spawn(pid_t *pid_out,
                            const struct ml_subprocess_start *start)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int rc = posix_spawn_file_actions_init(&actions);
    if (rc != 0)
        return rc;
    rc = posix_spawnattr_init(&attributes);
    if (rc == 0) {
        rc = subprocess_place_fds(&actions, start->fds, start->fd_count);
        if (rc == 0)
            rc = subprocess_signals(&attributes);
        if (rc == 0)
            rc = posix_spawn(pid_out, start->program, &actions, &attributes,
                             start->argv, environ);
        (void)posix_spawnattr_destroy(&attributes);
    }
    (void)posix_spawn_file_actions_destroy(&actions);
    return rc;
}

enum ml_status ml_subprocess_spawn(struct ml_subprocess *child,
                                   const struct ml_subprocess_start *start,
                                   struct ml_error *err)
{
    pid_t pid;
    child->pidfd = -1;
    const int rc = subprocess_spawn(&pid, start);
    /* EBADF: the child's copies, numbered above the parent's, passed the
     * limit. */
    if (rc != 0)
        return ml_fail_os(err, rc == EBADF ? EMFILE : rc,
                          "cannot start a worker process", start->remedy);
    return ml_subprocess_watch(child, pid, start->remedy, err);
}

enum ml_status ml_subprocess_watch(struct ml_subprocess *child, pid_t pid,
                                   const char *remedy, struct ml_error *err)
{
    child->pid = pid;
    child->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (child->pidfd >= 0)
        return ML_OK;
    const enum ml_status status =
        ml_fail_os(err, errno, "cannot watch a worker process", remedy);
    (void)kill(pid, SIGKILL);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    return status;
}

/* By pidfd, which is closed once the child is reaped: its pid could by then
 * belong to another process.
 */
void ml_subprocess_kill(const struct ml_subprocess *child)
{
    if (child->pidfd >= 0)
        (void)syscall(SYS_pidfd_send_signal, child->pidfd, SIGKILL, NULL, 0);
}

static void subprocess_describe(int wait_status, struct ml_subprocess_end *end)
{
    memset(end, 0, sizeof *end);
    if (WIFEXITED(wait_status)) {
        end->clean = WEXITSTATUS(wait_status) == 0;
        (void)snprintf(end->text, sizeof end->text, "exited with code %d",
                       WEXITSTATUS(wait_status));
        return;
    }
    const int signal = WTERMSIG(wait_status);
    const char *name = sigabbrev_np(signal);
    const char *what = sigdescr_np(signal);
    end->from_outside =
        signal == SIGKILL || signal == SIGTERM || signal == SIGHUP;
    (void)snprintf(end->text, sizeof end->text, "killed by SIG%s (%s)",
                   name ? name : "?", what ? what : "unknown signal");
}

void ml_subprocess_close(struct ml_subprocess *child,
                         struct ml_subprocess_end *end_out,
                         struct rusage *used_out)
{
    int wait_status = 0;
    while (wait4(child->pid, &wait_status, 0, used_out) < 0 && errno == EINTR)
        continue;
    subprocess_describe(wait_status, end_out);
    (void)close(child->pidfd);
    child->pidfd = -1;
}

bool ml_subprocess_die_with_parent(pid_t parent)
{
    return prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent;
}
