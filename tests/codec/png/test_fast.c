/* test_fast.c: pixels that are inflated at once, compared with libpng's: the
 * same rows and headers, and the same outcome of damaged files.
 *
 * Slow: thousands of files, each read in both ways.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <png.h>
#include <zlib.h>

#include "base/random.h"
#include "codec/png/inflate_whole.h"
#include "support/codec/bit_writer.h"
#include "support/codec/deflate_walk.h"
#include "support/codec/png_bytes.h"
#include "support/codec/png_make.h"
#include "support/codec/png_ways.h"
#include "support/corpus.h"
#include "support/skip.h"

/* ---- one file, both ways ---- */

static int ways_setup(void **state)
{
    struct ml_error err;
    struct png_ways *ways = malloc(sizeof *ways);
    assert_non_null(ways);
    assert_int_equal(png_ways_open(ways, (size_t)256 << 20, &err), ML_OK);
    *state = ways;
    return 0;
}

static int ways_teardown(void **state)
{
    png_ways_close(*state);
    free(*state);
    return 0;
}

/* Returns whether it was unpacked in one go. */
static bool read_both_ways(struct png_ways *ways, struct ml_bytes file,
                           enum ml_fail_on fail_on, uint64_t seed)
{
    if (!png_ways_agree(ways, file, fail_on, seed))
        fail_msg("%s", ways->why);
    return ways->whole;
}

enum { LEVELS = 4 };

/* Returns at how many of the --fail-on it was unpacked in one go. */
static unsigned read_at_every_level(struct png_ways *ways, struct ml_bytes file,
                                    uint64_t seed)
{
    unsigned whole = 0;
    for (int f = ML_FAIL_ON_NONE; f <= ML_FAIL_ON_WARNING; f++)
        whole += read_both_ways(ways, file, (enum ml_fail_on)f, seed);
    return whole;
}

/* ---- sound files ---- */

/* Such a key has bits that no sample can have: that is a warning. */
static bool key_is_odd(const struct png_make *make)
{
    return make->trns && make->colour_type != PNG_COLOR_TYPE_PALETTE &&
           make->depth < 16;
}

static void every_kind_and_filter_reads_as_by_libpng(void **state)
{
    struct ml_random random = {11};
    struct png_make make = png_make_usual;
    size_t kinds = 0;
    for (; png_make_kind(kinds, &make); kinds++)
        for (make.filter = -2; make.filter < 5; make.filter++)
            for (int round = 0; round < 8; round++) {
                make.width = 1 + ml_random_below(&random, 70);
                make.height = 1 + ml_random_below(&random, 90);
                make.piece = round % 2 ? 1 + ml_random_below(&random, 500) : 0;
                make.noise = round % 4 < 2;
                struct test_file file =
                    png_make_file(&make, ml_random_next(&random));
                assert_int_equal(read_at_every_level(*state, test_bytes(&file),
                                                     ml_random_next(&random)),
                                 LEVELS - key_is_odd(&make));
                test_file_close(&file);
            }
    assert_int_equal(kinds, 26); /* 15, of them 11 with transparency too */
}

/* Longer than the pixels that are unpacked at a time. */
static void wide_rows_read_as_by_libpng(void **state)
{
    struct png_make make = png_make_usual;
    for (size_t n = 0; png_make_kind(n, &make); n++)
        for (make.width = 1020; make.width < 2056; make.width += 257) {
            make.height = 6;
            make.noise = true;
            struct test_file file = png_make_file(&make, n);
            assert_true(
                read_both_ways(*state, test_bytes(&file), ML_FAIL_ON_ERROR, n));
            test_file_close(&file);
        }
}

static void indices_without_a_colour_read_as_by_libpng(void **state)
{
    struct png_make make = png_make_usual;
    make.colour_type = PNG_COLOR_TYPE_PALETTE;
    make.noise = true;
    for (make.depth = 1; make.depth <= 8; make.depth *= 2)
        for (make.colours = 1; make.colours <= 1 << make.depth;
             make.colours += 1 + make.depth) {
            make.trns = make.colours % 2;
            struct test_file file = png_make_file(&make, 5);
            assert_int_equal(read_at_every_level(*state, test_bytes(&file), 1),
                             LEVELS);
            test_file_close(&file);
        }
}

/* Then it does not count, but libpng goes on calling it valid. */
static void a_key_before_the_palette_is_taken_back(void **state)
{
    struct test_file file = png_make_file(&png_make_usual, 1);
    const size_t at = png_bytes_find(test_bytes(&file), "IDAT", 0);
    png_bytes_insert(&file, at, "PLTE", "\1\2\3", 3);
    png_bytes_insert(&file, at, "tRNS", "\0\1\0\1\0\1", 6);
    assert_int_equal(read_at_every_level(*state, test_bytes(&file), 1),
                     LEVELS - 1); /* it is a warning */
    test_file_close(&file);
}

