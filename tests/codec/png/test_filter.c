/* test_filter.c: row filters as the specification of PNG defines them, and
 * which one is chosen: the definitions stated again, byte by byte.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

#include "base/random.h"
#include "codec/png/filter.h"
#include "support/codec/png_predict.h"

#define ROW_MOST 5000 /* bytes: more than fit into sums of 8 bits */

static const size_t pixel_sizes[] = {1, 2, 3, 4, 6, 8};
#define PIXEL_SIZES (sizeof pixel_sizes / sizeof *pixel_sizes)

struct rows {
    uint8_t row[ROW_MOST], above[ROW_MOST];
    uint8_t out[ROW_MOST + 1];
    uint8_t trial[ML_PNG_FILTERS * (ROW_MOST + 1)];
};

/* Noise, or few values, so that ties are common. */
static void fill(struct rows *rows, size_t bytes, struct ml_random *random)
{
    const bool few = ml_random_below(random, 2) == 1;
    for (size_t i = 0; i < bytes; i++) {
        rows->row[i] = (uint8_t)(few ? ml_random_below(random, 4) * 85
                                     : ml_random_next(random));
        rows->above[i] = (uint8_t)(few ? ml_random_below(random, 4) * 85
                                       : ml_random_next(random));
    }
}

static uint8_t filtered(const struct rows *rows, int filter, size_t i,
                        size_t pixel)
{
    const bool first = i < pixel;
    const int value =
        rows->row[i] - png_predict(filter, first ? 0 : rows->row[i - pixel],
                                   rows->above[i],
                                   first ? 0 : rows->above[i - pixel]);
    return (uint8_t)((value + 512) % 256);
}

/* Bits that the size of a signed difference takes. */
static unsigned bits_of(uint8_t difference)
{
    const int size = difference < 128 ? difference : 256 - difference;
    return size == 0 ? 0 : (unsigned)floor(log2(size)) + 1;
}

static uint64_t cost_of(const struct rows *rows, int filter, size_t bytes,
                        size_t pixel)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < bytes; i++)
        sum += bits_of(filtered(rows, filter, i, pixel));
    return sum;
}

static void check_row(const struct rows *rows, int filter, size_t bytes,
                      size_t pixel)
{
    assert_int_equal(rows->out[0], filter);
    for (size_t i = 0; i < bytes; i++) {
        if (rows->out[1 + i] != filtered(rows, filter, i, pixel))
            fail_msg("filter %d, pixels of %zu bytes, byte %zu of %zu: %u, "
                     "not %u",
                     filter, pixel, i, bytes, rows->out[1 + i],
                     filtered(rows, filter, i, pixel));
    }
}

static void filters_are_those_of_the_specification(void **state)
{
    static struct rows rows;
    struct ml_random random = {1};
    (void)state;
    for (int filter = 0; filter < ML_PNG_FILTERS; filter++)
        for (size_t p = 0; p < PIXEL_SIZES; p++)
            for (int round = 0; round < 50; round++) {
                const size_t bytes =
                    pixel_sizes[p] * (1 + ml_random_below(&random, 90));
                fill(&rows, bytes, &random);
                ml_png_filter_row(filter, rows.out, rows.row, rows.above, bytes,
                                  pixel_sizes[p], rows.trial);
                check_row(&rows, filter, bytes, pixel_sizes[p]);
            }
}

static void the_first_of_the_cheapest_filters_is_chosen(void **state)
{
    static struct rows rows;
    struct ml_random random = {2};
    unsigned chosen[ML_PNG_FILTERS] = {0};
    (void)state;
    for (int round = 0; round < 3000; round++) {
        const size_t pixel = pixel_sizes[ml_random_below(&random, PIXEL_SIZES)];
        const size_t bytes = pixel * (1 + ml_random_below(&random, 12));
        int best = 0;
        fill(&rows, bytes, &random);
        for (int filter = 1; filter < ML_PNG_FILTERS; filter++) {
            if (cost_of(&rows, filter, bytes, pixel) <
                cost_of(&rows, best, bytes, pixel))
                best = filter;
        }
        ml_png_filter_row(ML_PNG_FILTERS, rows.out, rows.row, rows.above, bytes,
                          pixel, rows.trial);
        check_row(&rows, best, bytes, pixel);
        chosen[best]++;
    }
    for (int filter = 0; filter < ML_PNG_FILTERS; filter++)
        assert_true(chosen[filter] > 20);
}

static void every_difference_costs_its_bits(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 256; i++) {
        const uint8_t difference = (uint8_t)i;
        assert_int_equal(ml_png_filter_bits(&difference, 1),
                         bits_of(difference));
    }
}

/* The dearest bytes, whose sums are the first to overflow. */
static void long_rows_cost_the_sum_of_their_bytes(void **state)
{
    static uint8_t row[ROW_MOST];
    struct ml_random random = {3};
    uint64_t sum = 0;
    (void)state;
    memset(row, 0x80, sizeof row);
    assert_int_equal(ml_png_filter_bits(row, sizeof row), 8 * sizeof row);
    assert_int_equal(ml_png_filter_bits(row, 0), 0);
    for (size_t i = 0; i < ROW_MOST; i++) {
        row[i] = (uint8_t)ml_random_next(&random);
        assert_int_equal(ml_png_filter_bits(row, i), sum);
        sum += bits_of(row[i]);
    }
}

static void samples_of_16_bits_become_big_endian(void **state)
{
    const uint16_t samples[] = {0x0102, 0xfffe, 0x8000, 0x00ff, 0x1234};
    uint8_t out[sizeof samples];
    (void)state;
    ml_png_filter_samples(out, (const uint8_t *)samples, sizeof samples, 16);
    for (size_t i = 0; i < sizeof samples / 2; i++) {
        assert_int_equal(out[2 * i], samples[i] / 256);
        assert_int_equal(out[2 * i + 1], samples[i] % 256);
    }
    ml_png_filter_samples(out, (const uint8_t *)samples, sizeof samples, 8);
    assert_memory_equal(out, samples, sizeof samples);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(filters_are_those_of_the_specification),
        cmocka_unit_test(the_first_of_the_cheapest_filters_is_chosen),
        cmocka_unit_test(every_difference_costs_its_bits),
        cmocka_unit_test(long_rows_cost_the_sum_of_their_bytes),
        cmocka_unit_test(samples_of_16_bits_become_big_endian),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
