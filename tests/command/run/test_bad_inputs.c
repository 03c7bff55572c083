/* test_bad_inputs.c: bad inputs: one line for each with a remedy, all other
 * inputs are done, exit code 1. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "support/skip.h"
#include "support/temp_dir.h"

/* Pixels between stages, not files. */
#define BY_FRAMES                                                              \
    "--plan 'read,decode@threads:2 | filter@processes:2 | "                    \
    "encode,write@threads:1'"

static const char *const modes[] = {"-m serial", "-m threads", "-m processes",
                                    "-m async",  "-m hybrid",  BY_FRAMES};
#define MODES (sizeof modes / sizeof *modes)

static void run_in(struct place *place, const char *mode, int code,
                   const char *rest)
{
    char line[1024];
    (void)snprintf(line, sizeof line, "rm -rf out; $M run %s %s", mode, rest);
    place_exits(place, code, line);
}

/* Each line is `path: step: what: why: what to do`: at least four colons
 * followed by a space. */
static void assert_lines_are_whole(struct place *place)
{
    for (const char *line = place->text; *line != '\0';) {
        const char *end = strchr(line, '\n');
        unsigned parts = 1;
        assert_non_null(end);
        for (const char *at = line; at < end; at++)
            parts += at[0] == ':' && at[1] == ' ';
        if (parts < 5 || end[-1] == ':')
            fail_msg("not whole: %.*s", (int)(end - line), line);
        line = end + 1;
    }
}

static void assert_one_line(struct place *place, const char *begin,
                            const char *part)
{
    const char *line = strstr(place->text, begin);
    if (!line || strstr(line + 1, begin))
        fail_msg("not once: '%s' in\n%s", begin, place->text);
    const char *at = strstr(line, part);
    if (!at || at > strchr(line, '\n'))
        fail_msg("'%s' not in the line of %s:\n%s", part, begin, place->text);
}

static int make_defects(void **state)
{
    if (place_open(state) != 0)
        return -1;
    place_passes(*state, "$M gen --count 6 --size 120x90 --kind photo in && "
                         "$M gen --kind defects in/bad && "
                         "printf '\\0\\0\\0\\0' > in/bad/zeros.png && "
                         "printf 'P5 30000 30000 255\\n' > in/bad/huge.pgm && "
                         "printf GIF89axxxxxxxxxxxxxx > in/bad/gif.jpg && "
                         "ln -s nowhere in/bad/dangling.jpg && "
                         "echo left alone > in/notes.txt");
    return 0;
}

static void each_defect_is_one_line_and_the_rest_is_done(void **state)
{
    static const char *const defects[][2] = {
        {"in/bad/empty.jpg: ", "it is empty (0 bytes)"},
        {"in/bad/fifo.jpg: read: ", "FIFO"},
        {"in/bad/folder.png: read: ", "folder"},
        {"in/bad/huge-header.jpg: decode: ", "raise --limit-pixels"},
        {"in/bad/huge-header.png: decode: ", "raise --limit-pixels"},
        {"in/bad/huge.pgm: decode: ", "raise --limit-pixels"},
        {"in/bad/text.jpg: decode: ", "it begins like text"},
        {"in/bad/truncated.jpg: decode: ", "ends early"},
        {"in/bad/truncated.png: decode: ", "ends early"},
        {"in/bad/bad-checksum.png: decode: ", "CRC"},
        {"in/bad/zeros.png: decode: ", "not a picture"},
        {"in/bad/gif.jpg: decode: ", "GIF"},
        {"in/bad/dangling.jpg: read: ", "No such file"},
    };
    const size_t count = sizeof defects / sizeof *defects;
    for (size_t m = 0; m < MODES; m++) {
        run_in(*state, modes[m], 1, "-s --exclude unreadable.jpg in -o out");
        place_prints_lines(*state, count);
        assert_lines_are_whole(*state);
        for (size_t i = 0; i < count; i++)
            assert_one_line(*state, defects[i][0], defects[i][1]);
        place_passes(*state, "test $(find out -type f | wc -l) = 8 && "
                             "test -s out/bad/jpeg-inside.jpg && "
                             "test -s out/bad/png-inside.png && "
                             "test -z \"$(find out -name '.*')\"");
    }
}

