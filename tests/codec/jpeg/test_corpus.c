/* test_corpus.c: JPEG files of others, each with what is expected of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>
#include <png.h>

#include "support/codec/codec_picture.h"
#include "support/corpus.h"
#include "support/skip.h"

struct context {
    struct test_corpus corpus;
    struct ml_arena arena;
    struct ml_error err;
    struct test_decoded decoded;
    unsigned failures;
};

static void open_or_skip(struct context *c)
{
    memset(c, 0, sizeof *c);
    test_corpus_open(&c->corpus);
    assert_int_equal(ml_arena_open(&c->arena, (size_t)1 << 30, &c->err), ML_OK);
}

static void close_all(struct context *c)
{
    ml_arena_close(&c->arena);
    test_corpus_close(&c->corpus);
    assert_int_equal(c->failures, 0);
}

static bool begins(const char *text, const char *head)
{
    return strncmp(text, head, strlen(head)) == 0;
}

static bool ends(const char *text, const char *tail)
{
    const size_t length = strlen(text), want = strlen(tail);
    return length >= want && strcasecmp(text + length - want, tail) == 0;
}

static bool is_jpeg_row(const char *path)
{
    return (begins(path, "jpeg/") || begins(path, "photos/") ||
            begins(path, "fuzz-seeds/jpeg") ||
            begins(path, "fuzz-seeds/afl-jpeg")) &&
           (ends(path, ".jpg") || ends(path, ".jpeg"));
}

/* One .jpg there is a PNG by its bytes: the PNG tests' affair. */
static bool is_png(struct ml_bytes file)
{
    return file.size > 4 && memcmp(file.data, "\x89PNG", 4) == 0;
}

static enum ml_status decode(struct context *c, struct ml_bytes file,
                             const struct test_reading *reading,
                             struct test_frame *frame)
{
    ml_arena_reset(&c->arena, 0);
    return test_decode(file, reading, &c->arena, frame, &c->decoded, &c->err);
}

static void complain(struct context *c, const char *why, enum ml_status status)
{
    c->failures++;
    print_message("%s: %s", c->corpus.path, why);
    if (status != ML_OK)
        print_message(" (%s: %s: %s)", ml_status_name(status), c->err.what,
                      c->err.why);
    print_message("\n");
}

/* The note says what independent readers found: 0 is to be taken as 1. */
static void check_orientation(struct context *c)
{
    const char *note = strstr(c->corpus.note, "orientation=");
    if (!note || c->corpus.expectation != TEST_DECODES)
        return;
    const int said = atoi(note + strlen("orientation="));
    if (c->decoded.header.metadata.orientation != (said ? said : 1))
        complain(c, "has another orientation", ML_OK);
}

static void check_row(struct context *c, struct ml_bytes file)
{
    struct test_frame frame;
    const enum ml_status status =
        decode(c, file, &test_reading_default, &frame);
    if (c->corpus.expectation == TEST_DECODES) {
        if (status != ML_OK)
            complain(c, "should decode", status);
        else if (frame.shape.width != c->corpus.width ||
                 frame.shape.height != c->corpus.height)
            complain(c, "has another size", status);
    }
    if (c->corpus.expectation == TEST_REFUSED && status == ML_OK)
        complain(c, "should be refused", status);
    if (status != ML_OK && (c->err.what[0] == '\0' || c->err.why[0] == '\0'))
        complain(c, "is refused without a reason", status);
    check_orientation(c);
    if (status == ML_OK)
        test_frame_close(&frame);
}

static void every_file_meets_its_expectation(void **state)
{
    struct context c;
    unsigned count = 0;
    (void)state;
    open_or_skip(&c);
    while (test_corpus_next(&c.corpus)) {
        if (!is_jpeg_row(c.corpus.path))
            continue;
        const struct ml_bytes file = test_corpus_read(&c.corpus, c.corpus.path);
        assert_non_null(file.data);
        if (!is_png(file))
            check_row(&c, file);
        test_corpus_free(file);
        count++;
    }
    print_message("%u files\n", count);
    assert_true(count > 100);
    close_all(&c);
}

/* A way of reading that a sound file allows: planes, scaled, in small steps,
 * strict or lenient.  Whatever comes must come without a crash. */
static void check_way(struct context *c, struct ml_bytes file,
                      enum ml_fail_on fail_on, bool planes, uint32_t least)
{
    struct test_reading reading = test_reading_default;
    struct test_frame frame;
    reading.fail_on = fail_on;
    reading.planes = planes;
    reading.least_width = reading.least_height = least;
    reading.step = 48;
    const enum ml_status status = decode(c, file, &reading, &frame);
    if (status == ML_OK)
        test_frame_close(&frame);
    else if (c->corpus.expectation == TEST_DECODES &&
             fail_on != ML_FAIL_ON_WARNING)
        complain(c, "should decode this way, too", status);
}

static void check_ways(struct context *c, struct ml_bytes file)
{
    static const enum ml_fail_on fail_ons[] = {ML_FAIL_ON_NONE,
                                               ML_FAIL_ON_WARNING};
    for (int f = 0; f < 2; f++)
        for (int planes = 0; planes < 2; planes++)
            for (uint32_t least = 0; least <= 100; least += 20)
                check_way(c, file, fail_ons[f], planes != 0, least);
}

