/* Slots: a worker can read its inputs and never change them; memory is
 * allocated by use and released. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "pipeline/core/slots.h"

#define MIB ((size_t)1 << 20)

static size_t held_bytes(const struct ml_slots *slots)
{
    struct stat stat;
    assert_int_equal(fstat(slots->fd, &stat), 0);
    return (size_t)stat.st_blocks * 512;
}

static void open_slots(struct ml_slots *slots, uint32_t count, size_t bytes)
{
    struct ml_error err;
    assert_int_equal(ml_slots_open(slots, count, bytes, &err), ML_OK);
}

static void a_read_only_descriptor_never_becomes_writable(void **state)
{
    (void)state;
    struct ml_slots slots;
    struct ml_error err;
    int fd;
    open_slots(&slots, 2, MIB);
    const size_t bytes = 2 * slots.slot_bytes;
    assert_int_equal(ml_slots_read_only(&slots, &fd, &err), ML_OK);
    memcpy(ml_slot(&slots, 1), "picture", 7);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    assert_ptr_equal(
        mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0),
        MAP_FAILED);
    assert_int_equal(errno, EACCES);
    uint8_t *view = mmap(NULL, bytes, PROT_READ, MAP_SHARED, fd, 0);
    assert_ptr_not_equal(view, MAP_FAILED);
    assert_memory_equal(view + slots.slot_bytes, "picture", 7);
    assert_int_equal(mprotect(view, bytes, PROT_READ | PROT_WRITE), -1);
    assert_int_equal(errno, EACCES);
    assert_int_equal(write(fd, "x", 1), -1);
    assert_int_equal(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                               0, (off_t)bytes),
                     -1);
    assert_int_equal(munmap(view, bytes), 0);
    assert_int_equal(close(fd), 0);
    ml_slots_close(&slots);
}

static void no_descriptor_can_resize_or_unseal(void **state)
{
    (void)state;
    struct ml_slots slots;
    open_slots(&slots, 3, 5000);
    const off_t bytes = (off_t)(3 * slots.slot_bytes);
    assert_int_equal(slots.slot_bytes % (size_t)sysconf(_SC_PAGESIZE), 0);
    assert_int_equal(ftruncate(slots.fd, bytes - 1), -1);
    assert_int_equal(errno, EPERM);
    assert_int_equal(ftruncate(slots.fd, bytes + 1), -1);
    assert_int_equal(fcntl(slots.fd, F_ADD_SEALS, F_SEAL_WRITE), -1);
    assert_true(fcntl(slots.fd, F_GETFD) & FD_CLOEXEC);
    ml_slots_close(&slots);
}

static void
memory_is_allocated_by_use_and_released_after_a_large_job(void **state)
{
    (void)state;
    struct ml_slots slots;
    struct ml_error err;
    open_slots(&slots, 4, 64 * MIB);
    assert_int_equal(held_bytes(&slots), 0);
    assert_int_equal(ml_slot_reserve(&slots, 2, 32 * MIB, &err), ML_OK);
    assert_true(held_bytes(&slots) >= 32 * MIB);
    assert_true(held_bytes(&slots) < 33 * MIB);
    memset(ml_slot(&slots, 2), 1, 32 * MIB);
    ml_slot_release(&slots, 2, 32 * MIB);
    assert_true(held_bytes(&slots) <= 8 * MIB);
    /* A small job keeps its pages for the next one. */
    memset(ml_slot(&slots, 0), 1, MIB);
    ml_slot_release(&slots, 0, MIB);
    assert_true(held_bytes(&slots) <= 9 * MIB);
    assert_int_equal(ml_slot(&slots, 0)[MIB - 1], 1);
    ml_slots_close(&slots);
}

static void a_failed_job_releases_all_that_it_may_have_written(void **state)
{
    (void)state;
    struct ml_slots slots;
    open_slots(&slots, 2, 32 * MIB);
    memset(ml_slot(&slots, 1), 1, 32 * MIB);
    ml_slot_release(&slots, 1, slots.slot_bytes);
    assert_true(held_bytes(&slots) <= 8 * MIB);
    ml_slots_close(&slots);
}

static void a_reserved_slot_stays_reserved_for_the_next_job(void **state)
{
    (void)state;
    struct ml_slots slots;
    struct ml_error err;
    open_slots(&slots, 1, 4 * MIB);
    assert_int_equal(ml_slot_reserve(&slots, 0, 2 * MIB, &err), ML_OK);
    ml_slot_release(&slots, 0, MIB);
    assert_int_equal(ml_slot_reserve(&slots, 0, MIB, &err), ML_OK);
    assert_true(held_bytes(&slots) >= MIB);
    ml_slots_close(&slots);
}

