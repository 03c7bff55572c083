/* test_resize_reference.c: the resize against pictures made by another program
 * (the image-rs crate), where the corpus is installed: a 4032 x 3024 photo at
 * 300 x 225.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>
#include <png.h>

#include <cmocka.h>

#include "support/corpus.h"
#include "support/filters/mix.h"
#include "support/skip.h"

#define WIDTH 300
#define HEIGHT 225

static struct ml_bytes read_file(const struct test_corpus *corpus,
                                 const char *name)
{
    char path[128];
    (void)snprintf(path, sizeof path, "reference/scaledown/%s", name);
    const struct ml_bytes bytes = test_corpus_read(corpus, path);
    if (!bytes.data)
        fail_msg("%s is missing", path);
    return bytes;
}

static void read_photo(const struct test_corpus *corpus,
                       struct mix_picture *picture)
{
    const struct ml_bytes bytes = read_file(corpus, "test.jpg");
    struct jpeg_decompress_struct jpeg;
    struct jpeg_error_mgr errors;
    jpeg.err = jpeg_std_error(&errors);
    jpeg_create_decompress(&jpeg);
    jpeg_mem_src(&jpeg, bytes.data, bytes.size);
    (void)jpeg_read_header(&jpeg, TRUE);
    (void)jpeg_start_decompress(&jpeg);
    const struct ml_shape shape = {
        jpeg.output_width, jpeg.output_height, ML_RGB, 8, 1, 1};
    mix_open(picture, &shape);
    while (jpeg.output_scanline < jpeg.output_height) {
        uint8_t *row = ml_dst_row(&picture->rows, jpeg.output_scanline);
        (void)jpeg_read_scanlines(&jpeg, &row, 1);
    }
    (void)jpeg_finish_decompress(&jpeg);
    jpeg_destroy_decompress(&jpeg);
    test_corpus_free(bytes);
}

static uint8_t *read_reference(const struct test_corpus *corpus,
                               const char *name)
{
    const struct ml_bytes bytes = read_file(corpus, name);
    png_image image = {.version = PNG_IMAGE_VERSION};
    assert_true(
        png_image_begin_read_from_memory(&image, bytes.data, bytes.size));
    image.format = PNG_FORMAT_RGB;
    assert_int_equal(image.width, WIDTH);
    assert_int_equal(image.height, HEIGHT);
    uint8_t *pixels = malloc(PNG_IMAGE_SIZE(image));
    assert_non_null(pixels);
    assert_true(png_image_finish_read(&image, NULL, pixels, 0, NULL));
    test_corpus_free(bytes);
    return pixels;
}

static double mean_difference(const struct test_corpus *corpus,
                              const struct mix_picture *photo, double kernel,
                              const char *reference)
{
    struct ml_value values[6] = {{.given = true, .size = {.width = WIDTH}}};
    struct ml_random random = {3};
    struct mix_run run;
    double sum = 0;
    values[4] = (struct ml_value){.given = true, .number = kernel};
    mix_run(&run, ml_filter_find("resize"), values, photo, 0, 0, &random);
    assert_int_equal(run.out.shape.width, WIDTH);
    assert_int_equal(run.out.shape.height, HEIGHT);
    uint8_t *want = read_reference(corpus, reference);
    for (uint32_t y = 0; y < HEIGHT; y++)
        for (size_t i = 0; i < WIDTH * 3; i++)
            sum += abs((int)mix_sample(&run.out, 0, y, i) -
                       want[y * WIDTH * 3 + i]);
    free(want);
    mix_run_close(&run);
    const double mean = sum / (WIDTH * HEIGHT * 3);
    print_message("%s: mean difference %.3f levels\n", reference, mean);
    return mean;
}

static void kernels_agree_with_another_program(void **state)
{
    /* kernel in the order of the parameter's choices */
    static const struct {
        double kernel;
        const char *name;
        double allowed;
    } references[] = {
        {0, "scaledown-test-lcz2.png", 1.2},
        {1, "scaledown-test-near.png", 1.2},
        {3, "scaledown-test-tri.png", 1.2},
        {4, "scaledown-test-cmr.png", 1.2},
    };
    struct mix_picture photo;
    (void)state;
    struct test_corpus corpus;
    test_corpus_open(&corpus);
    read_photo(&corpus, &photo);
    for (size_t i = 0; i < sizeof references / sizeof *references; i++)
        assert_true(mean_difference(&corpus, &photo, references[i].kernel,
                                    references[i].name) <
                    references[i].allowed);
    mix_close(&photo);
    test_corpus_close(&corpus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernels_agree_with_another_program)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
