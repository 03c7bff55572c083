/* test_modes.c: the reference test, through the program: in every mode and
 * plan, at every width, the same tree of the same bytes.
 *
 * Slow: every mode and several plans over a tree of pictures.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "codec/registry.h"
#include "support/files/mixed_tree.h"
#include "support/temp_dir.h"

static const char *const works[] = {
    "-f resize:40x40 -f sharpen:0.5,radius=1.2",
    "-f rotate:90 -f blur:1.5 -f flip --to png",
    "-f levels:10%:90%,gamma=1.4 -f invert -f resize:30x30,fit=cover -f flop"
    " --to jpeg --progressive --subsample 444",
    "--name '{dir}/{w}x{h}-{hash:8}/{stem}.{ext}' -f crop:30x30 -f gray"
    " -f convolve:weights=.5_-1_.5_-1_4_-1_.5_-1_.5,offset=3"
    " --on-collision suffix --existing overwrite",
    "--fast -f invert -f resize:20 -f flop",
};
#define WORKS (sizeof works / sizeof *works)

static const char *const ways[] = {
    "-m threads",
    "-m processes",
    "-m stages",
    "-m auto",
    "-m gil",
    "-m async",
    "-m hybrid",
    "-m hybrid-threads",
    "-m hybrid-gil",
    "-m openmp",
    "--plan 'read,decode,filter,encode,write@threads:N'",
    "--plan 'read,decode@threads:N | filter@processes:N | "
    "encode,write@threads:2'",
    "--plan 'read@threads:2 | decode@processes:N | filter@processes:2 | "
    "encode@processes:N | write@threads:2'",
    "--plan 'read@threads:1 | decode@processes:1 | filter,encode,"
    "write@threads:N'",
    "--plan 'read@threads:1 | decode,filter@threads:N | encode@processes:N | "
    "write@threads:1'",
    "--plan 'read,decode,filter@threads:N | encode,write@threads:3'",
    "--plan 'read@threads:3 | decode,filter@processes:N | "
    "encode,write@threads:N'",
    "--plan 'read@inline | decode@inline | filter,encode,write@inline'",
    "--plan 'read@threads:1 | decode@threads:N | filter,encode@processes:N | "
    "write@threads:3'",
    "--plan 'read@threads:2 | decode,filter@processes:2 | "
    "encode@processes:N | write@threads:1'",
    "--plan 'read@threads:R | decode,filter,encode@processes:N | "
    "write@threads:2' --queue 1 --io 5",
    "--plan 'read,decode,filter,encode@threads:N | write@threads:1' "
    "--memory 64M",
    "--plan 'read@threads:1 | decode,filter,encode,write@threads:N'",
    "-m serial --trace trace",
    "-m threads --trace trace",
    "-m processes --trace trace",
    "-m gil --trace trace",
    "--plan 'read,decode,filter,encode,write@gil:N'",
    "--plan 'read@gil:1 | decode@gil:N | filter@gil:2 | encode,write@gil:2'",
    "--plan 'read@threads:1 | decode@gil:N | filter@processes:2 | "
    "encode@gil:2 | write@threads:1'",
    "-m async --trace trace",
    "-m hybrid --trace trace",
    "-m hybrid-gil --trace trace --io-delay 1ms",
    "--plan 'read,decode@loop | filter@gil:N | encode,write@loop'",
    "-m async --io 3 --io-delay 1ms",
    "-m hybrid --io 40 --queue 1",
    "-m threads --io-delay 1ms",
    "-m serial --io-delay 100us",
    "--plan 'read@loop:N | decode@loop | filter@loop:2 | encode@loop | "
    "write@loop:2'",
    "--plan 'read@loop:5 | decode,filter@threads:N | encode,write@loop:N' "
    "--memory 64M",
    "--plan 'read@threads:1 | decode@processes:N | filter@loop | "
    "encode@threads:N | write@loop'",
    "--plan 'read,decode@loop | filter,encode@processes:N | "
    "write@threads:1'",
    "--transport pickle",
    "--transport pickle-inline",
    "--pool mp --chunk 3 --tasks-per-child 2",
    "--pool executor --transport pickle --tasks-per-child 5",
    "--transport pickle --plan 'read@threads:2 | decode@processes:N | "
    "filter@processes:2 | encode@processes:N | write@threads:2'",
    "--transport pickle-inline --queue 1 --plan 'read@threads:1 | "
    "decode,filter@processes:N | encode@processes:2 | write@threads:1'",
    "-m hybrid --transport pickle --chunk 2",
};
#define WAYS (sizeof ways / sizeof *ways)

static size_t pictures;

static int make_tree(void **state)
{
    if (place_open(state) != 0)
        return -1;
    pictures = mixed_tree_make("in");
    return 0;
}

static void compare(struct place *place, const char *way, int jobs, size_t work)
{
    char line[1024];
    (void)snprintf(line, sizeof line,
                   "$M run %s -j %d %s in -o out && diff -r want-%zu out && "
                   "rm -r out",
                   way, jobs, works[work], work);
    place_passes(place, line);
}

static void make_what_is_wanted(struct place *place, size_t work)
{
    char line[1024];
    (void)snprintf(line, sizeof line, "$M run -m serial %s in -o want-%zu",
                   works[work], work);
    place_passes(place, line);
    (void)snprintf(line, sizeof line,
                   "test $(find want-%zu -type f -print0 | tr -dc '\\0' | "
                   "wc -c) = %zu",
                   work, pictures);
    place_passes(place, line);
}

static void every_way_makes_the_tree_of_serial(void **state)
{
    static const int widths[] = {1, 2, 5};
    for (size_t work = 0; work < WORKS; work++)
        make_what_is_wanted(*state, work);
    for (size_t way = 0; way < WAYS; way++) {
        for (size_t width = 0; width < 3; width++) {
            /* Modes run all of the works, other plans one of them in rotation.
             */
            for (size_t work = 0; work < WORKS; work++) {
                if (way < 10 || (way + width) % WORKS == work)
                    compare(*state, ways[way], widths[width], work);
            }
        }
    }
}

