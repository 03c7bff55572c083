/* test_limits.c: a limit names its option; tight bounds make a run slower, and
 * change no output. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "support/temp_dir.h"

/* Pixels between stages, not files. */
#define BY_FRAMES                                                              \
    "--plan 'read@threads:1 | decode@processes:1 | "                           \
    "filter@threads:1 | encode@processes:1 | write@threads:1'"

static const char *const modes[] = {"-m serial", "-m processes", BY_FRAMES};
#define MODES (sizeof modes / sizeof *modes)

static int make_pictures(void **state)
{
    if (place_open(state) != 0)
        return -1;
    place_passes(*state, "$M gen --count 12 --size 300x200,64x48,700x500 in && "
                         "$M run -m serial --to pnm -f blur:1 in -o want");
    return 0;
}

static void limits_name_their_option(void **state)
{
    static const char *const limits[][2] = {
        {"--limit-pixels 50k", "raise --limit-pixels"},
        {"--limit-side 250", "raise --limit-side"},
        {"--limit-file 6k", "raise --limit-file"},
        {"--limit-output 9k --to png", "raise --limit-output"},
    };
    char line[512];
    for (size_t m = 0; m < MODES; m++) {
        for (size_t i = 0; i < 4; i++) {
            (void)snprintf(line, sizeof line,
                           "rm -rf out; $M run -s %s %s in -o out 2>log; "
                           "test $? = 1 && test $(wc -l < log) = 8 && "
                           "test $(grep -c '%s' log) = 8 && "
                           "test $(ls -A out | wc -l) = 4",
                           modes[m], limits[i][0], limits[i][1]);
            place_passes(*state, line);
        }
    }
}

/* The output of a filter counts too. */
static void enlarging_is_within_the_limits(void **state)
{
    char line[512];
    for (size_t m = 0; m < MODES; m++) {
        (void)snprintf(line, sizeof line,
                       "rm -rf out; $M run -s %s --limit-pixels 2M "
                       "-f resize:2000x1000,fit=fill,enlarge=true "
                       "in/img-0002.jpg -o out",
                       modes[m]);
        place_passes(*state, line);
        (void)snprintf(line, sizeof line,
                       "$M run -s %s --limit-pixels 2M "
                       "-f resize:2001x1000,fit=fill,enlarge=true "
                       "in/img-0002.jpg -o out2",
                       modes[m]);
        place_exits(*state, 1, line);
        place_says(*state, "raise --limit-pixels");
        (void)snprintf(line, sizeof line,
                       "$M run -s %s --limit-side 1900 "
                       "-f resize:2000x10,fit=fill,enlarge=true "
                       "in/img-0002.jpg -o out2",
                       modes[m]);
        place_exits(*state, 1, line);
        place_says(*state, "raise --limit-side");
    }
}

/* Widths and queues that a mode or plan does not have are refused. */
static bool takes(const char *mode, const char *bound)
{
    const bool serial = strcmp(mode, "-m serial") == 0;
    const bool fixed = serial || strcmp(mode, BY_FRAMES) == 0;
    return !(serial && strstr(bound, "--queue")) &&
           !(fixed && strstr(bound, "--io"));
}

static void tight_bounds_change_no_byte(void **state)
{
    static const char *const bounds[] = {
        "--memory 32M", "--memory 16M -j 2", "--queue 1", "--queue 64 -j 1",
        "--io 5",       "--io 1 -j 5",       "-j 50%",    "-j auto",
        "-j 1000%",
    };
    char line[512];
    for (size_t m = 0; m < MODES; m++) {
        for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++) {
            if (!takes(modes[m], bounds[i]))
                continue;
            (void)snprintf(line, sizeof line,
                           "rm -rf out; $M run -s %s %s --to pnm -f blur:1 in "
                           "-o out && diff -r want out",
                           modes[m], bounds[i]);
            place_passes(*state, line);
        }
    }
}

