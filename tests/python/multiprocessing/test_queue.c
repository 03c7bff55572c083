/* test_queue.c: queues between processes: whole messages, once each; permits;
 * the queue after a process has ended. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/pipe.h"
#include "os/subprocess.h"
#include "python/multiprocessing/queue.h"
#include "support/skip.h"
#include "support/threads.h"

#define TEXT_MAX 200000
#define ECHO "--echo"

/* Objects are texts; one that begins with '!' cannot be pickled. */
static size_t dump_text(const void *object, uint8_t *room, size_t capacity)
{
    const size_t size = strlen(object);
    assert(size <= capacity);
    memcpy(room, object, size);
    return *(const char *)object == '!' ? ML_UNPICKLABLE : size;
}

static const struct ml_mp_pickler pickler = {dump_text, TEXT_MAX};

static void open_simple(struct ml_mp_simple_queue *queue)
{
    struct ml_error err;
    assert_int_equal(ml_mp_simple_queue_open(queue, &pickler, &err), ML_OK);
}

static void open_queue(struct ml_mp_queue *queue, int64_t limit)
{
    struct ml_error err;
    assert_int_equal(ml_mp_queue_open(queue, limit, &pickler, &err), ML_OK);
}

static enum ml_sync_status put(struct ml_mp_queue *queue,
                               struct ml_mp_item *item, const char *text)
{
    item->object = text;
    return ml_mp_queue_put(queue, item, true, ML_FOREVER);
}

static void assert_gives(struct ml_mp_queue *queue, const char *text)
{
    static char room[TEXT_MAX];
    size_t size;
    assert_int_equal(ml_mp_queue_get(queue, true, ML_FOREVER, room, &size),
                     ML_SYNC_OK);
    assert_int_equal(size, strlen(text));
    assert_memory_equal(room, text, size);
}

/* Filled before anything is read. */
static char long_texts[2][TEXT_MAX + 1];

static const char *long_text(char letter)
{
    return long_texts[letter - 'a'];
}

/* ---- SimpleQueue ---- */

static void *put_long(void *context)
{
    ml_sync_must(ml_mp_simple_queue_put(context, long_text('a')));
    ml_sync_must(ml_mp_simple_queue_put(context, ""));
    return NULL;
}

static void who_puts_writes_and_waits_for_who_reads(void **state)
{
    (void)state;
    static char room[TEXT_MAX];
    struct ml_mp_simple_queue queue;
    size_t size;
    open_simple(&queue);
    assert_int_equal(
        ml_mp_simple_queue_get_until(&queue, ml_deadline(MS(1)), room, &size),
        ML_SYNC_TIMEOUT);
    assert_int_equal(ml_mp_simple_queue_get_until(&queue, 0, room, &size),
                     ML_SYNC_TIMEOUT);
    const pthread_t thread = start(put_long, &queue);
    assert_int_equal(ml_mp_simple_queue_get(&queue, room, &size), ML_SYNC_OK);
    assert_int_equal(size, TEXT_MAX);
    assert_memory_equal(room, long_text('a'), size);
    assert_int_equal(ml_mp_simple_queue_get(&queue, room, &size), ML_SYNC_OK);
    assert_int_equal(size, 0);
    finish(thread);
    assert_int_equal(ml_mp_simple_queue_put(&queue, "!"), ML_SYNC_RAISED);
    assert_int_equal(ml_mp_simple_queue_get_until(&queue, 0, room, &size),
                     ML_SYNC_TIMEOUT);
    ml_mp_simple_queue_close(&queue);
}

/* Each end in a queue of its own, as in two processes. */
static void open_ends(struct ml_mp_simple_queue *reader,
                      struct ml_mp_simple_queue *writer)
{
    struct ml_mp_simple_queue queue;
    struct ml_error err;
    open_simple(&queue);
    const struct ml_mp_ends *ends = &queue.ends;
    const struct ml_mp_ends reads = {fcntl(ends->memory, F_DUPFD_CLOEXEC, 0),
                                     fcntl(ends->read, F_DUPFD_CLOEXEC, 0), -1};
    const struct ml_mp_ends writes = {fcntl(ends->memory, F_DUPFD_CLOEXEC, 0),
                                      -1,
                                      fcntl(ends->write, F_DUPFD_CLOEXEC, 0)};
    assert_int_equal(ml_mp_simple_queue_attach(reader, &pickler, &reads, &err),
                     ML_OK);
    assert_int_equal(ml_mp_simple_queue_attach(writer, &pickler, &writes, &err),
                     ML_OK);
    ml_mp_simple_queue_close(&queue);
}

