/* strip_size.c: the height of strips, and the threads that make their rows.
 *
 * One thread makes strips that stay in the second-level cache.  Several threads
 * make taller strips, in parts of that height, each part by the next free
 * thread: tall enough that waking the threads is negligible, and no taller than
 * memory allows.  Ranges of rows are independent, so any division makes the
 * same bytes.
 */
#include "chain/chain_exec.h"

#include <assert.h>

#include "base/size_math.h"
#include "os/parallel_for.h"

#define STRIP_ROWS 32 /* of a part whose filter widens no window; measured */
/* Rows by which a part may widen the window in front.  With half as many,
 * photos that shrink from full size to 512 px or less take 3 to 4 % longer;
 * more gain nothing. */
#define STRIP_WINDOW_ROWS 128
#define STRIP_ROWS_LEAST 8 /* of a part, when several threads share a strip */
/* Bytes of a strip of several threads.  Waking threads takes 30 to 55 us
 * (medians of two threads that slept), in which a filter of medium cost makes
 * 100 kB.  The upper bound is for pictures of thousands of pixels a row and
 * many threads. */
#define STRIP_LEAST ((size_t)256 << 10)
#define STRIP_MOST ((size_t)8 << 20)

static uint32_t strip_smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static uint32_t strip_grid(const struct ml_shape *shape)
{
    return shape->sub_y > 1 ? shape->sub_y : 1;
}

/* ---- windows ---- */

struct ml_range ml_chain_exec_window(const struct ml_chain_exec *exec,
                                     size_t index, uint32_t y, uint32_t y_end)
{
    const struct ml_chain_step *chain_step = &exec->steps[index];
    const struct ml_shape *in = &exec->windows[index].shape;
    struct ml_range range = {0, in->height};
    if (!chain_step->filter->analyze)
        range = chain_step->filter->input_window(chain_step->state, y, y_end);
    assert(range.y < range.y_end && range.y_end <= in->height);
    if (in->sub_y > 1) {
        range.y -= range.y % in->sub_y;
        range.y_end = strip_smaller(
            (uint32_t)ml_round_up(range.y_end, in->sub_y), in->height);
    }
    return range;
}

/* ---- height ---- */

/* Rows of window `index` that one thread makes at a time: as many as widen the
 * window in front by no more than STRIP_WINDOW_ROWS, down to one. */
static uint32_t strip_part(const struct ml_chain_exec *exec, size_t index)
{
    uint32_t part = STRIP_ROWS;
    if (index == 0)
        return part;
    const struct ml_shape *out = &exec->windows[index].shape;
    const uint32_t grid = strip_grid(out);
    const uint32_t middle = out->height / 2 - out->height / 2 % grid;
    const struct ml_range one = ml_chain_exec_window(
        exec, index - 1, middle, strip_smaller(middle + grid, out->height));
    for (; part > grid; part /= 2) {
        const struct ml_range range = ml_chain_exec_window(
            exec, index - 1, middle, strip_smaller(middle + part, out->height));
        if (range.y_end - range.y <= one.y_end - one.y + STRIP_WINDOW_ROWS)
            break;
    }
    return part;
}

/* Bytes of `rows` rows of window `index`, or of the rows in the window in front
 * that they need, whichever are more. */
static size_t strip_bytes(const struct ml_chain_exec *exec, size_t index,
                          uint64_t rows)
{
    const struct ml_shape *out = &exec->windows[index].shape;
    size_t bytes = 0, before = 0;
    bool fits = ml_rows_bytes(out, (uint32_t)rows, &bytes);
    if (index > 0) {
        const struct ml_shape *in = &exec->windows[index - 1].shape;
        const uint64_t needed = rows * in->height / out->height;
        fits = fits && ml_rows_bytes(in, (uint32_t)needed, &before);
    }
    if (!fits)
        return SIZE_MAX;
    return bytes > before ? bytes : before;
}

/* One part a thread; more parts while a strip is below STRIP_LEAST, smaller
 * parts while it is above STRIP_MOST. */
static void strip_deepen(const struct ml_chain_exec *exec, size_t index,
                         struct ml_row_window *window)
{
    const uint32_t least = strip_grid(&window->shape) > STRIP_ROWS_LEAST
                               ? strip_grid(&window->shape)
                               : STRIP_ROWS_LEAST;
    const uint32_t height = window->shape.height;
    uint32_t parts = exec->threads;
    while (window->rows_per_thread > least &&
           strip_bytes(exec, index, (uint64_t)window->rows_per_thread * parts) >
               STRIP_MOST)
        window->rows_per_thread /= 2;
    while (window->rows_per_thread * parts < height &&
           strip_bytes(exec, index, (uint64_t)window->rows_per_thread * parts) <
               STRIP_LEAST)
        parts += exec->threads;
    /* The source fills half a strip at a time, so that filters start earlier.
     */
    window->rows_per_strip =
        window->rows_per_thread * (index == 0 ? (parts + 1) / 2 : parts);
}

void ml_strip_size_choose(struct ml_chain_exec *exec)
{
    for (size_t i = 0; i <= exec->step_count; i++) {
        struct ml_row_window *window = &exec->windows[i];
        window->rows_per_thread = window->rows_per_strip = strip_part(exec, i);
        if (exec->threads > 1)
            strip_deepen(exec, i, window);
    }
}

/* ---- threads ---- */

size_t ml_strip_scratch_bytes(const struct ml_chain_exec *exec,
                              const struct ml_chain_step *chain_step)
{
    const bool split = !(chain_step->filter->flags & ML_FILTER_SEQUENTIAL);
    return ml_round_up(chain_step->scratch_bytes, ML_ARENA_ALIGN) *
           (split ? exec->threads : 1);
}

struct strip_job {
    const struct ml_chain_step *chain_step;
    const struct ml_row_window *window; /* the output of the step */
    const struct ml_dst *dst;
    const struct ml_src *src; /* the input of all parts */
    size_t scratch_bytes;
};

static void strip_make_part(void *context, unsigned thread, unsigned part)
{
    const struct strip_job *job = context;
    const struct ml_chain_step *chain_step = job->chain_step;
    const uint32_t y = job->dst->y + part * job->window->rows_per_thread;
    const struct ml_dst dst = ml_dst_part(
        job->dst, &job->window->shape, y,
        strip_smaller(y + job->window->rows_per_thread, job->dst->y_end));
    uint8_t *scratch = chain_step->scratch;
    if (scratch)
        scratch += thread * job->scratch_bytes;
    ml_filter_rows(chain_step->filter, chain_step->state, scratch, &dst,
                   job->src);
}

void ml_strip_make(const struct ml_chain_exec *exec, size_t index,
                   const struct ml_dst *dst, const struct ml_src *src)
{
    const struct ml_chain_step *chain_step = &exec->steps[index];
    const struct ml_row_window *window = &exec->windows[index + 1];
    struct strip_job job = {
        .chain_step = chain_step,
        .window = window,
        .dst = dst,
        .src = src,
        .scratch_bytes = ml_round_up(chain_step->scratch_bytes, ML_ARENA_ALIGN),
    };
    const uint32_t rows = dst->y_end - dst->y;
    if (exec->threads <= 1 ||
        chain_step->filter->flags & ML_FILTER_SEQUENTIAL) {
        ml_filter_rows(chain_step->filter, chain_step->state,
                       chain_step->scratch, dst, src);
        return;
    }
    assert(window->rows_per_thread % strip_grid(&window->shape) == 0);
    ml_parallel_for(exec->threads,
                    (rows + window->rows_per_thread - 1) /
                        window->rows_per_thread,
                    strip_make_part, &job);
}
