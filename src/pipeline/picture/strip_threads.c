/* strip_threads.c: see strip_threads.h. */
#include "pipeline/picture/strip_threads.h"

#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "base/size_math.h"
#include "pipeline/picture/trace_names.h"

static uint32_t strips_end(const struct ml_strip_queue *queue, uint32_t y)
{
    const uint32_t left = queue->shape.height - y;
    return y + (left < queue->rows ? left : queue->rows);
}

/* Strip number `index` since the start, as rows [y, y_end). */
static struct ml_dst strips_strip(const struct ml_strip_queue *queue,
                                  uint32_t index, uint32_t y, uint32_t y_end)
{
    struct ml_dst strip = queue->strips[index % ML_STRIP_QUEUE_STRIPS];
    strip.y = y;
    strip.y_end = y_end;
    return strip;
}

/* ---- waiting; one thread fills a queue and one empties it, so the condition
 * still holds after the lock is released ---- */

/* Wait for a free strip; false when the queue was cancelled. */
static bool strips_wait_free(struct ml_strip_queue *queue,
                             struct ml_trace_track *track)
{
    const uint64_t start = ml_trace_wait_begin(track);
    ml_mutex_lock(&queue->lock);
    while (queue->head - queue->tail == ML_STRIP_QUEUE_STRIPS &&
           !queue->cancelled)
        ml_cond_wait(&queue->changed, &queue->lock);
    const bool wanted = !queue->cancelled;
    ml_mutex_unlock(&queue->lock);
    ml_trace_wait_end(track, ML_TRACE_QUEUE, queue->job, ML_WAIT_STRIP, start);
    return wanted;
}

/* Wait for a full strip; false when the queue has finished and is empty. */
static bool strips_wait_strip(struct ml_strip_queue *queue,
                              struct ml_trace_track *track)
{
    const uint64_t start = ml_trace_wait_begin(track);
    ml_mutex_lock(&queue->lock);
    while (queue->head == queue->tail && !queue->finished)
        ml_cond_wait(&queue->changed, &queue->lock);
    const bool there = queue->head > queue->tail;
    ml_mutex_unlock(&queue->lock);
    ml_trace_wait_end(track, ML_TRACE_QUEUE, queue->job, ML_WAIT_STRIP, start);
    return there;
}

static void strips_count(struct ml_strip_queue *queue, uint32_t *count)
{
    ml_mutex_lock(&queue->lock);
    (*count)++;
    ml_cond_signal(&queue->changed);
    ml_mutex_unlock(&queue->lock);
}

static void strips_set(struct ml_strip_queue *queue, bool *flag)
{
    ml_mutex_lock(&queue->lock);
    *flag = true;
    ml_cond_signal(&queue->changed);
    ml_mutex_unlock(&queue->lock);
}

/* The queue's thread has been busy since `start_ns`. */
static void strips_add_time(struct ml_strip_queue *queue,
                            enum ml_trace_kind kind, uint64_t start_ns)
{
    const uint64_t end_ns = ml_now_ns();
    queue->busy_ns += end_ns - start_ns;
    ml_trace_add(queue->track, kind, queue->job, 0, start_ns, end_ns);
}

/* Copy a strip between the queue and the filters. */
static void strips_copy(const struct ml_strip_queue *queue,
                        const struct ml_dst *dst, const struct ml_src *src)
{
    ml_trace_begin(queue->filters, ML_TRACE_COPY, queue->job);
    ml_rows_copy(dst, src, &queue->shape);
    ml_trace_end(queue->filters);
}

/* ---- the decoder thread, and the source that the filters read ---- */

