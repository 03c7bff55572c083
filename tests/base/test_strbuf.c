/* test_strbuf.c: names in bounded texts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/strbuf.h"

static void names_are_shown_on_one_line(void **state)
{
    (void)state;
    char data[64];
    struct ml_strbuf text;
    ml_strbuf_open(&text, data, sizeof data);
    ml_strbuf_add_escaped(&text, "a\nb\x1b[0m\x7f\xc3\xa9\xc2\x80\xff\xe6\x97");
    assert_string_equal("a\\nb\\x1b[0m\\x7f\xc3\xa9\\xc2\\x80\\xff\\xe6\\x97",
                        data);
    assert_false(text.truncated);
}

/* For every capacity: the text is the longest head of whole characters, and
 * what comes behind it is not glued to a cut name. */
static void a_name_that_does_not_fit_ends_with_a_whole_character(void **state)
{
    (void)state;
    static const char name[] =
        "Z\xc3\xbcrich\xff\xe6\x97\xa5\n\xf0\x9f\x8f\x94";
    static const char shown[] =
        "Z\xc3\xbcrich\\xff\xe6\x97\xa5\\n\xf0\x9f\x8f\x94";
    static const size_t ends[] = {0, 1, 3, 4, 5, 6, 7, 11, 14, 16, 20};
    for (size_t capacity = 1; capacity <= sizeof shown + 1; capacity++) {
        char data[64];
        struct ml_strbuf text;
        size_t want = 0;
        for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
            want = ends[i] < capacity ? ends[i] : want;
        ml_strbuf_open(&text, data, capacity);
        ml_strbuf_add_escaped(&text, name);
        assert_int_equal(want, text.used);
        assert_int_equal(want, strlen(data));
        assert_memory_equal(shown, data, want);
        assert_int_equal(capacity < sizeof shown, text.truncated);
        ml_strbuf_add(&text, "%s", "!");
        assert_int_equal(capacity == sizeof shown + 1, data[want] == '!');
    }
}

static void digits_of_sixteen(void **state)
{
    (void)state;
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    for (int byte = 0; byte < 256; byte++) {
        const char *found = byte ? strchr(digits, byte) : NULL;
        assert_int_equal(found ? (found - digits) % 16 : -1,
                         ml_hex_digit((char)byte));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_shown_on_one_line),
        cmocka_unit_test(a_name_that_does_not_fit_ends_with_a_whole_character),
        cmocka_unit_test(digits_of_sixteen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
