/* test_rotations.c: auto-orient, rotate, flip and flop against the EXIF
 * standard's definition of each orientation, and against each other; all of it
 * once for each SIMD target that the processor has.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/filters/mix.h"
#include "support/simd_levels.h"

#define SEED UINT64_C(11)

/* The sides of the upright picture at which the stored row 0 and the stored
 * column 0 lie: CIPA DC-008, tag 274. */
static const struct {
    char row, column; /* Top, Bottom, Left, Right */
} exif_sides[] = {{0, 0},     {'T', 'L'}, {'T', 'R'}, {'B', 'R'}, {'B', 'L'},
                  {'L', 'T'}, {'R', 'T'}, {'R', 'B'}, {'L', 'B'}};

static const struct ml_shape shapes[] = {
    {31, 18, ML_GRAY, 8, 1, 1}, {17, 40, ML_GRAYA, 8, 1, 1},
    {45, 29, ML_RGB, 8, 1, 1},  {23, 24, ML_RGBA, 8, 1, 1},
    {16, 9, ML_GRAY, 16, 1, 1}, {20, 33, ML_GRAYA, 16, 1, 1},
    {37, 21, ML_RGB, 16, 1, 1}, {8, 8, ML_RGBA, 16, 1, 1},
    {19, 26, ML_CMYK, 8, 1, 1}, {1, 9, ML_RGB, 8, 1, 1},
    {9, 1, ML_RGB, 8, 1, 1},    {1, 1, ML_GRAY, 8, 1, 1},
    {7, 64, ML_RGB, 8, 1, 1},
};

#define SHAPES (sizeof shapes / sizeof *shapes)

/* Put a stored coordinate on its side of the upright picture. */
static void place(char side, uint32_t at, uint32_t width, uint32_t height,
                  uint32_t *x, uint32_t *y)
{
    if (side == 'T')
        *y = at;
    else if (side == 'B')
        *y = height - 1 - at;
    else if (side == 'L')
        *x = at;
    else
        *x = width - 1 - at;
}

static void expect_upright(const struct mix_picture *in,
                           const struct mix_picture *out, uint8_t orientation)
{
    const struct ml_shape *stored = &in->shape, *upright = &out->shape;
    const size_t channels = ml_channels(stored->layout);
    const bool lies = orientation > 4;
    assert_int_equal(upright->width, lies ? stored->height : stored->width);
    assert_int_equal(upright->height, lies ? stored->width : stored->height);
    for (uint32_t row = 0; row < stored->height; row++) {
        for (uint32_t column = 0; column < stored->width; column++) {
            uint32_t x = 0, y = 0;
            place(exif_sides[orientation].row, row, upright->width,
                  upright->height, &x, &y);
            place(exif_sides[orientation].column, column, upright->width,
                  upright->height, &x, &y);
            for (size_t c = 0; c < channels; c++)
                assert_true(mix_sample(in, 0, row, column * channels + c) ==
                            mix_sample(out, 0, y, x * channels + c));
        }
    }
}

/* Run a filter whose result is that of one orientation. */
static void expect_way(const char *name, double value, uint8_t orientation)
{
    const struct ml_value values[1] = {{.given = true, .number = value}};
    struct ml_random random = {SEED};
    for (size_t i = 0; i < SHAPES; i++) {
        struct mix_picture in;
        struct mix_run run;
        mix_open(&in, &shapes[i]);
        mix_fill(&in, &random, 0, false);
        mix_run(&run, ml_filter_find(name), values, &in, 0, 0, &random);
        expect_upright(&in, &run.out, orientation);
        mix_run_close(&run);
        mix_close(&in);
    }
}

static void rotate_turns_clockwise(void **state)
{
    (void)state;
    expect_way("rotate", 0, 6);
    expect_way("rotate", 1, 3);
    expect_way("rotate", 2, 8);
}

static void flip_is_upside_down_and_flop_a_mirror(void **state)
{
    (void)state;
    expect_way("flip", 0, 4);
    expect_way("flop", 0, 2);
}

/* Like mix_run(), for a picture of some orientation, in one piece. */
static void orient(struct mix_run *run, const struct mix_picture *in,
                   uint8_t orientation)
{
    const struct ml_filter *filter = ml_filter_find("auto-orient");
    struct ml_error err;
    memset(run, 0, sizeof *run);
    assert_int_equal(ml_arena_open(&run->arena, 1 << 20, &err), ML_OK);
    run->setup = (struct ml_filter_setup){.filter = filter,
                                          .in = in->shape,
                                          .full_width = in->shape.width,
                                          .full_height = in->shape.height,
                                          .orientation = orientation,
                                          .arena = &run->arena};
    assert_int_equal(filter->prepare(&run->setup, &err), ML_OK);
    mix_open(&run->out, &run->setup.out);
    const struct ml_src src = ml_dst_as_src(&in->rows);
    filter->render(run->setup.state, NULL, &run->out.rows, &src);
}

