/* taps.c: see taps.h.  All weights are computed in doubles, then rounded. */
#include "filters/kernels/separable/taps.h"

#include <math.h>
#include <stdlib.h>

#include "os/simd_level.h"

/* A sample may be exactly at the end of a kernel, where rounding would decide
 * by chance whether it counts; any other sample is 10^-7 or more away. */
#define TAPS_TIE 1e-9

/* ---- kernels, by the four operations alone ---- */

/* sin(pi x) for |x| <= 3: brought into [-1/2, 1/2], then its power series; the
 * first term left out is below 2^-52. */
ML_INLINE double taps_sin_pi(double x)
{
    const double pi = 3.14159265358979323846;
    const double nearest = floor(x + 0.5);
    const double angle = (x - nearest) * pi;
    const double square = angle * angle;
    double sum = 0, term = angle;
    for (int i = 1; i <= 23; i += 2) {
        sum += term;
        term *= -square / ((i + 1) * (i + 2));
    }
    const double odd = nearest - 2 * floor(nearest / 2);
    return odd != 0 ? -sum : sum;
}

/* e^-x for 0 <= x <= 8: the series of x/64, squared six times. */
static double taps_exp_minus(double x)
{
    const double part = -x / 64;
    double sum = 0, term = 1;
    for (int i = 1; i <= 14; i++) {
        sum += term;
        term *= part / i;
    }
    for (int i = 0; i < 6; i++)
        sum *= sum;
    return sum;
}

/* No early return: the compiler vectorises it. */
ML_INLINE double taps_lanczos3(double x)
{
    const double pi = 3.14159265358979323846;
    const double divisor = x == 0 ? 1 : pi * pi * x * x;
    const double value = 3 * taps_sin_pi(x) * taps_sin_pi(x / 3) / divisor;
    const double inside = fabs(x) < 3 ? value : 0;
    return x == 0 ? 1 : inside;
}

/* The cubics of Mitchell and Netravali, "Reconstruction filters in computer
 * graphics", SIGGRAPH 1988, equation 8. */
static double taps_cubic(double x, double b, double c)
{
    x = fabs(x);
    if (x < 1)
        return ((12 - 9 * b - 6 * c) * x * x * x +
                (-18 + 12 * b + 6 * c) * x * x + (6 - 2 * b)) /
               6;
    if (x < 2)
        return ((-b - 6 * c) * x * x * x + (6 * b + 30 * c) * x * x +
                (-12 * b - 48 * c) * x + (8 * b + 24 * c)) /
               6;
    return 0;
}

static double taps_kernel(enum ml_resample_kernel kernel, double x)
{
    switch (kernel) {
    case ML_KERNEL_LANCZOS3:
        return taps_lanczos3(x);
    case ML_KERNEL_BOX:
        return x > -0.5 + TAPS_TIE && x <= 0.5 + TAPS_TIE;
    case ML_KERNEL_TRIANGLE:
        return fabs(x) < 1 ? 1 - fabs(x) : 0;
    case ML_KERNEL_CATROM:
        return taps_cubic(x, 0, 0.5);
    case ML_KERNEL_MITCHELL:
        return taps_cubic(x, 1.0 / 3, 1.0 / 3);
    case ML_KERNEL_NEAREST:
    case ML_KERNEL_COUNT:
        break;
    }
    return 1;
}

static double taps_support(enum ml_resample_kernel kernel)
{
    static const double support[ML_KERNEL_COUNT] = {
        [ML_KERNEL_LANCZOS3] = 3, [ML_KERNEL_NEAREST] = 0,
        [ML_KERNEL_BOX] = 0.5,    [ML_KERNEL_TRIANGLE] = 1,
        [ML_KERNEL_CATROM] = 2,   [ML_KERNEL_MITCHELL] = 2};
    return support[kernel];
}

/* ---- rounding ---- */

static size_t taps_largest(const int32_t *weights, size_t count)
{
    size_t largest = 0;
    for (size_t i = 1; i < count; i++) {
        if (weights[i] > weights[largest])
            largest = i;
    }
    return largest;
}

/* Round `from` / `unit` to integers; return `want` minus their sum. */
static int32_t taps_round_to(int32_t *to, const double *from, size_t count,
                             double unit, int32_t want)
{
    for (size_t i = 0; i < count; i++) {
        to[i] = (int32_t)floor(from[i] / unit * ML_TAPS_ONE + 0.5);
        want -= to[i];
    }
    return want;
}

/* To integers that sum to one: the rounding error of the sum goes to the
 * largest, where it is the smallest part of a weight. */
