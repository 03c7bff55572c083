/* test_option_store.c: each type of value, its bounds and its errors, and that
 * nothing but the field of the row is written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "command/cli/option_store.h"

enum store_kind { STORE_RED, STORE_GREEN, STORE_BLUE };

/* Guards surround the fields of odd widths. */
struct store {
    uint64_t guard;
    bool flag, switched, given;
    int quality;
    uint16_t sampling;
    uint16_t sampling_guard;
    unsigned width;
    uint64_t seed, pixels, bytes, delay_ns;
    enum store_kind kind;
    bool second;
    const char *text;
    struct ml_option_texts globs;
};

static const char *store_name(size_t index)
{
    static const char *const names[] = {"red", "green", "blue"};
    return index < 3 ? names[index] : NULL;
}

#define ROW(option_name, ...)                                                  \
    {                                                                          \
        .name = (option_name), __VA_ARGS__                                     \
    }

static const struct ml_option rows[] = {
    ROW("flag", ML_SET_FLAG(store, flag),
        .given = offsetof(struct store, given)),
    ROW("switched", ML_SET_ON_OFF(store, switched)),
    ROW("quality", ML_SET_INTEGER(store, quality, 1, 100)),
    ROW("width", ML_SET_INTEGER(store, width, 1, UINT32_MAX),
        .zero_word = "auto", .what = "no width", .remedy = "give one"),
    ROW("seed", ML_SET_INTEGER(store, seed, 0, INT64_MAX),
        .given = offsetof(struct store, given)),
    ROW("pixels", ML_SET_COUNT(store, pixels, 4000000), .what = "no pixels",
        .remedy = "like 2M"),
    ROW("bytes", ML_SET_SIZE(store, bytes)),
    ROW("delay", ML_SET_DURATION(store, delay_ns, 1000, 60000000),
        .what = "no delay", .remedy = "like 5ms"),
    ROW("kind", ML_SET_CHOICE(store, kind), .choice_name = store_name),
    ROW("second", ML_SET_CHOICE(store, second), ML_CHOICES("no", "yes")),
    ROW("sampling", ML_SET_CHOICE(store, sampling), ML_CHOICES("420", "444"),
        .choice_values = (const uint16_t[]){420, 444}),
    ROW("text", ML_SET_TEXT(store, text)),
    ROW("globs", ML_SET_TEXTS(store, globs), .what = "too many globs",
        .remedy = "join some"),
};

static const struct ml_option *row(const char *name)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (strcmp(rows[i].name, name) == 0)
            return &rows[i];
    }
    fail_msg("no row %s", name);
    return NULL;
}

static const uint64_t guard_bits = UINT64_C(0xa5a5a5a5a5a5a5a5);

/* The row accepts the value: the settings become `expected`, and no other byte
 * of them changes. */
static void takes(const char *name, const char *value, struct store *settings,
                  const struct store *expected)
{
    struct ml_error err = {0};
    if (ml_option_store(row(name), settings, value, &err) != ML_OK)
        fail_msg("--%s %s: %s: %s", name, value, err.what, err.why);
    assert_memory_equal(settings, expected, sizeof *settings);
}

/* The row refuses the value: nothing is written, and the error has these texts.
 */
static void refuses(const char *name, const char *value, const char *what,
                    const char *why, const char *remedy)
{
    struct ml_error err = {0};
    struct store settings, before;
    memset(&settings, 0x5a, sizeof settings);
    settings.globs.count = ML_OPTION_TEXTS_MAX;
    before = settings;
    assert_int_equal(ml_option_store(row(name), &settings, value, &err),
                     ML_ERR_USAGE);
    assert_memory_equal(&settings, &before, sizeof settings);
    assert_string_equal(err.what, what);
    assert_string_equal(err.why, why);
    assert_string_equal(err.remedy, remedy);
}