static void every_way_of_reading_is_safe(void **state)
{
    struct context c;
    (void)state;
    open_or_skip(&c);
    while (test_corpus_next(&c.corpus)) {
        if (!is_jpeg_row(c.corpus.path) || begins(c.corpus.path, "photos/"))
            continue;
        const struct ml_bytes file = test_corpus_read(&c.corpus, c.corpus.path);
        assert_non_null(file.data);
        if (!is_png(file))
            check_ways(&c, file);
        test_corpus_free(file);
    }
    close_all(&c);
}

/* ---- against references ---- */

static bool read_png(struct ml_bytes file, struct test_frame *frame)
{
    png_image image = {.version = PNG_IMAGE_VERSION};
    const png_color white = {255, 255, 255};
    if (!png_image_begin_read_from_memory(&image, file.data, file.size))
        return false;
    image.format = PNG_FORMAT_RGB;
    /* The samples as stored: no gamma is applied to a picture said sRGB. */
    image.flags |= PNG_IMAGE_FLAG_16BIT_sRGB;
    const struct ml_shape shape = {.width = image.width,
                                   .height = image.height,
                                   .layout = ML_RGB,
                                   .bits = 8,
                                   .sub_x = 1,
                                   .sub_y = 1};
    test_frame_open(frame, &shape);
    return png_image_finish_read(&image, &white, frame->rows.data[0],
                                 (png_int_32)frame->rows.stride_bytes[0],
                                 NULL) != 0;
}

struct difference {
    double mean;
    int most;
};

static int sample_of(const struct test_frame *frame, uint32_t y, size_t i)
{
    const size_t at = frame->shape.layout == ML_GRAY ? i / 3 : i;
    return ml_dst_row(&frame->rows, y)[at];
}

static struct difference difference_of(const struct test_frame *got,
                                       const struct test_frame *want)
{
    struct difference d = {0, 0};
    const size_t samples = (size_t)want->shape.width * 3;
    for (uint32_t y = 0; y < want->shape.height; y++)
        for (size_t i = 0; i < samples; i++) {
            const int one = abs(sample_of(got, y, i) - sample_of(want, y, i));
            d.mean += one;
            d.most = one > d.most ? one : d.most;
        }
    d.mean /= (double)samples * want->shape.height;
    return d;
}

static void compare(struct context *c, const char *jpeg, const char *png,
                    uint32_t least, double mean, int most)
{
    struct test_reading reading = test_reading_default;
    struct test_frame got, want;
    const struct ml_bytes in = test_corpus_read(&c->corpus, jpeg);
    const struct ml_bytes ref = test_corpus_read(&c->corpus, png);
    reading.least_width = reading.least_height = least;
    reading.fail_on = ML_FAIL_ON_NONE;
    assert_non_null(in.data);
    assert_non_null(ref.data);
    if (is_png(in)) {
        test_corpus_free(in);
        test_corpus_free(ref);
        return;
    }
    assert_int_equal(decode(c, in, &reading, &got), ML_OK);
    assert_true(read_png(ref, &want));
    assert_int_equal(got.shape.width, want.shape.width);
    assert_int_equal(got.shape.height, want.shape.height);
    const struct difference d = difference_of(&got, &want);
    print_message("%-60s mean %.2f, most %d\n", jpeg, d.mean, d.most);
    if (d.mean > mean || d.most > most)
        c->failures++;
    test_frame_close(&got);
    test_frame_close(&want);
    test_corpus_free(in);
    test_corpus_free(ref);
}

static void pictures_agree_with_their_references(void **state)
{
    struct context c;
    (void)state;
    open_or_skip(&c);
    while (test_corpus_next(&c.corpus)) {
        char png[4096];
        if (!begins(c.corpus.path, "jpeg/reftest/") ||
            !ends(c.corpus.path, ".jpg"))
            continue;
        (void)snprintf(png, sizeof png, "%.*s.png",
                       (int)strlen(c.corpus.path) - 4, c.corpus.path);
        const struct ml_bytes there = test_corpus_read(&c.corpus, png);
        test_corpus_free(there);
        if (there.data)
            compare(&c, c.corpus.path, png, 0, 0.5, 8);
    }
    close_all(&c);
}

static void scaled_pictures_agree_with_their_references(void **state)
{
    struct context c;
    (void)state;
    open_or_skip(&c);
    const char *jpeg = "jpeg/reftest/rgb.jpg";
    compare(&c, jpeg, "jpeg/reftest/rgb_250x167.png", 167, 5, 255);
    compare(&c, jpeg, "jpeg/reftest/rgb_125x84.png", 84, 5, 255);
    compare(&c, jpeg, "jpeg/reftest/rgb_63x42.png", 42, 0, 0);
    close_all(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_file_meets_its_expectation),
        cmocka_unit_test(every_way_of_reading_is_safe),
        cmocka_unit_test(pictures_agree_with_their_references),
        cmocka_unit_test(scaled_pictures_agree_with_their_references),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
