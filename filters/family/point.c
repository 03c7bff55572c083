/* point.c: see point.h.
 *
 * A state has one table for the colour samples and, on planes, another for the
 * chroma samples.  The negative needs none: white minus a sample is the sample
 * with all its bits inverted, at 8 and at 16 bits, so it is made eight bytes at
 * a time.
 */
#include "filters/family/point.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "filters/family/samples_ref.h"
#include "filters/kernels/alpha.h"
#include "filters/kernels/lut.h"
#include "filters/kernels/planes.h"

/* In levels.  A result this close to a half counts as a half and goes up: round
 * parameters give halves, and the last bits of a power must not decide.  A
 * curve that moves no sample by more is the identity. */
#define POINT_TIE 1e-7

#define POINT_BLOCK 256 /* samples tabulated at a time; divides both tables */

struct point_table {
    const uint16_t *levels;  /* of every sample value */
    const uint8_t *levels_8; /* the same at 8 bits, else NULL */
    bool identity;           /* changes nothing */
    size_t rounded; /* steps before the last whose results are rounded */
};

struct point_state {
    struct ml_shape shape;
    struct point_table colour, chroma;
    uint8_t alpha[ML_ALPHA_MASK_BYTES];    /* 255 at bytes of alpha */
    uint8_t inverted[ML_ALPHA_MASK_BYTES]; /* the other bytes */
    bool negative; /* colour is white minus the sample, and has no table */
    size_t step_count;
    struct ml_point_step steps[]; /* for the reference */
};

static uint32_t point_white(const struct ml_shape *shape)
{
    return shape->bits == 8 ? UINT8_MAX : UINT16_MAX;
}

/* Its functions are NULL if the step leaves chroma alone: a filter without
 * ML_FILTER_YCC gets planes only if its curve is the identity. */
static const struct ml_point_curve *
point_curve(const struct ml_point_step *step, bool chroma)
{
    return chroma ? &step->point->chroma : &step->point->colour;
}

/* ---- tables ---- */

/* Samples from `first` on, as parts of white. */
ML_SIMD_FUNCTION(point_begin,
                 (double *restrict x, uint32_t first, uint32_t white),
                 (x, first, white))
{
    for (uint32_t i = 0; i < POINT_BLOCK; i++)
        x[i] = (double)(int32_t)(first + i) / (double)(int32_t)white;
}

ML_SIMD_FUNCTION(point_round,
                 (uint16_t *restrict levels, const double *restrict x,
                  uint32_t white),
                 (levels, x, white))
{
    const double most = (double)(int32_t)white;
    for (uint32_t i = 0; i < POINT_BLOCK; i++)
        levels[i] = (uint16_t)(int32_t)(x[i] * most + (0.5 + POINT_TIE));
}

ML_SIMD_FUNCTION(point_unround,
                 (double *restrict x, const uint16_t *restrict levels,
                  uint32_t white),
                 (x, levels, white))
{
    for (uint32_t i = 0; i < POINT_BLOCK; i++)
        x[i] = (double)(int32_t)levels[i] / (double)(int32_t)white;
}

/* Tabulate samples [first, first + POINT_BLOCK): the steps one after the other,
 * the results of the first `rounded` of them rounded.  On return *x holds the
 * values before the last rounding. */
static void point_block(const struct point_state *state, bool chroma,
                        size_t rounded, uint32_t first, double x[POINT_BLOCK],
                        uint16_t *levels)
{
    const uint32_t white = point_white(&state->shape);
    point_begin(x, first, white);
    for (size_t k = 0; k < state->step_count; k++) {
        const struct ml_point_curve *curve =
            point_curve(&state->steps[k], chroma);
        if (k > 0 && k <= rounded) {
            point_round(levels, x, white);
            point_unround(x, levels, white);
        }
        if (curve->apply)
            curve->apply(x, POINT_BLOCK, state->steps[k].values);
    }
    point_round(levels, x, white);
}

/* True if the curve changes no sample of this block. */
static bool point_block_stays(const double x[POINT_BLOCK], uint32_t first,
                              uint32_t white)
{
    double begin[POINT_BLOCK], worst = 0;
    point_begin(begin, first, white);
    for (size_t i = 0; i < POINT_BLOCK; i++)
        worst = fmax(worst, fabs(x[i] - begin[i]));
    return worst * white <= POINT_TIE;
}

/* Find out whether the curve is the identity. */
static void point_judge(struct point_state *state, bool chroma)
{
    struct point_table *table = chroma ? &state->chroma : &state->colour;
    const uint32_t white = point_white(&state->shape);
    double x[POINT_BLOCK];
    uint16_t levels[POINT_BLOCK];
    table->identity = true;
    for (uint32_t i = 0; i < white && table->identity; i += POINT_BLOCK) {
        point_block(state, chroma, 0, i, x, levels);
        table->identity = point_block_stays(x, i, white);
    }
}

