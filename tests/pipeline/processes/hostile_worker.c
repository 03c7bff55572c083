/* hostile_worker.c: a worker program that does what the picture says.
 *
 * The bytes of a picture are the name of a deed: "echo" replies with the same
 * bytes, most others break the protocol at some step.  A deed ending in "-1" is
 * done only by the first worker that gets it, which leaves a mark for other
 * workers in the folder named by the environment variable MINILAB_TEST_MARKS.
 * "keep" is answered only when the next command has started.  Pictures travel
 * in shared memory or through pipes, as the settings say.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/random.h"
#include "pipeline/ipc/channel.h"
#include "pipeline/ipc/message.h"
#include "pipeline/run.h"

#define DEED_BYTES 32

struct hostile {
    struct ml_channel *channel;
    const struct ml_wire_settings *wire;
    bool pipes;
    const uint8_t *inputs; /* NULL with pipes */
    uint8_t *result_buffers;
};

static void *hostile_map(int fd, int protection)
{
    struct stat stat;
    if (fstat(fd, &stat) != 0)
        _exit(3);
    void *memory = mmap(NULL, (size_t)stat.st_size, protection,
                        MAP_SHARED | MAP_NORESERVE, fd, 0);
    if (memory == MAP_FAILED)
        _exit(3);
    return memory;
}

static void hostile_wake(void)
{
    (void)eventfd_write(ML_WORKER_FD_REPLIES, 1);
}

static void hostile_die(void)
{
    (void)raise(SIGSEGV);
    _exit(9);
}

static void hostile_wait(void)
{
    eventfd_t count;
    if (eventfd_read(ML_WORKER_FD_COMMANDS, &count) != 0)
        _exit(3);
}

/* True for the first caller with this text. */
static bool hostile_first(const char *text)
{
    char path[4096];
    const char *folder = getenv("MINILAB_TEST_MARKS");
    (void)snprintf(path, sizeof path, "%s/%s", folder ? folder : "/", text);
    const int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    if (fd >= 0)
        (void)close(fd);
    return fd >= 0;
}

/* Block until the test opens the pipe "hold" among the marks for writing. */
static void hostile_hold(void)
{
    char path[4096];
    const char *folder = getenv("MINILAB_TEST_MARKS");
    (void)snprintf(path, sizeof path, "%s/hold", folder ? folder : "/");
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        _exit(3);
    (void)close(fd);
}

static void hostile_request_memory(struct hostile *self, uint64_t bytes,
                                   uint32_t ahead)
{
    self->channel->request_bytes = bytes;
    atomic_fetch_add(&self->channel->request_seq, ahead);
    hostile_wake();
}

static bool is(const char *deed, const char *name)
{
    return strcmp(deed, name) == 0;
}

/* Fill its first track with random bytes. */
static void hostile_scribble(struct hostile *self, uint32_t seed)
{
    struct ml_random random = {.state = seed};
    uint64_t *words =
        (void *)ml_channel_track(self->channel, self->wire->tracks, 0);
    const size_t count =
        self->wire->tracks * sizeof(struct ml_trace_track) / sizeof *words;
    for (size_t i = 0; i < count; i++)
        words[i] = ml_random_next(&random);
}

/* Deeds between a command and its reply. */
static void hostile_before(struct hostile *self, const char *deed, uint32_t seq)
{
    if (is(deed, "scribble"))
        hostile_scribble(self, seq);
    if (is(deed, "hold") || is(deed, "hold-die"))
        hostile_hold();
    if (is(deed, "stay"))
        (void)pause();
    if (is(deed, "die") || is(deed, "hold-die"))
        hostile_die();
    if (is(deed, "die-1") && hostile_first(deed))
        hostile_die();
    /* The second try succeeds only in a worker that has done nothing else. */
    if (is(deed, "fresh-1") && (hostile_first(deed) || seq != 1))
        hostile_die();
    if ((is(deed, "limit-3") && seq > 3) || (is(deed, "limit-6") && seq > 6))
        hostile_die();
    if (is(deed, "exit-0"))
        _exit(0);
    if (is(deed, "started-next")) {
        atomic_store(&self->channel->started_seq, seq + 1);
        hostile_die();
    }
    if (is(deed, "started-none")) {
        atomic_store(&self->channel->started_seq, seq - 1);
        hostile_die();
    }
    if (is(deed, "request-twice")) {
        hostile_request_memory(self, 1, 2);
        (void)pause();
    }
    if (is(deed, "request-and-go"))
        hostile_request_memory(self, self->wire->share_bytes + 100, 1);
    if (is(deed, "request-absurd") || is(deed, "request-fair") ||
        is(deed, "request-die")) {
        hostile_request_memory(
            self, is(deed, "request-absurd") ? UINT64_MAX : 1000, 1);
        while (atomic_load(&self->channel->grant_seq) !=
               atomic_load(&self->channel->request_seq))
            hostile_wait();
    }
    if (is(deed, "request-die"))
        hostile_die();
}

