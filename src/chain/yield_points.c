/* yield_points.c: see yield_points.h. */
#include "chain/yield_points.h"

#include <assert.h>

/* A source gives planes in whole rows of blocks, at any scale; a sink takes
 * fewer rows, but copies them until it has a row of blocks. */
#define YIELD_BLOCK_ROWS 8U
/* Filters that read neighbours make up to this many rows at the cost of one. */
#define YIELD_LANES 8U
/* They read the rows around a group again for each group: at most this many
 * half windows in all for one window of the strip. */
#define YIELD_REREAD_HALVES 3U

static uint32_t yield_grid(const struct ml_shape *shape)
{
    return shape->sub_y > 1 ? shape->sub_y : 1;
}

/* The smallest number of rows that a source or a sink processes at once. */
static uint32_t yield_block(const struct ml_shape *shape)
{
    return ml_plane_count(shape) > 1 ? YIELD_BLOCK_ROWS * yield_grid(shape)
                                     : yield_grid(shape);
}

/* The end of the group that begins at y. */
static uint32_t yield_end(const struct ml_yield_hooks *yield_hooks,
                          size_t place, uint32_t unit, uint32_t y,
                          uint32_t y_end)
{
    const uint32_t rows = yield_hooks->rows[place];
    const uint32_t whole = rows < unit ? unit : rows - rows % unit;
    return y_end - y <= whole ? y_end : y + whole;
}

enum ml_status ml_read_with_yields(const struct ml_chain_exec *exec,
                                   const struct ml_row_source *in,
                                   const struct ml_dst *dst,
                                   struct ml_error *err)
{
    struct ml_yield_hooks *yield_hooks = exec->yield_hooks;
    const struct ml_shape *shape = &exec->windows[0].shape;
    const uint32_t unit = yield_block(shape);
    if (!yield_hooks)
        return in->read(in->context, dst, err);
    for (uint32_t y = dst->y, end; y < dst->y_end; y = end) {
        end = yield_end(yield_hooks, ML_YIELD_SOURCE, unit, y, dst->y_end);
        const struct ml_dst part = ml_dst_part(dst, shape, y, end);
        const enum ml_status status = in->read(in->context, &part, err);
        if (status != ML_OK)
            return status;
        yield_hooks->yield(yield_hooks->context, ML_YIELD_SOURCE, end - y);
    }
    return ML_OK;
}

enum ml_status ml_write_with_yields(const struct ml_chain_exec *exec,
                                    const struct ml_row_sink *out,
                                    const struct ml_src *src,
                                    struct ml_error *err)
{
    struct ml_yield_hooks *yield_hooks = exec->yield_hooks;
    const struct ml_shape *shape = &exec->windows[exec->step_count].shape;
    const uint32_t unit = yield_block(shape);
    if (!yield_hooks)
        return out->write(out->context, src, err);
    for (uint32_t y = src->y, end; y < src->y_end; y = end) {
        end = yield_end(yield_hooks, ML_YIELD_SINK, unit, y, src->y_end);
        const struct ml_src part = ml_src_part(src, shape, y, end);
        const enum ml_status status = out->write(out->context, &part, err);
        if (status != ML_OK)
            return status;
        yield_hooks->yield(yield_hooks->context, ML_YIELD_SINK, end - y);
    }
    return ML_OK;
}

/* The smallest number of rows that this step makes at once. */
static uint32_t yield_unit(const struct ml_chain_step *chain_step,
                           uint32_t grid, const struct ml_dst *dst,
                           const struct ml_src *src)
{
    const uint64_t rows = dst->y_end - dst->y, window = src->y_end - src->y;
    uint32_t unit = YIELD_LANES * grid;
    if (window <= rows)
        return grid;
    if (chain_step->filter->analyze) /* the window is the picture */
        return unit;
    for (; unit < rows; unit *= 2) {
        const struct ml_range part = chain_step->filter->input_window(
            chain_step->state, dst->y, dst->y + unit);
        if ((part.y_end - part.y) * rows * 2 <=
            window * unit * YIELD_REREAD_HALVES)
            break;
    }
    return unit;
}

static void yield_rows(const struct ml_chain_exec *exec, size_t index,
                       const struct ml_dst *dst, const struct ml_src *src)
{
    struct ml_yield_hooks *yield_hooks = exec->yield_hooks;
    const struct ml_chain_step *chain_step = &exec->steps[index];
    const struct ml_shape *shape = &exec->windows[index + 1].shape;
    const uint32_t unit = yield_unit(chain_step, yield_grid(shape), dst, src);
    for (uint32_t y = dst->y, end; y < dst->y_end; y = end) {
        end = yield_end(yield_hooks, 1 + index, unit, y, dst->y_end);
        const struct ml_dst part = ml_dst_part(dst, shape, y, end);
        ml_filter_rows(chain_step->filter, chain_step->state,
                       chain_step->scratch, &part, src);
        yield_hooks->yield(yield_hooks->context, 1 + index, end - y);
    }
}

void ml_render_with_yields(const struct ml_chain_exec *exec, size_t index,
                           const struct ml_dst *dst, const struct ml_src *src)
{
    struct ml_yield_hooks *yield_hooks = exec->yield_hooks;
    const struct ml_chain_step *chain_step = &exec->steps[index];
    assert(!yield_hooks ||
           exec->threads == 1); /* one thread at a time computes */
    if (yield_hooks && !(chain_step->filter->flags & ML_FILTER_BLOCKS)) {
        yield_rows(exec, index, dst, src);
        return;
    }
    if (yield_hooks)
        yield_hooks->unlock_while_blocking(yield_hooks->context, true);
    ml_strip_make(exec, index, dst, src);
    if (yield_hooks)
        yield_hooks->unlock_while_blocking(yield_hooks->context, false);
}