static void an_end_that_nobody_has_any_more_is_the_end(void **state)
{
    (void)state;
    char room[TEXT_MAX];
    struct ml_mp_simple_queue reader, writer;
    size_t size;
    open_ends(&reader, &writer);
    assert_int_equal(ml_mp_simple_queue_put(&writer, "last"), ML_SYNC_OK);
    ml_mp_simple_queue_close(&writer);
    assert_int_equal(ml_mp_simple_queue_get(&reader, room, &size), ML_SYNC_OK);
    assert_int_equal(size, 4);
    assert_int_equal(ml_mp_simple_queue_get(&reader, room, &size),
                     ML_SYNC_ENDED);
    ml_mp_simple_queue_close(&reader);
    open_ends(&reader, &writer);
    ml_mp_simple_queue_close(&reader);
    assert_int_equal(ml_mp_simple_queue_put(&writer, "lost"), ML_SYNC_ENDED);
    ml_mp_simple_queue_close(&writer);
}

static void what_is_no_message_is_not_read(void **state)
{
    (void)state;
    char room[TEXT_MAX];
    const uint32_t length = TEXT_MAX + 1;
    struct ml_mp_simple_queue queue;
    uint64_t full_waits = 0;
    size_t size;
    open_simple(&queue);
    assert_true(
        ml_pipe_write(queue.ends.write, &length, sizeof length, &full_waits));
    assert_int_equal(ml_mp_simple_queue_get(&queue, room, &size),
                     ML_SYNC_BROKEN);
    ml_mp_simple_queue_close(&queue);
}

static void ends_that_cannot_be_mapped_are_an_error(void **state)
{
    (void)state;
    struct ml_mp_simple_queue queue;
    struct ml_error err;
    const struct ml_mp_ends ends = {-1, -1, -1};
    assert_int_equal(ml_mp_simple_queue_attach(&queue, &pickler, &ends, &err),
                     ML_ERR_OS);
}

/* ---- Queue ---- */

static void a_queue_is_full_until_something_is_fetched(void **state)
{
    (void)state;
    struct ml_mp_queue queue;
    struct ml_mp_item items[4];
    size_t size;
    char room[TEXT_MAX];
    open_queue(&queue, 2);
    assert_int_equal(ml_mp_queue_get(&queue, false, ML_FOREVER, room, &size),
                     ML_SYNC_EMPTY);
    assert_int_equal(put(&queue, &items[0], "one"), ML_SYNC_OK);
    assert_int_equal(put(&queue, &items[1], "two"), ML_SYNC_OK);
    assert_true(ml_mp_queue_is_full(&queue));
    assert_int_equal(ml_mp_queue_put(&queue, &items[2], false, ML_FOREVER),
                     ML_SYNC_FULL);
    assert_int_equal(ml_mp_queue_put(&queue, &items[2], true, MS(1)),
                     ML_SYNC_FULL);
    assert_gives(&queue, "one");
    assert_int_equal(ml_mp_queue_size(&queue), 1);
    assert_int_equal(put(&queue, &items[3], "three"), ML_SYNC_OK);
    assert_gives(&queue, "two");
    assert_gives(&queue, "three");
    assert_int_equal(ml_mp_queue_size(&queue), 0);
    ml_mp_queue_close(&queue);
    open_queue(&queue, -3);
    assert_int_equal(queue.limit, ML_MP_PERMITS_MAX);
    ml_mp_queue_close(&queue); /* without a put: no feeder */
}

static void what_cannot_be_pickled_gives_its_place_back(void **state)
{
    (void)state;
    struct ml_mp_queue queue;
    struct ml_mp_item items[6];
    open_queue(&queue, 2);
    for (int i = 0; i < 5; i++)
        assert_int_equal(put(&queue, &items[i], "!"), ML_SYNC_OK);
    assert_int_equal(put(&queue, &items[5], "well"), ML_SYNC_OK);
    assert_gives(&queue, "well");
    assert_int_equal(ml_mp_queue_dropped(&queue), 5);
    assert_int_equal(ml_mp_queue_size(&queue), 0);
    ml_mp_queue_close(&queue);
}

static void *close_it(void *context)
{
    ml_mp_queue_close(context);
    return NULL;
}

