/* limits.c: see limits.h. */
#include "limits.h"

#include <string.h>
#include <time.h>

#include "base/random.h"
#include "filters/kernels/vectors.h"
#include "os/simd_level.h"

/* ---- rates ---- */

#define LIMITS_AT_ONCE 16 /* operations an iteration */
#define LIMITS_TURNS 3000
#define LIMITS_ROUNDS 40

/* Where a vector is when it is in a register. */
#if ML_SIMD_TARGETS
#define LIMITS_REGISTER "v"
#elif defined(__aarch64__)
#define LIMITS_REGISTER "w"
#else
#define LIMITS_REGISTER "m"
#endif

/* The operations are independent; the empty statements pretend that `a` and `b`
 * change and that the result is used, so that each is done. */
#define LIMITS_ONE(vector, step)                                               \
    {                                                                          \
        __asm__ volatile("" : "+" LIMITS_REGISTER(a), "+" LIMITS_REGISTER(b)); \
        const vector made = step;                                              \
        __asm__ volatile("" : : LIMITS_REGISTER(made));                        \
    }
#define LIMITS_FOUR(one) one one one one
#define LIMITS_LOOP(name, bytes, target, vector, step)                         \
    target static void limits_##name##_##bytes(void)                           \
    {                                                                          \
        vector a, b;                                                           \
        memset(&a, 1, sizeof a);                                               \
        memset(&b, 2, sizeof b);                                               \
        for (size_t job = 0; job < LIMITS_TURNS; job++) {                      \
            LIMITS_FOUR(LIMITS_FOUR(LIMITS_ONE(vector, step)))                 \
        }                                                                      \
    }

