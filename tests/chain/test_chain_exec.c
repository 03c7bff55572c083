/* The execution of a chain: strips make the bytes of whole frames, for all
 * windows of filters; alpha is weighted once; analysis passes read the whole
 * input first. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/random.h"
#include "chain/chain_exec.h"
#include "support/codec/codec_picture.h"

/* ---- filters of the test's own ---- */

struct test_plan {
    struct ml_shape in;
    uint32_t halo;
    uint64_t sum; /* of the analysis pass */
};

static enum ml_status test_prepare(struct ml_filter_setup *prepare,
                                   struct ml_error *err)
{
    struct test_plan *state = ml_arena_calloc(prepare->arena, sizeof *state);
    (void)err;
    assert_non_null(state);
    state->in = prepare->in;
    state->halo = (uint32_t)prepare->values[0].number;
    prepare->state = state;
    prepare->out = prepare->in;
    return ML_OK;
}

static struct ml_range halo_needs(const void *plan_in, uint32_t y,
                                  uint32_t y_end)
{
    const struct test_plan *state = plan_in;
    const uint32_t begin = y > state->halo ? y - state->halo : 0;
    const uint32_t left = state->in.height - y_end;
    return (struct ml_range){begin,
                             y_end + (left < state->halo ? left : state->halo)};
}

/* Each sample plus those `halo` rows above and below, modulo 256. */
static void halo_rows(const void *plan_in, void *scratch,
                      const struct ml_dst *dst, const struct ml_src *src)
{
    const struct test_plan *state = plan_in;
    const size_t bytes = ml_row_bytes(&state->in, 0);
    (void)scratch;
    for (uint32_t y = dst->y; y < dst->y_end; y++) {
        const struct ml_range range = halo_needs(state, y, y + 1);
        const uint8_t *above = ml_src_row(src, range.y);
        const uint8_t *below = ml_src_row(src, range.y_end - 1);
        const uint8_t *here = ml_src_row(src, y);
        for (size_t i = 0; i < bytes; i++)
            ml_dst_row(dst, y)[i] =
                (uint8_t)(3 * above[i] + here[i] + 5 * below[i]);
    }
}

static const struct ml_filter halo_filter = {
    .name = "halo",
    .flags = ML_FILTER_ANY_ALPHA,
    .prepare = test_prepare,
    .input_window = halo_needs,
    .render = halo_rows,
    .render_ref = halo_rows,
};

static enum ml_status sum_survey(void *plan_in, const struct ml_src *frame,
                                 struct ml_error *err)
{
    struct test_plan *state = plan_in;
    (void)err;
    assert_int_equal(frame->y, 0);
    assert_int_equal(frame->y_end, state->in.height);
    for (uint32_t y = 0; y < frame->y_end; y++) {
        for (size_t i = 0; i < ml_row_bytes(&state->in, 0); i++)
            state->sum += ml_src_row(frame, y)[i];
    }
    return ML_OK;
}

static void sum_rows(const void *plan_in, void *scratch,
                     const struct ml_dst *dst, const struct ml_src *src)
{
    const struct test_plan *state = plan_in;
    (void)scratch;
    for (uint32_t y = dst->y; y < dst->y_end; y++) {
        for (size_t i = 0; i < ml_row_bytes(&state->in, 0); i++)
            ml_dst_row(dst, y)[i] =
                (uint8_t)(ml_src_row(src, y)[i] + state->sum);
    }
}

static const struct ml_filter sum_filter = {
    .name = "sum",
    .flags = ML_FILTER_ANY_ALPHA,
    .prepare = test_prepare,
    .input_window = ml_window_same_rows,
    .render_ref = sum_rows, /* and no tuned loop */
    .analyze = sum_survey,
};

/* Counts its rows in the scratch: each once, top down. */
static void order_rows(const void *plan_in, void *scratch,
                       const struct ml_dst *dst, const struct ml_src *src)
{
    const struct test_plan *state = plan_in;
    uint32_t *next = scratch;
    assert_int_equal(*next, dst->y);
    *next = dst->y_end;
    ml_rows_copy(dst, src, &state->in);
}

static enum ml_status order_prepare(struct ml_filter_setup *prepare,
                                    struct ml_error *err)
{
    prepare->scratch_bytes = sizeof(uint32_t);
    return test_prepare(prepare, err);
}

static const struct ml_filter order_filter = {
    .name = "order",
    .flags = ML_FILTER_ANY_ALPHA | ML_FILTER_SEQUENTIAL,
    .prepare = order_prepare,
    .input_window = ml_window_same_rows,
    .render = order_rows,
    .render_ref = order_rows,
};

/* Counts the rows it makes. */
static uint32_t counted_rows;

