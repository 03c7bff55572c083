/* pull.c: pulling the rows of one picture through its stages.
 *
 * One recursive step, run_fill(): to hold more rows, a ring asks the stage in
 * front of it, which asks the ring in front of that.  The same step without
 * pixels (ml_work_measure) finds out beforehand how many rows each ring must be
 * able to hold, so the walk can never need more than was taken.
 */
#include "chain/chain_exec.h"

#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "base/size_math.h"
#include "chain/yield_points.h"

struct run {
    struct ml_work *work;
    const struct ml_rows_in *in; /* NULL: only measure */
    struct ml_work_times *times;
    struct ml_error *err;
};

static uint32_t run_smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* ---- rings ---- */

static void ring_empty(struct ml_ring *ring)
{
    ring->first = ring->y = ring->y_end = 0;
}

/* Rows [y, y_end) of a ring's memory as a view to write or to read. */
static struct ml_dst ring_view(const struct ml_ring *ring, uint32_t y,
                               uint32_t y_end)
{
    struct ml_dst view = ring->memory;
    view.y = y;
    view.y_end = y_end;
    for (uint32_t p = 0; p < ml_plane_count(&ring->shape); p++) {
        const size_t rows = ml_plane_y(&ring->shape, p, y) -
                            ml_plane_y(&ring->shape, p, ring->first);
        view.data[p] += rows * view.stride_bytes[p];
    }
    return view;
}

/* Slide the rows still held to the head of the memory. */
static void ring_slide(struct ml_ring *ring)
{
    const struct ml_dst from = ring_view(ring, ring->y, ring->y_end);
    for (uint32_t p = 0; p < ml_plane_count(&ring->shape); p++) {
        const size_t rows = ml_plane_y(&ring->shape, p, ring->y_end) -
                            ml_plane_y(&ring->shape, p, ring->y);
        memmove(ring->memory.data[p], from.data[p],
                rows * from.stride_bytes[p]);
    }
    ring->first = ring->y;
}

/* Make room for rows up to y_end, knowing that rows before ring->y are done
 * with.  While measuring, grow the capacity instead. */
static void ring_make_room(struct ml_ring *ring, uint32_t y_end, bool measuring)
{
    const uint32_t needed = y_end - ring->y;
    if (measuring) {
        if (needed > ring->capacity)
            ring->capacity = needed;
        return;
    }
    assert(needed <= ring->capacity);
    if (y_end - ring->first > ring->capacity)
        ring_slide(ring);
}

/* ---- the step ---- */

struct ml_range ml_work_window(const struct ml_work *work, size_t index,
                               uint32_t y, uint32_t y_end)
{
    const struct ml_stage *stage = &work->stages[index];
    const struct ml_shape *in = &work->rings[index].shape;
    struct ml_range range = {0, in->height};
    if (!stage->filter->survey)
        range = stage->filter->needs(stage->plan, y, y_end);
    assert(range.y < range.y_end && range.y_end <= in->height);
    if (in->sub_y > 1) {
        range.y -= range.y % in->sub_y;
        range.y_end = run_smaller((uint32_t)ml_round_up(range.y_end, in->sub_y),
                                  in->height);
    }
    return range;
}

static enum ml_status run_make(struct run *run, size_t index,
                               const struct ml_dst *dst);

/* Rows that nobody needs, above a crop for instance, are not made; but the
 * source gives every row in order, and so must a filter that counts on it. */
static void run_skip(struct ml_work *work, size_t index, uint32_t y)
{
    struct ml_ring *ring = &work->rings[index];
    if (y <= ring->y_end || index == 0 ||
        work->stages[index - 1].filter->flags & ML_ORDERED)
        return;
    ring->first = ring->y = ring->y_end = y;
}

/* Make ring `index` hold rows [y, y_end) of `range`; rows before them that are
 * not skipped pass through it and are dropped. */
static enum ml_status run_fill(struct run *run, size_t index,
                               struct ml_range range)
{
    struct ml_ring *ring = &run->work->rings[index];
    run_skip(run->work, index, range.y);
    ring->y = run_smaller(range.y, ring->y_end);
    while (ring->y_end < range.y_end) {
        const uint32_t next =
            run_smaller(ring->y_end + ring->chunk, ring->shape.height);
        ring_make_room(ring, next, !run->in);
        struct ml_dst dst = {.y = ring->y_end, .y_end = next};
        if (run->in)
            dst = ring_view(ring, ring->y_end, next);
        const enum ml_status status = run_make(run, index, &dst);
        if (status != ML_OK)
            return status;
        ring->y_end = next;
        ring->y = run_smaller(range.y, ring->y_end);
    }
    return ML_OK;
}

