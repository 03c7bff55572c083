/* test_convolve.c: weighted sums against a definition in doubles, separable or
 * not; flat pictures, alpha and planes; and invalid weights.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "support/filters/mix.h"
#include "support/filters/pair.h"
#include "support/simd_levels.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define ROUNDS 4 /* pictures of each layout and depth, the last one wide */
#define SIDE_MAX 90
#define WIDE_MAX 1500 /* several tiles of whatever makes the sums */

/* A kernel as text, and what the text must mean. */
struct kernel {
    const char *text;
    uint32_t width, height;
    double divisor, offset;
    double weights[49];
    bool apart; /* rows and columns apart, in 16 bits: less exact */
};

#define ONES_7 1, 1, 1, 1, 1, 1, 1
#define FRACTIONS                                                              \
    0.25, -0.5, 0.125, 1, 2, 0.0625, -1.5, 0.375, 0.75, 0.5, 3, -2.25, 0.5, 1, \
        0.125, 0.25, -0.75, 2, 0.5, 0.25, 0.5, 1, -0.125, 0.25, 1.5

static const struct kernel kernels[] = {
    {"convolve:emboss", 3, 3, 1, 0, {-2, -1, 0, -1, 1, 1, 0, 1, 2}, false},
    {"convolve:edges", 3, 3, 1, 0, {-1, -1, -1, -1, 8, -1, -1, -1, -1}, false},
    {"convolve:laplace,offset=7",
     3,
     3,
     1,
     7,
     {0, -1, 0, -1, 4, -1, 0, -1, 0},
     false},
    {"convolve:sharpen", 3, 3, 1, 0, {0, -1, 0, -1, 5, -1, 0, -1, 0}, false},
    {"convolve:smooth", 3, 3, 16, 0, {1, 2, 1, 2, 4, 2, 1, 2, 1}, false},
    {"convolve:smooth,divisor=32,offset=-3",
     3,
     3,
     32,
     -3,
     {1, 2, 1, 2, 4, 2, 1, 2, 1},
     false},
    {"convolve:sobel-x,offset=128",
     3,
     3,
     1,
     128,
     {-1, 0, 1, -2, 0, 2, -1, 0, 1},
     false},
    {"convolve:sobel-y,divisor=4,offset=127.5",
     3,
     3,
     4,
     127.5,
     {-1, -2, -1, 0, 0, 0, 1, 2, 1},
     false},
    {"convolve:weights=0_-127_0,size=3x1,divisor=128,offset=200",
     3,
     1,
     128,
     200,
     {0, -127, 0},
     false},
    {"convolve:weights=63_1_63,size=1x3,divisor=128",
     1,
     3,
     128,
     0,
     {63, 1, 63},
     false},
    {"convolve:weights=1_2_3_4_5,size=5x1",
     5,
     1,
     15,
     0,
     {1, 2, 3, 4, 5},
     false},
    {"convolve:weights=1_-2_7,size=1x3,divisor=3,offset=-9.5",
     1,
     3,
     3,
     -9.5,
     {1, -2, 7},
     false},
    {"convolve:weights=.25_-.5_.125_1_2_.0625_-1.5_.375_.75_.5_3_-2.25_.5_1_"
     ".125_.25_-.75_2_.5_.25_.5_1_-.125_.25_1.5",
     5,
     5,
     10.8125,
     0,
     {FRACTIONS},
     false},
    {"convolve:weights=1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_"
     "1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1",
     7,
     7,
     49,
     0,
     {ONES_7, ONES_7, ONES_7, ONES_7, ONES_7, ONES_7, ONES_7},
     true},
    {"convolve:weights=-1_-2_0_2_1_-4_-8_0_8_4_-6_-12_0_12_6_-4_-8_0_8_4_-1_-2_"
     "0_2_1,divisor=12,offset=100",
     5,
     5,
     12,
     100,
     {-1, -2, 0,  2,  1, -4, -8, 0,  8,  4, -6, -12, 0,
      12, 6,  -4, -8, 0, 8,  4,  -1, -2, 0, 2,  1},
     true},
};

static const struct ml_shape kinds[] = {
    {.layout = ML_GRAY, .bits = 8, .sub_x = 1, .sub_y = 1},
    {.layout = ML_GRAYA, .bits = 8, .sub_x = 1, .sub_y = 1},
    {.layout = ML_RGB, .bits = 8, .sub_x = 1, .sub_y = 1},
    {.layout = ML_RGBA, .bits = 8, .sub_x = 1, .sub_y = 1},
    {.layout = ML_GRAYA, .bits = 16, .sub_x = 1, .sub_y = 1},
    {.layout = ML_RGB, .bits = 16, .sub_x = 1, .sub_y = 1},
    {.layout = ML_RGBA, .bits = 16, .sub_x = 1, .sub_y = 1},
};