static void what_never_fits_names_the_memory(void **state)
{
    char line[512];
    for (size_t m = 0; m < MODES; m++) {
        (void)snprintf(line, sizeof line,
                       "rm -rf out; $M run -s %s --memory 1M -j 1 --to png "
                       "-f blur:20 in -o out 2>log; test $? = 1 && "
                       "grep -q 'img-0003.jpg: .*raise --memory' log && "
                       "test -s out/img-0002.png",
                       modes[m]);
        place_passes(*state, line);
    }
}

/* RLIMIT_FSIZE limits memory shared with processes, so no job can start; not
 * the memory of threads, so only too large outputs fail. */
static void limits_of_the_shell_are_named(void **state)
{
    char line[512];
    for (size_t m = 0; m < MODES; m++) {
        const bool shares = strstr(modes[m], "processes") != NULL;
        (void)snprintf(line, sizeof line,
                       "rm -rf out; ulimit -f 16; $M run -s %s in -o out",
                       modes[m]);
        place_exits(*state, shares ? 2 : 1, line);
        place_says(*state, "ulimit -f");
        place_passes(*state, shares ? "test ! -e out"
                                    : "test -n \"$(find out -type f)\" && "
                                      "test -z \"$(find out -size +31)\"");
    }
    place_exits(*state, 70,
                "rm -rf out; ulimit -n 40; $M run -s -j 30 in "
                "-o out");
    place_says(*state, "Too many open files: lower --jobs");
}

/* Whichever descriptor exceeds the limit: a message, never a crash. */
static void without_descriptors_it_says_so(void **state)
{
    static const char *const ways[] = {"-m hybrid", "-m async",
                                       "-m processes --transport pickle"};
    char line[256];
    for (size_t w = 0; w < sizeof ways / sizeof *ways; w++) {
        for (unsigned files = 6; files < 20; files++) {
            (void)snprintf(line, sizeof line,
                           "rm -rf out; (ulimit -n %u; $M run -s -j 2 %s in "
                           "-o out) >log 2>&1; code=$?; test $code = 0 || "
                           "{ test $code -le 75 && "
                           "grep -q 'Too many open files' log; }",
                           files, ways[w]);
            place_passes(*state, line);
        }
    }
}

/* Options of encoders reach the stage that encodes, in every plan. */
static void encoder_options_reach_every_encoder(void **state)
{
    char line[768];
    for (size_t m = 0; m < MODES; m++) {
        (void)snprintf(
            line, sizeof line,
            "rm -rf a b c; $M run -s %s -q 30 --subsample 444 --progressive "
            "in/img-0001.jpg -o a && "
            "$M run -s %s -q 90 in/img-0001.jpg -o b && "
            "test $(wc -c < a/img-0001.jpg) -lt $(wc -c < b/img-0001.jpg) && "
            "$M info a | grep -q 'progressive, YCbCr 4:4:4' && "
            "$M info b | grep -q 'baseline, YCbCr 4:2:0' && "
            "$M run -s %s --png-level 0 --to png in/img-0001.jpg -o c && "
            "test $(wc -c < c/img-0001.png) -gt 180000",
            modes[m], modes[m], modes[m]);
        place_passes(*state, line);
        (void)snprintf(
            line, sizeof line,
            "rm -rf a b; $M gen --kind web --count 1 --format png icon "
            "--existing overwrite && "
            "$M run -s %s --to jpeg -q 100 --background black icon -o a && "
            "$M run -s %s --to jpeg -q 100 --background white icon -o b && "
            "! cmp -s a/*.jpg b/*.jpg",
            modes[m], modes[m]);
        place_passes(*state, line);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits_name_their_option),
        cmocka_unit_test(enlarging_is_within_the_limits),
        cmocka_unit_test(tight_bounds_change_no_byte),
        cmocka_unit_test(what_never_fits_names_the_memory),
        cmocka_unit_test(limits_of_the_shell_are_named),
        cmocka_unit_test(without_descriptors_it_says_so),
        cmocka_unit_test(encoder_options_reach_every_encoder),
    };
    return cmocka_run_group_tests(tests, make_pictures, place_close);
}
