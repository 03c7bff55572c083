/* test_gil.c: the interpreter lock: one holder, requests, forced switching,
 * timeouts.
 *
 * How long things take is for the fidelity tests; nothing here depends on how
 * busy the machine is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "gil/gil.h"

#define SHORT_NS UINT64_C(50000)
#define HOUR_NS (3600 * ML_NS_PER_S)

static const enum ml_gil_flavour locking[] = {ML_GIL_311, ML_GIL_313};

static void open_gil(struct ml_gil *gil, enum ml_gil_flavour flavour,
                     uint64_t interval_ns)
{
    struct ml_error err;
    assert_int_equal(ml_gil_open(gil, flavour, interval_ns, &err), ML_OK);
}

static bool asked(struct ml_gil *gil, struct ml_gil_thread *holder)
{
    return atomic_load(&gil->drop) || atomic_load(&holder->drop);
}

/* ---- many threads ---- */

#define CROWD 4U
#define ROUNDS 300U
#define CHECKS 20U

struct crowd {
    struct ml_gil gil;
    /* Guarded by the lock; not atomic, so that the thread sanitizer checks too.
     */
    struct ml_gil_thread *inside;
    uint64_t work;
};

struct member {
    struct crowd *crowd;
    struct ml_gil_thread thread;
    pthread_t os;
    unsigned trespasses;
};

/* Compute while holding the lock, with checkpoints in between. */
static void work_inside(struct member *member)
{
    struct crowd *crowd = member->crowd;
    for (unsigned check = 0; check < CHECKS; check++) {
        crowd->inside = &member->thread;
        for (unsigned i = 0; i < 200; i++)
            crowd->work++;
        member->trespasses += crowd->inside != &member->thread;
        ml_gil_checkpoint(&crowd->gil, &member->thread);
    }
}

static void *join_crowd(void *context)
{
    struct member *member = context;
    for (unsigned round = 0; round < ROUNDS; round++) {
        ml_gil_acquire(&member->crowd->gil, &member->thread);
        work_inside(member);
        ml_gil_release(&member->crowd->gil, &member->thread);
    }
    return NULL;
}

static void check_sums(const struct ml_gil_counts *sum, uint64_t switch_number,
                       uint64_t wall_ns)
{
    assert_int_equal(sum->holds.count, sum->acquisitions);
    assert_int_equal(sum->acquisitions, CROWD * ROUNDS + sum->yields);
    assert_int_equal(sum->checkpoints, CROWD * ROUNDS * CHECKS);
    assert_int_equal(sum->switches, switch_number);
    assert_true(sum->switches <= sum->acquisitions);
    assert_true(sum->waits.count <= sum->acquisitions);
    assert_true(sum->requests <= sum->timeouts);
    assert_true(sum->honoured <= sum->requests);
    assert_true(sum->forced <= sum->honoured);
    assert_true(sum->holds.sum_ns <= wall_ns);
}

static void one_holds_it_and_the_books_agree(void **state)
{
    (void)state;
    for (size_t f = 0; f < sizeof locking / sizeof *locking; f++) {
        struct crowd crowd = {0};
        struct member *members = calloc(CROWD, sizeof *members);
        struct ml_gil_counts sum = {0};
        unsigned trespasses = 0;
        assert_non_null(members);
        open_gil(&crowd.gil, locking[f], SHORT_NS);
        const uint64_t start = ml_now_ns();
        for (size_t i = 0; i < CROWD; i++) {
            members[i].crowd = &crowd;
            assert_int_equal(
                pthread_create(&members[i].os, NULL, join_crowd, &members[i]),
                0);
        }
        for (size_t i = 0; i < CROWD; i++) {
            assert_int_equal(pthread_join(members[i].os, NULL), 0);
            ml_gil_counts_add(&sum, &members[i].thread.counts);
            trespasses += members[i].trespasses;
        }
        assert_int_equal(trespasses, 0);
        assert_int_equal(crowd.work, CROWD * ROUNDS * CHECKS * 200);
        check_sums(&sum, crowd.gil.switch_number, ml_now_ns() - start);
        ml_gil_close(&crowd.gil);
        free(members);
    }
}

/* ---- two threads ---- */

struct visitor {
    struct ml_gil *gil;
    struct ml_gil_thread thread;
    pthread_t os;
    uint64_t stay_ns; /* how long it waits at most */
    bool came;
    atomic_bool done;
};

