/* test_matrix.c: the family of matrices, with what no single filter asks of it:
 * offsets, negative and large weights, one row of any kind.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "filters/family/matrix.h"
#include "support/filters/mix.h"
#include "support/simd_levels.h"

#define SEED UINT64_C(13)
#define CELLS 12
/* A weight is off by half a 65536th, the largest by what makes up their sum. */
#define SLACK (2.5 / 65536)

/* Filters whose values are the cells of the matrix, row by row. */
ML_MATRIX(three)
{
    m->rows = 3;
    for (int i = 0; i < CELLS; i++)
        m->at[i / 4][i % 4] = v[i].number;
}

ML_MATRIX(one)
{
    m->rows = 1;
    for (int i = 0; i < 4; i++)
        m->at[0][i] = v[i].number;
}

static const struct ml_filter three = {.name = "three",
                                       ML_MATRIX_FAMILY(three)};
static const struct ml_filter one = {.name = "one", ML_MATRIX_FAMILY(one)};

static const struct ml_shape shapes[] = {
    {61, 37, ML_GRAY, 8, 1, 1},  {61, 37, ML_GRAYA, 8, 1, 1},
    {61, 37, ML_RGB, 8, 1, 1},   {61, 37, ML_RGBA, 8, 1, 1},
    {61, 37, ML_GRAY, 16, 1, 1}, {61, 37, ML_GRAYA, 16, 1, 1},
    {61, 37, ML_RGB, 16, 1, 1},  {61, 37, ML_RGBA, 16, 1, 1},
};
#define SHAPES (sizeof shapes / sizeof *shapes)

/* Each colour of one pixel is the nearest level to the sum. */
static void check_pixel(const struct mix_picture *in,
                        const struct mix_picture *out, const double *cells,
                        uint32_t y, size_t x)
{
    const double most = in->shape.bits == 8 ? 255 : 65535;
    const size_t from = ml_channels(in->shape.layout);
    const size_t to = ml_channels(out->shape.layout);
    const size_t alpha = ml_has_alpha(in->shape.layout) ? 1 : 0;
    double rgb[3];
    for (size_t c = 0; c < 3; c++)
        rgb[c] = mix_sample(in, 0, y, x * from + (from < 3 ? 0 : c)) / most;
    for (size_t r = 0; r < to - alpha; r++) {
        const double *row = cells + 4 * r;
        const double sum =
            row[0] * rgb[0] + row[1] * rgb[1] + row[2] * rgb[2] + row[3];
        const double want = fmin(fmax(sum, 0), 1) * most;
        const double got = mix_sample(out, 0, y, x * to + r);
        if (!(fabs(got - want) <= 0.5001 + SLACK * most))
            fail_msg("%s, %g: colour %zu of %g %g %g is %g, not %g",
                     ml_layout_name(in->shape.layout), most, r, rgb[0], rgb[1],
                     rgb[2], got, want);
    }
    if (alpha)
        assert_true(mix_sample(out, 0, y, x * to + to - 1) ==
                    mix_sample(in, 0, y, x * from + from - 1));
}

static void check(const struct ml_filter *filter, const double cells[CELLS],
                  struct ml_random *random)
{
    struct ml_value values[CELLS];
    memset(values, 0, sizeof values);
    for (size_t i = 0; i < CELLS; i++)
        values[i].number = cells[i];
    for (size_t s = 0; s < SHAPES; s++) {
        for (unsigned kind = 0; kind < 5; kind++) {
            struct mix_picture in;
            struct mix_run run;
            mix_open(&in, &shapes[s]);
            mix_fill(&in, random, kind, false);
            mix_run(&run, filter, values, &in, 0, 0, random);
            for (uint32_t y = 0; y < in.shape.height; y++)
                for (size_t x = 0; x < in.shape.width; x++)
                    check_pixel(&in, &run.out, cells, y, x);
            mix_run_close(&run);
            mix_close(&in);
        }
    }
}

/* From -most to most, in 1000ths of it. */
static double number(struct ml_random *random, double most)
{
    return ((double)ml_random_below(random, 2001) - 1000) / 1000 * most;
}

static void sums_are_the_nearest_levels(void **state)
{
    static const double mosts[] = {1, 0.3, 3, ML_MATRIX_RANGE};
    struct ml_random random = {SEED};
    (void)state;
    for (int round = 0; round < 8; round++) {
        const double most = mosts[round % 4];
        double cells[CELLS];
        for (size_t i = 0; i < CELLS; i++)
            cells[i] = number(&random, most);
        check(&three, cells, &random);
        check(&one, cells, &random);
    }
}

static void means_are_the_nearest_levels(void **state)
{
    struct ml_random random = {SEED};
    (void)state;
    for (int round = 0; round < 4; round++) {
        double cells[CELLS] = {0};
        for (size_t r = 0; r < 3; r++) {
            cells[4 * r] = fabs(number(&random, 1));
            cells[4 * r + 1] = (1 - cells[4 * r]) * 0.6;
            cells[4 * r + 2] = (1 - cells[4 * r]) * (round % 2 ? 0.4 : 0.1);
        }
        check(&three, cells, &random);
        check(&one, cells, &random);
        cells[3] = -0.1; /* no mean any more */
        check(&one, cells, &random);
    }
    /* A weight of one does not fit the 16 bits of a mean's weights. */
    const double swapped[CELLS] = {0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0};
    check(&three, swapped, &random);
    check(&one, swapped, &random);
}

