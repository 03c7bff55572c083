/* convert.c: the conversions that the chain inserts between filters.
 *
 * A filter that mixes neighbours gets colour weighted by its alpha; the sink
 * gets a layout and a depth that it can store.  All conversions are point
 * operations.
 */
#include "chain/chain_exec.h"

#include <math.h>

#include "filters/family/composite.h"
#include "os/simd_level.h"

static enum ml_status premultiply_prepare(struct ml_filter_setup *setup,
                                          struct ml_error *err)
{
    return ml_composite_prepare(setup, ML_COMPOSITE_PREMULTIPLY, 16, err);
}

const struct ml_filter ml_convert_premultiply = {
    .name = "premultiply",
    .summary = "weight colour by alpha, at 16 bits",
    .flags = ML_FILTER_ANY_ALPHA,
    .prepare = premultiply_prepare,
    ML_COMPOSITE_FAMILY,
};

static enum ml_status unpremultiply_prepare_8(struct ml_filter_setup *setup,
                                              struct ml_error *err)
{
    return ml_composite_prepare(setup, ML_COMPOSITE_UNPREMULTIPLY, 8, err);
}

const struct ml_filter ml_convert_unpremultiply_8 = {
    .name = "unpremultiply to 8 bits",
    .summary = "undo the weighting by alpha",
    .flags = ML_FILTER_ANY_ALPHA,
    .prepare = unpremultiply_prepare_8,
    ML_COMPOSITE_FAMILY,
};

static enum ml_status unpremultiply_prepare_16(struct ml_filter_setup *setup,
                                               struct ml_error *err)
{
    return ml_composite_prepare(setup, ML_COMPOSITE_UNPREMULTIPLY, 16, err);
}

const struct ml_filter ml_convert_unpremultiply_16 = {
    .name = "unpremultiply",
    .summary = "undo the weighting by alpha",
    .flags = ML_FILTER_ANY_ALPHA,
    .prepare = unpremultiply_prepare_16,
    ML_COMPOSITE_FAMILY,
};

static enum ml_status flatten_prepare(struct ml_filter_setup *setup,
                                      struct ml_error *err)
{
    return ml_composite_prepare(setup, ML_COMPOSITE_OVER, setup->in.bits, err);
}

const struct ml_filter ml_convert_flatten = {
    .name = "flatten",
    .summary = "lay the picture over a background",
    .flags = ML_FILTER_STRAIGHT_ALPHA,
    .prepare = flatten_prepare,
    ML_COMPOSITE_FAMILY,
};

/* ---- 16 bits to 8 ---- */

struct to_8_bits {
    size_t samples; /* of a row */
};

static enum ml_status to_8_bits_prepare(struct ml_filter_setup *setup,
                                        struct ml_error *err)
{
    struct to_8_bits *state = ml_arena_alloc(setup->arena, sizeof *state);
    if (!state)
        return ml_fail(err, ML_ERR_MEMORY, "no memory for a conversion",
                       "raise --memory", "%zu bytes", sizeof *state);
    state->samples = (size_t)setup->in.width * ml_channels(setup->in.layout);
    setup->out = setup->in;
    setup->out.bits = 8;
    setup->state = state;
    return ML_OK;
}

/* Exactly round(v * 255 / 65535) = round(v / 257). */
ML_SIMD_FUNCTION(to_8_bits_row,
                 (uint8_t *restrict to, const uint16_t *restrict from,
                  size_t samples),
                 (to, from, samples))
{
    for (size_t i = 0; i < samples; i++)
        to[i] = (uint8_t)((from[i] + 128U) / 257U);
}

static void to_8_bits_render(const void *state_in, void *scratch,
                             const struct ml_dst *dst, const struct ml_src *src)
{
    const struct to_8_bits *state = state_in;
    (void)scratch;
    for (uint32_t y = dst->y; y < dst->y_end; y++)
        to_8_bits_row(ml_dst_row(dst, y), (const void *)ml_src_row(src, y),
                      state->samples);
}

static void to_8_bits_render_ref(const void *state_in, void *scratch,
                                 const struct ml_dst *dst,
                                 const struct ml_src *src)
{
    const struct to_8_bits *state = state_in;
    (void)scratch;
    for (uint32_t y = dst->y; y < dst->y_end; y++) {
        const uint16_t *from = (const void *)ml_src_row(src, y);
        for (size_t i = 0; i < state->samples; i++)
            ml_dst_row(dst, y)[i] =
                (uint8_t)floor(from[i] / 65535.0 * 255 + 0.5);
    }
}

const struct ml_filter ml_convert_to_8_bits = {
    .name = "8 bits",
    .summary = "round samples of 16 bits to 8",
    .flags = ML_FILTER_ANY_ALPHA,
    .prepare = to_8_bits_prepare,
    .input_window = ml_window_same_rows,
    .render = to_8_bits_render,
    .render_ref = to_8_bits_render_ref,
};
