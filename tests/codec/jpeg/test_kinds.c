/* test_kinds.c: kinds of JPEG that the sink does not write: made here with
 * libjpeg itself, one flat colour each, so that every sample is known.
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

#include "support/codec/jpeg_fixture.h"

struct kind {
    J_COLOR_SPACE in, stored;
    int components;
    uint8_t colour[4];
    bool adobe;
    int h, v; /* of the first component; 0: as libjpeg has it */
    bool arithmetic, progressive;
    uint32_t width, height;
};

static void kind_set(struct jpeg_compress_struct *cinfo,
                     const struct kind *kind)
{
    cinfo->image_width = kind->width;
    cinfo->image_height = kind->height;
    cinfo->input_components = kind->components;
    cinfo->in_color_space = kind->in;
    jpeg_set_defaults(cinfo);
    jpeg_set_colorspace(cinfo, kind->stored);
    jpeg_set_quality(cinfo, 100, TRUE);
    cinfo->write_Adobe_marker = kind->adobe;
    cinfo->arith_code = kind->arithmetic;
    if (kind->h) {
        cinfo->comp_info[0].h_samp_factor = kind->h;
        cinfo->comp_info[0].v_samp_factor = kind->v;
    }
    if (kind->progressive)
        jpeg_simple_progression(cinfo);
}

static void kind_rows(struct jpeg_compress_struct *cinfo,
                      const struct kind *kind)
{
    uint8_t *row = malloc((size_t)kind->width * 4);
    assert_non_null(row);
    for (size_t i = 0; i < (size_t)kind->width * (size_t)kind->components; i++)
        row[i] = kind->colour[i % (size_t)kind->components];
    for (uint32_t y = 0; y < kind->height; y++)
        (void)jpeg_write_scanlines(cinfo, &row, 1);
    free(row);
}

static void kind_make(const struct kind *kind, struct test_file *file)
{
    struct jpeg_compress_struct cinfo;
    struct jpeg_error_mgr errors;
    unsigned char *data = NULL;
    unsigned long size = 0;
    cinfo.err = jpeg_std_error(&errors);
    jpeg_create_compress(&cinfo);
    jpeg_mem_dest(&cinfo, &data, &size);
    kind_set(&cinfo, kind);
    jpeg_start_compress(&cinfo, TRUE);
    kind_rows(&cinfo, kind);
    jpeg_finish_compress(&cinfo);
    jpeg_destroy_compress(&cinfo);
    file->data = data;
    file->size = size;
}

/* Every pixel is this colour, give or take `within`. */
static void shows(struct jpeg_fixture *f, const struct kind *kind,
                  enum ml_layout layout, const uint8_t *want, int within,
                  const char *coding)
{
    struct test_file file;
    struct test_frame frame;
    kind_make(kind, &file);
    f->reading.fail_on = ML_FAIL_ON_WARNING;
    jpeg_decode_ok(f, &file, &frame);
    assert_int_equal(frame.shape.layout, layout);
    assert_int_equal(frame.shape.width, kind->width);
    assert_int_equal(frame.shape.height, kind->height);
    const size_t channels = ml_channels(layout);
    for (uint32_t y = 0; y < kind->height; y++)
        for (size_t i = 0; i < kind->width * channels; i++)
            assert_in_range(ml_dst_row(&frame.rows, y)[i] + 10,
                            want[i % channels] + 10 - within,
                            want[i % channels] + 10 + within);
    assert_string_equal(f->decoded.header.coding, coding);
    assert_string_equal(f->decoded.header.format, "jpeg");
    test_frame_close(&frame);
    test_file_close(&file);
}

static void four_colours_become_rgb_by_the_formula(void **state)
{
    struct kind kind = {.in = JCS_CMYK,
                        .stored = JCS_CMYK,
                        .components = 4,
                        .colour = {200, 100, 50, 180},
                        .adobe = true,
                        .width = 21,
                        .height = 19};
    /* Adobe stores 255 for no ink: 200 * 180 / 255 = 141.2, and so on. */
    static const uint8_t adobe[] = {141, 71, 35};
    shows(*state, &kind, ML_RGB, adobe, 1, "baseline, CMYK");
    /* Without the marker 255 is full ink: (255 - 200) * (255 - 180) / 255. */
    static const uint8_t plain[] = {16, 46, 60};
    kind.adobe = false;
    shows(*state, &kind, ML_RGB, plain, 1, "baseline, CMYK");
    kind.stored = JCS_YCCK;
    kind.adobe = true;
    shows(*state, &kind, ML_RGB, adobe, 2, "baseline, YCCK");
    kind.progressive = true;
    shows(*state, &kind, ML_RGB, adobe, 2, "progressive, YCCK");
}

