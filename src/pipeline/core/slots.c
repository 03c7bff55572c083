/* slots.c: see slots.h. */
#include "pipeline/core/slots.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/size_math.h"

#define SLOTS_KEEP_BYTES ((size_t)8 << 20) /* by default: a photo */
/* From this size on a slot gets huge pages; smaller jobs would waste them. */
#define SLOTS_HUGE_BYTES ((size_t)16 << 20)

static enum ml_status slots_map_shared(struct ml_slots *slots, size_t bytes,
                                       struct ml_error *err)
{
    slots->fd = memfd_create("minilab-slots", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (slots->fd < 0)
        return ml_fail_os(err, errno, "cannot create shared memory", NULL);
    if (ftruncate(slots->fd, (off_t)bytes) != 0 ||
        fcntl(slots->fd, F_ADD_SEALS,
              F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
        return ml_fail_os(err, errno, "cannot size shared memory", NULL);
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_NORESERVE, slots->fd, 0);
    if (memory == MAP_FAILED)
        return ml_fail_os(err, errno, "cannot map shared memory", NULL);
    slots->memory = memory;
    return ML_OK;
}

static enum ml_status slots_map_private(struct ml_slots *slots, size_t bytes,
                                        struct ml_error *err)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        return ml_fail_os(err, errno, "cannot reserve memory", NULL);
    slots->memory = memory;
    return ML_OK;
}

static enum ml_status slots_map(struct ml_slots *slots, bool shared,
                                struct ml_error *err)
{
    size_t bytes;
    if (!ml_size_mul(slots->slot_bytes, slots->count, &bytes) ||
        bytes > (size_t)1 << 46)
        return ml_fail(err, ML_ERR_LIMIT, "slots would be too large",
                       "lower --limit-pixels, --limit-file or --queue",
                       "%u slots of %zu bytes", slots->count,
                       slots->slot_bytes);
    return shared ? slots_map_shared(slots, bytes, err)
                  : slots_map_private(slots, bytes, err);
}

static enum ml_status slots_open(struct ml_slots *slots, uint32_t count,
                                 size_t slot_bytes, bool shared,
                                 struct ml_error *err)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    memset(slots, 0, sizeof *slots);
    slots->fd = -1;
    slots->count = slots->large_count = count;
    slots->resident_max = SLOTS_KEEP_BYTES;
    slots->slot_bytes = ml_round_up(slot_bytes, page);
    slots->resident = calloc(count, sizeof *slots->resident);
    enum ml_status status = slots->resident
                                ? slots_map(slots, shared, err)
                                : ml_fail_os(err, ENOMEM, "slot table", NULL);
    if (status != ML_OK)
        ml_slots_close(slots);
    return status;
}

enum ml_status ml_slots_open(struct ml_slots *slots, uint32_t count,
                             size_t slot_bytes, struct ml_error *err)
{
    return slots_open(slots, count, slot_bytes, true, err);
}

enum ml_status ml_slots_open_private(struct ml_slots *slots, uint32_t count,
                                     size_t slot_bytes, struct ml_error *err)
{
    return slots_open(slots, count, slot_bytes, false, err);
}

void ml_slots_close(struct ml_slots *slots)
{
    if (slots->memory)
        (void)munmap(slots->memory, slots->slot_bytes * slots->count);
    if (slots->fd >= 0)
        (void)close(slots->fd);
    free(slots->resident);
    memset(slots, 0, sizeof *slots);
    slots->fd = -1;
}

/* 0, or the errno. */
static int slot_populate_shared(const struct ml_slots *slots, uint32_t index,
                                size_t bytes)
{
    const off_t start = (off_t)index * (off_t)slots->slot_bytes;
    while (fallocate(slots->fd, 0, start, (off_t)bytes) != 0) {
        if (errno != EINTR)
            return errno;
    }
    return 0;
}

/* 0, or the errno.  Kernels before 5.14 lack MADV_POPULATE_WRITE; there pages
 * are allocated by use. */
static int slot_populate_private(const struct ml_slots *slots, uint32_t index,
                                 size_t bytes)
{
    uint8_t *slot = ml_slot(slots, index);
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    if (bytes >= SLOTS_HUGE_BYTES) /* best effort */
        (void)madvise(slot, slots->slot_bytes, MADV_HUGEPAGE);
    while (madvise(slot, ml_round_up(bytes, page), MADV_POPULATE_WRITE) != 0) {
        if (errno != EINTR && errno != EAGAIN)
            return errno == EINVAL ? 0 : errno;
    }
    return 0;
}

enum ml_status ml_slot_reserve(struct ml_slots *slots, uint32_t index,
                               size_t bytes, struct ml_error *err)
{
    if (bytes > slots->slot_bytes)
        return ml_fail(err, ML_ERR_LIMIT, "file does not fit its slot",
                       "raise --limit-file", "%zu bytes, at most %zu", bytes,
                       slots->slot_bytes);
    if (bytes <= slots->resident[index])
        return ML_OK;
    const int rc = slots->fd >= 0 ? slot_populate_shared(slots, index, bytes)
                                  : slot_populate_private(slots, index, bytes);
    if (rc != 0)
        return ml_fail(err, ML_ERR_MEMORY, "no memory for this picture",
                       "lower --jobs, --queue or --memory", "%zu bytes: %s",
                       bytes, strerrordesc_np(rc));
    slots->resident[index] = bytes;
    return ML_OK;
}

/* Release the memory of all but the first `keep` bytes. */
static int slot_punch(const struct ml_slots *slots, uint32_t index, size_t keep)
{
    const off_t start = (off_t)index * (off_t)slots->slot_bytes;
    const size_t rest = slots->slot_bytes - keep;
    if (slots->fd >= 0)
        return fallocate(slots->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                         start + (off_t)keep, (off_t)rest);
    uint8_t *slot = ml_slot(slots, index);
    (void)madvise(slot, slots->slot_bytes, MADV_NOHUGEPAGE);
    return madvise(slot + keep, rest, MADV_DONTNEED);
}

void ml_slot_release(struct ml_slots *slots, uint32_t index, size_t used)
{
    assert(index < slots->count);
    if (used > slots->resident[index])
        slots->resident[index] =
            used < slots->slot_bytes ? used : slots->slot_bytes;
    const bool small =
        index >= slots->large_count && slots->resident_max > ML_SLOT_SMALL;
    const size_t keep = small ? ML_SLOT_SMALL : slots->resident_max;
    if (slots->resident[index] <= keep)
        return;
    if (slot_punch(slots, index, keep) == 0)
        slots->resident[index] = keep;
}

enum ml_status ml_slots_read_only(const struct ml_slots *slots, int *fd_out,
                                  struct ml_error *err)
{
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", slots->fd);
    *fd_out = open(path, O_RDONLY | O_CLOEXEC);
    if (*fd_out < 0)
        return ml_fail_os(err, errno, "cannot share memory with workers",
                          "mount /proc");
    return ML_OK;
}