static void *strips_fill(void *queue_in)
{
    struct ml_strip_queue *queue = queue_in;
    enum ml_status status = ML_OK;
    uint32_t index = 0, y = 0;
    while (status == ML_OK && y < queue->shape.height &&
           strips_wait_free(queue, queue->track)) {
        const struct ml_dst strip =
            strips_strip(queue, index++, y, strips_end(queue, y));
        const uint64_t start = ml_now_ns();
        status = queue->in.read(queue->in.context, &strip, &queue->err);
        strips_add_time(queue, ML_TRACE_DECODE, start);
        y = strip.y_end;
        if (status == ML_OK)
            strips_count(queue, &queue->head);
    }
    queue->status = status;
    strips_set(queue, &queue->finished);
    return NULL;
}

/* The chain reads strips of one height, top down: the strips of the queue have
 * the same height. */
static enum ml_status strips_read(void *queue_in, const struct ml_dst *dst,
                                  struct ml_error *err)
{
    struct ml_strip_queue *queue = queue_in;
    if (!strips_wait_strip(queue, queue->filters)) {
        *err = queue->err;
        return queue->status;
    }
    const struct ml_dst strip =
        strips_strip(queue, queue->tail, dst->y, dst->y_end);
    assert(dst->y == queue->tail * queue->rows &&
           dst->y_end == strips_end(queue, dst->y));
    const struct ml_src src = ml_dst_as_src(&strip);
    strips_copy(queue, dst, &src);
    strips_count(queue, &queue->tail);
    return ML_OK;
}

/* ---- the sink that the filters write, and the encoder thread ---- */

static enum ml_status strips_write(void *queue_in, const struct ml_src *src,
                                   struct ml_error *err)
{
    struct ml_strip_queue *queue = queue_in;
    if (!strips_wait_free(queue, queue->filters)) {
        *err = queue->err;
        return queue->status;
    }
    assert(src->y_end - src->y <= queue->rows);
    const struct ml_dst strip =
        strips_strip(queue, queue->head, src->y, src->y_end);
    strips_copy(queue, &strip, src);
    queue->strips[queue->head % ML_STRIP_QUEUE_STRIPS] = strip;
    strips_count(queue, &queue->head);
    return ML_OK;
}

static void *strips_empty(void *queue_in)
{
    struct ml_strip_queue *queue = queue_in;
    enum ml_status status = ML_OK;
    uint32_t index = 0;
    while (status == ML_OK && strips_wait_strip(queue, queue->track)) {
        const struct ml_src src =
            ml_dst_as_src(&queue->strips[index++ % ML_STRIP_QUEUE_STRIPS]);
        const uint64_t start = ml_now_ns();
        status = queue->out.write(queue->out.context, &src, &queue->err);
        strips_add_time(queue, ML_TRACE_ENCODE, start);
        if (status == ML_OK)
            strips_count(queue, &queue->tail);
    }
    queue->status = status;
    strips_set(queue, &queue->cancelled);
    return NULL;
}

/* ---- strip queues ---- */

static bool strips_queue_bytes(const struct ml_row_window *window,
                               size_t *bytes_out)
{
    return ml_rows_bytes(&window->shape, window->rows_per_strip, bytes_out) &&
           ml_size_add(*bytes_out, ML_ARENA_ALIGN, bytes_out) &&
           ml_size_mul(*bytes_out, ML_STRIP_QUEUE_STRIPS, bytes_out);
}

size_t ml_strip_threads_bytes(const struct ml_chain_exec *exec)
{
    size_t decoder, encoder, both;
    if (!strips_queue_bytes(&exec->windows[0], &decoder) ||
        !strips_queue_bytes(&exec->windows[exec->step_count], &encoder) ||
        !ml_size_add(decoder, encoder, &both))
        return SIZE_MAX;
    return both;
}

bool ml_strip_threads_worthwhile(const struct ml_chain_exec *exec)
{
    const uint64_t in = (uint64_t)exec->in.width * exec->in.height;
    const uint64_t out = (uint64_t)exec->out.width * exec->out.height;
    return (in > out ? in : out) >= ML_STRIP_THREADS_PIXELS;
}

