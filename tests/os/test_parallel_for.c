/* test_parallel_for.c: every part runs once, in parallel, memory is published,
 * idle threads sleep.  Under the thread sanitizer also: no false report of a
 * race. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"
#include "command/cli/version.h"
#include "os/parallel_for.h"
#include "support/skip.h"

#define PARTS 100
#define DEADLINE_NS (60 * ML_NS_PER_S)

struct ledger {
    unsigned threads;
    unsigned before;      /* written by the caller, not atomic */
    unsigned done[PARTS]; /* not atomic: each part has its own */
    unsigned memory[ML_PARALLEL_THREADS_MAX]
                   [8]; /* not atomic: each thread has its own */
    atomic_bool busy[ML_PARALLEL_THREADS_MAX];
    atomic_uint wrong;
};

static void tally_part(void *context, unsigned thread, unsigned part)
{
    struct ledger *ledger = context;
    if (thread >= ledger->threads ||
        atomic_exchange(&ledger->busy[thread], true))
        atomic_fetch_add(&ledger->wrong, 1);
    for (size_t i = 0; i < 8; i++)
        ledger->memory[thread][i] = ledger->before + part;
    for (size_t i = 0; i < 8; i++)
        if (ledger->memory[thread][i] != ledger->before + part)
            atomic_fetch_add(&ledger->wrong, 1);
    ledger->done[part] += ledger->before;
    atomic_store(&ledger->busy[thread], false);
}

/* One call; false if a part did not run once, or a thread number was used twice
 * at a time. */
static bool ledger_is_right(struct ledger *ledger, unsigned threads,
                            unsigned count, unsigned before)
{
    memset(ledger, 0, sizeof *ledger);
    ledger->threads = threads;
    ledger->before = before;
    ml_parallel_for(threads, count, tally_part, ledger);
    bool right = atomic_load(&ledger->wrong) == 0;
    for (unsigned i = 0; i < PARTS; i++)
        right = right && ledger->done[i] == (i < count ? before : 0);
    return right;
}

static void every_part_is_done_once_and_seen_by_the_caller(void **state)
{
    static const unsigned threads[] = {1, 2, 3, 5, 8};
    static const unsigned counts[] = {0, 1, 2, 3, 7, PARTS};
    static struct ledger ledger;
    (void)state;
    for (unsigned i = 0; i < 5 * 6; i++)
        assert_true(
            ledger_is_right(&ledger, threads[i / 6], counts[i % 6], i + 1));
}

/* ---- in parallel ---- */

struct meeting {
    atomic_uint there;
    atomic_bool missed;
};

static void meeting_part(void *context, unsigned thread, unsigned part)
{
    struct meeting *meeting = context;
    const uint64_t end = ml_now_ns() + DEADLINE_NS;
    (void)thread;
    (void)part;
    atomic_fetch_add(&meeting->there, 1);
    while (atomic_load(&meeting->there) < 3) {
        if (ml_now_ns() > end) {
            atomic_store(&meeting->missed, true);
            return;
        }
        (void)sched_yield();
    }
}

static void three_parts_of_three_threads_meet(void **state)
{
    struct meeting meeting = {0};
    (void)state;
    ml_parallel_for(3, 3, meeting_part, &meeting);
    assert_false(atomic_load(&meeting.missed));
}

static void *caller(void *context)
{
    static const unsigned threads[] = {2, 3, 5};
    struct ledger *ledger = context;
    for (unsigned i = 0; i < 60; i++) {
        if (!ledger_is_right(ledger, threads[i % 3], PARTS - i, i + 1))
            return ledger;
    }
    return NULL;
}

static void each_thread_may_run_a_team_of_its_own(void **state)
{
    static struct ledger tallies[4];
    pthread_t threads[4];
    (void)state;
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, caller, &tallies[i]),
                         0);
    for (size_t i = 0; i < 4; i++) {
        void *wrong;
        assert_int_equal(pthread_join(threads[i], &wrong), 0);
        assert_null(wrong);
    }
}

/* ---- idle ---- */

static uint64_t processor_ns(void)
{
    struct timespec t;
    assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t), 0);
    return (uint64_t)t.tv_sec * ML_NS_PER_S + (uint64_t)t.tv_nsec;
}

/* Counted in CPU time of this process, so other processes may be busy.  Idle
 * threads that spin take 3 ms a call and more. */
static void idle_threads_sleep(void **state)
{
    static struct ledger ledger;
    const struct timespec pause = {.tv_nsec = 20000000};
    uint64_t idle_ns = 0;
    (void)state;
    if (strcmp(getenv("OMP_WAIT_POLICY"), "passive") != 0)
        ml_test_skip("OMP_WAIT_POLICY asks for threads that spin");
    for (unsigned i = 0; i < 20; i++) {
        assert_true(ledger_is_right(&ledger, 2, PARTS, 1));
        const uint64_t start_ns = processor_ns();
        (void)nanosleep(&pause, NULL);
        idle_ns += processor_ns() - start_ns;
    }
    assert_true(idle_ns < 20 * ML_NS_PER_MS);
}

/* ---- what the system allows ---- */

static void as_many_fit_as_can_be_started(void **state)
{
    (void)state;
    assert_int_equal(ml_parallel_max_threads(1), 1);
    assert_int_equal(ml_parallel_max_threads(5), 5);
}

/* No address space for another stack. */
static void where_no_thread_starts_the_caller_is_alone(void **state)
{
    const struct rlimit none = {1 << 20, 1 << 20};
    int status;
    (void)state;
    if (strcmp(ml_version_sanitizer(), "none") != 0)
        ml_test_skip("sanitizers need the address space");
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(setrlimit(RLIMIT_AS, &none) == 0 ? (int)ml_parallel_max_threads(5)
                                               : 99);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        /* First, because stacks of ended threads are used again. */
        cmocka_unit_test(where_no_thread_starts_the_caller_is_alone),
        cmocka_unit_test(as_many_fit_as_can_be_started),
        cmocka_unit_test(every_part_is_done_once_and_seen_by_the_caller),
        cmocka_unit_test(three_parts_of_three_threads_meet),
        cmocka_unit_test(each_thread_may_run_a_team_of_its_own),
        cmocka_unit_test(idle_threads_sleep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
