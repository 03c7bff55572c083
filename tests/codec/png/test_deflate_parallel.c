/* test_deflate_parallel.c: pictures of several strips: the pixels come back,
 * any number of threads makes the same bytes, what is held is decoded, and
 * sizes beside libpng's own.
 *
 * Slow: large pictures at every level, by many threads.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <png.h>

#include "base/random.h"
#include "codec/png/deflate_parallel.h"
#include "codec/png/deflate_small.h"
#include "codec/registry.h"
#include "support/codec/codec_context.h"

enum { CAPACITY = 80 << 20 };

static struct ml_sink sink_of(int level, unsigned threads)
{
    struct ml_sink sink = {.options = ml_sink_options_default};
    sink.options.png_level = level;
    sink.options.threads = threads;
    sink.metadata.orientation = 1;
    return sink;
}

static void encode(struct test_codec *c, struct ml_sink *sink,
                   const struct test_frame *frame, uint32_t step,
                   struct test_file *file)
{
    assert_int_equal(
        test_encode(sink, &ml_codec_png, frame, step, CAPACITY, file, &c->err),
        ML_OK);
}

/* Four kinds of pictures: painted, noise, flat areas with edges, and each on a
 * part of the rows. */
enum kind { PAINTED, NOISE, DRAWN, MIXED, KINDS };

static void draw(struct test_frame *frame, uint32_t y, uint32_t y_end)
{
    const size_t bytes = ml_row_bytes(&frame->shape, 0);
    for (; y < y_end; y++)
        for (size_t i = 0; i < bytes; i++)
            ml_dst_row(&frame->rows, y)[i] =
                (uint8_t)((i / 90 + y / 30) % 3 * 100 + (i % 90 == y % 90));
}

static void frame_of(struct test_frame *frame, enum kind kind,
                     const struct ml_shape *shape, uint64_t seed)
{
    test_frame_open(frame, shape);
    if (kind == NOISE)
        test_frame_noise(frame, seed);
    else
        test_frame_paint(frame, seed);
    if (kind == DRAWN || kind == MIXED)
        draw(frame, kind == MIXED ? shape->height / 3 : 0,
             kind == MIXED ? shape->height / 2 : shape->height);
}

/* Just over what is packed in one go. */
static struct ml_shape large_shape(unsigned k)
{
    const uint32_t width = 4001 + k;
    const enum ml_layout layout = k == MIXED ? ML_RGBA : ML_RGB;
    const uint8_t bits = k == MIXED ? 16 : 8;
    const struct ml_shape shape = test_shape(width, 1, layout, bits);
    const size_t stride = ml_row_bytes(&shape, 0) + 1;
    return test_shape(width, (uint32_t)(ML_PNG_PACK_BYTES / stride) + 1, layout,
                      bits);
}

static void any_threads_make_the_same_bytes_and_pixels(void **state)
{
    struct test_codec *c = *state;
    static const unsigned threads[] = {2, 4};
    for (unsigned k = NOISE; k < KINDS; k += MIXED - NOISE) {
        const struct ml_shape shape = large_shape(k);
        struct ml_sink sink = sink_of(1, 1);
        struct test_frame frame, back;
        struct test_file file, again;
        frame_of(&frame, (enum kind)k, &shape, 9);
        encode(c, &sink, &frame, 32, &file);
        test_codec_decode_ok(c, test_bytes(&file), &back);
        test_frame_assert_same(&frame, &back);
        assert_int_equal(c->decoded.warnings, 0);
        test_frame_close(&back);
        for (size_t t = 0; t < sizeof threads / sizeof *threads; t++) {
            struct ml_sink other = sink_of(sink.options.png_level, threads[t]);
            encode(c, &other, &frame, (uint32_t)(t * 100), &again);
            assert_int_equal(file.size, again.size);
            assert_memory_equal(file.data, again.data, file.size);
            test_file_close(&again);
        }
        test_file_close(&file);
        test_frame_close(&frame);
    }
}