/* ---- the definition ---- */

static double sample(const struct pair_view *view, uint32_t x, uint32_t y,
                     size_t channel)
{
    const uint8_t *row =
        view->rows.data[0] + (size_t)y * view->rows.stride_bytes[0];
    const size_t at = x * (size_t)ml_channels(view->shape.layout) + channel;
    uint16_t sample;
    if (view->shape.bits == 8)
        return row[at];
    memcpy(&sample, row + at * sizeof sample, sizeof sample);
    return sample;
}

static uint32_t clamped(int64_t at, uint32_t length)
{
    return at < 0 ? 0 : at >= length ? length - 1 : (uint32_t)at;
}

/* The sum over the window, divided; *flat_out: all of it was one value. */
static double summed(const struct kernel *kernel, const struct pair_view *in,
                     uint32_t x, uint32_t y, size_t channel, bool *flat_out)
{
    double sum = 0;
    *flat_out = true;
    for (uint32_t j = 0; j < kernel->height; j++)
        for (uint32_t i = 0; i < kernel->width; i++) {
            const uint32_t from_x =
                clamped((int64_t)x + i - kernel->width / 2, in->shape.width);
            const uint32_t from_y =
                clamped((int64_t)y + j - kernel->height / 2, in->shape.height);
            const double from = sample(in, from_x, from_y, channel);
            sum += kernel->weights[j * kernel->width + i] * from;
            *flat_out &= from == sample(in, x, y, channel);
        }
    return sum / kernel->divisor;
}

static bool averages(const struct kernel *kernel)
{
    double sum = 0;
    for (uint32_t i = 0; i < kernel->width * kernel->height; i++)
        sum += kernel->weights[i];
    return sum == kernel->divisor && kernel->offset == 0;
}

static double within(double level, double most)
{
    return fmin(fmax(level, 0), most);
}

/* What the sample should be, not rounded. */
static double truth(const struct kernel *kernel, const struct pair_view *in,
                    uint32_t x, uint32_t y, size_t channel, bool *flat_out)
{
    const struct ml_shape *shape = &in->shape;
    const size_t last = ml_channels(shape->layout) - 1U;
    const double white = shape->bits == 8 ? 255 : 65535;
    const double level = summed(kernel, in, x, y, channel, flat_out);
    if (!ml_has_alpha(shape->layout))
        return within(level + kernel->offset * white / 255, white);
    bool unused;
    const double was = sample(in, x, y, last);
    const double is =
        averages(kernel)
            ? within(summed(kernel, in, x, y, last, &unused), white)
            : was;
    return channel == last ? is
                           : within(level + kernel->offset * was / 255, is);
}

/* How far a sample may be from it, in levels. */
static double allowed(const struct kernel *kernel, const struct ml_shape *shape,
                      bool flat)
{
    if (flat && averages(kernel))
        return 0;
    if (kernel->apart)
        return shape->bits == 8 ? 1.5 : 0.75;
    return shape->bits == 8 ? 0.501 : 0.6; /* of floats, many levels */
}

static void check_truth(const struct kernel *kernel, const struct pair *pair)
{
    const struct ml_shape *shape = &pair->in.shape;
    for (uint32_t y = 0; y < shape->height; y++)
        for (uint32_t x = 0; x < shape->width; x++)
            for (size_t c = 0; c < ml_channels(shape->layout); c++) {
                bool flat;
                const double want = truth(kernel, &pair->in, x, y, c, &flat);
                const double got = sample(&pair->got, x, y, c);
                if (fabs(got - want) > allowed(kernel, shape, flat))
                    fail_msg("%s: %s of %u bits, %u x %u: %g, not %g",
                             kernel->text, ml_layout_name(shape->layout),
                             shape->bits, shape->width, shape->height, got,
                             want);
            }
}

static struct ml_chain_item item_of(const char *text)
{
    static struct ml_chain chain;
    struct ml_error err = {0};
    memset(&chain, 0, sizeof chain);
    if (ml_chain_parse(&chain, text, &err) != ML_OK)
        fail_msg("%s: %s: %s", text, err.what, err.why);
    return chain.items[0];
}

