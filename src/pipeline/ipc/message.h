/* message.h: pictures as messages through a pipe: the form of pickling that is
 * the same on both ends.
 *
 *     length | number | command or reply | the picture's bytes
 *
 * The length counts all behind itself.  A message is made whole in memory
 * before it is written, and read whole before it is taken apart, as pickle's
 * are: two copies of the bytes on each end, of which one is the kernel's.
 */
#ifndef ML_PIPELINE_IPC_MESSAGE_H
#define ML_PIPELINE_IPC_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "image/metadata.h"
#include "os/pipe.h"

#define ML_MESSAGE_COPIES 4 /* of a picture's bytes, both ends together */

struct ml_message_head {
    uint64_t bytes;    /* of the message behind this field */
    uint32_t seq;      /* of the command */
    uint32_t reserved; /* zero */
};

/* Room that a message with `part_bytes` before a picture of `most` takes. */
size_t ml_message_room(size_t part_bytes, size_t most);

/* Put a message together in `room`; its whole size.  head->bytes is set here.
 */
size_t ml_message_pack(uint8_t *room, struct ml_message_head *head,
                       const void *part, size_t part_bytes,
                       struct ml_bytes body);

#endif