static void count_rows(const void *plan_in, void *scratch,
                       const struct ml_dst *dst, const struct ml_src *src)
{
    const struct test_plan *state = plan_in;
    (void)scratch;
    counted_rows += dst->y_end - dst->y;
    ml_rows_copy(dst, src, &state->in);
}

static const struct ml_filter count_filter = {
    .name = "count",
    .flags = ML_FILTER_ANY_ALPHA,
    .prepare = test_prepare,
    .input_window = ml_window_same_rows,
    .render = count_rows,
    .render_ref = count_rows,
};

/* ---- running a chain, and the same filters on whole frames ---- */

struct ends {
    const struct test_frame *from;
    struct test_frame *to;
    uint32_t read_y, write_y;
};

static enum ml_status ends_read(void *context, const struct ml_dst *dst,
                                struct ml_error *err)
{
    struct ends *ends = context;
    const struct ml_src src = ml_dst_as_src(&ends->from->rows);
    (void)err;
    assert_int_equal(dst->y, ends->read_y);
    ends->read_y = dst->y_end;
    ml_rows_copy(dst, &src, &ends->from->shape);
    return ML_OK;
}

static enum ml_status ends_write(void *context, const struct ml_src *src,
                                 struct ml_error *err)
{
    struct ends *ends = context;
    (void)err;
    assert_int_equal(src->y, ends->write_y);
    ends->write_y = src->y_end;
    const struct ml_dst part =
        ml_dst_part(&ends->to->rows, &ends->to->shape, src->y, src->y_end);
    ml_rows_copy(&part, src, &ends->to->shape);
    return ML_OK;
}

static void run_chain(const struct ml_chain *chain,
                      const struct test_frame *from, struct test_frame *to)
{
    struct ml_arena arena;
    struct ml_error err;
    struct ml_chain_exec *exec = malloc(sizeof *exec);
    struct ml_step_times times = {0};
    const struct ml_picture_input facts = {.shape = from->shape,
                                           .full_width = from->shape.width,
                                           .full_height = from->shape.height,
                                           .orientation = 1};
    const struct ml_output_format target = {0};
    assert_non_null(exec);
    assert_int_equal(ml_arena_open(&arena, (size_t)256 << 20, &err), ML_OK);
    if (ml_chain_exec_prepare(exec, chain, &facts, &target, &arena, &err) !=
        ML_OK)
        fail_msg("%s: %s", err.what, err.why);
    test_frame_open(to, &exec->out);
    struct ends ends = {.from = from, .to = to};
    const struct ml_row_source in = {.context = &ends, .read = ends_read};
    const struct ml_row_sink out = {.context = &ends, .write = ends_write};
    const size_t before = ml_arena_mark(&arena);
    assert_int_equal(ml_chain_exec_run(exec, &in, &out, &times, &err), ML_OK);
    assert_true(ml_arena_mark(&arena) - before <= exec->row_bytes);
    assert_int_equal(ends.write_y, exec->out.height);
    assert_int_equal(ends.read_y, from->shape.height);
    ml_arena_close(&arena);
    free(exec);
}

/* Every filter alone, from a whole frame to a whole frame. */
static void run_one_by_one(const struct ml_chain *chain,
                           const struct test_frame *from, struct test_frame *to)
{
    struct test_frame at = *from;
    for (size_t i = 0; i < chain->count; i++) {
        struct ml_chain one = {.count = 1, .items = {chain->items[i]}};
        struct test_frame next;
        run_chain(&one, &at, &next);
        if (i > 0)
            test_frame_close(&at);
        at = next;
    }
    *to = at;
}

static void assert_frames_equal(struct test_frame *a, struct test_frame *b)
{
    assert_int_equal(a->shape.width, b->shape.width);
    assert_int_equal(a->shape.height, b->shape.height);
    assert_int_equal(a->shape.layout, b->shape.layout);
    for (uint32_t y = 0; y < a->shape.height; y++)
        assert_memory_equal(ml_dst_row(&a->rows, y), ml_dst_row(&b->rows, y),
                            ml_row_bytes(&a->shape, 0));
}

static struct ml_chain_item make_item(const struct ml_filter *filter,
                                      uint32_t halo)
{
    struct ml_chain_item item = {.filter = filter};
    item.values[0].number = halo;
    return item;
}

