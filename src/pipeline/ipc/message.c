/* message.c: see message.h. */
#include "pipeline/ipc/message.h"

#include <string.h>

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
