/* test_unfilter.c: filters undone several rows at once, held to the plain
 * version at every level of vector instructions, and the plain version to the
 * specification. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"
#include "codec/png/unfilter.h"
#include "support/codec/png_make.h"
#include "support/codec/png_predict.h"
#include "support/simd_levels.h"

/* The reference itself, byte by byte, against the specification. */
static void check_reference(const struct ml_png_rows *rows)
{
    for (uint32_t y = 0; y < rows->count; y++) {
        const uint8_t *in = rows->in + y * rows->in_stride;
        const uint8_t *out = rows->out + y * rows->out_stride;
        const uint8_t *above = y ? out - rows->out_stride : rows->above;
        for (size_t i = 0; i < rows->row_bytes; i++) {
            const bool first = i < rows->pixel_bytes;
            const int value =
                in[1 + i] +
                png_predict(in[0], first ? 0 : out[i - rows->pixel_bytes],
                            above[i], first ? 0 : above[i - rows->pixel_bytes]);
            assert_int_equal(out[i], value % 256);
        }
    }
}

static void unfilter_once(size_t pixel_bytes, uint32_t width, uint32_t height,
                          int filter, bool in_place, struct ml_random *random)
{
    const size_t row_bytes = width * pixel_bytes, stride = row_bytes + 1;
    const size_t size = stride * height;
    uint8_t *in = malloc(size + ML_PNG_UNFILTER_SLACK);
    uint8_t *same = malloc(size), *above = malloc(row_bytes);
    uint8_t *want = malloc(size), *got = malloc(size);
    assert_true(in && same && above && want && got);
    for (size_t i = 0; i < size + ML_PNG_UNFILTER_SLACK; i++)
        in[i] = (uint8_t)(random->state % 2 ? ml_random_next(random)
                                            : ml_random_below(random, 5) * 60);
    for (size_t i = 0; i < row_bytes; i++)
        above[i] = (uint8_t)ml_random_next(random);
    for (uint32_t y = 0; y < height; y++)
        in[y * stride] = png_make_filter(filter, random);
    struct ml_png_rows rows = {in,    stride,    want,        stride,
                               above, row_bytes, pixel_bytes, height};
    ml_png_unfilter_ref(&rows);
    check_reference(&rows);
    rows.out = in_place ? in : got;
    ml_png_unfilter(&rows);
    for (uint32_t y = 0; y < height; y++)
        assert_memory_equal(rows.out + y * stride, want + y * stride,
                            row_bytes);
    free(got);
    free(want);
    free(above);
    free(same);
    free(in);
}

static void filters_are_undone_as_the_reference_does(void **state)
{
    static const size_t widths[] = {1, 2, 3, 4, 6, 8};
    struct ml_random random = {7};
    (void)state;
    for (size_t w = 0; w < 6; w++)
        for (int filter = -2; filter < ML_PNG_FILTERS; filter++)
            for (int round = 0; round < 60; round++) {
                const uint32_t width = 1 + ml_random_below(&random, 40);
                const uint32_t height = 1 + ml_random_below(&random, 30);
                unfilter_once(widths[w], width, height, filter, false, &random);
                unfilter_once(widths[w], width, height, filter, true, &random);
            }
}

/* Triples of neighbours, ties among them, through rows of Paeth in
 * lockstep. */
static void paeth_chooses_as_the_reference(void **state)
{
    enum { WIDTH = 2, ROWS = 8 };
    (void)state;
    for (int c = 0; c < 256; c += 3)
        for (int b = 0; b < 256; b += 3) {
            uint8_t in[ROWS * (WIDTH * 4 + 1) + ML_PNG_UNFILTER_SLACK] = {0};
            uint8_t want[ROWS * WIDTH * 4], got[ROWS * WIDTH * 4];
            uint8_t above[WIDTH * 4];
            memset(above, c, 4);
            memset(above + 4, b, 4);
            for (int left = 0; left < 256; left += 4) {
                for (int y = 0; y < ROWS; y++)
                    in[y * 9] = 4;
                for (int i = 0; i < 4; i++)
                    in[1 + i] = (uint8_t)(left + i - c);
                struct ml_png_rows rows = {in, 9, want, 8, above, 8, 4, ROWS};
                ml_png_unfilter_ref(&rows);
                if (left % 16 == 0) /* each of them takes its time */
                    check_reference(&rows);
                rows.out = got;
                ml_png_unfilter(&rows);
                if (memcmp(want, got, sizeof got) != 0)
                    fail_msg("left %d, above %d, above left %d", left, b, c);
            }
        }
}

static int run(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(filters_are_undone_as_the_reference_does),
        cmocka_unit_test(paeth_chooses_as_the_reference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return levels_run(run);
}