static void auto_orient_obeys_each_orientation_and_resets_it(void **state)
{
    struct ml_random random = {SEED};
    (void)state;
    for (uint8_t orientation = 2; orientation <= 8; orientation++) {
        for (size_t i = 0; i < SHAPES; i++) {
            struct mix_picture in;
            struct mix_run run;
            mix_open(&in, &shapes[i]);
            mix_fill(&in, &random, 0, false);
            orient(&run, &in, orientation);
            assert_int_equal(run.setup.orientation, 1);
            assert_false(run.setup.is_identity);
            expect_upright(&in, &run.out, orientation);
            mix_check_guards(&run.out);
            mix_run_close(&run);
            mix_close(&in);
        }
    }
}

/* ---- tiles ---- */

#define PAGE 4096
#define FILL 0x5A

/* Sizes about those of tiles, 8 to 64, and of blocks, 64 and 128. */
static const uint32_t turned_heights[] = {7,  8,  15, 16,  17,  31,  33,
                                          63, 64, 65, 100, 127, 129, 197};
static const uint32_t turned_widths[] = {1, 3, 4, 5, 8, 16, 19, 33};

/* A pixel of 1, 2, 3, 4, 6, 8 bytes. */
static const struct ml_shape turned_pixels[] = {
    {.layout = ML_GRAY, .bits = 8}, {.layout = ML_GRAYA, .bits = 8},
    {.layout = ML_RGB, .bits = 8},  {.layout = ML_RGBA, .bits = 8},
    {.layout = ML_RGB, .bits = 16}, {.layout = ML_RGBA, .bits = 16}};

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* `apart` 0: rows without gaps, else each row on a multiple of `apart` bytes.
 * The memory ends with the last row, so that sanitizers see any access beyond
 * it. */
static void frame_open(struct mix_picture *frame, const struct ml_shape *shape,
                       size_t apart)
{
    const size_t row = ml_row_bytes(shape, 0);
    const size_t stride = apart > 0 ? (row + apart - 1) / apart * apart : row;
    memset(frame, 0, sizeof *frame);
    frame->shape = *shape;
    frame->bytes = stride * (shape->height - 1) + row;
    frame->memory = malloc(frame->bytes);
    assert_non_null(frame->memory);
    memset(frame->memory, FILL, frame->bytes);
    frame->rows.data[0] = frame->memory;
    frame->rows.stride_bytes[0] = stride;
    frame->rows.y_end = shape->height;
}

/* Output rows from `first` on in one piece, those before in another, are what
 * the reference makes, and no byte between the rows is touched. */
static void expect_reference(const struct mix_picture *in, uint8_t orientation,
                             uint32_t first, size_t apart)
{
    struct mix_run run;
    struct mix_picture want, got;
    orient(&run, in, orientation);
    const struct ml_shape *shape = &run.setup.out;
    const struct ml_filter *filter = ml_filter_find("auto-orient");
    const struct ml_src src = ml_dst_as_src(&in->rows);
    frame_open(&want, shape, apart);
    frame_open(&got, shape, apart);
    first = first < shape->height ? first : 0;
    const struct ml_dst upper = ml_dst_part(&got.rows, shape, 0, first);
    const struct ml_dst lower =
        ml_dst_part(&got.rows, shape, first, shape->height);
    filter->render_ref(run.setup.state, NULL, &want.rows, &src);
    filter->render(run.setup.state, NULL, &lower, &src);
    if (first > 0)
        filter->render(run.setup.state, NULL, &upper, &src);
    assert_memory_equal(got.memory, want.memory, want.bytes);
    mix_close(&want);
    mix_close(&got);
    mix_run_close(&run);
}

static void expect_turns(const struct ml_shape *shape, size_t apart)
{
    struct ml_random random = {SEED};
    struct mix_picture in;
    frame_open(&in, shape, apart);
    mix_fill(&in, &random, 0, false);
    for (uint8_t orientation = 2; orientation <= 8; orientation++)
        expect_reference(&in, orientation,
                         (uint32_t)ml_random_below(&random, shape->width),
                         apart);
    mix_close(&in);
}

