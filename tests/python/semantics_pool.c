/* semantics_pool.c: multiprocessing.Pool, and a ProcessPoolExecutor after a
 * worker has crashed.
 *
 * The pipeline itself answers, with a stage of worker processes under the
 * policies `mp` and `executor`: an item is a picture, a call its processing.
 * If a call is to kill its process, the workers are hostile_worker.c, and a
 * picture is the name of a deed.
 */
#include "semantics.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "python/event.h"
#include "support/pipeline/hostile_batch.h"
#include "support/workers.h"

#define ITEMS_MAX 100

/* ---- one run ---- */

struct pool_run {
    struct memory_run memory; /* each_context of its callbacks is this struct */
    struct ml_chain chain;
    struct ml_run_settings settings;
    struct test_file items[ITEMS_MAX];
    uint8_t texts[ITEMS_MAX][16];
    size_t count;
    enum ml_status status;
    struct ml_error err;
    int pids_before[2], pids_after[3];
    size_t after_count;
    struct ml_event both_known;
    int hold; /* the end that releases deeds, or -1 */
    uint64_t let_go_ns, took_ns;
};

static void pool_open(struct pool_run *pool, const char *const *texts,
                      size_t count)
{
    static const char *const no_filters[] = {NULL};
    assert(count <= ITEMS_MAX);
    memset(pool, 0, sizeof *pool);
    memory_run_order(&pool->settings, &pool->chain, no_filters);
    for (size_t i = 0; i < count; i++) {
        const size_t size = strlen(texts[i]);
        assert(size <= sizeof pool->texts[i]);
        memcpy(pool->texts[i], texts[i], size);
        pool->items[i] =
            (struct test_file){.data = pool->texts[i], .size = size};
    }
    pool->count = count;
    pool->hold = -1;
    ml_event_open(&pool->both_known);
    pool->settings.inputs = count;
    pool->settings.queue_depth = 16;
    pool->settings.pool.policy = ML_POOL_MP;
    memory_run_open(&pool->memory, pool->items, count);
    pool->memory.each_context = pool;
}

static void pool_go(struct pool_run *pool, unsigned workers)
{
    pool->status = memory_run_go(&pool->memory, &pool->settings, HOSTILE_PLAN,
                                 workers, &pool->err);
}

static void pool_close(struct pool_run *pool)
{
    if (pool->hold >= 0)
        (void)close(pool->hold);
    ml_event_close(&pool->both_known);
    memory_run_close(&pool->memory);
}

/* `count` valid pictures. */
static void pool_open_fine(struct pool_run *pool, size_t count)
{
    const char *texts[ITEMS_MAX];
    for (size_t i = 0; i < count; i++)
        texts[i] = "P5 2 2 255 abcd";
    pool_open(pool, texts, count);
}

/* ---- chunks and tasks ---- */

static json_t *pool_default_chunksize(void)
{
    static const size_t counts[] = {1, 7, 8, 9, 100};
    json_t *chunks = json_array();
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        struct pool_run pool;
        pool_open_fine(&pool, counts[i]);
        pool_go(&pool, 2);
        assert(pool.status == ML_OK && pool.memory.ended == counts[i]);
        (void)json_array_append_new(chunks,
                                    json_integer(pool.memory.counts.chunk));
        pool_close(&pool);
    }
    return chunks;
}

/* The number of processes for 12 items. */
static json_t *processes_with(uint32_t chunk)
{
    struct pool_run pool;
    pool_open_fine(&pool, 12);
    pool.settings.pool.chunk = chunk;
    pool.settings.pool.tasks_per_child = 3;
    pool_go(&pool, 1);
    assert(pool.status == ML_OK && pool.memory.ended == 12);
    json_t *answer =
        json_integer((json_int_t)pool.memory.counts.starts.workers);
    pool_close(&pool);
    return answer;
}

static json_t *pool_maxtasksperchild(void)
{
    return processes_with(1);
}

static json_t *pool_maxtasks_counts_chunks(void)
{
    return processes_with(2);
}

/* ---- exceptions ---- */

static json_t *item_or_key_error(const struct pool_run *pool, size_t item)
{
    return pool->memory.errors[item].status == ML_OK
               ? json_integer((json_int_t)item)
               : json_string("KeyError");
}

/* map() reports the first failure once the run is over, and only if all have
 * ended; imap() reports each. */
static json_t *pool_map_exception_after_all_done(void)
{
    static const char *const texts[] = {"P5 2 2 255 abcd", "P5 2 2 255 abcd",
                                        "P5 boom", "P5 2 2 255 abcd"};
    struct pool_run pool;
    json_t *map = NULL, *imap = json_array();
    pool_open(&pool, texts, 4);
    pool_go(&pool, 2);
    for (size_t i = 0; i < 4; i++) {
        if (!map && pool.memory.ended == 4 &&
            pool.memory.errors[i].status != ML_OK)
            map = item_or_key_error(&pool, i);
        (void)json_array_append_new(imap, item_or_key_error(&pool, i));
    }
    pool_close(&pool);
    return json_pack("[o, o]", map ? map : json_null(), imap);
}

/* ---- crashes ---- */

static void hold_path(char *path, size_t capacity)
{
    (void)snprintf(path, capacity, "%s/hold", getenv("MINILAB_TEST_MARKS"));
}

static void deeds_open(struct pool_run *pool, const char *const *deeds,
                       size_t count)
{
    char path[200];
    pool_open(pool, deeds, count);
    pool->settings.worker_program = ML_TEST_HOSTILE;
    pool->settings.pool.chunk = 1;
    int rc = hostile_open(NULL);
    hold_path(path, sizeof path);
    if (rc == 0)
        rc = mkfifo(path, 0600);
    assert(rc == 0);
}

