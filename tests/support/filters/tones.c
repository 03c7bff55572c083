/* tones.c: see tones.h. */
#include "support/filters/tones.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "chain/chain.h"
#include "support/filters/mix.h"

#define SEED UINT64_C(7)
#define NEAREST 0.5001 /* levels: halves, and the last bits of a double */
#define ROWS 2

static const enum ml_layout layouts[] = {ML_GRAY, ML_GRAYA, ML_RGB, ML_RGBA};

struct tones {
    const char *text;
    struct ml_chain *chain;
    double (*want)(double x, double value);
    void (*want_colours)(const double in[3], double out[3], double value);
    double value, slack;
};

/* The first row has every value in every channel, the second is noise. */
static void tones_fill(struct mix_picture *in, enum ml_layout layout,
                       uint8_t bits, struct ml_random *random)
{
    const uint32_t levels = bits == 8 ? 256 : 65536;
    const struct ml_shape shape = {levels, ROWS, layout, bits, 1, 1};
    const uint32_t channels = ml_channels(layout);
    mix_open(in, &shape);
    for (uint32_t y = 0; y < ROWS; y++) {
        uint8_t *row = ml_dst_row(&in->rows, y);
        for (uint32_t i = 0; i < levels * channels; i++) {
            const uint32_t shift = i % channels * 77;
            const uint32_t level = y == 0 ? (i / channels + shift) % levels
                                          : ml_random_below(random, levels);
            if (bits == 8)
                row[i] = (uint8_t)level;
            else
                ((uint16_t *)(void *)row)[i] = (uint16_t)level;
        }
    }
}

/* Make out[] of in[], `colours` of them. */
static void tones_want(const struct tones *tones, size_t colours,
                       const double in[3], double out[3])
{
    if (tones->want) {
        for (size_t c = 0; c < colours; c++)
            out[c] = tones->want(in[c], tones->value);
        return;
    }
    const double gray[3] = {in[0], in[0], in[0]};
    tones->want_colours(colours == 1 ? gray : in, out, tones->value);
}

static bool tones_stay_gray(const struct tones *tones)
{
    for (double x = 0; tones->want_colours && x <= 1; x += 0.125) {
        const double in[3] = {x, x, x};
        double out[3];
        tones->want_colours(in, out, tones->value);
        if (fabs(out[1] - out[0]) > 1e-9 || fabs(out[2] - out[0]) > 1e-9)
            return false;
    }
    return true;
}

static void tones_check_pixel(const struct tones *tones,
                              const struct mix_picture *in,
                              const struct mix_picture *out, uint32_t y,
                              size_t x)
{
    const double most = in->shape.bits == 8 ? 255 : 65535;
    const size_t from = ml_channels(in->shape.layout);
    const size_t to = ml_channels(out->shape.layout);
    const size_t colours = from < 3 ? 1 : 3;
    const bool alpha = ml_has_alpha(in->shape.layout);
    double samples[3] = {0}, want[3] = {0};
    for (size_t c = 0; c < colours; c++)
        samples[c] = mix_sample(in, 0, y, x * from + c) / most;
    tones_want(tones, colours, samples, want);
    for (size_t c = 0; c < to - (alpha ? 1 : 0); c++) {
        const double level = mix_sample(out, 0, y, x * to + c);
        const double exact = fmin(fmax(want[c], 0), 1) * most;
        if (!(fabs(level - exact) <= NEAREST + tones->slack * most))
            fail_msg("%s: %g %g %g of %g: channel %zu is %g, not %g",
                     tones->text, samples[0] * most, samples[1] * most,
                     samples[2] * most, most, c, level, exact);
    }
    if (alpha)
        assert_true(mix_sample(out, 0, y, x * to + to - 1) ==
                    mix_sample(in, 0, y, x * from + from - 1));
}

static void tones_check_layout(const struct tones *tones, enum ml_layout layout,
                               uint8_t bits)
{
    const struct ml_chain_item *item = &tones->chain->items[0];
    const bool gray = layout == ML_GRAY || layout == ML_GRAYA;
    struct ml_random random = {SEED};
    struct mix_picture in;
    struct mix_run run;
    tones_fill(&in, layout, bits, &random);
    mix_run(&run, item->filter, item->values, &in, 0, 0, &random);
    if (gray && !tones_stay_gray(tones))
        assert_int_equal(run.out.shape.layout,
                         layout == ML_GRAY ? ML_RGB : ML_RGBA);
    else
        assert_int_equal(run.out.shape.layout, layout);
    for (uint32_t y = 0; y < ROWS; y++)
        for (size_t x = 0; x < in.shape.width; x++)
            tones_check_pixel(tones, &in, &run.out, y, x);
    mix_run_close(&run);
    mix_close(&in);
}

static struct ml_chain *tones_parse(const char *text)
{
    struct ml_chain *chain = calloc(1, sizeof *chain);
    struct ml_error err;
    assert_non_null(chain);
    if (ml_chain_parse(chain, text, &err) != ML_OK)
        fail_msg("%s: %s: %s", text, err.what, err.why);
    return chain;
}

static void tones_check_all(struct tones *tones)
{
    tones->chain = tones_parse(tones->text);
    for (uint8_t bits = 8; bits <= 16; bits += 8)
        for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++)
            tones_check_layout(tones, layouts[i], bits);
    free(tones->chain);
}

void tones_check(const char *text, double (*want)(double x, double value),
                 double value)
{
    struct tones tones = {.text = text, .want = want, .value = value};
    tones_check_all(&tones);
}

void tones_check_colours(const char *text,
                         void (*want)(const double in[3], double out[3],
                                      double value),
                         double value, double slack)
{
    struct tones tones = {
        .text = text, .want_colours = want, .value = value, .slack = slack};
    tones_check_all(&tones);
}

void tones_check_unchanged(const char *text)
{
    struct ml_chain *chain = tones_parse(text);
    for (uint8_t bits = 8; bits <= 16; bits += 8) {
        for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++) {
            const struct ml_shape shape = {5, 5, layouts[i], bits, 1, 1};
            struct mix_run run;
            struct ml_error err;
            assert_int_equal(mix_prepare(&run, chain->items[0].filter,
                                         chain->items[0].values, &shape, 0, 0,
                                         &err),
                             ML_OK);
            assert_true(run.setup.is_identity);
            ml_arena_close(&run.arena);
        }
    }
    free(chain);
}
