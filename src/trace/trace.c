/* trace.c: recording into tracks; collector.c drains them. */
#include "trace/trace.h"

#include <stdatomic.h>

static_assert(ATOMIC_INT_LOCK_FREE == 2,
              "a lock in shared memory could be lost with its holder");

static const struct ml_trace_kind_row trace_kinds[ML_TRACE_KINDS] = {
    [ML_TRACE_IDLE] = {"idle", '.', true},
    [ML_TRACE_READ] = {"read", 'R', false},
    [ML_TRACE_DECODE] = {"decode", 'D', false},
    [ML_TRACE_FILTER] = {"filter", 'T', false},
    [ML_TRACE_ENCODE] = {"encode", 'E', false},
    [ML_TRACE_WRITE] = {"write", 'W', false},
    [ML_TRACE_COPY] = {"copy", 'C', false},
    [ML_TRACE_QUEUE] = {"queue wait", 'q', true},
    [ML_TRACE_LOCK] = {"lock wait", 'l', true},
    [ML_TRACE_GIL] = {"GIL wait", 'g', true},
    [ML_TRACE_START] = {"start", 'S', false},
    [ML_TRACE_FAIL] = {"failure", 'X', false},
    [ML_TRACE_PICTURE] = {"picture", 'p', false},
    [ML_TRACE_DEPTH] = {"queue depth", 0, false},
    [ML_TRACE_MEMORY] = {"memory", 0, false},
};

const struct ml_trace_kind_row *ml_trace_kind_row(enum ml_trace_kind kind)
{
    return &trace_kinds[kind];
}

static void trace_count_lost(struct ml_trace_track *track)
{
    /* One thread writes it: no read-modify-write is needed. */
    const uint32_t lost =
        atomic_load_explicit(&track->lost, memory_order_relaxed);
    atomic_store_explicit(&track->lost, lost + 1, memory_order_relaxed);
}

void ml_trace_put(struct ml_trace_track *track,
                  const struct ml_trace_span *span)
{
    const uint32_t written =
        atomic_load_explicit(&track->written, memory_order_relaxed);
    /* Acquire: the collector has copied that entry; pairs with the release in
     * collect_take().  Relaxed could overwrite it while it is read. */
    const uint32_t read =
        atomic_load_explicit(&track->read, memory_order_acquire);
    if (written - read >= ML_TRACE_SPANS) {
        trace_count_lost(track);
        return;
    }
    track->spans[written % ML_TRACE_SPANS] = *span;
    /* Release: publishes the span; pairs with the acquire in collect_take(). */
    atomic_store_explicit(&track->written, written + 1, memory_order_release);
}

void ml_trace_open_span(struct ml_trace_track *track, enum ml_trace_kind kind,
                        uint32_t job, uint16_t cause, uint64_t start_ns)
{
    const uint32_t depth =
        atomic_load_explicit(&track->depth, memory_order_relaxed);
    if (depth < ML_TRACE_NEST)
        track->open[depth] = (struct ml_trace_span){
            .start_ns = start_ns,
            .job = job,
            .cause = cause,
            .kind = (uint8_t)kind,
            .depth = (uint8_t)depth,
        };
    /* Release: publishes the entry, in case the process crashes; pairs with the
     * acquire in collect_take_open(), which reads it after the crash. */
    atomic_store_explicit(&track->depth, depth + 1, memory_order_release);
}

void ml_trace_add_span(struct ml_trace_track *track, enum ml_trace_kind kind,
                       uint32_t job, uint16_t cause, uint64_t start_ns,
                       uint64_t end_ns)
{
    const uint32_t depth =
        atomic_load_explicit(&track->depth, memory_order_relaxed);
    const struct ml_trace_span span = {
        .start_ns = start_ns,
        .end_ns = end_ns,
        .job = job,
        .cause = cause,
        .kind = (uint8_t)kind,
        .depth = (uint8_t)(depth < UINT8_MAX ? depth : UINT8_MAX),
    };
    ml_trace_put(track, &span);
}

void ml_trace_end_span(struct ml_trace_track *track, uint64_t end_ns)
{
    const uint32_t depth =
        atomic_load_explicit(&track->depth, memory_order_relaxed) - 1;
    assert(depth != UINT32_MAX);
    if (depth < ML_TRACE_NEST) {
        struct ml_trace_span span = track->open[depth];
        span.end_ns = end_ns;
        ml_trace_put(track, &span);
    } else {
        trace_count_lost(track);
    }
    /* After the span is published: if the process crashes in between, the span
     * is recorded twice, and none is missing. */
    atomic_store_explicit(&track->depth, depth, memory_order_release);
}
