/* prepare.c: from a chain and the shape of one picture to steps.
 *
 * The steps and the conversions between them depend on the chain and the shapes
 * alone, never on mode, width of a stage or CPU, so that every mode makes the
 * same bytes.
 */
#include "chain/chain_exec.h"

#include <assert.h>
#include <string.h>

#include "filters/family/point.h"

static enum ml_status prepare_shape_check(const struct ml_shape *shape,
                                          struct ml_error *err)
{
    size_t bytes;
    if (shape->width > 0 && shape->height > 0 &&
        ml_rows_bytes(shape, shape->height, &bytes))
        return ML_OK;
    return ml_fail(err, ML_ERR_LIMIT, "the picture is too large to process",
                   "choose a smaller output size", "%u x %u pixels",
                   shape->width, shape->height);
}

/* Prepare a filter for the picture *at, and set *at to its output; unchanged on
 * failure. */
static enum ml_status prepare_filter(struct ml_picture_input *at,
                                     const struct ml_filter *filter,
                                     struct ml_filter_setup *setup,
                                     struct ml_error *err)
{
    setup->filter = filter;
    setup->in = at->shape;
    setup->full_width = at->full_width;
    setup->full_height = at->full_height;
    setup->orientation = at->orientation;
    const enum ml_status status = filter->prepare(setup, err);
    if (status != ML_OK)
        return status;
    const struct ml_shape *in = &setup->in, *out = &setup->out;
    const bool swapped = out->width == in->height && out->height == in->width;
    const bool whole =
        at->full_width == in->width && at->full_height == in->height;
    if (filter->flags & ML_FILTER_RESIZES || whole) {
        at->full_width = out->width;
        at->full_height = out->height;
    } else if (swapped && in->width != in->height) {
        at->full_width = setup->full_height;
        at->full_height = setup->full_width;
    }
    at->orientation = setup->orientation;
    at->shape = *out;
    return ML_OK;
}

/* Append a step with the result of a filter's `prepare`.  A filter that leaves
 * the picture unchanged is omitted. */
static enum ml_status prepare_append_step(struct ml_chain_exec *exec,
                                          const struct ml_filter_setup *setup,
                                          struct ml_error *err)
{
    if (setup->is_identity)
        return ML_OK;
    if (prepare_shape_check(&setup->out, err) != ML_OK)
        return err->status;
    assert(exec->step_count < ML_CHAIN_STEP_MAX);
    exec->steps[exec->step_count++] = (struct ml_chain_step){
        .filter = setup->filter,
        .values = setup->values,
        .state = setup->state,
        .scratch_bytes = setup->scratch_bytes,
    };
    exec->windows[exec->step_count].shape = setup->out;
    exec->out = setup->out;
    return ML_OK;
}

/* Append one filter, prepared for the current shape of the picture. */
static enum ml_status prepare_append_filter(struct ml_chain_exec *exec,
                                            const struct ml_filter *filter,
                                            const struct ml_value *values,
                                            const double *numbers,
                                            struct ml_error *err)
{
    struct ml_picture_input at = {.shape = exec->out,
                                  .full_width = exec->full_width,
                                  .full_height = exec->full_height,
                                  .orientation = exec->orientation};
    struct ml_filter_setup setup = {
        .values = values,
        .numbers = numbers,
        .sub_x = exec->target.sub_x,
        .sub_y = exec->target.sub_y,
        .arena = exec->arena,
    };
    const enum ml_status status = prepare_filter(&at, filter, &setup, err);
    if (status != ML_OK)
        return status;
    exec->full_width = at.full_width;
    exec->full_height = at.full_height;
    exec->orientation = at.orientation;
    return prepare_append_step(exec, &setup, err);
}

/* Append `count` neighbouring point filters from `first` on as one step with
 * one table. */
static enum ml_status prepare_append_points(struct ml_chain_exec *exec,
                                            const struct ml_chain_item *first,
                                            size_t count, struct ml_error *err)
{
    struct ml_point_step steps[ML_CHAIN_MAX];
    struct ml_filter_setup setup = {
        .filter = first->filter,
        .values = first->values,
        .in = exec->out,
        .arena = exec->arena,
    };
    for (size_t i = 0; i < count; i++)
        steps[i] =
            (struct ml_point_step){first[i].filter->point, first[i].values};
    const enum ml_status status =
        ml_point_prepare_steps(&setup, steps, count, err);
    return status == ML_OK ? prepare_append_step(exec, &setup, err) : status;
}

/* Append the chain's filter `index`; if `count` is above 1, the point filters
 * from it on. */
