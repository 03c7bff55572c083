/* unfilter.c: undo the row filters of PNG, several rows at once.
 *
 * Sub, average and Paeth need the pixel to the left, so that a row is one long
 * chain of dependent operations.  Several rows therefore run in lockstep, each
 * one pixel behind the row above it:
 *
 *     row 0   . . . . . x          x: pixels of one step.  The pixel above was
 *     row 1   . . . . x            computed one step ago by the row above, the
 *     row 2   . . . x              pixel above left two steps ago: no row is
 *     row 3   . . x                read twice.
 *
 * The pixels of a step are the lanes of a vector: four rows, or two of pixels
 * wider than 4 bytes.  Eight rows, in two or four vectors, take hardly longer
 * than one vector, which is bound by latency; more than eight gain nothing.
 */
#include "codec/png/unfilter.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "os/simd_level.h"

enum unfilter_type {
    UNFILTER_NONE,
    UNFILTER_SUB,
    UNFILTER_UP,
    UNFILTER_AVERAGE,
    UNFILTER_PAETH
};

/* ---- one row, the definition ---- */

static uint8_t unfilter_paeth_ref(int a, int b, int c)
{
    const int pa = abs(b - c), pb = abs(a - c), pc = abs(a + b - 2 * c);
    if (pa <= pb && pa <= pc)
        return (uint8_t)a;
    return (uint8_t)(pb <= pc ? b : c);
}

static uint8_t unfilter_guess(uint8_t type, uint8_t left, uint8_t above,
                              uint8_t above_left)
{
    switch (type) {
    case UNFILTER_SUB:
        return left;
    case UNFILTER_UP:
        return above;
    case UNFILTER_AVERAGE:
        return (uint8_t)((left + above) / 2);
    case UNFILTER_PAETH:
        return unfilter_paeth_ref(left, above, above_left);
    default:
        return 0;
    }
}

static void unfilter_row(uint8_t *out, const uint8_t *in, const uint8_t *above,
                         size_t row_bytes, size_t pixel_bytes)
{
    const uint8_t type = *in++;
    for (size_t i = 0; i < pixel_bytes; i++)
        out[i] = (uint8_t)(in[i] + unfilter_guess(type, 0, above[i], 0));
    for (size_t i = pixel_bytes; i < row_bytes; i++)
        out[i] =
            (uint8_t)(in[i] + unfilter_guess(type, out[i - pixel_bytes],
                                             above[i], above[i - pixel_bytes]));
}

static const uint8_t *unfilter_in(const struct ml_png_rows *rows, uint32_t y)
{
    return rows->in + y * rows->in_stride;
}

static uint8_t *unfilter_out(const struct ml_png_rows *rows, uint32_t y)
{
    return rows->out + y * rows->out_stride;
}

static const uint8_t *unfilter_above(const struct ml_png_rows *rows, uint32_t y)
{
    return y == 0 ? rows->above : unfilter_out(rows, y - 1);
}

void ml_png_unfilter_ref(const struct ml_png_rows *rows)
{
    for (uint32_t y = 0; y < rows->count; y++)
        unfilter_row(unfilter_out(rows, y), unfilter_in(rows, y),
                     unfilter_above(rows, y), rows->row_bytes,
                     rows->pixel_bytes);
}

/* ---- vectors ---- */

typedef uint8_t unfilter_bytes __attribute__((vector_size(16)));
typedef uint32_t unfilter_words __attribute__((vector_size(16)));
typedef uint64_t unfilter_pairs __attribute__((vector_size(16)));

/* Compilers do not recognise minimum and maximum in the portable form. */
ML_INLINE unfilter_bytes unfilter_least(unfilter_bytes a, unfilter_bytes b)
{
#if defined(__SSE2__)
    return (unfilter_bytes)_mm_min_epu8((__m128i)a, (__m128i)b);
#else
    const unfilter_bytes less = (unfilter_bytes)(a < b);
    return (a & less) | (b & ~less);
#endif
}

ML_INLINE unfilter_bytes unfilter_most(unfilter_bytes a, unfilter_bytes b)
{
#if defined(__SSE2__)
    return (unfilter_bytes)_mm_max_epu8((__m128i)a, (__m128i)b);
#else
    const unfilter_bytes less = (unfilter_bytes)(a < b);
    return (b & less) | (a & ~less);
#endif
}

ML_INLINE unfilter_bytes unfilter_same(unfilter_bytes a, unfilter_bytes b)
{
    return (unfilter_bytes)(a == b);
}

/* Paeth's choice within 8 bits.  The distance pc of a + b - c from c is pa + pb
 * if c is not between a and b; it is then never the least, and all ones take
 * its place.  Else it is the difference of pa and pb. */
