/* test_exif.c: orientation read and set, the thumbnail taken out, and every
 * damaged block survived. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"
#include "image/metadata.h"
#include "support/codec/exif_block.h"

static struct ml_bytes bytes_of(const struct test_exif *exif)
{
    return (struct ml_bytes){exif->data, exif->size};
}

static void orientation_is_read_in_both_byte_orders(void **state)
{
    (void)state;
    for (int little = 0; little < 2; little++)
        for (uint16_t o = 0; o <= 9; o++) {
            struct test_exif exif;
            test_exif_make(&exif, little, o, o % 2);
            assert_int_equal(ml_exif_orientation(bytes_of(&exif)),
                             o >= 1 && o <= 8 ? o : 0);
        }
}

static void what_is_no_structure_has_no_orientation(void **state)
{
    static const uint8_t text[] = "this is no TIFF structure at all";
    struct test_exif exif;
    uint8_t out[TEST_EXIF_CAPACITY];
    bool thumbnail = true;
    (void)state;
    const struct ml_bytes none = {NULL, 0}, words = {text, sizeof text};
    assert_int_equal(ml_exif_orientation(none), 0);
    assert_int_equal(ml_exif_orientation(words), 0);
    assert_int_equal(ml_exif_rewrite(words, 1, out, sizeof out, &thumbnail), 0);
    assert_false(thumbnail);
    test_exif_make(&exif, true, 3, false);
    test_exif_put32(&exif, 4, true, 5000); /* IFD0 out of range */
    assert_false(ml_exif_check(bytes_of(&exif), &thumbnail));
    test_exif_make(&exif, true, 3, false);
    test_exif_put32(&exif, 42, true, 5000); /* the Exif directory is */
    assert_false(ml_exif_check(bytes_of(&exif), &thumbnail));
    assert_int_equal(ml_exif_orientation(bytes_of(&exif)), 0);
}

static void rewriting_sets_orientation_and_nothing_else(void **state)
{
    (void)state;
    for (int little = 0; little < 2; little++) {
        struct test_exif exif, want;
        uint8_t out[TEST_EXIF_CAPACITY];
        bool thumbnail;
        test_exif_make(&exif, little, 6, false);
        test_exif_make(&want, little, 1, false);
        const size_t size =
            ml_exif_rewrite(bytes_of(&exif), 1, out, sizeof out, &thumbnail);
        assert_false(thumbnail);
        assert_int_equal(size, want.size);
        assert_memory_equal(out, want.data, size);
    }
}

static void rewriting_takes_the_thumbnail_out(void **state)
{
    (void)state;
    for (int little = 0; little < 2; little++) {
        struct test_exif exif, want;
        uint8_t out[TEST_EXIF_CAPACITY];
        bool thumbnail;
        test_exif_make(&exif, little, 8, true);
        test_exif_make(&want, little, 2, false);
        const size_t size =
            ml_exif_rewrite(bytes_of(&exif), 2, out, sizeof out, &thumbnail);
        assert_true(thumbnail);
        assert_int_equal(size, TEST_EXIF_KEPT);
        assert_memory_equal(out, want.data, size);
        const struct ml_bytes again = {out, size};
        assert_true(ml_exif_check(again, &thumbnail));
        assert_false(thumbnail);
    }
}

/* Bytes behind the thumbnail without a pointer to them may be private data. */
static void unknown_bytes_behind_a_thumbnail_keep_their_place(void **state)
{
    struct test_exif exif;
    uint8_t out[TEST_EXIF_CAPACITY];
    bool thumbnail;
    (void)state;
    test_exif_make(&exif, true, 8, true);
    memset(exif.data + exif.size, 0x55, 10);
    exif.size += 10;
    const size_t size =
        ml_exif_rewrite(bytes_of(&exif), 1, out, sizeof out, &thumbnail);
    assert_true(thumbnail);
    assert_int_equal(size, exif.size);
    assert_memory_equal(out + size - 10, exif.data + size - 10, 10);
    for (size_t i = TEST_EXIF_KEPT; i < size - 10; i++)
        assert_int_equal(out[i], 0);
}

/* A thumbnail that claims bytes of others does not take them along. */
static void a_thumbnail_over_other_values_is_left_alone(void **state)
{
    struct test_exif exif;
    uint8_t out[TEST_EXIF_CAPACITY];
    bool thumbnail;
    (void)state;
    test_exif_make(&exif, true, 8, true);
    test_exif_put32(&exif, TEST_EXIF_KEPT + 2 + 12 + 8, true, 60);
    const size_t size =
        ml_exif_rewrite(bytes_of(&exif), 8, out, sizeof out, &thumbnail);
    assert_true(size >= TEST_EXIF_KEPT);
    assert_memory_equal(out, exif.data, exif.ifd1_at);
    assert_memory_equal(out + 62, exif.data + 62, TEST_EXIF_KEPT - 62);
}