static void strips_make_the_bytes_of_whole_frames(void **state)
{
    (void)state;
    static const uint32_t halos[] = {0, 1, 5, 40, 100, 5000};
    struct ml_random random = {.state = 7};
    for (int round = 0; round < 60; round++) {
        const struct ml_shape shape = {
            .width = 1 + ml_random_below(&random, 90),
            .height = 1 + ml_random_below(&random, 400),
            .layout = ML_RGB,
            .bits = 8,
            .sub_x = 1,
            .sub_y = 1};
        struct test_frame from, fused, whole;
        struct ml_chain chain = {.count = 1 + ml_random_below(&random, 5)};
        for (size_t i = 0; i < chain.count; i++) {
            const uint32_t kind = ml_random_below(&random, 6);
            chain.items[i] = make_item(kind == 0   ? &sum_filter
                                       : kind == 1 ? &order_filter
                                                   : &halo_filter,
                                       halos[ml_random_below(&random, 6)]);
        }
        test_frame_open(&from, &shape);
        test_frame_paint(&from, (uint64_t)round);
        run_chain(&chain, &from, &fused);
        run_one_by_one(&chain, &from, &whole);
        assert_frames_equal(&fused, &whole);
        test_frame_close(&from);
        test_frame_close(&fused);
        test_frame_close(&whole);
    }
}

static void named_filters_in_strips_make_the_bytes_of_whole_frames(void **state)
{
    (void)state;
    static const char *const chains[][5] = {
        {"resize:37", "blur:3", "sharpen:1", NULL},
        {"blur:6", "resize:400,enlarge=yes", "invert", NULL},
        {"resize:12x300,fit=fill,enlarge=yes", "blur:1", NULL},
        {"resize:20x20,fit=cover", "blur:0.5", "resize:300,enlarge=yes", NULL},
        {"crop:50x20:10:5", "levels:10%", NULL},
        {"blur:2", "crop:60x30,gravity=south", "blur:2", "crop:50%", NULL},
        {"rotate:90", "crop:90%", "flip", "gray", NULL},
        {"flop", "resize:50%", "rotate:270", "rotate:180", NULL},
    };
    for (size_t c = 0; c < sizeof chains / sizeof *chains; c++) {
        const struct ml_shape shape = {.width = 211,
                                       .height = 173,
                                       .layout = ML_RGB,
                                       .bits = 8,
                                       .sub_x = 1,
                                       .sub_y = 1};
        struct test_frame from, fused, whole;
        struct ml_chain chain = {0};
        struct ml_error err;
        for (size_t i = 0; chains[c][i]; i++) {
            if (ml_chain_parse(&chain, chains[c][i], &err) != ML_OK)
                fail_msg("%s: %s", err.what, err.why);
        }
        test_frame_open(&from, &shape);
        test_frame_paint(&from, c);
        run_chain(&chain, &from, &fused);
        run_one_by_one(&chain, &from, &whole);
        assert_frames_equal(&fused, &whole);
        test_frame_close(&from);
        test_frame_close(&fused);
        test_frame_close(&whole);
    }
}

/* Rows above a crop pass by; they are not kept. */
static void a_crop_far_below_takes_the_memory_of_strips(void **state)
{
    (void)state;
    const struct ml_picture_input facts = {.shape = {.width = 1000,
                                                     .height = 20000,
                                                     .layout = ML_RGB,
                                                     .bits = 8,
                                                     .sub_x = 1,
                                                     .sub_y = 1},
                                           .full_width = 1000,
                                           .full_height = 20000,
                                           .orientation = 1};
    const struct ml_output_format target = {0};
    struct ml_chain chain = {0};
    struct ml_arena arena;
    struct ml_error err;
    struct ml_chain_exec *exec = malloc(sizeof *exec);
    assert_non_null(exec);
    assert_int_equal(
        ml_chain_parse(&chain, "crop:1000x100,gravity=south", &err), ML_OK);
    assert_int_equal(ml_chain_parse(&chain, "blur:2", &err), ML_OK);
    assert_int_equal(ml_arena_open(&arena, (size_t)1 << 20, &err), ML_OK);
    assert_int_equal(
        ml_chain_exec_prepare(exec, &chain, &facts, &target, &arena, &err),
        ML_OK);
    assert_true(exec->row_bytes < 400 * 3000); /* of 20,000 rows */
    ml_arena_close(&arena);
    free(exec);
}

/* Before a crop, rows are made from its first on; but a filter that counts on
 * its rows in order makes them all, and so does what is before it. */