static void deeds_close(struct pool_run *pool)
{
    const int rc = hostile_close(NULL);
    assert(rc == 0);
    (void)rc;
    pool_close(pool);
}

/* Once a thread waits for it. */
static void let_go(struct pool_run *pool)
{
    char path[200];
    hold_path(path, sizeof path);
    pool->hold = open(path, O_WRONLY | O_CLOEXEC);
    assert(pool->hold >= 0);
    pool->let_go_ns = ml_now_ns();
}

static bool has_failed_so(const struct pool_run *pool, size_t item,
                          const char *why)
{
    return pool->memory.errors[item].status == ML_ERR_CRASH &&
           strstr(pool->memory.errors[item].why, why) != NULL;
}

/* The second worker is started for the second item, while the first one holds
 * the first item: then both have a job. */
static void until_two_workers(struct pool_run *pool)
{
    while (test_workers(pool->pids_before, 2) < 2)
        (void)sched_yield();
}

/* Two items hold both workers until both pids are known; the third kills its
 * worker; the fourth is done; the last is submitted once the third has ended:
 * since no response ever comes for it, that is after the pipeline's timeout. */
static void note_workers(struct memory_run *memory, uint64_t number)
{
    struct pool_run *pool = memory->each_context;
    if (number == 2) {
        until_two_workers(pool);
        let_go(pool);
    }
    if (number == 4) {
        memory_run_await_end(memory, 2);
        pool->after_count = test_workers(pool->pids_after, 3);
    }
}

static int count_new(const struct pool_run *pool)
{
    int count = 0;
    for (size_t i = 0; i < pool->after_count; i++) {
        const int pid = pool->pids_after[i];
        count += pid != pool->pids_before[0] && pid != pool->pids_before[1];
    }
    return count;
}

static json_t *pool_killed_worker_hangs_but_repopulates(void)
{
    static const char *const deeds[] = {"hold", "hold", "die", "echo", "echo"};
    struct pool_run pool;
    deeds_open(&pool, deeds, 5);
    pool.memory.opening = note_workers;
    pool_go(&pool, 2);
    json_t *map = has_failed_so(&pool, 2, "CPython would hang here") &&
                          pool.memory.counts.lost == 1
                      ? json_string("TimeoutError")
                      : json_null();
    json_t *answer =
        json_pack("[o, i, i, i]", map, (int)pool.after_count, count_new(&pool),
                  (int)pool.memory.errors[4].status);
    deeds_close(&pool);
    return answer;
}

/* The first two hold the workers, all but the last are submitted before one
 * crashes, the last once they have ended. */
static void submit_late(struct memory_run *memory, uint64_t number)
{
    struct pool_run *pool = memory->each_context;
    if (number == 2) {
        until_two_workers(pool);
        ml_event_set(&pool->both_known);
    }
    if (number != 6)
        return;
    ml_sync_must(ml_event_wait(&pool->both_known, ML_FOREVER));
    let_go(pool);
    for (size_t i = 1; i < 6; i++)
        memory_run_await_end(memory, i);
    pool->took_ns = ml_now_ns() - pool->let_go_ns;
}

static json_t *broken_or_none(const struct pool_run *pool, size_t item)
{
    return has_failed_so(pool, item, "BrokenProcessPool")
               ? json_string("BrokenProcessPool")
               : json_null();
}

static json_t *broken_pool(bool *soon_out)
{
    static const char *const deeds[] = {"hold", "hold-die", "stay", "stay",
                                        "stay", "stay",     "echo"};
    struct pool_run pool;
    json_t *names = json_array();
    deeds_open(&pool, deeds, 7);
    pool.settings.pool.policy = ML_POOL_EXECUTOR;
    pool.memory.opening = submit_late;
    pool_go(&pool, 2);
    *soon_out = pool.took_ns < ML_NS_PER_S;
    for (size_t i = 0; i < 6 && json_array_size(names) == 0; i++) {
        if (has_failed_so(&pool, i, "BrokenProcessPool"))
            (void)json_array_append_new(names, broken_or_none(&pool, i));
    }
    json_t *answer =
        json_pack("[o, o, o, o]", names, broken_or_none(&pool, 1),
                  broken_or_none(&pool, 5), broken_or_none(&pool, 6));
    deeds_close(&pool);
    return answer;
}

/* A busy machine may be slow to end processes: so try the second a few
 * times. */
static json_t *ppe_killed_worker_breaks_pool(void)
{
    bool soon;
    json_t *answer = broken_pool(&soon);
    for (int try = 0; !soon && try < 5; try++) {
        json_decref(answer);
        answer = broken_pool(&soon);
    }
    (void)json_array_append_new(answer, json_boolean(soon));
    return answer;
}

const struct question questions_pool[] = {
    {"pool_default_chunksize", pool_default_chunksize, "[1, 1, 1, 2, 13]"},
    {"pool_killed_worker_hangs_but_repopulates",
     pool_killed_worker_hangs_but_repopulates, "[\"TimeoutError\", 2, 1, 0]"},
    {"ppe_killed_worker_breaks_pool", ppe_killed_worker_breaks_pool,
     "[[\"BrokenProcessPool\"], \"BrokenProcessPool\", \"BrokenProcessPool\", "
     "\"BrokenProcessPool\", true]"},
    {"pool_maxtasksperchild", pool_maxtasksperchild, "4"},
    {"pool_maxtasks_counts_chunks", pool_maxtasks_counts_chunks, "2"},
    {"pool_map_exception_after_all_done", pool_map_exception_after_all_done,
     "[\"KeyError\", [0, 1, \"KeyError\", 3]]"},
    {NULL, NULL, NULL},
};
