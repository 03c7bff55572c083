/* matrix.c: see matrix.h.
 *
 * All sums fit 32 bits.  At 16 bits a product would not: samples are split into
 * two bytes, whose sums are joined at the end.  The sum of a mean (no negative
 * weight, and a sum of weights of at most one) fits unsigned without that.
 */
#include "filters/family/matrix.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "filters/family/samples_ref.h"
#include "os/simd_level.h"

#define MATRIX_ONE 65536 /* the unit of weights */
#define MATRIX_HALF 32768

/* One output colour, in 65536ths of a level. */
struct matrix_row {
    int32_t at[3]; /* weights; of a gray input only the first */
    /* The offset plus half a level for rounding: at 8 bits `low` alone, at 16
     * bits 256 * high + low. */
    int32_t high, low;
    uint16_t mean[3]; /* the weights of a mean */
};

struct matrix_state {
    struct ml_shape in, out;
    unsigned rows; /* 0: the first plane is copied */
    bool mean;     /* all rows are means; `mean` has their weights */
    struct matrix_row row[3];
    int64_t offset[3]; /* in 65536ths of a level, for the reference */
};

/* ---- prepare ---- */

/* Weights of one row in 65536ths: each is rounded to the nearest, then the
 * largest is changed so that their sum is the rounded sum. */
static void matrix_weights(struct matrix_row *row, const double at[4],
                           bool gray)
{
    const double exact = at[0] + at[1] + at[2];
    int32_t left = (int32_t)floor(exact * MATRIX_ONE + 0.5);
    size_t largest = 0;
    if (gray) {
        row->at[0] = left;
        return;
    }
    for (size_t c = 0; c < 3; c++) {
        assert(fabs(at[c]) <= ML_MATRIX_RANGE);
        row->at[c] = (int32_t)floor(at[c] * MATRIX_ONE + 0.5);
        left -= row->at[c];
        largest = fabs(at[c]) > fabs(at[largest]) ? c : largest;
    }
    row->at[largest] += left;
}

static void matrix_offset(struct matrix_state *state, unsigned r, double offset)
{
    const double most = state->in.bits == 8 ? UINT8_MAX : UINT16_MAX;
    const int64_t sum =
        (int64_t)floor(offset * most * MATRIX_ONE + 0.5) + MATRIX_HALF;
    assert(fabs(offset) <= ML_MATRIX_RANGE);
    state->offset[r] = sum - MATRIX_HALF;
    state->row[r].high = state->in.bits == 8 ? 0 : (int32_t)(sum >> 8);
    state->row[r].low =
        state->in.bits == 8 ? (int32_t)sum : (int32_t)(sum & 255);
}

/* True if all rows give the same result for a gray picture. */
static bool matrix_rows_agree(const struct matrix_state *state)
{
    for (unsigned r = 1; r < state->rows; r++) {
        if (state->row[r].at[0] != state->row[0].at[0] ||
            state->offset[r] != state->offset[0])
            return false;
    }
    return true;
}

static bool matrix_is_identity(const struct matrix_state *state, size_t colours)
{
    if (state->rows != colours)
        return false;
    for (unsigned r = 0; r < state->rows; r++) {
        for (unsigned c = 0; c < colours; c++) {
            if (state->row[r].at[c] != (r == c ? MATRIX_ONE : 0))
                return false;
        }
        if (state->offset[r] != 0)
            return false;
    }
    return true;
}

/* A row with a weight of one is a copy, not a mean. */
static bool matrix_row_is_mean(const struct matrix_state *state, unsigned r)
{
    int64_t sum = 0;
    for (unsigned c = 0; c < 3; c++) {
        const int32_t at = state->row[r].at[c];
        if (at < 0 || at >= MATRIX_ONE)
            return false;
        sum += at;
    }
    return state->offset[r] == 0 && sum <= MATRIX_ONE;
}

static bool matrix_find_means(struct matrix_state *state)
{
    for (unsigned r = 0; r < state->rows; r++) {
        if (!matrix_row_is_mean(state, r))
            return false;
        for (unsigned c = 0; c < 3; c++)
            state->row[r].mean[c] = (uint16_t)state->row[r].at[c];
    }
    return true;
}

static void matrix_fill(struct matrix_state *state,
                        const struct ml_matrix *matrix, bool gray)
{
    state->rows = matrix->rows;
    for (unsigned r = 0; r < matrix->rows; r++) {
        matrix_weights(&state->row[r], matrix->at[r], gray);
        matrix_offset(state, r, matrix->at[r][3]);
    }
    if (gray && matrix_rows_agree(state))
        state->rows = 1;
    state->mean = matrix_find_means(state);
}