static void a_part_of_the_processors_is_a_width(void **state)
{
    compare(*state, "-j 50%", 2, 0);
    compare(*state,
            "-j 5 -j auto --plan 'read@threads:R | "
            "decode,filter,encode@threads:N | write@threads:1'",
            2, 0);
}

/* Large enough that source and sink get threads of their own, and filters
 * several threads.
 */
static void several_processors_for_one_picture_change_no_byte(void **state)
{
    static const char *const settings[] = {
        "-j 4",
        "-j 1 --inner 3",
        "-m threads -j 2 --inner auto",
        "-m serial --inner 2",
        "-m stages --inner 4",
        "-j 4 --memory 64M",
        "-m openmp -j 2",
        "-m openmp -j 5",
        "-m openmp --inner 3",
        "-m async --inner 2",
        "-m hybrid-threads -j 2 --inner 2",
        "-j 4 --inner 3 --plan 'read,decode@threads:2 | filter@processes:N | "
        "encode,write@threads:2'",
        "-j 2 --inner 5 --plan 'read@threads:1 | decode,filter@threads:N | "
        "encode@processes:N | write@threads:1'",
    };
    static const char *const filters[] = {
        "-f blur:2",
        "-f median:1 -f resize:60% -f sharpen:1 -f rotate:90 --to png",
    };
    struct place *place = *state;
    place_passes(place, "$M gen --count 1 --size 1300x900 one");
    for (size_t f = 0; f < sizeof filters / sizeof *filters; f++) {
        char line[512];
        (void)snprintf(line, sizeof line, "$M run -m serial %s one -o want",
                       filters[f]);
        place_passes(place, line);
        for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
            (void)snprintf(line, sizeof line,
                           "$M run %s %s one -o out && diff -r want out && "
                           "rm -r out",
                           settings[i], filters[f]);
            place_passes(place, line);
        }
        place_passes(place, "rm -r want");
    }
    place_exits(place, 2, "$M run --inner 0 one -o out");
    place_says(place, "give 1 to 256, or auto");
}

/* The mode, its reason, and what limited the run: for a mode that auto chose,
 * for one that --mode named, and in JSON. */
