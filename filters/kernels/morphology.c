/* morphology.c: see morphology.h. */
#include "filters/kernels/morphology.h"

#include <string.h>

#include "os/simd_level.h"

#define MORPH_PIECE 1024 /* samples of a row made at once */
#define MORPH_ROWS 16    /* rows of a square made at once */
#define MORPH_LENGTHS 8  /* of runs: 2^0 to 2^7, the widest window is 201 */
#define MORPH_SLACK_BYTES 64

/* ---- loops ---- */

/* pick: to = the extreme of a and b; fold: to = that of to, a and b. */
#define MORPH_LOOPS(name, sample, sign)                                        \
    ML_SIMD_FUNCTION(morph_pick_##name,                                        \
                     (sample *restrict to, const sample *restrict a,           \
                      const sample *restrict b, size_t count),                 \
                     (to, a, b, count))                                        \
    {                                                                          \
        for (size_t i = 0; i < count; i++)                                     \
            to[i] = a[i] sign b[i] ? a[i] : b[i];                              \
    }                                                                          \
    ML_SIMD_FUNCTION(morph_fold_##name,                                        \
                     (sample *restrict to, const sample *restrict a,           \
                      const sample *restrict b, size_t count),                 \
                     (to, a, b, count))                                        \
    {                                                                          \
        for (size_t i = 0; i < count; i++) {                                   \
            const sample both = a[i] sign b[i] ? a[i] : b[i];                  \
            to[i] = to[i] sign both ? to[i] : both;                            \
        }                                                                      \
    }

MORPH_LOOPS(min_8, uint8_t, <)
MORPH_LOOPS(max_8, uint8_t, >)
MORPH_LOOPS(min_16, uint16_t, <)
MORPH_LOOPS(max_16, uint16_t, >)

static void morph_pick(const struct ml_morphology *plane, void *to,
                       const void *a, const void *b, size_t count)
{
    if (plane->bits == 8 && plane->largest)
        morph_pick_max_8(to, a, b, count);
    else if (plane->bits == 8)
        morph_pick_min_8(to, a, b, count);
    else if (plane->largest)
        morph_pick_max_16(to, a, b, count);
    else
        morph_pick_min_16(to, a, b, count);
}

static void morph_fold(const struct ml_morphology *plane, void *to,
                       const void *a, const void *b, size_t count)
{
    if (plane->bits == 8 && plane->largest)
        morph_fold_max_8(to, a, b, count);
    else if (plane->bits == 8)
        morph_fold_min_8(to, a, b, count);
    else if (plane->largest)
        morph_fold_max_16(to, a, b, count);
    else
        morph_fold_min_16(to, a, b, count);
}

/* ---- prepare ---- */

static size_t morph_radius(const struct ml_morphology *plane)
{
    return plane->radius * (size_t)plane->channels;
}

/* Bytes of a piece and of the samples within the radius on both sides. */
static size_t morph_pitch(const struct ml_morphology *plane)
{
    return (MORPH_PIECE + 2 * morph_radius(plane)) * (plane->bits / 8U) +
           MORPH_SLACK_BYTES;
}

void ml_morphology_prepare(struct ml_morphology *plane)
{
    const uint32_t radius = plane->radius;
    for (uint32_t dy = 0, half = radius; dy <= radius; dy++) {
        while (half * half + dy * dy > radius * radius)
            half--;
        plane->half[dy] = (uint8_t)half;
    }
    const size_t rows =
        plane->shape == ML_MORPHOLOGY_SQUARE ? MORPH_ROWS + 2 : MORPH_LENGTHS;
    plane->scratch_bytes = rows * morph_pitch(plane);
}

/* ---- pieces of rows ---- */

/* Samples [x, x + count) of the rows [y, y_end) are made. */
struct morph_piece {
    const struct ml_morphology *plane;
    const struct ml_plane_dst *to;
    const struct ml_plane_src *from;
    uint8_t *scratch;
    size_t x, count;
    /* Samples to read, within the picture: their start and count, and the
     * number of samples that the radius extends to the left of the picture. */
    size_t held, held_count, missing;
};

static void *morph_scratch(const struct morph_piece *piece, size_t row)
{
    return piece->scratch + row * morph_pitch(piece->plane);
}

