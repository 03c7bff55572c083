/* test_png_fast.c: pixels that are unpacked in one go, held to libpng's: the
 * same rows, told the same way, and the same end of what is damaged. */
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
#include "codec/png_parts.h"
#include "codec/png_unfilter.h"
#include "support/codec_context.h"
#include "support/corpus.h"
#include "support/png_bytes.h"

/* ---- files made from filtered rows ---- */

struct make {
    uint32_t width, height;
    int colour_type, depth;
    int filter;      /* 0..4; -1: any, by chance; -2: Paeth, some others */
    int window_bits; /* of zlib: 9..15 */
    size_t piece;    /* bytes of an IDAT chunk; 0: all in one */
    long raw_more;   /* bytes of rows too many, or too few */
    bool noise;      /* else packs well */
    bool blank;      /* all zeros, quickly made */
};

static const struct make usual = {.width = 33,
                                  .height = 21,
                                  .colour_type = PNG_COLOR_TYPE_RGB,
                                  .depth = 8,
                                  .filter = -1,
                                  .window_bits = 15};

static size_t pixel_bytes_of(const struct make *make)
{
    static const size_t channels[] = {1, 0, 3, 0, 2, 0, 4};
    return channels[make->colour_type] * (size_t)make->depth / 8;
}

static uint8_t filter_of(int filter, struct ml_random *random)
{
    if (filter == -1 || (filter == -2 && ml_random_upto(random, 8) == 0))
        return (uint8_t)ml_random_upto(random, ML_PNG_FILTERS);
    return (uint8_t)(filter == -2 ? 4 : filter);
}

static struct test_file raw_of(const struct make *make,
                               struct ml_random *random)
{
    const size_t stride = 1 + make->width * pixel_bytes_of(make);
    const long size = (long)(stride * make->height) + make->raw_more;
    assert_true(size > 0);
    struct test_file raw = {malloc((size_t)size), (size_t)size};
    assert_non_null(raw.data);
    memset(raw.data, 0, raw.size);
    for (size_t i = 0; i < raw.size && !make->blank; i++)
        raw.data[i] = i % stride == 0 ? filter_of(make->filter, random)
                      : make->noise   ? (uint8_t)ml_random_next(random)
                                      : (uint8_t)ml_random_upto(random, 3);
    return raw;
}

static struct test_file packed_of(const struct test_file *raw, int window_bits)
{
    struct test_file packed = {malloc(raw->size + raw->size / 8 + 1024), 0};
    z_stream stream = {.next_in = raw->data, .avail_in = (uInt)raw->size};
    assert_non_null(packed.data);
    assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, window_bits, 8,
                                  Z_DEFAULT_STRATEGY),
                     Z_OK);
    stream.next_out = packed.data;
    stream.avail_out = (uInt)(raw->size + raw->size / 8 + 1024);
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    packed.size = stream.total_out;
    (void)deflateEnd(&stream);
    return packed;
}

static void add_chunk(struct test_file *file, const char *type,
                      const void *data, size_t size)
{
    png_bytes_insert(file, file->size, type, data, size);
}

static struct test_file file_around(const struct make *make,
                                    const struct test_file *packed)
{
    static const uint8_t signature[8] = {137, 80, 78, 71, 13, 10, 26, 10};
    struct test_file file = {malloc(8), 8};
    uint8_t header[13] = {0};
    assert_non_null(file.data);
    memcpy(file.data, signature, 8);
    png_save_uint_32(header, make->width);
    png_save_uint_32(header + 4, make->height);
    header[8] = (uint8_t)make->depth;
    header[9] = (uint8_t)make->colour_type;
    add_chunk(&file, "IHDR", header, sizeof header);
    const size_t piece = make->piece ? make->piece : packed->size;
    for (size_t at = 0; at < packed->size; at += piece)
        add_chunk(&file, "IDAT", packed->data + at,
                  packed->size - at < piece ? packed->size - at : piece);
    add_chunk(&file, "IEND", NULL, 0);
    return file;
}

static struct test_file file_of(const struct make *make, uint64_t seed)
{
    struct ml_random random = {seed};
    struct test_file raw = raw_of(make, &random);
    struct test_file packed = packed_of(&raw, make->window_bits);
    struct test_file file = file_around(make, &packed);
    test_file_close(&packed);
    test_file_close(&raw);
    return file;
}

/* ---- one file, both ways ---- */

struct outcome {
    enum ml_status status;
    struct ml_error err;
    struct test_frame frame; /* when ML_OK */
    unsigned warnings;
    char warning[96];
    struct ml_source_facts facts;
    bool whole;
};