static void the_largest_numbers_do_not_overflow(void **state)
{
    struct ml_random random = {SEED};
    (void)state;
    for (int sign = -1; sign <= 1; sign += 2) {
        double cells[CELLS];
        for (size_t i = 0; i < CELLS; i++)
            cells[i] = sign * ML_MATRIX_RANGE;
        check(&three, cells, &random);
        for (size_t i = 3; i < CELLS; i += 4)
            cells[i] = -cells[i];
        check(&three, cells, &random);
    }
}

/* Rows that add up to one keep every level of gray, whatever is rounded. */
static void gray_stays_gray(void **state)
{
    struct ml_random random = {SEED};
    (void)state;
    for (uint8_t bits = 8; bits <= 16; bits += 8) {
        const uint32_t levels = bits == 8 ? 256 : 65536;
        const struct ml_shape shape = {levels, 1, ML_RGB, bits, 1, 1};
        for (int round = 0; round < 6; round++) {
            struct ml_value values[CELLS];
            struct mix_picture in;
            struct mix_run run;
            memset(values, 0, sizeof values);
            for (size_t r = 0; r < 3; r++) {
                values[4 * r].number = number(&random, 3);
                values[4 * r + 1].number = number(&random, 3) / 7;
                values[4 * r + 2].number =
                    1 - values[4 * r].number - values[4 * r + 1].number;
            }
            mix_open(&in, &shape);
            for (uint32_t i = 0; i < 3 * levels; i++) {
                if (bits == 8)
                    in.rows.data[0][i] = (uint8_t)(i / 3);
                else
                    ((uint16_t *)(void *)in.rows.data[0])[i] =
                        (uint16_t)(i / 3);
            }
            mix_run(&run, &three, values, &in, 0, 0, &random);
            for (uint32_t i = 0; i < 3 * levels; i++)
                assert_true(mix_sample(&run.out, 0, 0, i) == i / 3);
            mix_run_close(&run);
            mix_close(&in);
        }
    }
}

static void prepared(const struct ml_filter *filter, const double cells[CELLS],
                     enum ml_layout layout, struct ml_filter_setup *prepare_out)
{
    const struct ml_shape shape = {4, 4, layout, 8, 1, 1};
    struct ml_value values[CELLS];
    struct mix_run run;
    struct ml_error err;
    memset(values, 0, sizeof values);
    for (size_t i = 0; i < CELLS; i++)
        values[i].number = cells[i];
    assert_int_equal(mix_prepare(&run, filter, values, &shape, 0, 0, &err),
                     ML_OK);
    *prepare_out = run.setup;
    ml_arena_close(&run.arena);
}

static void layouts_follow_the_rows(void **state)
{
    static const double identity[CELLS] = {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0};
    static const double swapped[CELLS] = {0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0};
    static const double lifted[CELLS] = {1, 0, 0, .1, 0, 1, 0, .1, 0, 0, 1, .1};
    static const double lowered[CELLS] = {1, 0, 0, 0, 0, 1, 0, -.1, 0, 0, 1, 0};
    static const double tinted[CELLS] = {1, 0, 0, .1, 0, 1, 0, 0, 0, 0, 1, 0};
    struct ml_filter_setup got;
    (void)state;
    prepared(&three, identity, ML_RGBA, &got);
    assert_true(got.is_identity && got.out.layout == ML_RGBA);
    prepared(&three, identity, ML_GRAY, &got);
    assert_true(got.is_identity && got.out.layout == ML_GRAY);
    prepared(&three, swapped, ML_RGB, &got);
    assert_true(!got.is_identity && got.out.layout == ML_RGB);
    prepared(&three, swapped, ML_GRAYA, &got); /* equal colours swapped */
    assert_true(got.is_identity && got.out.layout == ML_GRAYA);
    prepared(&three, lifted, ML_GRAYA, &got);
    assert_true(!got.is_identity && got.out.layout == ML_GRAYA);
    prepared(&three, lowered, ML_RGB, &got);
    assert_true(!got.is_identity && got.out.layout == ML_RGB);
    prepared(&three, tinted, ML_GRAYA, &got);
    assert_true(!got.is_identity && got.out.layout == ML_RGBA);
    prepared(&three, tinted, ML_GRAY, &got);
    assert_true(!got.is_identity && got.out.layout == ML_RGB);
    prepared(&one, identity, ML_RGBA, &got);
    assert_true(!got.is_identity && got.out.layout == ML_GRAYA);
}

static int run_all(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_are_the_nearest_levels),
        cmocka_unit_test(means_are_the_nearest_levels),
        cmocka_unit_test(the_largest_numbers_do_not_overflow),
        cmocka_unit_test(gray_stays_gray),
        cmocka_unit_test(layouts_follow_the_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return levels_run(run_all);
}
