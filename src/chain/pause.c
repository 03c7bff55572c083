/* pause.c: see pause.h. */
#include "chain/pause.h"

/* Planes come from a source in whole rows of blocks, at any scale. */
#define PAUSE_BLOCK_ROWS 8U
/* Filters that look at neighbours make so many rows for the price of one. */
#define PAUSE_LANES 8U

static uint32_t pause_grid(const struct ml_shape *shape)
{
    return shape->sub_y > 1 ? shape->sub_y : 1;
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
    const uint32_t grid = pause_grid(shape);
    const uint32_t unit =
        ml_plane_count(shape) > 1 ? PAUSE_BLOCK_ROWS * grid : grid;
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
    const uint32_t unit = pause_grid(shape);
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

static void pause_rows(const struct ml_work *work, size_t index,
                       const struct ml_dst *dst, const struct ml_src *src)
{
    struct ml_pauses *pauses = work->pauses;
    const struct ml_stage *stage = &work->stages[index];
    const struct ml_shape *shape = &work->rings[index + 1].shape;
    const bool alone = src->y_end - src->y <= dst->y_end - dst->y;
    const uint32_t grid = pause_grid(shape);
    const uint32_t unit = alone ? grid : PAUSE_LANES * grid;
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
    if (pauses && !(stage->filter->flags & ML_WAITS)) {
        pause_rows(work, index, dst, src);
        return;
    }
    if (pauses)
        pauses->leave(pauses->context, true);
    stage->filter->rows(stage->plan, stage->scratch, dst, src);
    if (pauses)
        pauses->leave(pauses->context, false);
}
