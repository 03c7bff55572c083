/* lut.c: see lut.h.
 *
 * vbmi: the table is in four vectors; one instruction indexes two of them.
 * v3, v4: sixteen tables of sixteen entries, one of them selected by the upper
 * four bits, bit by bit.  plain: eight bytes an iteration. */
#include "filters/kernels/lut.h"

#include <string.h>

#include "os/simd_level.h"

#if ML_SIMD_TARGETS
#include <immintrin.h>
#endif

static void lut_bytes(uint8_t *restrict to, const uint8_t *restrict from,
                      size_t count, const uint8_t *restrict table,
                      const uint8_t *restrict keep)
{
    for (size_t i = 0; i < count; i++)
        to[i] = keep[i % ML_ALPHA_MASK_BYTES] ? from[i] : table[from[i]];
}

/* Bytes of a word from the lowest up: a loop over bytes would load and store
 * each by itself. */
static void lut_plain(uint8_t *restrict to, const uint8_t *restrict from,
                      size_t count, const uint8_t *restrict table,
                      const uint8_t *restrict keep)
{
    uint64_t kept;
    size_t i = 0;
    memcpy(&kept, keep, sizeof kept);
    for (; i + 8 <= count; i += 8) {
        uint64_t in, out = 0;
        memcpy(&in, from + i, sizeof in);
        ML_UNROLL
        for (unsigned bit = 0; bit < 64; bit += 8)
            out |= (uint64_t)table[in >> bit & 255] << bit;
        out = (out & ~kept) | (in & kept);
        memcpy(to + i, &out, sizeof out);
    }
    lut_bytes(to + i, from + i, count - i, table, keep);
}

#if ML_SIMD_TARGETS

ML_TARGET_V3 static void lut_v3(uint8_t *restrict to,
                                const uint8_t *restrict from, size_t count,
                                const uint8_t *restrict table,
                                const uint8_t *restrict keep)
{
    const __m256i low = _mm256_set1_epi8(15);
    __m256i kept, tables[16], found[16];
    uint64_t keep_word;
    size_t i = 0;
    memcpy(&keep_word, keep, sizeof keep_word);
    kept = _mm256_set1_epi64x((int64_t)keep_word);
    for (size_t k = 0; k < 16; k++) {
        __m128i part;
        memcpy(&part, table + 16 * k, sizeof part);
        tables[k] = _mm256_broadcastsi128_si256(part);
    }
    for (; i + 32 <= count; i += 32) {
        __m256i in, bit;
        memcpy(&in, from + i, sizeof in);
        const __m256i index = _mm256_and_si256(in, low);
        /* Bit 7 of each byte of `bit` is bit 4, 5, 6, 7 of the sample. */
        bit = _mm256_slli_epi16(in, 3);
        ML_UNROLL
        for (size_t k = 0; k < 8; k++)
            found[k] = _mm256_blendv_epi8(
                _mm256_shuffle_epi8(tables[2 * k], index),
                _mm256_shuffle_epi8(tables[2 * k + 1], index), bit);
        bit = _mm256_slli_epi16(in, 2);
        ML_UNROLL
        for (size_t k = 0; k < 4; k++)
            found[k] = _mm256_blendv_epi8(found[2 * k], found[2 * k + 1], bit);
        bit = _mm256_slli_epi16(in, 1);
        ML_UNROLL
        for (size_t k = 0; k < 2; k++)
            found[k] = _mm256_blendv_epi8(found[2 * k], found[2 * k + 1], bit);
        __m256i out = _mm256_blendv_epi8(found[0], found[1], in);
        out = _mm256_blendv_epi8(out, in, kept);
        memcpy(to + i, &out, sizeof out);
    }
    lut_bytes(to + i, from + i, count - i, table, keep);
}

ML_TARGET_VBMI static void lut_vbmi(uint8_t *restrict to,
                                    const uint8_t *restrict from, size_t count,
                                    const uint8_t *restrict table,
                                    const uint8_t *restrict keep)
{
    __m512i tables[4];
    uint64_t keep_word;
    memcpy(tables, table, sizeof tables);
    memcpy(&keep_word, keep, sizeof keep_word);
    const __mmask64 kept =
        _mm512_movepi8_mask(_mm512_set1_epi64((int64_t)keep_word));
    size_t i = 0;
    for (; i + 64 <= count; i += 64) {
        __m512i in;
        memcpy(&in, from + i, sizeof in);
        const __m512i lower =
            _mm512_permutex2var_epi8(tables[0], in, tables[1]);
        const __m512i upper =
            _mm512_permutex2var_epi8(tables[2], in, tables[3]);
        const __m512i found =
            _mm512_mask_mov_epi8(lower, _mm512_movepi8_mask(in), upper);
        const __m512i out = _mm512_mask_mov_epi8(found, kept, in);
        memcpy(to + i, &out, sizeof out);
    }
    lut_bytes(to + i, from + i, count - i, table, keep);
}

#endif

void ml_lut_apply_8(uint8_t *restrict to, const uint8_t *restrict from,
                    size_t count, const uint8_t table[256],
                    const uint8_t keep[ML_ALPHA_MASK_BYTES])
{
    switch (ml_simd_level()) {
#if ML_SIMD_TARGETS
    case ML_SIMD_VBMI:
        lut_vbmi(to, from, count, table, keep);
        break;
    case ML_SIMD_V4:
    case ML_SIMD_V3:
        lut_v3(to, from, count, table, keep);
        break;
#else
    case ML_SIMD_VBMI:
    case ML_SIMD_V4:
    case ML_SIMD_V3:
#endif
    case ML_SIMD_PLAIN:
    case ML_SIMD_COUNT:
        lut_plain(to, from, count, table, keep);
        break;
    }
}