/* The samples to read of row `y`, moved to the border if it is outside. */
static const uint8_t *morph_from(const struct morph_piece *piece, int64_t y)
{
    const int64_t last = (int64_t)piece->plane->height - 1;
    const int64_t row = y < 0 ? 0 : y > last ? last : y;
    return piece->from->data +
           (size_t)(row - piece->from->y) * piece->from->stride_bytes +
           piece->held * (piece->plane->bits / 8U);
}

static uint8_t *morph_to(const struct morph_piece *piece, uint32_t y)
{
    return piece->to->data + (y - piece->to->y) * piece->to->stride_bytes +
           piece->x * (piece->plane->bits / 8U);
}

/* Fill the part outside the picture with a value that changes no extreme. */
static void morph_outside(const struct morph_piece *piece, uint8_t *row)
{
    const size_t bytes = piece->plane->bits / 8U;
    const size_t all = piece->count + 2 * morph_radius(piece->plane);
    const size_t end = piece->missing + piece->held_count;
    const int neutral = piece->plane->largest ? 0 : 0xFF;
    memset(row, neutral, piece->missing * bytes);
    memset(row + end * bytes, neutral, (all - end) * bytes);
}

/* ---- squares ---- */

/* Extremes of columns: row k of the scratch is that of windows of `side` rows
 * from `first` + k on, k < rows <= side. */
static void morph_columns(const struct morph_piece *piece, int64_t first,
                          uint32_t rows)
{
    const struct ml_morphology *plane = piece->plane;
    const uint32_t side = 2 * plane->radius + 1;
    const size_t count = piece->held_count;
    const size_t missing = piece->missing * (plane->bits / 8U);
    uint8_t *made[MORPH_ROWS], *below = morph_scratch(piece, MORPH_ROWS);
    for (uint32_t k = 0; k < rows; k++)
        made[k] = (uint8_t *)morph_scratch(piece, k) + missing;
    /* The rows common to all windows, then the rows above for each window. */
    const uint8_t *common = morph_from(piece, first + rows - 1);
    const uint8_t *next =
        rows < side ? morph_from(piece, first + rows) : common;
    morph_pick(plane, made[rows - 1], common, next, count);
    for (uint32_t i = rows + 1; i < side; i += 2) {
        const uint32_t second = i + 1 < side ? i + 1 : i;
        morph_fold(plane, made[rows - 1], morph_from(piece, first + i),
                   morph_from(piece, first + second), count);
    }
    for (uint32_t k = rows - 1; k > 0; k--)
        morph_pick(plane, made[k - 1], made[k],
                   morph_from(piece, first + k - 1), count);
    /* Then the rows below. */
    const uint8_t *lowest = NULL;
    for (uint32_t k = 1; k < rows; k++) {
        const uint8_t *row = morph_from(piece, first + side + k - 1);
        if (k == 1)
            lowest = row;
        else if (k == 2)
            morph_pick(plane, below, lowest, row, count);
        else
            morph_fold(plane, below, row, row, count);
        const uint8_t *under = k == 1 ? lowest : below;
        morph_fold(plane, made[k], under, under, count);
    }
    for (uint32_t k = 0; k < rows; k++)
        morph_outside(piece, morph_scratch(piece, k));
}

/* Extremes of `side` neighbouring pixels: runs become twice as long, from one
 * scratch row into the other, until two of them make the window. */
static void morph_run(const struct morph_piece *piece, uint32_t k, uint32_t y)
{
    const struct ml_morphology *plane = piece->plane;
    const size_t side = 2 * (size_t)plane->radius + 1;
    const size_t pixel = plane->channels * (plane->bits / 8U);
    uint8_t *run = morph_scratch(piece, k);
    uint8_t *other = morph_scratch(piece, MORPH_ROWS + 1);
    size_t count = piece->count + 2 * morph_radius(plane), length = 1;
    for (; 2 * length <= side; length *= 2) {
        count -= length * plane->channels;
        morph_pick(plane, other, run, run + length * pixel, count);
        uint8_t *const last = run;
        run = other;
        other = last;
    }
    morph_pick(plane, morph_to(piece, y), run, run + (side - length) * pixel,
               piece->count);
}

