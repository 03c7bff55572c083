/* arena.h: the memory of one worker, reserved once and reused for every
 * picture.
 *
 * open() reserves a large range of addresses; the system supplies a page when
 * it is first touched, and the arena keeps it for the next picture, so a steady
 * run takes no page faults.  ml_arena_alloc() moves a mark up, ml_arena_reset()
 * moves it back: nothing is freed one by one.  One owner, no locks.
 */
#ifndef ML_BASE_ARENA_H
#define ML_BASE_ARENA_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

#define ML_ARENA_ALIGN 64 /* bytes; a cache line and the widest vector */

struct ml_arena {
    uint8_t *base;
    size_t reserved_bytes;
    size_t used_bytes;
    size_t peak_bytes; /* highest mark since the last trim */
};

/* Reserve `bytes` of addresses (no memory yet).  ML_ERR_MEMORY. */
ML_MUST_CHECK enum ml_status ml_arena_open(struct ml_arena *arena, size_t bytes,
                                           struct ml_error *err);
/* The same without huge pages, whose first touch takes 2 MiB: for tables that
 * are mostly smaller. */
ML_MUST_CHECK enum ml_status
ml_arena_open_small(struct ml_arena *arena, size_t bytes, struct ml_error *err);
void ml_arena_close(struct ml_arena *arena);

/* `bytes` aligned to ML_ARENA_ALIGN, contents undefined; NULL when the
 * reservation is used up.  Valid until the arena is reset below it. */
void *ml_arena_alloc(struct ml_arena *arena, size_t bytes);
/* The same, set to zero. */
void *ml_arena_calloc(struct ml_arena *arena, size_t bytes);

/* The current mark, for ml_arena_reset(). */
static inline size_t ml_arena_mark(const struct ml_arena *arena)
{
    return arena->used_bytes;
}
void ml_arena_reset(struct ml_arena *arena, size_t mark);

/* Return pages beyond `keep_bytes` to the system; call between pictures. */
void ml_arena_trim(struct ml_arena *arena, size_t keep_bytes);

#endif
