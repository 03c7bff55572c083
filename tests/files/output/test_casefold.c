/* test_casefold.c: names that are equal without case or normal form; the pairs
 * are from Unicode's CaseFolding.txt and UAX 15. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <string.h>

#include "files/output/casefold.h"

#define LAST_CODE_POINT 0x10ffff

struct pair {
    const char *a, *b;
    bool in_case, in_form, in_both; /* equal if that is ignored */
};

static void expect_pairs(const struct pair *pairs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct pair *p = &pairs[i];
        if (ml_casefold_equal(p->a, p->b, ML_IGNORE_CASE) != p->in_case ||
            ml_casefold_equal(p->a, p->b, ML_IGNORE_FORM) != p->in_form ||
            ml_casefold_equal(p->a, p->b, ML_IGNORE_BOTH) != p->in_both ||
            ml_casefold_equal(p->b, p->a, ML_IGNORE_BOTH) != p->in_both ||
            ml_casefold_equal(p->a, p->b, 0) != (strcmp(p->a, p->b) == 0))
            fail_msg("pair %zu: '%s' and '%s'", i, p->a, p->b);
    }
}
#define EXPECT_PAIRS(pairs) expect_pairs(pairs, sizeof pairs / sizeof *pairs)

static void case_is_folded_in_every_script(void **state)
{
    (void)state;
    static const struct pair pairs[] = {
        {"d/IMG_1.JPG", "D/img_1.jpg", true, false, true},
        {"Ä.jpg", "ä.jpg", true, false, true},
        {"ČŽ", "čž", true, false, true},
        {"ΣΑΣ", "σας", true, false, true}, /* with the final sigma */
        {"ЖЩ", "жщ", true, false, true},
        {"ԱԲ", "աբ", true, false, true}, /* Armenian */
        {"𐐀", "𐐨", true, false, true},   /* Deseret: four bytes */
        {"STRASSE", "straße", true, false, true},
        {"ẞ", "ß", true, false, true},
        {"ﬁ", "FI", true, false, true},
        {"\xe2\x84\xaa", "k", true, false, true}, /* the Kelvin sign */
        {"Ａ", "ａ", true, false, true},          /* full width */
        {"I", "ı", false, false, false},          /* of Turkish */
        {"×", "÷", false, false, false},          /* no letters */
        {"①", "1", false, false, false},          /* not canonical */
    };
    EXPECT_PAIRS(pairs);
}

static void normal_forms_are_one_name(void **state)
{
    (void)state;
    static const struct pair pairs[] = {
        {"caf\xc3\xa9.jpg", "cafe\xcc\x81.jpg", false, true, true},
        {"caf\xc3\xa9.jpg", "CAFE\xcc\x81.JPG", false, false, true},
        {"caf\xc3\xa9.jpg", "cafe.jpg", false, false, false},
        /* A with a ring, and the Angstrom sign */
        {"\xc3\x85", "\xe2\x84\xab", true, true, true},
        /* Hangul: a syllable, and its letters */
        {"\xea\xb0\x80", "\xe1\x84\x80\xe1\x85\xa1", false, true, true},
        /* dots above and below, in both orders */
        {"q\xcc\xa3\xcc\x87", "q\xcc\x87\xcc\xa3", false, true, true},
        /* two accents of one class: their order matters */
        {"q\xcc\x81\xcc\x80", "q\xcc\x80\xcc\x81", false, false, false},
        /* alpha, iota below, acute; capitals with the iota as a letter */
        {"\xce\xb1\xcd\x85\xcc\x81", "\xce\x91\xcc\x81\xce\x99", false, false,
         true},
    };
    EXPECT_PAIRS(pairs);
}

static void bytes_that_are_no_utf8_are_compared_as_they_are(void **state)
{
    (void)state;
    static const struct pair pairs[] = {
        {"\xff\xc3", "\xff\xc3", true, true, true},
        {"\xc4.jpg", "\xe4.jpg", false, false, false}, /* Latin-1 */
        {"\xff"
         "A\xc3\x84\xfe",
         "\xff"
         "a\xc3\xa4\xfe",
         true, false, true},
        {"\xc3\x84\xff", "\xc3\x84\xfe", false, false, false},
        {"A\xc3", "a\xc3", true, false, true}, /* cut in a letter */
        /* A surrogate, and an overlong slash */
        {"\xed\xa0\x80", "\xed\xa0\x81", false, false, false},
        {"\xc0\xaf", "/", false, false, false},
        /* An accent behind an invalid byte does not combine. */
        {"e\xff\xcc\x81", "\xc3\xa9\xff", false, false, false},
    };
    EXPECT_PAIRS(pairs);
}

/* UTF-8, without utf8proc. */
static size_t encode(uint32_t point, char *out)
{
    if (point < 0x80) {
        out[0] = (char)point;
        return 1;
    }
    const size_t length = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    for (size_t i = length; i-- > 1; point >>= 6)
        out[i] = (char)(0x80 | (point & 0x3f));
    out[0] = (char)((0xf00 >> length) | point);
    return length;
}

/* No key exceeds its limit, whatever the name; and the key of a key is
 * itself. */
static void no_code_point_folds_to_more_than_three_times_its_bytes(void **state)
{
    (void)state;
    static char key[ML_CASEFOLD_KEY_MAX], again[ML_CASEFOLD_KEY_MAX];
    size_t changed = 0;
    for (uint32_t point = 1; point <= LAST_CODE_POINT; point++) {
        char name[8] = "";
        const size_t length = encode(point, name);
        name[length] = '\0';
        ml_casefold_key(name, ML_IGNORE_BOTH, key);
        changed += strcmp(key, name) != 0;
        if (strlen(key) > 3 * length)
            fail_msg("U+%04X: %zu bytes", point, strlen(key));
        ml_casefold_key(key, ML_IGNORE_BOTH, again);
        assert_string_equal(key, again);
    }
    assert_in_range(changed, 14000, 20000); /* 11,172 of them Hangul */
}

static void the_longest_name_has_room(void **state)
{
    (void)state;
    static char name[ML_NAME_PATH_MAX], key[ML_CASEFOLD_KEY_MAX];
    /* Two bytes become six. */
    for (size_t i = 0; i + 2 < sizeof name; i += 2)
        memcpy(name + i, "\xce\x90", 3);
    ml_casefold_key(name, ML_IGNORE_BOTH, key);
    assert_int_equal(strlen(name), ML_NAME_PATH_MAX - 2);
    assert_int_equal(strlen(key), 3 * strlen(name));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(case_is_folded_in_every_script),
        cmocka_unit_test(normal_forms_are_one_name),
        cmocka_unit_test(bytes_that_are_no_utf8_are_compared_as_they_are),
        cmocka_unit_test(
            no_code_point_folds_to_more_than_three_times_its_bytes),
        cmocka_unit_test(the_longest_name_has_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
