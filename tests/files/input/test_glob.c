/* test_glob.c: globs match as documented and as a plain definition says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "files/input/glob.h"

struct glob_case {
    const char *pattern, *path;
    bool matches;
};

static void globs_match_as_documented(void **state)
{
    (void)state;
    static const struct glob_case cases[] = {
        {"*.jpg", "a.jpg", true},
        {"*.jpg", "d/a.jpg", false},
        {"*.jpg", ".jpg", true},
        {"d/*", "d/a", true},
        {"d/*", "d/e/a", false},
        {"d/**", "d/e/a", true},
        {"d/**", "d", false},
        {"**", "a/b/c", true},
        {"**/a", "a", true},
        {"**/a", "b/c/a", true},
        {"**/a", "ba", false},
        {"a/**/b", "a/b", true},
        {"a/**/b", "a/x/y/b", true},
        {"a/**/b", "a/xb", false},
        {"**/x/**/*.jpg", "1/x/2/3.jpg", true},
        {"**/x/**/*.jpg", "1/y/2/3.jpg", false},
        {"**.jpg", "a/b.jpg", true},
        {"a?c", "abc", true},
        {"a?c", "a/c", false},
        {"a?c", "ac", false},
        {"[a-c]x", "bx", true},
        {"[!a-c]x", "bx", false},
        {"[^a-c]x", "dx", true},
        {"[]]", "]", true},
        {"[a-]", "-", true},
        {"[!a]", "/", false},
        {"[", "[", true},
        {"[abc", "[abc", true},
        {"\\*", "*", true},
        {"\\*", "a", false},
        {"[\\]]", "]", true},
        {"", "", true},
        {"", "a", false},
        {"*", "", true},
        {"\xff*", "\xff\xfe", true},
        {"[\x80-\xff]", "\xfe", true},
        {"*a*b*c", "xxaxxbxxbxc", true},
        {"*a*b*c", "xxaxxbxxbx", false},
        {"\\", "\\", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (ml_glob_match(cases[i].pattern, cases[i].path) != cases[i].matches)
            fail_msg("'%s' on '%s'", cases[i].pattern, cases[i].path);
    }
}

/* The definition, by recursion over all splits: obvious and slow. */
static bool glob_plain(const char *p, const char *s, bool at_component)
{
    if (p[0] == '*' && p[1] == '*' && p[2] == '/' && at_component) {
        if (glob_plain(p + 3, s, true))
            return true;
        const char *slash = strchr(s, '/');
        return slash && glob_plain(p, slash + 1, true);
    }
    if (p[0] == '*' && p[1] == '*') {
        for (const char *at = s;; at++) {
            if (glob_plain(p + 2, at, at == s ? at_component : at[-1] == '/'))
                return true;
            if (!*at)
                return false;
        }
    }
    if (*p == '*') {
        for (const char *at = s;; at++) {
            if (glob_plain(p + 1, at, at == s ? at_component : at[-1] == '/'))
                return true;
            if (!*at || *at == '/')
                return false;
        }
    }
    if (*p == '\0' || *s == '\0')
        return *p == *s;
    if (*p != *s && !(*p == '?' && *s != '/'))
        return false;
    return glob_plain(p + 1, s + 1, *s == '/');
}

static void make_text(struct ml_random *random, const char *letters,
                      uint32_t letter_count, uint32_t longest, char *text)
{
    const uint32_t length = ml_random_below(random, longest + 1);
    for (uint32_t i = 0; i < length; i++)
        text[i] = letters[ml_random_below(random, letter_count)];
    text[length] = '\0';
}

static void globs_match_as_the_plain_definition(void **state)
{
    (void)state;
    struct ml_random random = {.state = 7};
    for (int round = 0; round < 400000; round++) {
        char pattern[12], path[12];
        make_text(&random, "ab/**?", 6, 8, pattern);
        make_text(&random, "aab/", 4, 8, path);
        /* Three stars in a row have no meaning of their own. */
        if (strstr(pattern, "***"))
            continue;
        if (ml_glob_match(pattern, path) != glob_plain(pattern, path, true))
            fail_msg("'%s' on '%s'", pattern, path);
    }
}

static void hostile_pattern_takes_no_exponential_time(void **state)
{
    (void)state;
    char path[4000];
    memset(path, 'a', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    assert_false(ml_glob_match("*a*a*a*a*a*a*a*a*a*a*a*a*a*ab", path));
    assert_false(ml_glob_match("**a**a**a**a**a**a**a**a**a**ab", path));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(globs_match_as_documented),
        cmocka_unit_test(globs_match_as_the_plain_definition),
        cmocka_unit_test(hostile_pattern_takes_no_exponential_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