static void texts_behind_the_pixels_stay_ordinary(void **state)
{
    struct test_file file = png_make_file(&png_make_usual, 1);
    png_bytes_insert(&file, file.size - 12, "tEXt", "Title\0abc", 9);
    png_bytes_insert(&file, file.size, "junk", "behind the end", 14);
    assert_int_equal(read_at_every_level(*state, test_bytes(&file), 1), LEVELS);
    test_file_close(&file);
}

/* What is held must fit the arena; libpng then does with less. */
static void without_memory_libpng_streams(void **state)
{
    struct png_ways *ways = *state, small;
    struct ml_error err;
    struct png_make make = png_make_usual;
    make.width = make.height = 1200;
    make.piece = 4000;
    struct test_file file = png_make_file(&make, 3);
    assert_int_equal(png_ways_open(&small, 256 << 10, &err), ML_OK);
    small.limits.pixels = ways->limits.pixels = 2000000;
    assert_false(
        read_both_ways(&small, test_bytes(&file), ML_FAIL_ON_WARNING, 3));
    png_ways_close(&small);
    assert_true(read_both_ways(ways, test_bytes(&file), ML_FAIL_ON_WARNING, 3));
    test_file_close(&file);
}

static void beyond_the_bound_libpng_streams(void **state)
{
    struct png_ways *ways = *state;
    struct png_make make = png_make_usual;
    make.colour_type = PNG_COLOR_TYPE_RGB_ALPHA;
    make.depth = 16;
    make.blank = true;
    make.width = 4096;
    make.height = (uint32_t)(ML_PNG_WHOLE_BYTES / (4096 * 8 + 1));
    ways->limits.pixels = 20000000;
    struct test_file file = png_make_file(&make, 3);
    assert_true(read_both_ways(ways, test_bytes(&file), ML_FAIL_ON_WARNING, 1));
    assert_true(ways->held_bytes <= ML_PNG_WHOLE_BYTES + 4096 * 8 + 64);
    png_bytes_set_size(&file, 4096, make.height + 1);
    assert_false(read_both_ways(ways, test_bytes(&file), ML_FAIL_ON_NONE, 1));
    assert_int_equal(ways->held_bytes, 0);
    test_file_close(&file);
}

/* ---- what is not in order ---- */

static void expect_libpng(struct png_ways *ways, struct test_file *file)
{
    assert_int_equal(read_at_every_level(ways, test_bytes(file), 5), 0);
    test_file_close(file);
}

static void rows_missing_or_left_over_are_libpngs(void **state)
{
    static const long more[] = {-2000, -101, -100, -1, 1, 100, 70000};
    for (size_t i = 0; i < sizeof more / sizeof *more; i++)
        for (size_t piece = 0; piece <= 64; piece += 32) {
            struct png_make make = png_make_usual;
            make.raw_more = more[i];
            make.piece = piece;
            struct test_file file = png_make_file(&make, 9);
            expect_libpng(*state, &file);
        }
}

static void chunks_out_of_order_are_libpngs(void **state)
{
    struct png_make make = png_make_usual;
    make.piece = 200;
    static const char *const types[] = {"IDAT", "tIME", "pHYs", "PLTE", "gAMA",
                                        "IEND", "unKn", "UNKN", "tRNS"};
    static const char *const places[] = {"IDAT", "IEND"};
    for (size_t t = 0; t < sizeof types / sizeof *types; t++)
        for (size_t p = 0; p < 2; p++)
            for (size_t size = 0; size < 10; size += 3) {
                struct test_file file = png_make_file(&make, 10);
                const size_t at = png_bytes_find(test_bytes(&file), places[p],
                                                 p == 0 ? 1 : 0);
                png_bytes_insert(&file, at, types[t], "\0\1\2\3\4\5\6\7\1",
                                 size);
                /* An end that comes early, and right, is one. */
                if (p == 1 && size == 0 && strcmp(types[t], "IEND") == 0)
                    assert_int_equal(
                        read_at_every_level(*state, test_bytes(&file), 2),
                        LEVELS);
                else
                    assert_int_equal(
                        read_at_every_level(*state, test_bytes(&file), 2), 0);
                test_file_close(&file);
            }
}

