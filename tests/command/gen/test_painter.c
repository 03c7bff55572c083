/* test_painter.c: what the painters of `gen` promise: a pixel depends on
 * the seed and its position only, and photographs look like photographs to a
 * JPEG encoder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "codec/registry.h"
#include "command/gen/noise.h"
#include "command/gen/picture.h"

#define SCRATCH ((size_t)64 << 20)

static void scratch_open(struct ml_arena *arena)
{
    struct ml_error err;
    assert_int_equal(ml_arena_open(arena, SCRATCH, &err), ML_OK);
}

static struct ml_painter photo_of(uint64_t seed, uint32_t width,
                                  uint32_t height, struct ml_arena *arena)
{
    struct ml_painter painter;
    struct ml_error err;
    assert_int_equal(ml_paint_photo(&painter, seed, width, height, arena, &err),
                     ML_OK);
    return painter;
}

/* FNV-1a over all samples, low byte first. */
static uint64_t digest(const struct ml_painter *p)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    uint16_t *row = malloc((size_t)p->width * 8);
    assert_non_null(row);
    for (uint32_t y = 0; y < p->height; y++) {
        p->row(p, y, 0, p->width, row);
        for (uint32_t i = 0; i < p->width * 4; i++) {
            hash = (hash ^ (row[i] & 255)) * UINT64_C(0x100000001b3);
            hash = (hash ^ (row[i] >> 8)) * UINT64_C(0x100000001b3);
        }
    }
    free(row);
    return hash;
}

static void one_octave_at_a_grid_point_is_its_number(void **state)
{
    (void)state;
    static struct ml_noise noise;
    ml_noise_open(&noise);
    const struct ml_octave octave = {.cell = 16, .gain = 256, .seed = 5};
    int32_t whole[512] = {0};
    ml_noise_add(&noise, &octave, 32, 0, 512, whole);
    for (uint32_t x = 0; x < 496; x++) {
        const int32_t a = whole[x / 16 * 16], b = whole[x / 16 * 16 + 16];
        assert_true(whole[x] >= (a < b ? a : b) - 1); /* blends stay between */
        assert_true(whole[x] <= (a > b ? a : b) + 1);
        assert_in_range(whole[x] + 16384, 0, 32768);
    }
}

static void every_cell_size_agrees_in_pieces(void **state)
{
    (void)state;
    static struct ml_noise noise;
    ml_noise_open(&noise);
    for (uint32_t cell = 2; cell <= ML_NOISE_CELL_MAX; cell *= 2) {
        const struct ml_octave octave = {.cell = cell, .gain = 200, .seed = 9};
        int32_t whole[512] = {0}, pieces[512] = {0};
        ml_noise_add(&noise, &octave, 77, 1024, 1536, whole);
        for (uint32_t x = 0, step = 1; x < 512; x += step, step = step % 13 + 1)
            ml_noise_add(&noise, &octave, 77, 1024 + x,
                         1024 + (x + step > 512 ? 512 : x + step), pieces + x);
        assert_memory_equal(whole, pieces, sizeof whole);
    }
}

static void any_part_of_a_row_is_the_same_as_the_whole(void **state)
{
    (void)state;
    enum { WIDTH = 1200, HEIGHT = 90 };
    struct ml_arena arena;
    struct ml_random random = {3};
    static uint16_t whole[WIDTH * 4], part[WIDTH * 4];
    scratch_open(&arena);
    const struct ml_painter p = photo_of(11, WIDTH, HEIGHT, &arena);
    for (int round = 0; round < 200; round++) {
        const uint32_t y = ml_random_below(&random, HEIGHT);
        const uint32_t x = ml_random_below(&random, WIDTH);
        const uint32_t x_end = x + 1 + ml_random_below(&random, WIDTH - x);
        p.row(&p, y, 0, WIDTH, whole);
        p.row(&p, y, x, x_end, part);
        assert_memory_equal(part, whole + x * 4, (x_end - x) * 8);
    }
    ml_arena_close(&arena);
}

/* These numbers must be the same on every machine and with every compiler. */
static void a_seed_makes_the_same_pixels_everywhere(void **state)
{
    (void)state;
    struct ml_arena arena;
    struct ml_painter p;
    struct ml_error err;
    scratch_open(&arena);
    p = photo_of(1, 321, 123, &arena);
    assert_true(digest(&p) == UINT64_C(0x217a9972f87e63b8));
    assert_int_equal(ml_paint_icon(&p, 1, 48, 48, &arena, &err), ML_OK);
    assert_true(digest(&p) == UINT64_C(0xd5e171e68a012865));
    ml_paint_chart(&p, 2, 64, 48);
    assert_true(digest(&p) == UINT64_C(0x493a23d3d5795405));
    ml_arena_close(&arena);
}

