/* name_table.c: see name_table.h. */
#include "files/output/name_table.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

#define NAME_TABLE_EMPTY UINT32_MAX

enum ml_status ml_name_table_open(struct ml_name_table *set,
                                  size_t member_count, struct ml_error *err)
{
    assert(member_count < UINT32_MAX / 2);
    /* At most two thirds full: about two probes to find a member, five to find
     * none.  One slot is always empty, so that every iteration ends. */
    set->slot_count = member_count + member_count / 2 + 2;
    set->slots = malloc(set->slot_count * sizeof *set->slots);
    if (!set->slots)
        return ml_fail_os(err, ENOMEM, "cannot hold the names of the outputs",
                          "give fewer inputs at once");
    memset(set->slots, 0xff, set->slot_count * sizeof *set->slots);
    return ML_OK;
}

void ml_name_table_close(struct ml_name_table *set)
{
    free(set->slots);
    set->slots = NULL;
    set->slot_count = 0;
}

uint32_t ml_name_table_next(const struct ml_name_table *set, uint32_t hash,
                            size_t *cursor)
{
    /* The hash as a fraction of 2^32, times the slots: a range without
     * division and without a power of two. */
    size_t at = *cursor == SIZE_MAX
                    ? (size_t)(((uint64_t)hash * set->slot_count) >> 32)
                    : *cursor + 1;
    for (;; at++) {
        if (at >= set->slot_count)
            at = 0;
        const struct ml_name_table_slot *slot = &set->slots[at];
        if (slot->number == NAME_TABLE_EMPTY || slot->hash == hash) {
            *cursor = at;
            return slot->number;
        }
    }
}

void ml_name_table_add(struct ml_name_table *set, size_t cursor, uint32_t hash,
                       uint32_t number)
{
    assert(set->slots[cursor].number == NAME_TABLE_EMPTY);
    set->slots[cursor] =
        (struct ml_name_table_slot){.number = number, .hash = hash};
}

uint32_t ml_hash_bytes(const void *data, size_t length)
{
    uint64_t hash = ml_fnv1a_64(data, length);
    /* FNV's high bits are weak for short texts: the finalizer of MurmurHash3
     * (Austin Appleby, public domain) spreads them. */
    hash = (hash ^ (hash >> 33)) * UINT64_C(0xff51afd7ed558ccd);
    hash = (hash ^ (hash >> 33)) * UINT64_C(0xc4ceb9fe1a85ec53);
    return (uint32_t)(hash >> 32);
}