/* Strips of chance heights. */
static enum ml_status read_strips(struct ml_source *source,
                                  struct test_frame *frame,
                                  struct ml_random *random,
                                  struct ml_error *err)
{
    const struct ml_shape *shape = &frame->shape;
    while (source->next_y < shape->height) {
        const uint32_t left = shape->height - source->next_y;
        const uint32_t want = 1 + ml_random_upto(random, 40);
        const struct ml_dst part =
            ml_dst_part(&frame->rows, shape, source->next_y,
                        source->next_y + (want < left ? want : left));
        const enum ml_status status = ml_source_read(source, &part, err);
        if (status != ML_OK)
            return status;
    }
    return ml_source_end(source, err);
}

static void read_opened(struct ml_source *source, bool stream, uint64_t seed,
                        struct outcome *outcome)
{
    struct ml_random random = {seed};
    if (stream)
        ml_png_stream(source);
    outcome->facts = source->facts;
    outcome->status = ml_source_start(source, &outcome->err);
    if (outcome->status != ML_OK)
        return;
    outcome->whole = ml_png_is_whole(source);
    test_frame_open(&outcome->frame, &source->facts.shape);
    outcome->status =
        read_strips(source, &outcome->frame, &random, &outcome->err);
    if (outcome->status != ML_OK)
        test_frame_close(&outcome->frame);
}

static void read_one_way(struct test_codec *c, struct ml_bytes file,
                         bool stream, uint64_t seed, struct outcome *outcome)
{
    const struct ml_source_options options = {c->reading.fail_on,
                                              c->reading.limits};
    struct ml_source source;
    *outcome = (struct outcome){0};
    ml_arena_reset(&c->arena, 0);
    outcome->status =
        ml_source_open(&source, file, &options, &c->arena, &outcome->err);
    if (outcome->status == ML_OK && source.codec == &ml_codec_png)
        read_opened(&source, stream, seed, outcome);
    outcome->warnings = source.warnings;
    memcpy(outcome->warning, source.warning, sizeof source.warning);
    ml_source_close(&source);
}

static void assert_same_outcome(const struct outcome *a,
                                const struct outcome *b)
{
    if (a->status != b->status)
        print_message("%s / %s\n", a->err.why, b->err.why);
    assert_int_equal(a->status, b->status);
    assert_int_equal(a->warnings, b->warnings);
    assert_string_equal(a->warning, b->warning);
    assert_string_equal(a->facts.coding, b->facts.coding);
    assert_int_equal(a->facts.metadata.dropped, b->facts.metadata.dropped);
    if (a->status == ML_OK)
        test_frame_assert_same(&a->frame, &b->frame);
    else
        assert_string_equal(a->err.why, b->err.why);
}

/* Returns whether it was unpacked in one go. */
static bool read_both_ways(struct test_codec *c, struct ml_bytes file,
                           uint64_t seed)
{
    struct outcome fast, slow;
    read_one_way(c, file, false, seed, &fast);
    read_one_way(c, file, true, seed + 1, &slow);
    assert_same_outcome(&fast, &slow);
    assert_false(slow.whole);
    if (fast.whole)
        assert_true(fast.facts.held_bytes > 0);
    if (fast.status == ML_OK) {
        test_frame_close(&fast.frame);
        test_frame_close(&slow.frame);
    }
    return fast.whole;
}

enum { LEVELS = 4 };

/* Returns at how many of the --fail-on it was unpacked in one go. */
static unsigned read_at_every_level(struct test_codec *c, struct ml_bytes file,
                                    uint64_t seed)
{
    unsigned whole = 0;
    for (int f = ML_FAIL_ON_NONE; f <= ML_FAIL_ON_WARNING; f++) {
        c->reading.fail_on = (enum ml_fail_on)f;
        whole += read_both_ways(c, file, seed);
    }
    return whole;
}

/* ---- the kernel ---- */

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
                                            : ml_random_upto(random, 5) * 60);
    for (size_t i = 0; i < row_bytes; i++)
        above[i] = (uint8_t)ml_random_next(random);
    for (uint32_t y = 0; y < height; y++)
        in[y * stride] = filter_of(filter, random);
    struct ml_png_rows rows = {in,    stride,    want,        stride,
                               above, row_bytes, pixel_bytes, height};
    ml_png_unfilter_ref(&rows);
    rows.out = in_place ? in + 1 : got;
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
                const uint32_t width = 1 + ml_random_upto(&random, 40);
                const uint32_t height = 1 + ml_random_upto(&random, 20);
                unfilter_once(widths[w], width, height, filter, false, &random);
                if (widths[w] != 3)
                    unfilter_once(widths[w], width, height, filter, true,
                                  &random);
            }
}