static void a_wrong_ending_is_a_warning(void **state)
{
    run_in(*state, "", 0,
           "in/bad/png-inside.jpg in/bad/jpeg-inside.png -o out");
    assert_one_line(*state, "in/bad/png-inside.jpg: read: warning: ", "png");
    assert_one_line(*state, "in/bad/jpeg-inside.png: read: warning: ", "jpeg");
    run_in(*state, "-s", 0, "in/bad/png-inside.jpg -o out");
    place_prints_lines(*state, 0);
}

static void one_who_may_not_read_is_told(void **state)
{
    const char *line = "$M run -s in -o pub/out --exclude '*r*.*'";
    if (geteuid() == 0) {
        if (access("/usr/bin/setpriv", X_OK) != 0)
            ml_test_skip("root may read everything, and setpriv is missing");
        line = "setpriv --reuid 65534 --regid 65534 --clear-groups "
               "$M run -s in -o pub/out";
    }
    place_passes(*state, "mkdir -m 777 pub; chmod 755 .; chmod -R a+rX in; "
                         "chmod 000 in/bad/unreadable.jpg; mkdir in/closed; "
                         "cp in/img-0001.jpg in/closed; chmod 000 in/closed");
    place_exits(*state, 1, line);
    assert_one_line(*state,
                    "in/bad/unreadable.jpg: read: ", "Permission denied");
    assert_one_line(*state, "in/closed: read: ", "Permission denied");
    assert_lines_are_whole(*state);
    place_passes(*state, "rm -rf pub; chmod 755 in/closed; rm -r in/closed");
}

static void what_has_vanished_is_told(void **state)
{
    for (size_t m = 0; m < MODES; m++) {
        run_in(*state, modes[m], 1,
               "-s in/gone.jpg in/img-0001.jpg in/img-0002.jpg/x.jpg -o out");
        place_prints_lines(*state, 2);
        assert_lines_are_whole(*state);
        assert_one_line(*state, "in/gone.jpg: read: ", "No such file");
        assert_one_line(*state,
                        "in/img-0002.jpg/x.jpg: read: ", "Not a directory");
        place_passes(*state, "test -s out/img-0001.jpg");
    }
}

/* A crop that needs only rows above the damage. */
static void damage_below_a_crop_is_found_in_every_plan(void **state)
{
    for (size_t m = 0; m < MODES; m++) {
        run_in(*state, modes[m], 1,
               "-s -f crop:96x8,gravity=north in/bad/truncated.jpg "
               "in/bad/truncated.png -o out");
        place_prints_lines(*state, 2);
        run_in(*state, modes[m], 0,
               "-f crop:20x8,gravity=north in/img-0001.jpg -o out");
    }
}

static void fail_on_decides_what_damage_fails(void **state)
{
    for (size_t m = 0; m < MODES; m++) {
        run_in(*state, modes[m], 0,
               "--fail-on none in/bad/truncated.jpg in/bad/truncated.png "
               "in/bad/bad-checksum.png -o out");
        place_says(*state, "3 done");
        place_says(*state, "3 with warnings");
        place_passes(*state, "$M info out | grep -c ' 96x96' | grep -qx 3");
        run_in(*state, modes[m], 1,
               "--fail-on truncated in/bad/truncated.jpg "
               "in/bad/truncated.png -o out");
        place_says(*state, "2 failed");
        run_in(*state, modes[m], 1,
               "--fail-on error in/bad/truncated.jpg in/bad/truncated.png "
               "in/bad/bad-checksum.png -o out");
        place_says(*state, "3 failed");
        run_in(*state, modes[m], 1,
               "--fail-on warning in/bad/truncated.jpg in/img-0001.jpg "
               "-o out");
        place_says(*state, "1 done, 1 failed");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_defect_is_one_line_and_the_rest_is_done),
        cmocka_unit_test(a_wrong_ending_is_a_warning),
        cmocka_unit_test(one_who_may_not_read_is_told),
        cmocka_unit_test(what_has_vanished_is_told),
        cmocka_unit_test(damage_below_a_crop_is_found_in_every_plan),
        cmocka_unit_test(fail_on_decides_what_damage_fails),
    };
    return cmocka_run_group_tests(tests, make_defects, place_close);
}