static int point_worst(const uint16_t a[POINT_BLOCK],
                       const uint16_t b[POINT_BLOCK])
{
    int worst = 0;
    for (size_t i = 0; i < POINT_BLOCK; i++) {
        const int apart = abs(a[i] - b[i]);
        worst = apart > worst ? apart : worst;
    }
    return worst;
}

/* False if a level differs by more than one from the result of the steps one
 * after the other, each rounded. */
static bool point_fill(const struct point_state *state, bool chroma,
                       size_t rounded, uint16_t *levels)
{
    const uint32_t white = point_white(&state->shape);
    const size_t all = state->step_count - 1;
    double x[POINT_BLOCK];
    uint16_t apart[POINT_BLOCK];
    for (uint32_t i = 0; i < white; i += POINT_BLOCK) {
        point_block(state, chroma, rounded, i, x, levels + i);
        if (rounded == all)
            continue;
        point_block(state, chroma, all, i, x, apart);
        if (point_worst(levels + i, apart) > 1)
            return false;
    }
    return true;
}

static bool point_tabulate(struct point_state *state, bool chroma,
                           struct ml_arena *arena)
{
    struct point_table *table = chroma ? &state->chroma : &state->colour;
    const uint32_t white = point_white(&state->shape);
    uint16_t *levels = ml_arena_alloc(arena, (white + 1) * sizeof *levels);
    uint8_t *levels_8 =
        white == UINT8_MAX ? ml_arena_alloc(arena, white + 1) : NULL;
    if (!levels || (white == UINT8_MAX && !levels_8))
        return false;
    while (!point_fill(state, chroma, table->rounded, levels)) {
        table->rounded++;
        table->identity = false;
    }
    for (uint32_t i = 0; levels_8 && i <= white; i++)
        levels_8[i] = (uint8_t)levels[i];
    table->levels = levels;
    table->levels_8 = levels_8;
    return true;
}

/* ---- prepare ---- */

static bool point_make(struct point_state *state, struct ml_filter_setup *setup)
{
    const int tables = state->shape.layout == ML_YCC ? 2 : 1;
    bool made = true;
    setup->is_identity = true;
    for (int chroma = 0; chroma < tables && made; chroma++) {
        point_judge(state, chroma);
        made = setup->size_only || (state->negative && !chroma) ||
               point_tabulate(state, chroma, setup->arena);
        setup->is_identity &=
            chroma ? state->chroma.identity : state->colour.identity;
    }
    return made;
}

enum ml_status ml_point_prepare_steps(struct ml_filter_setup *setup,
                                      const struct ml_point_step *steps,
                                      size_t count, struct ml_error *err)
{
    struct point_state *state = NULL;
    for (size_t i = 0; i < count; i++) {
        const struct ml_point *point = steps[i].point;
        if (point->check && point->check(steps[i].values, err) != ML_OK)
            return err->status;
    }
    state = ml_arena_alloc(setup->arena,
                           sizeof *state + count * sizeof *state->steps);
    if (state) {
        *state = (struct point_state){.shape = setup->in,
                                      .negative = count == 1 &&
                                                  steps[0].point->negative,
                                      .step_count = count};
        memcpy(state->steps, steps, count * sizeof *steps);
        ml_alpha_mask(state->alpha, &state->shape);
        for (size_t i = 0; i < ML_ALPHA_MASK_BYTES; i++)
            state->inverted[i] = (uint8_t)~state->alpha[i];
    }
    if (!state || !point_make(state, setup))
        return ml_fail(err, ML_ERR_MEMORY, "no memory for a table of levels",
                       "raise --memory", "%u bits a sample", setup->in.bits);
    setup->out = setup->in;
    setup->state = state;
    return ML_OK;
}

enum ml_status ml_point_prepare(struct ml_filter_setup *setup,
                                struct ml_error *err)
{
    const struct ml_point_step step = {setup->filter->point, setup->values};
    return ml_point_prepare_steps(setup, &step, 1, err);
}

/* ---- rows ---- */

/* `inverted` is 255 at bytes whose bits are inverted. */
ML_SIMD_FUNCTION(point_negative_row,
                 (uint8_t *restrict to, const uint8_t *restrict from,
                  size_t bytes, const uint8_t *restrict inverted),
                 (to, from, bytes, inverted))
{
    uint64_t all, word;
    size_t i = 0;
    memcpy(&all, inverted, sizeof all);
    for (; i + sizeof word <= bytes; i += sizeof word) {
        memcpy(&word, from + i, sizeof word);
        word ^= all;
        memcpy(to + i, &word, sizeof word);
    }
    for (; i < bytes; i++)
        to[i] = from[i] ^ inverted[i % ML_ALPHA_MASK_BYTES];
}

