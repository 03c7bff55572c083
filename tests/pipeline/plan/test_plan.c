/* Plans: a printed plan is parsed to the same plan, and an invalid one is
 * refused with the reason. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "pipeline/plan/plan.h"

static void every_mode_is_a_plan_and_prints_back(void **state)
{
    (void)state;
    size_t count;
    const struct ml_mode *modes = ml_modes(&count);
    assert_true(count >= 4);
    for (size_t i = 0; i < count; i++) {
        struct ml_plan plan, again;
        struct ml_error err;
        char room[256];
        struct ml_strbuf text;
        assert_int_equal(ml_plan_parse(&plan, modes[i].plan, 3, 2, &err),
                         ML_OK);
        ml_strbuf_open(&text, room, sizeof room);
        ml_plan_print(&plan, &text);
        assert_int_equal(ml_plan_parse(&again, room, 9, 9, &err), ML_OK);
        assert_int_equal(plan.count, again.count);
        for (size_t k = 0; k < plan.count; k++) {
            assert_int_equal(plan.stages[k].first, again.stages[k].first);
            assert_int_equal(plan.stages[k].last, again.stages[k].last);
            assert_int_equal(plan.stages[k].executor, again.stages[k].executor);
            assert_int_equal(plan.stages[k].width, again.stages[k].width);
        }
        assert_ptr_equal(ml_mode_find(modes[i].name), &modes[i]);
    }
    assert_null(ml_mode_find("nonesuch"));
}

static void widths_come_from_the_text_and_from_the_options(void **state)
{
    (void)state;
    struct ml_plan plan;
    struct ml_error err;
    assert_int_equal(
        ml_plan_parse(&plan,
                      "read @ threads:R|decode,filter @processes:N | "
                      "encode,write@threads",
                      7, 3, &err),
        ML_OK);
    assert_int_equal(plan.count, 3);
    assert_int_equal(plan.stages[0].width, 3);
    assert_true(plan.stages[0].by_readers);
    assert_int_equal(plan.stages[1].width, 7);
    assert_false(plan.stages[1].by_readers);
    assert_int_equal(plan.stages[1].executor, ML_PROCESSES);
    assert_int_equal(plan.stages[1].first, ML_STEP_DECODE);
    assert_int_equal(plan.stages[1].last, ML_STEP_FILTER);
    assert_int_equal(plan.stages[2].width, 1);
}

static void a_loop_has_as_many_jobs_in_flight_as_readers(void **state)
{
    (void)state;
    static const char text[] = "read@loop|decode@loop|filter@loop:3|encode@"
                               "threads:N|write@loop:R";
    struct ml_plan plan;
    struct ml_error err;
    assert_int_equal(ml_plan_parse(&plan, text, 7, 5, &err), ML_OK);
    assert_int_equal(plan.stages[0].executor, ML_LOOP);
    assert_int_equal(plan.stages[0].width, 5);
    assert_true(plan.stages[0].by_readers);
    assert_int_equal(plan.stages[1].width, 1); /* it only computes */
    assert_false(plan.stages[1].by_readers);
    assert_int_equal(plan.stages[2].width, 3);
    assert_int_equal(plan.stages[4].width, 5);
    assert_int_equal(ml_stage_concurrency(&plan.stages[0], ML_STEP_READ), 5);
    assert_int_equal(ml_stage_concurrency(&plan.stages[2], ML_STEP_FILTER), 1);
    assert_int_equal(ml_stage_concurrency(&plan.stages[3], ML_STEP_ENCODE), 7);
    assert_int_equal(ml_plan_parse(&plan, text, 7, 0, &err), ML_OK);
    assert_int_equal(plan.stages[0].width, ML_LOOP_IN_FLIGHT);
    assert_int_equal(plan.stages[4].width, ML_LOOP_IN_FLIGHT);
    assert_int_equal(
        ml_plan_parse(&plan, "read@threads:R|decode,filter,encode,write@loop",
                      1, 0, &err),
        ML_OK);
    assert_int_equal(plan.stages[0].width, ML_READERS);
}

static void invalid_plans_are_refused_with_the_reason(void **state)
{
    (void)state;
    static const struct {
        const char *plan, *says;
    } cases[] = {
        {"", "a step"},
        {"read", "@ expected at its end"},
        {"read@inline", "decode is missing"},
        {"read,decode,filter,encode,write@inline |", "a step"},
        {"read,decode,filter,encode,write@inline x", "unexpected text"},
        {"decode,read,filter,encode,write@inline", "decode where read"},
        {"read,read,decode,filter,encode,write@inline", "read where decode"},
        {"read,decode,filter,encode,write,write@inline", "the end"},
        {"raed,decode,filter,encode,write@inline", "\"raed\""},
        {"read,decode,filter,encode,write@thraeds:2", "\"thraeds\""},
        {"read,decode,filter,encode,write@threads:0", "threads:0"},
        {"read,decode,filter,encode,write@threads:257", "threads:257"},
        {"read,decode,filter,encode,write@threads:-1", "threads:-1"},
        {"read,decode,filter,encode,write@inline:2", "calling thread"},
        {"read,decode,filter,encode,write@processes:2", "opens no file"},
        {"read@threads:1 | decode,filter,encode,write@processes:2",
         "opens no file"},
        {"read,decode,filter,encode,write@loop:0", "loop:0"},
        {"read,decode,filter,encode,write@loop:257", "loop:257"},
        {"read@inline | decode,filter,encode,write@loop",
         "1 of 2 stages are inline"},
        {"read@inline | decode,filter,encode,write@threads:2",
         "1 of 2 stages are inline"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ml_plan plan;
        struct ml_error err;
        assert_int_equal(ml_plan_parse(&plan, cases[i].plan, 2, 2, &err),
                         ML_ERR_USAGE);
        if (!strstr(err.why, cases[i].says))
            fail_msg("%s: %s", cases[i].plan, err.why);
        assert_true(err.what[0] != '\0' && err.remedy[0] != '\0');
    }
}

static void a_misspelt_name_gets_the_closest_one(void **state)
{
    (void)state;
    struct ml_plan plan;
    struct ml_error err;
    assert_int_equal(ml_plan_parse(&plan,
                                   "read,decode,filtre,encode,write@inline", 2,
                                   2, &err),
                     ML_ERR_USAGE);
    assert_non_null(strstr(err.remedy, "filter"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_mode_is_a_plan_and_prints_back),
        cmocka_unit_test(widths_come_from_the_text_and_from_the_options),
        cmocka_unit_test(a_loop_has_as_many_jobs_in_flight_as_readers),
        cmocka_unit_test(invalid_plans_are_refused_with_the_reason),
        cmocka_unit_test(a_misspelt_name_gets_the_closest_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