static void directories_in_a_circle_end(void **state)
{
    struct test_exif exif;
    uint8_t out[TEST_EXIF_CAPACITY];
    bool thumbnail;
    (void)state;
    test_exif_make(&exif, true, 5, true);
    test_exif_put32(&exif, 42, true, 8);           /* Exif is IFD0 */
    test_exif_put32(&exif, exif.ifd1_at, true, 8); /* so is IFD1 */
    assert_int_equal(ml_exif_orientation(bytes_of(&exif)), 5);
    assert_true(
        ml_exif_rewrite(bytes_of(&exif), 1, out, sizeof out, &thumbnail) > 0);
    assert_false(thumbnail);
    const struct ml_bytes again = {out, exif.size};
    assert_int_equal(ml_exif_orientation(again), 1);
}

static void too_small_an_output_is_refused(void **state)
{
    struct test_exif exif;
    uint8_t out[TEST_EXIF_CAPACITY];
    bool thumbnail;
    (void)state;
    test_exif_make(&exif, true, 1, false);
    assert_int_equal(
        ml_exif_rewrite(bytes_of(&exif), 1, out, exif.size - 1, &thumbnail), 0);
}

/* ---- damage ---- */

/* On heap memory of the exact size, where address sanitizer sees every step
 * beyond it. */
static void survive(const uint8_t *data, size_t size)
{
    uint8_t *in = malloc(size ? size : 1), *out = malloc(size ? size : 1);
    assert_non_null(in);
    assert_non_null(out);
    memcpy(in, data, size);
    const struct ml_bytes exif = {in, size};
    bool thumbnail, checked;
    const uint8_t orientation = ml_exif_orientation(exif);
    assert_true(orientation <= 8);
    const bool understood = ml_exif_check(exif, &checked);
    const size_t used = ml_exif_rewrite(exif, 1, out, size, &thumbnail);
    assert_true(used <= size);
    assert_int_equal(understood, used > 0);
    assert_int_equal(checked, thumbnail);
    const struct ml_bytes written = {out, used};
    if (orientation)
        assert_int_equal(ml_exif_orientation(written), 1);
    free(in);
    free(out);
}

static void every_byte_may_have_every_value(void **state)
{
    (void)state;
    for (int little = 0; little < 2; little++) {
        struct test_exif exif;
        test_exif_make(&exif, little, 6, true);
        for (size_t at = 0; at < exif.size; at++) {
            const uint8_t was = exif.data[at];
            for (unsigned value = 0; value < 256; value++) {
                exif.data[at] = (uint8_t)value;
                survive(exif.data, exif.size);
            }
            exif.data[at] = was;
        }
    }
}

static void every_length_is_survived(void **state)
{
    (void)state;
    for (int little = 0; little < 2; little++) {
        struct test_exif exif;
        test_exif_make(&exif, little, 6, true);
        for (size_t size = 0; size <= exif.size; size++)
            survive(exif.data, size);
    }
}

static void noise_is_survived(void **state)
{
    struct ml_random random = {987654321};
    (void)state;
    for (int round = 0; round < 20000; round++) {
        struct test_exif exif;
        test_exif_make(&exif, round % 2, 6, true);
        for (uint32_t n = 1 + ml_random_below(&random, 12); n > 0; n--)
            exif.data[ml_random_below(&random, (uint32_t)exif.size)] =
                (uint8_t)ml_random_next(&random);
        survive(exif.data, exif.size);
    }
}

/* ---- profiles ---- */

static void a_profile_must_be_whole_and_of_the_kind(void **state)
{
    uint8_t data[200] = {0, 0, 0, 200};
    struct ml_bytes icc = {data, sizeof data};
    (void)state;
    memcpy(data + 16, "RGB ", 4);
    memcpy(data + 36, "acsp", 4);
    assert_true(ml_icc_fits(icc, ML_RGB));
    assert_true(ml_icc_fits(icc, ML_YCC));
    assert_true(ml_icc_fits(icc, ML_RGBA));
    assert_false(ml_icc_fits(icc, ML_GRAY));
    assert_false(ml_icc_fits(icc, ML_CMYK));
    icc.size = 199; /* less than it says */
    assert_false(ml_icc_fits(icc, ML_RGB));
    icc.size = 60;
    assert_false(ml_icc_fits(icc, ML_RGB));
    icc = (struct ml_bytes){NULL, 0};
    assert_false(ml_icc_fits(icc, ML_RGB));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orientation_is_read_in_both_byte_orders),
        cmocka_unit_test(what_is_no_structure_has_no_orientation),
        cmocka_unit_test(rewriting_sets_orientation_and_nothing_else),
        cmocka_unit_test(rewriting_takes_the_thumbnail_out),
        cmocka_unit_test(unknown_bytes_behind_a_thumbnail_keep_their_place),
        cmocka_unit_test(a_thumbnail_over_other_values_is_left_alone),
        cmocka_unit_test(directories_in_a_circle_end),
        cmocka_unit_test(too_small_an_output_is_refused),
        cmocka_unit_test(every_byte_may_have_every_value),
        cmocka_unit_test(every_length_is_survived),
        cmocka_unit_test(noise_is_survived),
        cmocka_unit_test(a_profile_must_be_whole_and_of_the_kind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
