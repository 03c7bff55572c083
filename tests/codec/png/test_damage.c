/* test_damage.c: PNG files that are cut, flipped, wrongly signed, under
 * each --fail-on. */
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>
#include <png.h>

#include "base/random.h"
#include "support/codec/codec_context.h"
#include "support/codec/png_bytes.h"
#include "support/skip.h"

#ifdef __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#endif

static const struct png_kind kinds[] = {
    {13, 11, PNG_COLOR_TYPE_GRAY, 1, false, false},
    {13, 11, PNG_COLOR_TYPE_PALETTE, 4, true, true},
    {9, 12, PNG_COLOR_TYPE_RGB, 8, false, false},
    {9, 12, PNG_COLOR_TYPE_RGB_ALPHA, 16, false, false},
    {10, 9, PNG_COLOR_TYPE_RGB, 8, true, false},
    {11, 10, PNG_COLOR_TYPE_PALETTE, 8, false, true},
    {13, 9, PNG_COLOR_TYPE_PALETTE, 2, false, false},
    {9, 10, PNG_COLOR_TYPE_GRAY, 4, false, true},
    {9, 8, PNG_COLOR_TYPE_RGB, 8, false, true},
    {9, 8, PNG_COLOR_TYPE_RGB, 16, false, true},
};
enum { KIND_COUNT = sizeof kinds / sizeof *kinds };

static struct test_file copy_of(const struct test_file *file, size_t size)
{
    struct test_file copy = {malloc(size ? size : 1), size};
    assert_non_null(copy.data);
    memcpy(copy.data, file->data, size);
    return copy;
}

/* ---- cut ---- */

static void cut_is_told(struct test_codec *c, const struct png_kind *kind,
                        const struct test_file *file, size_t size,
                        const struct test_frame *whole)
{
    const size_t pixels_at = png_bytes_find(test_bytes(file), "IDAT", 0) + 8;
    struct test_file cut = copy_of(file, size);
    struct test_frame frame;
    c->reading.fail_on = ML_FAIL_ON_TRUNCATED;
    assert_int_equal(test_codec_decode(c, test_bytes(&cut), &frame),
                     size < 4 ? ML_ERR_FORMAT : ML_ERR_TRUNCATED);
    assert_int_equal(c->err.step, ML_STEP_DECODE);
    assert_true(strlen(c->err.remedy) > 0);
    c->reading.fail_on = ML_FAIL_ON_NONE;
    const enum ml_status status =
        test_codec_decode(c, test_bytes(&cut), &frame);
    assert_int_equal(status == ML_OK, size >= pixels_at);
    if (status == ML_OK) {
        assert_true(c->decoded.warnings > 0);
        if (!kind->interlaced)
            (void)test_frame_assert_cut(whole, &frame);
        test_frame_close(&frame);
    }
    test_file_close(&cut);
}

static void a_cut_at_every_byte_is_told(void **state)
{
    struct test_codec *c = *state;
    for (size_t k = 0; k < KIND_COUNT; k++) {
        struct test_file file;
        struct test_frame whole;
        assert_true(png_bytes_make(&kinds[k], &file));
        c->reading.fail_on = ML_FAIL_ON_WARNING;
        test_codec_decode_ok(c, test_bytes(&file), &whole);
        for (size_t size = 0; size < file.size; size++)
            cut_is_told(c, &kinds[k], &file, size, &whole);
        test_frame_close(&whole);
        test_file_close(&file);
    }
}

/* Noise does not pack, so the bytes that are there show how many rows are. */
static void what_lies_before_a_cut_is_kept(void **state)
{
    struct test_codec *c = *state;
    const struct png_kind kind = {100, 100,   PNG_COLOR_TYPE_RGB,
                                  8,   false, false};
    struct test_file file;
    struct test_frame whole, frame;
    assert_true(png_bytes_make(&kind, &file));
    test_codec_decode_ok(c, test_bytes(&file), &whole);
    file.size /= 2;
    c->reading.fail_on = ML_FAIL_ON_NONE;
    c->reading.step = 7;
    test_codec_decode_ok(c, test_bytes(&file), &frame);
    const uint32_t kept = test_frame_assert_cut(&whole, &frame);
    assert_in_range(kept, 47, 50);
    test_frame_close(&frame);
    test_frame_close(&whole);
    test_file_close(&file);
}

