/* strip_threads.c: see strip_threads.h. */
#include "pipeline/picture/strip_threads.h"

#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "base/size_math.h"
#include "pipeline/picture/trace_names.h"

static uint32_t overlap_end(const struct ml_lane *lane, uint32_t y)
{
    const uint32_t left = lane->shape.height - y;
    return y + (left < lane->rows ? left : lane->rows);
}

/* The strip that is number `index` since the beginning, as rows [y, y_end). */
static struct ml_dst overlap_strip(const struct ml_lane *lane, uint32_t index,
                                   uint32_t y, uint32_t y_end)
{
    struct ml_dst strip = lane->strips[index % ML_LANE_STRIPS];
    strip.y = y;
    strip.y_end = y_end;
    return strip;
}

/* ---- waiting; the caller fills or empties alone, so what it waits for stays
 * true after the lock is released ---- */

/* Wait for a strip to fill; false when nobody wants it. */
static bool overlap_wait_room(struct ml_lane *lane,
                              struct ml_trace_track *track)
{
    const uint64_t start = ml_wait_begins(track);
    ml_mutex_lock(&lane->lock);
    while (lane->filled - lane->emptied == ML_LANE_STRIPS && !lane->unwanted)
        ml_cond_wait(&lane->changed, &lane->lock);
    const bool wanted = !lane->unwanted;
    ml_mutex_unlock(&lane->lock);
    ml_wait_ended(track, ML_TRACE_QUEUE, lane->job, ML_CAUSE_STRIP, start);
    return wanted;
}

/* Wait for a strip to empty; false when none will come. */
static bool overlap_wait_strip(struct ml_lane *lane,
                               struct ml_trace_track *track)
{
    const uint64_t start = ml_wait_begins(track);
    ml_mutex_lock(&lane->lock);
    while (lane->filled == lane->emptied && !lane->over)
        ml_cond_wait(&lane->changed, &lane->lock);
    const bool there = lane->filled > lane->emptied;
    ml_mutex_unlock(&lane->lock);
    ml_wait_ended(track, ML_TRACE_QUEUE, lane->job, ML_CAUSE_STRIP, start);
    return there;
}

static void overlap_count(struct ml_lane *lane, uint32_t *count)
{
    ml_mutex_lock(&lane->lock);
    (*count)++;
    ml_cond_signal(&lane->changed);
    ml_mutex_unlock(&lane->lock);
}

static void overlap_set(struct ml_lane *lane, bool *flag)
{
    ml_mutex_lock(&lane->lock);
    *flag = true;
    ml_cond_signal(&lane->changed);
    ml_mutex_unlock(&lane->lock);
}

/* The lane's thread was at work since `start_ns`. */
static void overlap_note(struct ml_lane *lane, enum ml_trace_kind kind,
                         uint64_t start_ns)
{
    const uint64_t end_ns = ml_now_ns();
    lane->busy_ns += end_ns - start_ns;
    ml_trace_add(lane->track, kind, lane->job, 0, start_ns, end_ns);
}

/* A strip on its way between the lane and the filters. */
static void overlap_copy(const struct ml_lane *lane, const struct ml_dst *dst,
                         const struct ml_src *src)
{
    ml_trace_begin(lane->filters, ML_TRACE_COPY, lane->job);
    ml_rows_copy(dst, src, &lane->shape);
    ml_trace_end(lane->filters);
}

/* ---- the source's thread, and what the filters call ---- */

static void *overlap_fill(void *lane_in)
{
    struct ml_lane *lane = lane_in;
    enum ml_status status = ML_OK;
    uint32_t index = 0, y = 0;
    while (status == ML_OK && y < lane->shape.height &&
           overlap_wait_room(lane, lane->track)) {
        const struct ml_dst strip =
            overlap_strip(lane, index++, y, overlap_end(lane, y));
        const uint64_t start = ml_now_ns();
        status = lane->in.read(lane->in.context, &strip, &lane->err);
        overlap_note(lane, ML_TRACE_DECODE, start);
        y = strip.y_end;
        if (status == ML_OK)
            overlap_count(lane, &lane->filled);
    }
    lane->status = status;
    overlap_set(lane, &lane->over);
    return NULL;
}

/* The chain asks the source for strips of one height, top down: the lane has
 * them cut so already. */
static enum ml_status overlap_read(void *lane_in, const struct ml_dst *dst,
                                   struct ml_error *err)
{
    struct ml_lane *lane = lane_in;
    if (!overlap_wait_strip(lane, lane->filters)) {
        *err = lane->err;
        return lane->status;
    }
    const struct ml_dst strip =
        overlap_strip(lane, lane->emptied, dst->y, dst->y_end);
    assert(dst->y == lane->emptied * lane->rows &&
           dst->y_end == overlap_end(lane, dst->y));
    const struct ml_src src = ml_dst_as_src(&strip);
    overlap_copy(lane, dst, &src);
    overlap_count(lane, &lane->emptied);
    return ML_OK;
}

/* ---- what the filters call, and the sink's thread ---- */

static enum ml_status overlap_write(void *lane_in, const struct ml_src *src,
                                    struct ml_error *err)
{
    struct ml_lane *lane = lane_in;
    if (!overlap_wait_room(lane, lane->filters)) {
        *err = lane->err;
        return lane->status;
    }
    assert(src->y_end - src->y <= lane->rows);
    const struct ml_dst strip =
        overlap_strip(lane, lane->filled, src->y, src->y_end);
    overlap_copy(lane, &strip, src);
    lane->strips[lane->filled % ML_LANE_STRIPS] = strip;
    overlap_count(lane, &lane->filled);
    return ML_OK;
}

