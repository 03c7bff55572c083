/* process.c: see process.h. */
#include "pipeline/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int ml_process_order_fd(const struct ml_wire_order *order, const char *recipe,
                        struct ml_error *err)
{
    const int fd =
        memfd_create("minilab-order", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0) {
        (void)ml_fail_os(err, errno, "cannot create shared memory", NULL);
        return -1;
    }
    const size_t length = order->recipe_bytes;
    if (write(fd, order, sizeof *order) != (ssize_t)sizeof *order ||
        write(fd, recipe, length) != (ssize_t)length ||
        fcntl(fd, F_ADD_SEALS,
              F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
        (void)ml_fail_os(err, errno, "cannot fill shared memory", NULL);
        (void)close(fd);
        return -1;
    }
    return fd;
}

/* File actions that put `fds` at ML_WORKER_FD_CHANNEL and up.  dup2 onto itself
 * would keep close-on-exec, and a target may be another's source: so all are
 * first copied out of the way. */
static int process_place_fds(posix_spawn_file_actions_t *actions,
                             const int *fds)
{
    const int count = ML_WORKER_FD_END - ML_WORKER_FD_CHANNEL;
    int spare = ML_WORKER_FD_END;
    int rc = 0;
    for (int i = 0; i < count; i++)
        spare = fds[i] >= spare ? fds[i] + 1 : spare;
    for (int i = 0; i < count && rc == 0; i++)
        rc = posix_spawn_file_actions_adddup2(actions, fds[i], spare + i);
    for (int i = 0; i < count && rc == 0; i++)
        rc = posix_spawn_file_actions_adddup2(actions, spare + i,
                                              ML_WORKER_FD_CHANNEL + i);
    if (rc == 0)
        rc =
            posix_spawn_file_actions_addclosefrom_np(actions, ML_WORKER_FD_END);
    if (rc == 0)
        rc = posix_spawn_file_actions_addopen(actions, STDIN_FILENO,
                                              "/dev/null", O_RDONLY, 0);
    if (rc == 0)
        rc = posix_spawn_file_actions_addopen(actions, STDOUT_FILENO,
                                              "/dev/null", O_WRONLY, 0);
    return rc;
}

/* Nothing blocked but what a worker ignores: so a Ctrl-C in the terminal, which
 * goes to all, does not meet one that is about to ignore it. */
static int process_signals(posix_spawnattr_t *attributes)
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

static int process_spawn(struct ml_process *process,
                         const struct ml_process_kit *kit,
                         const struct ml_transport_fds *ways)
{
    const int fds[] = {process->channel_memory.fd,
                       kit->order_fd,
                       ways->inputs,
                       ways->outboxes,
                       process->commands_fd,
                       process->replies_fd};
    char name[] = "minilab";
    char argument[] = ML_WORKER_ARGUMENT;
    char *const argv[] = {name, argument, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int rc = posix_spawn_file_actions_init(&actions);
    if (rc != 0)
        return rc;
    rc = posix_spawnattr_init(&attributes);
    if (rc == 0) {
        rc = process_place_fds(&actions, fds);
        if (rc == 0)
            rc = process_signals(&attributes);
        if (rc == 0)
            rc = posix_spawn(&process->pid, kit->program, &actions, &attributes,
                             argv, environ);
        (void)posix_spawnattr_destroy(&attributes);
    }
    (void)posix_spawn_file_actions_destroy(&actions);
    return rc;
}

static enum ml_status process_open_channel(struct ml_process *process,
                                           const struct ml_process_kit *kit,
                                           struct ml_error *err)
{
    const enum ml_status status = ml_slots_open(
        &process->channel_memory, 1, ml_channel_bytes(kit->tracks), err);
    if (status != ML_OK)
        return status;
    process->channel = (void *)ml_slot(&process->channel_memory, 0);
    /* It ends this once it has started: nobody else writes there yet. */
    ml_trace_begin(ml_channel_track(process->channel, kit->tracks, 0),
                   ML_TRACE_START, ML_TRACE_NO_JOB);
    process->commands_fd = eventfd(0, EFD_CLOEXEC);
    process->replies_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (process->commands_fd < 0 || process->replies_fd < 0)
        return ml_fail_os(err, errno, "cannot create an eventfd", NULL);
    return ML_OK;
}

static enum ml_status process_open_transport(struct ml_process *process,
                                             const struct ml_process_kit *kit,
                                             struct ml_transport_fds *ways,
                                             struct ml_error *err)
{
    process->transport = kit->transport; /* close() undoes half an open() */
    const enum ml_status status =
        process->transport->open(process, kit, ways, err);
    if (status != ML_OK)
        return status;
    /* The others serve small pictures; the lowest free one is taken first. */
    if (process->outboxes.roomy > ML_CHANNEL_LONG)
        process->outboxes.roomy = ML_CHANNEL_LONG;
    return ML_OK;
}

enum ml_status ml_process_open(struct ml_process *process,
                               const struct ml_process_kit *kit,
                               struct ml_error *err)
{
    memset(process, 0, sizeof *process);
    process->pidfd = process->commands_fd = process->replies_fd = -1;
    process->channel_memory.fd = process->outboxes.fd = -1;
    struct ml_transport_fds ways;
    enum ml_status status = process_open_channel(process, kit, err);
    if (status == ML_OK)
        status = process_open_transport(process, kit, &ways, err);
    if (status == ML_OK) {
        const int rc = process_spawn(process, kit, &ways);
        process->transport->spawned(process);
        /* The child puts descriptors behind all of ours for a moment. */
        if (rc != 0)
            status = ml_fail_os(err, rc == EBADF ? EMFILE : rc,
                                "cannot start a worker process",
                                "lower --jobs, or use --mode threads");
    }
    if (status == ML_OK) {
        process->pidfd = (int)syscall(SYS_pidfd_open, process->pid, 0);
        if (process->pidfd < 0) {
            status = ml_fail_os(err, errno, "cannot watch a worker process",
                                "use --mode threads");
            (void)kill(process->pid, SIGKILL);
            (void)waitpid(process->pid, NULL, 0);
        }
    }
    if (status != ML_OK)
        ml_process_close(process);
    return status;
}

static void process_describe(int wait_status, struct ml_process_end *end)
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

void ml_process_reap(struct ml_process *process, struct ml_process_end *end)
{
    struct rusage used = {0};
    int wait_status = 0;
    while (wait4(process->pid, &wait_status, 0, &used) < 0 && errno == EINTR)
        continue;
    process_describe(wait_status, end);
    (void)close(process->pidfd);
    process->pidfd = -1;
    process->transport->stop(process);
    process->counts.worker_switches += (uint64_t)used.ru_nvcsw;
}

void ml_process_close(struct ml_process *process)
{
    if (process->commands_fd >= 0)
        (void)close(process->commands_fd);
    if (process->replies_fd >= 0)
        (void)close(process->replies_fd);
    if (process->transport)
        process->transport->close(process);
    if (process->outboxes.memory)
        ml_slots_close(&process->outboxes);
    if (process->channel_memory.memory)
        ml_slots_close(&process->channel_memory);
    process->transport = NULL;
    process->channel = NULL;
    process->commands_fd = process->replies_fd = -1;
}