ML_INLINE unfilter_bytes unfilter_paeth(unfilter_bytes a, unfilter_bytes b,
                                        unfilter_bytes c)
{
    const unfilter_bytes outside =
        unfilter_same(unfilter_least(unfilter_least(a, b), c), c) |
        unfilter_same(unfilter_most(unfilter_most(a, b), c), c);
    const unfilter_bytes pa = unfilter_most(b, c) - unfilter_least(b, c);
    const unfilter_bytes pb = unfilter_most(a, c) - unfilter_least(a, c);
    const unfilter_bytes pc =
        (unfilter_most(pa, pb) - unfilter_least(pa, pb)) | outside;
    const unfilter_bytes least = unfilter_least(pb, pc);
    const unfilter_bytes take_a = unfilter_same(unfilter_least(pa, least), pa);
    const unfilter_bytes take_b = unfilter_same(least, pb);
    const unfilter_bytes b_or_c = (b & take_b) | (c & ~take_b);
    return (a & take_a) | (b_or_c & ~take_a);
}

/* ---- rows in lockstep ---- */

#define UNFILTER_GROUP 8 /* rows, at most */
#define UNFILTER_PARTS 4 /* vectors of a group, at most */

/* All ones in the rows of each filter type. */
struct unfilter_masks {
    unfilter_bytes sub, up, average, paeth;
};

struct unfilter_group {
    const uint8_t *in[UNFILTER_GROUP]; /* behind the filter byte */
    uint8_t *out[UNFILTER_GROUP];
    const uint8_t *above;
    size_t pixels;
    struct unfilter_masks masks[UNFILTER_PARTS];
};

/* The pixels of the last step, and the pixels above them. */
struct unfilter_front {
    unfilter_bytes left[UNFILTER_PARTS], above[UNFILTER_PARTS];
};

/* Rows of one vector. */
ML_INLINE size_t unfilter_rows_of(size_t pixel_bytes)
{
    return pixel_bytes <= 4 ? 4 : 2;
}

/* Little-endian.  Widths of 3 and 6 are loaded in two parts: a copy of three
 * bytes would be stored to memory and loaded again. */
ML_INLINE uint64_t unfilter_load(const uint8_t *at, size_t bytes)
{
    uint32_t first = 0;
    uint16_t second = 0;
    uint64_t value = 0;
    switch (bytes) {
    case 3:
        memcpy(&second, at, 2);
        return second | (uint32_t)at[2] << 16;
    case 6:
        memcpy(&first, at, 4);
        memcpy(&second, at + 4, 2);
        return first | (uint64_t)second << 32;
    default:
        memcpy(&value, at, bytes);
        return value;
    }
}

/* Does the row have a pixel in this step?  Away from the edges, all rows do. */
ML_INLINE bool unfilter_has(const struct unfilter_group *group, size_t step,
                            size_t row, bool edge)
{
    return !edge || (step >= row && step - row < group->pixels);
}

ML_INLINE uint64_t unfilter_lane(const struct unfilter_group *group,
                                 size_t step, size_t row, size_t pixel_bytes,
                                 bool edge)
{
    if (!unfilter_has(group, step, row, edge))
        return 0;
    return unfilter_load(group->in[row] + (step - row) * pixel_bytes,
                         pixel_bytes <= 4 ? 4 : 8);
}

/* The lanes of rows from `row` on. */
ML_INLINE unfilter_bytes unfilter_gather(const struct unfilter_group *group,
                                         size_t step, size_t row,
                                         size_t pixel_bytes, bool edge)
{
    if (pixel_bytes > 4)
        return (unfilter_bytes)(unfilter_pairs){
            unfilter_lane(group, step, row, pixel_bytes, edge),
            unfilter_lane(group, step, row + 1, pixel_bytes, edge)};
    return (unfilter_bytes)(unfilter_words){
        (uint32_t)unfilter_lane(group, step, row, pixel_bytes, edge),
        (uint32_t)unfilter_lane(group, step, row + 1, pixel_bytes, edge),
        (uint32_t)unfilter_lane(group, step, row + 2, pixel_bytes, edge),
        (uint32_t)unfilter_lane(group, step, row + 3, pixel_bytes, edge)};
}

/* Three bytes would take two stores, so four are stored away from the edges.
 * The fourth belongs to the pixel that the next step writes.  In place, where a
 * row moves left by one byte, it was the last byte of this pixel, already read.
 */
ML_INLINE void unfilter_store(uint8_t *at, uint64_t value, size_t pixel_bytes,
                              bool edge)
{
    memcpy(at, &value, pixel_bytes == 3 && !edge ? 4 : pixel_bytes);
}

