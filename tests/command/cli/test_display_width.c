/* test_display_width.c: columns of texts on a terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "command/cli/display_width.h"

static void letters_take_the_columns_that_terminals_give_them(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t columns;
    } texts[] = {
        {"", 0},
        {"threads -j 4", 12},
        {"Zürich", 6},
        {"cafe\xcc\x81", 4},                /* the accent follows the e */
        {"q\xcc\xa3\xcc\x87", 1},           /* two dots */
        {"日本", 4},                        /* ideographs */
        {"\xea\xb0\x80", 2},                /* a Hangul syllable */
        {"\xe1\x84\x80\xe1\x85\xa1", 2},    /* the same, in letters */
        {"ｱ", 1},                           /* half width */
        {"👩\xe2\x80\x8d👩\xe2\x80\x8d👧", 2}, /* joined to a family */
        {"\xe2\x9d\xa4\xef\xb8\x8f", 2},    /* a heart, coloured */
        {"\xe2\x9d\xa4", 1},                /* and plain */
        {"🇩🇪", 2},                          /* a flag, of two letters */
        {"🇩🇪🇫🇷", 4},
        {"\xff\xfe", 2},        /* not UTF-8 */
        {"a\xc3", 2},           /* cut in a letter */
        {"\xe6\x97", 2},        /* the same */
        {"\x1b[0m", 4},         /* an escape sequence in a name */
        {"e\x1b\xcc\x81", 2},   /* an accent that follows none */
        {"क\xe0\xa5\x8dषि", 2}, /* Devanagari, with a virama and a sign */
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (ml_display_width(texts[i].text) != texts[i].columns)
            fail_msg("'%s': %zu columns, not %zu", texts[i].text,
                     ml_display_width(texts[i].text), texts[i].columns);
    }
    assert_int_equal(4, ml_display_width_of("日本語", strlen("日本")));
}

static void padding_counts_columns(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    ml_print_padded(out, "日本", 6);
    ml_print_padded(out, "é", 3);
    ml_print_padded(out, "wide", 2);
    ml_print_padded(out, "", 1);
    assert_int_equal(0, fclose(out));
    assert_string_equal("日本  é  wide ", text);
    free(text);
}

static void a_terminal_says_how_wide_it_is(void **state)
{
    (void)state;
    const struct winsize size = {.ws_row = 24, .ws_col = 57};
    const int terminal = posix_openpt(O_RDWR | O_NOCTTY);
    int ends[2];
    assert_true(terminal >= 0);
    assert_int_equal(0, ioctl(terminal, TIOCSWINSZ, &size));
    assert_int_equal(57, ml_terminal_columns(terminal));
    assert_int_equal(0, pipe(ends));
    assert_int_equal(0, ml_terminal_columns(ends[0]));
    (void)close(ends[0]);
    (void)close(ends[1]);
    (void)close(terminal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_take_the_columns_that_terminals_give_them),
        cmocka_unit_test(padding_counts_columns),
        cmocka_unit_test(a_terminal_says_how_wide_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
