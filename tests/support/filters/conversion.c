/* conversion.c: see conversion.h. */
#include "support/filters/conversion.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

#include "base/size_math.h"
#include "chain/chain_exec.h"

#define ARENA_BYTES ((size_t)16 << 20)

/* ---- the definitions ---- */

static double full_scale(uint8_t bits)
{
    return bits == 8 ? 255.0 : 65535.0;
}

/* Halves go up. */
static double nearest(double value)
{
    return floor(value + 0.5);
}

/* Colour times alpha, both as shares; alpha keeps its share.  At 16 bits. */
static void define_premultiply(const struct conversion_pixel *in, uint8_t bits,
                               const uint8_t *colour,
                               struct conversion_pixel *out)
{
    const double full = full_scale(bits);
    const size_t last = in->channels - 1;
    (void)colour;
    *out = *in;
    for (size_t c = 0; c < last; c++)
        out->samples[c] = nearest(in->samples[c] / full *
                                  (in->samples[last] / full) * 65535.0);
    out->samples[last] = nearest(in->samples[last] / full * 65535.0);
}

/* Colour divided by alpha, at most all of it; none where alpha is none.  The
 * product comes before the quotient, which keeps halves exact. */
static void define_unpremultiply(const struct conversion_pixel *in, double full,
                                 struct conversion_pixel *out)
{
    const size_t last = in->channels - 1;
    const double alpha = in->samples[last];
    *out = *in;
    for (size_t c = 0; c < last; c++)
        out->samples[c] =
            alpha > 0.0 ? nearest(fmin(in->samples[c] * full / alpha, full))
                        : 0.0;
    out->samples[last] = nearest(alpha / 65535.0 * full);
}

static void define_unpremultiply_8(const struct conversion_pixel *in,
                                   uint8_t bits, const uint8_t *colour,
                                   struct conversion_pixel *out)
{
    (void)bits;
    (void)colour;
    define_unpremultiply(in, 255.0, out);
}

static void define_unpremultiply_16(const struct conversion_pixel *in,
                                    uint8_t bits, const uint8_t *colour,
                                    struct conversion_pixel *out)
{
    (void)bits;
    (void)colour;
    define_unpremultiply(in, 65535.0, out);
}

/* Over the background, by alpha.  Behind a gray picture is the luma of the
 * colour, a whole level of the picture's depth: Rec. 601, whose weights count
 * in 65536ths, as in every gray that minilab makes. */
static void define_flatten(const struct conversion_pixel *in, uint8_t bits,
                           const uint8_t *colour, struct conversion_pixel *out)
{
    const double full = full_scale(bits);
    const size_t last = in->channels - 1;
    const double alpha = in->samples[last] / full;
    const double level = full / 255.0;
    const double luma = nearest(
        level *
        (19595.0 * colour[0] + 38470.0 * colour[1] + 7471.0 * colour[2]) /
        65536.0);
    *out = (struct conversion_pixel){.channels = last};
    for (size_t c = 0; c < last; c++) {
        const double behind = last == 1 ? luma / full : colour[c] / 255.0;
        out->samples[c] = nearest(
            (in->samples[c] / full * alpha + behind * (1.0 - alpha)) * full);
    }
}

static void define_to_8_bits(const struct conversion_pixel *in, uint8_t bits,
                             const uint8_t *colour,
                             struct conversion_pixel *out)
{
    (void)bits;
    (void)colour;
    *out = *in;
    for (size_t c = 0; c < in->channels; c++)
        out->samples[c] = nearest(in->samples[c] / 65535.0 * 255.0);
}

const struct conversion conversion_premultiply_8 = {
    &ml_convert_premultiply, define_premultiply, 8, 16, ML_FILTER_ANY_ALPHA};
const struct conversion conversion_premultiply_16 = {
    &ml_convert_premultiply, define_premultiply, 16, 16, ML_FILTER_ANY_ALPHA};
const struct conversion conversion_unpremultiply_8 = {
    &ml_convert_unpremultiply_8, define_unpremultiply_8, 16, 8,
    ML_FILTER_ANY_ALPHA};
const struct conversion conversion_unpremultiply_16 = {
    &ml_convert_unpremultiply_16, define_unpremultiply_16, 16, 16,
    ML_FILTER_ANY_ALPHA};
const struct conversion conversion_flatten_8 = {
    &ml_convert_flatten, define_flatten, 8, 8, ML_FILTER_STRAIGHT_ALPHA};
const struct conversion conversion_flatten_16 = {
    &ml_convert_flatten, define_flatten, 16, 16, ML_FILTER_STRAIGHT_ALPHA};
const struct conversion conversion_to_8_bits = {
    &ml_convert_to_8_bits, define_to_8_bits, 16, 8, ML_FILTER_ANY_ALPHA};

/* ---- one conversion of one picture ---- */

static uint32_t sample_at(const uint8_t *row, size_t index, uint8_t bits)
{
    uint16_t sample;
    if (bits == 8)
        return row[index];
    memcpy(&sample, row + index * sizeof sample, sizeof sample);
    return sample;
}

static void sample_put(uint8_t *row, size_t index, uint8_t bits, uint32_t level)
{
    const uint16_t sample = (uint16_t)level;
    if (bits == 8)
        row[index] = (uint8_t)level;
    else
        memcpy(row + index * sizeof sample, &sample, sizeof sample);
}

