/* orient.c: see orient.h.
 *
 * Every way is: the columns and the rows of the input run forwards or backwards
 * along the output's, or along each other's (a transposition).  The reference
 * says so pixel by pixel; the tuned version does the same in rows and, for
 * transpositions, in blocks small enough that the input rows they touch stay in
 * the first-level cache.
 */
#include "filters/kernels/orient.h"

#include <string.h>

#include "base/simd.h"
#include "filters/kernels/planes.h"

/* Input rows a block touches: no more than the ways of a cache set, onto which
 * they all fall when the stride is a large power of two. */
#define ORIENT_BLOCK 8
#define ORIENT_LINE 64 /* bytes of a cache line */

struct orient_plan {
    struct ml_shape in, out;
    size_t pixel_bytes; /* 1, 2, 3, 4, 6 or 8 */
    bool transposed;    /* output rows are input columns */
    bool back_x;        /* input columns are taken last to first */
    bool back_y;        /* input rows are */
};

enum ml_status ml_orient_prepare(struct ml_prepare *prepare,
                                 enum ml_orientation orientation,
                                 struct ml_error *err)
{
    struct orient_plan *plan = ml_arena_take(prepare->arena, sizeof *plan);
    if (!plan)
        return ml_fail(err, ML_ERR_MEMORY, "no memory for the plan",
                       "raise --memory", "%zu bytes", sizeof *plan);
    const struct ml_shape *in = &prepare->in;
    *plan = (struct orient_plan){
        .in = *in,
        .pixel_bytes = (size_t)ml_channels(in->layout) * in->bits / 8,
        .transposed = orientation >= ML_TRANSPOSED,
        .back_x = orientation == ML_MIRRORED || orientation == ML_HALF_TURN ||
                  orientation == ML_TRANSVERSED || orientation == ML_TURN_LEFT,
        .back_y =
            orientation == ML_HALF_TURN || orientation == ML_UPSIDE_DOWN ||
            orientation == ML_TURN_RIGHT || orientation == ML_TRANSVERSED};
    prepare->plan = plan;
    prepare->unchanged = orientation == ML_UPRIGHT;
    prepare->out = *in;
    if (plan->transposed) {
        prepare->out.width = in->height;
        prepare->out.height = in->width;
        prepare->out.sub_x = in->sub_y;
        prepare->out.sub_y = in->sub_x;
    }
    prepare->off_planes = (plan->back_x && in->width % in->sub_x != 0) ||
                          (plan->back_y && in->height % in->sub_y != 0);
    plan->out = prepare->out;
    return ML_OK;
}

struct ml_range ml_orient_needs(const void *plan_in, uint32_t y, uint32_t y_end)
{
    const struct orient_plan *plan = plan_in;
    if (plan->transposed || plan->back_y)
        return (struct ml_range){0, plan->in.height};
    return (struct ml_range){y, y_end};
}

/* ---- reference ---- */

static uint32_t orient_at(uint32_t at, uint32_t length, bool back)
{
    return back ? length - 1 - at : at;
}

static void orient_plane_ref(const struct orient_plan *plan, uint32_t p,
                             const struct ml_dst *dst, const struct ml_src *src)
{
    const struct ml_plane_src from = ml_plane_src_of(src, &plan->in, p);
    const struct ml_plane_dst to = ml_plane_dst_of(dst, &plan->out, p);
    const size_t bytes = plan->pixel_bytes;
    const uint32_t y_end = ml_plane_y(&plan->out, p, dst->y_end);
    for (uint32_t y = to.y; y < y_end; y++) {
        for (uint32_t x = 0; x < ml_plane_width(&plan->out, p); x++) {
            const uint32_t from_x =
                orient_at(plan->transposed ? y : x,
                          ml_plane_width(&plan->in, p), plan->back_x);
            const uint32_t from_y =
                orient_at(plan->transposed ? x : y,
                          ml_plane_height(&plan->in, p), plan->back_y);
            memcpy(to.data + (y - to.y) * to.stride_bytes + x * bytes,
                   from.data + (from_y - from.y) * from.stride_bytes +
                       from_x * bytes,
                   bytes);
        }
    }
}

void ml_orient_rows_ref(const void *plan_in, void *scratch,
                        const struct ml_dst *dst, const struct ml_src *src)
{
    const struct orient_plan *plan = plan_in;
    (void)scratch;
    for (uint32_t p = 0; p < ml_plane_count(&plan->in); p++)
        orient_plane_ref(plan, p, dst, src);
}

