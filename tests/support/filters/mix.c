/* mix.c: see mix.h. */
#include "support/filters/mix.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MIX_GUARD 0xA5
#define MIX_GUARD_BYTES 6
#define MIX_ARENA_BYTES ((size_t)64 << 20)

/* ---- pictures ---- */

static uint32_t mix_plane_rows(const struct ml_shape *shape, uint32_t plane)
{
    return ml_plane_height(shape, plane);
}

void mix_open(struct mix_picture *picture, const struct ml_shape *shape)
{
    memset(picture, 0, sizeof *picture);
    picture->shape = *shape;
    for (uint32_t p = 0; p < ml_plane_count(shape); p++)
        picture->bytes += (ml_row_bytes(shape, p) + MIX_GUARD_BYTES) *
                          mix_plane_rows(shape, p);
    picture->memory = malloc(picture->bytes);
    assert_non_null(picture->memory);
    memset(picture->memory, MIX_GUARD, picture->bytes);
    uint8_t *at = picture->memory;
    picture->rows.y_end = shape->height;
    for (uint32_t p = 0; p < ml_plane_count(shape); p++) {
        picture->rows.data[p] = at;
        picture->rows.stride_bytes[p] =
            ml_row_bytes(shape, p) + MIX_GUARD_BYTES;
        at += picture->rows.stride_bytes[p] * mix_plane_rows(shape, p);
    }
}

void mix_close(struct mix_picture *picture)
{
    free(picture->memory);
    picture->memory = NULL;
}

static uint8_t *mix_row(const struct mix_picture *picture, uint32_t plane,
                        uint32_t y)
{
    return picture->rows.data[plane] + y * picture->rows.stride_bytes[plane];
}

double mix_sample(const struct mix_picture *picture, uint32_t plane, uint32_t y,
                  size_t index)
{
    const uint8_t *row = mix_row(picture, plane, y);
    if (picture->shape.bits == 8)
        return row[index];
    uint16_t sample;
    memcpy(&sample, row + 2 * index, sizeof sample);
    return sample;
}

static void mix_put(struct mix_picture *picture, uint32_t plane, uint32_t y,
                    size_t index, double level)
{
    uint8_t *row = mix_row(picture, plane, y);
    const double most = picture->shape.bits == 8 ? 255 : 65535;
    const uint16_t sample =
        (uint16_t)floor(fmin(fmax(level, 0), 1) * most + 0.5);
    if (picture->shape.bits == 8)
        row[index] = (uint8_t)sample;
    else
        memcpy(row + 2 * index, &sample, sizeof sample);
}

static double mix_level(struct ml_random *random, unsigned kind, uint32_t y,
                        size_t index, double flat)
{
    switch (kind % 5) {
    case 0:
        return ml_random_unit(random);
    case 1:
        return (double)(ml_random_next(random) & 1);
    case 2:
        return flat;
    case 3:
        return fmod((double)y * 0.013 + (double)index * 0.007 + flat, 1);
    default:
        return (y / 7 + index / 11) % 2 ? 1 : flat / 4;
    }
}

void mix_fill(struct mix_picture *picture, struct ml_random *random,
              unsigned kind, bool premultiplied)
{
    const struct ml_shape *shape = &picture->shape;
    const size_t channels = ml_channels(shape->layout);
    const double flat = ml_random_unit(random);
    for (uint32_t p = 0; p < ml_plane_count(shape); p++) {
        const size_t width = ml_plane_width(shape, p);
        for (uint32_t y = 0; y < mix_plane_rows(shape, p); y++) {
            for (size_t x = 0; x < width; x++) {
                double alpha = 1;
                if (premultiplied && ml_has_alpha(shape->layout)) {
                    alpha = mix_level(random, kind + 3, y, x, flat);
                    mix_put(picture, p, y, x * channels + channels - 1, alpha);
                }
                for (size_t c = 0; c < channels - (alpha < 1 ? 1 : 0); c++)
                    mix_put(picture, p, y, x * channels + c,
                            alpha * mix_level(random, kind, y, x * channels + c,
                                              flat));
                if (premultiplied && ml_has_alpha(shape->layout))
                    mix_put(picture, p, y, x * channels + channels - 1, alpha);
            }
        }
    }
}

void mix_check_guards(const struct mix_picture *picture)
{
    const struct ml_shape *shape = &picture->shape;
    for (uint32_t p = 0; p < ml_plane_count(shape); p++)
        for (uint32_t y = 0; y < mix_plane_rows(shape, p); y++)
            for (size_t i = 0; i < MIX_GUARD_BYTES; i++)
                assert_int_equal(
                    mix_row(picture, p, y)[ml_row_bytes(shape, p) + i],
                    MIX_GUARD);
}

/* ---- running a filter ---- */