#define LIMITS_LEVEL(bytes, target, shuffled)                                  \
    typedef float limits_float_##bytes __attribute__((vector_size(bytes)));    \
    LIMITS_LOOP(light, bytes, target, ml_byte_##bytes,                         \
                ml_min_byte_##bytes(a, b))                                     \
    LIMITS_LOOP(product, bytes, target, ml_short_##bytes,                      \
                ml_mulhrs_##bytes(a, b))                                       \
    LIMITS_LOOP(float_sum, bytes, target, limits_float_##bytes, a + b)         \
    LIMITS_LOOP(float_times, bytes, target, limits_float_##bytes, a *b)        \
    LIMITS_LOOP(interleave, bytes, target, ml_short_##bytes,                   \
                ml_low_short_##bytes(a, b))                                    \
    LIMITS_LOOP(shuffle, bytes, target, ml_short_##bytes, shuffled)            \
    static void (*const limits_loops_##bytes[LIMITS_COUNT])(void) = {          \
        [LIMITS_LIGHT] = limits_light_##bytes,                                 \
        [LIMITS_PRODUCT] = limits_product_##bytes,                             \
        [LIMITS_FLOAT_SUM] = limits_float_sum_##bytes,                         \
        [LIMITS_FLOAT_TIMES] = limits_float_times_##bytes,                     \
        [LIMITS_INTERLEAVE] = limits_interleave_##bytes,                       \
        [LIMITS_SHUFFLE] = limits_shuffle_##bytes};

/* SSE2 has no general byte shuffle: measure its substitute. */
LIMITS_LEVEL(16, , ml_high_short_16(a, b))
#if ML_SIMD_TARGETS
LIMITS_LEVEL(32, ML_TARGET_V3,
             (ml_short_32)_mm256_shuffle_epi8((__m256i)a, (__m256i)b))
LIMITS_LEVEL(64, ML_TARGET_V4,
             (ml_short_64)_mm512_shuffle_epi8((__m512i)a, (__m512i)b))
#endif

static double limits_now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* The best of many short rounds: other programs disturb some of them. */
static double limits_rate(void (*loop)(void), size_t bytes)
{
    double best = 0;
    for (size_t round = 0; round < LIMITS_ROUNDS; round++) {
        const double start = limits_now_ns();
        loop();
        const double ns = limits_now_ns() - start;
        best = round == 0 || ns < best ? ns : best;
    }
    return best > 0 ? (double)(LIMITS_TURNS * LIMITS_AT_ONCE * bytes) / best
                    : 1;
}

#define LIMITS_TABLE 65536 /* levels of 16 bits */
#define LIMITS_SAMPLES                                                         \
    8192 /* that touch nearly all cache lines of the table                     \
          */

/* No vector holds such a table: one sample at a time, at all levels. */
static double limits_look_up_rate(void)
{
    uint16_t table[LIMITS_TABLE], samples[LIMITS_SAMPLES];
    struct ml_random random = {1};
    double best = 0;
    for (size_t i = 0; i < LIMITS_TABLE; i++)
        table[i] = (uint16_t)i;
    for (size_t i = 0; i < LIMITS_SAMPLES; i++)
        samples[i] = (uint16_t)ml_random_below(&random, LIMITS_TABLE);
    for (size_t round = 0; round < LIMITS_ROUNDS; round++) {
        const double start = limits_now_ns();
        for (size_t i = 0; i < LIMITS_SAMPLES; i++) {
            const uint16_t found = table[samples[i]];
            __asm__ volatile("" : : "r"(found));
        }
        const double ns = limits_now_ns() - start;
        best = round == 0 || ns < best ? ns : best;
    }
    return best > 0 ? (double)sizeof samples / best : 1;
}

void limits_measure(struct limits *limits)
{
    void (*const *loops)(void) = limits_loops_16;
    size_t bytes = 16;
#if ML_SIMD_TARGETS
    if (ml_simd_level() >= ML_SIMD_V3) {
        loops =
            ml_simd_level() >= ML_SIMD_V4 ? limits_loops_64 : limits_loops_32;
        bytes = ml_simd_level() >= ML_SIMD_V4 ? 64 : 32;
    }
#endif
    for (size_t i = 0; i < LIMITS_LOOK_UP; i++)
        limits->rate[i] = limits_rate(loops[i], bytes);
    limits->rate[LIMITS_LOOK_UP] = limits_look_up_rate();
}

const char *limits_name(enum limits_class which)
{
    static const char *const names[LIMITS_COUNT] = {
        [LIMITS_LIGHT] = "integers",         [LIMITS_PRODUCT] = "products",
        [LIMITS_FLOAT_SUM] = "floats+",      [LIMITS_FLOAT_TIMES] = "floats*",
        [LIMITS_INTERLEAVE] = "interleaves", [LIMITS_SHUFFLE] = "shuffles",
        [LIMITS_LOOK_UP] = "look-ups"};
    return which < LIMITS_COUNT ? names[which] : "memory";
}

/* ---- counts ---- */

enum limits_way {
    LIMITS_POINT,  /* no sums: `more` alone */
    LIMITS_PASSES, /* weighted sums over rows, then over columns */
    LIMITS_PAIRS,  /* the same, symmetric: one product for two samples */
    LIMITS_WINDOW  /* weighted sums over a window */
};

struct limits_row {
    const char *filter; /* how its text begins */
    unsigned bits;
    enum limits_way way;
    double taps;               /* of each pass, or of the window; 0: Lanczos */
    double more[LIMITS_COUNT]; /* bytes a sample besides */
};

/* `more`: what follows the sums; of filters without sums, all of it:
 *   - resize, blur: with 8 bits, sums are in 64ths of a level: half is added,
 *     they are shifted and packed into bytes, which clamps.  Floats: clamped
 *     from below and above, half added, converted, packed.
 *   - sharpen: besides, a difference (of the sample, shifted), its size, the
 *     comparison with the threshold, the choice, a product, the sum with the
 *     sample.  Floats are converted from samples once more.  The division under
 *     alpha is not in it.
 *   - convolve: whole weights and 8 bits in words: smooth is 1 2 1 either way,
 *     sums of sums of neighbours, 4, half and a shift; sobel 2 for 1 2 1, a
 *     difference and the offset; sharpen 3 sums of neighbours, a product, a
 *     difference; a box two sums a pass that run along, a product, half, a
 *     shift, and two transposes.  Else in floats, which is how it is defined.
 *   - levels: two look-ups of 128 bytes, the choice and its condition.  16 bits
 *     have a table of 128 KB, more than twice the first-level cache, and one
 *     look-up.
 *   - median: three columns take 3 exchanges of 2 operations; the most of three
 *     2, the middle 4, the least 2, the middle of these 4: 18.  Five by five:
 *     columns 9 exchanges; two ranks of a row 11 operations, three 16, so 70;
 *     most and least of four 3 each, the middle of five 10, of three 4.
 *   - gray: of three products and their sums two instructions on pairs of words
 *     (pmaddwd); a sum, half and a shift of four bytes; widening and packing.
 *     With 16 bits three products of four bytes and one sum more.
 *   - flop and turns: each byte goes elsewhere once, or in three rounds (eight
 *     rows); of six bytes a pixel in two.
 *
 * What was measured beyond twice its bound on a Zen 5 at 512 bits, and why (a
 * copy took 0.55 to 1 ms, as neighbours let it):
 *   - passes, 2 to 4 times.  Of a resize to half a quarter each goes into sums
 *     over rows and into filling tiles, which waits for memory (asking two or
 *     three tiles ahead was no faster), an eighth each into sums over columns
 *     and transposes, all through the first-level cache.
 *   - windows, 2 to 3 times, 5 under alpha.  A tap some samples aside lies
 *     across two lines of the cache, of which one a cycle is loaded, and not
 *     two: of 3x3 with 8 bits sums are four fifths, which take a third less
 *     where no tap does.  With 16 bits sums are two fifths, rounding a quarter,
 *     converting a fifth; under alpha half goes into that.
 *   - a box of 7x7, 6 times.  It is made as any other passes, by seven
 *     weights, not by sums that run along. */
static const struct limits_row limits_rows[] = {
    {"resize", 8, LIMITS_PASSES, 0, {[LIMITS_LIGHT] = 4, [LIMITS_SHUFFLE] = 2}},
    {"resize",
     16,
     LIMITS_PASSES,
     0,
     {[LIMITS_LIGHT] = 8, [LIMITS_FLOAT_SUM] = 8, [LIMITS_SHUFFLE] = 4}},
    {"blur:2", 8, LIMITS_PAIRS, 13, {[LIMITS_LIGHT] = 4, [LIMITS_SHUFFLE] = 2}},
    {"blur:10",
     8,
     LIMITS_PAIRS,
     61,
     {[LIMITS_LIGHT] = 4, [LIMITS_SHUFFLE] = 2}},
    {"blur:2",
     16,
     LIMITS_PASSES,
     13,
     {[LIMITS_LIGHT] = 8, [LIMITS_FLOAT_SUM] = 8, [LIMITS_SHUFFLE] = 4}},
    {"sharpen:1",
     8,
     LIMITS_PAIRS,
     7,
     {[LIMITS_LIGHT] = 16, [LIMITS_PRODUCT] = 2, [LIMITS_SHUFFLE] = 4}},
    {"sharpen:1",
     16,
     LIMITS_PASSES,
     7,
     {[LIMITS_LIGHT] = 20,
      [LIMITS_FLOAT_SUM] = 20,
      [LIMITS_FLOAT_TIMES] = 4,
      [LIMITS_SHUFFLE] = 8}},
    {"convolve:sharpen",
     8,
     LIMITS_POINT,
     0,
     {[LIMITS_LIGHT] = 8, [LIMITS_PRODUCT] = 2, [LIMITS_SHUFFLE] = 4}},
    {"convolve:sobel-x",
     8,
     LIMITS_POINT,
     0,
     {[LIMITS_LIGHT] = 8, [LIMITS_SHUFFLE] = 4}},
    {"convolve:smooth",
     8,
     LIMITS_POINT,
     0,
     {[LIMITS_LIGHT] = 12, [LIMITS_SHUFFLE] = 4}},
    {"convolve:smooth",
     16,
     LIMITS_WINDOW,
     9,
     {[LIMITS_LIGHT] = 8,
      [LIMITS_FLOAT_SUM] = 12,
      [LIMITS_FLOAT_TIMES] = 4,
      [LIMITS_SHUFFLE] = 8}},
    {"convolve 5x5, fractions",
     8,
     LIMITS_WINDOW,
     21,
     {[LIMITS_LIGHT] = 8,
      [LIMITS_FLOAT_SUM] = 12,
      [LIMITS_FLOAT_TIMES] = 4,
      [LIMITS_SHUFFLE] = 8}},
    {"convolve 7x7, fractions",
     8,
     LIMITS_WINDOW,
     44,
     {[LIMITS_LIGHT] = 8,
      [LIMITS_FLOAT_SUM] = 12,
      [LIMITS_FLOAT_TIMES] = 4,
      [LIMITS_SHUFFLE] = 8}},
    {"convolve 7x7, box",
     8,
     LIMITS_POINT,
     0,
     {[LIMITS_LIGHT] = 12,
      [LIMITS_PRODUCT] = 2,
      [LIMITS_INTERLEAVE] = 12,
      [LIMITS_SHUFFLE] = 4}},
    {"levels", 8, LIMITS_POINT, 0, {[LIMITS_LIGHT] = 2, [LIMITS_SHUFFLE] = 2}},
    {"levels", 16, LIMITS_POINT, 0, {[LIMITS_LOOK_UP] = 2}},
    {"median:1", 8, LIMITS_POINT, 0, {[LIMITS_LIGHT] = 18}},
    {"median:2", 8, LIMITS_POINT, 0, {[LIMITS_LIGHT] = 108}},
    {"median:2", 16, LIMITS_POINT, 0, {[LIMITS_LIGHT] = 216}},
    {"invert", 8, LIMITS_POINT, 0, {[LIMITS_LIGHT] = 1}},
    {"gray",
     8,
     LIMITS_POINT,
     0,
     {[LIMITS_LIGHT] = 12, [LIMITS_PRODUCT] = 8, [LIMITS_SHUFFLE] = 10}},
    {"gray",
     16,
     LIMITS_POINT,
     0,
     {[LIMITS_LIGHT] = 16, [LIMITS_PRODUCT] = 12, [LIMITS_SHUFFLE] = 12}},
    {"flop", 8, LIMITS_POINT, 0, {[LIMITS_SHUFFLE] = 1}},
    {"rotate:180", 8, LIMITS_POINT, 0, {[LIMITS_SHUFFLE] = 1}},
    {"rotate:90", 8, LIMITS_POINT, 0, {[LIMITS_INTERLEAVE] = 3}},
    {"rotate:90", 16, LIMITS_POINT, 0, {[LIMITS_INTERLEAVE] = 4}},
};

static const struct limits_row *limits_find(const char *filter, unsigned bits)
{
    for (size_t i = 0; i < sizeof limits_rows / sizeof *limits_rows; i++) {
        const struct limits_row *row = &limits_rows[i];
        const size_t length = strlen(row->filter);
        if (row->bits == bits && strncmp(row->filter, filter, length) == 0)
            return row;
    }
    return NULL;
}

static double limits_samples(const struct ml_shape *shape)
{
    double samples = 0;
    for (uint32_t p = 0; p < ml_plane_count(shape); p++)
        samples += (double)ml_plane_width(shape, p) *
                   ml_plane_height(shape, p) * ml_channels(shape->layout);
    return samples;
}

/* `sums` weighted sums of `taps` each: a product for each tap, or for each pair
 * and the middle; one sum less than there are taps. */
static void limits_add_sums(double *need, double sums, double taps,
                            const struct limits_row *row)
{
    const double products = row->way == LIMITS_PAIRS ? (taps + 1) / 2 : taps;
    const bool words = row->bits == 8 && row->way != LIMITS_WINDOW;
    need[words ? LIMITS_PRODUCT : LIMITS_FLOAT_TIMES] +=
        sums * products * (words ? 2 : 4);
    need[words ? LIMITS_LIGHT : LIMITS_FLOAT_SUM] +=
        sums * (taps - 1) * (words ? 2 : 4);
}

/* Lanczos has three samples on either side, of the coarser of input and output.
 * A blur reaches half as far where planes have half the size, which is a third
 * of all samples. */
static double limits_taps(const struct limits_row *row,
                          const struct ml_shape *in, double scale)
{
    if (row->taps <= 0)
        return 6 * (scale > 1 ? scale : 1);
    return in->sub_x > 1 ? (row->taps * 2 + (row->taps + 1) / 2) / 3
                         : row->taps;
}

/* Both passes for each output sample.  The rows come first, for all of the
 * input's columns.  Samples are widened once; sums are turned from rows to
 * columns and back, in three rounds of words or two of floats. */
static void limits_add_passes(double *need, const struct limits_row *row,
                              const struct ml_shape *in,
                              const struct ml_shape *out)
{
    const bool words = row->bits == 8;
    const double unit = words ? 2 : 4;
    const double x = (double)in->width / out->width;
    const double y = (double)in->height / out->height;
    limits_add_sums(need, x, limits_taps(row, in, y), row);
    limits_add_sums(need, 1, limits_taps(row, in, x), row);
    need[LIMITS_SHUFFLE] += x * y * unit;
    need[words ? LIMITS_LIGHT : LIMITS_FLOAT_SUM] += x * y * unit;
    need[LIMITS_INTERLEAVE] += (x + 1) * (words ? 3 : 2) * unit;
}

double limits_ms(const struct limits *limits, const char *filter,
                 const struct ml_shape *in, const struct ml_shape *out,
                 enum limits_class *which_out)
{
    const struct limits_row *row = limits_find(filter, in->bits);
    double need[LIMITS_COUNT], all = 0, cheapest = 0, worst = 0;
    *which_out = LIMITS_COUNT;
    if (!row)
        return 0;
    memcpy(need, row->more, sizeof need);
    if (row->way == LIMITS_PASSES || row->way == LIMITS_PAIRS)
        limits_add_passes(need, row, in, out);
    else if (row->way == LIMITS_WINDOW)
        limits_add_sums(need, 1, row->taps, row);
    for (enum limits_class i = 0; i < LIMITS_COUNT; i++) {
        all += need[i];
        cheapest = limits->rate[i] > cheapest ? limits->rate[i] : cheapest;
        if (need[i] / limits->rate[i] > worst) {
            worst = need[i] / limits->rate[i];
            *which_out = i;
        }
    }
    worst = all / cheapest > worst ? all / cheapest : worst;
    return worst * limits_samples(out) / 1e6;
}