/* The passes that came whole fill the blocks of those that did not. */
static void a_cut_interlaced_picture_is_coarse_without_holes(void **state)
{
    struct test_codec *c = *state;
    const struct png_kind kind = {96, 96, PNG_COLOR_TYPE_GRAY, 8, true, false};
    struct test_file file;
    struct test_frame whole, frame;
    assert_true(png_bytes_make(&kind, &file));
    test_codec_decode_ok(c, test_bytes(&file), &whole);
    file.size = file.size * 2 / 5;
    c->reading.fail_on = ML_FAIL_ON_NONE;
    test_codec_decode_ok(c, test_bytes(&file), &frame);
    /* Five passes (a quarter) came whole: pixels at even places.  They, or
     * those of the sixth pass beside them, fill their blocks of 2x2. */
    for (uint32_t y = 0; y < 96; y++)
        for (uint32_t x = 0; x < 96; x++) {
            const uint8_t *row = ml_dst_row(&whole.rows, y & ~1U);
            const uint8_t got = ml_dst_row(&frame.rows, y)[x];
            assert_true(got == row[x] || got == row[x & ~1U]);
        }
    test_frame_close(&frame);
    test_frame_close(&whole);
    test_file_close(&file);
}

static void a_missing_last_chunk_counts_as_cut(void **state)
{
    struct test_codec *c = *state;
    struct test_file file;
    struct test_frame frame;
    assert_true(png_bytes_make(&kinds[2], &file));
    file.size -= 12;
    assert_int_equal(test_codec_decode(c, test_bytes(&file), &frame),
                     ML_ERR_TRUNCATED);
    c->reading.fail_on = ML_FAIL_ON_NONE;
    test_codec_decode_ok(c, test_bytes(&file), &frame);
    assert_int_equal(c->decoded.warnings, 1);
    test_frame_close(&frame);
    test_file_close(&file);
}

/* ---- flipped ---- */

static void outcome_is_clean(struct test_codec *c, const struct test_file *file)
{
    for (int f = ML_FAIL_ON_NONE; f <= ML_FAIL_ON_WARNING; f++) {
        struct test_frame frame;
        c->reading.fail_on = (enum ml_fail_on)f;
        const enum ml_status status =
            test_codec_decode(c, test_bytes(file), &frame);
        if (status == ML_OK) {
            assert_true(f < ML_FAIL_ON_WARNING || c->decoded.warnings == 0);
            test_frame_close(&frame);
            continue;
        }
        assert_int_equal(status, c->err.status);
        assert_true(status == ML_ERR_FORMAT || status == ML_ERR_TRUNCATED ||
                    status == ML_ERR_CORRUPT || status == ML_ERR_WARNING ||
                    status == ML_ERR_LIMIT);
        assert_true(status != ML_ERR_WARNING || f == ML_FAIL_ON_WARNING);
        assert_true(strlen(c->err.what) > 0 && strlen(c->err.why) > 0);
    }
}

/* With the checksum made right again the flips reach deeper. */
static void flipped_bits_never_do_harm(void **state)
{
    struct test_codec *c = *state;
    struct ml_random random = {2024};
    c->reading.limits.pixels = 1000000; /* a flipped size is not worth it */
    for (size_t k = 0; k < KIND_COUNT; k++) {
        struct test_file file;
        assert_true(png_bytes_make(&kinds[k], &file));
        for (int round = 0; round < 600; round++) {
            struct test_file bad = copy_of(&file, file.size);
            for (int flips = 0; flips < 1 + round % 3; flips++)
                bad.data[ml_random_below(&random, (uint32_t)bad.size)] ^=
                    (uint8_t)(1U << ml_random_below(&random, 8));
            static const char *const types[] = {"IHDR", "IDAT", "PLTE", "tRNS"};
            const size_t at = png_bytes_find(
                test_bytes(&bad), types[ml_random_below(&random, 4)], 0);
            if (round % 2 && at != SIZE_MAX &&
                png_get_uint_32(bad.data + at) <= bad.size - at - 12)
                png_bytes_sign(&bad, at);
            outcome_is_clean(c, &bad);
            test_file_close(&bad);
        }
        test_file_close(&file);
    }
}

