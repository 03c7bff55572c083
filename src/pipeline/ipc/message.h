/* message.h: a picture as a message through a pipe: the format that stands for
 * pickling, shared by both sides.
 *
 *     length | number | command or reply | the picture's bytes
 *
 * The length counts the bytes after itself.  As with pickle, a message is
 * complete in memory before it is written, and read completely before it is
 * unpacked: two copies of the bytes on each side, one of them by the kernel.
 */
#ifndef ML_PIPELINE_IPC_MESSAGE_H
#define ML_PIPELINE_IPC_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "image/metadata.h"
#include "os/pipe.h"

#define ML_MESSAGE_COPIES 4 /* of a picture's bytes, both sides together */

struct ml_message_head {
    uint64_t bytes;    /* of the message after this field */
    uint32_t seq;      /* of the command */
    uint32_t reserved; /* zero */
};

/* Size in bytes of a message with `part_bytes` of command or reply and up to
 * `most` bytes of picture. */
size_t ml_message_room(size_t part_bytes, size_t most);

/* Write a message to `room` and return its size; sets head->bytes. */
size_t ml_message_pack(uint8_t *room, struct ml_message_head *head,
                       const void *part, size_t part_bytes,
                       struct ml_bytes body);

#endif
