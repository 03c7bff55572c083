/* test_inks.c: four-colour JPEGs become RGB by the definition, stated
 * again in double precision, over all combinations of a grid of values.
 *
 * Files are made here with libjpeg itself: one value a block of 8 x 8 pixels at
 * quality 100, which the transform keeps exactly.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jpeglib.h>

#include <math.h>

#include "support/codec/jpeg_fixture.h"

enum {
    STEP = 5,                /* between the values of the grid */
    BLOCKS = 255 / STEP + 1, /* a side */
    SIDE = BLOCKS * DCTSIZE, /* pixels */
    ROW_BYTES = SIDE * 4
};

/* The stored samples of a block: all values of the first meet all of the
 * fourth; the others run against the first. */
static void block_samples(uint32_t column, uint32_t row, uint8_t samples[4])
{
    samples[0] = (uint8_t)(column * STEP);
    samples[1] = (uint8_t)(255 - column * STEP);
    samples[2] = (uint8_t)(column * STEP * 7);
    samples[3] = (uint8_t)(row * STEP);
}

static void write_rows(struct jpeg_compress_struct *cinfo)
{
    uint8_t bytes[ROW_BYTES], *row = bytes;
    for (uint32_t y = 0; y < SIDE; y++) {
        for (uint32_t x = 0; x < SIDE; x++)
            block_samples(x / DCTSIZE, y / DCTSIZE, bytes + 4 * x);
        (void)jpeg_write_scanlines(cinfo, &row, 1);
    }
}

static void make_file(J_COLOR_SPACE space, bool adobe, struct test_file *file)
{
    struct jpeg_compress_struct cinfo;
    struct jpeg_error_mgr errors;
    unsigned char *data = NULL;
    unsigned long size = 0;
    cinfo.err = jpeg_std_error(&errors);
    jpeg_create_compress(&cinfo);
    jpeg_mem_dest(&cinfo, &data, &size);
    cinfo.image_width = cinfo.image_height = SIDE;
    cinfo.input_components = 4;
    cinfo.in_color_space = space;
    jpeg_set_defaults(&cinfo);
    jpeg_set_colorspace(&cinfo, space);
    jpeg_set_quality(&cinfo, 100, TRUE);
    cinfo.write_Adobe_marker = adobe;
    for (int i = 0; i < 4; i++)
        cinfo.comp_info[i].h_samp_factor = cinfo.comp_info[i].v_samp_factor = 1;
    jpeg_start_compress(&cinfo, TRUE);
    write_rows(&cinfo);
    jpeg_finish_compress(&cinfo);
    jpeg_destroy_compress(&cinfo);
    file->data = data;
    file->size = size;
}

typedef void (*definition)(const uint8_t stored[4], double rgb[3]);

/* Every pixel is within `within` of what the definition makes of its block. */
static void check(struct jpeg_fixture *f, J_COLOR_SPACE space, bool adobe,
                  definition define, double within)
{
    struct test_file file;
    struct test_frame frame;
    make_file(space, adobe, &file);
    jpeg_decode_ok(f, &file, &frame);
    assert_int_equal(frame.shape.layout, ML_RGB);
    assert_int_equal(frame.shape.width, SIDE);
    for (uint32_t y = 0; y < SIDE; y++) {
        const uint8_t *row = ml_dst_row(&frame.rows, y);
        for (uint32_t x = 0; x < SIDE; x++) {
            uint8_t stored[4];
            double want[3];
            block_samples(x / DCTSIZE, y / DCTSIZE, stored);
            define(stored, want);
            for (uint32_t c = 0; c < 3; c++)
                if (fabs(row[3 * x + c] - want[c]) > within)
                    fail_msg("channel %u of %u, %u, %u, %u: %u, not %.2f", c,
                             stored[0], stored[1], stored[2], stored[3],
                             row[3 * x + c], want[c]);
        }
    }
    test_frame_close(&frame);
    test_file_close(&file);
}

/* ---- definitions ---- */

/* Adobe stores 255 for no ink: what is left of the light by an ink and by the
 * black over it. */
static void adobe_cmyk(const uint8_t stored[4], double rgb[3])
{
    for (int c = 0; c < 3; c++)
        rgb[c] = floor(stored[c] / 255.0 * (stored[3] / 255.0) * 255.0 + 0.5);
}

/* Without Adobe's marker 255 is full ink. */
static void plain_cmyk(const uint8_t stored[4], double rgb[3])
{
    for (int c = 0; c < 3; c++)
        rgb[c] = floor(
            (1 - stored[c] / 255.0) * (1 - stored[3] / 255.0) * 255.0 + 0.5);
}

static double clamped(double value)
{
    return fmin(fmax(value, 0), 255);
}

/* JFIF's YCbCr of the inks' complements, black as it is. */
static void adobe_ycck(const uint8_t stored[4], double rgb[3])
{
    const double y = stored[0], cb = stored[1] - 128.0, cr = stored[2] - 128.0;
    const double complements[3] = {
        clamped(y + 1.402 * cr),
        clamped(y - 0.344136286 * cb - 0.714136286 * cr),
        clamped(y + 1.772 * cb)};
    for (int c = 0; c < 3; c++)
        rgb[c] = (255 - complements[c]) * (stored[3] / 255.0);
}

/* ---- tests ---- */

static void inks_of_adobe_become_rgb_exactly(void **state)
{
    check(*state, JCS_CMYK, true, adobe_cmyk, 0);
}

static void inks_without_a_marker_become_rgb_exactly(void **state)
{
    check(*state, JCS_CMYK, false, plain_cmyk, 0);
}

/* libjpeg rounds the inks, and then they are multiplied. */
static void ycck_becomes_rgb_within_a_level(void **state)
{
    check(*state, JCS_YCCK, true, adobe_ycck, 1.001);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, jpeg_fixture_setup,                  \
                                    jpeg_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(inks_of_adobe_become_rgb_exactly),
        TEST(inks_without_a_marker_become_rgb_exactly),
        TEST(ycck_becomes_rgb_within_a_level),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