/* The output is full while threads pack: all end, and the error is reported. */
static void threads_end_when_the_output_is_full(void **state)
{
    struct test_codec *c = *state;
    const struct ml_shape shape = large_shape(NOISE);
    struct test_frame frame;
    struct test_file file;
    frame_of(&frame, NOISE, &shape, 4);
    for (size_t room = 1; room < 20000000; room += 9000000) {
        struct ml_sink sink = sink_of(1, 4);
        assert_int_equal(
            test_encode(&sink, &ml_codec_png, &frame, 32, room, &file, &c->err),
            ML_ERR_LIMIT);
    }
    test_frame_close(&frame);
}

/* ---- memory ---- */

/* What open takes of the arena is within held_bytes, and that does not grow
 * with the height. */
static void what_is_held_is_told_and_bounded(void **state)
{
    struct test_codec *c = *state;
    for (unsigned threads = 1; threads <= 4; threads++)
        for (uint32_t high = 0; high < 2; high++) {
            struct ml_sink sink = sink_of(6, threads);
            struct ml_output output = {.data = malloc(CAPACITY),
                                       .capacity = CAPACITY};
            assert_non_null(output.data);
            ml_arena_reset(&c->arena, 0);
            sink.codec = &ml_codec_png;
            sink.shape = test_shape(8192, high ? 100000 : 2100, ML_RGBA, 8);
            sink.output = &output;
            sink.arena = &c->arena;
            sink.codec->sink_prepare(&sink);
            assert_int_equal(sink.codec->sink_open(&sink, &c->err), ML_OK);
            /* Beside it, the sink's own state. */
            assert_true(ml_arena_mark(&c->arena) <= sink.held_bytes + 4096);
            assert_true(sink.held_bytes <=
                        ((uint64_t)4 << 20) + threads * ((uint64_t)5 << 19));
            sink.codec->sink_close(&sink);
            free(output.data);
        }
}

/* ---- sizes ---- */

static size_t libpng_size(const struct test_frame *frame)
{
    static const png_uint_32 formats[] = {PNG_FORMAT_GRAY, PNG_FORMAT_GA,
                                          PNG_FORMAT_RGB, PNG_FORMAT_RGBA};
    png_image image = {.version = PNG_IMAGE_VERSION,
                       .width = frame->shape.width,
                       .height = frame->shape.height,
                       .format = formats[frame->shape.layout]};
    png_alloc_size_t size = CAPACITY;
    void *memory = malloc(size);
    assert_non_null(memory);
    assert_true(png_image_write_to_memory(
        &image, memory, &size, 0, frame->rows.data[0],
        (png_int_32)frame->rows.stride_bytes[0], NULL));
    free(memory);
    return size;
}

static size_t size_of(struct test_codec *c, const struct test_frame *frame,
                      int level)
{
    struct ml_sink sink = sink_of(level, 1);
    struct test_file file;
    encode(c, &sink, frame, 0, &file);
    const size_t size = file.size;
    test_file_close(&file);
    return size;
}

/* Beside libpng as it comes: what packs better is judged by a few rows, for
 * which 3 % are allowed, and a few hundred bytes where all is but a few
 * kilobytes.  Level 9 no larger than 6, but for a block header. */
static void sizes_are_those_of_the_table(void **state)
{
    struct test_codec *c = *state;
    for (int layout = ML_GRAY; layout <= ML_RGBA; layout++)
        for (unsigned k = 0; k < KINDS; k++) {
            const struct ml_shape shape =
                test_shape(600, 400, (enum ml_layout)layout, 8);
            struct test_frame frame;
            frame_of(&frame, (enum kind)k, &shape, 2);
            const size_t libpng = libpng_size(&frame);
            const size_t fast = size_of(c, &frame, 1);
            const size_t usual = size_of(c, &frame, 6);
            const size_t least = size_of(c, &frame, 9);
            if (usual > libpng + libpng / 33 + 300 ||
                least > usual + usual / 200 + 100 ||
                usual > fast + fast / 50 + 100)
                fail_msg("%s, kind %u: libpng %zu, levels 1, 6, 9: %zu %zu %zu",
                         ml_layout_name(shape.layout), k, libpng, fast, usual,
                         least);
            test_frame_close(&frame);
        }
}

int main(void)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, test_codec_setup, test_codec_teardown)
    const struct CMUnitTest tests[] = {
        TEST(any_threads_make_the_same_bytes_and_pixels),
        TEST(threads_end_when_the_output_is_full),
        TEST(what_is_held_is_told_and_bounded),
        TEST(sizes_are_those_of_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