static void bytes_behind_the_stream_are_libpngs(void **state)
{
    struct ml_random random = {1};
    struct test_file raw = png_make_raw(&png_make_usual, &random);
    struct test_file packed = png_make_packed(&raw, 15);
    packed.data[packed.size++] = 0;
    struct test_file file = png_make_around(&png_make_usual, &packed);
    expect_libpng(*state, &file);
    test_file_close(&packed);
    test_file_close(&raw);
}

static void unknown_filters_are_libpngs(void **state)
{
    struct png_make make = png_make_usual;
    for (int filter = 5; filter < 256; filter += 50) {
        make.filter = filter;
        struct test_file file = png_make_file(&make, 2);
        expect_libpng(*state, &file);
    }
}

/* zlib refuses to look back further than the first byte of the stream says. */
static void a_window_that_is_too_small_is_libpngs(void **state)
{
    struct png_make make = png_make_usual;
    make.width = make.height = 200;
    for (int bits = 9; bits <= 15; bits++) {
        make.window_bits = bits;
        struct test_file file = png_make_file(&make, 2);
        const unsigned whole =
            read_at_every_level(*state, test_bytes(&file), 3);
        assert_int_equal(whole, bits == 15 ? LEVELS : 0);
        const size_t at = png_bytes_find(test_bytes(&file), "IDAT", 0);
        for (uint8_t said = 0; said < 16; said++) {
            uint8_t *head = file.data + at + 8;
            head[0] = (uint8_t)(said << 4 | 8);
            head[1] = (uint8_t)(31 - head[0] * 256 % 31);
            png_bytes_sign(&file, at);
            (void)read_at_every_level(*state, test_bytes(&file), 3);
        }
        test_file_close(&file);
    }
    make.width = 4;
    make.window_bits = 12; /* the picture fits */
    struct test_file file = png_make_file(&make, 2);
    assert_int_equal(read_at_every_level(*state, test_bytes(&file), 3), LEVELS);
    test_file_close(&file);
}

static struct test_file copy_of(const struct test_file *file, size_t size)
{
    struct test_file copy = {malloc(size ? size : 1), size};
    assert_non_null(copy.data);
    memcpy(copy.data, file->data, size);
    return copy;
}

static void a_cut_at_every_byte_ends_the_same(void **state)
{
    struct png_make make = png_make_usual;
    for (size_t n = 0; png_make_kind(n, &make); n++) {
        make.width = 9;
        make.height = 5;
        make.piece = n % 4 * 20;
        struct test_file file = png_make_file(&make, n);
        for (size_t size = 40; size < file.size; size++) {
            struct test_file cut = copy_of(&file, size);
            expect_libpng(*state, &cut);
        }
        test_file_close(&file);
    }
}

/* With every checksum made right again, the flips reach the stream. */
static void sign_all(struct test_file *file)
{
    for (size_t at = 8; at + 12 <= file->size;) {
        const size_t size = png_get_uint_32(file->data + at);
        if (size > file->size - at - 12)
            return;
        png_bytes_sign(file, at);
        at += 12 + size;
    }
}

static void flipped_bits_end_the_same(void **state)
{
    struct ml_random random = {77};
    for (int round = 0; round < 4000; round++) {
        struct png_make make = png_make_usual;
        make.width = 1 + ml_random_below(&random, 12);
        make.height = 1 + ml_random_below(&random, 12);
        (void)png_make_kind(ml_random_below(&random, 26), &make);
        make.piece = round % 2 ? 0 : 1 + ml_random_below(&random, 90);
        struct test_file file = png_make_file(&make, ml_random_next(&random));
        for (uint32_t flips = 1 + ml_random_below(&random, 3); flips > 0;
             flips--)
            file.data[8 + ml_random_below(&random, (uint32_t)file.size - 8)] ^=
                (uint8_t)(1U << ml_random_below(&random, 8));
        if (round % 4)
            sign_all(&file);
        (void)read_at_every_level(*state, test_bytes(&file), (uint64_t)round);
        test_file_close(&file);
    }
}

/* ---- what only libdeflate reads ---- */

/* A stream of five literals and what breaks RFC 1951 in one way, then a stored
 * block that fills the rows. */