/* Pixels of `channels` samples, of which the last is alpha if there are 2 or
 * 4. */
ML_INLINE void point_pixels_16(uint16_t *restrict to,
                               const uint16_t *restrict from, size_t pixels,
                               size_t channels, const uint16_t *restrict levels)
{
    for (size_t x = 0; x < pixels; x++, from += channels, to += channels) {
        for (size_t c = 0; c + 1 < channels; c++)
            to[c] = levels[from[c]];
        to[channels - 1] = from[channels - 1];
    }
}

static void point_row_16(const struct point_state *state, uint16_t *restrict to,
                         const uint16_t *restrict from)
{
    const uint16_t *levels = state->colour.levels;
    const size_t width = state->shape.width;
    const size_t samples = width * ml_channels(state->shape.layout);
    if (state->shape.layout == ML_GRAYA)
        point_pixels_16(to, from, width, 2, levels);
    else if (state->shape.layout == ML_RGBA)
        point_pixels_16(to, from, width, 4, levels);
    else
        for (size_t i = 0; i < samples; i++)
            to[i] = levels[from[i]];
}

static void point_row(const struct point_state *state, uint32_t plane, void *to,
                      const void *from)
{
    const struct point_table *table = plane ? &state->chroma : &state->colour;
    const size_t bytes = ml_row_bytes(&state->shape, plane);
    if (state->negative && plane == 0)
        point_negative_row(to, from, bytes, state->inverted);
    else if (table->levels_8)
        ml_lut_apply_8(to, from, bytes, table->levels_8, state->alpha);
    else
        point_row_16(state, to, from);
}

void ml_point_render(const void *state_in, void *scratch,
                     const struct ml_dst *dst, const struct ml_src *src)
{
    const struct point_state *state = state_in;
    const struct ml_shape *shape = &state->shape;
    (void)scratch;
    for (uint32_t p = 0; p < ml_plane_count(shape); p++) {
        const struct ml_plane_src from = ml_plane_src_of(src, shape, p);
        const struct ml_plane_dst to = ml_plane_dst_of(dst, shape, p);
        const uint32_t y_end = ml_plane_y(shape, p, dst->y_end);
        for (uint32_t y = to.y; y < y_end; y++)
            point_row(state, p, to.data + (y - to.y) * to.stride_bytes,
                      from.data + (y - from.y) * from.stride_bytes);
    }
}

/* ---- reference: the curves themselves, sample by sample ---- */

static double point_round_ref(double x, double most)
{
    return floor(x * most + 0.5 + POINT_TIE);
}

static double point_level_ref(const struct point_state *state, bool chroma,
                              double level)
{
    const double most = point_white(&state->shape);
    const struct point_table *table = chroma ? &state->chroma : &state->colour;
    double x = level / most;
    for (size_t k = 0; k < state->step_count; k++) {
        const struct ml_point_step *step = &state->steps[k];
        const struct ml_point_curve *curve = point_curve(step, chroma);
        if (k > 0 && k <= table->rounded)
            x = point_round_ref(x, most) / most;
        if (curve->at)
            x = fmin(fmax(curve->at(x, step->values), 0), 1);
    }
    return point_round_ref(x, most);
}

static void point_row_ref(const struct point_state *state, uint32_t plane,
                          uint8_t *to, const uint8_t *from)
{
    const struct ml_shape *shape = &state->shape;
    const size_t channels = plane ? 1 : ml_channels(shape->layout);
    const size_t samples = ml_plane_width(shape, plane) * channels;
    for (size_t i = 0; i < samples; i++) {
        const double level = ml_row_load_ref(from, shape->bits, i);
        const bool alpha =
            ml_has_alpha(shape->layout) && i % channels == channels - 1;
        ml_row_store_ref(to, shape->bits, i,
                         alpha ? level
                               : point_level_ref(state, plane > 0, level));
    }
}

void ml_point_render_ref(const void *state_in, void *scratch,
                         const struct ml_dst *dst, const struct ml_src *src)
{
    const struct point_state *state = state_in;
    const struct ml_shape *shape = &state->shape;
    (void)scratch;
    for (uint32_t p = 0; p < ml_plane_count(shape); p++) {
        const uint32_t sub = p ? shape->sub_y : 1;
        for (uint32_t y = ml_plane_y(shape, p, dst->y);
             y < ml_plane_y(shape, p, dst->y_end); y++)
            point_row_ref(
                state, p,
                dst->data[p] + (y - dst->y / sub) * dst->stride_bytes[p],
                src->data[p] + (y - src->y / sub) * src->stride_bytes[p]);
    }
}