/* The queue belongs to the closing thread; the reader has one of its own. */
static void closing_waits_until_all_is_written(void **state)
{
    (void)state;
    struct ml_mp_queue queue, reader;
    struct ml_mp_item items[2];
    struct ml_error err;
    open_queue(&queue, 0);
    const struct ml_mp_ends *ends = &queue.pipe.ends;
    const struct ml_mp_ends reads = {fcntl(ends->memory, F_DUPFD_CLOEXEC, 0),
                                     fcntl(ends->read, F_DUPFD_CLOEXEC, 0), -1};
    assert_int_equal(ml_mp_queue_attach(&reader, 0, &pickler, &reads, &err),
                     ML_OK);
    assert_int_equal(put(&queue, &items[0], long_text('a')), ML_SYNC_OK);
    assert_int_equal(put(&queue, &items[1], long_text('b')), ML_SYNC_OK);
    const pthread_t thread = start(close_it, &queue);
    assert_gives(&reader, long_text('a'));
    assert_gives(&reader, long_text('b'));
    finish(thread);
    ml_mp_queue_close(&reader);
}

#define CROWD 4
#define EACH 300

struct crowd {
    struct ml_mp_queue queue;
    char texts[CROWD][EACH][8];
    struct ml_mp_item items[CROWD][EACH];
    atomic_uint next; /* of the putting thread */
    atomic_uint seen[CROWD * EACH];
};

static void *put_many(void *context)
{
    struct crowd *crowd = context;
    const unsigned me = atomic_fetch_add(&crowd->next, 1);
    for (unsigned i = 0; i < EACH; i++) {
        char *text = crowd->texts[me][i];
        (void)snprintf(text, sizeof crowd->texts[me][i], "%u", me * EACH + i);
        ml_sync_must(put(&crowd->queue, &crowd->items[me][i], text));
    }
    return NULL;
}

static void *get_many(void *context)
{
    struct crowd *crowd = context;
    char *room = calloc(1, TEXT_MAX + 1);
    for (unsigned i = 0; i < EACH; i++) {
        size_t size;
        ml_sync_must(
            ml_mp_queue_get(&crowd->queue, true, ML_FOREVER, room, &size));
        room[size] = '\0';
        atomic_fetch_add(&crowd->seen[strtoul(room, NULL, 10)], 1);
    }
    free(room);
    return NULL;
}

