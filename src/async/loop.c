/* loop.c: see loop.h. */
#include "async/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define ASYNC_TICK_NS ML_NS_PER_MS

/* ---- beginning and end ---- */

static void async_woken(uv_async_t *wake)
{
    (void)wake; /* the wake-up is the message */
}

static void async_tick(void *context);

/* libuv aborts the program if its first loop gets a descriptor for epoll and
 * none for a pipe: so check that three are free. */
static enum ml_status async_check_descriptors(struct ml_error *err)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return ml_fail_os(err, errno, "cannot open an event loop", NULL);
    const int third = fcntl(ends[0], F_DUPFD_CLOEXEC, 0);
    const int error = errno;
    (void)close(ends[0]);
    (void)close(ends[1]);
    if (third < 0)
        return ml_fail_os(err, error, "cannot open an event loop", NULL);
    (void)close(third);
    return ML_OK;
}

enum ml_status ml_async_loop_open(struct ml_async_loop *loop,
                                  struct ml_error *err)
{
    memset(loop, 0, sizeof *loop);
    if (async_check_descriptors(err) != ML_OK)
        return err->status;
    int rc = uv_loop_init(&loop->uv);
    if (rc != 0) /* libuv's errors are the system's, below zero */
        return ml_fail_os(err, -rc, "cannot open an event loop", NULL);
    rc = uv_async_init(&loop->uv, &loop->wake, async_woken);
    if (rc != 0) {
        (void)uv_loop_close(&loop->uv);
        return ml_fail_os(err, -rc, "cannot open an event loop", NULL);
    }
    ml_mutex_open(&loop->lock);
    atomic_init(&loop->has_threadsafe_calls, false);
    loop->slow_ns = ML_ASYNC_SLOW_NS;
    loop->tick.call =
        (struct ml_async_handle){.run = async_tick, .context = loop};
    (void)uv_run(&loop->uv, UV_RUN_NOWAIT); /* register its descriptors */
    return ML_OK;
}

void ml_async_loop_close(struct ml_async_loop *loop)
{
    uv_close((uv_handle_t *)&loop->wake, NULL);
    (void)uv_run(&loop->uv, UV_RUN_DEFAULT);
    const int rc = uv_loop_close(&loop->uv);
    assert(rc == 0); /* every handle is closed */
    (void)rc;
    ml_mutex_close(&loop->lock);
}

uint64_t ml_async_now_ns(const struct ml_async_loop *loop)
{
    return loop->mock_clock_ns ? *loop->mock_clock_ns : ml_now_ns();
}

/* ---- calls of other threads ---- */

void ml_async_wake(struct ml_async_loop *loop)
{
    const int rc = uv_async_send(&loop->wake);
    assert(rc == 0);
    (void)rc;
}

void ml_async_call_soon_threadsafe(struct ml_async_loop *loop,
                                   struct ml_async_handle *call)
{
    ml_mutex_lock(&loop->lock);
    ml_async_handle_queue_push(&loop->threadsafe_calls, call);
    atomic_store_explicit(&loop->has_threadsafe_calls, true,
                          memory_order_relaxed);
    /* Under the lock: once the loop has taken the call, it may be closed. */
    ml_async_wake(loop);
    ml_mutex_unlock(&loop->lock);
}

static void async_take_threadsafe_calls(struct ml_async_loop *loop)
{
    ml_mutex_lock(&loop->lock);
    for (struct ml_async_handle *call;
         (call = ml_async_handle_queue_pop(&loop->threadsafe_calls)) != NULL;)
        ml_async_call_soon(loop, call);
    atomic_store_explicit(&loop->has_threadsafe_calls, false,
                          memory_order_relaxed);
    ml_mutex_unlock(&loop->lock);
}

/* ---- an iteration ---- */

int ml_async_timeout_ms(const struct ml_async_loop *loop)
{
    if (loop->ready.count > 0)
        return 0;
    if (!loop->timers)
        return -1;
    const uint64_t now = ml_async_now_ns(loop), due = loop->timers->due_ns;
    if (due <= now)
        return 0;
    const uint64_t ms = (due - now + ML_NS_PER_MS - 1) / ML_NS_PER_MS;
    return ms < INT_MAX ? (int)ms : INT_MAX;
}