/* ---- each kind of damage ---- */

static enum ml_status outcome(struct test_codec *c,
                              const struct test_file *file,
                              enum ml_fail_on fail_on)
{
    struct test_frame frame;
    c->reading.fail_on = fail_on;
    const enum ml_status status =
        test_codec_decode(c, test_bytes(file), &frame);
    if (status == ML_OK)
        test_frame_close(&frame);
    return status;
}

/* libpng refuses it whatever --fail-on says, but for none. */
static void a_wrong_checksum_of_pixels_is_refused(void **state)
{
    struct test_codec *c = *state;
    struct test_file file;
    struct test_frame whole, frame;
    assert_true(png_bytes_make(&kinds[2], &file));
    test_codec_decode_ok(c, test_bytes(&file), &whole);
    const size_t at = png_bytes_find(test_bytes(&file), "IDAT", 0);
    file.data[at + 8 + png_get_uint_32(file.data + at)] ^= 1;
    for (int f = ML_FAIL_ON_TRUNCATED; f <= ML_FAIL_ON_WARNING; f++) {
        assert_int_equal(outcome(c, &file, (enum ml_fail_on)f), ML_ERR_CORRUPT);
        assert_string_equal(c->err.why, "IDAT: CRC error");
    }
    c->reading.fail_on = ML_FAIL_ON_NONE;
    test_codec_decode_ok(c, test_bytes(&file), &frame);
    test_frame_assert_same(&whole, &frame);
    assert_true(c->decoded.warnings > 0);
    assert_string_equal(c->decoded.warning, "IDAT: CRC error");
    test_frame_close(&frame);
    test_frame_close(&whole);
    test_file_close(&file);
}

/* Rows that cannot be unpacked are gray, or transparent where alpha is. */
static void a_broken_stream_is_refused_or_blank(void **state)
{
    struct test_codec *c = *state;
    static const int types[] = {PNG_COLOR_TYPE_RGB, PNG_COLOR_TYPE_RGB_ALPHA};
    for (size_t i = 0; i < 2; i++) {
        const struct png_kind kind = {200, 150, types[i], 8, false, false};
        struct test_file file;
        struct test_frame whole, frame;
        assert_true(png_bytes_make(&kind, &file));
        test_codec_decode_ok(c, test_bytes(&file), &whole);
        const size_t at = png_bytes_find(test_bytes(&file), "IDAT", 3);
        memset(file.data + at + 8, 0xff, png_get_uint_32(file.data + at));
        png_bytes_sign(&file, at);
        for (int f = ML_FAIL_ON_TRUNCATED; f <= ML_FAIL_ON_WARNING; f++)
            assert_int_equal(outcome(c, &file, (enum ml_fail_on)f),
                             ML_ERR_CORRUPT);
        c->reading.fail_on = ML_FAIL_ON_NONE;
        c->reading.step = 8;
        test_codec_decode_ok(c, test_bytes(&file), &frame);
        assert_true(c->decoded.warnings > 0);
        const uint8_t *last = ml_dst_row(&frame.rows, 149);
        for (size_t b = 0; b < ml_row_bytes(&frame.shape, 0); b++)
            assert_int_equal(last[b], i == 0 ? 0x80 : 0);
        assert_memory_equal(ml_dst_row(&whole.rows, 0),
                            ml_dst_row(&frame.rows, 0),
                            ml_row_bytes(&frame.shape, 0));
        c->reading.step = 0;
        test_frame_close(&frame);
        test_frame_close(&whole);
        test_file_close(&file);
    }
}

static void a_wrong_sum_of_unpacked_pixels_is_refused(void **state)
{
    struct test_codec *c = *state;
    for (size_t k = 0; k < KIND_COUNT; k++) {
        struct test_file file;
        assert_true(png_bytes_make(&kinds[k], &file));
        const size_t at = png_bytes_find(test_bytes(&file), "IDAT", 0);
        const size_t size = png_get_uint_32(file.data + at);
        file.data[at + 8 + size - 1] ^= 1; /* the Adler-32 ends the stream */
        png_bytes_sign(&file, at);
        for (int f = ML_FAIL_ON_TRUNCATED; f <= ML_FAIL_ON_WARNING; f++)
            assert_int_equal(outcome(c, &file, (enum ml_fail_on)f),
                             ML_ERR_CORRUPT);
        assert_int_equal(outcome(c, &file, ML_FAIL_ON_NONE), ML_OK);
        assert_true(c->decoded.warnings > 0);
        test_file_close(&file);
    }
}