static void write_loose(struct bit_writer *writer, unsigned how, size_t rows)
{
    struct bit_codes codes;
    bool used[BIT_LITERALS];
    size_t made = 5;
    memset(used, true, sizeof used);
    memset(&codes, 0, sizeof codes);
    codes.literal_count = how == DEFLATE_LOOSE_COUNT ? 287 : 257;
    codes.distance_count = 1;
    bit_code_flat(&codes.literal, used, codes.literal_count);
    if (how == DEFLATE_LOOSE_SYMBOL)
        bit_begin_fixed(writer, false, &codes);
    else
        bit_begin_dynamic(writer, false, &codes, false,
                          how == DEFLATE_LOOSE_OVERRUN);
    for (int i = 0; i < 5; i++)
        bit_put_symbol(writer, &codes.literal, 0);
    if (how == DEFLATE_LOOSE_SYMBOL) {
        bit_put_match(writer, &codes, 286, 0, 0);
        made += 258;
    }
    bit_put_symbol(writer, &codes.literal, 256);
    if (how == DEFLATE_LOOSE_CODEWORD) { /* of the one-bit code of the end */
        memset(used, false, 256);
        codes.literal_count = 257;
        bit_code_flat(&codes.literal, used, 257);
        bit_begin_dynamic(writer, false, &codes, true, false);
        bit_put(writer, 1, 1);
    }
    uint8_t *length = writer->data + bit_put_stored_end(writer);
    const size_t fill = rows - made;
    length[0] = (uint8_t)fill;
    length[1] = (uint8_t)(fill >> 8);
    length[2] = (uint8_t)~fill;
    length[3] = (uint8_t)(~fill >> 8);
    memset(writer->data + writer->size, 0, fill);
    writer->size += fill;
}

/* See inflate_whole.h: blank rows by a stream that libpng refuses. */
static void loose_streams_read_as_their_sums_vouch(void **state)
{
    struct png_ways *ways = *state;
    static const uint8_t zeros[21 * (33 * 3 + 1)];
    for (unsigned how = 1; how < DEFLATE_BROKEN; how *= 2) {
        struct test_file packed = {calloc(1, 8192), 2};
        assert_non_null(packed.data);
        struct bit_writer writer = {.data = packed.data + 2, .capacity = 4096};
        memcpy(packed.data, "\x78\x01", 2);
        write_loose(&writer, how, sizeof zeros);
        assert_int_equal(deflate_walk(writer.data, writer.size, sizeof zeros),
                         how);
        png_save_uint_32(writer.data + writer.size,
                         (uint32_t)adler32_z(1, zeros, sizeof zeros));
        packed.size += writer.size + 4;
        struct test_file file = png_make_around(&png_make_usual, &packed);
        assert_false(
            png_ways_agree(ways, test_bytes(&file), ML_FAIL_ON_WARNING, how));
        assert_true(ways->whole);
        assert_int_equal(ways->end, ML_ERR_CORRUPT);
        test_file_close(&file);
        packed.data[packed.size - 1] ^= 1; /* no sum, no pixels */
        file = png_make_around(&png_make_usual, &packed);
        expect_libpng(ways, &file);
        test_file_close(&packed);
    }
}

/* ---- other people's files ---- */

static void the_corpus_reads_as_by_libpng(void **state)
{
    struct png_ways *ways = *state;
    struct test_corpus corpus;
    size_t files = 0, whole = 0;
    test_corpus_open(&corpus);
    ways->limits.pixels = UINT64_C(20000000);
    while (test_corpus_next(&corpus)) {
        if (strncmp(corpus.path, "png/", 4) != 0 &&
            strncmp(corpus.path, "fuzz-seeds/png", 14) != 0)
            continue;
        const struct ml_bytes file = test_corpus_read(&corpus, corpus.path);
        whole += read_at_every_level(ways, file, files++) > 0;
        test_corpus_free(file);
    }
    test_corpus_close(&corpus);
    print_message("%zu files, %zu of them ordinary\n", files, whole);
    assert_true(files > 0 && whole > 0);
}

int main(void)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, ways_setup, ways_teardown)
    const struct CMUnitTest tests[] = {
        TEST(every_kind_and_filter_reads_as_by_libpng),
        TEST(wide_rows_read_as_by_libpng),
        TEST(indices_without_a_colour_read_as_by_libpng),
        TEST(a_key_before_the_palette_is_taken_back),
        TEST(texts_behind_the_pixels_stay_ordinary),
        TEST(without_memory_libpng_streams),
        TEST(beyond_the_bound_libpng_streams),
        TEST(rows_missing_or_left_over_are_libpngs),
        TEST(chunks_out_of_order_are_libpngs),
        TEST(bytes_behind_the_stream_are_libpngs),
        TEST(unknown_filters_are_libpngs),
        TEST(a_window_that_is_too_small_is_libpngs),
        TEST(a_cut_at_every_byte_ends_the_same),
        TEST(flipped_bits_end_the_same),
        TEST(loose_streams_read_as_their_sums_vouch),
        TEST(the_corpus_reads_as_by_libpng),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