/* Triples of neighbours, ties among them, through three rows of Paeth in
 * lockstep. */
static void paeth_chooses_as_the_reference(void **state)
{
    enum { WIDTH = 2 };
    (void)state;
    for (int c = 0; c < 256; c += 3)
        for (int b = 0; b < 256; b += 3) {
            uint8_t in[4 * (WIDTH * 4 + 1) + ML_PNG_UNFILTER_SLACK] = {0};
            uint8_t want[4 * WIDTH * 4], got[4 * WIDTH * 4];
            uint8_t above[WIDTH * 4];
            memset(above, c, 4);
            memset(above + 4, b, 4);
            for (int left = 0; left < 256; left += 4) {
                for (int y = 0; y < 4; y++)
                    in[y * 9] = 4;
                for (int i = 0; i < 4; i++)
                    in[1 + i] = (uint8_t)(left + i - c);
                struct ml_png_rows rows = {in, 9, want, 8, above, 8, 4, 4};
                ml_png_unfilter_ref(&rows);
                rows.out = got;
                ml_png_unfilter(&rows);
                if (memcmp(want, got, sizeof got) != 0)
                    fail_msg("left %d, above %d, above left %d", left, b, c);
            }
        }
}

/* ---- sound files ---- */

static void every_kind_and_filter_reads_as_by_libpng(void **state)
{
    static const int types[] = {PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_RGB,
                                PNG_COLOR_TYPE_GRAY_ALPHA,
                                PNG_COLOR_TYPE_RGB_ALPHA};
    struct ml_random random = {11};
    for (size_t t = 0; t < 4; t++)
        for (int depth = 8; depth <= 16; depth += 8)
            for (int filter = -2; filter < ML_PNG_FILTERS; filter++)
                for (int round = 0; round < 8; round++) {
                    struct make make = usual;
                    make.width = 1 + ml_random_upto(&random, 70);
                    make.height = 1 + ml_random_upto(&random, 90);
                    make.colour_type = types[t];
                    make.depth = depth;
                    make.filter = filter;
                    make.piece =
                        round % 2 ? 1 + ml_random_upto(&random, 500) : 0;
                    make.noise = round % 4 < 2;
                    struct test_file file =
                        file_of(&make, ml_random_next(&random));
                    assert_true(read_both_ways(*state, test_bytes(&file),
                                               ml_random_next(&random)));
                    test_file_close(&file);
                }
}

static void texts_behind_the_pixels_stay_ordinary(void **state)
{
    struct test_file file = file_of(&usual, 1);
    png_bytes_insert(&file, file.size - 12, "tEXt", "Title\0abc", 9);
    png_bytes_insert(&file, file.size, "junk", "behind the end", 14);
    assert_int_equal(read_at_every_level(*state, test_bytes(&file), 1), LEVELS);
    test_file_close(&file);
}

/* What is held must fit the arena; libpng then does with less. */
static void without_memory_libpng_streams(void **state)
{
    struct test_codec *c = *state;
    struct make make = usual;
    make.width = make.height = 1200;
    make.piece = 4000;
    struct ml_arena large = c->arena;
    struct test_file file = file_of(&make, 3);
    assert_int_equal(ml_arena_open(&c->arena, 256 << 10, &c->err), ML_OK);
    assert_false(read_both_ways(c, test_bytes(&file), 3));
    ml_arena_close(&c->arena);
    c->arena = large;
    assert_true(read_both_ways(c, test_bytes(&file), 3));
    test_file_close(&file);
}

static void beyond_the_bound_libpng_streams(void **state)
{
    struct test_codec *c = *state;
    struct make make = usual;
    make.colour_type = PNG_COLOR_TYPE_RGB_ALPHA;
    make.depth = 16;
    make.blank = true;
    make.width = 4096;
    make.height = (uint32_t)((64 << 20) / (4096 * 8 + 1));
    struct test_file file = file_of(&make, 3);
    struct outcome outcome;
    read_one_way(c, test_bytes(&file), false, 1, &outcome);
    assert_int_equal(outcome.status, ML_OK);
    assert_true(outcome.whole);
    assert_true(outcome.facts.held_bytes <= (64 << 20) + 4096 * 8 + 64);
    test_frame_close(&outcome.frame);
    png_bytes_set_size(&file, 4096, make.height + 1);
    read_one_way(c, test_bytes(&file), false, 1, &outcome);
    assert_int_equal(outcome.status, ML_ERR_TRUNCATED);
    assert_int_equal(outcome.facts.held_bytes, 0);
    assert_false(outcome.whole);
    test_file_close(&file);
}

/* ---- what is not in order ---- */

