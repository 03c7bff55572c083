/* test_convert.c: every conversion that the chain inserts, held to its
 * definition (support/filters/conversion.h): all pairs of colour and alpha at 8
 * bits, noise and the ends of the range at 16, every alpha as a divisor, every
 * sample that is rounded to 8 bits.  All of it at every level of vector
 * instructions.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/filters/conversion.h"
#include "support/simd_levels.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const enum ml_layout alpha_layouts[] = {ML_GRAYA, ML_RGBA};
static const enum ml_layout all_layouts[] = {ML_GRAY, ML_GRAYA, ML_RGB, ML_RGBA,
                                             ML_CMYK};

/* The luma of the last is 28.5: a half. */
static const uint8_t backgrounds[][3] = {
    {0, 0, 0},     {255, 255, 255}, {1, 254, 128}, {10, 1, 4},
    {2, 2, 6},     {0, 4, 1},       {100, 50, 30}, {10, 0, 40},
    {0, 250, 250}, {250, 0, 0},     {0, 0, 250},
};

/* ---- pictures ---- */

/* Noise, or the ends of the range and their neighbours. */
static uint32_t any_level(struct ml_random *random, uint8_t bits, bool ends)
{
    const uint32_t most = bits == 8 ? 255 : 65535;
    const uint32_t near = ml_random_below(random, 3);
    if (!ends)
        return ml_random_below(random, most + 1);
    switch (ml_random_below(random, 3)) {
    case 0:
        return near;
    case 1:
        return most - near;
    default:
        return most / 2 + near;
    }
}

static void noise(const struct conversion *conversion, enum ml_layout layout,
                  const uint8_t *colour, struct ml_random *random)
{
    for (unsigned round = 0; round < 12; round++) {
        struct conversion_trial trial;
        conversion_open(&trial, conversion, layout,
                        1 + ml_random_below(random, 150),
                        1 + ml_random_below(random, 9), colour, random);
        const struct ml_shape *in = &trial.setup.in;
        for (uint32_t y = 0; y < in->height; y++) {
            for (uint32_t x = 0; x < in->width; x++) {
                for (size_t c = 0; c < ml_channels(layout); c++)
                    conversion_put(&trial, x, y, c,
                                   any_level(random, in->bits, round % 2));
            }
        }
        conversion_run(&trial);
        conversion_close(&trial);
    }
}

/* Alpha down, a colour across; the other colours run against it. */
static void every_pair_of_8_bits(const struct conversion *conversion,
                                 enum ml_layout layout, const uint8_t *colour,
                                 struct ml_random *random)
{
    const size_t colours = ml_channels(layout) - 1;
    struct conversion_trial trial;
    conversion_open(&trial, conversion, layout, 256, 256, colour, random);
    for (uint32_t y = 0; y < 256; y++) {
        for (uint32_t x = 0; x < 256; x++) {
            const uint32_t levels[3] = {x, 255 - x, x ^ 0x5a};
            for (size_t c = 0; c < colours; c++)
                conversion_put(&trial, x, y, c, levels[c]);
            conversion_put(&trial, x, y, colours, y);
        }
    }
    conversion_run(&trial);
    conversion_close(&trial);
}

/* ---- tests ---- */

static void random_pictures_are_converted_by_the_definition(void **state)
{
    static const struct conversion *const conversions[] = {
        &conversion_premultiply_8,   &conversion_premultiply_16,
        &conversion_unpremultiply_8, &conversion_unpremultiply_16,
        &conversion_flatten_8,       &conversion_flatten_16,
    };
    struct ml_random random = {pair_seed()};
    (void)state;
    for (size_t i = 0; i < COUNT(conversions); i++) {
        for (size_t l = 0; l < COUNT(alpha_layouts); l++) {
            for (size_t b = 0; b < COUNT(backgrounds); b++)
                noise(conversions[i], alpha_layouts[l], backgrounds[b],
                      &random);
        }
    }
    for (size_t l = 0; l < COUNT(all_layouts); l++)
        noise(&conversion_to_8_bits, all_layouts[l], backgrounds[0], &random);
}

