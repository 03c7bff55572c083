/* test_damage.c: files that end early, contradict themselves, or were made
 * to hurt.  Whatever comes: a status with a reason, and nothing left to free.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"
#include "support/codec/jpeg_fixture.h"

enum { SOF0 = 0xc0, SOS = 0xda, APP0 = 0xe0 };

/* ---- truncation ---- */

/* Copies that end early, at about a hundred lengths. */
static void cut_at_every_length(struct jpeg_fixture *f, enum ml_layout layout,
                                bool progressive, bool planes)
{
    struct test_file file;
    jpeg_make(f, jpeg_shape(90, 70, layout, 420), 420, progressive, &file);
    const size_t header = jpeg_find_marker(&file, SOS) + 16;
    f->reading.planes = planes;
    for (size_t size = 3; size < file.size; size += 1 + size / 97) {
        struct test_file cut = {malloc(size), size};
        struct test_frame frame;
        assert_non_null(cut.data);
        memcpy(cut.data, file.data, size);
        f->reading.fail_on = ML_FAIL_ON_TRUNCATED;
        jpeg_refused(f, &cut, ML_ERR_TRUNCATED);
        f->reading.fail_on = ML_FAIL_ON_NONE;
        if (jpeg_decode(f, &cut, &frame) == ML_OK) {
            assert_true(f->decoded.warnings > 0);
            assert_true(f->decoded.warning[0] != '\0');
            test_frame_close(&frame);
        } else {
            assert_int_equal(f->err.status, ML_ERR_TRUNCATED);
            assert_true(size < header);
        }
        test_file_close(&cut);
    }
    test_file_close(&file);
}

static void a_cut_baseline_file_is_told(void **state)
{
    cut_at_every_length(*state, ML_RGB, false, false);
}

static void a_cut_progressive_file_is_told(void **state)
{
    cut_at_every_length(*state, ML_RGB, true, false);
}

static void a_cut_gray_file_is_told(void **state)
{
    cut_at_every_length(*state, ML_GRAY, false, false);
}

static void a_cut_file_read_as_planes_is_told(void **state)
{
    cut_at_every_length(*state, ML_RGB, false, true);
    cut_at_every_length(*state, ML_RGB, true, true);
}

static void rows_that_are_there_are_kept_and_the_rest_is_gray(void **state)
{
    struct jpeg_fixture *f = *state;
    struct test_file file;
    struct test_frame whole, part;
    jpeg_make(f, jpeg_shape(160, 128, ML_RGB, 444), 444, false, &file);
    jpeg_decode_ok(f, &file, &whole);
    file.size = file.size * 2 / 3;
    jpeg_refused(f, &file, ML_ERR_TRUNCATED);
    unsigned rows = 0, of = 0;
    assert_int_equal(sscanf(f->err.why, "only %u of %u rows", &rows, &of), 2);
    assert_int_equal(of, 128);
    assert_in_range(rows, 48, 112);
    assert_non_null(strstr(f->err.remedy, "--fail-on none"));
    f->reading.fail_on = ML_FAIL_ON_NONE;
    jpeg_decode_ok(f, &file, &part);
    for (uint32_t y = 0; y < rows; y++)
        assert_memory_equal(ml_dst_row(&whole.rows, y),
                            ml_dst_row(&part.rows, y), 160 * 3);
    const uint8_t *last = ml_dst_row(&part.rows, 127);
    for (size_t i = 0; i < (size_t)160 * 3; i++)
        assert_int_equal(last[i], 128);
    test_frame_close(&whole);
    test_frame_close(&part);
    test_file_close(&file);
}

static void a_missing_end_marker_is_truncation(void **state)
{
    struct jpeg_fixture *f = *state;
    struct test_file file;
    jpeg_make(f, jpeg_shape(64, 64, ML_RGB, 420), 420, false, &file);
    file.size -= 2;
    jpeg_refused(f, &file, ML_ERR_TRUNCATED);
    f->reading.fail_on = ML_FAIL_ON_NONE;
    jpeg_look(f, &file);
    test_file_close(&file);
}