/* Count what was done since `start_ns`, and tell who watches. */
static void run_note(const struct run *run, enum ml_step step,
                     const struct ml_stage *stage, uint64_t start_ns,
                     uint64_t *sum_ns)
{
    const struct ml_work_watch *watch = &run->work->watch;
    const uint64_t end_ns = ml_now_ns();
    *sum_ns += end_ns - start_ns;
    if (watch->saw)
        watch->saw(watch->context, step, stage, start_ns, end_ns);
}

/* Make rows for ring `index`: from the source, or by the stage before it. */
static enum ml_status run_make(struct run *run, size_t index,
                               const struct ml_dst *dst)
{
    if (index == 0) {
        if (!run->in)
            return ML_OK;
        const uint64_t start = ml_now_ns();
        const enum ml_status status =
            ml_paused_read(run->work, run->in, dst, run->err);
        run_note(run, ML_STEP_DECODE, NULL, start, &run->times->source_ns);
        if (status != ML_OK)
            run->err->step = ML_STEP_DECODE;
        return status;
    }
    struct ml_ring *from = &run->work->rings[index - 1];
    const struct ml_range window =
        ml_work_window(run->work, index - 1, dst->y, dst->y_end);
    assert(window.y >= from->y);
    const enum ml_status status = run_fill(run, index - 1, window);
    if (status != ML_OK || !run->in)
        return status;
    const struct ml_dst view = ring_view(from, window.y, window.y_end);
    const struct ml_src src = ml_dst_as_src(&view);
    const uint64_t start = ml_now_ns();
    ml_paused_rows(run->work, index - 1, dst, &src);
    run_note(run, ML_STEP_FILTER, &run->work->stages[index - 1], start,
             &run->times->filter_ns);
    return ML_OK;
}

/* What the sink waits for: a strip that begins with the first row it has not
 * had. */
static struct ml_range run_next_row(const struct ml_ring *last)
{
    return (struct ml_range){last->y_end, last->y_end + 1};
}

/* ---- measuring ---- */

/* Walk as ml_work_run does, without pixels. */
static void run_rehearse(struct ml_work *work)
{
    struct ml_error unused;
    struct run run = {.work = work, .err = &unused};
    struct ml_ring *last = &work->rings[work->stage_count];
    for (size_t i = 0; i <= work->stage_count; i++)
        ring_empty(&work->rings[i]);
    while (last->y_end < last->shape.height) {
        const enum ml_status status =
            run_fill(&run, work->stage_count, run_next_row(last));
        assert(status == ML_OK);
        (void)status;
    }
}

/* Room to slide seldom: half as much again, within the picture. */
static uint32_t run_capacity(const struct ml_ring *ring)
{
    const uint32_t roomy = ring->capacity + ring->capacity / 2;
    const uint32_t grid = ring->shape.sub_y > 1 ? ring->shape.sub_y : 1;
    const uint32_t capacity =
        run_smaller(ring->capacity == ring->chunk ? ring->capacity : roomy,
                    ring->shape.height);
    return (uint32_t)ml_round_up(capacity, grid);
}

enum ml_status ml_work_measure(struct ml_work *work, struct ml_error *err)
{
    ml_strips_choose(work);
    for (size_t i = 0; i <= work->stage_count; i++)
        work->rings[i].capacity = 0;
    run_rehearse(work);
    size_t total = 0;
    bool fits = true;
    for (size_t i = 0; i <= work->stage_count; i++) {
        struct ml_ring *ring = &work->rings[i];
        size_t bytes = 0;
        ring->capacity = run_capacity(ring);
        fits = fits && ml_rows_bytes(&ring->shape, ring->capacity, &bytes) &&
               ml_size_add(total, bytes + ML_ARENA_ALIGN, &total);
        if (i < work->stage_count)
            fits = fits &&
                   ml_size_add(total, ml_strips_scratch(work, &work->stages[i]),
                               &total);
    }
    if (!fits)
        return ml_fail(err, ML_ERR_LIMIT, "picture is too large to work on",
                       "choose a smaller output size", "%u x %u pixels",
                       work->out.width, work->out.height);
    work->row_bytes = total;
    return ML_OK;
}

