/* test_mutex.c: the mutex and the condition: deadlines, and misuse.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "os/mutex.h"

static void a_wait_ends_at_its_deadline_and_holds_the_lock_again(void **state)
{
    (void)state;
    struct ml_mutex mutex;
    struct ml_cond cond;
    ml_mutex_open(&mutex);
    ml_cond_open(&cond);
    ml_mutex_lock(&mutex);
    const uint64_t deadline = ml_now_ns() + 2 * ML_NS_PER_MS;
    while (ml_cond_wait_until(&cond, &mutex, deadline))
        continue; /* spuriously woken */
    assert_true(ml_now_ns() >= deadline);
    assert_false(ml_cond_wait_until(&cond, &mutex, 0)); /* in the past */
    ml_mutex_unlock(&mutex);                            /* asserts: held */
    ml_cond_close(&cond);
    ml_mutex_close(&mutex);
}

struct turns {
    struct ml_mutex mutex;
    struct ml_cond changed;
    unsigned turn;
};

#define TURNS 2000U

static void take_turns(struct turns *turns, unsigned mine)
{
    ml_mutex_lock(&turns->mutex);
    for (unsigned round = 0; round < TURNS; round++) {
        while (turns->turn % 2 != mine)
            assert_true(
                ml_cond_wait_until(&turns->changed, &turns->mutex, ML_NEVER));
        turns->turn++;
        ml_cond_broadcast(&turns->changed);
    }
    ml_mutex_unlock(&turns->mutex);
}

static void *take_odd_turns(void *turns)
{
    take_turns(turns, 1);
    return NULL;
}

static void two_threads_take_turns(void **state)
{
    (void)state;
    struct turns turns = {.turn = 0};
    pthread_t thread;
    ml_mutex_open(&turns.mutex);
    ml_cond_open(&turns.changed);
    assert_int_equal(pthread_create(&thread, NULL, take_odd_turns, &turns), 0);
    take_turns(&turns, 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(turns.turn, 2 * TURNS);
    ml_cond_close(&turns.changed);
    ml_mutex_close(&turns.mutex);
}

/* ---- misuse: each in a process of its own ---- */

static void lock_twice(struct ml_mutex *mutex)
{
    ml_mutex_lock(mutex);
    ml_mutex_lock(mutex);
}

static void unlock_what_is_not_held(struct ml_mutex *mutex)
{
    ml_mutex_unlock(mutex);
}

static void close_what_is_held(struct ml_mutex *mutex)
{
    ml_mutex_lock(mutex);
    ml_mutex_close(mutex);
}

static void wait_without_the_lock(struct ml_mutex *mutex)
{
    struct ml_cond cond;
    ml_cond_open(&cond);
    ml_cond_wait(&cond, mutex);
}

/* By assert; or by the thread sanitizer, which detects misuse too and may end
 * the program first. */
static void assert_stopped(int status)
{
#if defined(__SANITIZE_THREAD__)
    assert_false(WIFEXITED(status) && WEXITSTATUS(status) == 0);
#else
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
#endif
}

static void misuse_stops_the_program(void **state)
{
    (void)state;
    void (*const misuses[])(struct ml_mutex *) = {
        lock_twice, unlock_what_is_not_held, close_what_is_held,
        wait_without_the_lock};
    for (size_t i = 0; i < sizeof misuses / sizeof *misuses; i++) {
        const pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            struct ml_mutex mutex;
            const struct rlimit no_core = {0, 0};
            (void)setrlimit(RLIMIT_CORE, &no_core);
            (void)signal(SIGABRT, SIG_DFL);
            (void)close(STDERR_FILENO); /* hide the message of assert */
            ml_mutex_open(&mutex);
            misuses[i](&mutex);
            _exit(0);
        }
        int status = 0;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_stopped(status);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wait_ends_at_its_deadline_and_holds_the_lock_again),
        cmocka_unit_test(two_threads_take_turns),
        cmocka_unit_test(misuse_stops_the_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
