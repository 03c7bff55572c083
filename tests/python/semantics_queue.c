/* semantics_queue.c: queue.Queue. */
#include "semantics.h"

#include "python/queue.h"

static enum ml_sync_status put(struct ml_task_queue *queue,
                               struct ml_task *task)
{
    return ml_task_queue_put(queue, task, true, ML_FOREVER);
}

static enum ml_sync_status get(struct ml_task_queue *queue)
{
    struct ml_task *task;
    return ml_task_queue_get(queue, true, ML_FOREVER, &task);
}

/* The number that was put, from an array of tasks. */
static json_t *get_number(struct ml_task_queue *queue,
                          const struct ml_task *tasks)
{
    struct ml_task *task = NULL;
    ml_sync_must(ml_task_queue_get(queue, true, ML_FOREVER, &task));
    return json_integer((json_int_t)(task - tasks) + 1);
}

static json_t *ended(enum ml_sync_status status)
{
    return raised(status, "ShutDown");
}

/* Put or get with a timeout of 50 ms that passes; *in_bounds_out: after 50 to
 * 200 ms.  A busy machine may exceed the second bound, so try again. */
static json_t *time_out(struct ml_task_queue *queue, struct ml_task *task,
                        bool *in_bounds_out)
{
    enum ml_sync_status status = ML_SYNC_OK;
    uint64_t waited = UINT64_MAX;
    for (int round = 0; round < 100 && waited >= (uint64_t)MS(200); round++) {
        const uint64_t begin = ml_now_ns();
        struct ml_task *got;
        status = task ? ml_task_queue_put(queue, task, true, MS(50))
                      : ml_task_queue_get(queue, true, MS(50), &got);
        waited = ml_now_ns() - begin;
        if (waited < (uint64_t)MS(50))
            break;
    }
    *in_bounds_out = waited >= (uint64_t)MS(50) && waited < (uint64_t)MS(200);
    return ended(status);
}

static json_t *queue_full_empty_timeouts(void)
{
    struct ml_task_queue queue;
    struct ml_task tasks[3], *task;
    bool put_in_bounds, get_in_bounds;
    ml_task_queue_open(&queue, 1);
    ml_sync_must(put(&queue, &tasks[0]));
    json_t *full = time_out(&queue, &tasks[1], &put_in_bounds);
    ml_sync_must(get(&queue));
    json_t *empty = time_out(&queue, NULL, &get_in_bounds);
    json_t *get_negative =
        ended(ml_task_queue_get(&queue, true, MS(-1000), &task));
    json_t *put_negative =
        ended(ml_task_queue_put(&queue, &tasks[2], true, MS(-1000)));
    ml_task_queue_close(&queue);
    return json_pack("[o, b, o, b, o, o]", full, (int)put_in_bounds, empty,
                     (int)get_in_bounds, get_negative, put_negative);
}

static json_t *queue_task_done_too_many(void)
{
    struct ml_task_queue queue;
    struct ml_task task;
    ml_task_queue_open(&queue, 0);
    ml_sync_must(put(&queue, &task));
    ml_sync_must(ml_task_queue_done(&queue));
    json_t *answer = ended(ml_task_queue_done(&queue));
    ml_task_queue_close(&queue);
    return answer;
}

static json_t *queue_task_done_counts_puts_not_gets(void)
{
    struct ml_task_queue queue;
    struct ml_task tasks[2];
    ml_task_queue_open(&queue, 0);
    for (size_t i = 0; i < 2; i++)
        ml_sync_must(put(&queue, &tasks[i]));
    for (size_t i = 0; i < 2; i++)
        ml_sync_must(ml_task_queue_done(&queue));
    ml_task_queue_join(&queue);
    json_t *answer = json_integer(ml_task_queue_size(&queue));
    ml_task_queue_close(&queue);
    return answer;
}

static json_t *queue_negative_maxsize_is_infinite(void)
{
    struct ml_task_queue queue;
    struct ml_task tasks[50];
    ml_task_queue_open(&queue, -3);
    for (size_t i = 0; i < 50; i++)
        ml_sync_must(put(&queue, &tasks[i]));
    json_t *answer = json_pack("[I, b]", (json_int_t)ml_task_queue_size(&queue),
                               (int)ml_task_queue_is_full(&queue));
    ml_task_queue_close(&queue);
    return answer;
}

struct getter {
    struct ml_task_queue queue;
    enum ml_sync_status status;
};

static void *get_one(void *context)
{
    struct getter *getter = context;
    getter->status = get(&getter->queue);
    return NULL;
}

/* Queued items can be fetched, then no more. */
static void shut_down_and_drain(json_t *answer)
{
    struct ml_task_queue queue;
    struct ml_task tasks[3];
    ml_task_queue_open(&queue, 0);
    for (size_t i = 0; i < 2; i++)
        ml_sync_must(put(&queue, &tasks[i]));
    (void)ml_task_queue_shut_down(&queue, false);
    (void)json_array_append_new(answer, ended(put(&queue, &tasks[2])));
    (void)json_array_append_new(answer, get_number(&queue, tasks));
    (void)json_array_append_new(answer, get_number(&queue, tasks));
    (void)json_array_append_new(answer, ended(get(&queue)));
    ml_task_queue_close(&queue);
}

static void shut_down_at_once(json_t *answer)
{
    struct ml_task_queue queue;
    struct ml_task tasks[2];
    ml_task_queue_open(&queue, 0);
    for (size_t i = 0; i < 2; i++)
        ml_sync_must(put(&queue, &tasks[i]));
    (void)ml_task_queue_shut_down(&queue, true);
    (void)json_array_append_new(answer, ended(get(&queue)));
    (void)json_array_append_new(answer,
                                json_integer(ml_task_queue_unfinished(&queue)));
    ml_task_queue_join(&queue);
    (void)json_array_append_new(answer, json_null());
    ml_task_queue_close(&queue);
}

/* The answer is 3.13's: older Pythons cannot shut a queue down. */
static json_t *queue_shutdown(void)
{
    json_t *answer = json_array();
    struct getter getter;
    shut_down_and_drain(answer);
    shut_down_at_once(answer);
    ml_task_queue_open(&getter.queue, 0);
    const pthread_t thread = start(get_one, &getter);
    until_waiting(&getter.queue.not_empty, 1);
    (void)ml_task_queue_shut_down(&getter.queue, false);
    finish(thread);
    (void)json_array_append_new(answer, ended(getter.status));
    ml_task_queue_close(&getter.queue);
    return answer;
}

const struct question questions_queue[] = {
    {"queue_full_empty_timeouts", queue_full_empty_timeouts,
     "[\"Full\", true, \"Empty\", true, \"ValueError\", \"ValueError\"]"},
    {"queue_task_done_too_many", queue_task_done_too_many, "\"ValueError\""},
    {"queue_task_done_counts_puts_not_gets",
     queue_task_done_counts_puts_not_gets, "2"},
    {"queue_negative_maxsize_is_infinite", queue_negative_maxsize_is_infinite,
     "[50, false]"},
    {"queue_shutdown", queue_shutdown,
     "[\"ShutDown\", 1, 2, \"ShutDown\", \"ShutDown\", 0, null, "
     "\"ShutDown\"]"},
    {NULL, NULL, NULL},
};