static void tiles_of_all_sizes_make_the_reference_s_bytes(void **state)
{
    (void)state;
    for (size_t p = 0; p < COUNT(turned_pixels); p++) {
        for (size_t h = 0; h < COUNT(turned_heights); h++) {
            for (size_t w = 0; w < COUNT(turned_widths); w++) {
                struct ml_shape shape = turned_pixels[p];
                shape.width = turned_widths[w];
                shape.height = turned_heights[h];
                shape.sub_x = shape.sub_y = 1;
                expect_turns(&shape, 0);
            }
        }
    }
}

static void rows_whole_pages_apart_are_turned_too(void **state)
{
    (void)state;
    for (size_t p = 0; p < COUNT(turned_pixels); p++) {
        struct ml_shape shape = turned_pixels[p];
        shape.width = 75;
        shape.height = 203;
        shape.sub_x = shape.sub_y = 1;
        expect_turns(&shape, PAGE);
        expect_turns(&shape, 2 * (size_t)PAGE);
    }
}

static void upright_and_nonsense_pass_unchanged(void **state)
{
    static const uint8_t orientations[] = {1, 0, 9, 255};
    (void)state;
    for (size_t i = 0; i < sizeof orientations; i++) {
        struct mix_picture in;
        struct mix_run run;
        mix_open(&in, &shapes[0]);
        orient(&run, &in, orientations[i]);
        assert_true(run.setup.is_identity);
        assert_int_equal(run.setup.orientation, 1);
        assert_true(ml_shape_same(&run.setup.out, &in.shape));
        mix_run_close(&run);
        mix_close(&in);
    }
}

static void a_mirror_needs_its_own_row_and_a_turn_all(void **state)
{
    (void)state;
    for (uint8_t orientation = 2; orientation <= 8; orientation++) {
        struct mix_picture in;
        struct mix_run run;
        mix_open(&in, &shapes[2]);
        orient(&run, &in, orientation);
        const struct ml_range need =
            ml_filter_find("auto-orient")->input_window(run.setup.state, 5, 7);
        assert_int_equal(need.y, orientation == 2 ? 5 : 0);
        assert_int_equal(need.y_end, orientation == 2 ? 7 : shapes[2].height);
        mix_run_close(&run);
        mix_close(&in);
    }
}

/* A mirrored axis whose last chroma sample is no whole one has no grid. */
static void mirrors_off_the_chroma_grid_refuse_planes(void **state)
{
    static const struct {
        const char *name;
        double value;
        struct ml_shape shape;
        bool refused;
    } cases[] = {{"flop", 0, {101, 50, ML_YCC, 8, 2, 1}, true},
                 {"flop", 0, {101, 50, ML_YCC, 8, 1, 2}, false},
                 {"flop", 0, {100, 51, ML_YCC, 8, 2, 2}, false},
                 {"flip", 0, {100, 51, ML_YCC, 8, 1, 2}, true},
                 {"flip", 0, {100, 51, ML_YCC, 8, 2, 1}, false},
                 {"flip", 0, {101, 50, ML_YCC, 8, 2, 2}, false},
                 {"rotate", 1, {101, 50, ML_YCC, 8, 2, 2}, true},
                 {"rotate", 1, {100, 50, ML_YCC, 8, 2, 2}, false}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct ml_value values[1] = {
            {.given = true, .number = cases[i].value}};
        struct mix_run run;
        struct ml_error err;
        assert_int_equal(mix_prepare(&run, ml_filter_find(cases[i].name),
                                     values, &cases[i].shape, 0, 0, &err),
                         ML_OK);
        assert_int_equal(run.setup.needs_rgb, cases[i].refused);
        ml_arena_close(&run.arena);
    }
}

/* ---- levels ---- */

static int run_all(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rotate_turns_clockwise),
        cmocka_unit_test(flip_is_upside_down_and_flop_a_mirror),
        cmocka_unit_test(auto_orient_obeys_each_orientation_and_resets_it),
        cmocka_unit_test(tiles_of_all_sizes_make_the_reference_s_bytes),
        cmocka_unit_test(rows_whole_pages_apart_are_turned_too),
        cmocka_unit_test(upright_and_nonsense_pass_unchanged),
        cmocka_unit_test(a_mirror_needs_its_own_row_and_a_turn_all),
        cmocka_unit_test(mirrors_off_the_chroma_grid_refuse_planes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return levels_run(run_all);
}
