/* belt.c: the loads of belt.py, which uses queue.Queue, by C threads.
 *
 *     fidelity_belt WAY LIMIT COUNT
 *
 * One thread puts COUNT items, another gets them.  WAY is one of
 *
 *   gil    the program's queue, both threads under one interpreter lock
 *   spin   a ring of atomics; a thread that finds it full or empty polls
 *
 * Prints items a second and voluntary context switches per item as one JSON
 * object.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "gil/gil.h"
#include "python/queue.h"

struct belt {
    struct ml_gil gil;
    bool spins;
    struct ml_task_queue queue;
    struct ml_task *tasks;
    uint64_t limit, count;
    /* Of `spin`.  Release and acquire: publish the item before its number. */
    _Atomic uint64_t put, got;
};

/* ---- the program's queue ---- */

static void *queue_fill(void *context)
{
    struct belt *belt = context;
    struct ml_gil_thread thread = {0};
    ml_gil_acquire(&belt->gil, &thread);
    for (uint64_t i = 0; i < belt->count; i++) {
        ml_gil_checkpoint(&belt->gil, &thread);
        ml_sync_must(
            ml_task_queue_put(&belt->queue, &belt->tasks[i], true, ML_FOREVER));
    }
    ml_gil_release(&belt->gil, &thread);
    return NULL;
}

static void *queue_empty(void *context)
{
    struct belt *belt = context;
    struct ml_gil_thread thread = {0};
    struct ml_task *task;
    ml_gil_acquire(&belt->gil, &thread);
    for (uint64_t i = 0; i < belt->count; i++) {
        ml_gil_checkpoint(&belt->gil, &thread);
        ml_sync_must(ml_task_queue_get(&belt->queue, true, ML_FOREVER, &task));
    }
    ml_gil_release(&belt->gil, &thread);
    return NULL;
}

/* ---- a ring ---- */

static void *spin_fill(void *context)
{
    struct belt *belt = context;
    for (uint64_t i = 0; i < belt->count; i++) {
        while (i - atomic_load_explicit(&belt->got, memory_order_acquire) >=
               belt->limit)
            continue;
        atomic_store_explicit(&belt->put, i + 1, memory_order_release);
    }
    return NULL;
}

static void *spin_empty(void *context)
{
    struct belt *belt = context;
    for (uint64_t i = 0; i < belt->count; i++) {
        while (atomic_load_explicit(&belt->put, memory_order_acquire) <= i)
            continue;
        atomic_store_explicit(&belt->got, i + 1, memory_order_release);
    }
    return NULL;
}

static long voluntary(void)
{
    struct rusage use;
    (void)getrusage(RUSAGE_SELF, &use);
    return use.ru_nvcsw;
}

static void measure(struct belt *belt)
{
    pthread_t filler, emptier;
    const long before = voluntary();
    const uint64_t start = ml_now_ns();
    if (pthread_create(&emptier, NULL, belt->spins ? spin_empty : queue_empty,
                       belt) != 0 ||
        pthread_create(&filler, NULL, belt->spins ? spin_fill : queue_fill,
                       belt) != 0)
        exit(2);
    (void)pthread_join(filler, NULL);
    (void)pthread_join(emptier, NULL);
    const double seconds = (double)(ml_now_ns() - start) / ML_NS_PER_S;
    (void)printf("{\"items\": %.1f, \"switches\": %.4f}\n",
                 (double)belt->count / seconds,
                 (double)(voluntary() - before) / (double)belt->count);
}

int main(int argc, char **argv)
{
    struct belt belt = {.spins = false};
    struct ml_error err;
    if (argc != 4 ||
        (strcmp(argv[1], "gil") != 0 && strcmp(argv[1], "spin") != 0))
        return 2;
    belt.spins = strcmp(argv[1], "spin") == 0;
    belt.limit = strtoull(argv[2], NULL, 10);
    belt.count = strtoull(argv[3], NULL, 10);
    belt.tasks = calloc(belt.count, sizeof *belt.tasks);
    if (!belt.tasks ||
        ml_gil_open(&belt.gil, ML_GIL_311, ML_GIL_INTERVAL_NS, &err) != ML_OK)
        return 2;
    ml_task_queue_open_under(&belt.queue, (int64_t)belt.limit, &belt.gil);
    measure(&belt);
    ml_task_queue_close(&belt.queue);
    ml_gil_close(&belt.gil);
    free(belt.tasks);
    return 0;
}