static void the_choice_is_explained(void **state)
{
    struct place *place = *state;
    place_passes(place, "$M gen --count 24 --size 300x225 in");
    place_passes(place, "$M run -m auto -j 2 --explain in -o a");
    place_says(place, "Mode threads, because");
    place_says(place, "2 processors, because --jobs says so.");
    place_says(place, "2 workers compute and 2 threads read.");
    place_says(place, "(threads, ");
    place_says(place, " % of the time");
    place_passes(place, "$M run -m auto -j 3 --explain in/img-0001.jpg -o b");
    place_says(place, "Mode serial, because there is one picture");
    place_says(place, "One thread does all steps; a large picture gets 3 "
                      "processors.");
    place_passes(place, "$M run -m auto -j 2 --io-delay 20ms --explain in -o "
                        "a2");
    place_says(place, "More readers than the default: opening a file takes ");
    place_passes(place, "$M run -m stages --explain -s in -o c");
    place_says(place, "Mode stages, because --mode says so.");
    place_says(place, "1 worker for decode, 1 worker for filter, 1 worker for "
                      "encode and 1 thread reads.");
    place_passes(place, "$M run -s --explain --plan 'read,decode@loop | filter,"
                        "encode@threads:3 | write@threads' in -o c2");
    place_says(place, "One loop for read,decode, 3 workers for filter,encode.");
    place_passes(place, "$M run -s --explain --plan 'read@threads:3 | decode,"
                        "filter,encode@loop | write@threads' in -o c3");
    place_says(place, "One loop computes and 3 threads read.");
    place_passes(place, "$M run --explain in -o d");
    place_says(place, "Mode processes, because it is the default.");
    place_passes(place, "$M run -m async --explain in -o h");
    place_says(place, "One loop does all steps, up to 16 pictures in flight.");
    place_passes(place, "$M run -m hybrid -j 2 --io 5 --explain in -o i");
    place_says(place, "2 workers compute and a loop reads, up to 5 pictures "
                      "in flight.");
    place_passes(place, "$M run --json --explain -s --plan "
                        "'read,decode,filter,encode,write@inline' in -o e");
    place_says(place, "The plan that --plan gives.");
    place_passes(place,
                 "$M run -m auto -j 2 --io 3 --json --explain -s in -o f "
                 "2>err | grep -q '\"explain\":{\"mode\":\"threads\",\"plan\":"
                 "\"read@threads:3 | decode,filter,encode@threads:2 | "
                 "write@threads:1\"'");
    place_passes(place, "$M run -m threads -j 2 --json --explain -s in -o j "
                        "2> err > doc && grep -q '\"spent\":\\[{' doc && "
                        "! grep -q '\"trace\":' doc && "
                        "grep -q 'The workers of decode,filter,encode spent ' "
                        "err");
    place_passes(place, "$M run -m auto --json -s in -o g | "
                        "grep -vq '\"explain\"'");
    place_passes(place, "$M info -m auto in/img-0001.jpg");
}

/* ---- many results behind a slow one ---- */

static void make_slow_and_quick(struct place *place)
{
    mixed_picture("a.png", &ml_codec_png,
                  (struct ml_shape){700, 700, ML_GRAY, 8, 1, 1}, NULL);
    mixed_picture("b.pgm", &ml_codec_pnm,
                  (struct ml_shape){4, 4, ML_GRAY, 8, 1, 1}, NULL);
    place_passes(place, "mkdir in; mv a.png in; i=0; while [ $i -lt 1200 ]; do "
                        "ln b.pgm in/b$i.pgm; i=$((i + 1)); done");
}

/* More results than temporary files are allowed. */
static void a_slow_picture_holds_up_later_names_and_fails_none(void **state)
{
    struct place *place = *state;
    make_slow_and_quick(place);
    static const char *const modes[] = {"processes", "hybrid", "async"};
    for (size_t i = 0; i < 3; i++) {
        char line[256];
        (void)snprintf(line, sizeof line,
                       "rm -rf out; $M run -m %s -j 2 -f spin:2s in -o out "
                       "--name '{w}/{stem}.{ext}'",
                       modes[i]);
        place_passes(place, line);
        place_says(place, "1201 done in");
        place_passes(place, "test $(ls out/4 | wc -l) = 1200 && "
                            "test $(ls -A out | wc -l) = 2");
    }
}

int main(void)
{
    const struct CMUnitTest in_the_tree[] = {
        cmocka_unit_test(every_way_makes_the_tree_of_serial),
        cmocka_unit_test(a_part_of_the_processors_is_a_width),
    };
    const struct CMUnitTest alone[] = {
        cmocka_unit_test_setup_teardown(the_choice_is_explained, place_open,
                                        place_close),
        cmocka_unit_test_setup_teardown(
            several_processors_for_one_picture_change_no_byte, place_open,
            place_close),
        cmocka_unit_test_setup_teardown(
            a_slow_picture_holds_up_later_names_and_fails_none, place_open,
            place_close),
    };
    return cmocka_run_group_tests(in_the_tree, make_tree, place_close) +
           cmocka_run_group_tests(alone, NULL, NULL);
}
