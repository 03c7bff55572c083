/* carry.c: the loads of carry.py, which uses the queues of multiprocessing, by
 * minilab's own transport; see carry.h.
 *
 *     fidelity_carry WAY BYTES COUNT TOUCH
 *
 * WAY: shm, pickle, pickle-inline, or a fake (carry_fakes.c).  Both ends
 * of the transport are minilab's.  The worker is this program, started again;
 * it adds up the bytes instead of decoding them.  Prints one JSON object.
 */
#include "carry.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "analysis/stats.h"
#include "base/clock.h"
#include "pipeline/ipc/process.h"
#include "pipeline/ipc/transports.h"
#include "support/child_ended.h"

#define CARRY_OUTBOXES 2
#define CARRY_COPIES 5

uint32_t carry_sum(const uint8_t *bytes, size_t size)
{
    return (uint32_t)adler32(1, bytes, (uInt)size);
}

long carry_switches(void)
{
    struct rusage use;
    (void)getrusage(RUSAGE_SELF, &use);
    return use.ru_nvcsw;
}

void carry_note(struct carry *carry, size_t i, uint64_t began_ns,
                uint64_t put_ns, uint64_t acknowledged_ns)
{
    if (i == 0 || i > CARRY_MOST)
        return;
    carry->put_ms[i - 1] = (double)(put_ns - began_ns) / ML_NS_PER_MS;
    carry->ms[i - 1] = (double)(acknowledged_ns - began_ns) / ML_NS_PER_MS;
}

static void must(bool well, const char *what)
{
    if (!well) {
        (void)fprintf(stderr, "fidelity_carry: %s\n", what);
        exit(2);
    }
}

/* ---- the worker ---- */

static void worker_open(struct ml_worker_end *end)
{
    struct ml_error err;
    struct stat stat;
    memset(end, 0, sizeof *end);
    must(fstat(ML_WORKER_FD_SETTINGS, &stat) == 0, "order");
    end->wire = ml_worker_end_map(ML_WORKER_FD_SETTINGS, (size_t)stat.st_size,
                                  PROT_READ);
    end->channel = ml_worker_end_map(ML_WORKER_FD_CHANNEL, ml_channel_bytes(0),
                                     PROT_READ | PROT_WRITE);
    must(end->wire && end->channel &&
             ml_subprocess_die_with_parent(end->wire->parent_pid) &&
             ml_worker_end_open(end, &err) == ML_OK,
         "worker");
}

/* Answers with the first byte and the sum. */
static int worker_main(void)
{
    struct ml_worker_end end;
    struct ml_wire_command command;
    struct ml_bytes bytes;
    worker_open(&end);
    for (uint32_t seq = 1; end.ops->receive(&end, seq, &command, &bytes) &&
                           command.kind != ML_COMMAND_EXIT;
         seq++) {
        struct ml_wire_reply reply = {.used = 1 + sizeof(uint32_t)};
        uint8_t *out = end.ops->result_buffer(&end, seq, &command);
        const bool touch = end.wire->transform.headers_only;
        const uint32_t sum = touch ? carry_sum(bytes.data, bytes.size) : 0;
        out[0] = bytes.data[0];
        memcpy(out + 1, &sum, sizeof sum);
        end.ops->send_reply(&end, seq, &reply);
    }
    end.ops->close(&end);
    return 0;
}

/* ---- the sender ---- */

struct sender {
    struct ml_process process;
    struct ml_slots inputs; /* the large item and a small one */
    struct ml_process_template kit;
    uint32_t sent;
};

static enum ml_transport_id way_of(const char *name)
{
    for (int id = 0; id < ML_TRANSPORT_COUNT; id++) {
        if (strcmp(ml_transport((enum ml_transport_id)id)->name, name) == 0)
            return (enum ml_transport_id)id;
    }
    return ML_TRANSPORT_COUNT;
}

static void sender_open(struct sender *sender, enum ml_transport_id way,
                        const struct carry *carry)
{
    struct ml_error err;
    must(ml_slots_open(&sender->inputs, 2, carry->bytes, &err) == ML_OK &&
             ml_slot_reserve(&sender->inputs, 0, carry->bytes, &err) == ML_OK &&
             ml_slot_reserve(&sender->inputs, 1, 1, &err) == ML_OK,
         "memory");
    memset(ml_slot(&sender->inputs, 0), 'x', carry->bytes);
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const struct ml_wire_settings wire = {
        .wire_bytes = sizeof wire,
        .parent_pid = getpid(),
        .input_slot_bytes = sender->inputs.slot_bytes,
        .input_slot_count = sender->inputs.count,
        .result_buffer_bytes = page,
        .result_buffer_count = CARRY_OUTBOXES,
        .transport = way,
        .transform.headers_only = carry->touch,
    };
    sender->kit = (struct ml_process_template){
        .program = "/proc/self/exe",
        .settings_fd = ml_process_settings_fd(&wire, "", &err),
        .inputs_fd = -1,
        .input_bytes = sender->inputs.slot_bytes,
        .result_buffer_bytes = page,
        .result_buffer_count = CARRY_OUTBOXES,
        .transport = ml_transport(way),
    };
    must(sender->kit.settings_fd >= 0, "order");
    if (sender->kit.transport->maps_slots)
        must(ml_slots_read_only(&sender->inputs, &sender->kit.inputs_fd,
                                &err) == ML_OK,
             "inputs");
    must(ml_process_open(&sender->process, &sender->kit, &err) == ML_OK,
         "process");
}

