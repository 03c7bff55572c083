/* test_simd_levels.c: MINILAB_CPU through the program: the same bytes at every
 * level, in this process and in workers; unknown levels are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "filters/registry.h"
#include "os/simd_level.h"
#include "support/files/mixed_tree.h"
#include "support/temp_dir.h"

#define TEXT_BYTES 2048

static int make_tree(void **state)
{
    if (place_open(state) != 0)
        return -1;
    (void)mixed_tree_make("in");
    return 0;
}

/* Every filter by its own example. */
static void chain_of_all(char *text, size_t capacity)
{
    size_t count, used = 0;
    const struct ml_filter *const *filters = ml_filters(&count);
    for (size_t i = 0; i < count; i++) {
        used += (size_t)snprintf(text + used, capacity - used, " -f %s",
                                 filters[i]->example);
        assert_true(used < capacity);
    }
}

static void run_at(struct place *place, const char *level, const char *mode,
                   const char *work, const char *to)
{
    char line[2 * TEXT_BYTES];
    (void)snprintf(line, sizeof line,
                   "MINILAB_CPU=%s $M run -m %s -j 2 %s in -o %s", level, mode,
                   work, to);
    place_passes(place, line);
}

static void same_at_every_level(struct place *place, const char *work)
{
    run_at(place, "plain", "serial", work, "want");
    for (unsigned level = 0; level <= ml_simd_supported(); level++) {
        const char *name = ml_simd_name((enum ml_simd)level);
        run_at(place, name, "serial", work, "inline");
        run_at(place, name, "processes", work, "workers");
        place_passes(place, "diff -r want inline && diff -r want workers && "
                            "rm -r inline workers");
    }
    place_passes(place, "rm -r want");
}

static void every_level_makes_the_same_tree(void **state)
{
    char all[TEXT_BYTES];
    chain_of_all(all, sizeof all);
    same_at_every_level(*state, all);
    same_at_every_level(*state, "-f resize:40x40 -f sharpen:0.5,radius=1.2");
    same_at_every_level(*state, "-f blur:1.5 -f levels:10%,90% --to png");
    same_at_every_level(*state, "--to jpeg -f flop -f gray");
}

static void the_level_is_told(void **state)
{
    struct place *place = *state;
    char line[64];
    place_passes(place, "MINILAB_CPU=plain $M --version");
    place_says(place, "simd           plain\n");
    place_passes(place, "env -u MINILAB_CPU $M --version");
    (void)snprintf(line, sizeof line, "simd           %s\n",
                   ml_simd_name(ml_simd_supported()));
    place_says(place, line);
    place_passes(place, "MINILAB_CPU=plain $M doctor --json");
    place_says(place, "\"level\": \"plain\"");
    place_says(place, "\"chosen_by\": \"MINILAB_CPU\"");
    place_passes(place, "env -u MINILAB_CPU $M doctor --json");
    place_says(place, "\"chosen_by\": \"processor\"");
}

static void what_is_no_level_is_refused(void **state)
{
    struct place *place = *state;
    static const char *const lines[] = {
        "MINILAB_CPU=v9 $M run -f flop in -o out", "MINILAB_CPU= $M --version",
        "MINILAB_CPU=avx2 $M filters"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        place_exits(place, 2, lines[i]);
        place_prints_lines(place, 1);
        place_says(place, "bad value of MINILAB_CPU");
        place_says(place, "is not the name of a level");
        place_says(place, "give one of plain");
    }
    place_passes(place, "test ! -e out");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_level_makes_the_same_tree),
        cmocka_unit_test(the_level_is_told),
        cmocka_unit_test(what_is_no_level_is_refused),
    };
    return cmocka_run_group_tests(tests, make_tree, place_close);
}
