/* semantics_mp_queue.c: multiprocessing.Queue and SimpleQueue.
 *
 * Objects are JSON values, pickled as JSON text; NULL stands for one that
 * cannot be pickled, like a lambda.
 */
#include "semantics.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "python/multiprocessing/queue.h"
#include "support/child_ended.h"

#define MESSAGE_MAX ((size_t)4 << 20)
#define BIG_PUT "--big-put"
#define BIG_BYTES 1000000

static size_t dump_json(const void *object, uint8_t *room, size_t capacity)
{
    const size_t size =
        json_dumpb(object, (char *)room, capacity, JSON_ENCODE_ANY);
    assert(size <= capacity);
    return size > 0 ? size : ML_UNPICKLABLE;
}

static const struct ml_mp_pickler pickler = {.dump = dump_json,
                                             .capacity = MESSAGE_MAX};

static json_t *load(enum ml_sync_status status, const char *room, size_t size)
{
    ml_sync_must(status);
    json_t *value = json_loadb(room, size, JSON_DECODE_ANY, NULL);
    assert(value);
    return value;
}

static json_t *text_of(size_t bytes)
{
    char *text = malloc(bytes);
    assert(text);
    memset(text, 'x', bytes);
    json_t *value = json_stringn(text, bytes);
    free(text);
    return value;
}

/* ---- one queue and its objects ---- */

#define ITEMS_MAX 4

struct lab {
    struct ml_mp_queue queue;
    struct ml_mp_item items[ITEMS_MAX];
    json_t *objects[ITEMS_MAX];
    size_t count;
    char *room;
};

static void lab_open(struct lab *lab, int64_t limit)
{
    struct ml_error err;
    const enum ml_status status =
        ml_mp_queue_open(&lab->queue, limit, &pickler, &err);
    lab->count = 0;
    lab->room = malloc(MESSAGE_MAX);
    assert(status == ML_OK && lab->room);
}

static void lab_close(struct lab *lab)
{
    ml_mp_queue_close(&lab->queue);
    for (size_t i = 0; i < lab->count; i++)
        json_decref(lab->objects[i]);
    free(lab->room);
}

/* Takes over the reference to the object. */
static enum ml_sync_status lab_put(struct lab *lab, json_t *object,
                                   bool blocking, int64_t timeout_ns)
{
    assert(lab->count < ITEMS_MAX);
    struct ml_mp_item *item = &lab->items[lab->count];
    lab->objects[lab->count++] = object;
    item->object = object;
    return ml_mp_queue_put(&lab->queue, item, blocking, timeout_ns);
}

static json_t *lab_get(struct lab *lab)
{
    size_t size = 0;
    const enum ml_sync_status status =
        ml_mp_queue_get(&lab->queue, true, ML_FOREVER, lab->room, &size);
    return load(status, lab->room, size);
}

/* ---- the questions ---- */

/* The object put after it has arrived: so it was dropped, and its permit is
 * free without a sleep. */
static json_t *mpqueue_unpicklable_put_returns_then_drops(void)
{
    struct lab lab;
    enum ml_sync_status places[3];
    lab_open(&lab, 2);
    const enum ml_sync_status put = lab_put(&lab, NULL, true, ML_FOREVER);
    ml_sync_must(lab_put(&lab, json_string("next"), true, ML_FOREVER));
    json_t *got = lab_get(&lab);
    for (int i = 0; i < 2; i++)
        places[i] = lab_put(&lab, json_integer(i), false, ML_FOREVER);
    struct ml_mp_item more = {.object = NULL};
    places[2] = ml_mp_queue_put(&lab.queue, &more, false, ML_FOREVER);
    json_t *answer = json_pack("[o, o, o, o, o]", raised(put, NULL), got,
                               raised(places[0], NULL), raised(places[1], NULL),
                               raised(places[2], NULL));
    lab_close(&lab);
    return answer;
}

static json_t *mpsimplequeue_unpicklable_put_raises(void)
{
    struct ml_mp_simple_queue queue;
    struct ml_error err;
    const enum ml_status status =
        ml_mp_simple_queue_open(&queue, &pickler, &err);
    assert(status == ML_OK);
    json_t *answer =
        json_boolean(ml_mp_simple_queue_put(&queue, NULL) == ML_SYNC_RAISED);
    ml_mp_simple_queue_close(&queue);
    return answer;
}

/* The feeder writes an object larger than the pipe while the list after it is
 * changed. */
static json_t *mpqueue_pickles_late(void)
{
    struct lab lab;
    lab_open(&lab, 0);
    json_t *list = json_pack("[i]", 1);
    ml_sync_must(lab_put(&lab, text_of(3 * BIG_BYTES), true, ML_FOREVER));
    ml_sync_must(lab_put(&lab, list, true, ML_FOREVER));
    (void)json_array_append_new(list, json_integer(2));
    /* Lock the queue: earlier writes are visible to the thread that takes the
     * lock later, the feeder on its way to the list. */
    const uint64_t dropped = ml_mp_queue_dropped(&lab.queue);
    assert(dropped == 0);
    json_decref(lab_get(&lab));
    json_t *answer = lab_get(&lab);
    lab_close(&lab);
    return answer;
}

