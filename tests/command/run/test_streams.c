/* test_streams.c: pictures through standard input and output. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "support/temp_dir.h"
#include "support/terminal.h"

/* Pixels between stages, not files. */
#define BY_FRAMES                                                              \
    "--plan 'read,decode@threads:1 | filter@processes:1 | "                    \
    "encode,write@threads:1'"

static const char *const modes[] = {"-m serial", "-m threads", "-m processes",
                                    "-m async",  "-m hybrid",  BY_FRAMES};
#define MODES (sizeof modes / sizeof *modes)

static int make_pictures(void **state)
{
    if (place_open(state) != 0)
        return -1;
    place_passes(*state, "$M gen --count 1 --size 90x60 in && "
                         "mv in/*.jpg a.jpg && "
                         "$M gen --count 1 --size 2000x1500 -q 95 big && "
                         "mv big/*.jpg big.jpg && "
                         "$M run -m serial --to png -f invert a.jpg -o want && "
                         "$M run -m serial --png-level 0 --to png big.jpg "
                         "-o want");
    return 0;
}

static void in_mode(struct place *place, const char *mode, int code,
                    const char *before, const char *behind)
{
    char line[1024];
    (void)snprintf(line, sizeof line, "%s $M run %s %s", before, mode, behind);
    place_exits(place, code, line);
}

static void a_picture_goes_through_pipes(void **state)
{
    for (size_t m = 0; m < MODES; m++) {
        in_mode(*state, modes[m], 0, "cat a.jpg |",
                "-s --to png -f invert - -o - | cmp - want/a.png");
        place_prints_lines(*state, 0);
        in_mode(*state, modes[m], 0, "",
                "-s --to png -f invert a.jpg -o - | cmp - want/a.png");
        in_mode(*state, modes[m], 0, "rm -rf out; <a.jpg",
                "--to png -f invert - -o out && cmp out/stdin.png want/a.png");
        in_mode(*state, modes[m], 0, "<want/a.png",
                "-s --to keep - -o - | $M info - | grep -q png");
    }
}

/* Megabytes, in pieces of the size of a pipe. */
static void large_pictures_go_through_pipes(void **state)
{
    for (size_t m = 0; m < MODES; m++)
        in_mode(*state, modes[m], 0, "cat big.jpg |",
                "-s --png-level 0 --to png - -o - | cat | "
                "cmp - want/big.png");
    place_passes(*state, "test $(wc -c < want/big.png) -gt 8000000");
}

static void a_stream_needs_a_format(void **state)
{
    place_exits(*state, 2, "$M run a.jpg -o -");
    place_says(*state, "add --to");
    place_exits(*state, 2, "$M run - -o - < a.jpg");
    place_says(*state, "add --to");
    place_exits(*state, 2, "$M run - -o out < a.jpg");
    place_says(*state, "add --to");
    place_exits(*state, 2, "$M run -n - < a.jpg");
    /* "keep" gives a file no extension. */
    place_exits(*state, 2, "$M run --to keep - -o out < a.jpg");
    place_says(*state, "add --to jpeg, png or pnm");
    place_passes(*state, "$M run --to jpeg -n - < a.jpg");
    place_says(*state, "- -> stdin.jpg  jpeg 90x60 -> jpeg 90x60");
    place_passes(*state, "test ! -e out/stdin.jpg");
}

static void only_one_thing_goes_through_a_stream(void **state)
{
    place_exits(*state, 2, "$M run --to png --json a.jpg -o -");
    place_says(*state, "--json");
    place_exits(*state, 2, "$M run --to png --events - a.jpg -o -");
    place_exits(*state, 2, "$M run --to png a.jpg big.jpg -o -");
    place_says(*state, "2 inputs");
    place_exits(*state, 2, "$M run --to png - - -o out < a.jpg");
    place_says(*state, "standard input is named twice");
    place_exits(*state, 2,
                "echo a.jpg | $M run --to png --files-from - - -o out");
    place_says(*state, "standard input is named twice");
    place_exits(*state, 2, "$M info --files-from - - < a.jpg");
    place_passes(*state, "test ! -e out/a.png");
}

static void a_terminal_is_no_place_for_a_picture(void **state)
{
    struct place *place = *state;
    assert_int_equal(terminal_run(ML_TEST_PROGRAM, "$M run --to png a.jpg -o -",
                                  place->text, sizeof place->text),
                     2);
    place_says(place, "not written to a terminal");
    place_lacks(place, "IHDR");
    assert_int_equal(terminal_run(ML_TEST_PROGRAM,
                                  "$M run --to png - -o - > out.png",
                                  place->text, sizeof place->text),
                     2);
    place_says(place, "not read from a terminal");
    assert_int_equal(terminal_run(ML_TEST_PROGRAM, "$M info -", place->text,
                                  sizeof place->text),
                     2);
    /* Standard input or output may be a terminal if no picture uses it. */
    assert_int_equal(terminal_run(ML_TEST_PROGRAM,
                                  "$M run --to png a.jpg -o - > out.png && "
                                  "$M run --to png - -o tty < a.jpg",
                                  place->text, sizeof place->text),
                     0);
    place_passes(place, "cmp out.png tty/stdin.png && rm -r out.png tty");
}

static void streams_that_fail_are_told(void **state)
{
    for (size_t m = 0; m < MODES; m++) {
        in_mode(*state, modes[m], 1, ":|", "-s --to png - -o -");
        place_says(*state, "-: decode: not a picture");
        place_prints_lines(*state, 1);
        in_mode(*state, modes[m], 1, "", "-s --to png - -o - <&-");
        place_says(*state, "-: read: ");
        in_mode(*state, modes[m], 1, "", "-s --to png a.jpg -o - >&-");
        place_says(*state, "a.jpg: write: ");
        in_mode(*state, modes[m], 75, "", "-s --to png a.jpg -o - >/dev/full");
        place_says(*state, "a.jpg: write: ");
        in_mode(*state, modes[m], 1, "head -c 3000 big.jpg |",
                "-s --to png - -o - > part");
        place_says(*state, "-: decode: ");
        place_passes(*state, "test ! -s part");
        in_mode(*state, modes[m], 1, "cat big.jpg |",
                "-s --limit-file 64k --to png - -o -");
        place_says(*state, "raise --limit-file");
        place_prints_lines(*state, 1);
    }
}

/* `| head` closes the pipe: an error of that write, which does not kill the
 * run. */
static void a_reader_that_leaves_is_no_crash(void **state)
{
    for (size_t m = 0; m < MODES; m++) {
        in_mode(*state, modes[m], 0, "{",
                "-s --png-level 0 --to png big.jpg -o - 2>log; "
                "echo $? >code; } | head -c 10 >part");
        place_passes(*state, "grep -qx 1 code && "
                             "grep -q 'big.jpg: write: ' log");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_picture_goes_through_pipes),
        cmocka_unit_test(large_pictures_go_through_pipes),
        cmocka_unit_test(a_stream_needs_a_format),
        cmocka_unit_test(only_one_thing_goes_through_a_stream),
        cmocka_unit_test(a_terminal_is_no_place_for_a_picture),
        cmocka_unit_test(streams_that_fail_are_told),
        cmocka_unit_test(a_reader_that_leaves_is_no_crash),
    };
    return cmocka_run_group_tests(tests, make_pictures, place_close);
}
