/* strip_size.c: how deep the strips of a picture are, and who makes their rows.
 *
 * One thread makes strips that stay in the second-level cache.  A team makes
 * deeper ones, in parts as deep as those, each part by whichever thread is
 * free: deep enough that waking the team does not count, and no deeper than
 * memory allows.  Ranges of rows are independent, so the bytes are the same
 * however they are cut.
 */
#include "chain/chain_exec.h"

#include <assert.h>

#include "base/size_math.h"
#include "os/parallel_for.h"

#define STRIPS_ROWS 32 /* of a part where nothing widens it: LIMITS */
/* Rows by which a part may widen a window.  With half as many, photos that
 * shrink from full size to 512 px or less take 3 to 4 % longer; with more they
 * gain nothing. */
#define STRIPS_WINDOW_ROWS 128
#define STRIPS_ROWS_LEAST 8 /* of a part, when a team's is cut */
/* Waking a team takes 30 to 55 us (medians of two threads that slept), in which
 * a filter of medium weight makes 100 kB.  The most is for pictures of
 * thousands of pixels a row and large teams. */
#define STRIPS_LEAST ((size_t)256 << 10)
#define STRIPS_MOST ((size_t)8 << 20)

static uint32_t strips_smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static uint32_t strips_grid(const struct ml_shape *shape)
{
    return shape->sub_y > 1 ? shape->sub_y : 1;
}

/* ---- how deep ---- */

/* Rows of ring `index` that one thread makes at a time: as many as widen the
 * window in front by no more than STRIPS_WINDOW_ROWS, down to one. */
static uint32_t strips_part(const struct ml_work *work, size_t index)
{
    uint32_t part = STRIPS_ROWS;
    if (index == 0)
        return part;
    const struct ml_shape *out = &work->rings[index].shape;
    const uint32_t grid = strips_grid(out);
    const uint32_t middle = out->height / 2 - out->height / 2 % grid;
    const struct ml_range one = ml_work_window(
        work, index - 1, middle, strips_smaller(middle + grid, out->height));
    for (; part > grid; part /= 2) {
        const struct ml_range range =
            ml_work_window(work, index - 1, middle,
                           strips_smaller(middle + part, out->height));
        if (range.y_end - range.y <= one.y_end - one.y + STRIPS_WINDOW_ROWS)
            break;
    }
    return part;
}

/* Bytes that `rows` more rows of ring `index` take: there, or in the window in
 * front of it where those are more. */
static size_t strips_bytes(const struct ml_work *work, size_t index,
                           uint64_t rows)
{
    const struct ml_shape *out = &work->rings[index].shape;
    size_t bytes = 0, before = 0;
    bool fits = ml_rows_bytes(out, (uint32_t)rows, &bytes);
    if (index > 0) {
        const struct ml_shape *in = &work->rings[index - 1].shape;
        const uint64_t needed = rows * in->height / out->height;
        fits = fits && ml_rows_bytes(in, (uint32_t)needed, &before);
    }
    if (!fits)
        return SIZE_MAX;
    return bytes > before ? bytes : before;
}

/* A part for each of the team; more while they are too little to be worth it,
 * smaller ones when they are too much. */
static void strips_deepen(const struct ml_work *work, size_t index,
                          struct ml_ring *ring)
{
    const uint32_t least = strips_grid(&ring->shape) > STRIPS_ROWS_LEAST
                               ? strips_grid(&ring->shape)
                               : STRIPS_ROWS_LEAST;
    const uint32_t height = ring->shape.height;
    uint32_t parts = work->team;
    while (ring->part > least &&
           strips_bytes(work, index, (uint64_t)ring->part * parts) >
               STRIPS_MOST)
        ring->part /= 2;
    while (ring->part * parts < height &&
           strips_bytes(work, index, (uint64_t)ring->part * parts) <
               STRIPS_LEAST)
        parts += work->team;
    /* The source is asked in halves, so that filters begin the sooner. */
    ring->chunk = ring->part * (index == 0 ? (parts + 1) / 2 : parts);
}

void ml_strips_choose(struct ml_work *work)
{
    for (size_t i = 0; i <= work->stage_count; i++) {
        struct ml_ring *ring = &work->rings[i];
        ring->part = ring->chunk = strips_part(work, i);
        if (work->team > 1)
            strips_deepen(work, i, ring);
    }
}

/* ---- who makes them ---- */

size_t ml_strips_scratch(const struct ml_work *work,
                         const struct ml_stage *stage)
{
    const bool split = !(stage->filter->flags & ML_ORDERED);
    return ml_round_up(stage->scratch_bytes, ML_ARENA_ALIGN) *
           (split ? work->team : 1);
}

struct strips_job {
    const struct ml_stage *stage;
    const struct ml_ring *ring; /* behind the stage */
    const struct ml_dst *dst;
    const struct ml_src *src; /* what all parts need */
    size_t scratch_bytes;
};

static void strips_make_part(void *context, unsigned thread, unsigned part)
{
    const struct strips_job *job = context;
    const struct ml_stage *stage = job->stage;
    const uint32_t y = job->dst->y + part * job->ring->part;
    const struct ml_dst dst =
        ml_dst_part(job->dst, &job->ring->shape, y,
                    strips_smaller(y + job->ring->part, job->dst->y_end));
    uint8_t *scratch = stage->scratch;
    if (scratch)
        scratch += thread * job->scratch_bytes;
    stage->filter->rows(stage->plan, scratch, &dst, job->src);
}

void ml_strips_make(const struct ml_work *work, size_t index,
                    const struct ml_dst *dst, const struct ml_src *src)
{
    const struct ml_stage *stage = &work->stages[index];
    const struct ml_ring *ring = &work->rings[index + 1];
    struct strips_job job = {
        .stage = stage,
        .ring = ring,
        .dst = dst,
        .src = src,
        .scratch_bytes = ml_round_up(stage->scratch_bytes, ML_ARENA_ALIGN),
    };
    const uint32_t rows = dst->y_end - dst->y;
    if (work->team <= 1 || stage->filter->flags & ML_ORDERED) {
        stage->filter->rows(stage->plan, stage->scratch, dst, src);
        return;
    }
    assert(ring->part % strips_grid(&ring->shape) == 0);
    ml_parallel_for(work->team, (rows + ring->part - 1) / ring->part,
                    strips_make_part, &job);
}
