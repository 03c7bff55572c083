/* test_levels.c: every sample value against the formula in doubles, halves,
 * alpha, and invalid values.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/filters/mix.h"
#include "support/simd_levels.h"

#define SEED UINT64_C(5)

enum { BLACK, WHITE, GAMMA, VALUES };

static void set(struct ml_value *values, double black, double white,
                double gamma)
{
    memset(values, 0, VALUES * sizeof *values);
    values[BLACK].number = black;
    values[WHITE].number = white;
    values[GAMMA].number = gamma;
}

/* One row that has every sample value once in every channel. */
static void every_level(struct mix_picture *in, enum ml_layout layout,
                        uint8_t bits)
{
    const uint32_t levels = bits == 8 ? 256 : 65536;
    const struct ml_shape shape = {levels, 1, layout, bits, 1, 1};
    const uint32_t channels = ml_channels(layout);
    mix_open(in, &shape);
    for (uint32_t i = 0; i < levels * channels; i++) {
        const uint32_t level = (i / channels + i % channels * 77) % levels;
        if (bits == 8)
            in->rows.data[0][i] = (uint8_t)level;
        else
            ((uint16_t *)(void *)in->rows.data[0])[i] = (uint16_t)level;
    }
}

static const enum ml_layout layouts[] = {ML_GRAY, ML_GRAYA, ML_RGB, ML_RGBA};

/* Call `expect` on every sample that is not alpha; alpha must stay. */
static void each_sample(const char *name, const struct ml_value *values,
                        void (*expect)(const struct ml_value *values,
                                       double from, double to, double most))
{
    for (uint8_t bits = 8; bits <= 16; bits += 8) {
        for (size_t i = 0; i < 4; i++) {
            const size_t channels = ml_channels(layouts[i]);
            const bool alpha = ml_has_alpha(layouts[i]);
            struct ml_random random = {SEED};
            struct mix_picture in;
            struct mix_run run;
            every_level(&in, layouts[i], bits);
            mix_run(&run, ml_filter_find(name), values, &in, 0, 0, &random);
            for (size_t at = 0; at < in.shape.width * channels; at++) {
                const double from = mix_sample(&in, 0, 0, at);
                const double to = mix_sample(&run.out, 0, 0, at);
                if (alpha && at % channels == channels - 1)
                    assert_true(to == from);
                else
                    expect(values, from, to, bits == 8 ? 255 : 65535);
            }
            mix_run_close(&run);
            mix_close(&in);
        }
    }
}

static void expect_level(const struct ml_value *values, double from, double to,
                         double most)
{
    const double black = values[BLACK].number * most / 100;
    const double white = values[WHITE].number * most / 100;
    double part = (from - black) / (white - black);
    part = part < 0 ? 0 : part > 1 ? 1 : part;
    const double want = most * pow(part, 1 / values[GAMMA].number);
    assert_true(fabs(to - want) < 0.5001); /* the nearest, not only near */
}

static void every_value_goes_where_the_formula_says(void **state)
{
    static const double cases[][VALUES] = {
        {0, 100, 2.2},  {0, 100, 0.1},    {0, 100, 10}, {10, 90, 1},
        {0, 50, 1},     {49.9, 50.1, 1},  {0, 80, 2},   {3.5, 77.25, 0.45},
        {99, 100, 1.5}, {12.5, 100, 1.25}};
    struct ml_value values[VALUES];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        set(values, cases[i][BLACK], cases[i][WHITE], cases[i][GAMMA]);
        each_sample("levels", values, expect_level);
    }
}

/* 51 of 255 is a fifth; with white at 80 % that is a quarter, its root a half,
 * and 127.5 goes up. */
static void halves_go_up(void **state)
{
    struct ml_value values[VALUES];
    struct ml_random random = {SEED};
    struct mix_picture in;
    struct mix_run run;
    (void)state;
    set(values, 0, 80, 2);
    every_level(&in, ML_GRAY, 8);
    mix_run(&run, ml_filter_find("levels"), values, &in, 0, 0, &random);
    assert_true(mix_sample(&run.out, 0, 0, 51) == 128);
    mix_run_close(&run);
    mix_close(&in);
}

static enum ml_status prepared(double black, double white, double gamma,
                               bool *unchanged_out, struct ml_error *err)
{
    const struct ml_shape shape = {4, 4, ML_RGB, 8, 1, 1};
    struct ml_value values[VALUES];
    struct mix_run run;
    set(values, black, white, gamma);
    const enum ml_status status =
        mix_prepare(&run, ml_filter_find("levels"), values, &shape, 0, 0, err);
    *unchanged_out = run.setup.is_identity;
    ml_arena_close(&run.arena);
    return status;
}

static void black_must_be_below_white(void **state)
{
    struct ml_error err = {0};
    bool unchanged;
    (void)state;
    assert_int_equal(prepared(60, 40, 1, &unchanged, &err), ML_ERR_USAGE);
    assert_string_equal(err.what, "levels has black at or above white");
    assert_string_equal(err.why, "black 60%, white 40%");
    assert_string_equal(err.remedy, "give a black below white");
    assert_int_equal(prepared(50, 50, 1, &unchanged, &err), ML_ERR_USAGE);
}

static void the_defaults_change_nothing(void **state)
{
    struct ml_error err;
    bool unchanged;
    (void)state;
    assert_int_equal(prepared(0, 100, 1, &unchanged, &err), ML_OK);
    assert_true(unchanged);
    assert_int_equal(prepared(0, 100, 1.1, &unchanged, &err), ML_OK);
    assert_false(unchanged);
    assert_int_equal(prepared(0, 99, 1, &unchanged, &err), ML_OK);
    assert_false(unchanged);
}

static int run_all(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_value_goes_where_the_formula_says),
        cmocka_unit_test(halves_go_up),
        cmocka_unit_test(black_must_be_below_white),
        cmocka_unit_test(the_defaults_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return levels_run(run_all);
}
