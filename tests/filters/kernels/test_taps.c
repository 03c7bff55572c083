/* test_taps.c: tables of taps: sums, order, and what 16 bits make of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include <math.h>

#include "base/random.h"
#include "filters/kernels/separable/separable.h"

#define SEED UINT64_C(4)

static void check_table(const struct ml_taps *taps)
{
    for (uint32_t j = 0; j < taps->out; j++) {
        const struct ml_tap *at = &taps->at[j];
        const int64_t end = (int64_t)at->first + at->count;
        int64_t sum = 0;
        for (uint32_t i = 0; i < at->count; i++)
            sum += taps->weights[at->weights + i];
        assert_int_equal(sum, ML_TAPS_ONE);
        assert_true(at->count >= 1 && at->count <= taps->most);
        assert_true(at->first >= -(int64_t)taps->radius);
        assert_true(end <= (int64_t)taps->in + taps->radius);
        if (j > 0)
            assert_true(at->first >= at[-1].first &&
                        end >= (int64_t)at[-1].first + at[-1].count);
    }
}

static void check_narrow(struct ml_taps *taps, struct ml_arena *arena)
{
    struct ml_tap_stats facts;
    assert_true(ml_taps_q15(taps, arena, &facts));
    for (uint32_t j = 0; facts.fits && j < taps->out; j++) {
        const struct ml_tap *at = &taps->at[j];
        int64_t sum = 0;
        for (uint32_t i = 0; i < at->count; i++)
            sum += taps->q15[at->weights + i];
        /* A lone one is 32767. */
        assert_true(sum == ML_TAPS_Q15_ONE || sum == INT16_MAX);
    }
}

static void weights_sum_to_one_and_never_move_back(void **state)
{
    struct ml_random random = {SEED};
    struct ml_error err;
    struct ml_arena arena;
    (void)state;
    print_message("seed %llu\n", (unsigned long long)SEED);
    assert_int_equal(ml_arena_open(&arena, (size_t)64 << 20, &err), ML_OK);
    for (unsigned round = 0; round < 600; round++) {
        struct ml_taps taps;
        struct ml_resample_axis axis = {.in =
                                            1 + ml_random_below(&random, 700)};
        const uint32_t scaled = 1 + ml_random_below(&random, 900);
        const uint32_t cut = ml_random_below(&random, scaled);
        axis.out = 1 + ml_random_below(&random, scaled - cut);
        axis.scale = (double)axis.in / scaled;
        axis.offset = cut;
        assert_true(ml_taps_resample(
            &taps, &arena, (enum ml_resample_kernel)(round % ML_KERNEL_COUNT),
            &axis));
        check_table(&taps);
        check_narrow(&taps, &arena);
        assert_true(ml_taps_gauss(&taps, &arena, axis.in,
                                  0.3 + 30 * ml_random_unit(&random)));
        check_table(&taps);
        check_narrow(&taps, &arena);
        ml_arena_reset(&arena, 0);
    }
    ml_arena_close(&arena);
}

/* None from four sigmas on, which only the last tap of a small one reaches. */
static double gauss(int distance, double sigma)
{
    return abs(distance) < 4 * sigma
               ? exp(-distance * distance / (2 * sigma * sigma))
               : 0;
}

/* Gaussian weights by libm's exponential: each is rounded to nearest, and the
 * middle one, the largest, takes the rest to one. */
static void gaussian_weights_are_those_of_the_definition(void **state)
{
    struct ml_random random = {SEED};
    struct ml_error err;
    struct ml_arena arena;
    (void)state;
    assert_int_equal(ml_arena_open(&arena, (size_t)2 << 20, &err), ML_OK);
    for (unsigned round = 0; round < 200; round++) {
        const double sigma = 0.3 + 30 * ml_random_unit(&random);
        const int reach = (int)ceil(3 * sigma);
        struct ml_taps taps;
        double total = 0;
        assert_true(ml_taps_gauss(&taps, &arena, 5, sigma));
        assert_int_equal(taps.at[0].count, 2 * reach + 1);
        assert_int_equal(taps.at[0].first, -reach);
        for (int i = -reach; i <= reach; i++)
            total += gauss(i, sigma);
        for (int i = -reach; i <= reach; i++) {
            const double want = gauss(i, sigma) / total * ML_TAPS_ONE;
            const double off = taps.weights[i + reach] - want;
            assert_true(fabs(off) < (i == 0 ? reach + 1 : 0.501));
        }
        ml_arena_reset(&arena, 0);
    }
    ml_arena_close(&arena);
}

/* An axis of this position alone has nothing to share with; the centres may
 * differ by what a double rounds. */
static void check_alone(const struct ml_taps *taps, struct ml_arena *arena,
                        enum ml_resample_kernel kernel,
                        const struct ml_resample_axis *axis, uint32_t j)
{
    struct ml_taps alone;
    const struct ml_resample_axis one = {.in = axis->in,
                                         .out = 1,
                                         .scale = axis->scale,
                                         .offset = axis->offset + j};
    const struct ml_tap *at = &taps->at[j];
    assert_true(ml_taps_resample(&alone, arena, kernel, &one));
    assert_int_equal(at->first, alone.at[0].first);
    assert_int_equal(at->count, alone.at[0].count);
    for (uint32_t i = 0; i < at->count; i++)
        assert_in_range(taps->weights[at->weights + i] -
                            alone.weights[alone.at[0].weights + i] + 1,
                        0, 2);
}