ML_INLINE void unfilter_scatter(const struct unfilter_group *group,
                                unfilter_bytes made, size_t step, size_t row,
                                size_t pixel_bytes, bool edge)
{
    const unfilter_words words = (unfilter_words)made;
    const unfilter_pairs pairs = (unfilter_pairs)made;
    for (size_t i = 0; i < unfilter_rows_of(pixel_bytes); i++)
        if (unfilter_has(group, step, row + i, edge))
            unfilter_store(group->out[row + i] + (step - row - i) * pixel_bytes,
                           pixel_bytes <= 4 ? words[i] : pairs[i], pixel_bytes,
                           edge);
}

/* Move each row's pixel down one row; the last lane of `upper` moves to the
 * top. */
ML_INLINE unfilter_bytes unfilter_descend(unfilter_bytes made,
                                          unfilter_bytes upper,
                                          size_t pixel_bytes)
{
#if defined(__SSE2__)
    const __m128i below = (__m128i)made, over = (__m128i)upper;
    if (pixel_bytes > 4)
        return (unfilter_bytes)_mm_or_si128(_mm_slli_si128(below, 8),
                                            _mm_srli_si128(over, 8));
    return (unfilter_bytes)_mm_or_si128(_mm_slli_si128(below, 4),
                                        _mm_srli_si128(over, 12));
#else
    if (pixel_bytes > 4)
        return (unfilter_bytes)__builtin_shufflevector(
            (unfilter_pairs)upper, (unfilter_pairs)made, 1, 2);
    return (unfilter_bytes)__builtin_shufflevector(
        (unfilter_words)upper, (unfilter_words)made, 3, 4, 5, 6);
#endif
}

/* The pixel above the group, as the last lane. */
ML_INLINE unfilter_bytes unfilter_top(const struct unfilter_group *group,
                                      size_t step, size_t pixel_bytes,
                                      bool edge)
{
    if (edge && step >= group->pixels)
        return (unfilter_bytes){0};
    const uint64_t top =
        unfilter_load(group->above + step * pixel_bytes, pixel_bytes);
    return (unfilter_bytes)(unfilter_pairs){0,
                                            pixel_bytes > 4 ? top : top << 32};
}

/* All ones in rows that have begun; left of the first pixel of a row is 0. */
ML_INLINE unfilter_bytes unfilter_begun(size_t step, size_t row,
                                        size_t pixel_bytes)
{
    const size_t lane = pixel_bytes <= 4 ? 4 : 8;
    unfilter_bytes begun;
    for (size_t i = 0; i < sizeof begun; i++)
        begun[i] = step >= row + i / lane ? 0xff : 0;
    return begun;
}

ML_INLINE unfilter_bytes unfilter_predict(const struct unfilter_masks *masks,
                                          unfilter_bytes a, unfilter_bytes b,
                                          unfilter_bytes c, bool mixed)
{
    const unfilter_bytes paeth = unfilter_paeth(a, b, c);
    if (!mixed)
        return paeth;
    return (paeth & masks->paeth) | (a & masks->sub) | (b & masks->up) |
           (((a & b) + ((a ^ b) >> 1)) & masks->average);
}

/* From the lowest rows up, so that the last pixels of the rows above are not
 * yet overwritten. */
ML_INLINE void unfilter_step(const struct unfilter_group *group,
                             struct unfilter_front *front, size_t step,
                             size_t pixel_bytes, size_t parts, bool mixed,
                             bool edge)
{
    for (size_t part = parts; part-- > 0;) {
        const size_t row = part * unfilter_rows_of(pixel_bytes);
        const unfilter_bytes upper =
            part > 0 ? front->left[part - 1]
                     : unfilter_top(group, step, pixel_bytes, edge);
        const unfilter_bytes a = front->left[part];
        const unfilter_bytes b = unfilter_descend(a, upper, pixel_bytes);
        unfilter_bytes made =
            unfilter_gather(group, step, row, pixel_bytes, edge) +
            unfilter_predict(&group->masks[part], a, b, front->above[part],
                             mixed);
        unfilter_scatter(group, made, step, row, pixel_bytes, edge);
        if (edge)
            made &= unfilter_begun(step, row, pixel_bytes);
        front->left[part] = made;
        front->above[part] = b;
    }
}

ML_INLINE void unfilter_lockstep(const struct unfilter_group *group,
                                 size_t pixel_bytes, size_t parts, bool mixed)
{
    const size_t lag = parts * unfilter_rows_of(pixel_bytes) - 1;
    struct unfilter_front front = {0};
    size_t step = 0;
    for (; step < lag; step++)
        unfilter_step(group, &front, step, pixel_bytes, parts, mixed, true);
    for (; step + 1 < group->pixels; step++)
        unfilter_step(group, &front, step, pixel_bytes, parts, mixed, false);
    for (; step < group->pixels + lag; step++)
        unfilter_step(group, &front, step, pixel_bytes, parts, mixed, true);
}

