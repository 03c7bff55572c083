/* process_worker.c: see process_worker.h. */
#include "python/multiprocessing/process_worker.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WORKER_ARGUMENT "--process-worker"
#define WORKER_EXIT_SETUP 70

/* argv of a worker. */
enum { WORKER_IS = 1, WORKER_PARENT, WORKER_TASKS, WORKER_ARGC };

/* Its descriptors, from ML_SUBPROCESS_FD_FIRST on. */
enum {
    WORKER_FD_REQUESTS = ML_SUBPROCESS_FD_FIRST,
    WORKER_FD_REQUESTS_READ,
    WORKER_FD_RESPONSES,
    WORKER_FD_RESPONSES_WRITE,
};

/* ---- messages ---- */

static size_t worker_dump_request(const void *object, uint8_t *buffer,
                                  size_t capacity)
{
    assert(capacity >= sizeof(struct ml_process_request));
    memcpy(buffer, object, sizeof(struct ml_process_request));
    return sizeof(struct ml_process_request);
}

static size_t worker_dump_response(const void *object, uint8_t *buffer,
                                   size_t capacity)
{
    assert(capacity >= sizeof(struct ml_process_response));
    memcpy(buffer, object, sizeof(struct ml_process_response));
    return sizeof(struct ml_process_response);
}

const struct ml_mp_pickler ml_process_requests = {
    .dump = worker_dump_request,
    .capacity = sizeof(struct ml_process_request),
};

const struct ml_mp_pickler ml_process_responses = {
    .dump = worker_dump_response,
    .capacity = sizeof(struct ml_process_response),
};

/* ---- serving ---- */

static int worker_serve(const struct ml_process_kind *kind,
                        struct ml_mp_queue *requests,
                        struct ml_mp_simple_queue *responses)
{
    for (uint32_t made = 1;; made++) {
        struct ml_process_request request;
        size_t size;
        if (ml_mp_queue_get(requests, true, ML_FOREVER, &request, &size) !=
                ML_SYNC_OK ||
            size != sizeof request)
            return WORKER_EXIT_SETUP;
        if (request.function >= kind->function_count)
            return request.function == ML_PROCESS_STOP ? 0 : WORKER_EXIT_SETUP;
        struct ml_process_response response = {
            .id = request.id,
            .pid = getpid(),
            .leaves = kind->tasks == made,
        };
        response.raised = kind->functions[request.function].call(
            request.argument, &response.result);
        if (ml_mp_simple_queue_put(responses, &response) != ML_SYNC_OK)
            return WORKER_EXIT_SETUP;
        if (response.leaves)
            return 0;
    }
}

bool ml_process_is_worker(int argc, char **argv)
{
    return argc == WORKER_ARGC && strcmp(argv[WORKER_IS], WORKER_ARGUMENT) == 0;
}

int ml_process_worker_main(char **argv,
                           const struct ml_process_function *functions,
                           size_t function_count)
{
    const struct ml_process_kind kind = {
        .tasks = (uint32_t)strtoul(argv[WORKER_TASKS], NULL, 10),
        .functions = functions,
        .function_count = function_count,
    };
    const struct ml_mp_ends requests_ends = {WORKER_FD_REQUESTS,
                                             WORKER_FD_REQUESTS_READ, -1};
    const struct ml_mp_ends responses_ends = {WORKER_FD_RESPONSES, -1,
                                              WORKER_FD_RESPONSES_WRITE};
    struct ml_mp_queue requests;
    struct ml_mp_simple_queue responses;
    struct ml_error err;
    if (!ml_subprocess_die_with_parent(
            (pid_t)strtol(argv[WORKER_PARENT], NULL, 10)) ||
        ml_mp_queue_attach(&requests, 0, &ml_process_requests, &requests_ends,
                           &err) != ML_OK)
        return WORKER_EXIT_SETUP;
    int code = WORKER_EXIT_SETUP;
    if (ml_mp_simple_queue_attach(&responses, &ml_process_responses,
                                  &responses_ends, &err) == ML_OK) {
        code = worker_serve(&kind, &requests, &responses);
        ml_mp_simple_queue_close(&responses);
    }
    ml_mp_queue_close(&requests);
    return code;
}

/* ---- starting ---- */

static enum ml_status worker_exec(struct ml_subprocess *child,
                                  const struct ml_process_kind *kind,
                                  const struct ml_mp_ends *requests,
                                  const struct ml_mp_ends *responses,
                                  struct ml_error *err)
{
    const int fds[] = {requests->memory, requests->read, responses->memory,
                       responses->write};
    char name[] = "minilab", argument[] = WORKER_ARGUMENT;
    char parent[16], tasks[16];
    char *const argv[] = {name, argument, parent, tasks, NULL};
    const struct ml_subprocess_start start = {
        .program = kind->program ? kind->program : "/proc/self/exe",
        .argv = argv,
        .fds = fds,
        .fd_count = sizeof fds / sizeof *fds,
    };
    (void)snprintf(parent, sizeof parent, "%d", (int)getpid());
    (void)snprintf(tasks, sizeof tasks, "%u", kind->tasks);
    return ml_subprocess_spawn(child, &start, err);
}

static enum ml_status worker_fork(struct ml_subprocess *child,
                                  const struct ml_process_kind *kind,
                                  struct ml_mp_queue *requests,
                                  struct ml_mp_simple_queue *responses,
                                  struct ml_error *err)
{
    const pid_t parent = getpid();
    const pid_t pid = fork();
    child->pidfd = -1;
    if (pid < 0)
        return ml_fail_os(err, errno, "cannot start a worker process",
                          ML_MORE_PROCESSES);
    if (pid > 0)
        return ml_subprocess_watch(child, pid, NULL, err);
    /* _exit(): exit handlers are the parent's, not the copy's. */
    if (!ml_subprocess_die_with_parent(parent))
        _exit(WORKER_EXIT_SETUP);
    _exit(worker_serve(kind, requests, responses));
}

enum ml_status ml_process_worker_start(struct ml_subprocess *child,
                                       const struct ml_process_kind *kind,
                                       struct ml_mp_queue *requests,
                                       struct ml_mp_simple_queue *responses,
                                       struct ml_error *err)
{
    if (kind->start == ML_PROCESS_FORK)
        return worker_fork(child, kind, requests, responses, err);
    return worker_exec(child, kind, &requests->pipe.ends, &responses->ends,
                       err);
}
