/* test_html.c: the page of `minilab compare --html`: it holds the tables, loads
 * no other file, escapes any text, and replaces only pages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command/compare/html.h"
#include "command/compare/html_text.h"
#include "support/capture.h"
#include "support/temp_dir.h"

#define COMPARE "$M compare -s --repeat 1 --warm-up 0 "

/* Pictures, and a TMPDIR of this test's own. */
static int make_pictures(void **state)
{
    if (place_open(state) != 0)
        return -1;
    place_passes(*state, "$M gen --count 3 --size 60x45 in && mkdir tmp");
    return setenv("TMPDIR", "tmp", 1);
}

static char *page_of(const char *name)
{
    static char page[1 << 18];
    FILE *file = fopen(name, "re");
    assert_non_null(file);
    page[fread(page, 1, sizeof page - 1, file)] = '\0';
    (void)fclose(file);
    return page;
}

static size_t count_of(const char *page, const char *part)
{
    size_t count = 0;
    for (const char *at = page; (at = strstr(at, part)) != NULL; at++)
        count++;
    return count;
}

/* Each tag that is opened is closed, the inner before the outer. */
static void assert_well_formed(const char *page)
{
    char open[32][16];
    size_t depth = 0;
    for (const char *at = strchr(page + 2, '<'); at; at = strchr(at + 1, '<')) {
        char name[16];
        const bool end = at[1] == '/';
        if (at[1] == '!' || sscanf(at + 1 + end, "%15[a-z0-9]", name) != 1)
            continue;
        const char *close = strchr(at, '>');
        assert_non_null(close);
        if (close[-1] == '/' || strcmp(name, "meta") == 0)
            continue;
        if (end) {
            assert_true(depth > 0);
            assert_string_equal(open[--depth], name);
        } else {
            assert_true(depth < 32);
            (void)strcpy(open[depth++], name);
        }
    }
    assert_int_equal(depth, 0);
}

static void the_page_holds_tables_drawings_and_verdicts(void **state)
{
    struct place *place = *state;
    place_passes(place,
                 "$M compare -s -m serial,threads,gil -j 1,2,3 --repeat 2 "
                 "-f blur:1 in --html page.html > table && "
                 "test $(ls -A | grep -c minilab) = 0 && "
                 "test -z \"$(ls -A tmp)\"");
    const char *page = page_of("page.html");
    assert_true(
        strncmp(page, ML_COMPARE_HTML_HEAD, strlen(ML_COMPARE_HTML_HEAD)) == 0);
    assert_well_formed(page);
    static const char *const parts[] = {"<td>threads -j 3</td>",
                                        "95 % interval",
                                        "PSS MB",
                                        "<li>2 repetitions are too few",
                                        "Speed-up over ",
                                        "blur:1",
                                        "where the time went",
                                        "contention ",
                                        "Amdahl: ",
                                        "Outputs: identical",
                                        "the same</td>",
                                        "2 rounds of all configurations"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        assert_non_null(strstr(page, parts[i]));
    assert_int_equal(count_of(page, "<table>"), 2);
    assert_int_equal(count_of(page, "<tr><td>"), 2 * 7);
    /* Bars twice, and a curve with three laws for threads and gil. */
    assert_int_equal(count_of(page, "<svg"), 4);
    assert_int_equal(count_of(page, "<polyline"), 2 * 3);
    assert_int_equal(count_of(page, "<circle"), 2 * 3);
    static const char *const strangers[] = {"http:", "https:", "<script",
                                            "<link", "url(",   "nan\""};
    for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++)
        assert_null(strstr(page, strangers[i]));
}

static void without_widths_there_are_no_curves(void **state)
{
    struct place *place = *state;
    place_passes(place, COMPARE "-m serial,stages in --html page.html --json > "
                                "doc");
    const char *page = page_of("page.html"); /* the older one was replaced */
    assert_well_formed(page);
    assert_int_equal(count_of(page, "<svg"), 1);
    assert_null(strstr(page, "Speed-up over width"));
    json_t *document = place_json("doc"); /* is printed as well */
    json_decref(document);
    place_passes(place, COMPARE "-m threads -j 2,3 in --html page.html > t");
    assert_null(strstr(page_of("page.html"), "Speed-up over width"));
}

static void any_name_is_escaped(void **state)
{
    struct place *place = *state;
    place_passes(place, "cp -r in 'a<b>&\"c\"\n' && " COMPARE
                        "-m serial 'a<b>&\"c\"\n' --html page.html > table");
    const char *page = page_of("page.html");
    assert_non_null(
        strstr(page, "<code>a&lt;b&gt;&amp;&quot;c&quot;\\n</code>"));
    assert_null(strstr(page, "<b>"));
    assert_well_formed(page);
    struct capture capture;
    capture_begin(&capture, stdout);
    ml_html_text(stdout, "<&>\"'x");
    capture_end(&capture, place->text, sizeof place->text);
    assert_string_equal(place->text, "&lt;&amp;&gt;&quot;'x");
}

static void only_pages_are_replaced(void **state)
{
    static const char *const lines[][2] = {
        {"in/img-0001.jpg",
         "the file exists and was not made by minilab compare"},
        {"in", "the file exists and was not made by minilab compare"},
        {"none/page.html", "cannot be written"},
        {"''", "not a file name"},
    };
    struct place *place = *state;
    place_passes(place, "cp -r in before");
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        char line[128];
        (void)snprintf(line, sizeof line, COMPARE "-m serial in --html %s",
                       lines[i][0]);
        place_exits(place, 2, line);
        place_says(place, lines[i][1]);
        place_lacks(place, "wall s"); /* nothing was run */
    }
    place_passes(place, "diff -r in before && test ! -e none && "
                        ": > page.html && " COMPARE
                        "-m serial in --html page.html > table && "
                        "test -s page.html");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_page_holds_tables_drawings_and_verdicts),
        cmocka_unit_test(without_widths_there_are_no_curves),
        cmocka_unit_test(any_name_is_escaped),
        cmocka_unit_test(only_pages_are_replaced),
    };
    return cmocka_run_group_tests(tests, make_pictures, place_close);
}