static void a_file_larger_than_a_slot_is_refused(void **state)
{
    (void)state;
    struct ml_slots slots;
    struct ml_error err;
    open_slots(&slots, 1, MIB);
    assert_int_equal(ml_slot_reserve(&slots, 0, MIB + 1, &err), ML_ERR_LIMIT);
    assert_non_null(strstr(err.remedy, "--limit-file"));
    assert_int_equal(ml_slot_reserve(&slots, 0, SIZE_MAX, &err), ML_ERR_LIMIT);
    assert_int_equal(held_bytes(&slots), 0);
    ml_slots_close(&slots);
    assert_int_equal(ml_slots_open(&slots, 1024, SIZE_MAX / 8, &err),
                     ML_ERR_LIMIT);
    assert_null(slots.memory);
    assert_int_equal(slots.fd, -1);
}

static void
memory_that_cannot_be_allocated_is_an_error_not_a_fault(void **state)
{
    (void)state;
    struct ml_slots slots;
    struct ml_error err;
    open_slots(&slots, 1, 8 * MIB);
    assert_int_equal(close(slots.fd), 0); /* fallocate will fail */
    slots.fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    assert_int_equal(ml_slot_reserve(&slots, 0, MIB, &err), ML_ERR_MEMORY);
    assert_true(err.what[0] != '\0' && err.why[0] != '\0' &&
                err.remedy[0] != '\0');
    assert_int_equal(slots.resident[0], 0);
    ml_slots_close(&slots);
}

/* ---- private memory ---- */

/* Resident pages of a slot. */
static size_t resident_bytes(const struct ml_slots *slots, uint32_t index)
{
    static unsigned char pages[(64 * MIB) >> 12];
    size_t bytes = 0;
    assert_true(slots->slot_bytes <= 64 * MIB);
    assert_int_equal(mincore(ml_slot(slots, index), slots->slot_bytes, pages),
                     0);
    for (size_t i = 0; i < slots->slot_bytes >> 12; i++)
        bytes += (size_t)(pages[i] & 1) << 12;
    return bytes;
}

static void private_memory_is_allocated_by_use_and_released(void **state)
{
    (void)state;
    struct ml_slots slots;
    struct ml_error err;
    assert_int_equal(ml_slots_open_private(&slots, 3, 64 * MIB, &err), ML_OK);
    assert_int_equal(slots.fd, -1);
    assert_int_equal(resident_bytes(&slots, 1), 0);
    assert_int_equal(ml_slot_reserve(&slots, 1, 64 * MIB + 1, &err),
                     ML_ERR_LIMIT);
    for (int round = 0; round < 2; round++) {
        assert_int_equal(ml_slot_reserve(&slots, 1, 32 * MIB, &err), ML_OK);
        memset(ml_slot(&slots, 1), 1, 32 * MIB);
        assert_true(resident_bytes(&slots, 1) >= 32 * MIB);
        assert_int_equal(resident_bytes(&slots, 0), 0);
        assert_int_equal(resident_bytes(&slots, 2), 0);
        ml_slot_release(&slots, 1, 32 * MIB);
        assert_true(resident_bytes(&slots, 1) <= 8 * MIB);
    }
    /* A small job's pages stay allocated for the next one. */
    assert_int_equal(ml_slot_reserve(&slots, 2, 5000, &err), ML_OK);
    memset(ml_slot(&slots, 2), 1, 5000);
    ml_slot_release(&slots, 2, 5000);
    assert_int_equal(resident_bytes(&slots, 2), 8192);
    assert_int_equal(ml_slot(&slots, 2)[4999], 1);
    ml_slots_close(&slots);
}

static void private_memory_that_cannot_be_allocated_is_an_error(void **state)
{
    (void)state;
    struct ml_slots slots;
    struct ml_error err;
    assert_int_equal(ml_slots_open_private(&slots, 1, 8 * MIB, &err), ML_OK);
    uint8_t *const memory = slots.memory;
    slots.memory =
        (uint8_t *)(uintptr_t)sysconf(_SC_PAGESIZE); /* an unmapped page */
    assert_int_equal(ml_slot_reserve(&slots, 0, MIB, &err), ML_ERR_MEMORY);
    assert_true(err.what[0] != '\0' && err.why[0] != '\0' &&
                err.remedy[0] != '\0');
    assert_int_equal(slots.resident[0], 0);
    slots.memory = memory;
    ml_slots_close(&slots);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_read_only_descriptor_never_becomes_writable),
        cmocka_unit_test(no_descriptor_can_resize_or_unseal),
        cmocka_unit_test(
            memory_is_allocated_by_use_and_released_after_a_large_job),
        cmocka_unit_test(a_failed_job_releases_all_that_it_may_have_written),
        cmocka_unit_test(a_reserved_slot_stays_reserved_for_the_next_job),
        cmocka_unit_test(a_file_larger_than_a_slot_is_refused),
        cmocka_unit_test(
            memory_that_cannot_be_allocated_is_an_error_not_a_fault),
        cmocka_unit_test(private_memory_is_allocated_by_use_and_released),
        cmocka_unit_test(private_memory_that_cannot_be_allocated_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
