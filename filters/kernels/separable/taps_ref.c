/* taps_ref.c: see taps_ref.h. */
#include "filters/kernels/separable/taps_ref.h"

#include <math.h>

#define REF_PI 3.14159265358979323846
/* Distances this close to the end of a kernel are at its end. */
#define REF_TIE 1e-9
#define REF_ONE 16777216.0

/* ---- kernels ---- */

/* sin(pi x), |x| <= 3: of the distance to the nearest whole number. */
static double ref_sine(double x)
{
    const double whole = floor(x + 0.5);
    const double angle = (x - whole) * REF_PI;
    double term = angle, sum = term;
    for (int power = 3; power <= 23; power += 2) {
        term *= -(angle * angle) / ((power - 1) * power);
        sum += term;
    }
    return fmod(fabs(whole), 2) != 0 ? -sum : sum;
}

static double ref_lanczos3(double x)
{
    if (x == 0)
        return 1;
    if (fabs(x) >= 3)
        return 0;
    return 3 * ref_sine(x) * ref_sine(x / 3) / (REF_PI * REF_PI * x * x);
}

/* Mitchell and Netravali's family, coefficients of |x|^3 downwards. */
static double ref_cubic(double x, double b, double c)
{
    const double near[] = {12 - 9 * b - 6 * c, -18 + 12 * b + 6 * c, 0,
                           6 - 2 * b};
    const double far[] = {-b - 6 * c, 6 * b + 30 * c, -12 * b - 48 * c,
                          8 * b + 24 * c};
    const double at = fabs(x);
    const double *k = at < 1 ? near : far;
    const double cube = k[0] * at * at * at, square = k[1] * at * at;
    if (at >= 2)
        return 0;
    if (at < 1)
        return (cube + square + k[3]) / 6;
    return (cube + square + k[2] * at + k[3]) / 6;
}

/* e^-x, 0 <= x <= 8. */
static double ref_exp_minus(double x)
{
    double sum = 1, term = 1;
    for (int i = 1; i < 14; i++) {
        term *= -(x / 64) / i;
        sum += term;
    }
    for (int doubling = 0; doubling < 6; doubling++)
        sum = sum * sum;
    return sum;
}

static double ref_kernel(enum ml_resample_kernel kernel, double x)
{
    if (kernel == ML_KERNEL_LANCZOS3)
        return ref_lanczos3(x);
    if (kernel == ML_KERNEL_TRIANGLE)
        return fmax(0, 1 - fabs(x));
    if (kernel == ML_KERNEL_CATROM)
        return ref_cubic(x, 0, 0.5);
    if (kernel == ML_KERNEL_MITCHELL)
        return ref_cubic(x, 1.0 / 3, 1.0 / 3);
    if (kernel == ML_KERNEL_BOX)
        return x > -0.5 + REF_TIE && x <= 0.5 + REF_TIE ? 1 : 0;
    return 1; /* nearest: one tap */
}

static double ref_support(enum ml_resample_kernel kernel)
{
    switch (kernel) {
    case ML_KERNEL_LANCZOS3:
        return 3;
    case ML_KERNEL_CATROM:
    case ML_KERNEL_MITCHELL:
        return 2;
    case ML_KERNEL_TRIANGLE:
        return 1;
    case ML_KERNEL_BOX:
        return 0.5;
    case ML_KERNEL_NEAREST:
    case ML_KERNEL_COUNT:
        break;
    }
    return 0;
}

/* ---- rounding ---- */

static int32_t ref_round(double weight)
{
    return (int32_t)floor(weight * REF_ONE + 0.5);
}

static uint32_t ref_largest(const int32_t *weights, uint32_t count)
{
    uint32_t largest = 0;
    for (uint32_t i = 1; i < count; i++)
        if (weights[i] > weights[largest])
            largest = i;
    return largest;
}

/* To a sum of one; the first of the largest takes the rounding error. */
static void ref_normalise(int32_t *weights, const double *exact, uint32_t count)
{
    double total = 0;
    int32_t sum = 0;
    for (uint32_t i = 0; i < count; i++)
        total += exact[i];
    for (uint32_t i = 0; i < count; i++)
        sum += weights[i] = ref_round(exact[i] / total);
    weights[ref_largest(weights, count)] += ML_TAPS_ONE - sum;
}

/* ---- tables ---- */

static double ref_within(double x, double least, double most)
{
    return x < least ? least : x > most ? most : x;
}

/* A kernel that extends beyond the picture is cut off there; half of the weight
 * of the border sample, rounded down, then moves to a repetition outside. */
