/* variants.h: band.h for each SIMD target, and band_run(), which picks one.
 * Included once by q6.c and once by f32.c. */
#include <assert.h>
#include <string.h>

#include "filters/kernels/separable/passes.h"
#include "filters/kernels/transpose.h"

#define BAND_PASTE_(a, b, c, d) a##b##_##c##_##d
#define BAND_PASTE(a, b, c, d) BAND_PASTE_(a, b, c, d)
/* Such as ml_transpose_load_shorts_16. */
#define BAND_TRANSPOSE(way, bytes)                                             \
    BAND_PASTE(ml_transpose_, way, BAND_KIND, bytes)

struct band_weights {
    const band_value *weights;
    size_t count;
    bool symmetric_pairs;
};

/* Repeat the first and last pixel of the strip into its padding. */
static void band_pad(const struct ml_band *band)
{
    const struct ml_taps *taps = &band->plane->x;
    const size_t pixel = band->plane->channels * band->lanes;
    band_value *head = band->strip;
    band_value *tail = head + (taps->radius + taps->in) * pixel;
    for (size_t i = 0; i < taps->radius; i++) {
        memcpy(head + i * pixel, head + taps->radius * pixel,
               pixel * sizeof *head);
        memcpy(tail + i * pixel, tail - pixel, pixel * sizeof *head);
    }
}

#if ML_SIMD_TARGETS
#define BAND_BYTES 64
#define BAND_TARGET ML_TARGET_V4
#define BAND_NAME(name) name##_v4
#include "filters/kernels/separable/band.h"

#define BAND_BYTES 32
#define BAND_TARGET ML_TARGET_V3
#define BAND_NAME(name) name##_v3
#include "filters/kernels/separable/band.h"
#endif

#define BAND_BYTES 16
#define BAND_TARGET
#define BAND_NAME(name) name##_plain
#include "filters/kernels/separable/band.h"

static void band_run(const struct ml_band *band)
{
    switch (ml_simd_level()) {
#if ML_SIMD_TARGETS
    case ML_SIMD_VBMI:
    case ML_SIMD_V4:
        band_run_v4(band);
        break;
    case ML_SIMD_V3:
        band_run_v3(band);
        break;
#else
    case ML_SIMD_VBMI:
    case ML_SIMD_V4:
    case ML_SIMD_V3:
#endif
    case ML_SIMD_PLAIN:
    case ML_SIMD_COUNT:
        band_run_plain(band);
        break;
    }
}