/* One compiled loop for each width of a pixel; `parts` is 1, or the number of
 * vectors of eight rows. */
ML_SIMD_FUNCTION(unfilter_group_run,
                 (const struct unfilter_group *group, size_t pixel_bytes,
                  size_t parts, bool mixed),
                 (group, pixel_bytes, parts, mixed))
{
#define UNFILTER_WIDTH(bytes, all)                                             \
    case bytes:                                                                \
        if (parts == 1)                                                        \
            unfilter_lockstep(group, bytes, 1, true);                          \
        else if (mixed)                                                        \
            unfilter_lockstep(group, bytes, all, true);                        \
        else                                                                   \
            unfilter_lockstep(group, bytes, all, false);                       \
        break
    switch (pixel_bytes) {
        UNFILTER_WIDTH(1, 2);
        UNFILTER_WIDTH(2, 2);
        UNFILTER_WIDTH(3, 2);
        UNFILTER_WIDTH(4, 2);
        UNFILTER_WIDTH(6, 4);
    default:
        UNFILTER_WIDTH(8, 4);
    }
#undef UNFILTER_WIDTH
}

/* ---- all rows ---- */

static void unfilter_rows_together(const struct ml_png_rows *rows, uint32_t y,
                                   size_t parts)
{
    struct unfilter_group group = {.above = unfilter_above(rows, y),
                                   .pixels =
                                       rows->row_bytes / rows->pixel_bytes};
    const uint32_t each = (uint32_t)unfilter_rows_of(rows->pixel_bytes);
    const size_t lane = sizeof(unfilter_bytes) / each;
    bool mixed = false;
    for (uint32_t i = 0; i < each * parts; i++) {
        const uint8_t *in = unfilter_in(rows, y + i);
        struct unfilter_masks *masks = &group.masks[i / each];
        unfilter_bytes *const of[ML_PNG_FILTERS] = {
            NULL, &masks->sub, &masks->up, &masks->average, &masks->paeth};
        if (of[*in])
            memset((uint8_t *)of[*in] + i % each * lane, 0xff, lane);
        mixed = mixed || *in != UNFILTER_PAETH;
        group.in[i] = in + 1;
        group.out[i] = unfilter_out(rows, y + i);
    }
    unfilter_group_run(&group, rows->pixel_bytes, parts, mixed);
}

/* Are `count` rows left, with enough filters that need the pixel to the left?
 * The lanes are for little-endian machines. */
static bool unfilter_suits(const struct ml_png_rows *rows, uint32_t y,
                           uint32_t count)
{
    uint32_t chained = 0;
    if (rows->count - y < count)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t type = *unfilter_in(rows, y + i);
        chained += type != UNFILTER_NONE && type != UNFILTER_UP;
    }
    return chained * 3 > count && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
}

/* Vectors by hand: a compiler cannot prove that undoing in place is safe. */
static void unfilter_up(uint8_t *out, const uint8_t *in, const uint8_t *above,
                        size_t row_bytes)
{
    size_t i = 0;
    for (; i + sizeof(unfilter_bytes) <= row_bytes;
         i += sizeof(unfilter_bytes)) {
        unfilter_bytes difference, base;
        memcpy(&difference, in + i, sizeof difference);
        memcpy(&base, above + i, sizeof base);
        difference += base;
        memcpy(out + i, &difference, sizeof difference);
    }
    for (; i < row_bytes; i++)
        out[i] = (uint8_t)(in[i] + above[i]);
}

static void unfilter_row_alone(const struct ml_png_rows *rows, uint32_t y)
{
    const uint8_t *in = unfilter_in(rows, y);
    const uint8_t *above = unfilter_above(rows, y);
    uint8_t *out = unfilter_out(rows, y);
    if (*in == UNFILTER_NONE)
        memmove(out, in + 1, rows->row_bytes);
    else if (*in == UNFILTER_UP)
        unfilter_up(out, in + 1, above, rows->row_bytes);
    else
        unfilter_row(out, in, above, rows->row_bytes, rows->pixel_bytes);
}

void ml_png_unfilter(const struct ml_png_rows *rows)
{
    const uint32_t each = (uint32_t)unfilter_rows_of(rows->pixel_bytes);
    for (uint32_t y = 0; y < rows->count;) {
        if (unfilter_suits(rows, y, UNFILTER_GROUP)) {
            unfilter_rows_together(rows, y, UNFILTER_GROUP / each);
            y += UNFILTER_GROUP;
        } else if (unfilter_suits(rows, y, each)) {
            unfilter_rows_together(rows, y, 1);
            y += each;
        } else {
            unfilter_row_alone(rows, y++);
        }
    }
}
