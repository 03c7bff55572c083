/* arena.c: see arena.h. */
#include "base/arena.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "base/size_math.h"

#define ARENA_HUGE_PAGE ((size_t)2 << 20)

enum ml_status ml_arena_open_small(struct ml_arena *arena, size_t bytes,
                                   struct ml_error *err)
{
    memset(arena, 0, sizeof *arena);
    bytes = ml_round_up(bytes, ARENA_HUGE_PAGE);
    void *base = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED)
        return ml_fail_os(err, errno, "cannot reserve working memory", NULL);
    arena->base = base;
    arena->reserved_bytes = bytes;
    return ML_OK;
}

enum ml_status ml_arena_open(struct ml_arena *arena, size_t bytes,
                             struct ml_error *err)
{
    const enum ml_status status = ml_arena_open_small(arena, bytes, err);
    /* Fewer faults and TLB misses.  Some kernels refuse; that does no harm. */
    if (status == ML_OK)
        (void)madvise(arena->base, arena->reserved_bytes, MADV_HUGEPAGE);
    return status;
}

void ml_arena_close(struct ml_arena *arena)
{
    if (arena->base)
        (void)munmap(arena->base, arena->reserved_bytes);
    memset(arena, 0, sizeof *arena);
}

void *ml_arena_alloc(struct ml_arena *arena, size_t bytes)
{
    const size_t left = arena->reserved_bytes - arena->used_bytes;
    if (bytes > left || ml_round_up(bytes, ML_ARENA_ALIGN) > left)
        return NULL;
    void *block = arena->base + arena->used_bytes;
    arena->used_bytes += ml_round_up(bytes, ML_ARENA_ALIGN);
    if (arena->used_bytes > arena->peak_bytes)
        arena->peak_bytes = arena->used_bytes;
    return block;
}

void *ml_arena_calloc(struct ml_arena *arena, size_t bytes)
{
    void *block = ml_arena_alloc(arena, bytes);
    if (block)
        memset(block, 0, bytes);
    return block;
}

void ml_arena_reset(struct ml_arena *arena, size_t mark)
{
    assert(mark <= arena->used_bytes);
    arena->used_bytes = mark;
}

void ml_arena_trim(struct ml_arena *arena, size_t keep_bytes)
{
    assert(arena->used_bytes <= keep_bytes || arena->used_bytes == 0);
    const size_t keep = ml_round_up(keep_bytes, ARENA_HUGE_PAGE);
    if (arena->peak_bytes > keep) {
        const size_t end = ml_round_up(arena->peak_bytes, ARENA_HUGE_PAGE);
        (void)madvise(arena->base + keep, end - keep, MADV_DONTNEED);
    }
    arena->peak_bytes = arena->used_bytes;
}