static void every_kernel_is_within_its_error_of_the_truth(void **state)
{
    const uint64_t seed = pair_seed();
    struct ml_random random = {seed};
    (void)state;
    for (size_t k = 0; k < COUNT(kernels); k++) {
        const struct ml_chain_item item = item_of(kernels[k].text);
        for (size_t i = 0; i < COUNT(kinds) * ROUNDS; i++) {
            struct ml_shape shape = kinds[i % COUNT(kinds)];
            struct ml_error err = {0};
            struct pair pair;
            const bool wide = i / COUNT(kinds) == ROUNDS - 1;
            shape.width =
                1 + ml_random_below(&random, wide ? WIDE_MAX : SIDE_MAX);
            shape.height =
                1 + ml_random_below(&random, wide ? 6 : SIDE_MAX / 2);
            assert_int_equal(pair_open(&pair, &item, &shape, shape.width,
                                       shape.height, 1, &random, &err),
                             ML_OK);
            pair.text = kernels[k].text;
            pair.seed = seed;
            pair_run(&pair, &random);
            check_truth(&kernels[k], &pair);
            pair_close(&pair);
        }
    }
}

/* ---- planes ---- */

static void averages_alone_stay_on_planes_of_one_size(void **state)
{
    static const struct {
        const char *text;
        uint8_t sub;
        bool refused;
    } cases[] = {{"convolve:smooth", 1, false},
                 {"convolve:smooth", 2, true},
                 {"convolve:sharpen", 1, false},
                 {"convolve:edges", 1, true},
                 {"convolve:emboss", 1, false},
                 {"convolve:smooth,offset=1", 1, true},
                 {"convolve:smooth,divisor=15", 1, true},
                 {"convolve:sobel-x,offset=128", 1, true}};
    struct ml_random random = {7};
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct ml_chain_item item = item_of(cases[i].text);
        const struct ml_shape shape = {40, 30,           ML_YCC,
                                       8,  cases[i].sub, cases[i].sub};
        struct ml_error err = {0};
        struct pair pair;
        assert_int_equal(
            pair_open(&pair, &item, &shape, 40, 30, 1, &random, &err), ML_OK);
        assert_int_equal(pair_is_refused(&pair), cases[i].refused);
        pair_close(&pair);
    }
}

/* JFIF's colours of three samples. */
static void to_rgb(const double ycc[3], double rgb[3])
{
    const double cb = ycc[1] - 128, cr = ycc[2] - 128;
    rgb[0] = ycc[0] + 1.402 * cr;
    rgb[1] = ycc[0] - 0.344136 * cb - 0.714136 * cr;
    rgb[2] = ycc[0] + 1.772 * cb;
}

/* Colours of a picture; planes go through the matrix. */
static void colours(const struct mix_picture *picture, uint32_t y, uint32_t x,
                    double rgb[3])
{
    double samples[3];
    const bool planes = picture->shape.layout == ML_YCC;
    for (uint32_t c = 0; c < 3; c++)
        samples[c] = planes ? mix_sample(picture, c, y, x)
                            : mix_sample(picture, 0, y, (size_t)x * 3 + c);
    if (planes)
        to_rgb(samples, rgb);
    else
        memcpy(rgb, samples, sizeof samples);
}

/* Not so far from gray that anything is clamped. */
static void fill_near_gray(struct mix_picture *ycc, struct mix_picture *rgb,
                           struct ml_random *random)
{
    for (uint32_t p = 0; p < 3; p++)
        for (uint32_t y = 0; y < ycc->shape.height; y++) {
            uint8_t *row = ycc->rows.data[p] + y * ycc->rows.stride_bytes[p];
            for (uint32_t x = 0; x < ycc->shape.width; x++)
                row[x] = (uint8_t)(124 + ml_random_below(random, 8));
        }
    for (uint32_t y = 0; y < ycc->shape.height; y++)
        for (uint32_t x = 0; x < ycc->shape.width; x++) {
            double levels[3];
            colours(ycc, y, x, levels);
            for (size_t c = 0; c < 3; c++)
                ml_dst_row(&rgb->rows, y)[3 * (size_t)x + c] =
                    (uint8_t)(levels[c] + 0.5);
        }
}