enum ml_status ml_matrix_prepare(struct ml_filter_setup *setup,
                                 const struct ml_matrix *matrix,
                                 struct ml_error *err)
{
    const struct ml_shape *in = &setup->in;
    const bool alpha = ml_has_alpha(in->layout);
    const bool gray = in->layout == ML_GRAY || in->layout == ML_GRAYA;
    struct matrix_state *state = ml_filter_alloc(setup, sizeof *state, err);
    if (!state)
        return err->status;
    state->in = setup->out = *in;
    matrix_fill(state, matrix, gray);
    setup->is_identity = matrix_is_identity(state, gray ? 1 : 3);
    if (!setup->is_identity) {
        setup->out.layout = state->rows == 1 ? alpha ? ML_GRAYA : ML_GRAY
                            : alpha          ? ML_RGBA
                                             : ML_RGB;
        setup->out.sub_x = setup->out.sub_y = 1;
    }
    if (in->layout == ML_YCC)
        state->rows = 0;
    state->out = setup->out;
    setup->state = state;
    return ML_OK;
}

/* ---- rows ---- */

ML_INLINE int32_t matrix_clamp(int32_t level, int32_t most)
{
    return level < 0 ? 0 : level > most ? most : level;
}

ML_INLINE uint8_t matrix_sum_8(const uint8_t *rgb, const struct matrix_row *row)
{
    const int32_t sum = row->low + rgb[0] * row->at[0] + rgb[1] * row->at[1] +
                        rgb[2] * row->at[2];
    return (uint8_t)matrix_clamp(sum >> 16, UINT8_MAX);
}

/* floor((256 high + low) / 65536) */
ML_INLINE uint16_t matrix_join(int32_t high, int32_t low)
{
    return (uint16_t)matrix_clamp((high + (low >> 8)) >> 8, UINT16_MAX);
}

ML_INLINE uint16_t matrix_sum_16(const uint16_t *rgb,
                                 const struct matrix_row *row)
{
    const int32_t high = row->high + (rgb[0] >> 8) * row->at[0] +
                         (rgb[1] >> 8) * row->at[1] +
                         (rgb[2] >> 8) * row->at[2];
    const int32_t low = row->low + (rgb[0] & 255) * row->at[0] +
                        (rgb[1] & 255) * row->at[1] +
                        (rgb[2] & 255) * row->at[2];
    return matrix_join(high, low);
}

/* Of three samples of 16 bits at most. */
ML_INLINE uint32_t matrix_mean(uint16_t r, uint16_t g, uint16_t b,
                               const struct matrix_row *row)
{
    const uint32_t sum = (uint32_t)r * row->mean[0] +
                         (uint32_t)g * row->mean[1] +
                         (uint32_t)b * row->mean[2];
    return (sum + MATRIX_HALF) >> 16;
}

ML_INLINE uint8_t matrix_mean_8(const uint8_t *rgb,
                                const struct matrix_row *row)
{
    return (uint8_t)matrix_mean(rgb[0], rgb[1], rgb[2], row);
}

ML_INLINE uint16_t matrix_mean_16(const uint16_t *rgb,
                                  const struct matrix_row *row)
{
    return (uint16_t)matrix_mean(rgb[0], rgb[1], rgb[2], row);
}

/* Begins a function that makes a row of `pixels` pixels of RGB or RGBA, with
 * `sum` for each output colour. */
#define MATRIX_COLOURS(name, sample, sum)                                      \
    ML_INLINE void name##_pixels(                                              \
        sample *restrict to, const sample *restrict from, size_t pixels,       \
        const struct matrix_state *state, size_t rows, bool alpha)             \
    {                                                                          \
        const struct matrix_row row[3] = {state->row[0], state->row[1],        \
                                          state->row[2]};                      \
        const size_t in = alpha ? 4 : 3, out = alpha ? rows + 1 : rows;        \
        for (size_t x = 0; x < pixels; x++) {                                  \
            for (size_t r = 0; r < rows; r++)                                  \
                to[out * x + r] = sum(from + in * x, &row[r]);                 \
            if (alpha)                                                         \
                to[out * x + rows] = from[in * x + 3];                         \
        }                                                                      \
    }                                                                          \
    ML_SIMD_FUNCTION(name,                                                     \
                     (sample *restrict to, const sample *restrict from,        \
                      size_t pixels, const struct matrix_state *state),        \
                     (to, from, pixels, state))                                \
    {                                                                          \
        const bool alpha = ml_has_alpha(state->in.layout);                     \
        if (state->rows == 1 && alpha)                                         \
            name##_pixels(to, from, pixels, state, 1, true);                   \
        else if (state->rows == 1)                                             \
            name##_pixels(to, from, pixels, state, 1, false);                  \
        else if (alpha)                                                        \
            name##_pixels(to, from, pixels, state, 3, true);                   \
        else                                                                   \
            name##_pixels(to, from, pixels, state, 3, false);                  \
    }