static void every_8_bit_pixel_is_premultiplied_exactly(void **state)
{
    struct ml_random random = {1};
    (void)state;
    for (size_t l = 0; l < COUNT(alpha_layouts); l++)
        every_pair_of_8_bits(&conversion_premultiply_8, alpha_layouts[l],
                             backgrounds[0], &random);
}

static void every_8_bit_pixel_is_laid_over_each_background(void **state)
{
    struct ml_random random = {2};
    (void)state;
    for (size_t l = 0; l < COUNT(alpha_layouts); l++) {
        for (size_t b = 0; b < COUNT(backgrounds); b++)
            every_pair_of_8_bits(&conversion_flatten_8, alpha_layouts[l],
                                 backgrounds[b], &random);
    }
}

/* All alphas of a power of two and its neighbours, each with 256 colours from
 * none to all, for the 16-bit forms. */
static void sixteen_bits_follow_the_definition_at_every_scale(void **state)
{
    static const struct conversion *const conversions[] = {
        &conversion_premultiply_16, &conversion_flatten_16};
    struct ml_random random = {3};
    (void)state;
    for (size_t i = 0; i < COUNT(conversions) * COUNT(alpha_layouts); i++) {
        const enum ml_layout layout = alpha_layouts[i % COUNT(alpha_layouts)];
        const size_t colours = ml_channels(layout) - 1;
        struct conversion_trial trial;
        conversion_open(&trial, conversions[i / COUNT(alpha_layouts)], layout,
                        256, 17 * 3, backgrounds[2], &random);
        for (uint32_t y = 0; y < 17 * 3; y++) {
            const int32_t alpha = (1 << y / 3) + (int32_t)(y % 3) - 1;
            for (uint32_t x = 0; x < 256; x++) {
                for (size_t c = 0; c < colours; c++)
                    conversion_put(&trial, x, y, c,
                                   (x * 257 + (uint32_t)c) & 65535);
                conversion_put(&trial, x, y, colours,
                               alpha > 65535 ? 65535 : (uint32_t)alpha);
            }
        }
        conversion_run(&trial);
        conversion_close(&trial);
    }
}

/* Every alpha, with colours around none, half of it, itself and above it: sums
 * of kernels with negative weights may lie there. */
static void every_alpha_is_divided_by(const struct conversion *conversion)
{
    const uint32_t around[] = {0, 1, 2, 3};
    struct ml_random random = {4};
    struct conversion_trial trial;
    conversion_open(&trial, conversion, ML_RGBA, 256 * 4, 256, backgrounds[0],
                    &random);
    for (uint32_t alpha = 0; alpha < 65536; alpha++) {
        for (uint32_t i = 0; i < COUNT(around); i++) {
            const uint32_t x = alpha % 256 * 4 + i, y = alpha / 256;
            const uint32_t above = alpha + around[i] - 1;
            conversion_put(&trial, x, y, 0, alpha / 2 + around[i]);
            conversion_put(&trial, x, y, 1,
                           alpha + around[i] == 0 ? 0
                           : above > 65535        ? 65535
                                                  : above);
            conversion_put(&trial, x, y, 2,
                           ml_random_below(&random, alpha + 1));
            conversion_put(&trial, x, y, 3, alpha);
        }
    }
    conversion_run(&trial);
    conversion_close(&trial);
}

/* Every colour up to a little above alpha, for alphas up to 256: the quotients
 * that are halves are among them. */
static void every_small_pixel_is_divided(const struct conversion *conversion)
{
    struct ml_random random = {5};
    struct conversion_trial trial;
    conversion_open(&trial, conversion, ML_GRAYA, 260, 257, backgrounds[0],
                    &random);
    for (uint32_t alpha = 0; alpha <= 256; alpha++) {
        for (uint32_t x = 0; x < 260; x++) {
            conversion_put(&trial, x, alpha, 0, x);
            conversion_put(&trial, x, alpha, 1, alpha);
        }
    }
    conversion_run(&trial);
    conversion_close(&trial);
}