/* ---- rows that stay rows ---- */

/* One row, last pixel first; `bytes` is a constant where this is inlined. */
ML_INLINE void orient_mirror(uint8_t *restrict to, const uint8_t *restrict from,
                             size_t width, size_t bytes)
{
    const uint8_t *last = from + (width - 1) * bytes;
    for (size_t x = 0; x < width; x++)
        memcpy(to + x * bytes, last - x * bytes, bytes);
}

ML_SIMD_FUNCTION(orient_mirror_row,
                 (uint8_t *restrict to, const uint8_t *restrict from,
                  size_t width, size_t bytes),
                 (to, from, width, bytes))
{
    switch (bytes) {
    case 1:
        orient_mirror(to, from, width, 1);
        break;
    case 2:
        orient_mirror(to, from, width, 2);
        break;
    case 3:
        orient_mirror(to, from, width, 3);
        break;
    case 4:
        orient_mirror(to, from, width, 4);
        break;
    case 6:
        orient_mirror(to, from, width, 6);
        break;
    default:
        orient_mirror(to, from, width, 8);
        break;
    }
}

/* Rows [to->y, y_end) of plane p. */
/* Hardware that follows rows downwards loses one that is read from its end. */
static void orient_fetch_row(const uint8_t *row, size_t bytes)
{
    for (size_t at = 0; at < bytes; at += ORIENT_LINE)
        __builtin_prefetch(row + at);
}

static void orient_straight(const struct orient_plan *plan, uint32_t p,
                            const struct ml_plane_dst *to, uint32_t y_end,
                            const struct ml_plane_src *from)
{
    const size_t width = ml_plane_width(&plan->in, p);
    const uint32_t height = ml_plane_height(&plan->in, p);
    for (uint32_t y = to->y; y < y_end; y++) {
        const size_t from_y = orient_at(y, height, plan->back_y);
        const uint8_t *row =
            from->data + (from_y - from->y) * from->stride_bytes;
        uint8_t *to_row = to->data + (y - to->y) * to->stride_bytes;
        if (plan->back_x && !plan->back_y && y + 1 < y_end)
            orient_fetch_row(row + from->stride_bytes,
                             width * plan->pixel_bytes);
        if (plan->back_x)
            orient_mirror_row(to_row, row, width, plan->pixel_bytes);
        else
            memcpy(to_row, row, width * plan->pixel_bytes);
    }
}

/* ---- rows that become columns ---- */

/* Steps are in bytes; input ones may be negative. */
struct orient_walk {
    uint8_t *to;
    const uint8_t *from;
    size_t to_row;        /* to the next output row */
    ptrdiff_t from_row;   /* to the input row of the next output column */
    ptrdiff_t from_pixel; /* to the input pixel of the next output row */
    uint32_t width, rows; /* of the output */
    uint32_t last_row;    /* made of the last pixels of input rows; may be
                             beyond `rows` */
};

/* Pixels of 3 and 6 bytes are moved as 4 and 8 bytes: what is written behind
 * one is overwritten by the next.  So the last of an output row must be moved
 * by its own size, and the last of an input row too, or bytes outside the row
 * would be touched.  All is inlined, with `bytes` a constant. */
ML_INLINE size_t orient_move_bytes(size_t bytes)
{
    return bytes == 3 ? 4 : bytes == 6 ? 8 : bytes;
}

/* `count` pixels from `from` on, `step` bytes apart, none the last of an input
 * row. */
ML_INLINE void orient_gather(uint8_t *restrict to, const uint8_t *restrict from,
                             ptrdiff_t step, size_t count, size_t bytes)
{
    for (size_t i = 0; i + 1 < count; i++)
        memcpy(to + i * bytes, from + (ptrdiff_t)i * step,
               orient_move_bytes(bytes));
    memcpy(to + (count - 1) * bytes, from + (ptrdiff_t)(count - 1) * step,
           bytes);
}

/* The same where some may be the last. */
ML_INLINE void orient_gather_last(uint8_t *restrict to,
                                  const uint8_t *restrict from, ptrdiff_t step,
                                  size_t count, size_t bytes)
{
    for (size_t i = 0; i < count; i++)
        memcpy(to + i * bytes, from + (ptrdiff_t)i * step, bytes);
}