static enum ml_status prepare_append_items(struct ml_chain_exec *exec,
                                           size_t index, size_t count,
                                           struct ml_error *err)
{
    const struct ml_chain_item *item = &exec->chain->items[index];
    return count > 1 ? prepare_append_points(exec, item, count, err)
                     : prepare_append_filter(exec, item->filter, item->values,
                                             item->numbers, err);
}

static enum ml_status prepare_append_conversion(struct ml_chain_exec *exec,
                                                const struct ml_filter *filter,
                                                struct ml_error *err)
{
    return prepare_append_filter(exec, filter, exec->background, NULL, err);
}

static enum ml_status prepare_unpremultiply(struct ml_chain_exec *exec,
                                            uint8_t bits, struct ml_error *err)
{
    return prepare_append_conversion(exec,
                                     bits == 8 ? &ml_convert_unpremultiply_8
                                               : &ml_convert_unpremultiply_16,
                                     err);
}

/* Append the conversions from the chain's last shape to one that the sink can
 * store. */
static enum ml_status prepare_target(struct ml_chain_exec *exec,
                                     struct ml_error *err)
{
    if (!exec->target.storable)
        return ML_OK;
    const struct ml_shape want = exec->target.storable(&exec->out);
    if (ml_has_alpha(exec->out.layout) && !ml_has_alpha(want.layout) &&
        prepare_append_conversion(exec, &ml_convert_flatten, err) != ML_OK)
        return err->status;
    if (exec->out.bits > want.bits &&
        prepare_append_conversion(exec, &ml_convert_to_8_bits, err) != ML_OK)
        return err->status;
    if (exec->out.layout != want.layout || exec->out.bits != want.bits)
        return ml_fail(err, ML_ERR_UNSUPPORTED,
                       "the output format cannot store this picture",
                       "choose another format with --to", "%s, %u bits",
                       ml_layout_name(exec->out.layout), exec->out.bits);
    return ML_OK;
}

static enum ml_status prepare_steps(struct ml_chain_exec *exec,
                                    struct ml_error *err)
{
    const struct ml_chain *chain = exec->chain;
    bool premultiplied = false;
    uint8_t bits = exec->in.bits; /* depth to return to from premultiplied */
    exec->windows[0].shape = exec->in;
    for (size_t i = 0; i < chain->count; i += ml_chain_merged_count(chain, i)) {
        const struct ml_filter *filter = chain->items[i].filter;
        const bool alpha = ml_has_alpha(exec->out.layout);
        if (filter->flags & ML_FILTER_PREMULTIPLIED && alpha &&
            !premultiplied) {
            bits = exec->out.bits;
            if (prepare_append_conversion(exec, &ml_convert_premultiply, err) !=
                ML_OK)
                return err->status;
            premultiplied = true;
        } else if (filter->flags & ML_FILTER_STRAIGHT_ALPHA && premultiplied) {
            if (prepare_unpremultiply(exec, bits, err) != ML_OK)
                return err->status;
            premultiplied = false;
        }
        if (prepare_append_items(exec, i, ml_chain_merged_count(chain, i),
                                 err) != ML_OK)
            return err->status;
    }
    if (premultiplied && prepare_unpremultiply(exec, bits, err) != ML_OK)
        return err->status;
    return prepare_target(exec, err);
}

static void prepare_begin(struct ml_chain_exec *exec,
                          const struct ml_chain *chain,
                          const struct ml_picture_input *input,
                          struct ml_arena *arena)
{
    /* Steps and windows are set when they are appended. */
    memset(exec, 0, offsetof(struct ml_chain_exec, steps));
    exec->chain = chain;
    exec->arena = arena;
    exec->in = exec->out = input->shape;
    exec->full_width = input->full_width;
    exec->full_height = input->full_height;
    exec->orientation = input->orientation;
    exec->threads = 1;
    exec->row_bytes = 0;
    exec->background = NULL;
}

enum ml_status ml_chain_exec_prepare(struct ml_chain_exec *exec,
                                     const struct ml_chain *chain,
                                     const struct ml_picture_input *input,
                                     const struct ml_output_format *target,
                                     struct ml_arena *arena,
                                     struct ml_error *err)
{
    prepare_begin(exec, chain, input, arena);
    exec->target = *target;
    exec->background = ml_arena_calloc(arena, sizeof *exec->background);
    enum ml_status status = ML_ERR_MEMORY;
    if (!exec->background) {
        (void)ml_fail(err, ML_ERR_MEMORY, "no memory for the chain",
                      "raise --memory", "%zu bytes", sizeof *exec->background);
    } else {
        memcpy(exec->background->colour, target->background, 3);
        exec->background->colour[3] = 255;
        status = prepare_steps(exec, err);
    }
    if (status == ML_OK)
        status = ml_chain_exec_size_windows(exec, err);
    if (status != ML_OK)
        err->step = ML_STEP_FILTER;
    return status;
}