static void each_type_writes_its_field_and_nothing_else(void **state)
{
    (void)state;
    struct store got, want;
    memset(&got, 0, sizeof got);
    got.guard = guard_bits;
    got.sampling_guard = 0xa5a5;
    want = got;
#define TAKES(name, value, field, number)                                      \
    want.field = (number);                                                     \
    takes(name, value, &got, &want)
    want.given = true;
    TAKES("flag", NULL, flag, true);
    got.given = want.given = false;
    TAKES("switched", "on", switched, true);
    TAKES("switched", "off", switched, false);
    TAKES("quality", "1", quality, 1);
    TAKES("quality", "100", quality, 100);
    TAKES("width", "4294967295", width, UINT32_MAX);
    TAKES("width", "auto", width, 0);
    want.given = true;
    TAKES("seed", "9223372036854775807", seed, INT64_MAX);
    TAKES("pixels", "4M", pixels, 4000000);
    TAKES("bytes", "2k", bytes, 2048);
    TAKES("delay", "1us", delay_ns, 1000);
    TAKES("delay", "60ms", delay_ns, 60000000);
    TAKES("kind", "blue", kind, STORE_BLUE);
    TAKES("kind", "red", kind, STORE_RED);
    TAKES("second", "yes", second, true);
    TAKES("second", "no", second, false);
    TAKES("sampling", "444", sampling, 444);
    static const char word[] = "word", more[] = "more";
    TAKES("text", word, text, word);
    want.globs.count = 1;
    TAKES("globs", word, globs.items[0], word);
    want.globs.count = 2;
    TAKES("globs", more, globs.items[1], more);
#undef TAKES
}

static void bad_values_write_nothing_and_say_what_would_do(void **state)
{
    (void)state;
    refuses("switched", "yes", "neither on nor off", "--switched 'yes'", "");
    refuses("quality", "0", "not a number in range", "'0'",
            "give a whole number from 1 to 100");
    refuses("quality", "101", "not a number in range", "'101'",
            "give a whole number from 1 to 100");
    refuses("width", "0", "no width", "'0'", "give one");
    refuses("width", "4294967296", "no width", "'4294967296'", "give one");
    refuses("width", "aut", "no width", "'aut'", "give one");
    refuses("seed", "9223372036854775808", "not a number in range",
            "'9223372036854775808'",
            "give a whole number from 0 to 9223372036854775807");
    refuses("pixels", "0", "no pixels", "'0'", "like 2M");
    refuses("pixels", "4000001", "no pixels", "'4000001'", "like 2M");
    refuses("bytes", "x", "not a size", "'x'", "write it like 300k or 2G");
    refuses("delay", "999ns", "no delay", "'999ns'", "like 5ms");
    refuses("delay", "61ms", "no delay", "'61ms'", "like 5ms");
    refuses("delay", "5", "no delay", "'5' has no unit", "like 5ms");
    refuses("kind", "gren", "not a choice", "'gren'", "did you mean green?");
    refuses("sampling", "4:1:1", "not a choice", "'4:1:1'",
            "choose one of 420, 444");
    refuses("globs", "x", "too many globs", "64 at most", "join some");
}

static enum ml_status hook(void *settings, const char *value,
                           struct ml_error *err)
{
    if (strcmp(value, "good") != 0)
        return ml_fail(err, ML_ERR_USAGE, "not good", NULL, "%s", value);
    ((struct store *)settings)->width = 7;
    return ML_OK;
}

static void a_hook_is_called_and_marks_what_is_given(void **state)
{
    (void)state;
    const struct ml_option option = {
        .name = "hook", .apply = hook, .given = offsetof(struct store, given)};
    struct store settings = {.width = 1};
    struct ml_error err = {0};
    assert_int_equal(ml_option_store(&option, &settings, "bad", &err),
                     ML_ERR_USAGE);
    assert_string_equal(err.what, "not good");
    assert_true(settings.width == 1 && !settings.given);
    assert_int_equal(ml_option_store(&option, &settings, "good", &err), ML_OK);
    assert_true(settings.width == 7 && settings.given);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_type_writes_its_field_and_nothing_else),
        cmocka_unit_test(bad_values_write_nothing_and_say_what_would_do),
        cmocka_unit_test(a_hook_is_called_and_marks_what_is_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