static void another_seed_makes_another_picture(void **state)
{
    (void)state;
    struct ml_arena arena;
    struct ml_error err;
    scratch_open(&arena);
    for (uint64_t seed = 0; seed < 20; seed++) {
        const struct ml_painter a = photo_of(seed, 64, 48, &arena);
        const struct ml_painter b = photo_of(seed + 1, 64, 48, &arena);
        struct ml_painter c, d;
        assert_true(digest(&a) != digest(&b));
        assert_int_equal(ml_paint_icon(&c, seed, 32, 32, &arena, &err), ML_OK);
        assert_int_equal(ml_paint_icon(&d, seed + 1, 32, 32, &arena, &err),
                         ML_OK);
        assert_true(digest(&c) != digest(&d));
        ml_arena_reset(&arena, 0);
    }
    ml_arena_close(&arena);
}

static void the_smallest_pictures_can_be_painted(void **state)
{
    (void)state;
    static const uint32_t sides[] = {1, 2, 3, 17};
    struct ml_arena arena;
    struct ml_error err;
    scratch_open(&arena);
    for (int i = 0; i < 16; i++) {
        const uint32_t w = sides[i % 4], h = sides[i / 4];
        struct ml_painter p = photo_of((uint64_t)i, w, h, &arena);
        (void)digest(&p);
        assert_int_equal(ml_paint_icon(&p, 1, w, h, &arena, &err), ML_OK);
        (void)digest(&p);
        for (uint32_t v = 0; v < ML_CHART_COUNT; v++) {
            ml_paint_chart(&p, v, w, h);
            (void)digest(&p);
        }
    }
    ml_arena_close(&arena);
}

static void charts_show_what_they_say(void **state)
{
    (void)state;
    uint16_t row[80 * 4];
    struct ml_painter p;
    ml_paint_chart(&p, 0, 80, 30); /* bars: white first, black last */
    p.row(&p, 0, 0, 80, row);
    assert_int_equal(row[0] & row[1] & row[2], 65535);
    assert_int_equal(row[79 * 4] | row[79 * 4 + 1] | row[79 * 4 + 2], 0);
    ml_paint_chart(&p, 1, 80, 40); /* ramp: gray from 0 to full */
    p.row(&p, 0, 0, 80, row);
    assert_int_equal(row[0], 0);
    assert_int_equal(row[79 * 4 + 2], 65535);
    for (int x = 1; x < 80; x++)
        assert_true(row[x * 4] > row[x * 4 - 4]);
    ml_paint_chart(&p, 4, 80, 40); /* lines of one pixel at the left */
    p.row(&p, 0, 0, 80, row);
    for (int x = 0; x < 10; x++)
        assert_int_equal(row[x * 4], x % 2 ? 65535 : 0);
}

/* ---- as files ---- */

static struct ml_gen_picture jpeg_photo(uint64_t seed, uint32_t width,
                                        uint32_t height)
{
    return (struct ml_gen_picture){.subject = ML_GEN_PHOTO,
                                   .seed = seed,
                                   .codec = &ml_codec_jpeg,
                                   .shape = {width, height, ML_RGB, 8, 1, 1},
                                   .sink = ml_sink_options_default};
}

static struct ml_output output_open(const struct ml_shape *shape)
{
    const size_t capacity = ml_gen_bytes_max(shape);
    struct ml_output output = {malloc(capacity), capacity, 0};
    assert_non_null(output.data);
    return output;
}

static void photographs_need_one_to_four_bits_a_pixel(void **state)
{
    (void)state;
    static const uint32_t sizes[][2] = {{300, 200},  {640, 480},   {200, 300},
                                        {1600, 400}, {1200, 1600}, {97, 1001}};
    struct ml_arena arena;
    struct ml_error err;
    scratch_open(&arena);
    for (uint64_t seed = 0; seed < 12; seed++) {
        const uint32_t w = sizes[seed % 6][0], h = sizes[seed % 6][1];
        const struct ml_gen_picture picture = jpeg_photo(seed, w, h);
        struct ml_output output = output_open(&picture.shape);
        assert_int_equal(picture.sink.quality, 85);
        assert_int_equal(picture.sink.subsample, 420);
        assert_int_equal(ml_gen_encode(&picture, &arena, &output, &err), ML_OK);
        const double bits = (double)output.used * 8 / ((double)w * h);
        print_message("%ux%u, seed %u: %.2f bits a pixel\n", w, h,
                      (unsigned)seed, bits);
        assert_true(bits >= 1 && bits <= 4);
        free(output.data);
    }
    ml_arena_close(&arena);
}