static void a_bad_side_chunk_is_only_a_warning(void **state)
{
    struct test_codec *c = *state;
    static const char *const before[] = {"IDAT", "IEND"};
    for (size_t i = 0; i < 2; i++) {
        struct test_file file;
        assert_true(png_bytes_make(&kinds[2], &file));
        const size_t at = png_bytes_find(test_bytes(&file), before[i], 0);
        png_bytes_insert(&file, at, "tEXt", "Title\0abc", 9);
        assert_int_equal(outcome(c, &file, ML_FAIL_ON_WARNING), ML_OK);
        file.data[at + 12] ^= 1;
        assert_int_equal(outcome(c, &file, ML_FAIL_ON_ERROR), ML_OK);
        assert_int_equal(c->decoded.warnings, 1);
        assert_string_equal(c->decoded.warning, "tEXt: CRC error");
        assert_int_equal(outcome(c, &file, ML_FAIL_ON_WARNING), ML_ERR_WARNING);
        assert_string_equal(c->err.why, "tEXt: CRC error");
        test_file_close(&file);
    }
}

static void a_file_sent_as_text_says_so(void **state)
{
    struct test_codec *c = *state;
    struct test_file file;
    assert_true(png_bytes_make(&kinds[2], &file));
    memmove(file.data + 4, file.data + 5, file.size - 5); /* CR LF -> LF */
    file.size--;
    assert_int_equal(outcome(c, &file, ML_FAIL_ON_NONE), ML_ERR_CORRUPT);
    assert_non_null(strstr(c->err.why, "ASCII"));
    test_file_close(&file);
}

/* ---- no memory ---- */

/* All addresses the process may use are those it has: libpng's rows of four
 * megabytes cannot be had. */
static void memory_that_libpng_cannot_get_is_an_error(void **state)
{
#ifdef SANITIZED
    (void)state;
    ml_test_skip("sanitizers have an allocator of their own");
#else
    struct test_codec *c = *state;
    const struct png_kind kind = {500000, 1,    PNG_COLOR_TYPE_RGB_ALPHA,
                                  16,     true, false};
    struct test_file file;
    struct rlimit old, tight;
    c->reading.limits.side = 1000000;
    unsigned long pages = 0;
    /* What is freed is given back, so that it cannot serve the next. */
    assert_int_equal(mallopt(M_MMAP_THRESHOLD, 65536), 1);
    assert_true(png_bytes_make(&kind, &file));
    FILE *statm = fopen("/proc/self/statm", "r");
    assert_non_null(statm);
    assert_int_equal(fscanf(statm, "%lu", &pages), 1);
    (void)fclose(statm);
    assert_int_equal(getrlimit(RLIMIT_AS, &old), 0);
    tight = old;
    tight.rlim_cur = (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
    assert_int_equal(setrlimit(RLIMIT_AS, &tight), 0);
    const enum ml_status status = outcome(c, &file, ML_FAIL_ON_NONE);
    assert_int_equal(setrlimit(RLIMIT_AS, &old), 0);
    assert_int_equal(status, ML_ERR_MEMORY);
    assert_int_equal(outcome(c, &file, ML_FAIL_ON_NONE), ML_OK);
    test_file_close(&file);
#endif
}

int main(void)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, test_codec_setup, test_codec_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_cut_at_every_byte_is_told),
        TEST(what_lies_before_a_cut_is_kept),
        TEST(a_cut_interlaced_picture_is_coarse_without_holes),
        TEST(a_missing_last_chunk_counts_as_cut),
        TEST(flipped_bits_never_do_harm),
        TEST(a_wrong_checksum_of_pixels_is_refused),
        TEST(a_broken_stream_is_refused_or_blank),
        TEST(a_wrong_sum_of_unpacked_pixels_is_refused),
        TEST(a_bad_side_chunk_is_only_a_warning),
        TEST(a_file_sent_as_text_says_so),
        TEST(memory_that_libpng_cannot_get_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