/* Deeds that falsify the reply. */
static void hostile_bend(const struct hostile *self, const char *deed,
                         struct ml_wire_reply *reply)
{
    if (is(deed, "used"))
        reply->used = self->wire->result_buffer_bytes + 1;
    if (is(deed, "used-max"))
        reply->used = UINT64_MAX;
    if (is(deed, "empty"))
        reply->used = 0;
    if (is(deed, "status"))
        reply->error.status = (enum ml_status)9999;
    if (is(deed, "step"))
        reply->error.step = (enum ml_step) - 1;
    if (is(deed, "layout"))
        reply->result.shape_out.layout = (enum ml_layout)77;
    if (is(deed, "orientation"))
        reply->result.orientation = 200;
    if (is(deed, "texts")) {
        memset(&reply->error, 'x', sizeof reply->error);
        memset(&reply->result, 'x', sizeof reply->result);
        reply->error.status = ML_ERR_CORRUPT;
        reply->error.step = ML_STEP_DECODE;
        reply->result.shape_in.layout = reply->result.shape_out.layout = ML_RGB;
        reply->result.orientation = 1;
    }
    if (is(deed, "request-absurd") &&
        self->channel->grant_status == ML_ERR_LIMIT) {
        reply->error.status = ML_ERR_LIMIT;
        reply->error.step = ML_STEP_DECODE;
    }
}

/* Write half a message or all of it, then do what the deed says. */
static void hostile_write(const struct hostile *self, const char *deed,
                          uint32_t seq, struct ml_wire_reply *reply)
{
    uint8_t message[2048];
    uint64_t waits = 0;
    struct ml_message_head head = {.seq = seq};
    const struct ml_bytes body = {(const uint8_t *)deed, strlen(deed)};
    reply->used = body.size;
    hostile_bend(self, deed, reply);
    if (is(deed, "jump"))
        head.seq += 2 * ML_CHANNEL_DEPTH;
    if (is(deed, "again"))
        head.seq--;
    size_t size = ml_message_pack(message, &head, reply, sizeof *reply, body);
    if (is(deed, "long"))
        head.bytes = UINT64_MAX;
    if (is(deed, "short"))
        head.bytes = 8;
    memcpy(message, &head, sizeof head);
    const bool half =
        is(deed, "half") || (is(deed, "half-1") && hostile_first(deed));
    if (half)
        size /= 2;
    if (!ml_pipe_write(ML_WORKER_FD_RESULTS, message, size, &waits))
        _exit(3);
    if (half || is(deed, "published"))
        hostile_die();
    if (is(deed, "long") || is(deed, "short") || is(deed, "jump") ||
        is(deed, "again"))
        (void)pause();
}

static void hostile_publish(struct hostile *self, const char *deed,
                            uint32_t seq)
{
    const uint32_t entry = seq % ML_CHANNEL_DEPTH;
    struct ml_wire_reply *reply = &self->channel->replies[entry];
    const size_t buffer =
        self->channel->commands[entry].kind == ML_COMMAND_PICTURE
            ? self->channel->commands[entry].result_buffer
            : 0;
    uint8_t *result_buffer =
        self->result_buffers + buffer * self->wire->result_buffer_bytes;
    memset(reply, 0, sizeof *reply);
    reply->used = strlen(deed);
    memcpy(result_buffer, deed, reply->used);
    hostile_bend(self, deed, reply);
    atomic_store(&self->channel->reply_seq,
                 is(deed, "jump") ? seq + 2 * ML_CHANNEL_DEPTH : seq);
    if (is(deed, "published"))
        hostile_die(); /* without a wake-up */
    hostile_wake();
    if (is(deed, "jump"))
        (void)pause();
    if (is(deed, "changes")) {
        for (int i = 0; i < 10000; i++) {
            reply->used = UINT64_MAX;
            reply->error.status = (enum ml_status)9999;
            reply->used = strlen(deed);
            reply->error.status = ML_OK;
        }
    }
    /* Step back further than any reply that the coordinator has not read yet:
     * taking back only unread replies is the same as never replying. */
    if (is(deed, "back"))
        atomic_store(&self->channel->reply_seq, seq - ML_CHANNEL_DEPTH - 1);
}