static void each_message_arrives_once_whoever_puts_and_gets(void **state)
{
    (void)state;
    static struct crowd crowd;
    pthread_t threads[2 * CROWD];
    open_queue(&crowd.queue, 3);
    for (int i = 0; i < CROWD; i++) {
        threads[i] = start(put_many, &crowd);
        threads[CROWD + i] = start(get_many, &crowd);
    }
    for (int i = 0; i < 2 * CROWD; i++)
        finish(threads[i]);
    for (int i = 0; i < CROWD * EACH; i++)
        assert_int_equal(crowd.seen[i], 1);
    assert_int_equal(ml_mp_queue_size(&crowd.queue), 0);
    ml_mp_queue_close(&crowd.queue);
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED true
#elif defined(__has_feature)
#define SANITIZED                                                              \
    (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#else
#define SANITIZED false
#endif

/* No feeder without address space for a stack, and one with it. */
static bool puts_with_room_only(void)
{
    struct ml_mp_queue queue;
    struct ml_mp_item item = {.object = "well"};
    struct rlimit before;
    char room[TEXT_MAX];
    size_t size;
    open_queue(&queue, 1);
    bool fine = getrlimit(RLIMIT_AS, &before) == 0;
    const struct rlimit none = {.rlim_cur = 0, .rlim_max = before.rlim_max};
    fine = fine && setrlimit(RLIMIT_AS, &none) == 0 &&
           ml_mp_queue_put(&queue, &item, false, ML_FOREVER) ==
               ML_SYNC_NO_THREAD &&
           ml_mp_queue_size(&queue) == 0;
    fine = fine && setrlimit(RLIMIT_AS, &before) == 0 &&
           put(&queue, &item, "well") == ML_SYNC_OK &&
           ml_mp_queue_get(&queue, true, ML_FOREVER, room, &size) == ML_SYNC_OK;
    ml_mp_queue_close(&queue);
    return fine;
}

/* In a process of its own; before any other test, because stacks of ended
 * threads are cached and reused. */
static void without_a_feeder_a_put_fails(void **state)
{
    (void)state;
    if (SANITIZED)
        ml_test_skip("sanitizers need the address space");
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(puts_with_room_only() ? 0 : 1);
    int status = 1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* ---- with another process ---- */

static void start_echo(struct ml_subprocess *child,
                       const struct ml_mp_queue *there,
                       const struct ml_mp_simple_queue *back)
{
    const struct ml_mp_ends *to = &there->pipe.ends, *from = &back->ends;
    const int fds[] = {to->memory, to->read, from->memory, from->write};
    char name[] = "echo", argument[] = ECHO, parent[16];
    char *const argv[] = {name, argument, parent, NULL};
    const struct ml_subprocess_start how = {
        .program = "/proc/self/exe", .argv = argv, .fds = fds, .fd_count = 4};
    struct ml_error err;
    (void)snprintf(parent, sizeof parent, "%d", (int)getpid());
    assert_int_equal(ml_subprocess_spawn(child, &how, &err), ML_OK);
}

/* Echo all messages, until the queue ends. */
static int echo_main(char **argv)
{
    const struct ml_mp_ends to = {3, 4, -1}, from = {5, -1, 6};
    struct ml_mp_queue there;
    struct ml_mp_simple_queue back;
    struct ml_error err;
    static char room[TEXT_MAX + 1];
    if (!ml_subprocess_die_with_parent((pid_t)strtol(argv[2], NULL, 10)) ||
        ml_mp_queue_attach(&there, 0, &pickler, &to, &err) != ML_OK ||
        ml_mp_simple_queue_attach(&back, &pickler, &from, &err) != ML_OK)
        return 1;
    for (size_t size;
         ml_mp_queue_get(&there, true, ML_FOREVER, room, &size) == ML_SYNC_OK &&
         size > 0;) {
        room[size] = '\0';
        if (ml_mp_simple_queue_put(&back, room) != ML_SYNC_OK)
            return 2;
    }
    ml_mp_simple_queue_close(&back);
    ml_mp_queue_close(&there);
    return 0;
}

static void another_process_gives_permits_back(void **state)
{
    (void)state;
    static char room[TEXT_MAX];
    struct ml_mp_queue there;
    struct ml_mp_simple_queue back;
    struct ml_mp_item items[20];
    struct ml_subprocess child;
    struct ml_subprocess_end end;
    size_t size;
    open_queue(&there, 1);
    open_simple(&back);
    start_echo(&child, &there, &back);
    for (int i = 0; i < 20; i++) {
        const char *text = i % 2 ? "short" : long_text('a');
        assert_int_equal(put(&there, &items[i], text), ML_SYNC_OK);
        assert_int_equal(ml_mp_simple_queue_get(&back, room, &size),
                         ML_SYNC_OK);
        assert_int_equal(size, strlen(text));
        assert_memory_equal(room, text, size);
    }
    assert_int_equal(put(&there, &items[0], ""), ML_SYNC_OK);
    ml_subprocess_close(&child, &end, NULL);
    assert_true(end.clean);
    assert_int_equal(ml_mp_queue_size(&there), 0);
    ml_mp_simple_queue_close(&back);
    ml_mp_queue_close(&there);
}

/* It waits for a message while it holds the readers' lock. */
static void a_killed_reader_keeps_the_lock_from_all_others(void **state)
{
    (void)state;
    static char room[TEXT_MAX];
    struct ml_mp_queue there;
    struct ml_mp_simple_queue back;
    struct ml_mp_item items[2];
    struct ml_subprocess child;
    struct ml_subprocess_end end;
    size_t size;
    open_queue(&there, 0);
    open_simple(&back);
    start_echo(&child, &there, &back);
    while (ml_mp_semaphore_value(&there.pipe.shared->reading) == 1)
        (void)sched_yield();
    ml_subprocess_kill(&child);
    ml_subprocess_close(&child, &end, NULL);
    assert_true(end.from_outside);
    assert_int_equal(put(&there, &items[0], "unread"), ML_SYNC_OK);
    assert_int_equal(ml_mp_queue_get(&there, true, MS(20), room, &size),
                     ML_SYNC_EMPTY);
    assert_int_equal(ml_mp_queue_size(&there), 1);
    ml_mp_queue_close(&there);
    ml_mp_simple_queue_close(&back);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_feeder_a_put_fails),
        cmocka_unit_test(who_puts_writes_and_waits_for_who_reads),
        cmocka_unit_test(an_end_that_nobody_has_any_more_is_the_end),
        cmocka_unit_test(what_is_no_message_is_not_read),
        cmocka_unit_test(ends_that_cannot_be_mapped_are_an_error),
        cmocka_unit_test(a_queue_is_full_until_something_is_fetched),
        cmocka_unit_test(what_cannot_be_pickled_gives_its_place_back),
        cmocka_unit_test(closing_waits_until_all_is_written),
        cmocka_unit_test(each_message_arrives_once_whoever_puts_and_gets),
        cmocka_unit_test(another_process_gives_permits_back),
        cmocka_unit_test(a_killed_reader_keeps_the_lock_from_all_others),
    };
    (void)signal(SIGPIPE, SIG_IGN);
    if (argc == 3 && strcmp(argv[1], ECHO) == 0)
        return echo_main(argv);
    for (int i = 0; i < 2; i++)
        memset(long_texts[i], 'a' + i, TEXT_MAX);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