enum ml_status mix_prepare(struct mix_run *run, const struct ml_filter *filter,
                           const struct ml_value *values,
                           const struct ml_shape *in, uint32_t full_width,
                           uint32_t full_height, struct ml_error *err)
{
    memset(run, 0, sizeof *run);
    assert_int_equal(ml_arena_open(&run->arena, MIX_ARENA_BYTES, err), ML_OK);
    run->setup = (struct ml_filter_setup){
        .filter = filter,
        .values = values,
        .in = *in,
        .full_width = full_width ? full_width : in->width,
        .full_height = full_height ? full_height : in->height,
        .orientation = 1,
        .arena = &run->arena};
    return filter->prepare(&run->setup, err);
}

/* The window a band needs, on the chroma grid. */
static struct ml_range mix_window(const struct ml_filter *filter,
                                  const struct mix_run *run, uint32_t y,
                                  uint32_t y_end)
{
    const struct ml_shape *in = &run->setup.in;
    struct ml_range range = filter->input_window(run->setup.state, y, y_end);
    const uint32_t sub = in->layout == ML_YCC ? in->sub_y : 1;
    assert_true(range.y < range.y_end && range.y_end <= in->height);
    range.y -= range.y % sub;
    range.y_end += (sub - range.y_end % sub) % sub;
    if (range.y_end > in->height)
        range.y_end = in->height;
    return range;
}

/* One band, from rows that lie in memory of their own without a byte to
 * spare. */
static void mix_band(const struct ml_filter *filter, struct mix_run *run,
                     const struct mix_picture *in, uint32_t y, uint32_t y_end)
{
    const struct ml_range need = mix_window(filter, run, y, y_end);
    const struct ml_src all = ml_dst_as_src(&in->rows);
    const struct ml_src part =
        ml_src_part(&all, &in->shape, need.y, need.y_end);
    struct ml_dst window = {.y = need.y, .y_end = need.y_end};
    for (uint32_t p = 0; p < ml_plane_count(&in->shape); p++) {
        const uint32_t rows = ml_plane_y(&in->shape, p, need.y_end) -
                              ml_plane_y(&in->shape, p, need.y);
        window.stride_bytes[p] = ml_row_bytes(&in->shape, p);
        window.data[p] = malloc(rows * window.stride_bytes[p]);
        assert_non_null(window.data[p]);
    }
    ml_rows_copy(&window, &part, &in->shape);
    const struct ml_src src = ml_dst_as_src(&window);
    const struct ml_dst dst =
        ml_dst_part(&run->out.rows, &run->out.shape, y, y_end);
    void *scratch = malloc(run->setup.scratch_bytes + 1);
    assert_non_null(scratch);
    ml_filter_rows(filter, run->setup.state, scratch, &dst, &src);
    free(scratch);
    for (uint32_t p = 0; p < ml_plane_count(&in->shape); p++)
        free(window.data[p]);
}

static void mix_bands(const struct ml_filter *filter, struct mix_run *run,
                      const struct mix_picture *in, struct ml_random *random)
{
    const struct ml_shape *out = &run->setup.out;
    const uint32_t grid = out->layout == ML_YCC ? out->sub_y : 1;
    struct ml_range before = {0, 0};
    for (uint32_t y = 0; y < out->height;) {
        uint32_t y_end = y + grid * (1 + ml_random_below(random, 40));
        y_end = y_end < out->height ? y_end : out->height;
        const struct ml_range need =
            filter->input_window(run->setup.state, y, y_end);
        assert_true(need.y >= before.y && need.y_end >= before.y_end);
        before = need;
        mix_band(filter, run, in, y, y_end);
        y = y_end;
    }
}

void mix_run(struct mix_run *run, const struct ml_filter *filter,
             const struct ml_value *values, const struct mix_picture *in,
             uint32_t full_width, uint32_t full_height,
             struct ml_random *random)
{
    struct ml_error err;
    struct mix_picture want;
    assert_int_equal(mix_prepare(run, filter, values, &in->shape, full_width,
                                 full_height, &err),
                     ML_OK);
    mix_open(&run->out, &run->setup.out);
    mix_open(&want, &run->setup.out);
    const struct ml_src src = ml_dst_as_src(&in->rows);
    void *scratch = malloc(run->setup.scratch_bytes + 1);
    assert_non_null(scratch);
    filter->render_ref(run->setup.state, scratch, &want.rows, &src);
    free(scratch);
    mix_bands(filter, run, in, random);
    assert_memory_equal(run->out.memory, want.memory, want.bytes);
    mix_check_guards(&run->out);
    mix_close(&want);
}

void mix_run_close(struct mix_run *run)
{
    mix_close(&run->out);
    ml_arena_close(&run->arena);
}

/* ---- definition ---- */

static void mix_axis_open(struct mix_axis *axis, uint32_t in, uint32_t out,
                          uint32_t most)
{
    *axis = (struct mix_axis){.in = in, .out = out, .most = most};
    axis->first = calloc(out, sizeof *axis->first);
    axis->weight = calloc((size_t)out * most, sizeof *axis->weight);
    assert_non_null(axis->first);
    assert_non_null(axis->weight);
}

void mix_axis_close(struct mix_axis *axis)
{
    free(axis->first);
    free(axis->weight);
}

