/* pull.c: pulls the rows of one picture through its steps.
 *
 * pull_fill() is recursive: to get more rows, a row window calls the step in
 * front of it, which fills the window in front of that.  The same recursion
 * without pixels (ml_chain_exec_size_windows) computes the capacity of each
 * window first, so that the run never needs more rows than were allocated.
 */
#include "chain/chain_exec.h"

#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "base/size_math.h"
#include "chain/yield_points.h"

struct pull {
    struct ml_chain_exec *exec;
    const struct ml_row_source *in; /* NULL: simulate, without pixels */
    struct ml_step_times *times;
    struct ml_error *err;
};

static uint32_t pull_smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* ---- row windows ---- */

static void window_empty(struct ml_row_window *window)
{
    window->first = window->y = window->y_end = 0;
}

/* Rows [y, y_end) of a window's memory as a view to write or to read. */
static struct ml_dst window_view(const struct ml_row_window *window, uint32_t y,
                                 uint32_t y_end)
{
    struct ml_dst view = window->memory;
    view.y = y;
    view.y_end = y_end;
    for (uint32_t p = 0; p < ml_plane_count(&window->shape); p++) {
        const size_t rows = ml_plane_y(&window->shape, p, y) -
                            ml_plane_y(&window->shape, p, window->first);
        view.data[p] += rows * view.stride_bytes[p];
    }
    return view;
}

/* Move the rows that are still needed to the start of the memory. */
static void window_slide(struct ml_row_window *window)
{
    const struct ml_dst from = window_view(window, window->y, window->y_end);
    for (uint32_t p = 0; p < ml_plane_count(&window->shape); p++) {
        const size_t rows = ml_plane_y(&window->shape, p, window->y_end) -
                            ml_plane_y(&window->shape, p, window->y);
        memmove(window->memory.data[p], from.data[p],
                rows * from.stride_bytes[p]);
    }
    window->first = window->y;
}

/* Reserve memory for rows up to y_end; rows before window->y are not needed any
 * more.  In a simulation, grow the capacity instead. */
static void window_reserve(struct ml_row_window *window, uint32_t y_end,
                           bool simulating)
{
    const uint32_t needed = y_end - window->y;
    if (simulating) {
        if (needed > window->capacity)
            window->capacity = needed;
        return;
    }
    assert(needed <= window->capacity);
    if (y_end - window->first > window->capacity)
        window_slide(window);
}

/* ---- the recursion ---- */

static enum ml_status pull_make(struct pull *pull, size_t index,
                                const struct ml_dst *dst);

/* Skip rows that no later step needs, above a crop for instance.  The source
 * and sequential filters give every row in order, and skip none. */
static void pull_skip(struct ml_chain_exec *exec, size_t index, uint32_t y)
{
    struct ml_row_window *window = &exec->windows[index];
    if (y <= window->y_end || index == 0 ||
        exec->steps[index - 1].filter->flags & ML_FILTER_SEQUENTIAL)
        return;
    window->first = window->y = window->y_end = y;
}

/* Fill window `index` with rows [y, y_end) of `range`; rows before them that
 * are not skipped pass through it and are dropped. */
static enum ml_status pull_fill(struct pull *pull, size_t index,
                                struct ml_range range)
{
    struct ml_row_window *window = &pull->exec->windows[index];
    pull_skip(pull->exec, index, range.y);
    window->y = pull_smaller(range.y, window->y_end);
    while (window->y_end < range.y_end) {
        const uint32_t next = pull_smaller(
            window->y_end + window->rows_per_strip, window->shape.height);
        window_reserve(window, next, !pull->in);
        struct ml_dst dst = {.y = window->y_end, .y_end = next};
        if (pull->in)
            dst = window_view(window, window->y_end, next);
        const enum ml_status status = pull_make(pull, index, &dst);
        if (status != ML_OK)
            return status;
        window->y_end = next;
        window->y = pull_smaller(range.y, window->y_end);
    }
    return ML_OK;
}

/* Add the time since `start_ns` to *sum_ns, and report it to the observer. */
static void pull_note(const struct pull *pull, enum ml_step step,
                      const struct ml_chain_step *chain_step, uint64_t start_ns,
                      uint64_t *sum_ns)
{
    const struct ml_chain_observer *observer = &pull->exec->observer;
    const uint64_t end_ns = ml_now_ns();
    *sum_ns += end_ns - start_ns;
    if (observer->on_strip)
        observer->on_strip(observer->context, step, chain_step, start_ns,
                           end_ns);
}

