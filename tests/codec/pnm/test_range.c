/* test_range.c: samples of every range that a PNM file may name are
 * stretched to 8 or 16 bits by the definition, in double precision.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

#include "support/codec/codec_context.h"

enum { VALUE_ROWS = 2 };

/* All values from 0 to `largest`, as bytes or big-endian words, and at the end
 * of the last row the largest again. */
static struct test_file all_values(uint32_t largest, uint32_t width)
{
    const size_t bytes = largest > 255 ? 2 : 1;
    struct test_file file = {malloc(100 + bytes * VALUE_ROWS * width), 0};
    assert_non_null(file.data);
    file.size = (size_t)snprintf((char *)file.data, 100, "P5 %u %d %u\n", width,
                                 VALUE_ROWS, largest);
    for (uint32_t i = 0; i < VALUE_ROWS * width; i++) {
        const uint32_t value = i < largest ? i : largest;
        if (bytes == 2)
            file.data[file.size++] = (uint8_t)(value / 256);
        file.data[file.size++] = (uint8_t)(value % 256);
    }
    return file;
}

static void check_largest(struct test_codec *c, uint32_t largest)
{
    const uint32_t width = largest / VALUE_ROWS + 1;
    const double full = largest > 255 ? 65535 : 255;
    struct test_file file = all_values(largest, width);
    struct test_frame frame;
    test_codec_decode_ok(c, test_bytes(&file), &frame);
    assert_int_equal(frame.shape.bits, largest > 255 ? 16 : 8);
    for (uint32_t value = 0; value <= largest; value++) {
        const uint8_t *row = ml_dst_row(&frame.rows, value / width);
        const size_t x = value % width;
        uint16_t sample = row[x];
        if (largest > 255)
            memcpy(&sample, row + 2 * x, sizeof sample);
        /* The product comes first, which keeps halves exact: they go up. */
        if (sample != (uint16_t)floor(value * full / largest + 0.5))
            fail_msg("%u of %u became %u", value, largest, sample);
    }
    test_frame_close(&frame);
    test_file_close(&file);
}

static void every_value_of_every_range_is_stretched_to_nearest(void **state)
{
    static const uint32_t wide[] = {256,   257,   300,   511,   1000,  1023,
                                    4095,  9999,  16383, 21845, 32767, 32768,
                                    40000, 65533, 65534, 65535};
    for (uint32_t largest = 1; largest < 256; largest++)
        check_largest(*state, largest);
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++)
        check_largest(*state, wide[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            every_value_of_every_range_is_stretched_to_nearest,
            test_codec_setup, test_codec_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
