/* mix.h: pictures, and a definition in doubles, for the tests of filters that
 * mix neighbouring samples.
 *
 * mix_run() prepares a filter and makes the whole output twice: with render_ref
 * in one piece, and with render in bands of random heights, each from a window
 * in memory of its own, exactly as large as `input_window` said.  The two must
 * agree byte for byte, and bytes behind the rows must not be written.
 */
#ifndef ML_TESTS_SUPPORT_FILTERS_MIX_H
#define ML_TESTS_SUPPORT_FILTERS_MIX_H

#include "base/random.h"
#include "filters/registry.h"

struct mix_picture {
    struct ml_shape shape;
    struct ml_dst rows; /* all of them; strides have guard bytes */
    uint8_t *memory;
    size_t bytes;
};

void mix_open(struct mix_picture *picture, const struct ml_shape *shape);
void mix_close(struct mix_picture *picture);
/* Noise, extremes, a flat colour, a gradient or edges, as `kind` % 5 says.
 * With `premultiplied`, colours stay at or below alpha. */
void mix_fill(struct mix_picture *picture, struct ml_random *random,
              unsigned kind, bool premultiplied);
double mix_sample(const struct mix_picture *picture, uint32_t plane, uint32_t y,
                  size_t index);
void mix_check_guards(const struct mix_picture *picture);

struct mix_run {
    struct ml_arena arena;
    struct ml_filter_setup setup;
    struct mix_picture out; /* what rows made */
};
/* `full_*` 0: as large as the input. */
void mix_run(struct mix_run *run, const struct ml_filter *filter,
             const struct ml_value *values, const struct mix_picture *in,
             uint32_t full_width, uint32_t full_height,
             struct ml_random *random);
void mix_run_close(struct mix_run *run);
/* Only prepare, and say what came of it. */
enum ml_status mix_prepare(struct mix_run *run, const struct ml_filter *filter,
                           const struct ml_value *values,
                           const struct ml_shape *in, uint32_t full_width,
                           uint32_t full_height, struct ml_error *err);

/* Weights of one axis, in doubles: out position j is the sum over i of
 * weight[j * most + i] times input position clamp(first[j] + i). */
struct mix_axis {
    uint32_t in, out, most;
    int64_t *first;
    double *weight;
};
void mix_axis_gauss(struct mix_axis *axis, uint32_t length, double sigma);
/* `centre` of out position j is (j + offset + 1/2) * scale, with pixel i of the
 * input spanning [i, i + 1). */
void mix_axis_kernel(struct mix_axis *axis, const char *kernel, uint32_t in,
                     uint32_t out, double scale, double offset);
void mix_axis_close(struct mix_axis *axis);

/* A plane by the definition, unrounded: out rows x out columns x channels
 * doubles, to be freed by the caller. */
double *mix_truth(const struct mix_picture *in, uint32_t plane,
                  const struct mix_axis *x, const struct mix_axis *y);
/* Largest difference of levels between `truth`, rounded, and a plane of the
 * picture from plane row and column (y0, x0) on. */
double mix_worst(const struct mix_picture *picture, uint32_t plane, uint32_t x0,
                 uint32_t y0, const double *truth, uint32_t width,
                 uint32_t height);

#endif
