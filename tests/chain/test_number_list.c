/* test_number_list.c: parameters that are lists of numbers, as text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "chain/chain.h"

static const struct ml_param demo_params[] = {
    {.name = "list", .type = ML_NUMBER_LIST, .min = -50, .max = 1000},
};

static const struct ml_filter demo = {
    .name = "demo",
    .example = "demo:1_2",
    .params = demo_params,
    .param_count = 1,
};

static struct ml_chain_item parse_ok(const char *values)
{
    struct ml_chain_item item;
    struct ml_error err = {0};
    if (ml_chain_item_parse(&item, &demo, values, &err) != ML_OK)
        fail_msg("%s: %s: %s: %s", values, err.what, err.why, err.remedy);
    return item;
}

static void parse_bad(const char *values, const char *why, const char *remedy)
{
    struct ml_chain_item item;
    struct ml_error err = {0};
    memset(&item, 0x5a, sizeof item);
    const struct ml_chain_item before = item;
    assert_int_equal(ml_chain_item_parse(&item, &demo, values, &err),
                     ML_ERR_USAGE);
    assert_non_null(strstr(err.what, "bad value for list"));
    if (!strstr(err.why, why) || !strstr(err.remedy, remedy))
        fail_msg("%s: got '%s' '%s'", values, err.why, err.remedy);
    assert_memory_equal(&item, &before, sizeof item);
}

/* What is printed of a list, which reads back the same. */
static void prints(const char *values, char *room, size_t capacity)
{
    const struct ml_chain_item item = parse_ok(values);
    struct ml_strbuf text;
    ml_strbuf_open(&text, room, capacity);
    ml_chain_print(&item, &text);
    assert_false(text.truncated);
    const struct ml_chain_item again = parse_ok(room + strlen(demo.name));
    assert_true(item.values[0].number == again.values[0].number);
    assert_memory_equal(item.numbers, again.numbers, sizeof item.numbers);
}

static void lists_are_read_and_printed(void **state)
{
    (void)state;
    static const double want[] = {1, -2.5, 3, 0, 0.5};
    const struct ml_chain_item item = parse_ok(":1_-2.50_+3_0_.5");
    char room[100];
    assert_true(item.values[0].given && item.values[0].number == 5);
    assert_memory_equal(item.numbers, want, sizeof want);
    prints(":1_-2.50_+3_0_.5", room, sizeof room);
    assert_string_equal(room, "demo:1_-2.5_3_0_0.5");
    prints(",list=7", room, sizeof room);
    assert_string_equal(room, "demo:7");
}

static void what_is_no_list_is_refused(void **state)
{
    char text[ML_NUMBER_LIST_MAX * 2 + 20] = ":1";
    (void)state;
    parse_bad(",list=", "not a number", "1_0_-1");
    parse_bad(":1__2", "'' is not a number", "1_0_-1");
    parse_bad(":1_2_", "'' is not a number", "1_0_-1");
    parse_bad(":1_x_2", "'x' is not a number", "-50 to 1000");
    parse_bad(":1_2%", "'2%' is not a number", "numbers");
    parse_bad(":1_1001", "'1001' is not within -50 and 1000",
              "up to 225 numbers");
    for (size_t i = 1; i < ML_NUMBER_LIST_MAX; i++)
        strcat(text, "_1");
    assert_true(parse_ok(text).values[0].number == ML_NUMBER_LIST_MAX);
    strcat(text, "_1");
    parse_bad(text, "too long", "up to 225 numbers");
}

/* .25 is printed as 0.25: a list that would outgrow a filter's text so. */
static void a_list_too_long_to_print_is_refused(void **state)
{
    char text[1024] = ":.25", room[1024];
    (void)state;
    for (size_t i = 1; i < 180; i++)
        strcat(text, "_.25");
    prints(text, room, sizeof room);
    strcat(text, "_.25");
    parse_bad(text, "too long", "numbers");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_are_read_and_printed),
        cmocka_unit_test(what_is_no_list_is_refused),
        cmocka_unit_test(a_list_too_long_to_print_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