/* Columns [x, x + count) of all the rows. */
ML_INLINE void orient_columns(const struct orient_walk *walk, uint32_t x,
                              uint32_t count, size_t bytes)
{
    uint8_t *to = walk->to + x * bytes;
    const uint8_t *from = walk->from + (ptrdiff_t)x * walk->from_row;
    for (uint32_t y = 0; y < walk->rows; y++) {
        if (y == walk->last_row)
            orient_gather_last(to, from, walk->from_row, count, bytes);
        else
            orient_gather(to, from, walk->from_row, count, bytes);
        to += walk->to_row;
        from += walk->from_pixel;
    }
}

/* The input of a block comes from as many places as it has rows, which no
 * processor guesses: ask for that of the next one. */
ML_INLINE void orient_fetch(const struct orient_walk *walk, uint32_t x,
                            size_t bytes)
{
    if (x + ORIENT_BLOCK > walk->width)
        return;
    const uint8_t *row = walk->from + (ptrdiff_t)x * walk->from_row;
    const size_t span = (walk->rows - 1) * bytes;
    for (uint32_t i = 0; i < ORIENT_BLOCK; i++, row += walk->from_row) {
        const uint8_t *from = walk->from_pixel < 0 ? row - span : row;
        for (size_t at = 0; at <= span; at += ORIENT_LINE)
            __builtin_prefetch(from + at);
        __builtin_prefetch(from + span);
    }
}

ML_INLINE void orient_blocks(const struct orient_walk *walk, size_t bytes)
{
    uint32_t x = 0;
    for (; x + ORIENT_BLOCK <= walk->width; x += ORIENT_BLOCK) {
        orient_fetch(walk, x + ORIENT_BLOCK, bytes);
        orient_columns(walk, x, ORIENT_BLOCK, bytes);
    }
    if (x < walk->width)
        orient_columns(walk, x, walk->width - x, bytes);
}

static void orient_transpose(const struct orient_walk *walk, size_t bytes)
{
    switch (bytes) {
    case 1:
        orient_blocks(walk, 1);
        break;
    case 2:
        orient_blocks(walk, 2);
        break;
    case 3:
        orient_blocks(walk, 3);
        break;
    case 4:
        orient_blocks(walk, 4);
        break;
    case 6:
        orient_blocks(walk, 6);
        break;
    default:
        orient_blocks(walk, 8);
        break;
    }
}

/* Rows [to->y, y_end) of plane p. */
static void orient_turned(const struct orient_plan *plan, uint32_t p,
                          const struct ml_plane_dst *to, uint32_t y_end,
                          const struct ml_plane_src *from)
{
    const uint32_t width = ml_plane_width(&plan->in, p);
    const uint32_t height = ml_plane_height(&plan->in, p);
    const ptrdiff_t pixel = (ptrdiff_t)plan->pixel_bytes;
    const ptrdiff_t row = (ptrdiff_t)from->stride_bytes;
    const size_t from_x = orient_at(to->y, width, plan->back_x);
    const size_t from_y = orient_at(0, height, plan->back_y) - from->y;
    const uint32_t rows = y_end - to->y;
    const uint32_t last_row = !plan->back_x ? width - 1 - to->y
                              : to->y == 0  ? 0
                                            : rows;
    const struct orient_walk walk = {
        .to = to->data,
        .from = from->data + from_y * from->stride_bytes +
                from_x * plan->pixel_bytes,
        .to_row = to->stride_bytes,
        .from_row = plan->back_y ? -row : row,
        .from_pixel = plan->back_x ? -pixel : pixel,
        .width = height,
        .rows = rows,
        .last_row = last_row};
    orient_transpose(&walk, plan->pixel_bytes);
}

void ml_orient_rows(const void *plan_in, void *scratch,
                    const struct ml_dst *dst, const struct ml_src *src)
{
    const struct orient_plan *plan = plan_in;
    (void)scratch;
    for (uint32_t p = 0; p < ml_plane_count(&plan->in); p++) {
        const struct ml_plane_src from = ml_plane_src_of(src, &plan->in, p);
        const struct ml_plane_dst to = ml_plane_dst_of(dst, &plan->out, p);
        const uint32_t y_end = ml_plane_y(&plan->out, p, dst->y_end);
        if (plan->transposed)
            orient_turned(plan, p, &to, y_end, &from);
        else
            orient_straight(plan, p, &to, y_end, &from);
    }
}
