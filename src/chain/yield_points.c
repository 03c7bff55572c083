/* yield_points.c: see yield_points.h. */
#include "chain/yield_points.h"

#include <assert.h>

/* Planes come from a source in whole rows of blocks, at any scale; a sink takes
 * fewer, but copies them until it has as many. */
#define PAUSE_BLOCK_ROWS 8U
/* Filters that look at neighbours make so many rows for the price of one, */
#define PAUSE_LANES 8U
/* and read those around a group for each group: in all not more than half as
 * many again as they would for the strip. */
#define PAUSE_REREAD_HALVES 3U

static uint32_t pause_grid(const struct ml_shape *shape)
{
    return shape->sub_y > 1 ? shape->sub_y : 1;
}

/* Rows that a source or a sink deals with at one time at least. */
static uint32_t pause_block(const struct ml_shape *shape)
{
    return ml_plane_count(shape) > 1 ? PAUSE_BLOCK_ROWS * pause_grid(shape)
                                     : pause_grid(shape);
}

/* The end of the group that begins at y. */
static uint32_t pause_end(const struct ml_pauses *pauses, size_t place,
                          uint32_t unit, uint32_t y, uint32_t y_end)
{
    const uint32_t rows = pauses->rows[place];
    const uint32_t whole = rows < unit ? unit : rows - rows % unit;
    return y_end - y <= whole ? y_end : y + whole;
}

enum ml_status ml_paused_read(const struct ml_work *work,
                              const struct ml_rows_in *in,
                              const struct ml_dst *dst, struct ml_error *err)
{
    struct ml_pauses *pauses = work->pauses;
    const struct ml_shape *shape = &work->rings[0].shape;
    const uint32_t unit = pause_block(shape);
    if (!pauses)
        return in->read(in->context, dst, err);
    for (uint32_t y = dst->y, end; y < dst->y_end; y = end) {
        end = pause_end(pauses, ML_PAUSE_SOURCE, unit, y, dst->y_end);
        const struct ml_dst part = ml_dst_part(dst, shape, y, end);
        const enum ml_status status = in->read(in->context, &part, err);
        if (status != ML_OK)
            return status;
        pauses->pause(pauses->context, ML_PAUSE_SOURCE, end - y);
    }
    return ML_OK;
}

enum ml_status ml_paused_write(const struct ml_work *work,
                               const struct ml_rows_out *out,
                               const struct ml_src *src, struct ml_error *err)
{
    struct ml_pauses *pauses = work->pauses;
    const struct ml_shape *shape = &work->rings[work->stage_count].shape;
    const uint32_t unit = pause_block(shape);
    if (!pauses)
        return out->write(out->context, src, err);
    for (uint32_t y = src->y, end; y < src->y_end; y = end) {
        end = pause_end(pauses, ML_PAUSE_SINK, unit, y, src->y_end);
        const struct ml_src part = ml_src_part(src, shape, y, end);
        const enum ml_status status = out->write(out->context, &part, err);
        if (status != ML_OK)
            return status;
        pauses->pause(pauses->context, ML_PAUSE_SINK, end - y);
    }
    return ML_OK;
}

/* Rows that this stage makes at one time at least. */
static uint32_t pause_unit(const struct ml_stage *stage, uint32_t grid,
                           const struct ml_dst *dst, const struct ml_src *src)
{
    const uint64_t rows = dst->y_end - dst->y, window = src->y_end - src->y;
    uint32_t unit = PAUSE_LANES * grid;
    if (window <= rows)
        return grid;
    if (stage->filter->survey) /* the window is the picture */
        return unit;
    for (; unit < rows; unit *= 2) {
        const struct ml_range part =
            stage->filter->needs(stage->plan, dst->y, dst->y + unit);
        if ((part.y_end - part.y) * rows * 2 <=
            window * unit * PAUSE_REREAD_HALVES)
            break;
    }
    return unit;
}

static void pause_rows(const struct ml_work *work, size_t index,
                       const struct ml_dst *dst, const struct ml_src *src)
{
    struct ml_pauses *pauses = work->pauses;
    const struct ml_stage *stage = &work->stages[index];
    const struct ml_shape *shape = &work->rings[index + 1].shape;
    const uint32_t unit = pause_unit(stage, pause_grid(shape), dst, src);
    for (uint32_t y = dst->y, end; y < dst->y_end; y = end) {
        end = pause_end(pauses, 1 + index, unit, y, dst->y_end);
        const struct ml_dst part = ml_dst_part(dst, shape, y, end);
        stage->filter->rows(stage->plan, stage->scratch, &part, src);
        pauses->pause(pauses->context, 1 + index, end - y);
    }
}

void ml_paused_rows(const struct ml_work *work, size_t index,
                    const struct ml_dst *dst, const struct ml_src *src)
{
    struct ml_pauses *pauses = work->pauses;
    const struct ml_stage *stage = &work->stages[index];
    assert(!pauses || work->team == 1); /* one thread at a time computes */
    if (pauses && !(stage->filter->flags & ML_WAITS)) {
        pause_rows(work, index, dst, src);
        return;
    }
    if (pauses)
        pauses->leave(pauses->context, true);
    ml_strips_make(work, index, dst, src);
    if (pauses)
        pauses->leave(pauses->context, false);
}