static void rgb_is_read_as_it_is_stored(void **state)
{
    static const uint8_t want[] = {200, 30, 90};
    struct jpeg_fixture *f = *state;
    const struct kind kind = {.in = JCS_RGB,
                              .stored = JCS_RGB,
                              .components = 3,
                              .colour = {200, 30, 90},
                              .adobe = true,
                              .width = 17,
                              .height = 9};
    f->reading.planes = true; /* has none to give: falls back to rows */
    shows(f, &kind, ML_RGB, want, 1, "baseline, RGB 4:4:4");
    assert_false(f->decoded.header.planes);
}

static void any_subsampling_is_read(void **state)
{
    static const struct {
        int h, v;
        const char *coding;
        bool planes;
    } cases[] = {{1, 1, "baseline, YCbCr 4:4:4", true},
                 {2, 1, "baseline, YCbCr 4:2:2", true},
                 {2, 2, "baseline, YCbCr 4:2:0", true},
                 {1, 2, "baseline, YCbCr 4:4:0", true},
                 {4, 1, "baseline, YCbCr 4:1:1", false},
                 {4, 2, "baseline, YCbCr 4:1:0", false},
                 {1, 4, "baseline, YCbCr 4:4:1", false}};
    static const uint8_t want[] = {180, 60, 90};
    struct jpeg_fixture *f = *state;
    struct kind kind = {.in = JCS_RGB,
                        .stored = JCS_YCbCr,
                        .components = 3,
                        .colour = {180, 60, 90},
                        .width = 37,
                        .height = 41};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kind.h = cases[i].h;
        kind.v = cases[i].v;
        shows(f, &kind, ML_RGB, want, 3, cases[i].coding);
        assert_int_equal(f->decoded.header.planes, cases[i].planes);
    }
}

static void arithmetic_coding_is_read(void **state)
{
    static const uint8_t want[] = {77};
    struct kind kind = {.in = JCS_GRAYSCALE,
                        .stored = JCS_GRAYSCALE,
                        .components = 1,
                        .colour = {77},
                        .arithmetic = true,
                        .width = 40,
                        .height = 30};
    shows(*state, &kind, ML_GRAY, want, 1, "sequential, arithmetic, gray");
    kind.progressive = true;
    shows(*state, &kind, ML_GRAY, want, 1, "progressive, arithmetic, gray");
}

static void two_components_are_unsupported(void **state)
{
    struct jpeg_fixture *f = *state;
    struct test_file file;
    const struct kind kind = {.in = JCS_UNKNOWN,
                              .stored = JCS_UNKNOWN,
                              .components = 2,
                              .colour = {10, 20},
                              .width = 8,
                              .height = 8};
    kind_make(&kind, &file);
    jpeg_refused(f, &file, ML_ERR_UNSUPPORTED);
    assert_non_null(strstr(f->err.why, "2 colour components"));
    test_file_close(&file);
}

/* One colour in planes at every scale: each plane is flat and in its place. */
static void planes_of_4_4_0_are_given_at_every_scale(void **state)
{
    struct jpeg_fixture *f = *state;
    struct test_file file;
    const struct kind kind = {.in = JCS_YCbCr,
                              .stored = JCS_YCbCr,
                              .components = 3,
                              .colour = {120, 90, 200},
                              .h = 1,
                              .v = 2,
                              .width = 75,
                              .height = 53};
    kind_make(&kind, &file);
    f->reading.planes = true;
    f->reading.step = 16;
    for (uint32_t denom = 1; denom <= 8; denom *= 2) {
        struct test_frame frame;
        f->reading.least_width = (75 + denom - 1) / denom;
        f->reading.least_height = (53 + denom - 1) / denom;
        jpeg_decode_ok(f, &file, &frame);
        assert_int_equal(frame.shape.layout, ML_YCC);
        assert_int_equal(frame.shape.width, f->reading.least_width);
        for (uint32_t p = 0; p < 3; p++)
            for (uint32_t y = 0; y < ml_plane_height(&frame.shape, p); y++)
                for (uint32_t x = 0; x < ml_plane_width(&frame.shape, p); x++)
                    assert_in_range(
                        frame.rows.data[p][y * frame.rows.stride_bytes[p] + x],
                        kind.colour[p] - 1, kind.colour[p] + 1);
        test_frame_close(&frame);
    }
    test_file_close(&file);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, jpeg_fixture_setup,                  \
                                    jpeg_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(four_colours_become_rgb_by_the_formula),
        TEST(rgb_is_read_as_it_is_stored),
        TEST(any_subsampling_is_read),
        TEST(arithmetic_coding_is_read),
        TEST(two_components_are_unsupported),
        TEST(planes_of_4_4_0_are_given_at_every_scale),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