MATRIX_COLOURS(matrix_colours_8, uint8_t, matrix_sum_8)
MATRIX_COLOURS(matrix_colours_16, uint16_t, matrix_sum_16)
MATRIX_COLOURS(matrix_means_8, uint8_t, matrix_mean_8)
MATRIX_COLOURS(matrix_means_16, uint16_t, matrix_mean_16)

/* Rows of gray pixels, with alpha or without. */
static void matrix_grays_8(uint8_t *restrict to, const uint8_t *restrict from,
                           const struct matrix_state *state)
{
    const size_t in = ml_channels(state->in.layout);
    for (size_t x = 0; x < state->in.width; x++, from += in) {
        for (unsigned r = 0; r < state->rows; r++) {
            const struct matrix_row *row = &state->row[r];
            const int32_t sum = row->low + from[0] * row->at[0];
            *to++ = (uint8_t)matrix_clamp(sum >> 16, UINT8_MAX);
        }
        if (in == 2)
            *to++ = from[1];
    }
}

static void matrix_grays_16(uint16_t *restrict to,
                            const uint16_t *restrict from,
                            const struct matrix_state *state)
{
    const size_t in = ml_channels(state->in.layout);
    for (size_t x = 0; x < state->in.width; x++, from += in) {
        for (unsigned r = 0; r < state->rows; r++) {
            const struct matrix_row *row = &state->row[r];
            *to++ = matrix_join(row->high + (from[0] >> 8) * row->at[0],
                                row->low + (from[0] & 255) * row->at[0]);
        }
        if (in == 2)
            *to++ = from[1];
    }
}

static void matrix_row(const struct matrix_state *state, void *to,
                       const void *from)
{
    const size_t width = state->in.width;
    const bool gray = ml_channels(state->in.layout) < 3;
    const bool bytes = state->in.bits == 8;
    if (state->rows == 0)
        memcpy(to, from, ml_row_bytes(&state->out, 0));
    else if (gray && bytes)
        matrix_grays_8(to, from, state);
    else if (gray)
        matrix_grays_16(to, from, state);
    else if (state->mean && bytes)
        matrix_means_8(to, from, width, state);
    else if (state->mean)
        matrix_means_16(to, from, width, state);
    else if (bytes)
        matrix_colours_8(to, from, width, state);
    else
        matrix_colours_16(to, from, width, state);
}

void ml_matrix_render(const void *state, void *scratch,
                      const struct ml_dst *dst, const struct ml_src *src)
{
    (void)scratch;
    for (uint32_t y = dst->y; y < dst->y_end; y++)
        matrix_row(state, ml_dst_row(dst, y), ml_src_row(src, y));
}

/* ---- reference: in doubles, sample by sample ---- */

static void matrix_pixel_ref(const struct matrix_state *state, uint8_t *to,
                             const uint8_t *from, size_t x)
{
    const size_t in = ml_channels(state->in.layout);
    const size_t out = ml_channels(state->out.layout);
    const size_t colours = in < 3 ? 1 : 3;
    const unsigned bits = state->in.bits;
    for (unsigned r = 0; r < state->rows; r++) {
        double sum = (double)state->offset[r] / MATRIX_ONE;
        for (size_t c = 0; c < colours; c++)
            sum += ml_row_load_ref(from, bits, in * x + c) *
                   state->row[r].at[c] / MATRIX_ONE;
        ml_row_store_ref(to, bits, out * x + r, sum);
    }
    if (state->rows == 0)
        ml_row_store_ref(to, bits, x, ml_row_load_ref(from, bits, x));
    if (ml_has_alpha(state->in.layout))
        ml_row_store_ref(to, bits, out * x + state->rows,
                         ml_row_load_ref(from, bits, in * x + in - 1));
}

void ml_matrix_render_ref(const void *state_in, void *scratch,
                          const struct ml_dst *dst, const struct ml_src *src)
{
    const struct matrix_state *state = state_in;
    (void)scratch;
    for (uint32_t y = dst->y; y < dst->y_end; y++)
        for (size_t x = 0; x < state->in.width; x++)
            matrix_pixel_ref(state, ml_dst_row(dst, y), ml_src_row(src, y), x);
}