static void morph_square(const struct morph_piece *piece, uint32_t y_end)
{
    const uint32_t radius = piece->plane->radius, side = 2 * radius + 1;
    const uint32_t most = side < MORPH_ROWS ? side : MORPH_ROWS;
    for (uint32_t y = piece->to->y; y < y_end;) {
        const uint32_t rows = y_end - y < most ? y_end - y : most;
        morph_columns(piece, (int64_t)y - radius, rows);
        for (uint32_t k = 0; k < rows; k++, y++)
            morph_run(piece, k, y);
    }
}

/* ---- discs ---- */

/* Scratch row i: extremes of runs of 2^i pixels of picture row `y`. */
static void morph_lengths(const struct morph_piece *piece, uint32_t y)
{
    const struct ml_morphology *plane = piece->plane;
    const size_t side = 2 * (size_t)plane->radius + 1;
    const size_t bytes = plane->bits / 8U, pixel = plane->channels * bytes;
    size_t count = piece->count + 2 * morph_radius(plane);
    uint8_t *row = morph_scratch(piece, 0);
    memcpy(row + piece->missing * bytes, morph_from(piece, y),
           piece->held_count * bytes);
    morph_outside(piece, row);
    for (size_t i = 1; (size_t)1 << i <= side; i++) {
        const size_t length = (size_t)1 << (i - 1);
        uint8_t *longer = morph_scratch(piece, i);
        count -= length * plane->channels;
        morph_pick(plane, longer, row, row + length * pixel, count);
        row = longer;
    }
}

/* Add to output row `y` the run of 2 * half + 1 pixels of the row in the
 * scratch. */
static void morph_add_run(const struct morph_piece *piece, uint32_t y,
                          uint32_t half)
{
    const struct ml_morphology *plane = piece->plane;
    const size_t pixel = plane->channels * (plane->bits / 8U);
    const size_t side = 2 * (size_t)half + 1, begin = plane->radius - half;
    size_t i = 0;
    while ((size_t)2 << i <= side)
        i++;
    const uint8_t *runs = morph_scratch(piece, i);
    const uint8_t *second = runs + (begin + side - ((size_t)1 << i)) * pixel;
    morph_fold(plane, morph_to(piece, y), runs + begin * pixel, second,
               piece->count);
}

static void morph_disc(const struct morph_piece *piece, uint32_t y_end)
{
    const struct ml_morphology *plane = piece->plane;
    const uint32_t radius = plane->radius, y_first = piece->to->y;
    const uint32_t from = y_first > radius ? y_first - radius : 0;
    const uint32_t end =
        plane->height - y_end > radius ? y_end + radius : plane->height;
    for (uint32_t y = y_first; y < y_end; y++)
        memset(morph_to(piece, y), plane->largest ? 0 : 0xFF,
               piece->count * (plane->bits / 8U));
    for (uint32_t row = from; row < end; row++) {
        morph_lengths(piece, row);
        const uint32_t first = row > radius ? row - radius : 0;
        for (uint32_t y = first < y_first ? y_first : first;
             y < y_end && y <= row + radius; y++)
            morph_add_run(piece, y, plane->half[y > row ? y - row : row - y]);
    }
}

void ml_morphology_rows(const struct ml_morphology *plane, void *scratch,
                        const struct ml_plane_dst *to, uint32_t y_end,
                        const struct ml_plane_src *from)
{
    const size_t samples = (size_t)plane->width * plane->channels;
    const size_t radius = morph_radius(plane);
    struct morph_piece piece = {
        .plane = plane, .to = to, .from = from, .scratch = scratch};
    for (; piece.x < samples; piece.x += piece.count) {
        const size_t left = samples - piece.x;
        piece.count = left < MORPH_PIECE ? left : MORPH_PIECE;
        piece.missing = piece.x < radius ? radius - piece.x : 0;
        piece.held = piece.x + piece.missing - radius;
        const size_t end = left - piece.count < radius
                               ? samples
                               : piece.x + piece.count + radius;
        piece.held_count = end - piece.held;
        if (plane->shape == ML_MORPHOLOGY_SQUARE)
            morph_square(&piece, y_end);
        else
            morph_disc(&piece, y_end);
    }
}