static void taps_round(int32_t *to, const double *from, size_t count)
{
    double total = 0;
    for (size_t i = 0; i < count; i++)
        total += from[i];
    const int32_t missing = taps_round_to(to, from, count, total, ML_TAPS_ONE);
    to[taps_largest(to, count)] += missing;
}

/* ---- resampling ---- */

struct taps_window {
    double centre, stretch;
    int32_t first; /* -1 when cut off on the left */
    uint32_t count;
    bool cut_left, cut_right;
};

/* The taps of one output position, within the picture; plus one at each end
 * where the kernel is cut off, which repeats the border sample. */
static struct taps_window taps_window_of(enum ml_resample_kernel kernel,
                                         const struct ml_resample_axis *axis,
                                         uint32_t at)
{
    const double stretch = axis->scale > 1 ? axis->scale : 1;
    const double support = taps_support(kernel) * stretch;
    double centre = (at + axis->offset + 0.5) * axis->scale;
    /* The last chroma sample may extend beyond the picture. */
    centre = fmin(fmax(centre, 0), axis->in);
    double from = floor(centre - support + 0.5 + TAPS_TIE);
    double end = floor(centre + support + 0.5 + TAPS_TIE);
    if (kernel == ML_KERNEL_NEAREST) {
        from = fmin(floor(centre), axis->in - 1.0);
        end = from + 1;
    }
    /* Never empty: a box may end just where the picture does. */
    from = fmin(fmax(from, -1), axis->in - 1.0);
    end = fmin(fmax(end, fmax(from, 0) + 1), axis->in + 1.0);
    return (struct taps_window){.centre = centre,
                                .stretch = stretch,
                                .first = (int32_t)from,
                                .count = (uint32_t)(end - from),
                                .cut_left = from<0, .cut_right = end> axis->in};
}

/* The values of the kernel at the taps [head, tail).  The sines of the default
 * kernel take most of the time of a table: vectorised. */
ML_SIMD_FUNCTION(taps_lanczos3_row,
                 (const struct taps_window *window, uint32_t head,
                  uint32_t tail, double *restrict exact),
                 (window, head, tail, exact))
{
    const double first = window->first, centre = window->centre;
    const double stretch = window->stretch;
#pragma omp simd
    for (uint32_t i = head; i < tail; i++)
        exact[i] = taps_lanczos3((first + (double)i + 0.5 - centre) / stretch);
}

static void taps_values(enum ml_resample_kernel kernel,
                        const struct taps_window *window, uint32_t head,
                        uint32_t tail, double *exact)
{
    if (kernel == ML_KERNEL_LANCZOS3) {
        taps_lanczos3_row(window, head, tail, exact);
        return;
    }
    for (uint32_t i = head; i < tail; i++) {
        const double x = window->first + (double)i + 0.5 - window->centre;
        exact[i] = taps_kernel(kernel, x / window->stretch);
    }
}

/* Half of the border sample's weight goes to its repetition: renormalised
 * weights may be above one there, which 16 bits could not hold. */
static void taps_halve(int32_t *outer, int32_t *border)
{
    *outer = *border / 2;
    *border -= *outer;
}

static void taps_weights(enum ml_resample_kernel kernel,
                         const struct taps_window *window, double *exact,
                         int32_t *weights)
{
    const uint32_t head = window->cut_left ? 1 : 0;
    const uint32_t tail = window->count - (window->cut_right ? 1 : 0);
    double total = 0;
    taps_values(kernel, window, head, tail, exact);
    for (uint32_t i = head; i < tail; i++)
        total += exact[i];
    if (total < 0.001) /* by rounding, no sample is under the kernel */
        exact[head] = 1;
    taps_round(weights + head, exact + head, tail - head);
    if (window->cut_left)
        taps_halve(&weights[0], &weights[1]);
    if (window->cut_right)
        taps_halve(&weights[tail], &weights[tail - 1]);
}

/* Positions after which the kernel falls on samples in the same way again. */
static uint32_t taps_period(const struct ml_resample_axis *axis)
{
    uint32_t period = 1;
    while (period < axis->out &&
           floor(axis->scale * period) != axis->scale * period)
        period++;
    return period;
}

static bool taps_inside(const struct ml_tap *at, uint32_t in)
{
    return at->first >= 0 && (uint32_t)at->first + at->count <= in;
}

/* True if it does, and the picture has all samples of both positions. */
static bool taps_repeats(const struct ml_tap *at, const struct ml_tap *before,
                         const struct ml_resample_axis *axis, uint32_t period)
{
    return taps_inside(at, axis->in) && taps_inside(before, axis->in) &&
           at->count == before->count &&
           at->first - before->first == axis->scale * period;
}

