/* png_pack.c: see png_pack.h.  Filters as in "Portable Network Graphics (PNG)
 * Specification (Third Edition)", W3C, section 9. */
#include "codec/png_pack.h"

#include <libdeflate.h>
#include <string.h>

#include "base/checked.h"

#define PACK_BANDS 4
#define PACK_BAND_ROWS 6

/* Ways to filter a picture: one filter for all rows, or for each row the one
 * whose differences sum to least (the specification's advice, section 12.7). */
enum pack_way { PACK_FILTERS = 5, PACK_EACH_ROW = PACK_FILTERS, PACK_WAYS };

/* --png-level -> level of libdeflate; 0: left to libpng.
 *
 * Against the streaming of the same levels (png_sink.c): photos take a half to
 * nine tenths of the time and come out 3 to 7 % smaller; drawings 6 to 17 %
 * smaller, at level 1 in twice the time.  To beat the files of the usual level
 * on photos, libdeflate must search at its level 10, which on drawings takes
 * several times as long as zlib. */
static const int pack_levels[10] = {[1] = 1, [2] = 4, [3] = 6};

/* Of the bands: enough to tell the ways of filtering apart. */
#define PACK_SAMPLE_LEVEL 2

/* What libdeflate takes for itself below its level 10, rounded up. */
#define PACK_PACKER_BYTES ((size_t)2 << 20)

/* ---- filters ---- */

static void pack_sub(uint8_t *restrict out, const uint8_t *restrict row,
                     size_t bytes, size_t pixel)
{
    memcpy(out, row, pixel);
    for (size_t i = pixel; i < bytes; i++)
        out[i] = (uint8_t)(row[i] - row[i - pixel]);
}

static void pack_up(uint8_t *restrict out, const uint8_t *restrict row,
                    const uint8_t *restrict above, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        out[i] = (uint8_t)(row[i] - above[i]);
}

static void pack_average(uint8_t *restrict out, const uint8_t *restrict row,
                         const uint8_t *restrict above, size_t bytes,
                         size_t pixel)
{
    for (size_t i = 0; i < pixel; i++)
        out[i] = (uint8_t)(row[i] - above[i] / 2);
    for (size_t i = pixel; i < bytes; i++)
        out[i] = (uint8_t)(row[i] - (row[i - pixel] + above[i]) / 2);
}

static uint8_t pack_paeth_guess(int16_t a, int16_t b, int16_t c)
{
    const int16_t to_a = (int16_t)(b - c), to_b = (int16_t)(a - c);
    const int16_t to_c = (int16_t)(to_a + to_b);
    const int16_t pa = (int16_t)(to_a < 0 ? -to_a : to_a);
    const int16_t pb = (int16_t)(to_b < 0 ? -to_b : to_b);
    const int16_t pc = (int16_t)(to_c < 0 ? -to_c : to_c);
    const int16_t b_or_c = pb <= pc ? b : c;
    const int16_t least = pb <= pc ? pb : pc;
    return (uint8_t)(pa <= least ? a : b_or_c);
}

static void pack_paeth(uint8_t *restrict out, const uint8_t *restrict row,
                       const uint8_t *restrict above, size_t bytes,
                       size_t pixel)
{
    for (size_t i = 0; i < pixel; i++)
        out[i] = (uint8_t)(row[i] - above[i]);
    for (size_t i = pixel; i < bytes; i++)
        out[i] = (uint8_t)(row[i] - pack_paeth_guess(row[i - pixel], above[i],
                                                     above[i - pixel]));
}

/* A filter byte and its row. */
static void pack_filter(const struct ml_png_pack *pack, uint8_t filter,
                        uint8_t *out, const uint8_t *row, const uint8_t *above)
{
    const size_t bytes = pack->row_bytes, pixel = pack->pixel_bytes;
    *out++ = filter;
    switch (filter) {
    case 0:
        memcpy(out, row, bytes);
        break;
    case 1:
        pack_sub(out, row, bytes, pixel);
        break;
    case 2:
        pack_up(out, row, above, bytes);
        break;
    case 3:
        pack_average(out, row, above, bytes, pixel);
        break;
    default:
        pack_paeth(out, row, above, bytes, pixel);
    }
}

/* Differences taken as signed. */
static uint64_t pack_sum(const uint8_t *row, size_t bytes)
{
    uint64_t sum = 0;
    while (bytes > 0) {
        const size_t part = bytes < 65536 ? bytes : 65536;
        uint32_t some = 0;
        for (size_t i = 0; i < part; i++)
            some += row[i] < 128 ? row[i] : 256U - row[i];
        sum += some;
        row += part;
        bytes -= part;
    }
    return sum;
}

/* Filter the picture's row y into out, which may be where it lies. */
static void pack_row(const struct ml_png_pack *pack, int way, uint32_t y,
                     uint8_t *out)
{
    const size_t stride = pack->row_bytes + 1;
    const uint8_t *row = pack->raw + y * stride + 1;
    const uint8_t *above = y == 0 ? pack->raw - pack->row_bytes : row - stride;
    const uint8_t *best = pack->trial;
    if (way < PACK_FILTERS) {
        pack_filter(pack, (uint8_t)way, pack->trial, row, above);
    } else {
        uint64_t least = UINT64_MAX;
        for (uint8_t filter = 0; filter < PACK_FILTERS; filter++) {
            uint8_t *trial = pack->trial + filter * stride;
            pack_filter(pack, filter, trial, row, above);
            const uint64_t sum = pack_sum(trial + 1, pack->row_bytes);
            if (sum < least) {
                least = sum;
                best = trial;
            }
        }
    }
    memcpy(out, best, stride);
}

/* ---- choosing ---- */

static size_t pack_bound(size_t bytes)
{
    return bytes + bytes / 8 + 1024; /* never reached by what is worth it */
}

