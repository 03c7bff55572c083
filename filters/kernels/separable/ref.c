/* ref.c: see ref.h.  The arithmetic is that of separable.h, written in floats
 * and doubles that hold it exactly.
 */
#include "filters/kernels/separable/ref.h"

#include <math.h>

#include "filters/kernels/separable/taps_ref.h"

/* The scratch of one row. */
struct reference {
    const struct ml_separable *plane;
    double *exact;    /* kernel values of the taps of a position */
    int32_t *weights; /* and their weights */
    float *values;    /* and the values that these multiply */
    float *mid;       /* sums over rows, as wide as the input */
    float *out;       /* sums over columns of those */
};

static uint32_t reference_taps_most(const struct ml_separable *plane)
{
    return plane->x.most > plane->y.most ? plane->x.most : plane->y.most;
}

size_t ml_separable_ref_bytes(const struct ml_separable *plane)
{
    const size_t samples =
        ((size_t)plane->x.in + plane->x.out) * plane->channels;
    return reference_taps_most(plane) *
               (sizeof(double) + sizeof(int32_t) + sizeof(float)) +
           samples * sizeof(float);
}

static struct reference reference_place(const struct ml_separable *plane,
                                        void *scratch)
{
    const size_t most = reference_taps_most(plane);
    struct reference r = {.plane = plane, .exact = scratch};
    r.weights = (int32_t *)(r.exact + most);
    r.values = (float *)(void *)(r.weights + most);
    r.mid = r.values + most;
    r.out = r.mid + (size_t)plane->x.in * plane->channels;
    return r;
}

/* `at` brought into [0, length): border samples are repeated outwards. */
static size_t reference_clamp(int64_t at, uint32_t length)
{
    return at < 0 ? 0 : at >= length ? length - 1 : (size_t)at;
}

static float reference_sample(const struct ml_separable *plane,
                              const struct ml_plane_src *src, int64_t y,
                              size_t i)
{
    const size_t row = reference_clamp(y, plane->y.in) - src->y;
    const void *samples = src->data + row * src->stride_bytes;
    return plane->bits == 8 ? ((const uint8_t *)samples)[i]
                            : ((const uint16_t *)samples)[i];
}

static struct ml_taps_ref reference_taps(const struct reference *r,
                                         const struct ml_taps *taps,
                                         uint32_t at)
{
    const struct ml_taps_ref ref = ml_taps_ref(taps, at, r->weights, r->exact);
    if (r->plane->q6)
        ml_taps_ref_q15(r->weights, ref.count, taps->symmetric);
    return ref;
}

/* A product in 16-bit arithmetic: 1/64 times 2^-15, rounded to 1/64, halves
 * up. */
static float reference_product(float value, int32_t weight)
{
    return (float)floor((double)value * weight / 32768 + 0.5);
}

/* The weighted sum of r->values.  Floats are added in the order of the taps; in
 * 16 bits, where weights read the same from either end, values of equal weight
 * are added before the product. */
static float reference_sum(const struct reference *r, uint32_t count)
{
    float sum = 0;
    for (uint32_t t = 0; t < count; t++) {
        const uint32_t other = count - 1 - t;
        if (!r->plane->q6)
            sum += r->values[t] * ((float)r->weights[t] / (float)ML_TAPS_ONE);
        else if (!r->plane->symmetric_pairs || t == other)
            sum += reference_product(r->values[t], r->weights[t]);
        else if (t < other)
            sum += reference_product(r->values[t] + r->values[other],
                                     r->weights[t]);
    }
    return sum;
}

const float *ml_separable_row_ref(const struct ml_separable *plane,
                                  void *scratch, const struct ml_plane_src *src,
                                  uint32_t y)
{
    const struct reference r = reference_place(plane, scratch);
    const float unit = plane->q6 ? ML_Q6_ONE : 1;
    const size_t channels = plane->channels;
    struct ml_taps_ref taps = reference_taps(&r, &plane->y, y);
    for (size_t i = 0; i < plane->x.in * channels; i++) {
        for (uint32_t t = 0; t < taps.count; t++)
            r.values[t] =
                unit * reference_sample(plane, src, taps.first + t, i);
        r.mid[i] = reference_sum(&r, taps.count);
    }
    for (size_t i = 0; i < plane->x.out * channels; i++) {
        if (i % channels == 0)
            taps = reference_taps(&r, &plane->x, (uint32_t)(i / channels));
        for (uint32_t t = 0; t < taps.count; t++)
            r.values[t] =
                r.mid[reference_clamp(taps.first + t, plane->x.in) * channels +
                      i % channels];
        r.out[i] = reference_sum(&r, taps.count) / unit;
    }
    return r.out;
}