/* Set the place of all taps and the index of their weights; return the number
 * of weights. */
static size_t taps_locate(struct ml_tap *at, enum ml_resample_kernel kernel,
                          const struct ml_resample_axis *axis)
{
    const uint32_t period = taps_period(axis);
    size_t weight_count = 0;
    for (uint32_t j = 0; j < axis->out; j++) {
        const struct taps_window window = taps_window_of(kernel, axis, j);
        at[j] = (struct ml_tap){window.first, window.count, weight_count};
        if (j >= period && taps_repeats(&at[j], &at[j - period], axis, period))
            at[j].weights = at[j - period].weights;
        else
            weight_count += window.count;
    }
    return weight_count;
}

bool ml_taps_resample(struct ml_taps *taps, struct ml_arena *arena,
                      enum ml_resample_kernel kernel,
                      const struct ml_resample_axis *axis)
{
    struct ml_tap *at = ml_arena_alloc(arena, axis->out * sizeof *at);
    if (!at)
        return false;
    const size_t weight_count = taps_locate(at, kernel, axis);
    uint32_t most = 0, outside = 0;
    for (uint32_t j = 0; j < axis->out; j++) {
        outside = taps_inside(&at[j], axis->in) ? outside : 1;
        most = at[j].count > most ? at[j].count : most;
    }
    int32_t *weights = ml_arena_alloc(arena, weight_count * sizeof *weights);
    double *exact = ml_arena_alloc(arena, most * sizeof *exact);
    if (!weights || !exact)
        return false;
    size_t done = 0; /* shared weights are computed once */
    for (uint32_t j = 0; j < axis->out; j++) {
        if (at[j].weights < done)
            continue;
        const struct taps_window window = taps_window_of(kernel, axis, j);
        taps_weights(kernel, &window, exact, weights + at[j].weights);
        done = at[j].weights + at[j].count;
    }
    *taps = (struct ml_taps){
        .source = {.kind = ML_TAPS_RESAMPLE, .kernel = kernel, .axis = *axis},
        .in = axis->in,
        .out = axis->out,
        .most = most,
        .radius = outside,
        .at = at,
        .weight_count = weight_count,
        .weights = weights};
    return true;
}

/* ---- the same taps around every position ---- */

/* Allocate such a table with `radius` taps on both sides; return its weights,
 * to be set. */
static int32_t *taps_uniform(struct ml_taps *taps, struct ml_arena *arena,
                             const struct ml_taps_source *source,
                             uint32_t length, uint32_t radius)
{
    const uint32_t count = 2 * radius + 1;
    struct ml_tap *at = ml_arena_alloc(arena, length * sizeof *at);
    int32_t *weights = ml_arena_alloc(arena, count * sizeof *weights);
    if (!at || !weights)
        return NULL;
    for (uint32_t j = 0; j < length; j++)
        at[j] = (struct ml_tap){(int32_t)j - (int32_t)radius, count, 0};
    *taps = (struct ml_taps){.source = *source,
                             .in = length,
                             .out = length,
                             .most = count,
                             .radius = radius,
                             .same = true,
                             .symmetric = true,
                             .at = at,
                             .weight_count = count,
                             .weights = weights};
    return weights;
}

bool ml_taps_gauss(struct ml_taps *taps, struct ml_arena *arena,
                   uint32_t length, double sigma)
{
    const struct ml_taps_source source = {.kind = ML_TAPS_GAUSS, .size = sigma};
    const uint32_t radius = (uint32_t)ceil(ML_GAUSS_RADIUS * sigma);
    const uint32_t count = 2 * radius + 1;
    double *exact = ml_arena_alloc(arena, count * sizeof *exact);
    int32_t *weights = taps_uniform(taps, arena, &source, length, radius);
    if (!exact || !weights)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        const double x = fabs((double)i - radius) / sigma;
        exact[i] = x < 4 ? taps_exp_minus(x * x / 2) : 0;
    }
    taps_round(weights, exact, count);
    return true;
}

/* The sums from either end inwards are rounded, so that each weight is off by
 * one at most; the middle weight takes the rest. */
bool ml_taps_box(struct ml_taps *taps, struct ml_arena *arena, uint32_t length,
                 double radius)
{
    const struct ml_taps_source source = {.kind = ML_TAPS_BOX, .size = radius};
    const uint32_t outer = (uint32_t)ceil(radius);
    int32_t *weights = taps_uniform(taps, arena, &source, length, outer);
    int32_t done = 0;
    double covered = 0;
    if (!weights)
        return false;
    for (uint32_t i = 0; i < outer; i++) {
        covered += i == 0 ? radius + 1 - outer : 1;
        const double sum = covered / (2 * radius + 1) * ML_TAPS_ONE;
        weights[i] = (int32_t)floor(sum + 0.5) - done;
        weights[2 * outer - i] = weights[i];
        done += weights[i];
    }
    weights[outer] = ML_TAPS_ONE - 2 * done;
    return true;
}

