/* semantics_condition.c: Condition, Barrier. */
#include "semantics.h"

#include <stdatomic.h>

#include "python/barrier.h"

/* ---- condition ---- */

#define WAITERS 6

struct crowd {
    struct ml_rlock lock;
    struct ml_condition condition;
    int64_t timeout_ns;
    int order[WAITERS]; /* of waking; under the lock */
    uint32_t woken, late;
};

struct crowd_member {
    struct crowd *crowd;
    int number;
    pthread_t thread;
};

static void crowd_open(struct crowd *crowd, int64_t timeout_ns)
{
    *crowd = (struct crowd){.timeout_ns = timeout_ns};
    ml_rlock_open(&crowd->lock);
    ml_condition_open_rlock(&crowd->condition, &crowd->lock);
}

static void crowd_close(struct crowd *crowd)
{
    ml_condition_close(&crowd->condition);
    ml_rlock_close(&crowd->lock);
}

static void *crowd_wait(void *context)
{
    const struct crowd_member *member = context;
    struct crowd *crowd = member->crowd;
    ml_condition_enter(&crowd->condition);
    if (ml_condition_wait(&crowd->condition, crowd->timeout_ns) == ML_SYNC_OK)
        crowd->order[crowd->woken++] = member->number;
    else
        crowd->late++;
    ml_condition_leave(&crowd->condition);
    return NULL;
}

static void crowd_notify(struct crowd *crowd, uint32_t count)
{
    ml_condition_enter(&crowd->condition);
    ml_sync_must(ml_condition_notify(&crowd->condition, count));
    ml_condition_leave(&crowd->condition);
}

static json_t *cond_notify_without_lock(void)
{
    struct crowd crowd;
    crowd_open(&crowd, 0);
    json_t *answer = raised(ml_condition_notify(&crowd.condition, 1), NULL);
    crowd_close(&crowd);
    return answer;
}

static json_t *cond_wait_without_lock(void)
{
    struct crowd crowd;
    crowd_open(&crowd, 0);
    json_t *answer = raised(ml_condition_wait(&crowd.condition, MS(10)), NULL);
    crowd_close(&crowd);
    return answer;
}

static json_t *cond_notify_has_no_memory(void)
{
    struct crowd crowd;
    crowd_open(&crowd, 0);
    ml_condition_enter(&crowd.condition);
    ml_sync_must(ml_condition_notify(&crowd.condition, 3));
    json_t *answer = in_time(ml_condition_wait(&crowd.condition, MS(20)));
    ml_condition_leave(&crowd.condition);
    crowd_close(&crowd);
    return answer;
}

static json_t *cond_wakeup_order_is_fifo(void)
{
    struct crowd crowd;
    struct crowd_member members[WAITERS];
    json_t *answer = json_array();
    crowd_open(&crowd, ML_FOREVER);
    for (int i = 0; i < WAITERS; i++) {
        members[i] = (struct crowd_member){.crowd = &crowd, .number = i};
        members[i].thread = start(crowd_wait, &members[i]);
        until_waiting(&crowd.condition, (uint32_t)i + 1);
    }
    for (size_t i = 0; i < WAITERS; i++) {
        crowd_notify(&crowd, 1);
        /* The woken thread writes its number and ends. */
        for (bool written = false; !written;) {
            ml_condition_enter(&crowd.condition);
            written = crowd.woken == i + 1;
            ml_condition_leave(&crowd.condition);
        }
    }
    for (size_t i = 0; i < WAITERS; i++) {
        finish(members[i].thread);
        (void)json_array_append_new(answer, json_integer(crowd.order[i]));
    }
    crowd_close(&crowd);
    return answer;
}

#define TIMED_WAITERS 5

/* Did all wait before the first one timed out? */
static bool crowd_try_notify_two(struct crowd *crowd)
{
    struct crowd_member members[TIMED_WAITERS];
    bool together = false;
    for (int i = 0; i < TIMED_WAITERS; i++) {
        members[i] = (struct crowd_member){.crowd = crowd, .number = i};
        members[i].thread = start(crowd_wait, &members[i]);
    }
    for (bool sure = false; !sure;) {
        ml_condition_enter(&crowd->condition);
        together = ml_condition_waiting(&crowd->condition) == TIMED_WAITERS;
        if (together)
            ml_sync_must(ml_condition_notify(&crowd->condition, 2));
        sure = together || crowd->late > 0;
        ml_condition_leave(&crowd->condition);
    }
    for (size_t i = 0; i < TIMED_WAITERS; i++)
        finish(members[i].thread);
    return together;
}

static json_t *cond_notify_n(void)
{
    struct crowd crowd;
    int64_t timeout_ns = MS(150);
    crowd_open(&crowd, timeout_ns);
    while (!crowd_try_notify_two(&crowd)) { /* a busy machine */
        crowd_close(&crowd);
        timeout_ns *= 2;
        crowd_open(&crowd, timeout_ns);
    }
    json_t *answer = json_array();
    for (uint32_t i = 0; i < crowd.late; i++)
        (void)json_array_append_new(answer, json_false());
    for (uint32_t i = 0; i < crowd.woken; i++)
        (void)json_array_append_new(answer, json_true());
    crowd_close(&crowd);
    return answer;
}

