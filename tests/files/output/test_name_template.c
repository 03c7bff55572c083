/* test_name_template.c: templates of output names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "files/output/name_template.h"

static const char *const jpeg[] = {"jpg", "jpeg", NULL};

static enum ml_status expand(const char *template_text, const char *relative,
                             char path[ML_NAME_PATH_MAX], struct ml_error *err)
{
    struct ml_name_template name;
    const struct ml_name_values values = {.relative = relative,
                                          .extensions = jpeg,
                                          .n = 7,
                                          .width = 640,
                                          .height = 480,
                                          .hash = UINT64_C(0xabcdef012345678)};
    if (ml_name_template_parse(&name, template_text, err) != ML_OK)
        return err->status;
    size_t length;
    const enum ml_status status =
        ml_name_template_expand(&name, &values, path, &length, err);
    if (status == ML_OK)
        assert_int_equal(strlen(path), length);
    return status;
}

struct name_case {
    const char *template_text, *relative, *want;
};

static void templates_expand_as_documented(void **state)
{
    (void)state;
    static const struct name_case cases[] = {
        {ML_NAME_DEFAULT, "2024/a.jpg", "2024/a.jpg"},
        {ML_NAME_DEFAULT, "a.jpg", "a.jpg"},
        {ML_NAME_DEFAULT, "a.JPG", "a.JPG"},
        {ML_NAME_DEFAULT, "a.Jpeg", "a.Jpeg"},
        {ML_NAME_DEFAULT, "a.png", "a.jpg"},
        {ML_NAME_DEFAULT, "a", "a.jpg"},
        {ML_NAME_DEFAULT, ".jpg", ".jpg.jpg"},
        {ML_NAME_DEFAULT, "a.b.png", "a.b.jpg"},
        {ML_NAME_DEFAULT, "d.d/a", "d.d/a.jpg"},
        {ML_NAME_DEFAULT, "a.", "a.jpg"},
        {ML_NAME_DEFAULT, "line\nbreak/\xff.png", "line\nbreak/\xff.jpg"},
        {ML_NAME_DEFAULT, "-rf.png", "-rf.jpg"},
        {ML_NAME_DEFAULT, "a%s{dir}.png", "a%s{dir}.jpg"},
        {"thumbs/{dir}/{stem}_{w}.{ext}", "x/y/a.png", "thumbs/x/y/a_640.jpg"},
        {"thumbs/{dir}/{stem}_{w}x{h}.{ext}", "a.png", "thumbs/a_640x480.jpg"},
        {"t{dir}/{stem}", "a.png", "t/a"},
        {"{n}", "a", "7"},
        {"{n:04}-{n:01}", "a", "0007-7"},
        {"{hash}", "a", "0abcdef012345678"},
        {"{hash:8}.{ext}", "a", "0abcdef0.jpg"},
        {"{{{stem}}}", "a", "{a}"},
        {"a{{b}}c/{{", "a", "a{b}c/{"},
        {"{dir}{stem}", "a.png", "a"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char path[ML_NAME_PATH_MAX];
        struct ml_error err;
        if (expand(cases[i].template_text, cases[i].relative, path, &err) !=
            ML_OK)
            fail_msg("%s: %s", cases[i].template_text, err.why);
        assert_string_equal(cases[i].want, path);
    }
}

static void bad_templates_are_usage_errors(void **state)
{
    (void)state;
    static const struct {
        const char *template_text, *said;
    } cases[] = {
        {"{stem", "not closed"},
        {"{stem{n}", "not closed"},
        {"stem}", "closes nothing"},
        {"{}", "is no field"},
        {"{steem}", "{steem}"},
        {"{variant}/{stem}", "{variant}"},
        {"{n:4}", "{n:4}"},
        {"{n:0}", "{n:0}"},
        {"{n:099}", "{n:099}"},
        {"{hash:17}", "{hash:17}"},
        {"{hash:}", "{hash:}"},
        {"{stem:3}", "{stem:3}"},
        {"", "empty"},
        {"/{stem}", "slash"},
        {"../{stem}", ".."},
        {"a/../{stem}", ".."},
        {"./{stem}", ". or .."},
        {"a//{stem}", "empty"},
        {"{stem}/", "empty"},
        {"{stem}/.", ". or .."},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char path[ML_NAME_PATH_MAX];
        struct ml_error err;
        if (expand(cases[i].template_text, "a.jpg", path, &err) !=
                ML_ERR_USAGE ||
            !strstr(err.why, cases[i].said))
            fail_msg("%s: %s", cases[i].template_text, err.why);
    }
}

static void nearest_field_is_named(void **state)
{
    (void)state;
    struct ml_name_template name;
    struct ml_error err;
    assert_int_equal(ML_ERR_USAGE,
                     ml_name_template_parse(&name, "{stam}", &err));
    assert_string_equal("did you mean {stem}?", err.remedy);
}

static void only_sizes_and_hashes_are_late(void **state)
{
    (void)state;
    struct ml_name_template name;
    struct ml_error err;
    static const char *const deferred[] = {"{w}", "{h}", "{hash:4}"};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(ML_OK,
                         ml_name_template_parse(&name, deferred[i], &err));
        assert_true(name.deferred);
    }
    assert_int_equal(
        ML_OK, ml_name_template_parse(&name, "{dir}/{stem}{n}.{ext}", &err));
    assert_false(name.deferred);
}

static void long_names_are_refused(void **state)
{
    (void)state;
    char relative[ML_NAME_PATH_MAX], path[ML_NAME_PATH_MAX];
    struct ml_error err;
    memset(relative, 'x', 251);
    memcpy(relative + 251, ".jpg", 5);
    assert_int_equal(ML_OK, expand(ML_NAME_DEFAULT, relative, path, &err));
    assert_int_equal(255, strlen(path));
    assert_int_equal(ML_ERR_USAGE,
                     expand("{stem}-{n}.{ext}", relative, path, &err));
    assert_non_null(strstr(err.why, "255"));
    for (size_t i = 0; i < ML_NAME_PATH_MAX - 6; i++)
        relative[i] = i % 100 == 99 ? '/' : 'x';
    memcpy(relative + ML_NAME_PATH_MAX - 6, "/a.jp", 6);
    assert_int_equal(ML_ERR_USAGE,
                     expand("more/{dir}/{stem}.{ext}", relative, path, &err));
    char many[ML_NAME_TEMPLATE_MAX + 1];
    memset(many, 'x', sizeof many - 1);
    many[sizeof many - 1] = '\0';
    assert_int_equal(ML_ERR_USAGE, expand(many, "a", path, &err));
    many[0] = '\0';
    for (int i = 0; i < ML_NAME_PARTS_MAX + 1; i++)
        memcpy(many + i * 3, "{n}", 4);
    assert_int_equal(ML_ERR_USAGE, expand(many, "a", path, &err));
}

static void suffix_goes_before_the_ending(void **state)
{
    (void)state;
    static const char *const cases[][2] = {{"a.jpg", "a-2.jpg"},
                                           {"d.d/a", "d.d/a-2"},
                                           {"d/a.b.c", "d/a.b-2.c"},
                                           {"d/.jpg", "d/.jpg-2"}};
    struct ml_error err;
    char path[ML_NAME_PATH_MAX];
    for (size_t i = 0; i < 4; i++) {
        memcpy(path, cases[i][0], strlen(cases[i][0]) + 1);
        assert_int_equal(ML_OK, ml_name_add_suffix(path, 2, &err));
        assert_string_equal(cases[i][1], path);
    }
    memset(path, 'x', 255);
    path[255] = '\0';
    assert_int_equal(ML_ERR_USAGE, ml_name_add_suffix(path, 2, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(templates_expand_as_documented),
        cmocka_unit_test(bad_templates_are_usage_errors),
        cmocka_unit_test(nearest_field_is_named),
        cmocka_unit_test(only_sizes_and_hashes_are_late),
        cmocka_unit_test(long_names_are_refused),
        cmocka_unit_test(suffix_goes_before_the_ending),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