static struct ml_taps_ref ref_resample(const struct ml_taps_source *source,
                                       uint32_t at, int32_t *weights,
                                       double *exact)
{
    const struct ml_resample_axis *axis = &source->axis;
    const enum ml_resample_kernel kernel = source->kernel;
    const double stretch = fmax(axis->scale, 1);
    const double half = ref_support(kernel) * stretch;
    const double centre =
        ref_within((at + axis->offset + 0.5) * axis->scale, 0, axis->in);
    double from = floor(centre - half + 0.5 + REF_TIE);
    double end = floor(centre + half + 0.5 + REF_TIE);
    if (kernel == ML_KERNEL_NEAREST)
        end = (from = fmin(floor(centre), axis->in - 1.0)) + 1;
    const bool left = from<0, right = end> axis->in;
    /* Inside, at least one. */
    from = ref_within(from, 0, axis->in - 1.0);
    end = ref_within(end, from + 1, axis->in);
    const uint32_t count = (uint32_t)(end - from);
    int32_t *inside = weights + (left ? 1 : 0);
    double total = 0;
    for (uint32_t i = 0; i < count; i++)
        total += exact[i] =
            ref_kernel(kernel, (from + i + 0.5 - centre) / stretch);
    if (total < 0.001)
        exact[0] = 1;
    ref_normalise(inside, exact, count);
    if (left)
        inside[0] -= weights[0] = inside[0] / 2;
    if (right)
        inside[count - 1] -= inside[count] = inside[count - 1] / 2;
    return (struct ml_taps_ref){(int64_t)from - left, count + left + right};
}

static void ref_gauss(double sigma, uint32_t radius, int32_t *weights,
                      double *exact)
{
    for (uint32_t i = 0; i <= 2 * radius; i++) {
        const double x = fabs((double)i - radius) / sigma;
        exact[i] = x < 4 ? ref_exp_minus(x * x / 2) : 0;
    }
    ref_normalise(weights, exact, 2 * radius + 1);
}

/* The part of the box outside of the inner edge of a tap, rounded, minus the
 * part outside of its outer edge. */
static void ref_box(double radius, uint32_t outer, int32_t *weights)
{
    int32_t sum = 0;
    for (uint32_t i = 0; i < outer; i++) {
        const double outside = radius + 1 - outer + i;
        const int32_t upto = ref_round(outside / (2 * radius + 1));
        weights[i] = weights[2 * outer - i] = upto - sum;
        sum = upto;
    }
    weights[outer] = ML_TAPS_ONE - 2 * sum;
}

static void ref_given(const double *given, uint32_t count, int32_t *weights)
{
    double total = 0;
    int32_t sum = 0;
    for (uint32_t i = 0; i < count; i++) {
        total += given[i];
        sum += weights[i] = ref_round(given[i]);
    }
    weights[count / 2] += ref_round(total) - sum;
}

struct ml_taps_ref ml_taps_ref(const struct ml_taps *taps, uint32_t at,
                               int32_t *weights, double *exact)
{
    const struct ml_taps_source *source = &taps->source;
    uint32_t radius = source->given_count / 2;
    switch (source->kind) {
    case ML_TAPS_RESAMPLE:
        return ref_resample(source, at, weights, exact);
    case ML_TAPS_GAUSS:
        radius = (uint32_t)ceil(3 * source->size);
        ref_gauss(source->size, radius, weights, exact);
        break;
    case ML_TAPS_BOX:
        radius = (uint32_t)ceil(source->size);
        ref_box(source->size, radius, weights);
        break;
    case ML_TAPS_GIVEN:
        ref_given(source->given, source->given_count, weights);
        break;
    }
    return (struct ml_taps_ref){(int64_t)at - radius, 2 * radius + 1};
}

/* 512 of 2^-24 are one of 2^-15; halves go up. */
static int32_t ref_q15(int32_t weight)
{
    return (int32_t)floor(weight / 512.0 + 0.5);
}

void ml_taps_ref_q15(int32_t *weights, uint32_t count, bool symmetric)
{
    const uint32_t rest = symmetric ? count / 2 : ref_largest(weights, count);
    int32_t sum = 0, rounded = 0;
    for (uint32_t i = 0; i < count; i++) {
        sum += weights[i];
        rounded += weights[i] = ref_q15(weights[i]);
    }
    weights[rest] += ref_q15(sum) - rounded;
    for (uint32_t i = 0; i < count; i++)
        weights[i] = weights[i] > INT16_MAX ? INT16_MAX : weights[i];
}