static void *overlap_empty(void *lane_in)
{
    struct ml_lane *lane = lane_in;
    enum ml_status status = ML_OK;
    uint32_t index = 0;
    while (status == ML_OK && overlap_wait_strip(lane, lane->track)) {
        const struct ml_src src =
            ml_dst_as_src(&lane->strips[index++ % ML_LANE_STRIPS]);
        const uint64_t start = ml_now_ns();
        status = lane->out.write(lane->out.context, &src, &lane->err);
        overlap_note(lane, ML_TRACE_ENCODE, start);
        if (status == ML_OK)
            overlap_count(lane, &lane->emptied);
    }
    lane->status = status;
    overlap_set(lane, &lane->unwanted);
    return NULL;
}

/* ---- lanes ---- */

static bool overlap_lane_bytes(const struct ml_ring *ring, size_t *bytes_out)
{
    return ml_rows_bytes(&ring->shape, ring->chunk, bytes_out) &&
           ml_size_add(*bytes_out, ML_ARENA_ALIGN, bytes_out) &&
           ml_size_mul(*bytes_out, ML_LANE_STRIPS, bytes_out);
}

size_t ml_overlap_bytes(const struct ml_work *work)
{
    size_t ahead, behind, both;
    if (!overlap_lane_bytes(&work->rings[0], &ahead) ||
        !overlap_lane_bytes(&work->rings[work->stage_count], &behind) ||
        !ml_size_add(ahead, behind, &both))
        return SIZE_MAX;
    return both;
}

bool ml_overlap_pays(const struct ml_work *work)
{
    const uint64_t in = (uint64_t)work->in.width * work->in.height;
    const uint64_t out = (uint64_t)work->out.width * work->out.height;
    return (in > out ? in : out) >= ML_OVERLAP_PIXELS;
}

static bool overlap_open_lane(struct ml_lane *lane, const struct ml_ring *ring,
                              struct ml_arena *arena)
{
    size_t bytes = 0;
    lane->shape = ring->shape;
    lane->rows = ring->chunk;
    if (!ml_rows_bytes(&lane->shape, lane->rows, &bytes))
        return false;
    for (size_t i = 0; i < ML_LANE_STRIPS; i++) {
        uint8_t *memory = ml_arena_alloc(arena, bytes);
        if (!memory)
            return false;
        ml_dst_place(&lane->strips[i], &lane->shape, memory, 0, lane->rows);
    }
    ml_mutex_open(&lane->lock);
    ml_cond_open(&lane->changed);
    return true;
}

static bool overlap_start(struct ml_lane *lane, void *(*thread)(void *))
{
    lane->running = pthread_create(&lane->thread, NULL, thread, lane) == 0;
    return lane->running;
}

/* Let the lane's thread end, by itself when it may, and free the lane. */
static void overlap_close_lane(struct ml_lane *lane, bool *flag)
{
    if (lane->running) {
        overlap_set(lane, flag);
        pthread_join(lane->thread, NULL);
    }
    ml_cond_close(&lane->changed);
    ml_mutex_close(&lane->lock);
}

/* ---- the run ---- */

static enum ml_status
overlap_go(struct ml_overlap *overlap, struct ml_work *work,
           const struct ml_rows_in *in, const struct ml_rows_out *out,
           struct ml_work_times *times, struct ml_error *err)
{
    struct ml_lane *ahead = &overlap->ahead, *behind = &overlap->behind;
    const struct ml_rows_in lane_in = {ahead, overlap_read};
    const struct ml_rows_out lane_out = {behind, overlap_write};
    struct ml_work_times seen = {0};
    ahead->in = *in;
    behind->out = *out;
    ahead->track = overlap->ahead_track;
    behind->track = overlap->behind_track;
    ahead->filters = behind->filters = overlap->track;
    ahead->job = behind->job = overlap->job;
    const bool reads = overlap_start(ahead, overlap_fill);
    const bool writes = overlap_start(behind, overlap_empty);
    enum ml_status status = ml_work_run(work, reads ? &lane_in : in,
                                        writes ? &lane_out : out, &seen, err);
    overlap_close_lane(ahead, &ahead->unwanted);
    overlap_close_lane(behind, &behind->over);
    times->source_ns += reads ? ahead->busy_ns : seen.source_ns;
    times->filter_ns += seen.filter_ns;
    times->sink_ns += writes ? behind->busy_ns : seen.sink_ns;
    /* What the sink refused lies before whatever failed later: one thread
     * would have met it first. */
    if (behind->status != ML_OK) {
        status = behind->status;
        *err = behind->err;
        err->step = ML_STEP_ENCODE;
    }
    return status;
}

enum ml_status ml_overlap_run(struct ml_overlap *overlap, struct ml_work *work,
                              const struct ml_rows_in *in,
                              const struct ml_rows_out *out,
                              struct ml_work_times *times, struct ml_error *err)
{
    memset(&overlap->ahead, 0, sizeof overlap->ahead);
    memset(&overlap->behind, 0, sizeof overlap->behind);
    if (!overlap_open_lane(&overlap->ahead, &work->rings[0], work->arena))
        return ml_work_run(work, in, out, times, err);
    if (!overlap_open_lane(&overlap->behind, &work->rings[work->stage_count],
                           work->arena)) {
        overlap_close_lane(&overlap->ahead, &overlap->ahead.unwanted);
        return ml_work_run(work, in, out, times, err);
    }
    return overlap_go(overlap, work, in, out, times, err);
}