static void expect_libpng(struct test_codec *c, struct test_file *file)
{
    assert_int_equal(read_at_every_level(c, test_bytes(file), 5), 0);
    test_file_close(file);
}

static void rows_missing_or_left_over_are_libpngs(void **state)
{
    static const long more[] = {-2000, -101, -100, -1, 1, 100, 70000};
    for (size_t i = 0; i < sizeof more / sizeof *more; i++)
        for (size_t piece = 0; piece <= 64; piece += 32) {
            struct make make = usual;
            make.raw_more = more[i];
            make.piece = piece;
            struct test_file file = file_of(&make, 9);
            expect_libpng(*state, &file);
        }
}

static void chunks_out_of_order_are_libpngs(void **state)
{
    struct make make = usual;
    make.piece = 200;
    static const char *const types[] = {"IDAT", "tIME", "pHYs", "PLTE", "gAMA",
                                        "IEND", "unKn", "UNKN", "tRNS"};
    static const char *const places[] = {"IDAT", "IEND"};
    for (size_t t = 0; t < sizeof types / sizeof *types; t++)
        for (size_t p = 0; p < 2; p++)
            for (size_t size = 0; size < 10; size += 3) {
                struct test_file file = file_of(&make, 10);
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
    struct test_file raw = raw_of(&usual, &random);
    struct test_file packed = packed_of(&raw, 15);
    packed.data[packed.size++] = 0;
    struct test_file file = file_around(&usual, &packed);
    expect_libpng(*state, &file);
    test_file_close(&packed);
    test_file_close(&raw);
}

static void unknown_filters_are_libpngs(void **state)
{
    struct make make = usual;
    for (int filter = 5; filter < 256; filter += 50) {
        make.filter = filter;
        struct test_file file = file_of(&make, 2);
        expect_libpng(*state, &file);
    }
}

/* zlib refuses to look back further than the first byte of the stream says. */
static void a_window_that_is_too_small_is_libpngs(void **state)
{
    struct make make = usual;
    make.width = make.height = 200;
    for (int bits = 9; bits <= 15; bits++) {
        make.window_bits = bits;
        struct test_file file = file_of(&make, 2);
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
    struct test_file file = file_of(&make, 2);
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
    for (size_t piece = 0; piece <= 150; piece += 50) {
        struct make make = usual;
        make.width = 9;
        make.piece = piece;
        struct test_file file = file_of(&make, piece);
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
    struct test_codec *c = *state;
    struct ml_random random = {77};
    c->reading.limits.pixels = 100000;
    for (int round = 0; round < 4000; round++) {
        struct make make = usual;
        make.width = 1 + ml_random_upto(&random, 12);
        make.height = 1 + ml_random_upto(&random, 12);
        make.depth = round % 3 ? 8 : 16;
        make.piece = round % 2 ? 0 : 1 + ml_random_upto(&random, 90);
        struct test_file file = file_of(&make, ml_random_next(&random));
        for (uint32_t flips = 1 + ml_random_upto(&random, 3); flips > 0;
             flips--)
            file.data[8 + ml_random_upto(&random, (uint32_t)file.size - 8)] ^=
                (uint8_t)(1U << ml_random_upto(&random, 8));
        if (round % 4)
            sign_all(&file);
        (void)read_at_every_level(c, test_bytes(&file), (uint64_t)round);
        test_file_close(&file);
    }
}

/* ---- other people's files ---- */

static void the_corpus_reads_as_by_libpng(void **state)
{
    struct test_codec *c = *state;
    struct test_corpus corpus;
    size_t files = 0, whole = 0;
    if (!test_corpus_open(&corpus)) {
        print_message("SKIP: no corpus (MINILAB_CORPUS)\n");
        skip();
    }
    c->reading.limits.pixels = UINT64_C(20000000);
    while (test_corpus_next(&corpus)) {
        if (strncmp(corpus.path, "png/", 4) != 0 &&
            strncmp(corpus.path, "fuzz-seeds/png", 14) != 0)
            continue;
        const struct ml_bytes file = test_corpus_read(&corpus, corpus.path);
        whole += read_at_every_level(c, file, files++) > 0;
        test_corpus_free(file);
    }
    test_corpus_close(&corpus);
    print_message("%zu files, %zu of them ordinary\n", files, whole);
    assert_true(files > 0 && whole > 0);
}

int main(void)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, test_codec_setup, test_codec_teardown)
    const struct CMUnitTest tests[] = {
        TEST(filters_are_undone_as_the_reference_does),
        TEST(paeth_chooses_as_the_reference),
        TEST(every_kind_and_filter_reads_as_by_libpng),
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
        TEST(the_corpus_reads_as_by_libpng),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
