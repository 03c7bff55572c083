/* test_resize_sizes.c: the sizes that resize works out, refuses, and asks of a
 * source that can shrink a picture while loading.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/filters/resize_values.h"

/* ---- sizes ---- */

struct size_case {
    uint32_t full_width, full_height, width, height;
    double percent;
    const char *fit;
    bool enlarge;
    uint32_t want_width, want_height;
};

static const struct size_case size_cases[] = {
    {4000, 3000, 1600, 0, 0, "inside", false, 1600, 1200},
    {4000, 3000, 0, 600, 0, "cover", false, 800, 600},
    {4000, 3000, 1000, 1000, 0, "inside", false, 1000, 750},
    {4000, 3000, 1000, 1000, 0, "outside", false, 1333, 1000},
    {4000, 3000, 1000, 1000, 0, "cover", false, 1000, 1000},
    {4000, 3000, 1000, 1000, 0, "contain", false, 1000, 1000},
    {4000, 3000, 1000, 1000, 0, "fill", false, 1000, 1000},
    {4000, 3000, 0, 0, 25, "inside", false, 1000, 750},
    {3, 3, 0, 0, 50, "inside", false, 2, 2},      /* 1.5 goes up */
    {3, 1000, 10, 10, 0, "inside", false, 1, 10}, /* 0.03 is 1 at least */
    {100, 75, 200, 200, 0, "inside", false, 100, 75},
    {100, 75, 200, 200, 0, "inside", true, 200, 150},
    {100, 75, 80, 80, 0, "outside", false, 100, 75}, /* factor 1.07 */
    {100, 75, 80, 80, 0, "outside", true, 107, 80},
    {100, 75, 80, 80, 0, "cover", false, 80, 75},
    {100, 75, 80, 80, 0, "cover", true, 80, 80},
    {100, 75, 200, 200, 0, "contain", false, 200, 200},
    {100, 75, 50, 200, 0, "fill", false, 50, 75},
    {100, 75, 50, 200, 0, "fill", true, 50, 200},
    {100, 75, 0, 0, 200, "inside", true, 200, 150},
    {100, 75, 300, 0, 0, "inside", false, 100, 75},
};

static void sizes_are_worked_out_from_the_full_picture(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof size_cases / sizeof *size_cases; i++) {
        const struct size_case *c = &size_cases[i];
        for (uint32_t shrink = 1; shrink <= 2; shrink++) {
            struct ml_value values[VALUES];
            struct mix_run run;
            struct ml_error err;
            resize_set_size(values, c->width, c->height);
            values[SIZE].size.percent = c->percent;
            values[FIT].number = resize_choice("fit", c->fit);
            values[ENLARGE].number = c->enlarge;
            const struct ml_shape in = {(c->full_width + shrink - 1) / shrink,
                                        (c->full_height + shrink - 1) / shrink,
                                        ML_GRAY,
                                        8,
                                        1,
                                        1};
            assert_int_equal(mix_prepare(&run, ml_filter_find("resize"), values,
                                         &in, c->full_width, c->full_height,
                                         &err),
                             ML_OK);
            assert_int_equal(run.setup.out.width, c->want_width);
            assert_int_equal(run.setup.out.height, c->want_height);
            ml_arena_close(&run.arena);
        }
    }
}

static void more_than_all_of_it_needs_enlarge(void **state)
{
    const struct ml_shape in = {10, 10, ML_GRAY, 8, 1, 1};
    struct ml_value values[VALUES];
    struct mix_run run;
    struct ml_error err;
    (void)state;
    resize_set_size(values, 0, 0);
    values[SIZE].size.percent = 150;
    assert_int_equal(
        mix_prepare(&run, ml_filter_find("resize"), values, &in, 0, 0, &err),
        ML_ERR_USAGE);
    assert_string_equal(err.remedy, "add enlarge=yes");
    ml_arena_close(&run.arena);
}

static void absurd_sizes_are_refused(void **state)
{
    const struct ml_shape in = {10, 10, ML_GRAY, 8, 1, 1};
    struct ml_value values[VALUES];
    struct mix_run run;
    struct ml_error err;
    (void)state;
    resize_set_size(values, 4000000000U, 0);
    values[ENLARGE].number = 1;
    assert_int_equal(
        mix_prepare(&run, ml_filter_find("resize"), values, &in, 0, 0, &err),
        ML_ERR_LIMIT);
    ml_arena_close(&run.arena);
}

static void loading_must_leave_twice_the_scaled_size(void **state)
{
    const struct ml_shape in = {4000, 3000, ML_RGB, 8, 1, 1};
    struct ml_value values[VALUES];
    struct mix_run run;
    struct ml_error err;
    (void)state;
    resize_set_size(values, 500, 500);
    values[FIT].number = resize_choice("fit", "cover"); /* scaled: 667 x 500 */
    assert_int_equal(
        mix_prepare(&run, ml_filter_find("resize"), values, &in, 0, 0, &err),
        ML_OK);
    assert_int_equal(run.setup.min_source_width, 1334);
    assert_int_equal(run.setup.min_source_height, 1000);
    ml_arena_close(&run.arena);
    values[KERNEL].number = resize_choice("kernel", "nearest");
    assert_int_equal(
        mix_prepare(&run, ml_filter_find("resize"), values, &in, 0, 0, &err),
        ML_OK);
    assert_int_equal(run.setup.min_source_width, 4000);
    assert_int_equal(run.setup.min_source_height, 3000);
    ml_arena_close(&run.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_are_worked_out_from_the_full_picture),
        cmocka_unit_test(more_than_all_of_it_needs_enlarge),
        cmocka_unit_test(absurd_sizes_are_refused),
        cmocka_unit_test(loading_must_leave_twice_the_scaled_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
