/* carry_fakes.c: fake transports, which resemble pickling in some figures only;
 * see carry.h.
 *
 *   sleep    the bytes are in shared memory, and the sender sleeps for the time
 * of pickling file     written to a file, read from it socket   through a
 * socket, whose buffer differs from that of a pipe
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "carry.h"
#include "os/pipe.h"

#define FAKE_SLEEP_NS (40 * (long)ML_NS_PER_MS)

struct fake {
    uint8_t *from, *to; /* private memory of either side */
    uint8_t *shared;
    int file;     /* in memory; both sides */
    int socket;   /* of this side */
    int sides[2]; /* both */
};

struct fake_way {
    const char *name;
    void (*put)(const struct fake *fake, size_t bytes);
    const uint8_t *(*get)(const struct fake *fake, size_t bytes);
};

static void sleep_put(const struct fake *fake, size_t bytes)
{
    const struct timespec nap = {0, FAKE_SLEEP_NS};
    (void)fake;
    (void)bytes;
    (void)nanosleep(&nap, NULL);
}

static const uint8_t *sleep_get(const struct fake *fake, size_t bytes)
{
    (void)bytes;
    return fake->shared;
}

static void file_put(const struct fake *fake, size_t bytes)
{
    if (pwrite(fake->file, fake->from, bytes, 0) != (ssize_t)bytes)
        exit(2);
}

static const uint8_t *file_get(const struct fake *fake, size_t bytes)
{
    if (pread(fake->file, fake->to, bytes, 0) != (ssize_t)bytes)
        _exit(2);
    return fake->to;
}

static void socket_put(const struct fake *fake, size_t bytes)
{
    uint64_t full_waits = 0;
    if (!ml_pipe_write(fake->socket, fake->from, bytes, &full_waits))
        exit(2);
}

static const uint8_t *socket_get(const struct fake *fake, size_t bytes)
{
    if (!ml_pipe_read(fake->socket, fake->to, bytes))
        _exit(2);
    return fake->to;
}

static const struct fake_way ways[] = {
    {"sleep", sleep_put, sleep_get},
    {"file", file_put, file_get},
    {"socket", socket_put, socket_get},
};

static void fake_open(struct fake *fake, size_t bytes)
{
    fake->from = malloc(bytes);
    fake->to = malloc(bytes);
    fake->shared = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    fake->file = memfd_create("fidelity", MFD_CLOEXEC);
    if (!fake->from || !fake->to || fake->shared == MAP_FAILED ||
        fake->file < 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, fake->sides) != 0)
        exit(2);
    memset(fake->from, 'x', bytes);
    memset(fake->shared, 'x', bytes);
}

/* One byte announces an item, another acknowledges it. */
static void fake_receive(struct fake *fake, const struct fake_way *way,
                         const struct carry *carry)
{
    uint8_t byte;
    fake->socket = fake->sides[1];
    for (size_t i = 0; i <= carry->count; i++) {
        if (!ml_pipe_read(fake->socket, &byte, 1))
            _exit(2);
        const uint8_t *bytes = way->get(fake, carry->bytes);
        byte = (uint8_t)(carry->touch ? carry_sum(bytes, carry->bytes) : 0);
        if (write(fake->socket, &byte, 1) != 1)
            _exit(2);
    }
    _exit(0);
}

static void fake_send(struct fake *fake, const struct fake_way *way,
                      struct carry *carry)
{
    long before = 0;
    uint8_t byte = 1;
    const bool streams = way->put == socket_put;
    fake->socket = fake->sides[0];
    for (size_t i = 0; i <= carry->count; i++) {
        if (i == 1)
            before = carry_switches();
        const uint64_t began = ml_now_ns();
        if (!streams)
            way->put(fake, carry->bytes);
        if (write(fake->socket, &byte, 1) != 1)
            exit(2);
        if (streams)
            way->put(fake, carry->bytes);
        const uint64_t put = ml_now_ns();
        if (!ml_pipe_read(fake->socket, &byte, 1))
            exit(2);
        carry_note(carry, i, began, put, ml_now_ns());
    }
    carry->switches =
        (double)(carry_switches() - before) / (double)carry->count;
}

bool carry_fake(struct carry *carry)
{
    const struct fake_way *way = NULL;
    struct fake fake = {.socket = -1};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        if (strcmp(ways[i].name, carry->way) == 0)
            way = &ways[i];
    }
    if (!way)
        return false;
    fake_open(&fake, carry->bytes);
    const pid_t pid = fork(); /* there are no other threads */
    if (pid < 0)
        exit(2);
    if (pid == 0)
        fake_receive(&fake, way, carry);
    fake_send(&fake, way, carry);
    (void)waitpid(pid, NULL, 0);
    return true;
}