static bool strips_open_queue(struct ml_strip_queue *queue,
                              const struct ml_row_window *window,
                              struct ml_arena *arena)
{
    size_t bytes = 0;
    queue->shape = window->shape;
    queue->rows = window->rows_per_strip;
    if (!ml_rows_bytes(&queue->shape, queue->rows, &bytes))
        return false;
    for (size_t i = 0; i < ML_STRIP_QUEUE_STRIPS; i++) {
        uint8_t *memory = ml_arena_alloc(arena, bytes);
        if (!memory)
            return false;
        ml_dst_place(&queue->strips[i], &queue->shape, memory, 0, queue->rows);
    }
    ml_mutex_open(&queue->lock);
    ml_cond_open(&queue->changed);
    return true;
}

static bool strips_start(struct ml_strip_queue *queue, void *(*thread)(void *))
{
    queue->running = pthread_create(&queue->thread, NULL, thread, queue) == 0;
    return queue->running;
}

/* Stop the queue's thread by setting *flag, join it, and close the queue. */
static void strips_close_queue(struct ml_strip_queue *queue, bool *flag)
{
    if (queue->running) {
        strips_set(queue, flag);
        pthread_join(queue->thread, NULL);
    }
    ml_cond_close(&queue->changed);
    ml_mutex_close(&queue->lock);
}

/* ---- the run ---- */

static enum ml_status
strips_run(struct ml_strip_threads *strip_threads, struct ml_chain_exec *exec,
           const struct ml_row_source *in, const struct ml_row_sink *out,
           struct ml_step_times *times, struct ml_error *err)
{
    struct ml_strip_queue *decoder = &strip_threads->decoder,
                          *encoder = &strip_threads->encoder;
    const struct ml_row_source from_queue = {decoder, strips_read};
    const struct ml_row_sink to_queue = {encoder, strips_write};
    struct ml_step_times seen = {0};
    decoder->in = *in;
    encoder->out = *out;
    decoder->track = strip_threads->decode_track;
    encoder->track = strip_threads->encode_track;
    decoder->filters = encoder->filters = strip_threads->filter_track;
    decoder->job = encoder->job = strip_threads->job;
    const bool reads = strips_start(decoder, strips_fill);
    const bool writes = strips_start(encoder, strips_empty);
    enum ml_status status = ml_chain_exec_run(
        exec, reads ? &from_queue : in, writes ? &to_queue : out, &seen, err);
    strips_close_queue(decoder, &decoder->cancelled);
    strips_close_queue(encoder, &encoder->finished);
    times->source_ns += reads ? decoder->busy_ns : seen.source_ns;
    times->filter_ns += seen.filter_ns;
    times->sink_ns += writes ? encoder->busy_ns : seen.sink_ns;
    /* The encoder is behind the filters, so its failure is at an earlier row
     * than any other: one thread would have reported it first. */
    if (encoder->status != ML_OK) {
        status = encoder->status;
        *err = encoder->err;
        err->step = ML_STEP_ENCODE;
    }
    return status;
}

enum ml_status ml_strip_threads_run(struct ml_strip_threads *strip_threads,
                                    struct ml_chain_exec *exec,
                                    const struct ml_row_source *in,
                                    const struct ml_row_sink *out,
                                    struct ml_step_times *times,
                                    struct ml_error *err)
{
    memset(&strip_threads->decoder, 0, sizeof strip_threads->decoder);
    memset(&strip_threads->encoder, 0, sizeof strip_threads->encoder);
    if (!strips_open_queue(&strip_threads->decoder, &exec->windows[0],
                           exec->arena))
        return ml_chain_exec_run(exec, in, out, times, err);
    if (!strips_open_queue(&strip_threads->encoder,
                           &exec->windows[exec->step_count], exec->arena)) {
        strips_close_queue(&strip_threads->decoder,
                           &strip_threads->decoder.cancelled);
        return ml_chain_exec_run(exec, in, out, times, err);
    }
    return strips_run(strip_threads, exec, in, out, times, err);
}