/* Make rows of window `index`: by the source, or by the step in front of it. */
static enum ml_status pull_make(struct pull *pull, size_t index,
                                const struct ml_dst *dst)
{
    if (index == 0) {
        if (!pull->in)
            return ML_OK;
        const uint64_t start = ml_now_ns();
        const enum ml_status status =
            ml_read_with_yields(pull->exec, pull->in, dst, pull->err);
        pull_note(pull, ML_STEP_DECODE, NULL, start, &pull->times->source_ns);
        if (status != ML_OK)
            pull->err->step = ML_STEP_DECODE;
        return status;
    }
    struct ml_row_window *from = &pull->exec->windows[index - 1];
    const struct ml_range window =
        ml_chain_exec_window(pull->exec, index - 1, dst->y, dst->y_end);
    assert(window.y >= from->y);
    const enum ml_status status = pull_fill(pull, index - 1, window);
    if (status != ML_OK || !pull->in)
        return status;
    const struct ml_dst view = window_view(from, window.y, window.y_end);
    const struct ml_src src = ml_dst_as_src(&view);
    const uint64_t start = ml_now_ns();
    ml_render_with_yields(pull->exec, index - 1, dst, &src);
    pull_note(pull, ML_STEP_FILTER, &pull->exec->steps[index - 1], start,
              &pull->times->filter_ns);
    return ML_OK;
}

/* The first row that the sink has not received; pull_fill() makes its strip. */
static struct ml_range pull_next_row(const struct ml_row_window *last)
{
    return (struct ml_range){last->y_end, last->y_end + 1};
}

/* ---- sizing ---- */

/* The recursion of ml_chain_exec_run(), without pixels. */
static void pull_simulate(struct ml_chain_exec *exec)
{
    struct ml_error unused;
    struct pull pull = {.exec = exec, .err = &unused};
    struct ml_row_window *last = &exec->windows[exec->step_count];
    for (size_t i = 0; i <= exec->step_count; i++)
        window_empty(&exec->windows[i]);
    while (last->y_end < last->shape.height) {
        const enum ml_status status =
            pull_fill(&pull, exec->step_count, pull_next_row(last));
        assert(status == ML_OK);
        (void)status;
    }
}

/* Half as many rows again, within the picture, so that rows move seldom. */
static uint32_t pull_capacity(const struct ml_row_window *window)
{
    const uint32_t enlarged = window->capacity + window->capacity / 2;
    const uint32_t grid = window->shape.sub_y > 1 ? window->shape.sub_y : 1;
    const uint32_t capacity = pull_smaller(
        window->capacity == window->rows_per_strip ? window->capacity
                                                   : enlarged,
        window->shape.height);
    return (uint32_t)ml_round_up(capacity, grid);
}

enum ml_status ml_chain_exec_size_windows(struct ml_chain_exec *exec,
                                          struct ml_error *err)
{
    ml_strip_size_choose(exec);
    for (size_t i = 0; i <= exec->step_count; i++)
        exec->windows[i].capacity = 0;
    pull_simulate(exec);
    size_t total = 0;
    bool fits = true;
    for (size_t i = 0; i <= exec->step_count; i++) {
        struct ml_row_window *window = &exec->windows[i];
        size_t bytes = 0;
        window->capacity = pull_capacity(window);
        fits = fits &&
               ml_rows_bytes(&window->shape, window->capacity, &bytes) &&
               ml_size_add(total, bytes + ML_ARENA_ALIGN, &total);
        if (i < exec->step_count)
            fits = fits &&
                   ml_size_add(total,
                               ml_strip_scratch_bytes(exec, &exec->steps[i]),
                               &total);
    }
    if (!fits)
        return ml_fail(err, ML_ERR_LIMIT, "the picture is too large to process",
                       "choose a smaller output size", "%u x %u pixels",
                       exec->out.width, exec->out.height);
    exec->row_bytes = total;
    return ML_OK;
}