/* The n-th of the rows that are tried: bands at even distances, each whole. */
static uint32_t pack_sample_y(const struct ml_png_pack *pack, uint32_t n)
{
    if (pack->sample_rows == pack->height)
        return n;
    const uint64_t spare = pack->height - PACK_BAND_ROWS;
    return (uint32_t)(spare * (n / PACK_BAND_ROWS) / (PACK_BANDS - 1)) +
           n % PACK_BAND_ROWS;
}

static size_t pack_try(const struct ml_png_pack *pack, int way,
                       struct libdeflate_compressor *packer)
{
    const size_t stride = pack->row_bytes + 1;
    const size_t bytes = stride * pack->sample_rows;
    for (uint32_t n = 0; n < pack->sample_rows; n++)
        pack_row(pack, way, pack_sample_y(pack, n), pack->sample + n * stride);
    const size_t size = libdeflate_zlib_compress(
        packer, pack->sample, bytes, pack->sample + bytes, pack_bound(bytes));
    return size ? size : SIZE_MAX;
}

/* Negative: no memory. */
static int pack_choose(const struct ml_png_pack *pack)
{
    int best = 0;
    size_t least = SIZE_MAX;
    struct libdeflate_compressor *packer =
        libdeflate_alloc_compressor(PACK_SAMPLE_LEVEL);
    if (!packer)
        return -1;
    for (int way = 0; way < PACK_WAYS; way++) {
        const size_t size = pack_try(pack, way, packer);
        if (size < least) {
            least = size;
            best = way;
        }
    }
    libdeflate_free_compressor(packer);
    return best;
}

/* ---- the whole picture ---- */

struct pack_sizes {
    size_t raw, trial, sample; /* bytes */
    uint32_t sample_rows;
};

/* False: too large. */
static bool pack_measure(const struct ml_shape *shape, struct pack_sizes *sizes)
{
    const size_t row_bytes = ml_row_bytes(shape, 0), stride = row_bytes + 1;
    size_t bytes;
    if (!ml_size_mul(stride, shape->height, &bytes) ||
        bytes > ML_PNG_PACK_BYTES)
        return false;
    sizes->sample_rows = shape->height < PACK_BANDS * PACK_BAND_ROWS
                             ? shape->height
                             : PACK_BANDS * PACK_BAND_ROWS;
    const size_t sample = sizes->sample_rows * stride;
    sizes->raw = ml_round_up(row_bytes + bytes, ML_ARENA_ALIGN);
    sizes->trial = ml_round_up(PACK_FILTERS * stride, ML_ARENA_ALIGN);
    sizes->sample = ml_round_up(sample + pack_bound(sample), ML_ARENA_ALIGN);
    return true;
}

size_t ml_png_pack_held(const struct ml_shape *shape, int level)
{
    struct pack_sizes sizes;
    if (pack_levels[level] == 0 || !pack_measure(shape, &sizes))
        return 0;
    return sizes.raw + sizes.trial + sizes.sample + PACK_PACKER_BYTES;
}

bool ml_png_pack_open(struct ml_png_pack *pack, const struct ml_shape *shape,
                      int level, struct ml_arena *arena)
{
    struct pack_sizes sizes;
    if (!pack_measure(shape, &sizes))
        return false;
    *pack = (struct ml_png_pack){
        .height = shape->height,
        .row_bytes = ml_row_bytes(shape, 0),
        .pixel_bytes = (size_t)ml_channels(shape->layout) * shape->bits / 8,
        .level = level,
        .trial = ml_arena_take(arena, sizes.trial),
        .sample = ml_arena_take(arena, sizes.sample),
        .sample_rows = sizes.sample_rows};
    uint8_t *raw = ml_arena_take(arena, sizes.raw);
    if (!pack->trial || !pack->sample || !raw)
        return false;
    memset(raw, 0, pack->row_bytes);
    pack->raw = raw + pack->row_bytes;
    return true;
}

/* 16 bits are big-endian in the file. */
static void pack_copy(uint8_t *restrict out, const uint8_t *restrict in,
                      size_t bytes, uint8_t bits)
{
    if (bits == 8 || __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__) {
        memcpy(out, in, bytes);
        return;
    }
    for (size_t i = 0; i < bytes; i += 2) {
        out[i] = in[i + 1];
        out[i + 1] = in[i];
    }
}

void ml_png_pack_rows(struct ml_png_pack *pack, const struct ml_shape *shape,
                      const struct ml_src *src)
{
    for (uint32_t y = src->y; y < src->y_end; y++)
        pack_copy(pack->raw + y * (pack->row_bytes + 1) + 1, ml_src_row(src, y),
                  pack->row_bytes, shape->bits);
}

/* From the bottom up: a row needs the one above it as it was. */
static void pack_filter_all(const struct ml_png_pack *pack, int way)
{
    for (uint32_t y = pack->height; y-- > 0;)
        pack_row(pack, way, y, pack->raw + y * (pack->row_bytes + 1));
}

enum ml_status ml_png_pack_end(struct ml_png_pack *pack, uint8_t *out,
                               size_t room, size_t *size_out)
{
    const int way = pack_choose(pack);
    struct libdeflate_compressor *packer =
        libdeflate_alloc_compressor(pack_levels[pack->level]);
    if (way < 0 || !packer) {
        libdeflate_free_compressor(packer);
        return ML_ERR_MEMORY;
    }
    pack_filter_all(pack, way);
    *size_out = libdeflate_zlib_compress(packer, pack->raw,
                                         (pack->row_bytes + 1) * pack->height,
                                         out, room + ML_PNG_PACK_SLACK);
    libdeflate_free_compressor(packer);
    return *size_out && *size_out <= room ? ML_OK : ML_ERR_LIMIT;
}