/* ---- choices of the source ---- */

/* Prepare the filters up to the first that resizes, for the full picture, and
 * return the minimum source size of that one; 0 x 0: none. */
enum ml_status ml_chain_min_source_size(
    const struct ml_chain *chain, const struct ml_picture_input *input,
    enum ml_shrink shrink, struct ml_arena *arena, uint32_t *width_out,
    uint32_t *height_out, struct ml_error *err)
{
    const size_t mark = ml_arena_mark(arena);
    struct ml_picture_input at = *input;
    bool swapped = false; /* width and height, by a rotation before */
    enum ml_status status = ML_OK;
    *width_out = *height_out = 0;
    for (size_t i = 0; shrink != ML_SHRINK_NEVER && i < chain->count; i++) {
        const struct ml_filter *filter = chain->items[i].filter;
        if (!(filter->flags &
              (ML_FILTER_SCALE_INVARIANT | ML_FILTER_RESIZES)) ||
            filter->analyze)
            break;
        struct ml_filter_setup setup = {.values = chain->items[i].values,
                                        .numbers = chain->items[i].numbers,
                                        .arena = arena,
                                        .size_only = true,
                                        .shrink_fully =
                                            shrink == ML_SHRINK_MOST};
        status = prepare_filter(&at, filter, &setup, err);
        if (status != ML_OK)
            break;
        if (filter->flags & ML_FILTER_RESIZES) {
            *width_out =
                swapped ? setup.min_source_height : setup.min_source_width;
            *height_out =
                swapped ? setup.min_source_width : setup.min_source_height;
            break;
        }
        swapped ^= setup.in.width != setup.in.height &&
                   setup.out.width == setup.in.height;
    }
    /* A square may have been rotated unnoticed: use the larger side for both.
     */
    if (input->full_width == input->full_height && *width_out != *height_out)
        *width_out = *height_out =
            *width_out > *height_out ? *width_out : *height_out;
    ml_arena_reset(arena, mark);
    if (status != ML_OK)
        err->step = ML_STEP_FILTER;
    return status;
}

/* Can the picture stay in planes, or in luma alone, through this filter?  Sets
 * *at to its output.  A filter without planar version is prepared for RGB, to
 * see whether it leaves the picture unchanged. */
static bool prepare_keeps_planes(struct ml_picture_input *at,
                                 const struct ml_chain_item *item,
                                 const struct ml_output_format *target,
                                 struct ml_arena *arena)
{
    struct ml_error unused;
    struct ml_filter_setup setup = {.values = item->values,
                                    .numbers = item->numbers,
                                    .sub_x = target->sub_x,
                                    .sub_y = target->sub_y,
                                    .arena = arena,
                                    .size_only = true};
    const bool planar = item->filter->flags & ML_FILTER_YCC;
    const struct ml_shape planes = at->shape;
    if (!planar && planes.layout == ML_YCC) {
        at->shape.layout = ML_RGB;
        at->shape.sub_x = at->shape.sub_y = 1;
    }
    const size_t mark = ml_arena_mark(arena);
    const enum ml_status status =
        prepare_filter(at, item->filter, &setup, &unused);
    ml_arena_reset(arena, mark);
    if (setup.is_identity)
        at->shape = planes;
    return status == ML_OK &&
           (setup.is_identity || (planar && !setup.needs_rgb));
}

bool ml_chain_supports_ycc(const struct ml_chain *chain,
                           const struct ml_picture_input *input,
                           const struct ml_output_format *target, uint8_t sub_x,
                           uint8_t sub_y, struct ml_arena *arena)
{
    struct ml_picture_input at = *input;
    at.shape.layout = ML_YCC;
    at.shape.sub_x = sub_x;
    at.shape.sub_y = sub_y;
    for (size_t i = 0; i < chain->count; i++)
        if (!prepare_keeps_planes(&at, &chain->items[i], target, arena))
            return false;
    return at.shape.layout == ML_YCC && at.shape.sub_x == target->sub_x &&
           at.shape.sub_y == target->sub_y;
}

bool ml_chain_supports_luma_only(const struct ml_chain *chain,
                                 const struct ml_picture_input *input,
                                 struct ml_arena *arena)
{
    static const struct ml_output_format any = {0};
    struct ml_picture_input at = *input;
    for (size_t i = 0; i < chain->count; i++) {
        if (!prepare_keeps_planes(&at, &chain->items[i], &any, arena))
            return false;
        if (at.shape.layout == ML_GRAY)
            return true;
    }
    return false;
}