static void colour_is_divided_by_every_alpha(void **state)
{
    (void)state;
    every_alpha_is_divided_by(&conversion_unpremultiply_8);
    every_alpha_is_divided_by(&conversion_unpremultiply_16);
    every_small_pixel_is_divided(&conversion_unpremultiply_8);
    every_small_pixel_is_divided(&conversion_unpremultiply_16);
}

static void every_sample_is_rounded_to_8_bits(void **state)
{
    struct ml_random random = {6};
    (void)state;
    for (size_t l = 0; l < COUNT(all_layouts); l++) {
        const uint32_t channels = ml_channels(all_layouts[l]);
        struct conversion_trial trial;
        conversion_open(&trial, &conversion_to_8_bits, all_layouts[l],
                        256 / channels + 1, 257, backgrounds[0], &random);
        for (uint32_t i = 0; i < trial.setup.in.width * 257 * channels; i++) {
            const uint32_t row = trial.setup.in.width * channels;
            conversion_put(&trial, i % row / channels, i / row, i % channels,
                           i < 65536 ? i : 65535);
        }
        conversion_run(&trial);
        conversion_close(&trial);
    }
}

/* There and back: no 8-bit colour that can be seen at all is lost. */
static void premultiplied_8_bit_colours_come_back(void **state)
{
    struct ml_random random = {7};
    struct conversion_trial there, back;
    (void)state;
    conversion_open(&there, &conversion_premultiply_8, ML_GRAYA, 256, 256,
                    backgrounds[0], &random);
    conversion_open(&back, &conversion_unpremultiply_8, ML_GRAYA, 256, 256,
                    backgrounds[0], &random);
    for (uint32_t i = 0; i < 65536; i++) {
        conversion_put(&there, i % 256, i / 256, 0, i % 256);
        conversion_put(&there, i % 256, i / 256, 1, i / 256);
    }
    conversion_run(&there);
    const struct ml_src made = ml_dst_as_src(&there.got.rows);
    ml_rows_copy(&back.in.rows, &made, &back.setup.in);
    conversion_run(&back);
    for (uint32_t y = 0; y < 256; y++) {
        for (uint32_t x = 0; x < 256; x++) {
            const uint8_t *pixel = ml_dst_row(&back.got.rows, y) + 2 * x;
            assert_int_equal(pixel[0], y == 0 ? 0 : x);
            assert_int_equal(pixel[1], y);
        }
    }
    conversion_close(&there);
    conversion_close(&back);
}

/* The chain goes by these flags when it decides where conversions stand. */
static void conversions_say_how_they_treat_alpha(void **state)
{
    static const struct conversion *const conversions[] = {
        &conversion_premultiply_8,    &conversion_unpremultiply_8,
        &conversion_unpremultiply_16, &conversion_flatten_8,
        &conversion_to_8_bits,
    };
    (void)state;
    for (size_t i = 0; i < COUNT(conversions); i++) {
        const struct ml_filter *filter = conversions[i]->filter;
        assert_int_equal(filter->flags &
                             (ML_FILTER_PREMULTIPLIED | ML_FILTER_ANY_ALPHA |
                              ML_FILTER_STRAIGHT_ALPHA),
                         conversions[i]->alpha_rule);
        assert_false(filter->flags & (ML_FILTER_SEQUENTIAL | ML_FILTER_RESIZES |
                                      ML_FILTER_YCC));
        assert_true(filter->name && filter->summary);
    }
}

static int run(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_pictures_are_converted_by_the_definition),
        cmocka_unit_test(every_8_bit_pixel_is_premultiplied_exactly),
        cmocka_unit_test(every_8_bit_pixel_is_laid_over_each_background),
        cmocka_unit_test(sixteen_bits_follow_the_definition_at_every_scale),
        cmocka_unit_test(colour_is_divided_by_every_alpha),
        cmocka_unit_test(every_sample_is_rounded_to_8_bits),
        cmocka_unit_test(premultiplied_8_bit_colours_come_back),
        cmocka_unit_test(conversions_say_how_they_treat_alpha),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return levels_run(run);
}