static void sender_put(struct sender *sender, uint32_t kind, uint32_t slot,
                       size_t size)
{
    struct ml_process *process = &sender->process;
    const uint32_t seq = ++sender->sent;
    const struct ml_wire_command command = {.kind = kind,
                                            .slot = slot,
                                            .result_buffer =
                                                seq % CARRY_OUTBOXES,
                                            .used = size};
    const struct ml_bytes bytes = {ml_slot(&sender->inputs, slot), size};
    process->transport->send(process, seq, &command, bytes);
    process->transport->wake(process);
}

/* Wait until the last item is acknowledged; returns the first byte received. */
static uint8_t sender_await(struct sender *sender)
{
    struct ml_process *process = &sender->process;
    const char *breach = NULL;
    struct pollfd poll_for = {.fd = process->replies_fd, .events = POLLIN};
    eventfd_t count;
    while ((int32_t)(process->transport->arrived(process, &breach) -
                     sender->sent) < 0) {
        must(!breach && !test_child_ended(&process->child, 0), "worker died");
        (void)poll(&poll_for, 1, -1);
        (void)eventfd_read(process->replies_fd, &count);
    }
    return *ml_slot(&process->result_buffers, sender->sent % CARRY_OUTBOXES);
}

/* Put a small item behind the large one, and change it immediately. */
static bool sender_is_late(struct sender *sender, size_t bytes)
{
    uint8_t *small = ml_slot(&sender->inputs, 1);
    *small = 'a';
    sender_put(sender, ML_COMMAND_PICTURE, 0, bytes);
    sender_put(sender, ML_COMMAND_PICTURE, 1, 1);
    *small = 'b';
    return sender_await(sender) == 'b';
}

static void sender_close(struct sender *sender)
{
    struct ml_subprocess_end end;
    sender_put(sender, ML_COMMAND_EXIT, 0, 0);
    ml_process_reap(&sender->process, &end);
    must(end.clean, end.text);
    ml_process_close(&sender->process);
    ml_slots_close(&sender->inputs);
    (void)close(sender->kit.settings_fd);
    if (sender->kit.inputs_fd >= 0)
        (void)close(sender->kit.inputs_fd);
}

static void carry_real(struct carry *carry, enum ml_transport_id way)
{
    struct sender sender = {.sent = 0};
    long before = 0;
    sender_open(&sender, way, carry);
    for (size_t i = 0; i <= carry->count; i++) {
        if (i == 1)
            before = carry_switches();
        const uint64_t began = ml_now_ns();
        sender_put(&sender, ML_COMMAND_PICTURE, 0, carry->bytes);
        const uint64_t put = ml_now_ns();
        (void)sender_await(&sender);
        carry_note(carry, i, began, put, ml_now_ns());
    }
    carry->switches =
        (double)(carry_switches() - before) / (double)carry->count;
    carry->late = sender_is_late(&sender, carry->bytes);
    sender_close(&sender);
}

/* ---- output ---- */

static double copy_ms(size_t bytes)
{
    double best = 1e9;
    uint8_t *from = malloc(bytes), *to = malloc(bytes);
    must(from && to, "memory");
    memset(from, 'x', bytes);
    memset(to, 'y', bytes);
    for (int i = 0; i < CARRY_COPIES; i++) {
        const uint64_t start = ml_now_ns();
        memcpy(to, from, bytes);
        __asm__ volatile("" : : "r"(to) : "memory"); /* keep the loop */
        const double ms = (double)(ml_now_ns() - start) / ML_NS_PER_MS;
        best = ms < best ? ms : best;
    }
    free(from);
    free(to);
    return best;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], ML_WORKER_ARGUMENT) == 0)
        return worker_main();
    must(argc == 5, "usage: fidelity_carry WAY BYTES COUNT TOUCH");
    struct carry carry = {.way = argv[1],
                          .bytes = strtoull(argv[2], NULL, 10),
                          .count = strtoull(argv[3], NULL, 10),
                          .touch = strcmp(argv[4], "1") == 0,
                          .late = -1};
    must(carry.bytes > 0 && carry.bytes <= UINT32_MAX && carry.count > 0 &&
             carry.count <= CARRY_MOST,
         "too little or too much");
    const enum ml_transport_id way = way_of(carry.way);
    if (way != ML_TRANSPORT_COUNT)
        carry_real(&carry, way);
    else
        must(carry_fake(&carry), "no such way");
    const struct ml_stats ms = ml_stats_of(carry.ms, carry.count);
    const struct ml_stats put = ml_stats_of(carry.put_ms, carry.count);
    (void)printf("{\"ms\": %.4f, \"put_ms\": %.4f, \"switches\": %.2f, "
                 "\"late\": %d, \"copy_ms\": %.4f}\n",
                 ms.median, put.median, carry.switches, carry.late,
                 copy_ms(carry.bytes));
    return 0;
}