static bool taps_are_symmetric(const int32_t *weights, uint32_t count)
{
    bool same = true;
    for (uint32_t i = 0; i < count / 2; i++)
        same &= weights[i] == weights[count - 1 - i];
    return same;
}

/* The rounding error of the sum goes to the middle weight, which keeps
 * symmetric weights symmetric. */
bool ml_taps_given(struct ml_taps *taps, struct ml_arena *arena,
                   uint32_t length, const double *weights, uint32_t count)
{
    const uint32_t radius = count / 2;
    double *given = ml_arena_alloc(arena, count * sizeof *given);
    const struct ml_taps_source source = {
        .kind = ML_TAPS_GIVEN, .given = given, .given_count = count};
    int32_t *rounded = taps_uniform(taps, arena, &source, length, radius);
    double total = 0;
    if (!given || !rounded)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        given[i] = weights[i];
        total += weights[i];
    }
    rounded[radius] += taps_round_to(rounded, weights, count, 1,
                                     (int32_t)floor(total * ML_TAPS_ONE + 0.5));
    taps->symmetric = taps_are_symmetric(rounded, count);
    return true;
}

/* ---- derived tables ---- */

/* Round the weights of one position to 2^-15.  The rounding error of the sum
 * goes to weight `rest`; if that becomes more than one, *stats does not fit. */
static void taps_round_q15(int16_t *to, const int32_t *from, size_t count,
                           size_t rest, struct ml_tap_stats *stats)
{
    int32_t sum = 0, missing = 0;
    for (size_t i = 0; i < count; i++) {
        sum += from[i];
        missing -= (from[i] + 256) >> 9;
    }
    missing += (sum + 256) >> 9;
    double positive = 0, negative = 0, error = 0;
    for (size_t i = 0; i < count; i++) {
        int32_t weight = ((from[i] + 256) >> 9) + (i == rest ? missing : 0);
        if (weight > ML_TAPS_Q15_ONE)
            stats->fits = false;
        weight = weight > INT16_MAX ? INT16_MAX : weight;
        to[i] = (int16_t)weight;
        *(weight > 0 ? &positive : &negative) += abs(weight);
        error += abs(weight * 512 - from[i]);
    }
    stats->positive = fmax(stats->positive, positive / ML_TAPS_Q15_ONE);
    stats->negative = fmax(stats->negative, negative / ML_TAPS_Q15_ONE);
    stats->error = fmax(stats->error, error / ML_TAPS_ONE);
}

bool ml_taps_q15(struct ml_taps *taps, struct ml_arena *arena,
                 struct ml_tap_stats *stats_out)
{
    *stats_out = (struct ml_tap_stats){.fits = true};
    int16_t *q15 = ml_arena_alloc(arena, taps->weight_count * sizeof *q15);
    if (!q15)
        return false;
    size_t done = 0; /* shared weights are rounded once */
    for (uint32_t j = 0; j < taps->out; j++) {
        const struct ml_tap *at = &taps->at[j];
        if (at->weights < done)
            continue;
        const int32_t *from = taps->weights + at->weights;
        const size_t rest =
            taps->symmetric ? at->count / 2 : taps_largest(from, at->count);
        taps_round_q15(q15 + at->weights, from, at->count, rest, stats_out);
        done = at->weights + at->count;
    }
    taps->q15 = q15;
    return true;
}

bool ml_taps_f32(struct ml_taps *taps, struct ml_arena *arena)
{
    float *f32 = ml_arena_alloc(arena, taps->weight_count * sizeof *f32);
    if (!f32)
        return false;
    for (size_t i = 0; i < taps->weight_count; i++)
        f32[i] = (float)taps->weights[i] / (float)ML_TAPS_ONE;
    taps->f32 = f32;
    return true;
}

struct ml_tap_range ml_taps_range(const struct ml_taps *taps, uint32_t at,
                                  uint32_t at_end)
{
    const struct ml_tap *head = &taps->at[at], *tail = &taps->at[at_end - 1];
    const int64_t end = (int64_t)tail->first + tail->count;
    return (struct ml_tap_range){head->first < 0 ? 0 : (uint32_t)head->first,
                                 end > taps->in ? taps->in : (uint32_t)end};
}