enum ml_status ml_work_share(struct ml_work *work, unsigned threads,
                             struct ml_error *err)
{
    bool splits = false;
    for (size_t i = 0; i < work->stage_count; i++)
        splits |= !(work->stages[i].filter->flags & ML_ORDERED);
    work->team = splits ? threads : 1;
    return ml_work_measure(work, err);
}

/* ---- running ---- */

static enum ml_status run_take_memory(struct ml_work *work,
                                      struct ml_error *err)
{
    for (size_t i = 0; i <= work->stage_count; i++) {
        struct ml_ring *ring = &work->rings[i];
        size_t bytes = 0;
        const bool fits = ml_rows_bytes(&ring->shape, ring->capacity, &bytes);
        uint8_t *memory = fits ? ml_arena_alloc(work->arena, bytes) : NULL;
        if (memory && i < work->stage_count && work->stages[i].scratch_bytes) {
            struct ml_stage *stage = &work->stages[i];
            const size_t scratch = ml_strips_scratch(work, stage);
            stage->scratch = stage->filter->flags & ML_ORDERED
                                 ? ml_arena_calloc(work->arena, scratch)
                                 : ml_arena_alloc(work->arena, scratch);
            memory = stage->scratch ? memory : NULL;
        }
        if (!memory) {
            ml_fail(err, ML_ERR_MEMORY, "not enough memory for this picture",
                    "raise --memory or lower --jobs", "%zu MiB needed",
                    (work->row_bytes >> 20) + 1);
            err->step = ML_STEP_FILTER;
            return ML_ERR_MEMORY;
        }
        ml_dst_place(&ring->memory, &ring->shape, memory, 0, ring->capacity);
        ring_empty(ring);
    }
    return ML_OK;
}

/* Let the first stage from `from` on that surveys see its whole input.
 * *next_out is the next stage to look at. */
static enum ml_status run_survey(struct run *run, size_t from, size_t *next_out)
{
    struct ml_work *work = run->work;
    size_t index = from;
    while (index < work->stage_count && !work->stages[index].filter->survey)
        index++;
    *next_out = index + 1;
    if (index >= work->stage_count)
        return ML_OK;
    struct ml_ring *ring = &work->rings[index];
    const struct ml_range all = {0, ring->shape.height};
    enum ml_status status = run_fill(run, index, all);
    if (status != ML_OK)
        return status;
    const struct ml_dst view = ring_view(ring, 0, ring->shape.height);
    const struct ml_src frame = ml_dst_as_src(&view);
    struct ml_stage *stage = &work->stages[index];
    status = stage->filter->survey(stage->plan, &frame, run->err);
    if (status != ML_OK)
        run->err->step = ML_STEP_FILTER;
    return status;
}

/* Read rows that no filter wanted, below a crop for instance: whether a picture
 * is sound must not depend on what is done to it. */
static enum ml_status run_rest(struct run *run)
{
    const uint32_t height = run->work->rings[0].shape.height;
    return run_fill(run, 0, (struct ml_range){height - 1, height});
}

enum ml_status ml_work_run(struct ml_work *work, const struct ml_rows_in *in,
                           const struct ml_rows_out *out,
                           struct ml_work_times *times, struct ml_error *err)
{
    struct run run = {.work = work, .in = in, .times = times, .err = err};
    enum ml_status status = run_take_memory(work, err);
    struct ml_ring *last = &work->rings[work->stage_count];
    size_t next = 0;
    while (status == ML_OK && next < work->stage_count)
        status = run_survey(&run, next, &next);
    while (status == ML_OK && last->y_end < last->shape.height) {
        status = run_fill(&run, work->stage_count, run_next_row(last));
        if (status != ML_OK)
            break;
        const struct ml_dst view = ring_view(last, last->y, last->y_end);
        const struct ml_src src = ml_dst_as_src(&view);
        const uint64_t start = ml_now_ns();
        status = ml_paused_write(work, out, &src, err);
        run_note(&run, ML_STEP_ENCODE, NULL, start, &times->sink_ns);
        if (status != ML_OK)
            err->step = ML_STEP_ENCODE;
    }
    return status == ML_OK ? run_rest(&run) : status;
}