static void positions_that_lie_alike_share_their_weights(void **state)
{
    static const struct {
        uint32_t in, scaled, cut, sets; /* of weights beside the border */
        double shift;                   /* as of chroma: not whole */
    } cases[] = {{600, 300, 0, 1, 0},      {600, 300, 7, 1, 0.25},
                 {1000, 512, 0, 64, 0},    {400, 300, 0, 3, 0},
                 {300, 600, 0, 2, -0.25},  {601, 300, 0, 300, 0},
                 {147, 114, 0, 38, 0},     {684, 504, 0, 42, 0},
                 {296, 226, 0, 113, 0.375}};
    struct ml_error err;
    struct ml_arena arena;
    (void)state;
    assert_int_equal(ml_arena_open(&arena, (size_t)16 << 20, &err), ML_OK);
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        for (enum ml_resample_kernel k = 0; k < ML_KERNEL_COUNT; k++) {
            struct ml_taps taps;
            const struct ml_resample_axis axis = {
                .in = cases[c].in,
                .out = cases[c].scaled - cases[c].cut,
                .scale = (double)cases[c].in / cases[c].scaled,
                .offset = cases[c].cut + cases[c].shift};
            assert_true(ml_taps_resample(&taps, &arena, k, &axis));
            /* At most eight positions at a border are cut off there. */
            assert_true(taps.weight_count <=
                        (size_t)(cases[c].sets + 16) * taps.most);
            check_table(&taps);
            for (uint32_t j = 0; j < axis.out; j++)
                check_alone(&taps, &arena, k, &axis, j);
            ml_arena_reset(&arena, 0);
        }
    }
    ml_arena_close(&arena);
}

/* The samples under a box, in integers: their centres are at odd multiples of
 * 1/2, and so are its ends if all is multiplied by `out`.  Its left end is
 * outside. */
static void a_box_takes_what_lies_under_it(void **state)
{
    struct ml_error err;
    struct ml_arena arena;
    (void)state;
    assert_int_equal(ml_arena_open(&arena, (size_t)16 << 20, &err), ML_OK);
    for (uint32_t in = 2; in <= 700; in += in < 140 ? 1 : 7) {
        for (uint32_t out = 1; out < in; out += out < 20 ? 1 : 11) {
            struct ml_taps taps;
            const struct ml_resample_axis axis = {
                .in = in, .out = out, .scale = (double)in / out};
            assert_true(ml_taps_resample(&taps, &arena, ML_KERNEL_BOX, &axis));
            for (uint32_t j = 0; j < out; j++) {
                const struct ml_tap *at = &taps.at[j];
                for (int64_t i = 0; i < in; i++) {
                    const int64_t apart =
                        (2 * i + 1) * out - (2 * (int64_t)j + 1) * in;
                    const bool under = apart > -(int64_t)in && apart <= in;
                    const int64_t tap = i - at->first;
                    const bool taken =
                        tap >= 0 && tap < at->count &&
                        taps.weights[at->weights + (size_t)tap] > 0;
                    assert_int_equal(taken, under);
                }
            }
            ml_arena_reset(&arena, 0);
        }
    }
    ml_arena_close(&arena);
}

/* Enlarged pictures and photos shrunk five times go the fast way; a sigma that
 * 16 bits cannot do within a level does not, and 16-bit samples never do. */
static void precision_follows_from_the_tables(void **state)
{
    const struct ml_resample_axis up = {
        .in = 200, .out = 300, .scale = 2.0 / 3};
    const struct ml_resample_axis down = {
        .in = 1000, .out = 190, .scale = 100.0 / 19};
    struct ml_error err;
    struct ml_arena arena;
    (void)state;
    assert_int_equal(ml_arena_open(&arena, (size_t)16 << 20, &err), ML_OK);
    for (int i = 0; i < 5; i++) {
        struct ml_separable plane = {.channels = 3, .bits = i == 4 ? 16 : 8};
        if (i == 0 || i == 1)
            assert_true(ml_taps_resample(&plane.x, &arena, ML_KERNEL_LANCZOS3,
                                         i ? &down : &up));
        else
            assert_true(ml_taps_gauss(&plane.x, &arena, 100, i == 3 ? 40 : 2));
        plane.y = plane.x;
        assert_true(ml_separable_prepare(&plane, &arena, 0.95));
        assert_int_equal(plane.q6, i < 3);
        assert_int_equal(plane.symmetric_pairs, i == 2);
    }
    ml_arena_close(&arena);
}

static void spans_stop_at_the_border(void **state)
{
    struct ml_taps taps;
    struct ml_error err;
    struct ml_arena arena;
    (void)state;
    assert_int_equal(ml_arena_open(&arena, (size_t)2 << 20, &err), ML_OK);
    assert_true(ml_taps_gauss(&taps, &arena, 50, 1));
    const struct ml_tap_range head = ml_taps_range(&taps, 0, 1);
    const struct ml_tap_range tail = ml_taps_range(&taps, 40, 50);
    assert_int_equal(head.from, 0);
    assert_int_equal(head.end, 4);
    assert_int_equal(tail.from, 37);
    assert_int_equal(tail.end, 50);
    ml_arena_close(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_sum_to_one_and_never_move_back),
        cmocka_unit_test(gaussian_weights_are_those_of_the_definition),
        cmocka_unit_test(positions_that_lie_alike_share_their_weights),
        cmocka_unit_test(a_box_takes_what_lies_under_it),
        cmocka_unit_test(precision_follows_from_the_tables),
        cmocka_unit_test(spans_stop_at_the_border),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
