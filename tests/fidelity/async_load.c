/* async_load.c: the loads of loop.py, which uses asyncio, by tasks on minilab's
 * event loop (async/task.h), or in a deliberately wrong way.
 *
 *     fidelity_async LOAD WAY MS COUNT
 *
 * Prints one JSON object.
 *
 *   sleepsN   COUNT sleeps of MS, N at a time by a Semaphore: `seconds`, and
 *             the voluntary context switches of the program
 *   queueN    COUNT items through a Queue of at most N (0: no limit) from one
 *             task to another: `items_per_s`
 *
 * WAY is `tasks`, or a fake:
 *
 *   ticks     sleeps: also a timer that fires every millisecond
 *   threads   a thread for each sleep
 *   endless   a queue that ignores its limit
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "async/wait.h"
#include "python/asyncio/gather.h"
#include "python/asyncio/queue.h"
#include "python/asyncio/semaphore.h"
#include "python/semaphore.h"

#define LOAD_MAX 1000000

struct load {
    struct ml_async_loop loop;
    struct ml_async_gather gather;
    struct ml_async_gathered *gathered;
    struct ml_async_semaphore semaphore;
    struct ml_semaphore permits; /* of `threads` */
    struct ml_async_queue queue;
    struct ml_async_item *items;
    uint64_t ns;
    size_t count, put, got;
};

static long switches(void)
{
    struct rusage use;
    (void)getrusage(RUSAGE_SELF, &use);
    return use.ru_nvcsw;
}

static void *get_memory(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    if (!memory)
        exit(2);
    return memory;
}

static void must(bool well)
{
    if (!well)
        exit(2);
}

/* ---- sleeps ---- */

static enum ml_async_state sleep_over(struct ml_async_task *task)
{
    struct load *load = task->context;
    ml_async_semaphore_release(&load->semaphore);
    return ml_async_end(task, ML_SYNC_OK, NULL);
}

static enum ml_async_state sleep_granted(struct ml_async_task *task)
{
    const struct load *load = task->context;
    return ml_async_sleep(task, load->ns, sleep_over);
}

static enum ml_async_state sleep_begin(struct ml_async_task *task)
{
    struct load *load = task->context;
    return ml_async_semaphore_acquire(&load->semaphore, task, sleep_granted);
}

static void sleep_tasks(struct load *load, bool ticks)
{
    struct ml_async_task *tasks = get_memory(load->count, sizeof *tasks);
    struct ml_histogram lag = {0};
    if (ticks)
        ml_async_lag_start(&load->loop, &lag);
    for (size_t i = 0; i < load->count; i++) {
        ml_async_task_start(&tasks[i], &load->loop, sleep_begin, load);
        load->gathered[i].future = &tasks[i].future;
    }
    ml_async_gather_open(&load->gather, &load->loop, load->gathered,
                         load->count);
    ml_async_run_until(&load->loop, &load->gather.future);
    ml_async_lag_stop(&load->loop);
    free(tasks);
}

static void *sleep_thread(void *context)
{
    struct load *load = context;
    const struct timespec time = {.tv_sec = (time_t)(load->ns / ML_NS_PER_S),
                                  .tv_nsec = (long)(load->ns % ML_NS_PER_S)};
    ml_sync_must(ml_semaphore_acquire(&load->permits, true, ML_FOREVER));
    (void)nanosleep(&time, NULL);
    ml_sync_must(ml_semaphore_release(&load->permits, 1));
    return NULL;
}

static void sleep_threads(struct load *load, int64_t at_a_time)
{
    pthread_t *threads = get_memory(load->count, sizeof *threads);
    ml_sync_must(ml_semaphore_open(&load->permits, at_a_time));
    for (size_t i = 0; i < load->count; i++)
        must(pthread_create(&threads[i], NULL, sleep_thread, load) == 0);
    for (size_t i = 0; i < load->count; i++)
        must(pthread_join(threads[i], NULL) == 0);
    ml_semaphore_close(&load->permits);
    free(threads);
}

static void load_sleeps(struct load *load, const char *way, int64_t at_a_time)
{
    const long before = switches();
    const uint64_t start = ml_now_ns();
    load->semaphore.value = at_a_time;
    if (strcmp(way, "threads") == 0)
        sleep_threads(load, at_a_time);
    else
        sleep_tasks(load, strcmp(way, "ticks") == 0);
    (void)printf("{\"seconds\": %.6f, \"switches\": %ld}\n",
                 (double)(ml_now_ns() - start) / (double)ML_NS_PER_S,
                 switches() - before);
}

/* ---- queues ---- */

static enum ml_async_state queue_put(struct ml_async_task *task)
{
    struct load *load = task->context;
    if (load->put == load->count)
        return ml_async_end(task, ML_SYNC_OK, NULL);
    return ml_async_queue_put(&load->queue, task, &load->items[load->put++],
                              queue_put);
}

static enum ml_async_state queue_get(struct ml_async_task *task)
{
    struct load *load = task->context;
    if (load->got == load->count)
        return ml_async_end(task, ML_SYNC_OK, NULL);
    load->got++;
    return ml_async_queue_get(&load->queue, task, queue_get);
}

static void queue_tasks(struct load *load)
{
    struct ml_async_task getter, putter;
    ml_async_task_start(&getter, &load->loop, queue_get, load);
    ml_async_task_start(&putter, &load->loop, queue_put, load);
    ml_async_run_until(&load->loop, &getter.future);
}

static void load_queue(struct load *load, const char *way, int64_t limit)
{
    load->items = get_memory(load->count, sizeof *load->items);
    load->queue.limit = strcmp(way, "endless") == 0 ? 0 : limit;
    const uint64_t start = ml_now_ns();
    queue_tasks(load);
    (void)printf("{\"items_per_s\": %.0f}\n",
                 (double)load->count * (double)ML_NS_PER_S /
                     (double)(ml_now_ns() - start));
    free(load->items);
}

int main(int argc, char **argv)
{
    struct load load = {0};
    struct ml_error err;
    if (argc != 5 || ml_async_loop_open(&load.loop, &err) != ML_OK) {
        (void)fputs("usage: fidelity_async LOAD WAY MS COUNT\n", stderr);
        return 2;
    }
    const char *name = argv[1];
    const size_t letters = strcspn(name, "0123456789");
    const int64_t number = strtoll(name + letters, NULL, 10);
    load.ns = (uint64_t)(strtod(argv[3], NULL) * (double)ML_NS_PER_MS);
    load.count = strtoul(argv[4], NULL, 10);
    must(load.count > 0 && load.count <= LOAD_MAX);
    load.gathered = get_memory(load.count, sizeof *load.gathered);
    if (strncmp(name, "sleeps", letters) == 0)
        load_sleeps(&load, argv[2], number);
    else if (strncmp(name, "queue", letters) == 0)
        load_queue(&load, argv[2], number);
    else
        return 2;
    free(load.gathered);
    ml_async_loop_close(&load.loop);
    return 0;
}
