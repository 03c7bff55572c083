/* test_filters.c: `minilab filters` prints what the tables of the filters say.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "chain/param_value.h"
#include "filters/registry.h"
#include "support/capture.h"

#define TEXT_MAX 400000

/* The output of `minilab filters ARGUMENTS`, valid until the next call. */
static const char *filters(const char *arguments, int code)
{
    static char text[TEXT_MAX];
    char line[200];
    (void)snprintf(line, sizeof line, "$M filters %s", arguments);
    const int got = capture_program(ML_TEST_PROGRAM, line, text, sizeof text);
    if (got != code)
        fail_msg("%s: %d: %s", line, got, text);
    assert_true(strlen(text) < TEXT_MAX - 1);
    return text;
}

static void the_list_has_every_filter(void **state)
{
    (void)state;
    size_t count;
    const struct ml_filter *const *all = ml_filters(&count);
    const char *text = filters("", 0);
    for (size_t i = 0; i < count; i++) {
        assert_non_null(strstr(text, all[i]->name));
        assert_non_null(strstr(text, all[i]->summary));
    }
}

static void a_filter_is_described_whole(void **state)
{
    (void)state;
    size_t count;
    const struct ml_filter *const *all = ml_filters(&count);
    for (size_t i = 0; i < count; i++) {
        const char *text = filters(all[i]->name, 0);
        assert_non_null(strstr(text, all[i]->summary));
        assert_non_null(strstr(text, all[i]->example));
        for (size_t k = 0; k < all[i]->param_count; k++) {
            const struct ml_param *param = &all[i]->params[k];
            char room[512];
            struct ml_strbuf expects;
            ml_strbuf_open(&expects, room, sizeof room);
            ml_param_format(param, &expects);
            assert_false(expects.truncated);
            assert_non_null(strstr(text, param->name));
            assert_non_null(strstr(text, param->help));
            assert_non_null(strstr(text, room));
        }
    }
}

static void check_json_param(const json_t *object, const struct ml_param *param)
{
    assert_string_equal(json_string_value(json_object_get(object, "name")),
                        param->name);
    assert_string_equal(json_string_value(json_object_get(object, "type")),
                        ml_value_type_name(param->type));
    assert_string_equal(json_string_value(json_object_get(object, "help")),
                        param->help);
    assert_int_equal(json_is_true(json_object_get(object, "required")),
                     param->required);
    assert_non_null(json_object_get(object, "default"));
    const json_t *max = json_object_get(object, "max");
    if (param->type == ML_INTEGER || param->type == ML_REAL)
        assert_true(json_number_value(max) == param->max);
    if (param->type == ML_CHOICE)
        assert_true(json_array_size(json_object_get(object, "choices")) > 0);
}

static void the_json_says_what_the_tables_say(void **state)
{
    (void)state;
    size_t count;
    json_error_t error;
    const struct ml_filter *const *all = ml_filters(&count);
    json_t *document = json_loads(filters("--json", 0), 0, &error);
    assert_non_null(document);
    assert_int_equal(json_integer_value(json_object_get(document, "schema")),
                     1);
    const json_t *list = json_object_get(document, "filters");
    assert_int_equal(json_array_size(list), count);
    for (size_t i = 0; i < count; i++) {
        const json_t *one = json_array_get(list, i);
        const json_t *params = json_object_get(one, "parameters");
        assert_string_equal(json_string_value(json_object_get(one, "name")),
                            all[i]->name);
        assert_string_equal(json_string_value(json_object_get(one, "example")),
                            all[i]->example);
        assert_int_equal(json_array_size(params), all[i]->param_count);
        for (size_t k = 0; k < all[i]->param_count; k++)
            check_json_param(json_array_get(params, k), &all[i]->params[k]);
    }
    json_decref(document);
}

/* Left out, crop's x is not 0: gravity places the rectangle. */
static void what_has_no_default_says_none(void **state)
{
    (void)state;
    assert_non_null(strstr(filters("crop", 0), "default none\n"));
    assert_null(strstr(filters("crop", 0), "default 0"));
    json_t *document = json_loads(filters("crop --json", 0), 0, NULL);
    const json_t *crop =
        json_array_get(json_object_get(document, "filters"), 0);
    const json_t *x = json_array_get(json_object_get(crop, "parameters"), 1);
    assert_true(json_is_null(json_object_get(x, "default")));
    json_decref(document);
}

static void the_json_of_one_filter_has_one(void **state)
{
    (void)state;
    json_t *document = json_loads(filters("invert --json", 0), 0, NULL);
    assert_non_null(document);
    assert_int_equal(json_array_size(json_object_get(document, "filters")), 1);
    json_decref(document);
}

static void unknown_names_are_refused(void **state)
{
    (void)state;
    assert_string_equal(filters("invrt", 2),
                        "minilab filters: unknown filter: 'invrt': "
                        "did you mean invert?\n");
    assert_non_null(strstr(filters("qqqqqqqqqq", 2), "lists all filters"));
    assert_non_null(strstr(filters("a b", 2), "too many operands"));
    assert_non_null(strstr(filters("--jsn", 2), "did you mean --json?"));
}

static void readme_has_a_row_for_every_filter(void **state)
{
    static char text[1 << 16];
    size_t count;
    const struct ml_filter *const *all = ml_filters(&count);
    FILE *readme = fopen(ML_TEST_SOURCE_DIR "/README.md", "r");
    (void)state;
    assert_non_null(readme);
    text[fread(text, 1, sizeof text - 1, readme)] = '\0';
    assert_int_equal(fclose(readme), 0);
    for (size_t i = 0; i < count; i++) {
        char row[128];
        (void)snprintf(row, sizeof row, "\n| `%s` | `-f %s", all[i]->name,
                       all[i]->name);
        if (!strstr(text, row))
            fail_msg("README.md has no row for %s", all[i]->name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_list_has_every_filter),
        cmocka_unit_test(a_filter_is_described_whole),
        cmocka_unit_test(the_json_says_what_the_tables_say),
        cmocka_unit_test(what_has_no_default_says_none),
        cmocka_unit_test(the_json_of_one_filter_has_one),
        cmocka_unit_test(unknown_names_are_refused),
        cmocka_unit_test(readme_has_a_row_for_every_filter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