static void *visit(void *context)
{
    struct visitor *visitor = context;
    visitor->came = ml_gil_acquire_until(visitor->gil, &visitor->thread,
                                         visitor->stay_ns == ML_NEVER
                                             ? ML_NEVER
                                             : ml_now_ns() + visitor->stay_ns);
    atomic_store(&visitor->done, true);
    if (visitor->came)
        ml_gil_release(visitor->gil, &visitor->thread);
    return NULL;
}

static void send(struct visitor *visitor, struct ml_gil *gil, uint64_t stay_ns)
{
    memset(visitor, 0, sizeof *visitor);
    visitor->gil = gil;
    visitor->stay_ns = stay_ns;
    assert_int_equal(pthread_create(&visitor->os, NULL, visit, visitor), 0);
}

static bool somebody_waits(struct ml_gil *gil)
{
    ml_mutex_lock(&gil->lock);
    const bool waits = gil->waiters > 0;
    ml_mutex_unlock(&gil->lock);
    return waits;
}

static void a_checkpoint_hands_over_when_asked(void **state)
{
    (void)state;
    for (size_t f = 0; f < sizeof locking / sizeof *locking; f++) {
        struct ml_gil gil;
        struct ml_gil_thread me = {0};
        struct visitor visitor;
        open_gil(&gil, locking[f], SHORT_NS);
        ml_gil_acquire(&gil, &me);
        ml_gil_checkpoint(&gil, &me); /* no request: no effect */
        assert_int_equal(me.counts.yields, 0);
        send(&visitor, &gil, ML_NEVER);
        while (!asked(&gil, &me))
            continue;
        /* The flag is where the flavour keeps it. */
        assert_int_equal(atomic_load(&me.drop), locking[f] == ML_GIL_313);
        assert_false(atomic_load(&visitor.done));
        ml_gil_checkpoint(&gil, &me);
        assert_true(
            atomic_load(&visitor.done)); /* it held the lock in between */
        assert_int_equal(me.counts.yields, 1);
        assert_int_equal(me.counts.honoured, 1);
        assert_false(asked(&gil, &me));
        ml_gil_release(&gil, &me);
        assert_int_equal(pthread_join(visitor.os, NULL), 0);
        assert_true(visitor.thread.counts.requests >= 1);
        assert_int_equal(gil.switch_number, 3);
        ml_gil_close(&gil);
    }
}

static void who_lets_go_unasked_waits_for_nobody(void **state)
{
    (void)state;
    struct ml_gil gil;
    struct ml_gil_thread me = {0};
    struct visitor visitor;
    open_gil(&gil, ML_GIL_311, HOUR_NS); /* no request will come */
    ml_gil_acquire(&gil, &me);
    send(&visitor, &gil, ML_NEVER);
    while (!somebody_waits(&gil))
        continue;
    ml_gil_release(&gil, &me);
    assert_int_equal(pthread_join(visitor.os, NULL), 0);
    assert_true(visitor.came);
    assert_int_equal(visitor.thread.counts.waits.count, 1);
    assert_int_equal(visitor.thread.counts.requests, 0);
    assert_int_equal(me.counts.honoured + me.counts.forced, 0);
    ml_gil_close(&gil);
}

static void a_waiter_that_leaves_takes_its_request_along(void **state)
{
    (void)state;
    for (size_t f = 0; f < sizeof locking / sizeof *locking; f++) {
        struct ml_gil gil;
        struct ml_gil_thread me = {0};
        struct visitor visitor;
        open_gil(&gil, locking[f], SHORT_NS);
        ml_gil_acquire(&gil, &me);
        do { /* on a busy machine it may time out before its request */
            send(&visitor, &gil, 20 * SHORT_NS);
            assert_int_equal(pthread_join(visitor.os, NULL), 0);
            assert_false(visitor.came);
        } while (visitor.thread.counts.requests == 0);
        assert_false(asked(&gil, &me));
        assert_int_equal(visitor.thread.counts.acquisitions, 0);
        ml_gil_release(&gil, &me); /* would wait for ever */
        assert_int_equal(me.counts.honoured, 0);
        ml_gil_close(&gil);
    }
}

static void the_request_stays_while_another_waits(void **state)
{
    (void)state;
    struct ml_gil gil;
    struct ml_gil_thread me = {0};
    struct visitor stays, leaves;
    open_gil(&gil, ML_GIL_311, SHORT_NS);
    ml_gil_acquire(&gil, &me);
    send(&stays, &gil, ML_NEVER);
    while (!asked(&gil, &me))
        continue;
    send(&leaves, &gil, SHORT_NS / 2);
    assert_int_equal(pthread_join(leaves.os, NULL), 0);
    assert_false(leaves.came);
    assert_true(asked(&gil, &me));
    ml_gil_release(&gil, &me);
    assert_int_equal(pthread_join(stays.os, NULL), 0);
    assert_int_equal(me.counts.honoured, 1);
    ml_gil_close(&gil);
}