/* ---- barrier ---- */

#define PARTIES 3
#define ROUNDS 4

struct meeting {
    struct ml_barrier barrier;
    int actions; /* run by one thread while the rest wait */
    atomic_uint met[PARTIES];
};

static int count_action(void *context)
{
    struct meeting *meeting = context;
    meeting->actions++;
    return 0;
}

static void *meet_often(void *context)
{
    struct meeting *meeting = context;
    for (size_t round = 0; round < ROUNDS; round++) {
        uint32_t index = 0;
        ml_sync_must(ml_barrier_wait(&meeting->barrier, ML_FOREVER, &index));
        atomic_fetch_add(&meeting->met[index], 1);
    }
    return NULL;
}

static json_t *barrier_indexes_action_reuse(void)
{
    struct meeting meeting = {.actions = 0};
    pthread_t threads[PARTIES];
    json_t *indexes = json_array();
    ml_sync_must(
        ml_barrier_open(&meeting.barrier, PARTIES, count_action, &meeting));
    for (size_t i = 0; i < PARTIES; i++)
        threads[i] = start(meet_often, &meeting);
    for (size_t i = 0; i < PARTIES; i++)
        finish(threads[i]);
    for (int i = 0; i < PARTIES; i++) {
        for (unsigned n = atomic_load(&meeting.met[i]); n > 0; n--)
            (void)json_array_append_new(indexes, json_integer(i));
    }
    ml_barrier_close(&meeting.barrier);
    return json_pack("[o, i]", indexes, meeting.actions);
}

struct visitor {
    struct ml_barrier *barrier;
    int64_t timeout_ns;
    enum ml_sync_status status;
};

static void *visit(void *context)
{
    struct visitor *visitor = context;
    uint32_t index;
    visitor->status =
        ml_barrier_wait(visitor->barrier, visitor->timeout_ns, &index);
    return NULL;
}

static json_t *broke(enum ml_sync_status status)
{
    return raised(status, "BrokenBarrierError");
}

static json_t *barrier_timeout_breaks_all(void)
{
    struct ml_barrier barrier;
    ml_sync_must(ml_barrier_open(&barrier, 3, NULL, NULL));
    struct visitor patient = {&barrier, ML_FOREVER, ML_SYNC_OK};
    struct visitor hasty = {&barrier, MS(30), ML_SYNC_OK};
    struct visitor late = {&barrier, ML_FOREVER, ML_SYNC_OK};
    const pthread_t first = start(visit, &patient);
    const pthread_t second = start(visit, &hasty);
    finish(first);
    finish(second);
    const bool broken = ml_barrier_is_broken(&barrier);
    (void)visit(&late);
    ml_barrier_reset(&barrier);
    json_t *answer = json_pack(
        "[[o, o], b, o, n, b]", broke(patient.status), broke(hasty.status),
        (int)broken, broke(late.status), (int)ml_barrier_is_broken(&barrier));
    ml_barrier_close(&barrier);
    return answer;
}

static json_t *barrier_reset_with_waiter(void)
{
    struct ml_barrier barrier;
    ml_sync_must(ml_barrier_open(&barrier, 2, NULL, NULL));
    struct visitor visitor = {&barrier, ML_FOREVER, ML_SYNC_OK};
    const pthread_t thread = start(visit, &visitor);
    until_waiting(&barrier.changed, 1);
    ml_barrier_reset(&barrier);
    finish(thread);
    json_t *answer = json_pack("[[o], b]", broke(visitor.status),
                               (int)ml_barrier_is_broken(&barrier));
    ml_barrier_close(&barrier);
    return answer;
}

const struct question questions_condition[] = {
    {"cond_notify_without_lock", cond_notify_without_lock, "\"RuntimeError\""},
    {"cond_wait_without_lock", cond_wait_without_lock, "\"RuntimeError\""},
    {"cond_notify_has_no_memory", cond_notify_has_no_memory, "false"},
    {"cond_wakeup_order_is_fifo", cond_wakeup_order_is_fifo,
     "[0, 1, 2, 3, 4, 5]"},
    {"cond_notify_n", cond_notify_n, "[false, false, false, true, true]"},
    {"barrier_indexes_action_reuse", barrier_indexes_action_reuse,
     "[[0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2], 4]"},
    {"barrier_timeout_breaks_all", barrier_timeout_breaks_all,
     "[[\"BrokenBarrierError\", \"BrokenBarrierError\"], true, "
     "\"BrokenBarrierError\", null, false]"},
    {"barrier_reset_with_waiter", barrier_reset_with_waiter,
     "[[\"BrokenBarrierError\"], false]"},
    {NULL, NULL, NULL},
};
