/* hash.h: FNV-1a in 64 bits (Fowler, Noll, Vo; the constants are theirs): a
 * hash for tables and for names derived from contents, the same on every
 * machine.  Not for secrets.  Pure.
 */
#ifndef ML_BASE_HASH_H
#define ML_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

static inline uint64_t ml_fnv1a_64(const void *data, size_t size_bytes)
{
    const uint8_t *bytes = data;
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < size_bytes; i++)
        hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
    return hash;
}

#endif
