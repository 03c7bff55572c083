/* process.c: see process.h. */
#include "pipeline/ipc/process.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

int ml_process_settings_fd(const struct ml_wire_settings *transform,
                           const char *recipe, struct ml_error *err)
{
    const int fd =
        memfd_create("minilab-settings", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0) {
        (void)ml_fail_os(err, errno, "cannot create shared memory", NULL);
        return -1;
    }
    const size_t length = transform->recipe_bytes;
    if (write(fd, transform, sizeof *transform) != (ssize_t)sizeof *transform ||
        write(fd, recipe, length) != (ssize_t)length ||
        fcntl(fd, F_ADD_SEALS,
              F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
        (void)ml_fail_os(err, errno, "cannot fill shared memory", NULL);
        (void)close(fd);
        return -1;
    }
    return fd;
}

static enum ml_status process_spawn(
    struct ml_process *process, const struct ml_process_template *template,
    const struct ml_transport_fds *transport_fds, struct ml_error *err)
{
    const int fds[] = {
        process->channel_memory.fd, template->settings_fd,
        transport_fds->inputs,      transport_fds->result_buffers,
        process->commands_fd,       process->replies_fd};
    static_assert(sizeof fds / sizeof *fds + ML_SUBPROCESS_FD_FIRST ==
                          ML_WORKER_FD_END &&
                      (int)ML_WORKER_FD_CHANNEL == ML_SUBPROCESS_FD_FIRST,
                  "the descriptors are enum ml_worker_fd, in order");
    char name[] = "minilab";
    char argument[] = ML_WORKER_ARGUMENT;
    char *const argv[] = {name, argument, NULL};
    const struct ml_subprocess_start start = {
        .program = template->program,
        .argv = argv,
        .fds = fds,
        .fd_count = sizeof fds / sizeof *fds,
        .remedy = "lower --jobs, or use --mode threads",
    };
    return ml_subprocess_spawn(&process->child, &start, err);
}

static enum ml_status
process_open_channel(struct ml_process *process,
                     const struct ml_process_template *template,
                     struct ml_error *err)
{
    const enum ml_status status = ml_slots_open(
        &process->channel_memory, 1, ml_channel_bytes(template->tracks), err);
    if (status != ML_OK)
        return status;
    process->channel = (void *)ml_slot(&process->channel_memory, 0);
    /* The worker ends this span once it has started; until its spawn no other
     * process writes to the track. */
    ml_trace_begin(ml_channel_track(process->channel, template->tracks, 0),
                   ML_TRACE_START, ML_TRACE_NO_JOB);
    process->commands_fd = eventfd(0, EFD_CLOEXEC);
    process->replies_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (process->commands_fd < 0 || process->replies_fd < 0)
        return ml_fail_os(err, errno, "cannot create an eventfd", NULL);
    return ML_OK;
}

static enum ml_status process_open_transport(
    struct ml_process *process, const struct ml_process_template *template,
    struct ml_transport_fds *transport_fds, struct ml_error *err)
{
    process->transport =
        template->transport; /* its close() undoes a partial open() */
    const enum ml_status status =
        process->transport->open(process, template, transport_fds, err);
    if (status != ML_OK)
        return status;
    /* The other buffers serve small pictures; the lowest free index is used
     * first. */
    if (process->result_buffers.large_count > ML_CHANNEL_LONG)
        process->result_buffers.large_count = ML_CHANNEL_LONG;
    return ML_OK;
}

enum ml_status ml_process_open(struct ml_process *process,
                               const struct ml_process_template *template,
                               struct ml_error *err)
{
    memset(process, 0, sizeof *process);
    process->child.pidfd = process->commands_fd = process->replies_fd = -1;
    process->channel_memory.fd = process->result_buffers.fd = -1;
    struct ml_transport_fds transport_fds;
    enum ml_status status = process_open_channel(process, template, err);
    if (status == ML_OK)
        status = process_open_transport(process, template, &transport_fds, err);
    if (status == ML_OK) {
        status = process_spawn(process, template, &transport_fds, err);
        process->transport->spawned(process);
    }
    if (status != ML_OK)
        ml_process_close(process);
    return status;
}

void ml_process_reap(struct ml_process *process, struct ml_subprocess_end *end)
{
    struct rusage used = {0};
    ml_subprocess_close(&process->child, end, &used);
    process->transport->stop(process);
    process->counts.worker_switches += (uint64_t)used.ru_nvcsw;
}

void ml_process_close(struct ml_process *process)
{
    if (process
            ->transport) /* its threads write to replies_fd: join them first */
        process->transport->close(process);
    if (process->commands_fd >= 0)
        (void)close(process->commands_fd);
    if (process->replies_fd >= 0)
        (void)close(process->replies_fd);
    if (process->result_buffers.memory)
        ml_slots_close(&process->result_buffers);
    if (process->channel_memory.memory)
        ml_slots_close(&process->channel_memory);
    process->transport = NULL;
    process->channel = NULL;
    process->commands_fd = process->replies_fd = -1;
}