static void mix_axis_normalise(struct mix_axis *axis)
{
    for (uint32_t j = 0; j < axis->out; j++) {
        double *weight = axis->weight + (size_t)j * axis->most, sum = 0;
        for (uint32_t i = 0; i < axis->most; i++)
            sum += weight[i];
        for (uint32_t i = 0; i < axis->most; i++)
            weight[i] /= sum;
    }
}

void mix_axis_gauss(struct mix_axis *axis, uint32_t length, double sigma)
{
    const uint32_t reach = (uint32_t)ceil(3 * sigma);
    mix_axis_open(axis, length, length, 2 * reach + 1);
    for (uint32_t j = 0; j < length; j++) {
        axis->first[j] = (int64_t)j - reach;
        for (uint32_t i = 0; i < axis->most; i++) {
            const double x = ((double)i - reach) / sigma;
            axis->weight[(size_t)j * axis->most + i] = exp(-x * x / 2);
        }
    }
    mix_axis_normalise(axis);
}

static double mix_sinc(double x)
{
    const double pi = acos(-1);
    return x == 0 ? 1 : sin(pi * x) / (pi * x);
}

static double mix_kernel(const char *kernel, double x)
{
    x = fabs(x);
    if (strcmp(kernel, "lanczos3") == 0)
        return x < 3 ? mix_sinc(x) * mix_sinc(x / 3) : 0;
    if (strcmp(kernel, "triangle") == 0)
        return fmax(0, 1 - x);
    if (strcmp(kernel, "catrom") == 0)
        return x < 1   ? 1.5 * x * x * x - 2.5 * x * x + 1
               : x < 2 ? -0.5 * x * x * x + 2.5 * x * x - 4 * x + 2
                       : 0;
    if (strcmp(kernel, "mitchell") == 0)
        return x < 1 ? (7 * x * x * x - 12 * x * x + 16.0 / 3) / 6
               : x < 2
                   ? (-7.0 / 3 * x * x * x + 12 * x * x - 20 * x + 32.0 / 3) / 6
                   : 0;
    return x < 0.5; /* box: tests avoid ties */
}

void mix_axis_kernel(struct mix_axis *axis, const char *kernel, uint32_t in,
                     uint32_t out, double scale, double offset)
{
    mix_axis_open(axis, in, out, in);
    for (uint32_t j = 0; j < out; j++) {
        const double centre = fmin((j + offset + 0.5) * scale, in);
        double *weight = axis->weight + (size_t)j * in;
        if (strcmp(kernel, "nearest") == 0) {
            weight[(size_t)fmin(floor(centre), in - 1.0)] = 1;
            continue;
        }
        for (uint32_t i = 0; i < in; i++)
            weight[i] = mix_kernel(kernel, (i + 0.5 - centre) / fmax(scale, 1));
    }
    mix_axis_normalise(axis);
}

static uint32_t mix_clamp(int64_t at, uint32_t length)
{
    return at < 0 ? 0 : at >= length ? length - 1 : (uint32_t)at;
}

double *mix_truth(const struct mix_picture *in, uint32_t plane,
                  const struct mix_axis *x, const struct mix_axis *y)
{
    const size_t channels = ml_channels(in->shape.layout);
    const size_t wide = x->in * channels;
    double *mid = calloc(wide, sizeof *mid);
    double *truth = calloc(x->out * channels * y->out, sizeof *truth);
    assert_non_null(mid);
    assert_non_null(truth);
    for (uint32_t j = 0; j < y->out; j++) {
        memset(mid, 0, wide * sizeof *mid);
        for (uint32_t t = 0; t < y->most; t++) {
            const double weight = y->weight[(size_t)j * y->most + t];
            const uint32_t row = mix_clamp(y->first[j] + t, y->in);
            for (size_t i = 0; weight != 0 && i < wide; i++)
                mid[i] += weight * mix_sample(in, plane, row, i);
        }
        for (size_t i = 0; i < x->out * channels; i++) {
            const size_t at = i / channels;
            double sum = 0;
            for (uint32_t t = 0; t < x->most; t++)
                sum += x->weight[at * x->most + t] *
                       mid[mix_clamp(x->first[at] + t, x->in) * channels +
                           i % channels];
            truth[j * x->out * channels + i] = sum;
        }
    }
    free(mid);
    return truth;
}

double mix_worst(const struct mix_picture *picture, uint32_t plane, uint32_t x0,
                 uint32_t y0, const double *truth, uint32_t width,
                 uint32_t height)
{
    const size_t channels = ml_channels(picture->shape.layout);
    const double most = picture->shape.bits == 8 ? 255 : 65535;
    double worst = 0;
    for (uint32_t y = 0; y < height; y++) {
        for (size_t i = 0; i < width * channels; i++) {
            const double want = floor(
                fmin(fmax(truth[y * width * channels + i], 0), most) + 0.5);
            const double got =
                mix_sample(picture, plane, y0 + y, x0 * channels + i);
            worst = fmax(worst, fabs(got - want));
        }
    }
    return worst;
}
