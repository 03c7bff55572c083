/* test_signals.c: a run that is stopped: by the user, by a full disk, by
 * failures; in every mode it cleans up.
 *
 * Slow: whole runs in every mode, stopped at many moments.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "support/skip.h"
#include "support/temp_dir.h"

enum {
    ARGUMENTS_MAX = 24,
    DEADLINE_S = 120 /* of any wait: far beyond what it takes */
};

static const char *const modes[][2] = {
    {"-m", "serial"},
    {"-m", "threads"},
    {"-m", "processes"},
    {"-m", "stages"},
    {"-m", "async"},
    {"-m", "hybrid"},
    {"--plan", "read,decode@threads:2 | filter@processes:2 | "
               "encode,write@threads:2"},
};
#define MODES (sizeof modes / sizeof *modes)

/* ---- a running program ---- */

struct at_work {
    pid_t pid;
    struct place *place;
};

/* Start the program, its stderr in `log`, its stdin from `input` or NULL. */
static void begin(struct at_work *work, struct place *place,
                  const char *const *arguments, int input)
{
    work->place = place;
    place_passes(place, "rm -rf out log");
    work->pid = fork();
    assert_true(work->pid >= 0);
    if (work->pid > 0)
        return;
    char *argv[ARGUMENTS_MAX];
    size_t count = 0;
    for (; arguments[count]; count++)
        argv[count] = strdup(arguments[count]);
    argv[count] = NULL;
    const int log = open("log", O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (log < 0 || dup2(log, STDOUT_FILENO) < 0 || dup2(log, STDERR_FILENO) < 0)
        _exit(99);
    if (input >= 0 && dup2(input, STDIN_FILENO) < 0)
        _exit(99);
    (void)execv(ML_TEST_PROGRAM, argv);
    _exit(99);
}

static void begin_slow(struct at_work *work, struct place *place,
                       const char *const *mode, const char *nap)
{
    const char *arguments[] = {"minilab", "run", mode[0], mode[1], "-v",
                               "-j",      "2",   "-f",    nap,     "in",
                               "-o",      "out", NULL};
    begin(work, place, arguments, -1);
}

static double seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Wait until the shell command succeeds. */
static void until(const char *line)
{
    const double end = seconds() + DEADLINE_S;
    while (system(line) != 0) { /* NOLINT: a fixed line */
        if (seconds() > end)
            fail_msg("never came true: %s", line);
    }
}

/* Wait until all that was written to a pipe has been read. */
static void until_taken(int pipe)
{
    const double end = seconds() + DEADLINE_S;
    int left = 1;
    while (ioctl(pipe, FIONREAD, &left) == 0 && left > 0) {
        if (seconds() > end)
            fail_msg("the pipe has no reader");
        (void)sched_yield();
    }
}

/* The exit code; a run that hangs fails the test. */
static int end_of(struct at_work *work)
{
    const double end = seconds() + DEADLINE_S;
    int status = 0;
    pid_t ended;
    while ((ended = waitpid(work->pid, &status, WNOHANG)) == 0) {
        if (seconds() > end) {
            (void)kill(work->pid, SIGKILL);
            fail_msg("the run hangs");
        }
        (void)sched_yield();
    }
    assert_int_equal(ended, work->pid);
    if (!WIFEXITED(status))
        fail_msg("the run was killed by signal %d", WTERMSIG(status));
    return WEXITSTATUS(status);
}

/* No temporary file, only whole pictures, no child left.  Orphans of the run
 * become our children: this process is a subreaper. */
static void assert_clean(struct at_work *work)
{
    const double end = seconds() + DEADLINE_S;
    while (waitpid(-1, NULL, WNOHANG) >= 0) {
        if (seconds() > end)
            fail_msg("a worker is left");
        (void)sched_yield();
    }
    place_passes(work->place, "test -z \"$(find . -name '.*.tmp')\" && "
                              "{ test ! -e out || test -z \"$(ls out)\" || "
                              "$M info out > /dev/null; }");
}

/* ---- signals ---- */

static void a_signal_ends_what_has_begun(void **state)
{
    static const int signals[][2] = {{SIGINT, 130}, {SIGTERM, 75}};
    struct at_work work;
    for (size_t m = 0; m < MODES; m++) {
        for (size_t s = 0; s < 2; s++) {
            begin_slow(&work, *state, modes[m], "sleep:50ms");
            until("ls out/* > /dev/null 2>&1");
            assert_int_equal(kill(work.pid, signals[s][0]), 0);
            assert_int_equal(end_of(&work), signals[s][1]);
            assert_clean(&work);
            place_passes(*state, "grep -q 'finishing pictures' log && "
                                 "grep -q 'not done' log && "
                                 "! grep -q ': failed' log");
            /* The outputs reported as done exist, and no others. */
            place_passes(*state, "test $(ls out | wc -l) = "
                                 "$(grep -c -- '-> jpeg' log)");
        }
    }
}

static void a_second_signal_ends_it_at_once(void **state)
{
    struct at_work work;
    for (size_t m = 0; m < MODES; m++) {
        const double start = seconds();
        begin_slow(&work, *state, modes[m], "sleep:1h");
        until("test -d out");
        assert_int_equal(kill(work.pid, SIGINT), 0);
        until("grep -q 'quit now' log");
        assert_int_equal(kill(work.pid, SIGINT), 0);
        assert_int_equal(end_of(&work), 130);
        assert_true(seconds() - start < DEADLINE_S);
        assert_clean(&work);
    }
}

/* ---- a worker that is killed ---- */

/* Kill a worker once an output exists; on a busy machine it may just have
 * ended, or be between two pictures. */
static void kill_one(const struct at_work *work)
{
    char line[128];
    until("ls out/* > /dev/null 2>&1");
    (void)snprintf(line, sizeof line,
                   "kill -9 $(cat /proc/%d/task/*/children | cut -d' ' -f1) "
                   "2> /dev/null || true",
                   work->pid);
    place_passes(work->place, line);
}

static bool log_says(const char *part)
{
    char line[2048];
    bool found = false;
    FILE *log = fopen("log", "re");
    assert_non_null(log);
    while (!found && fgets(line, sizeof line, log))
        found = strstr(line, part) != NULL;
    (void)fclose(log);
    return found;
}

/* How each pool policy handles a death, by exit code and message: a worker has
 * a picture most of the time, so one of several kills hits a picture. */
static void assert_death_ends(struct place *place, const char *pool,
                              const char *transport, int code,
                              const char *words)
{
    const char *arguments[] = {
        "minilab", "run",         "--pool",      pool,      "-j", "2",
        "-f",      "sleep:100ms", "--chunk",     "1",       "in", "-o",
        "out",     "-v",          "--transport", transport, NULL};
    for (int tries = 0; tries < 20; tries++) {
        struct at_work work;
        begin(&work, place, arguments, -1);
        kill_one(&work);
        const int ended = end_of(&work);
        assert_clean(&work);
        /* The worker that was killed may have been idle. */
        if (ended == code && log_says("worker processes that died: ")) {
            place_passes(place, words);
            return;
        }
        assert_true(ended == 0 || ended == code);
    }
    fail_msg("--pool %s: no kill met a worker", pool);
}

static void a_killed_worker_is_what_the_pool_makes_of_it(void **state)
{
    assert_death_ends(*state, "minilab", "pickle", 0, "grep -q 'done in' log");
    assert_death_ends(*state, "executor", "shm", 75,
                      "grep -q 'BrokenProcessPool: a worker.* killed' log");
    assert_death_ends(*state, "mp", "pickle-inline", 1,
                      "grep -q 'CPython would hang here' log");
}

static void names_that_wait_leave_nothing_behind(void **state)
{
    struct at_work work;
    const char *late[] = {"minilab",       "run", "-j", "3",   "-f",
                          "sleep:100ms",   "in",  "-o", "out", "--name",
                          "{w}-{n}.{ext}", NULL};
    begin(&work, *state, late, -1);
    until("ls out/* > /dev/null 2>&1");
    assert_int_equal(kill(work.pid, SIGINT), 0);
    assert_int_equal(end_of(&work), 130);
    assert_clean(&work);
}

/* The list of files never arrives: no job has started. */
static void a_signal_while_planning_ends_it(void **state)
{
    static const char *const arguments[][8] = {
        {"minilab", "run", "--files-from", "-", "-o", "out", NULL},
        {"minilab", "info", "--files-from", "-", NULL},
    };
    static const int signals[][2] = {{SIGINT, 130}, {SIGTERM, 75}};
    struct at_work work;
    for (size_t i = 0; i < 4; i++) {
        int pipes[2];
        assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
        begin(&work, *state, arguments[i / 2], pipes[0]);
        assert_int_equal(write(pipes[1], "in/", 3), 3);
        until_taken(pipes[0]);
        assert_int_equal(kill(work.pid, signals[i % 2][0]), 0);
        assert_int_equal(end_of(&work), signals[i % 2][1]);
        (void)close(pipes[0]);
        (void)close(pipes[1]);
        assert_clean(&work);
        place_passes(*state, "test ! -e out");
    }
}

/* With one descriptor less a run could not be stopped, so it does not start.
 * With fewer still the loader reports it: 127. */
static void a_run_that_hears_no_signals_is_refused(void **state)
{
    struct place *place = *state;
    place_passes(
        place,
        "$M gen --count 1 --size 20x20 few\n"
        "for most in $(seq 5 40); do\n"
        "  (ulimit -n $most; exec $M run -s -m serial few -o few-$most) "
        "2>said\n"
        "  code=$?\n"
        "  test $code -lt 128 || { echo $most: $code; exit 1; }\n"
        "  ! grep 'cannot watch for signals: Too many open files' said ||\n"
        "    test $code = 70 || exit 1\n"
        "done");
    place_says(place, "cannot watch for signals");
}

static void a_hangup_that_was_ignored_stays_so(void **state)
{
    struct at_work work;
    (void)signal(SIGHUP, SIG_IGN);
    begin_slow(&work, *state, modes[2], "sleep:5ms");
    (void)signal(SIGHUP, SIG_DFL);
    until("ls out/* > /dev/null 2>&1");
    assert_int_equal(kill(work.pid, SIGHUP), 0);
    assert_int_equal(end_of(&work), 0);
    assert_clean(&work);
    begin_slow(&work, *state, modes[2], "sleep:50ms");
    until("ls out/* > /dev/null 2>&1");
    assert_int_equal(kill(work.pid, SIGHUP), 0);
    assert_int_equal(end_of(&work), 75);
    assert_clean(&work);
}

/* ---- failures ---- */

static void failures_beyond_what_is_allowed_stop_it(void **state)
{
    static const char *const limits[][2] = {
        {"--fail-fast", "0 done, 1 failed, 49 not done"},
        {"--max-failures 3", "0 done, 4 failed, 46 not done"},
        {"--max-failures 0", "0 done, 1 failed, 49 not done"},
        {"--max-failures 5%", "0 done, 3 failed, 47 not done"},
        {"--max-failures 9", "0 done, 10 failed, 40 not done"},
        {"--max-failures 10", "40 done, 10 failed"},
        {"--max-failures 100%", "40 done, 10 failed"},
    };
    char line[256];
    place_passes(*state, "mkdir bad; for i in 0 1 2 3 4 5 6 7 8 9; do "
                         "echo $i > bad/$i.jpg; done");
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        (void)snprintf(line, sizeof line,
                       "rm -rf out; $M run -m serial %s bad in -o out",
                       limits[i][0]);
        place_exits(*state, 1, line);
        place_says(*state, limits[i][1]);
    }
    for (size_t m = 0; m < MODES; m++) {
        (void)snprintf(line, sizeof line,
                       "rm -rf out; $M run %s '%s' --fail-fast bad in -o out",
                       modes[m][0], modes[m][1]);
        place_exits(*state, 1, line);
        place_says(*state, "not done");
        place_passes(*state, "test -z \"$(find . -name '.*.tmp')\"");
    }
}