void ml_async_poll(struct ml_async_loop *loop, int timeout_ms)
{
    struct pollfd events = {.fd = uv_backend_fd(&loop->uv), .events = POLLIN};
    loop->fd_ready = false;
    if (timeout_ms == 0)
        return;
    if (timeout_ms > 0 && loop->mock_clock_ns) {
        *loop->mock_clock_ns += (uint64_t)timeout_ms * ML_NS_PER_MS;
        return;
    }
    loop->counts.polls++;
    /* After a signal: return, and run another iteration. */
    loop->fd_ready = poll(&events, 1, timeout_ms) > 0;
}

void ml_async_process_events(struct ml_async_loop *loop)
{
    if (loop->fd_ready)
        (void)uv_run(&loop->uv, UV_RUN_NOWAIT);
    if (atomic_load_explicit(&loop->has_threadsafe_calls, memory_order_relaxed))
        async_take_threadsafe_calls(loop);
    if (!loop->timers)
        return;
    const uint64_t now = ml_async_now_ns(loop);
    while (loop->timers && loop->timers->due_ns <= now) {
        struct ml_async_timer *timer = loop->timers;
        ml_async_timers_remove(&loop->timers, timer);
        ml_async_call_soon(loop, &timer->call);
    }
}

/* Remove a ready call. */
static void async_remove_ready(struct ml_async_loop *loop,
                               struct ml_async_handle *call)
{
    if (ml_async_handle_queue_remove(&loop->ready, call) < loop->ready_left)
        loop->ready_left--;
}

void ml_async_timer_stop(struct ml_async_loop *loop,
                         struct ml_async_timer *timer)
{
    if (timer->set)
        ml_async_timers_remove(&loop->timers, timer);
    else if (timer->call.queued)
        async_remove_ready(loop, &timer->call);
}

void ml_async_call_forget(struct ml_async_loop *loop,
                          struct ml_async_handle *call)
{
    if (!call->queued)
        return;
    async_take_threadsafe_calls(loop); /* then it is in `ready` */
    async_remove_ready(loop, call);
}

/* A call has returned; the next one begins now. */
static void async_measure(struct ml_async_loop *loop,
                          struct ml_async_handle *call)
{
    const uint64_t now = ml_async_now_ns(loop);
    const uint64_t held = now - loop->call_start_ns;
    loop->call_start_ns = now;
    if (held > call->running_ns)
        call->running_ns = held;
    if (held > loop->counts.slowest_ns)
        loop->counts.slowest_ns = held;
    if (held < loop->slow_ns)
        return;
    loop->counts.slow_calls++;
    if (loop->slow)
        loop->slow(loop->context, call, held);
}

void ml_async_run_ready(struct ml_async_loop *loop)
{
    loop->ready_left = loop->ready.count;
    loop->counts.iterations++;
    if (loop->ready_left > 0)
        loop->call_start_ns = ml_async_now_ns(loop);
    while (loop->ready_left > 0) {
        struct ml_async_handle *call = ml_async_handle_queue_pop(&loop->ready);
        loop->ready_left--;
        loop->counts.calls++;
        call->run(call->context);
        async_measure(loop, call);
    }
}

/* ---- lag ---- */

uint64_t ml_async_running_ns(const struct ml_async_loop *loop)
{
    return ml_async_now_ns(loop) - loop->call_start_ns;
}

static void async_set_tick(struct ml_async_loop *loop)
{
    ml_async_call_at(loop, &loop->tick, ml_async_now_ns(loop) + ASYNC_TICK_NS);
}

static void async_tick(void *context)
{
    struct ml_async_loop *loop = context;
    if (!loop->lag)
        return;
    ml_histogram_record(loop->lag, ml_async_now_ns(loop) - loop->tick.due_ns);
    async_set_tick(loop);
}

void ml_async_lag_start(struct ml_async_loop *loop, struct ml_histogram *lag)
{
    assert(!loop->lag);
    loop->lag = lag;
    async_set_tick(loop);
}

void ml_async_lag_stop(struct ml_async_loop *loop)
{
    if (!loop->lag)
        return;
    const uint64_t now = ml_async_now_ns(loop);
    if (loop->tick.set && now > loop->tick.due_ns)
        ml_histogram_record(loop->lag, now - loop->tick.due_ns);
    ml_async_timer_stop(loop, &loop->tick);
    loop->lag = NULL;
}