enum ml_status ml_chain_exec_set_threads(struct ml_chain_exec *exec,
                                         unsigned threads, struct ml_error *err)
{
    bool splits = false;
    for (size_t i = 0; i < exec->step_count; i++)
        splits |= !(exec->steps[i].filter->flags & ML_FILTER_SEQUENTIAL);
    exec->threads = splits ? threads : 1;
    return ml_chain_exec_size_windows(exec, err);
}

/* ---- running ---- */

static enum ml_status pull_take_memory(struct ml_chain_exec *exec,
                                       struct ml_error *err)
{
    for (size_t i = 0; i <= exec->step_count; i++) {
        struct ml_row_window *window = &exec->windows[i];
        size_t bytes = 0;
        const bool fits =
            ml_rows_bytes(&window->shape, window->capacity, &bytes);
        uint8_t *memory = fits ? ml_arena_alloc(exec->arena, bytes) : NULL;
        if (memory && i < exec->step_count && exec->steps[i].scratch_bytes) {
            struct ml_chain_step *chain_step = &exec->steps[i];
            const size_t scratch = ml_strip_scratch_bytes(exec, chain_step);
            chain_step->scratch =
                chain_step->filter->flags & ML_FILTER_SEQUENTIAL
                    ? ml_arena_calloc(exec->arena, scratch)
                    : ml_arena_alloc(exec->arena, scratch);
            memory = chain_step->scratch ? memory : NULL;
        }
        if (!memory) {
            ml_fail(err, ML_ERR_MEMORY, "not enough memory for this picture",
                    "raise --memory or lower --jobs", "%zu MiB needed",
                    (exec->row_bytes >> 20) + 1);
            err->step = ML_STEP_FILTER;
            return ML_ERR_MEMORY;
        }
        ml_dst_place(&window->memory, &window->shape, memory, 0,
                     window->capacity);
        window_empty(window);
    }
    return ML_OK;
}

/* Run the analysis pass of the first step from `from` on that has one, over its
 * whole input.  *next_out is the step to continue with. */
static enum ml_status pull_analyze(struct pull *pull, size_t from,
                                   size_t *next_out)
{
    struct ml_chain_exec *exec = pull->exec;
    size_t index = from;
    while (index < exec->step_count && !exec->steps[index].filter->analyze)
        index++;
    *next_out = index + 1;
    if (index >= exec->step_count)
        return ML_OK;
    struct ml_row_window *window = &exec->windows[index];
    const struct ml_range all = {0, window->shape.height};
    enum ml_status status = pull_fill(pull, index, all);
    if (status != ML_OK)
        return status;
    const struct ml_dst view = window_view(window, 0, window->shape.height);
    const struct ml_src frame = ml_dst_as_src(&view);
    struct ml_chain_step *chain_step = &exec->steps[index];
    status = chain_step->filter->analyze(chain_step->state, &frame, pull->err);
    if (status != ML_OK)
        pull->err->step = ML_STEP_FILTER;
    return status;
}

/* Read the rows that no filter needs, below a crop for instance: whether damage
 * is found must not depend on the filters. */
static enum ml_status pull_rest(struct pull *pull)
{
    const uint32_t height = pull->exec->windows[0].shape.height;
    return pull_fill(pull, 0, (struct ml_range){height - 1, height});
}

enum ml_status ml_chain_exec_run(struct ml_chain_exec *exec,
                                 const struct ml_row_source *in,
                                 const struct ml_row_sink *out,
                                 struct ml_step_times *times,
                                 struct ml_error *err)
{
    struct pull pull = {.exec = exec, .in = in, .times = times, .err = err};
    enum ml_status status = pull_take_memory(exec, err);
    struct ml_row_window *last = &exec->windows[exec->step_count];
    size_t next = 0;
    while (status == ML_OK && next < exec->step_count)
        status = pull_analyze(&pull, next, &next);
    while (status == ML_OK && last->y_end < last->shape.height) {
        status = pull_fill(&pull, exec->step_count, pull_next_row(last));
        if (status != ML_OK)
            break;
        const struct ml_dst view = window_view(last, last->y, last->y_end);
        const struct ml_src src = ml_dst_as_src(&view);
        const uint64_t start = ml_now_ns();
        status = ml_write_with_yields(exec, out, &src, err);
        pull_note(&pull, ML_STEP_ENCODE, NULL, start, &times->sink_ns);
        if (status != ML_OK)
            err->step = ML_STEP_ENCODE;
    }
    return status == ML_OK ? pull_rest(&pull) : status;
}