static void rows_that_nobody_needs_are_not_made(void **state)
{
    static const struct {
        const struct ml_filter *filters[3];
        uint32_t most;
    } cases[] = {{{&count_filter}, 60 + 32},
                 {{&count_filter, &halo_filter}, 60 + 10 + 2 * 32},
                 {{&halo_filter, &count_filter}, 60 + 32},
                 {{&count_filter, &order_filter}, 1000},
                 {{&order_filter, &count_filter}, 60 + 32}};
    const struct ml_shape shape = {20, 1000, ML_RGB, 8, 1, 1};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct test_frame from, fused, whole;
        struct ml_chain chain = {0};
        struct ml_error err;
        for (size_t f = 0; f < 3 && cases[i].filters[f]; f++)
            chain.items[chain.count++] = make_item(cases[i].filters[f], 10);
        assert_int_equal(ml_chain_parse(&chain, "crop:20x60:0:800", &err),
                         ML_OK);
        test_frame_open(&from, &shape);
        test_frame_paint(&from, i);
        counted_rows = 0;
        run_chain(&chain, &from, &fused);
        assert_true(counted_rows >= 60 && counted_rows <= cases[i].most);
        run_one_by_one(&chain, &from, &whole);
        assert_frames_equal(&fused, &whole);
        test_frame_close(&from);
        test_frame_close(&fused);
        test_frame_close(&whole);
    }
}

/* Colour under invisible pixels must not bleed into visible ones. */
static void mixing_filters_do_not_see_invisible_colour(void **state)
{
    (void)state;
    static const uint8_t depths[] = {8, 16};
    for (size_t d = 0; d < 2; d++) {
        const struct ml_shape shape = {.width = 64,
                                       .height = 64,
                                       .layout = ML_RGBA,
                                       .bits = depths[d],
                                       .sub_x = 1,
                                       .sub_y = 1};
        struct ml_chain chain = {0};
        struct ml_error err;
        struct test_frame from, to;
        assert_int_equal(ml_chain_parse(&chain, "blur:3", &err), ML_OK);
        test_frame_open(&from, &shape);
        for (uint32_t y = 0; y < 64; y++) {
            uint8_t *row = ml_dst_row(&from.rows, y);
            uint16_t *row16 = (void *)row;
            for (size_t x = 0; x < 64; x++) {
                /* Left: opaque blue.  Right: invisible, but bright red. */
                const uint16_t pixel[4] = {x < 32 ? 0 : 65535, 0,
                                           x < 32 ? 65535 : 0,
                                           x < 32 ? 65535 : 0};
                for (size_t c = 0; c < 4; c++) {
                    if (shape.bits == 8)
                        row[4 * x + c] = (uint8_t)(pixel[c] >> 8);
                    else
                        memcpy(&row16[4 * x + c], &pixel[c], 2);
                }
            }
        }
        run_chain(&chain, &from, &to);
        assert_int_equal(to.shape.bits, shape.bits);
        for (uint32_t y = 0; y < 64; y++) {
            for (size_t x = 0; x < 64; x++) {
                uint16_t red;
                const uint8_t *row = ml_dst_row(&to.rows, y);
                if (shape.bits == 8)
                    red = row[4 * x];
                else
                    memcpy(&red, row + 8 * x, 2);
                assert_int_equal(red, 0);
            }
        }
        test_frame_close(&from);
        test_frame_close(&to);
    }
}

/* To 16 bits and back: an 8-bit colour with alpha changes by no more than the
 * precision of premultiplied 16 bits. */
static void premultiplying_and_back_keeps_opaque_colours_exactly(void **state)
{
    (void)state;
    const struct ml_shape shape = {.width = 256,
                                   .height = 3,
                                   .layout = ML_RGBA,
                                   .bits = 8,
                                   .sub_x = 1,
                                   .sub_y = 1};
    struct ml_chain chain = {.count = 2};
    struct test_frame from, to;
    chain.items[0] = make_item(&ml_convert_premultiply, 0);
    chain.items[1] = make_item(&ml_convert_unpremultiply_8, 0);
    test_frame_open(&from, &shape);
    for (uint32_t y = 0; y < 3; y++) {
        for (size_t x = 0; x < 256; x++) {
            const uint8_t alpha[] = {255, 128, 17};
            const uint8_t pixel[4] = {(uint8_t)x, (uint8_t)(255 - x), 77,
                                      alpha[y]};
            memcpy(ml_dst_row(&from.rows, y) + 4 * x, pixel, 4);
        }
    }
    run_chain(&chain, &from, &to);
    assert_frames_equal(&from, &to);
    test_frame_close(&from);
    test_frame_close(&to);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strips_make_the_bytes_of_whole_frames),
        cmocka_unit_test(
            named_filters_in_strips_make_the_bytes_of_whole_frames),
        cmocka_unit_test(a_crop_far_below_takes_the_memory_of_strips),
        cmocka_unit_test(rows_that_nobody_needs_are_not_made),
        cmocka_unit_test(mixing_filters_do_not_see_invisible_colour),
        cmocka_unit_test(premultiplying_and_back_keeps_opaque_colours_exactly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