static void of_planes_it_makes_what_it_makes_of_colours(void **state)
{
    static const char *const texts[] = {"convolve:smooth", "convolve:sharpen"};
    struct ml_random random = {3};
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        const struct ml_chain_item item = item_of(texts[i]);
        const struct ml_shape planes = {50, 40, ML_YCC, 8, 1, 1};
        const struct ml_shape interleaved = {50, 40, ML_RGB, 8, 1, 1};
        struct mix_picture ycc, rgb;
        struct mix_run run_ycc, run_rgb;
        /* Roundings of three samples and of the colours before. */
        const double most = i == 0 ? 3 : 8;
        mix_open(&ycc, &planes);
        mix_open(&rgb, &interleaved);
        fill_near_gray(&ycc, &rgb, &random);
        mix_run(&run_ycc, item.filter, item.values, &ycc, 0, 0, &random);
        mix_run(&run_rgb, item.filter, item.values, &rgb, 0, 0, &random);
        for (uint32_t y = 0; y < planes.height; y++)
            for (uint32_t x = 0; x < planes.width; x++) {
                double a[3], b[3];
                colours(&run_ycc.out, y, x, a);
                colours(&run_rgb.out, y, x, b);
                for (size_t c = 0; c < 3; c++)
                    assert_true(fabs(a[c] - b[c]) < most);
            }
        mix_run_close(&run_ycc);
        mix_run_close(&run_rgb);
        mix_close(&ycc);
        mix_close(&rgb);
    }
}

/* ---- usage errors ---- */

static void weights_that_make_no_window_are_refused(void **state)
{
    static const struct {
        const char *text, *what, *why;
    } cases[] = {
        {"convolve", "one kernel", "neither a kernel nor weights"},
        {"convolve:offset=3", "one kernel", "neither"},
        {"convolve:emboss,weights=1", "one kernel", "both"},
        {"convolve:emboss,size=3x3", "size too many", "3x3"},
        {"convolve:weights=1_2", "no square", "2 weights"},
        {"convolve:weights=1_2_3_4", "no square", "4 weights"},
        {"convolve:weights=1_2_3,size=50%", "no square", "3 weights"},
        {"convolve:weights=1_2_3_4_5_6,size=2x3", "middle", "2 x 3"},
        {"convolve:weights=1_2_3,size=3", "middle", "3 x 0"},
        {"convolve:weights=1_2,size=17x1", "middle", "17 x 1"},
        {"convolve:weights=1_2,size=3x1", "wrong number",
         "2 weights for 3 x 1"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct ml_chain_item item = item_of(cases[i].text);
        const struct ml_shape shape = {4, 4, ML_RGB, 8, 1, 1};
        struct ml_random random = {1};
        struct ml_error err = {0};
        struct pair pair;
        assert_int_equal(
            pair_open(&pair, &item, &shape, 4, 4, 1, &random, &err),
            ML_ERR_USAGE);
        if (!strstr(err.what, cases[i].what) || !strstr(err.why, cases[i].why))
            fail_msg("%s: %s: %s", cases[i].text, err.what, err.why);
        assert_true(err.remedy[0] != '\0');
        pair_close(&pair);
    }
}

/* Divisors that are powers of two shift whole sums. */
static void halves_go_up_on_either_side_of_zero(void **state)
{
    static const struct {
        const char *text;
        uint8_t centre, want; /* between samples of 100 */
    } cases[] = {
        {"convolve:sharpen,divisor=2,offset=10", 101, 63}, /* 52.5 */
        {"convolve:sharpen,divisor=2,offset=10", 102, 65},
        {"convolve:laplace,divisor=8,offset=7", 101, 8},  /* 0.5 */
        {"convolve:laplace,divisor=8,offset=7", 99, 7},   /* -0.5 */
        {"convolve:laplace,divisor=8,offset=7", 97, 6},   /* -1.5 */
        {"convolve:laplace,divisor=256,offset=7", 68, 7}, /* -0.5 */
        {"convolve:laplace,divisor=256,offset=7", 67, 6},
        {"convolve:laplace,divisor=512,offset=7", 164, 8}, /* 0.5, as floats */
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct ml_chain_item item = item_of(cases[i].text);
        const struct ml_shape shape = {5, 5, ML_GRAY, 8, 1, 1};
        struct ml_random random = {1};
        struct mix_picture in;
        struct mix_run run;
        mix_open(&in, &shape);
        for (uint32_t y = 0; y < 5; y++)
            memset(ml_dst_row(&in.rows, y), 100, 5);
        ml_dst_row(&in.rows, 2)[2] = cases[i].centre;
        mix_run(&run, item.filter, item.values, &in, 0, 0, &random);
        assert_int_equal(mix_sample(&run.out, 0, 2, 2), cases[i].want);
        mix_run_close(&run);
        mix_close(&in);
    }
}

static int run_all(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kernel_is_within_its_error_of_the_truth),
        cmocka_unit_test(halves_go_up_on_either_side_of_zero),
        cmocka_unit_test(averages_alone_stay_on_planes_of_one_size),
        cmocka_unit_test(of_planes_it_makes_what_it_makes_of_colours),
        cmocka_unit_test(weights_that_make_no_window_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return levels_run(run_all);
}