static void a_free_lock_is_taken_past_any_deadline(void **state)
{
    (void)state;
    struct ml_gil gil;
    struct ml_gil_thread me = {0};
    open_gil(&gil, ML_GIL_311, SHORT_NS);
    assert_true(ml_gil_acquire_until(&gil, &me, 0));
    ml_gil_release(&gil, &me);
    ml_gil_close(&gil);
}

static void errno_is_kept(void **state)
{
    (void)state;
    struct ml_gil gil;
    struct ml_gil_thread me = {0};
    struct visitor visitor;
    open_gil(&gil, ML_GIL_311, SHORT_NS);
    errno = EXDEV;
    ml_gil_acquire(&gil, &me);
    assert_int_equal(errno, EXDEV);
    send(&visitor, &gil, ML_NEVER);
    while (!asked(&gil, &me))
        continue;
    errno = ENOTTY;
    ml_gil_checkpoint(&gil, &me);
    ml_gil_release(&gil, &me);
    assert_int_equal(errno, ENOTTY);
    assert_int_equal(pthread_join(visitor.os, NULL), 0);
    ml_gil_close(&gil);
}

/* ---- without a lock, and misuse ---- */

static void free_threads_wait_for_nothing(void **state)
{
    (void)state;
    struct ml_gil gil;
    struct ml_gil_thread me = {0};
    struct visitor visitor;
    open_gil(&gil, ML_GIL_OFF, SHORT_NS);
    ml_gil_acquire(&gil, &me);
    send(&visitor, &gil, ML_NEVER);
    assert_int_equal(pthread_join(visitor.os, NULL), 0); /* beside me */
    assert_true(visitor.came);
    ml_gil_checkpoint(&gil, &me);
    ml_gil_release(&gil, &me);
    assert_int_equal(me.counts.acquisitions, 0);
    ml_gil_close(&gil);
}

static void an_interval_is_at_least_a_microsecond(void **state)
{
    (void)state;
    struct ml_gil gil;
    struct ml_error err;
    assert_int_equal(ml_gil_open(&gil, ML_GIL_311, 0, &err), ML_ERR_USAGE);
    open_gil(&gil, ML_GIL_311, 1);
    assert_int_equal(gil.interval_ns, 1000);
    ml_gil_close(&gil);
}

static void release_twice(struct ml_gil *gil, struct ml_gil_thread *thread)
{
    ml_gil_release(gil, thread);
    ml_gil_release(gil, thread);
}

static void acquire_twice(struct ml_gil *gil, struct ml_gil_thread *thread)
{
    ml_gil_acquire(gil, thread);
}

static void release_of_another(struct ml_gil *gil, struct ml_gil_thread *thread)
{
    struct ml_gil_thread other = {0};
    (void)thread;
    ml_gil_release(gil, &other);
}

static void misuse_stops_the_program(void **state)
{
    (void)state;
    void (*const misuses[])(struct ml_gil *, struct ml_gil_thread *) = {
        release_twice, acquire_twice, release_of_another};
    for (size_t i = 0; i < sizeof misuses / sizeof *misuses; i++) {
        const pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            struct ml_gil gil;
            struct ml_gil_thread thread = {0};
            const struct rlimit no_core = {0, 0};
            (void)setrlimit(RLIMIT_CORE, &no_core);
            (void)signal(SIGABRT, SIG_DFL);
            (void)close(STDERR_FILENO); /* hide the message of assert */
            open_gil(&gil, ML_GIL_311, SHORT_NS);
            ml_gil_acquire(&gil, &thread);
            misuses[i](&gil, &thread);
            _exit(0);
        }
        int status = 0;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), SIGABRT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_holds_it_and_the_books_agree),
        cmocka_unit_test(a_checkpoint_hands_over_when_asked),
        cmocka_unit_test(who_lets_go_unasked_waits_for_nobody),
        cmocka_unit_test(a_waiter_that_leaves_takes_its_request_along),
        cmocka_unit_test(the_request_stays_while_another_waits),
        cmocka_unit_test(a_free_lock_is_taken_past_any_deadline),
        cmocka_unit_test(errno_is_kept),
        cmocka_unit_test(free_threads_wait_for_nothing),
        cmocka_unit_test(an_interval_is_at_least_a_microsecond),
        cmocka_unit_test(misuse_stops_the_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