static void memory_follows_the_width_only(void **state)
{
    (void)state;
    struct ml_arena arena;
    struct ml_error err;
    size_t peaks[2];
    for (int i = 0; i < 2; i++) {
        const struct ml_gen_picture picture =
            jpeg_photo(1, 600, i == 0 ? 200 : 1600);
        struct ml_output output = output_open(&picture.shape);
        scratch_open(&arena);
        assert_int_equal(ml_gen_encode(&picture, &arena, &output, &err), ML_OK);
        peaks[i] = arena.peak_bytes;
        assert_int_equal(ml_arena_mark(&arena), 0); /* released */
        ml_arena_close(&arena);
        free(output.data);
    }
    assert_int_equal(peaks[0], peaks[1]);
}

/* Where the pixel (x, y) of the stored picture is in the upright one, from the
 * words of the EXIF standard: which visual edges row 0 and column 0 are. */
static void upright(uint8_t orientation, uint32_t width, uint32_t height,
                    uint32_t *x, uint32_t *y)
{
    const uint32_t sx = *x, sy = *y, w = width - 1, h = height - 1;
    const uint32_t places[8][2] = {
        {sx, sy}, {w - sx, sy}, {w - sx, h - sy}, {sx, h - sy},
        {sy, sx}, {w - sy, sx}, {w - sy, h - sx}, {sy, h - sx}};
    *x = places[orientation - 1][0];
    *y = places[orientation - 1][1];
}

static void orientation_stores_the_upright_picture_turned(void **state)
{
    (void)state;
    struct ml_arena arena;
    struct ml_error err;
    scratch_open(&arena);
    for (uint8_t o = 1; o <= 8; o++) {
        struct ml_gen_picture picture = jpeg_photo(4, 150, 85);
        struct ml_gen_rows rows;
        struct ml_dst dst;
        static uint8_t memory[1 << 16];
        static uint16_t line[150 * 4];
        picture.orientation = o;
        assert_int_equal(ml_gen_rows_open(&rows, &picture, &arena, &err),
                         ML_OK);
        const uint32_t w = o < 5 ? 150 : 85, h = o < 5 ? 85 : 150;
        assert_int_equal(rows.painter.width, w);
        for (uint32_t y = 0; y < 85; y += 40) { /* strips that do not divide */
            const uint32_t y_end = y + 40 < 85 ? y + 40 : 85;
            ml_dst_place(&dst, &picture.shape, memory, y, y_end);
            ml_gen_rows_make(&rows, &dst);
            for (uint32_t i = 0; i < (y_end - y) * 150; i++) {
                uint32_t ux = i % 150, uy = y + i / 150;
                const uint8_t *got = ml_dst_row(&dst, uy) + ux * 3;
                upright(o, w, h, &ux, &uy);
                rows.painter.row(&rows.painter, uy, ux, ux + 1, line);
                for (int c = 0; c < 3; c++)
                    assert_int_equal(got[c], (line[c] * 255U + 32767) / 65535);
            }
        }
        ml_arena_reset(&arena, 0);
    }
    ml_arena_close(&arena);
}

static void orientation_is_in_the_file(void **state)
{
    (void)state;
    struct ml_arena arena;
    struct ml_error err;
    scratch_open(&arena);
    for (uint8_t o = 0; o <= 8; o++) {
        const struct ml_source_options options = {.limits = ml_limits_default};
        struct ml_gen_picture picture = jpeg_photo(4, 80, 50);
        struct ml_source source;
        struct ml_output output = output_open(&picture.shape);
        picture.orientation = o;
        assert_int_equal(ml_gen_encode(&picture, &arena, &output, &err), ML_OK);
        const struct ml_bytes file = {output.data, output.used};
        assert_int_equal(ml_source_open(&source, file, &options, &arena, &err),
                         ML_OK);
        assert_int_equal(source.header.metadata.orientation, o ? o : 1);
        assert_int_equal(source.header.metadata.exif.size > 0, o > 0);
        assert_int_equal(source.header.shape.width, 80);
        ml_source_close(&source);
        free(output.data);
    }
    ml_arena_close(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_octave_at_a_grid_point_is_its_number),
        cmocka_unit_test(every_cell_size_agrees_in_pieces),
        cmocka_unit_test(any_part_of_a_row_is_the_same_as_the_whole),
        cmocka_unit_test(a_seed_makes_the_same_pixels_everywhere),
        cmocka_unit_test(another_seed_makes_another_picture),
        cmocka_unit_test(the_smallest_pictures_can_be_painted),
        cmocka_unit_test(charts_show_what_they_say),
        cmocka_unit_test(photographs_need_one_to_four_bits_a_pixel),
        cmocka_unit_test(memory_follows_the_width_only),
        cmocka_unit_test(orientation_stores_the_upright_picture_turned),
        cmocka_unit_test(orientation_is_in_the_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
