/* codec_context.c: see codec_context.h. */
#include "support/codec/codec_context.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"

int test_codec_setup(void **state)
{
    struct test_codec *c = calloc(1, sizeof *c);
    assert_non_null(c);
    c->reading = test_reading_default;
    assert_int_equal(ml_arena_open(&c->arena, (size_t)1 << 28, &c->err), ML_OK);
    *state = c;
    return 0;
}

int test_codec_teardown(void **state)
{
    struct test_codec *c = *state;
    ml_arena_close(&c->arena);
    free(c);
    return 0;
}

enum ml_status test_codec_decode(struct test_codec *c, struct ml_bytes file,
                                 struct test_frame *frame)
{
    ml_arena_reset(&c->arena, 0);
    return test_decode(file, &c->reading, &c->arena, frame, &c->decoded,
                       &c->err);
}

void test_codec_decode_ok(struct test_codec *c, struct ml_bytes file,
                          struct test_frame *frame)
{
    const enum ml_status status = test_codec_decode(c, file, frame);
    if (status != ML_OK)
        print_message("%s: %s\n", c->err.what, c->err.why);
    assert_int_equal(status, ML_OK);
}

struct ml_shape test_shape(uint32_t width, uint32_t height,
                           enum ml_layout layout, uint8_t bits)
{
    return (struct ml_shape){.width = width,
                             .height = height,
                             .layout = layout,
                             .bits = bits,
                             .sub_x = 1,
                             .sub_y = 1};
}

void test_frame_noise(struct test_frame *frame, uint64_t seed)
{
    struct ml_random random = {seed};
    for (uint32_t y = 0; y < frame->shape.height; y++) {
        uint8_t *row = ml_dst_row(&frame->rows, y);
        for (size_t i = 0; i < ml_row_bytes(&frame->shape, 0); i++)
            row[i] = (uint8_t)(y % 2 ? ml_random_next(&random) : y);
    }
}

/* Not by memory: the struct ends in padding. */
static void assert_same_shape(const struct ml_shape *a,
                              const struct ml_shape *b)
{
    assert_int_equal(a->width, b->width);
    assert_int_equal(a->height, b->height);
    assert_int_equal(a->layout, b->layout);
    assert_int_equal(a->bits, b->bits);
}

void test_frame_assert_same(const struct test_frame *a,
                            const struct test_frame *b)
{
    assert_same_shape(&a->shape, &b->shape);
    for (uint32_t y = 0; y < a->shape.height; y++)
        assert_memory_equal(ml_dst_row(&a->rows, y), ml_dst_row(&b->rows, y),
                            ml_row_bytes(&a->shape, 0));
}

uint32_t test_frame_assert_cut(const struct test_frame *whole,
                               const struct test_frame *cut)
{
    const size_t bytes = ml_row_bytes(&whole->shape, 0);
    const uint8_t blank = ml_has_alpha(whole->shape.layout) ? 0 : 0x80;
    uint32_t y = 0;
    assert_same_shape(&whole->shape, &cut->shape);
    while (y < whole->shape.height &&
           memcmp(ml_dst_row(&whole->rows, y), ml_dst_row(&cut->rows, y),
                  bytes) == 0)
        y++;
    for (uint32_t below = y; below < whole->shape.height; below++)
        for (size_t i = 0; i < bytes; i++)
            assert_int_equal(ml_dst_row(&cut->rows, below)[i], blank);
    return y;
}