static void hostile_reply(struct hostile *self, const char *deed, uint32_t seq)
{
    struct ml_wire_reply reply = {.used = 0};
    if (self->pipes)
        hostile_write(self, deed, seq, &reply);
    else
        hostile_publish(self, deed, seq);
}

/* Read a message, of which DEED_BYTES are kept; "unread" leaves its rest in the
 * pipe. */
static void hostile_read(struct ml_wire_command *command, char *deed)
{
    struct ml_message_head head;
    char rest[256];
    if (!ml_pipe_read(ML_WORKER_FD_INPUTS, &head, sizeof head) ||
        !ml_pipe_read(ML_WORKER_FD_INPUTS, command, sizeof *command))
        _exit(3);
    const size_t used =
        command->used < DEED_BYTES ? command->used : DEED_BYTES - 1;
    if (!ml_pipe_read(ML_WORKER_FD_INPUTS, deed, used))
        _exit(3);
    if (is(deed, "unread") || (is(deed, "unread-1") && hostile_first(deed)))
        hostile_die();
    for (size_t left = command->used - used; left > 0;) {
        const size_t part = left < sizeof rest ? left : sizeof rest;
        if (!ml_pipe_read(ML_WORKER_FD_INPUTS, rest, part))
            _exit(3);
        left -= part;
    }
}

static void hostile_take(struct hostile *self, uint32_t seq,
                         struct ml_wire_command *command, char *deed)
{
    if (self->pipes) {
        hostile_read(command, deed);
        return;
    }
    while ((int32_t)(atomic_load(&self->channel->command_seq) - seq) < 0)
        hostile_wait();
    *command = self->channel->commands[seq % ML_CHANNEL_DEPTH];
    if (command->kind == ML_COMMAND_PICTURE)
        memcpy(deed,
               self->inputs + command->slot * self->wire->input_slot_bytes,
               command->used < DEED_BYTES ? command->used : DEED_BYTES - 1);
}

/* Does another command come while this one has no reply?  If not, this one is a
 * retry as the only job. */
static bool hostile_has_more(const struct hostile *self)
{
    struct pollfd next = {.fd = ML_WORKER_FD_INPUTS, .events = POLLIN};
    return self->pipes && poll(&next, 1, 300) > 0;
}

static void hostile_serve(struct hostile *self)
{
    uint32_t kept = 0;
    for (uint32_t seq = 1;; seq++) {
        char deed[DEED_BYTES] = "";
        struct ml_wire_command command;
        hostile_take(self, seq, &command, deed);
        if (command.kind == ML_COMMAND_EXIT) {
            /* A reply to the exit command, with the index of an old job. */
            hostile_reply(self, "bye", seq);
            _exit(0);
        }
        if (is(deed, "unbegun") ||
            (is(deed, "unbegun-1") && hostile_first(deed)))
            hostile_die();
        atomic_store(&self->channel->started_seq, seq);
        hostile_before(self, deed, seq);
        if (kept > 0)
            hostile_reply(self, "keep", kept);
        kept = is(deed, "keep") && hostile_has_more(self) ? seq : 0;
        if (kept == 0)
            hostile_reply(self, deed, seq);
    }
}

int main(void)
{
    struct hostile self = {
        .channel = hostile_map(ML_WORKER_FD_CHANNEL, PROT_READ | PROT_WRITE),
        .wire = hostile_map(ML_WORKER_FD_SETTINGS, PROT_READ),
    };
    self.pipes = self.wire->transport != ML_TRANSPORT_SHM;
    if (!self.pipes) {
        self.inputs = hostile_map(ML_WORKER_FD_INPUTS, PROT_READ);
        self.result_buffers =
            hostile_map(ML_WORKER_FD_RESULTS, PROT_READ | PROT_WRITE);
    }
    atomic_store(&self.channel->asleep, 1); /* wake for every command */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
        return 3;
    /* The death by SIGSEGV is wanted: a sanitizer must not turn it into an
     * exit. */
    (void)signal(SIGSEGV, SIG_DFL);
    hostile_serve(&self);
}
