/* test_lies.c: `minilab compare` with programs that pretend to be minilab:
 * different bytes, dead workers, killed runs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command/compare/compare.h"
#include "support/temp_dir.h"

extern const struct ml_command ml_command_compare;

/* Pictures, and a TMPDIR of this test's own. */
static int make_pictures(void **state)
{
    if (place_open(state) != 0)
        return -1;
    place_passes(*state, "$M gen --count 5 --size 60x45 in && mkdir tmp");
    return setenv("TMPDIR", "tmp", 1);
}

static void nothing_is_left(struct place *place)
{
    place_passes(place, "test -z \"$(ls -A tmp)\"");
}

/* A program that corrupts the outputs of `threads`. */
static const char liar[] = "#!/bin/sh\n"
                           "\"$M\" \"$@\" || exit\n"
                           "for a; do case $a in\n"
                           "--output=*) out=${a#--output=} ;;\n"
                           "--mode=threads) lie=1 ;;\n"
                           "esac; done\n"
                           "test -z \"$lie\" && exit\n"
                           "echo >> \"$out/img-0001.jpg\"\n"
                           "rm \"$out/img-0002.jpg\"\n"
                           "echo > \"$out/img-9999.jpg\"\n";

/* ml_compare_main() in a process of its own: it blocks signals. */
static int compare_with(struct place *place, const char *program, int argc,
                        const char *const *arguments)
{
    char *argv[16] = {NULL};
    int status = 0;
    (void)fflush(NULL);
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        for (int i = 0; i < argc; i++)
            argv[i] = strdup(arguments[i]);
        if (!freopen("doc", "we", stdout) || !freopen("log", "we", stderr))
            _exit(99);
        const int code =
            ml_compare_main(&ml_command_compare, argc, argv, program);
        (void)fflush(NULL);
        _exit(code);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    place_passes(place, "cat doc log");
    return WEXITSTATUS(status);
}

static void different_bytes_are_found_and_named(void **state)
{
    struct place *place = *state;
    place_file("liar", liar, strlen(liar));
    assert_int_equal(chmod("liar", 0755), 0);
    static const char *const table[] = {
        "compare",  "-m", "serial,threads", "-j", "2",
        "--repeat", "1",  "--warm-up",      "0",  "in"};
    assert_int_equal(compare_with(place, "./liar", 10, table), 6);
    place_says(place, "Outputs: NOT identical");
    place_says(place, "threads -j 2, run 2: img-0001.jpg has different bytes");
    place_says(place, "threads -j 2, run 2: img-0002.jpg is missing");
    place_says(place, "threads -j 2, run 2: img-9999.jpg is an extra file");
    place_lacks(place, "serial, run");
    nothing_is_left(place);
    static const char *const json[] = {
        "compare",   "-m", "serial,threads", "-j", "2", "--repeat", "1",
        "--warm-up", "0",  "--json",         "in"};
    assert_int_equal(compare_with(place, "./liar", 11, json), 6);
    json_t *document = place_json("doc");
    assert_true(json_is_false(json_object_get(document, "same")));
    const json_t *rows = json_object_get(document, "configurations");
    assert_true(json_is_true(json_object_get(json_array_get(rows, 0), "same")));
    const json_t *row = json_array_get(rows, 1);
    assert_int_equal(place_json_number(row, "difference_count"), 3);
    assert_string_equal(
        place_json_text(json_array_get(json_object_get(row, "differences"), 1),
                        "path"),
        "img-0002.jpg");
    json_decref(document);
}

/* A program that reports two dead workers in `processes`. */
static const char loser[] =
    "#!/bin/sh\n"
    "for a; do test $a = --mode=processes && dead=2; done\n"
    "test -z \"$dead\" && exec \"$M\" \"$@\"\n"
    "\"$M\" \"$@\" | sed 's/\"worker_deaths\":0/\"worker_deaths\":2/'\n";

static void workers_that_died_are_reported(void **state)
{
    struct place *place = *state;
    place_file("loser", loser, strlen(loser));
    assert_int_equal(chmod("loser", 0755), 0);
    static const char *const table[] = {
        "compare",  "-m", "serial,processes", "-j", "2",
        "--repeat", "3",  "--warm-up",        "1",  "in"};
    assert_int_equal(compare_with(place, "./loser", 10, table), 0);
    place_says(place, "- processes -j 2 lost 6 worker processes in its timed "
                      "runs; its times");
    place_lacks(place, "serial lost");
    static const char *const csv[] = {
        "compare",  "-m", "serial,processes", "-j", "2",
        "--repeat", "1",  "--warm-up",        "0",  "--csv",
        "in"};
    assert_int_equal(compare_with(place, "./loser", 11, csv), 0);
    place_passes(place, "head -1 doc | grep -q ',worker_deaths$' && "
                        "grep ',processes-2,' doc | grep -q ',2$' && "
                        "grep ',serial,' doc | grep -q ',0$'");
    static const char *const json[] = {
        "compare",   "-m", "serial,processes", "-j", "2", "--repeat", "1",
        "--warm-up", "0",  "--json",           "in"};
    assert_int_equal(compare_with(place, "./loser", 11, json), 0);
    json_t *document = place_json("doc");
    const json_t *runs = json_object_get(document, "runs");
    assert_int_equal(
        place_json_number(json_array_get(runs, 0), "worker_deaths"), 0);
    assert_int_equal(
        place_json_number(json_array_get(runs, 1), "worker_deaths"), 2);
    json_decref(document);
}

static void a_run_that_is_killed_is_reported_by_its_signal(void **state)
{
    static const char dies[] = "#!/bin/sh\nkill -KILL $$\n";
    static const char *const arguments[] = {"compare", "-m", "serial", "in"};
    place_file("dies", dies, sizeof dies - 1);
    assert_int_equal(chmod("dies", 0755), 0);
    assert_int_equal(compare_with(*state, "./dies", 4, arguments), 70);
    place_says(*state, "a run failed: serial was killed by SIGKILL");
    nothing_is_left(*state);
}

static void another_program_is_reported(void **state)
{
    struct place *place = *state;
    static const char *const arguments[] = {"compare", "-m", "serial", "in"};
    assert_int_equal(compare_with(place, "/bin/true", 4, arguments), 70);
    place_says(place, "a run failed");
    assert_int_equal(compare_with(place, "./none", 4, arguments), 70);
    nothing_is_left(place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(different_bytes_are_found_and_named),
        cmocka_unit_test(workers_that_died_are_reported),
        cmocka_unit_test(a_run_that_is_killed_is_reported_by_its_signal),
        cmocka_unit_test(another_program_is_reported),
    };
    return cmocka_run_group_tests(tests, make_pictures, place_close);
}