/* Views are between guard pages; the shape that comes out is the one that the
 * chain counts on. */
void conversion_open(struct conversion_trial *trial,
                     const struct conversion *conversion, enum ml_layout layout,
                     uint32_t width, uint32_t height, const uint8_t *colour,
                     struct ml_random *random)
{
    const struct ml_shape shape = {.width = width,
                                   .height = height,
                                   .layout = layout,
                                   .bits = conversion->bits_in,
                                   .sub_x = 1,
                                   .sub_y = 1};
    struct ml_shape want = shape;
    struct ml_error err = {0};
    memset(trial, 0, sizeof *trial);
    trial->conversion = conversion;
    trial->colour = colour;
    trial->random = random;
    memcpy(trial->value.colour, colour, 3);
    trial->value.colour[3] = 255;
    assert_int_equal(ml_arena_open_small(&trial->arena, ARENA_BYTES, &err),
                     ML_OK);
    trial->setup = (struct ml_filter_setup){.values = &trial->value,
                                            .in = shape,
                                            .full_width = width,
                                            .full_height = height,
                                            .orientation = 1,
                                            .arena = &trial->arena};
    assert_int_equal(conversion->filter->prepare(&trial->setup, &err), ML_OK);
    assert_false(trial->setup.is_identity);
    want.bits = conversion->bits_out;
    if (conversion->filter == &ml_convert_flatten)
        want.layout = layout == ML_GRAYA ? ML_GRAY : ML_RGB;
    assert_true(ml_shape_same(&trial->setup.out, &want));
    pair_view_open(&trial->in, &shape, 0, height, ml_random_below(random, 2),
                   random);
    pair_view_open(&trial->got, &want, 0, height, ml_random_below(random, 2),
                   random);
    pair_view_open(&trial->want, &want, 0, height, true, random);
}

void conversion_close(struct conversion_trial *trial)
{
    pair_view_close(&trial->in);
    pair_view_close(&trial->got);
    pair_view_close(&trial->want);
    ml_arena_close(&trial->arena);
}

void conversion_put(struct conversion_trial *trial, uint32_t x, uint32_t y,
                    size_t channel, uint32_t level)
{
    const struct ml_shape *shape = &trial->setup.in;
    sample_put(ml_dst_row(&trial->in.rows, y),
               x * ml_channels(shape->layout) + channel, shape->bits, level);
}

/* Every sample of a view is what the definition says. */
static void trial_check_view(const struct conversion_trial *trial,
                             const struct pair_view *view, const char *name)
{
    const struct conversion *conversion = trial->conversion;
    const struct ml_shape *in = &trial->setup.in, *out = &trial->setup.out;
    struct conversion_pixel from = {.channels = ml_channels(in->layout)}, to;
    for (uint32_t y = 0; y < in->height; y++) {
        const uint8_t *row = ml_dst_row(&trial->in.rows, y);
        const uint8_t *made = ml_dst_row(&view->rows, y);
        for (uint32_t x = 0; x < in->width; x++) {
            for (size_t c = 0; c < from.channels; c++)
                from.samples[c] =
                    sample_at(row, x * from.channels + c, in->bits);
            conversion->define(&from, in->bits, trial->colour, &to);
            for (size_t c = 0; c < to.channels; c++) {
                const uint32_t got =
                    sample_at(made, x * to.channels + c, out->bits);
                if (got != (uint32_t)to.samples[c])
                    fail_msg("%s: %s of %s, %u bits: channel %zu of %.0f, "
                             "alpha %.0f: %u, not %.0f",
                             conversion->filter->name, name,
                             ml_layout_name(in->layout), in->bits, c,
                             from.samples[c], from.samples[from.channels - 1],
                             got, to.samples[c]);
            }
        }
    }
    pair_view_check(view);
}

/* The lower rows before the upper ones: a range may be asked for in any order.
 * A conversion needs the row that it makes and no other. */
void conversion_run(struct conversion_trial *trial)
{
    const struct ml_filter *filter = trial->conversion->filter;
    const struct ml_shape *in = &trial->setup.in, *out = &trial->setup.out;
    const struct ml_src frame = ml_dst_as_src(&trial->in.rows);
    const uint32_t cut = ml_random_below(trial->random, in->height);
    struct pair_block scratch;
    pair_block_open(&scratch,
                    ml_round_up(trial->setup.scratch_bytes, ML_ARENA_ALIGN),
                    true);
    pair_view_protect(&trial->in);
    for (unsigned part = 2; part-- > 0;) {
        const uint32_t y = part ? cut : 0, y_end = part ? in->height : cut;
        if (y == y_end)
            continue;
        const struct ml_range range =
            filter->input_window(trial->setup.state, y, y_end);
        assert_true(range.y == y && range.y_end == y_end);
        const struct ml_src src = ml_src_part(&frame, in, y, y_end);
        const struct ml_dst dst = ml_dst_part(&trial->got.rows, out, y, y_end);
        filter->render(trial->setup.state, scratch.data, &dst, &src);
    }
    filter->render_ref(trial->setup.state, scratch.data, &trial->want.rows,
                       &frame);
    trial_check_view(trial, &trial->got, "rows");
    trial_check_view(trial, &trial->want, "rows_ref");
    pair_block_close(&scratch);
}
