/* message.c: see message.h. */
#include "pipeline/message.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

size_t ml_message_room(size_t part_bytes, size_t most)
{
    return sizeof(struct ml_message_head) + part_bytes + most;
}

size_t ml_message_pack(uint8_t *room, struct ml_message_head *head,
                       const void *part, size_t part_bytes,
                       struct ml_bytes body)
{
    const size_t size = ml_message_room(part_bytes, body.size);
    head->bytes = size - sizeof head->bytes;
    memcpy(room, head, sizeof *head);
    memcpy(room + sizeof *head, part, part_bytes);
    if (body.size > 0)
        memcpy(room + sizeof *head + part_bytes, body.data, body.size);
    return size;
}

/* A write that took a part only has filled the pipe. */
bool ml_message_write(int fd, const uint8_t *message, size_t size,
                      uint64_t *full_waits)
{
    size_t done = 0;
    while (done < size) {
        const ssize_t n = write(fd, message + done, size - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno != EAGAIN)
            return false;
        done += n > 0 ? (size_t)n : 0;
        if (done == size)
            break;
        struct pollfd room = {.fd = fd, .events = POLLOUT};
        (*full_waits)++;
        while (poll(&room, 1, -1) < 0 && errno == EINTR)
            continue;
    }
    return true;
}

bool ml_message_read(int fd, void *to, size_t size)
{
    uint8_t *at = to;
    while (size > 0) {
        const ssize_t n = read(fd, at, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        at += n;
        size -= (size_t)n;
    }
    return true;
}
