/* test_barrier.c: Barrier: many rounds, and what breaks it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "python/barrier.h"
#include "support/threads.h"

#define PARTIES 5
#define ROUNDS 500

struct meeting {
    struct ml_barrier barrier;
    int round[PARTIES]; /* each written by its own thread, between meetings */
    int actions;
    bool fail; /* let the action fail */
};

struct party {
    struct meeting *meeting;
    int number;
    int64_t timeout_ns;
    enum ml_sync_status status;
    pthread_t thread;
};

/* No thread is ahead of another, none behind. */
static int check_rounds(void *context)
{
    struct meeting *meeting = context;
    for (int i = 0; i < PARTIES; i++)
        assert_int_equal(meeting->round[i], meeting->actions);
    meeting->actions++;
    return 0;
}

static void *meet_often(void *context)
{
    struct party *party = context;
    struct meeting *meeting = party->meeting;
    for (int round = 0; round < ROUNDS; round++) {
        uint32_t index = PARTIES;
        meeting->round[party->number] = round;
        ml_sync_must(ml_barrier_wait(&meeting->barrier, ML_FOREVER, &index));
        assert_true(index < PARTIES);
    }
    return NULL;
}

static void nobody_is_a_round_ahead(void **state)
{
    (void)state;
    struct meeting meeting = {.actions = 0};
    struct party parties[PARTIES];
    ml_sync_must(
        ml_barrier_open(&meeting.barrier, PARTIES, check_rounds, &meeting));
    for (int i = 0; i < PARTIES; i++) {
        parties[i] = (struct party){.meeting = &meeting, .number = i};
        parties[i].thread = start(meet_often, &parties[i]);
    }
    for (int i = 0; i < PARTIES; i++)
        finish(parties[i].thread);
    assert_int_equal(meeting.actions, ROUNDS);
    ml_barrier_close(&meeting.barrier);
}

static int act(void *context)
{
    struct meeting *meeting = context;
    meeting->actions++;
    return meeting->fail;
}

static void *meet_once(void *context)
{
    struct party *party = context;
    uint32_t index;
    party->status =
        ml_barrier_wait(&party->meeting->barrier, party->timeout_ns, &index);
    return NULL;
}

static void open_meeting(struct meeting *meeting)
{
    *meeting = (struct meeting){.actions = 0};
    assert_int_equal(ml_barrier_open(&meeting->barrier, 3, act, meeting),
                     ML_SYNC_OK);
}

/* Parties [begin, end) arrive and wait. */
static void come(struct meeting *meeting, struct party *parties, uint32_t begin,
                 uint32_t end)
{
    for (uint32_t i = begin; i < end; i++) {
        parties[i] =
            (struct party){.meeting = meeting, .timeout_ns = ML_FOREVER};
        parties[i].thread = start(meet_once, &parties[i]);
    }
    while (ml_barrier_waiting(&meeting->barrier) != end)
        (void)sched_yield();
}

static void leave(struct party *parties, uint32_t count,
                  enum ml_sync_status status)
{
    for (uint32_t i = 0; i < count; i++) {
        finish(parties[i].thread);
        assert_int_equal(parties[i].status, status);
    }
}

/* Three meet as before. */
static void check_whole(struct meeting *meeting)
{
    struct party parties[2];
    uint32_t index = 0;
    const int actions = meeting->actions;
    meeting->fail = false;
    assert_false(ml_barrier_is_broken(&meeting->barrier));
    come(meeting, parties, 0, 2);
    assert_int_equal(ml_barrier_wait(&meeting->barrier, ML_FOREVER, &index),
                     ML_SYNC_OK);
    assert_int_equal(index, 2); /* the last to arrive */
    leave(parties, 2, ML_SYNC_OK);
    assert_int_equal(meeting->actions, actions + 1);
}

static void no_parties_are_no_barrier(void **state)
{
    (void)state;
    struct ml_barrier barrier;
    uint32_t index = 7;
    assert_int_equal(ml_barrier_open(&barrier, 0, NULL, NULL), ML_SYNC_VALUE);
    assert_int_equal(ml_barrier_open(&barrier, 1, NULL, NULL), ML_SYNC_OK);
    assert_int_equal(ml_barrier_wait(&barrier, -1, &index), ML_SYNC_OK);
    assert_int_equal(index, 0); /* alone: no wait */
    ml_barrier_close(&barrier);
}

static void who_stops_waiting_breaks_it_for_all(void **state)
{
    (void)state;
    struct meeting meeting;
    struct party parties[1];
    uint32_t index;
    static const int64_t timeouts[] = {-1, 0, MS(2)};
    for (size_t i = 0; i < 3; i++) {
        open_meeting(&meeting);
        come(&meeting, parties, 0, 1);
        assert_int_equal(ml_barrier_wait(&meeting.barrier, timeouts[i], &index),
                         ML_SYNC_BROKEN);
        leave(parties, 1, ML_SYNC_BROKEN);
        assert_true(ml_barrier_is_broken(&meeting.barrier));
        assert_int_equal(ml_barrier_wait(&meeting.barrier, ML_FOREVER, &index),
                         ML_SYNC_BROKEN);
        assert_int_equal(meeting.actions, 0);
        ml_barrier_reset(&meeting.barrier);
        check_whole(&meeting);
        ml_barrier_close(&meeting.barrier);
    }
}

static void abort_and_reset_send_away_who_waits(void **state)
{
    (void)state;
    void (*const ends[])(struct ml_barrier *) = {ml_barrier_abort,
                                                 ml_barrier_reset};
    for (size_t i = 0; i < 2; i++) {
        struct meeting meeting;
        struct party parties[2];
        open_meeting(&meeting);
        come(&meeting, parties, 0, 2);
        ends[i](&meeting.barrier);
        leave(parties, 2, ML_SYNC_BROKEN);
        assert_int_equal(ml_barrier_is_broken(&meeting.barrier), i == 0);
        ml_barrier_reset(&meeting.barrier);
        ml_barrier_reset(&meeting.barrier); /* again: no effect */
        check_whole(&meeting);
        ml_barrier_close(&meeting.barrier);
    }
}

static void an_action_that_fails_breaks_it(void **state)
{
    (void)state;
    struct meeting meeting;
    struct party parties[2];
    uint32_t index;
    open_meeting(&meeting);
    meeting.fail = true;
    come(&meeting, parties, 0, 2);
    assert_int_equal(ml_barrier_wait(&meeting.barrier, ML_FOREVER, &index),
                     ML_SYNC_RAISED); /* for the thread that ran it */
    leave(parties, 2, ML_SYNC_BROKEN);
    assert_int_equal(meeting.actions, 1);
    assert_true(ml_barrier_is_broken(&meeting.barrier));
    ml_barrier_reset(&meeting.barrier);
    check_whole(&meeting);
    ml_barrier_close(&meeting.barrier);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_is_a_round_ahead),
        cmocka_unit_test(no_parties_are_no_barrier),
        cmocka_unit_test(who_stops_waiting_breaks_it_for_all),
        cmocka_unit_test(abort_and_reset_send_away_who_waits),
        cmocka_unit_test(an_action_that_fails_breaks_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
