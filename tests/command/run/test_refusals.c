/* test_refusals.c: errors before the first pixel: exit code 2, the nearest name
 * suggested, nothing written; nothing to do: exit code 3. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "support/temp_dir.h"

/* List the files of the place: a refused command must not change them. */
#define DIGESTS "find . -type f ! -name before | sort | xargs sha256sum"

static void remember(struct place *place)
{
    place_passes(place, DIGESTS " > before");
}

static int make_two(void **state)
{
    if (place_open(state) != 0)
        return -1;
    place_passes(*state, "$M gen --count 2 --size 60x40 in && cd in && "
                         "mv img-0001.jpg a.jpg && mv img-0002.jpg b.jpg && "
                         "mkdir ../empty");
    remember(*state);
    return 0;
}

/* Refused with this text in the message, and the place unchanged. */
static void refuses(struct place *place, const char *rest, const char *part)
{
    char line[2048];
    (void)snprintf(line, sizeof line, "$M run %s", rest);
    place_exits(place, 2, line);
    place_says(place, part);
    place_says(place, "minilab run: ");
    place_passes(place, "test ! -e out && " DIGESTS " | cmp - before");
}

static void misspelt_names_get_the_nearest(void **state)
{
    static const char *const wrong[][2] = {
        {"-f resiz:100 in -o out", "did you mean resize?"},
        {"-f resize:100,ft=cover in -o out", "did you mean fit=?"},
        {"-f resize:100,fit=covr in -o out", "did you mean cover?"},
        {"-f resize in -o out", "nothing given for size"},
        {"-f resize:0 in -o out", "resize"},
        {"-f resize:10:inside:center:no:box:white:7 in -o out", "resize"},
        {"-f resize:10,fit=fill,fit=cover in -o out", "fit"},
        {"-f blur:-1 in -o out", "from 0.3"},
        {"-f '' in -o out", "filter"},
        {"-f 'blur;2' in -o out", "blur"},
        {"-m thread in -o out", "did you mean threads?"},
        {"--moed threads in -o out", "did you mean --mode?"},
        {"--qual 90 in -o out", "did you mean --quality?"},
        {"--to jpg in -o out", "did you mean jpeg?"},
        {"--existing overwritten in -o out", "did you mean overwrite?"},
        {"--on-collision sufix in -o out", "did you mean suffix?"},
        {"--fail-on truncate in -o out", "did you mean truncated?"},
        {"--progress line in -o out", "did you mean lines?"},
        {"--subsample 411 in -o out", "420"},
        {"--name '{stm}.{ext}' in -o out", "did you mean {stem}?"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        refuses(*state, wrong[i][0], wrong[i][1]);
}

static void values_out_of_range_are_refused(void **state)
{
    static const char *const wrong[][2] = {
        {"-q 0 in -o out", "1 to 100"},
        {"-q 85.5 in -o out", "1 to 100"},
        {"--png-level 10 in -o out", "0 to 9"},
        {"-j 0 in -o out", "1 to 256"},
        {"-j 257 in -o out", "1 to 256"},
        {"-j 0% in -o out", "1 to 256"},
        {"--io 0 in -o out", "1 to 256"},
        {"--queue 0 in -o out", "1 to 4096"},
        {"--memory none in -o out", "not a size"},
        {"--limit-pixels 0 in -o out", "pixels"},
        {"--limit-side 70000 in -o out", "65500"},
        {"--limit-file -1 in -o out", "not a size"},
        {"--limit-output x in -o out", "not a size"},
        {"--max-failures 101% in -o out", "share"},
        {"--max-failures -1 in -o out", "number"},
        {"--background blu in -o out", "colour"},
        {"--depth x in -o out", "number"},
        {"--fast --exact in -o out", "options exclude each other"},
        {"--exact --fast in -o out", "--exact and --fast"},
        {"-r nowhere.recipe in -o out", "recipe"},
        {"-r ./before in -o out", "minilab-recipe 1"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        refuses(*state, wrong[i][0], wrong[i][1]);
}

static void plans_that_cannot_be_are_refused(void **state)
{
    static const char *const plans[][2] = {
        {"read@threads:2 | decode,filtr,encode@processes:2 | write@threads:1",
         "did you mean filter?"},
        {"read@thread:2 | decode,filter,encode@processes:2 | write@threads:1",
         "did you mean threads?"},
        {"read@threads:2 | decode,encode@processes:2 | write@threads:1",
         "filter"},
        {"decode,filter,encode@processes:2 | read,write@threads:1", "read"},
        {"read,decode,filter,encode,write@processes:2", "read"},
        {"read@threads:0 | decode,filter,encode,write@threads:1", "0"},
        {"read@threads:999 | decode,filter,encode,write@threads:1", "256"},
        {"read@inline | decode,filter,encode,write@threads:1", "inline"},
        {"read,decode,filter,encode,write", "add @inline"},
        {"", "plan"},
    };
    char rest[512];
    for (size_t i = 0; i < sizeof plans / sizeof *plans; i++) {
        (void)snprintf(rest, sizeof rest, "--plan '%s' in -o out", plans[i][0]);
        refuses(*state, rest, plans[i][1]);
    }
}

static void options_that_a_plan_has_no_use_for_are_refused(void **state)
{
    static const char *const cases[][2] = {
        {"-m threads --transport shm in -o out",
         "--transport: there are no worker processes: mode threads"},
        {"-m async --pool mp in -o out", "--pool: there are no worker"},
        {"-m serial --chunk auto in -o out", "--chunk: there are no worker"},
        {"-m gil --tasks-per-child 3 in -o out", "--tasks-per-child: there"},
        {"-m auto --pool executor in -o out",
         "mode auto may choose another mode: leave it out, or add --mode"},
        {"--plan 'read,decode,filter,encode,write@threads:2' --chunk 2 in "
         "-o out",
         "the plan given: leave it out"},
        {"--gil hold in -o out", "--gil: there is no interpreter lock"},
        {"-m hybrid --gil-interval 1ms in -o out", "--gil-interval: there is"},
        {"-m openmp --gil-scope worker in -o out", "--gil-scope: there is"},
        {"-m stages --loop-lag off in -o out", "--loop-lag: there is no event"},
        {"-m threads --gil-flavour 3.13 in -o out", "--gil-flavour: no stage"},
        {"-m gil --gil-flavour 3.13t --gil-interval 1ms in -o out",
         "--gil-interval: there is no interpreter lock: mode gil: leave it "
         "out, "
         "or leave out --gil-flavour 3.13t"},
        {"-m gil --gil-flavour 3.13t --gil release in -o out",
         "--gil: there is no interpreter lock"},
        {"-m stages --io 4 in -o out",
         "--io: the number of readers is fixed: mode stages"},
        {"-m serial --io 4 in -o out", "--io: the number of readers"},
        {"-m openmp --io 4 in -o out", "--io: the number of readers"},
        {"-m serial --queue 4 in -o out", "--queue: there are no queues"},
        {"-m async --queue 4 in -o out", "--queue: there are no queues"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        refuses(*state, cases[i][0], cases[i][1]);
    place_passes(*state, "$M run -s -n --plan 'read@gil:1 | decode,filter,"
                         "encode@processes:1 | write@threads:1' --gil hold "
                         "--transport pickle in -o out");
    place_passes(*state, "$M run -s -n -m serial -j 4 in -o out && "
                         "$M run -s -n -m openmp -j 2 in -o out && "
                         "$M run -s -n -m stages --queue 2 in -o out && "
                         "$M run -s -n -m async --io 4 -j auto in -o out && "
                         "$M run -s -n -m auto --io 4 --queue 2 -j 2 in -o out "
                         "&& $M info -m stages in && "
                         "$M info --io 4 --queue 3 -j 2 in");
    place_exits(*state, 2, "$M info -m serial --io 4 in");
    place_says(*state, "--io: the number of readers is fixed");
}

static void templates_that_lead_astray_are_refused(void **state)
{
    static const char *const templates[][2] = {
        {"{stem", "close"},         {"../{stem}.{ext}", "leave"},
        {"/{stem}.{ext}", "slash"}, {"{dir}/../../{stem}.{ext}", "leave"},
        {"", "template"},           {"{n:0}", "{n"},
        {"{hash:99}.jpg", "hash"},  {"x.jpg", "output is that of another"},
        {"{ext}", "output is that"}};
    char rest[512];
    for (size_t i = 0; i < sizeof templates / sizeof *templates; i++) {
        (void)snprintf(rest, sizeof rest, "--name '%s' in -o out",
                       templates[i][0]);
        refuses(*state, rest, templates[i][1]);
    }
}

static void inputs_and_outputs_that_do_not_fit_are_refused(void **state)
{
    static const char *const wrong[][2] = {
        {"", "no input is named"},
        {"in", "add -o DIR"},
        {"in -o", "-o"},
        {"in -o ''", "output"},
        {"in -o in/a.jpg", "output folder is a file"},
        {"in -o in/a.jpg/out", "Not a directory"},
        {"in in -o out", "the same file is given twice"},
        {"in ./in -o out", "its output is that of another input"},
        {"--to png in in/a.jpg -o out", "its output is that of another"},
        {"--files-from nolist -o out", "--files-from"},
        {"in --events nowhere/events -o out", "cannot write the events"},
        {"in --json --to png -o -", "standard output"},
        {"in --to png -o -", "2 inputs"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        refuses(*state, wrong[i][0], wrong[i][1]);
}

/* Whatever --existing says. */
static void an_output_that_is_an_input_is_refused(void **state)
{
    static const char *const policies[] = {"error", "skip", "overwrite",
                                           "newer"};
    char rest[128];
    place_passes(*state, "ln -s in link; mkdir hard; ln in/a.jpg hard/a.jpg; "
                         "mkdir soft; ln -s ../in/b.jpg soft/b.jpg");
    remember(*state);
    static const char *const outputs[][2] = {
        {"in", "in/a.jpg is the input itself"},
        {"link", "link/a.jpg is the input itself"},
        {"hard", "hard/a.jpg is the input itself"},
        {"soft", "soft/b.jpg is the input itself"},
    };
    for (size_t p = 0; p < 4; p++) {
        for (size_t i = 0; i < 4; i++) {
            (void)snprintf(rest, sizeof rest, "--existing %s in -o %s",
                           policies[p], outputs[i][0]);
            refuses(*state, rest, outputs[i][1]);
        }
    }
    place_passes(*state, "rm -r link hard soft");
    remember(*state);
}

static void an_output_that_is_there_is_refused_by_default(void **state)
{
    place_passes(*state, "mkdir there; echo mine > there/b.jpg");
    remember(*state);
    refuses(*state, "in -o there", "there/b.jpg");
    refuses(*state, "-n in -o there", "there/b.jpg");
    place_passes(*state, "rm -r there");
    remember(*state);
}

static void a_short_call_shows_short_help(void **state)
{
    place_exits(*state, 2, "$M");
    place_exits(*state, 2, "$M runn in -o out");
    place_says(*state, "did you mean 'minilab run'?");
}

static void nothing_to_do_is_exit_3(void **state)
{
    place_exits(*state, 3, "$M run empty -o out");
    place_says(*state, "nothing to do");
    place_exits(*state, 3, "$M run --include '*.gif' in -o out");
    place_exits(*state, 3, "$M run --files-from /dev/null -o out");
    place_exits(*state, 3, "$M info empty");
    place_passes(*state, "test ! -e out");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(misspelt_names_get_the_nearest),
        cmocka_unit_test(values_out_of_range_are_refused),
        cmocka_unit_test(plans_that_cannot_be_are_refused),
        cmocka_unit_test(options_that_a_plan_has_no_use_for_are_refused),
        cmocka_unit_test(templates_that_lead_astray_are_refused),
        cmocka_unit_test(inputs_and_outputs_that_do_not_fit_are_refused),
        cmocka_unit_test(an_output_that_is_an_input_is_refused),
        cmocka_unit_test(an_output_that_is_there_is_refused_by_default),
        cmocka_unit_test(a_short_call_shows_short_help),
        cmocka_unit_test(nothing_to_do_is_exit_3),
    };
    return cmocka_run_group_tests(tests, make_two, place_close);
}
