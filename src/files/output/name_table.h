/* name_table.h: a set of input numbers, found by hash and verified by the
 * caller.
 *
 * Open addressing, no growth: the number of members is known at the start.  A
 * slot stores a number and 32 bits of hash, never the name, so that a member
 * costs 12 bytes; the caller compares by expanding the name again.  One thread.
 */
#ifndef ML_FILES_OUTPUT_NAME_TABLE_H
#define ML_FILES_OUTPUT_NAME_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct ml_name_table_slot {
    uint32_t number; /* UINT32_MAX: empty */
    uint32_t hash;
};

struct ml_name_table {
    struct ml_name_table_slot *slots;
    size_t slot_count; /* 0: closed */
};

/* Capacity for `member_count` members.  ML_ERR_MEMORY. */
ML_MUST_CHECK enum ml_status ml_name_table_open(struct ml_name_table *set,
                                                size_t member_count,
                                                struct ml_error *err);
void ml_name_table_close(struct ml_name_table *set);

/* Iterate over the members with this hash: begin with *cursor = SIZE_MAX.
 * Returns UINT32_MAX after the last; *cursor is then the slot for a new member
 * with this hash. */
uint32_t ml_name_table_next(const struct ml_name_table *set, uint32_t hash,
                            size_t *cursor);
/* Add at the cursor at which the iteration ended. */
void ml_name_table_add(struct ml_name_table *set, size_t cursor, uint32_t hash,
                       uint32_t number);

/* 32 bits of FNV-1a, mixed at the end; the same on every machine. */
uint32_t ml_hash_bytes(const void *data, size_t length);

#endif