/* All objects are in the pipe, none is queued here any more. */
static void until_written(const struct lab *lab, int bytes)
{
    int there = 0;
    while (there < bytes) {
        const int rc = ioctl(lab->queue.pipe.ends.read, FIONREAD, &there);
        assert(rc == 0);
        (void)sched_yield();
    }
}

static json_t *mpqueue_maxsize_counts_until_get(void)
{
    struct lab lab;
    lab_open(&lab, 2);
    for (int i = 1; i <= 2; i++)
        ml_sync_must(lab_put(&lab, json_integer(i), true, ML_FOREVER));
    until_written(&lab, 2 * ((int)sizeof(uint32_t) + 1));
    struct ml_mp_item more = {.object = NULL};
    const enum ml_sync_status third =
        ml_mp_queue_put(&lab.queue, &more, true, MS(20));
    const bool full = ml_mp_queue_is_full(&lab.queue);
    json_decref(lab_get(&lab));
    const enum ml_sync_status later =
        lab_put(&lab, json_integer(3), false, ML_FOREVER);
    json_t *answer = json_pack("[o, b, o]", raised(third, NULL), (int)full,
                               raised(later, NULL));
    lab_close(&lab);
    return answer;
}

/* ---- a process of its own ---- */

static void start_big_put(struct ml_subprocess *child, const struct lab *lab)
{
    const struct ml_mp_ends *ends = &lab->queue.pipe.ends;
    const int fds[] = {ends->memory, ends->write};
    char name[] = "semantics", argument[] = BIG_PUT, parent[16];
    char *const argv[] = {name, argument, parent, NULL};
    const struct ml_subprocess_start start = {
        .program = "/proc/self/exe", .argv = argv, .fds = fds, .fd_count = 2};
    struct ml_error err;
    (void)snprintf(parent, sizeof parent, "%d", (int)getpid());
    const enum ml_status status = ml_subprocess_spawn(child, &start, &err);
    assert(status == ML_OK);
}

bool semantics_is_child(int argc, char **argv)
{
    return argc == 3 && strcmp(argv[1], BIG_PUT) == 0;
}

/* Put an object larger than the pipe, and end. */
int semantics_child_main(char **argv)
{
    const struct ml_mp_ends ends = {ML_SUBPROCESS_FD_FIRST, -1,
                                    ML_SUBPROCESS_FD_FIRST + 1};
    struct ml_mp_queue queue;
    struct ml_error err;
    if (!ml_subprocess_die_with_parent((pid_t)strtol(argv[2], NULL, 10)) ||
        ml_mp_queue_attach(&queue, 0, &pickler, &ends, &err) != ML_OK)
        return 1;
    json_t *big = text_of(BIG_BYTES);
    struct ml_mp_item item = {.object = big};
    ml_sync_must(ml_mp_queue_put(&queue, &item, true, ML_FOREVER));
    ml_mp_queue_close(&queue);
    json_decref(big);
    return 0;
}

/* The process cannot end while its object is unread; once it is read, the
 * process may end at any time. */
static json_t *mpqueue_undrained_child_does_not_exit(void)
{
    struct lab lab;
    struct ml_subprocess child;
    struct ml_subprocess_end end;
    lab_open(&lab, 0);
    start_big_put(&child, &lab);
    until_written(&lab, 1);
    const bool alive = !test_child_ended(&child, 300);
    json_t *big = lab_get(&lab);
    assert(json_string_length(big) == BIG_BYTES);
    const bool ends = test_child_ended(&child, -1);
    ml_subprocess_close(&child, &end, NULL);
    assert(end.clean);
    json_decref(big);
    lab_close(&lab);
    return json_pack("[b, b]", (int)alive, (int)!ends);
}

const struct question questions_mp_queue[] = {
    {"mpqueue_unpicklable_put_returns_then_drops",
     mpqueue_unpicklable_put_returns_then_drops,
     "[null, \"next\", null, null, \"Full\"]"},
    {"mpsimplequeue_unpicklable_put_raises",
     mpsimplequeue_unpicklable_put_raises, "true"},
    {"mpqueue_pickles_late", mpqueue_pickles_late, "[1, 2]"},
    {"mpqueue_maxsize_counts_until_get", mpqueue_maxsize_counts_until_get,
     "[\"Full\", true, null]"},
    {"mpqueue_undrained_child_does_not_exit",
     mpqueue_undrained_child_does_not_exit, "[true, false]"},
    {NULL, NULL, NULL},
};