static void a_full_disk_stops_it(void **state)
{
    char line[512];
    place_passes(*state, "rm -rf out; mkdir -p disk");
    if (mount("none", "disk", "tmpfs", 0, "size=16k") != 0)
        ml_test_skip("a small disk cannot be mounted: %s", strerror(errno));
    for (size_t m = 0; m < MODES; m++) {
        (void)snprintf(line, sizeof line, "$M run %s '%s' in -o disk",
                       modes[m][0], modes[m][1]);
        place_exits(*state, 75, line);
        place_says(*state, "No space left on device");
        place_says(*state, "not done");
        place_passes(*state, "test -z \"$(find disk -name '.*.tmp')\" && "
                             "$M info disk > /dev/null; rm -rf disk/*");
    }
    place_exits(*state, 75, "$M run in -o disk --name '{w}-{stem}.{ext}'");
    place_passes(*state, "test -z \"$(find disk -name '.*.tmp')\"");
    assert_int_equal(umount("disk"), 0);
}

static int make_pictures(void **state)
{
    if (place_open(state) != 0)
        return -1;
    place_passes(*state, "$M gen --count 40 --size 120x90 in");
    return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signal_ends_what_has_begun),
        cmocka_unit_test(a_second_signal_ends_it_at_once),
        cmocka_unit_test(a_killed_worker_is_what_the_pool_makes_of_it),
        cmocka_unit_test(names_that_wait_leave_nothing_behind),
        cmocka_unit_test(a_signal_while_planning_ends_it),
        cmocka_unit_test(a_run_that_hears_no_signals_is_refused),
        cmocka_unit_test(a_hangup_that_was_ignored_stays_so),
        cmocka_unit_test(failures_beyond_what_is_allowed_stop_it),
        cmocka_unit_test(a_full_disk_stops_it),
    };
    return cmocka_run_group_tests(tests, make_pictures, place_close);
}
