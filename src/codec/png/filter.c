/* filter.c: see filter.h.  Filters as in "Portable Network Graphics
 * (PNG) Specification (Third Edition)", W3C, section 9.  The loops are plain so
 * that compilers make vectors of them. */
#include "codec/png/filter.h"

#include <string.h>

#define FILTER_LANES 64 /* partial sums, one a vector lane */

static void filter_sub(uint8_t *restrict out, const uint8_t *restrict row,
                       size_t bytes, size_t pixel)
{
    memcpy(out, row, pixel);
    for (size_t i = pixel; i < bytes; i++)
        out[i] = (uint8_t)(row[i] - row[i - pixel]);
}

static void filter_up(uint8_t *restrict out, const uint8_t *restrict row,
                      const uint8_t *restrict above, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        out[i] = (uint8_t)(row[i] - above[i]);
}

static void filter_average(uint8_t *restrict out, const uint8_t *restrict row,
                           const uint8_t *restrict above, size_t bytes,
                           size_t pixel)
{
    for (size_t i = 0; i < pixel; i++)
        out[i] = (uint8_t)(row[i] - above[i] / 2);
    for (size_t i = pixel; i < bytes; i++)
        out[i] = (uint8_t)(row[i] - (row[i - pixel] + above[i]) / 2);
}

static uint8_t filter_paeth_guess(int16_t a, int16_t b, int16_t c)
{
    const int16_t to_a = (int16_t)(b - c), to_b = (int16_t)(a - c);
    const int16_t to_c = (int16_t)(to_a + to_b);
    const int16_t pa = (int16_t)(to_a < 0 ? -to_a : to_a);
    const int16_t pb = (int16_t)(to_b < 0 ? -to_b : to_b);
    const int16_t pc = (int16_t)(to_c < 0 ? -to_c : to_c);
    const int16_t b_or_c = pb <= pc ? b : c;
    const int16_t least = pb <= pc ? pb : pc;
    return (uint8_t)(pa <= least ? a : b_or_c);
}

static void filter_paeth(uint8_t *restrict out, const uint8_t *restrict row,
                         const uint8_t *restrict above, size_t bytes,
                         size_t pixel)
{
    for (size_t i = 0; i < pixel; i++)
        out[i] = (uint8_t)(row[i] - above[i]);
    for (size_t i = pixel; i < bytes; i++)
        out[i] = (uint8_t)(row[i] - filter_paeth_guess(row[i - pixel], above[i],
                                                       above[i - pixel]));
}

static void filter_one(uint8_t filter, uint8_t *out, const uint8_t *row,
                       const uint8_t *above, size_t bytes, size_t pixel)
{
    *out++ = filter;
    switch (filter) {
    case 0:
        memcpy(out, row, bytes);
        break;
    case 1:
        filter_sub(out, row, bytes, pixel);
        break;
    case 2:
        filter_up(out, row, above, bytes);
        break;
    case 3:
        filter_average(out, row, above, bytes, pixel);
        break;
    default:
        filter_paeth(out, row, above, bytes, pixel);
    }
}

/* ---- choosing ---- */

static inline uint8_t filter_bits_of(uint8_t difference)
{
    const uint8_t size =
        difference < 128 ? difference : (uint8_t)(256 - difference);
    return (uint8_t)((size > 0) + (size > 1) + (size > 3) + (size > 7) +
                     (size > 15) + (size > 31) + (size > 63) + (size > 127));
}

/* At most 31 rounds of at most 8 in a lane of 8 bits. */
static uint32_t filter_bits_part(const uint8_t *row, size_t rounds)
{
    uint8_t lanes[FILTER_LANES] = {0};
    uint32_t sum = 0;
    for (size_t r = 0; r < rounds; r++)
        for (size_t i = 0; i < FILTER_LANES; i++)
            lanes[i] =
                (uint8_t)(lanes[i] + filter_bits_of(row[r * FILTER_LANES + i]));
    for (size_t i = 0; i < FILTER_LANES; i++)
        sum += lanes[i];
    return sum;
}

uint64_t ml_png_filter_bits(const uint8_t *row, size_t bytes)
{
    uint64_t sum = 0;
    while (bytes >= FILTER_LANES) {
        const size_t most = bytes / FILTER_LANES;
        const size_t rounds = most < 31 ? most : 31;
        sum += filter_bits_part(row, rounds);
        row += rounds * FILTER_LANES;
        bytes -= rounds * FILTER_LANES;
    }
    for (size_t i = 0; i < bytes; i++)
        sum += filter_bits_of(row[i]);
    return sum;
}

void ml_png_filter_row(int way, uint8_t *out, const uint8_t *row,
                       const uint8_t *above, size_t bytes, size_t pixel,
                       uint8_t *trial)
{
    const uint8_t *best = trial;
    uint64_t least = UINT64_MAX;
    if (way < ML_PNG_FILTERS)
        filter_one((uint8_t)way, trial, row, above, bytes, pixel);
    for (uint8_t filter = 0; way >= ML_PNG_FILTERS && filter < ML_PNG_FILTERS;
         filter++) {
        uint8_t *tried = trial + filter * (bytes + 1);
        filter_one(filter, tried, row, above, bytes, pixel);
        const uint64_t cost = ml_png_filter_bits(tried + 1, bytes);
        if (cost < least) {
            least = cost;
            best = tried;
        }
    }
    memcpy(out, best, bytes + 1);
}

void ml_png_filter_samples(uint8_t *restrict out, const uint8_t *restrict in,
                           size_t bytes, uint8_t bits)
{
    if (bits == 8 || __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__) {
        memcpy(out, in, bytes);
        return;
    }
    for (size_t i = 0; i < bytes; i += 2) {
        out[i] = in[i + 1];
        out[i + 1] = in[i];
    }
}
