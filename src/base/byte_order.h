/* byte_order.h: load and store numbers of files, which have a byte order and no
 * alignment.  be is big-endian (PNG, JPEG, ICC, PNM, TIFF "MM"), le
 * little-endian (TIFF "II", traces).  The caller has checked that the bytes
 * exist.  Loads vectorize within loops.  Pure.
 */
#ifndef ML_BASE_BYTE_ORDER_H
#define ML_BASE_BYTE_ORDER_H

#include <stdint.h>
#include <string.h>

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define ML_ORDER_BE(bits, number) __builtin_bswap##bits(number)
#define ML_ORDER_LE(bits, number) (number)
#else
#define ML_ORDER_BE(bits, number) (number)
#define ML_ORDER_LE(bits, number) __builtin_bswap##bits(number)
#endif

static inline uint16_t ml_load_be16(const uint8_t *bytes)
{
    uint16_t number;
    memcpy(&number, bytes, sizeof number);
    return ML_ORDER_BE(16, number);
}

static inline uint32_t ml_load_be32(const uint8_t *bytes)
{
    uint32_t number;
    memcpy(&number, bytes, sizeof number);
    return ML_ORDER_BE(32, number);
}

static inline uint16_t ml_load_le16(const uint8_t *bytes)
{
    uint16_t number;
    memcpy(&number, bytes, sizeof number);
    return ML_ORDER_LE(16, number);
}

static inline uint32_t ml_load_le32(const uint8_t *bytes)
{
    uint32_t number;
    memcpy(&number, bytes, sizeof number);
    return ML_ORDER_LE(32, number);
}

static inline uint64_t ml_load_le64(const uint8_t *bytes)
{
    uint64_t number;
    memcpy(&number, bytes, sizeof number);
    return ML_ORDER_LE(64, number);
}

static inline void ml_store_le32(uint8_t *bytes, uint32_t number)
{
    number = ML_ORDER_LE(32, number);
    memcpy(bytes, &number, sizeof number);
}

static inline void ml_store_le64(uint8_t *bytes, uint64_t number)
{
    number = ML_ORDER_LE(64, number);
    memcpy(bytes, &number, sizeof number);
}

#endif