/* ---- kinds of damage ---- */

static void bytes_that_do_not_belong_are_corruption(void **state)
{
    static const uint8_t stray[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    struct jpeg_fixture *f = *state;
    struct test_file file;
    jpeg_make(f, jpeg_shape(64, 64, ML_RGB, 420), 420, false, &file);
    jpeg_insert(&file, file.size - 2, stray, sizeof stray);
    jpeg_look(f, &file); /* not truncated: passes by default */
    assert_int_equal(f->decoded.warnings, 1);
    assert_non_null(strstr(f->decoded.warning, "extraneous bytes"));
    f->reading.fail_on = ML_FAIL_ON_ERROR;
    jpeg_refused(f, &file, ML_ERR_CORRUPT);
    assert_non_null(strstr(f->err.remedy, "--fail-on none"));
    f->reading.fail_on = ML_FAIL_ON_WARNING;
    jpeg_refused(f, &file, ML_ERR_CORRUPT);
    test_file_close(&file);
}

static void an_odd_header_is_a_warning(void **state)
{
    struct jpeg_fixture *f = *state;
    struct test_file file;
    jpeg_make(f, jpeg_shape(64, 64, ML_RGB, 420), 420, false, &file);
    file.data[jpeg_find_marker(&file, APP0) + 9] = 7; /* JFIF 7.01 */
    f->reading.fail_on = ML_FAIL_ON_ERROR;
    jpeg_look(f, &file);
    assert_int_equal(f->decoded.warnings, 1);
    f->reading.fail_on = ML_FAIL_ON_WARNING;
    jpeg_refused(f, &file, ML_ERR_WARNING);
    assert_non_null(strstr(f->err.remedy, "--fail-on error"));
    test_file_close(&file);
}

static void codings_that_libjpeg_lacks_are_unsupported(void **state)
{
    struct jpeg_fixture *f = *state;
    struct test_file file;
    jpeg_make(f, jpeg_shape(64, 64, ML_RGB, 420), 420, false, &file);
    const size_t sof = jpeg_find_marker(&file, SOF0);
    file.data[sof + 4] = 12; /* bits a sample */
    jpeg_refused(f, &file, ML_ERR_UNSUPPORTED);
    file.data[sof + 4] = 8;
    file.data[sof + 1] = 0xc5; /* hierarchical */
    jpeg_refused(f, &file, ML_ERR_UNSUPPORTED);
    test_file_close(&file);
}

static void a_file_of_tables_alone_is_no_picture(void **state)
{
    static const uint8_t end[] = {0xff, 0xd9};
    struct jpeg_fixture *f = *state;
    struct test_file file;
    jpeg_make(f, jpeg_shape(64, 64, ML_RGB, 420), 420, false, &file);
    jpeg_insert(&file, jpeg_find_marker(&file, SOF0), end, sizeof end);
    jpeg_refused(f, &file, ML_ERR_FORMAT);
    test_file_close(&file);
}

/* ---- limits ---- */

static void too_many_scans_are_a_limit(void **state)
{
    struct jpeg_fixture *f = *state;
    struct test_file file;
    jpeg_make(f, jpeg_shape(64, 64, ML_RGB, 420), 420, true,
              &file); /* ten scans */
    f->reading.limits.jpeg_scans = 10;
    jpeg_look(f, &file);
    f->reading.limits.jpeg_scans = 9;
    jpeg_refused(f, &file, ML_ERR_LIMIT);
    test_file_close(&file);
}

static void size_limits_are_checked_in_the_header(void **state)
{
    struct jpeg_fixture *f = *state;
    struct test_file file;
    jpeg_make(f, jpeg_shape(64, 48, ML_RGB, 420), 420, false, &file);
    f->reading.limits.pixels = 64 * 48;
    f->reading.limits.side = 64;
    f->reading.limits.input_bytes = file.size;
    jpeg_look(f, &file);
    f->reading.limits.pixels--;
    jpeg_refused(f, &file, ML_ERR_LIMIT);
    assert_non_null(strstr(f->err.remedy, "--limit-pixels"));
    f->reading.limits.pixels++;
    f->reading.limits.side--;
    jpeg_refused(f, &file, ML_ERR_LIMIT);
    assert_non_null(strstr(f->err.remedy, "--limit-side"));
    f->reading.limits.side++;
    f->reading.limits.input_bytes--;
    jpeg_refused(f, &file, ML_ERR_LIMIT);
    assert_non_null(strstr(f->err.remedy, "--limit-file"));
    test_file_close(&file);
}

/* ---- noise ---- */

static void decode_any_way(struct jpeg_fixture *f, const struct test_file *file,
                           struct ml_random *random)
{
    struct test_frame frame;
    f->reading.fail_on = (enum ml_fail_on)ml_random_below(random, 4);
    f->reading.planes = ml_random_below(random, 2);
    f->reading.least_width = ml_random_below(random, 90);
    f->reading.least_height = 1;
    f->reading.step = ml_random_below(random, 2) * 16;
    /* A flipped size may ask for a lot: bounded, so that the test is quick. */
    f->reading.limits.pixels = 1000000;
    memset(&f->err, 0, sizeof f->err);
    const enum ml_status status = jpeg_decode(f, file, &frame);
    if (status == ML_OK) {
        test_frame_close(&frame);
        return;
    }
    assert_int_equal(f->err.status, status);
    assert_int_not_equal(status, ML_ERR_INTERNAL);
    assert_true(f->err.what[0] && f->err.why[0]);
}

static void flip_bits(struct jpeg_fixture *f, bool progressive, uint64_t seed)
{
    struct test_file file, noisy;
    struct ml_random random = {seed};
    jpeg_make(f, jpeg_shape(90, 70, ML_RGB, 420), 420, progressive, &file);
    noisy.data = malloc(file.size);
    assert_non_null(noisy.data);
    for (int round = 0; round < 1500; round++) {
        memcpy(noisy.data, file.data, file.size);
        const uint32_t cut = ml_random_below(&random, (uint32_t)file.size / 2);
        noisy.size = file.size - ml_random_below(&random, 2) * cut;
        /* Half of the rounds hit the header, where it hurts. */
        const uint32_t reach = (uint32_t)(round % 2 ? 600 : noisy.size);
        for (uint32_t flips = 1 + ml_random_below(&random, 4); flips > 0;
             flips--)
            noisy.data[3 + ml_random_below(&random, reach - 3)] ^=
                (uint8_t)(1U << ml_random_below(&random, 8));
        decode_any_way(f, &noisy, &random);
    }
    free(noisy.data);
    test_file_close(&file);
}

static void flipped_bits_of_a_baseline_file_are_survived(void **state)
{
    flip_bits(*state, false, 20240101);
}

static void flipped_bits_of_a_progressive_file_are_survived(void **state)
{
    flip_bits(*state, true, 20240102);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, jpeg_fixture_setup,                  \
                                    jpeg_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_cut_baseline_file_is_told),
        TEST(a_cut_progressive_file_is_told),
        TEST(a_cut_gray_file_is_told),
        TEST(a_cut_file_read_as_planes_is_told),
        TEST(rows_that_are_there_are_kept_and_the_rest_is_gray),
        TEST(a_missing_end_marker_is_truncation),
        TEST(bytes_that_do_not_belong_are_corruption),
        TEST(an_odd_header_is_a_warning),
        TEST(codings_that_libjpeg_lacks_are_unsupported),
        TEST(a_file_of_tables_alone_is_no_picture),
        TEST(too_many_scans_are_a_limit),
        TEST(size_limits_are_checked_in_the_header),
        TEST(flipped_bits_of_a_baseline_file_are_survived),
        TEST(flipped_bits_of_a_progressive_file_are_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
