/* deflate_small.c: see deflate_small.h. */
#include "codec/png/deflate_small.h"

#include <assert.h>
#include <libdeflate.h>
#include <limits.h>
#include <string.h>

#include "base/size_math.h"
#include "codec/png/filter.h"

#define SMALL_BANDS 4
#define SMALL_BAND_ROWS 6

/* --png-level -> level of libdeflate, for photos and for drawings, whose long
 * matches are worth a longer search. */
static const struct small_level {
    int photo, drawn;
} small_levels[10] = {{0, 0}, {1, 1}, {2, 3}, {3, 4},   {4, 6},
                      {5, 7}, {6, 8}, {8, 9}, {10, 10}, {12, 12}};

/* A sample of a drawing packs to less than 1 / this of its bytes. */
#define SMALL_DRAWN 6

/* With Z_RLE zlib treats all levels but 0 alike. */
#define SMALL_RUNS_LEVEL 6

/* Level of libdeflate for the bands: enough to rank the strategies. */
#define SMALL_SAMPLE_LEVEL 2

/* Memory of a libdeflate compressor below its level 10 (and for the sample),
 * and from 10 on: 1.14 allocates 652.7 and 8798.4 KiB. */
#define SMALL_PACKER_BYTES ((size_t)656 << 10)
#define SMALL_LARGE_PACKER_BYTES ((size_t)8816 << 10)

/* Filter row y of the picture to `out`, which may be the row itself. */
static void small_row(const struct ml_png_deflate_small *pack, int way,
                      uint32_t y, uint8_t *out)
{
    const size_t stride = pack->row_bytes + 1;
    const uint8_t *row = pack->raw + y * stride + 1;
    const uint8_t *above = y == 0 ? pack->raw - pack->row_bytes : row - stride;
    ml_png_filter_row(way, out, row, above, pack->row_bytes, pack->pixel_bytes,
                      pack->trial);
}

/* ---- choosing ---- */

static size_t small_bound(size_t bytes)
{
    return bytes + bytes / 8 + 1024; /* a larger result is not used */
}

/* The n-th sample row: whole bands at even distances. */
static uint32_t small_sample_y(const struct ml_png_deflate_small *pack,
                               uint32_t n)
{
    if (pack->sample_rows == pack->height)
        return n;
    const uint64_t spare = pack->height - SMALL_BAND_ROWS;
    return (uint32_t)(spare * (n / SMALL_BAND_ROWS) / (SMALL_BANDS - 1)) +
           n % SMALL_BAND_ROWS;
}

static size_t small_sample_bytes(const struct ml_png_deflate_small *pack)
{
    return (pack->row_bytes + 1) * pack->sample_rows;
}

static void small_filter_sample(const struct ml_png_deflate_small *pack,
                                int way)
{
    const size_t stride = pack->row_bytes + 1;
    for (uint32_t n = 0; n < pack->sample_rows; n++)
        small_row(pack, way, small_sample_y(pack, n),
                  pack->sample + n * stride);
}

/* The packed size of the sample; SIZE_MAX if it does not shrink. */
static size_t small_try(const struct ml_png_deflate_small *pack,
                        struct libdeflate_compressor *packer)
{
    const size_t bytes = small_sample_bytes(pack);
    const size_t size = libdeflate_zlib_compress(
        packer, pack->sample, bytes, pack->sample + bytes, small_bound(bytes));
    return size ? size : SIZE_MAX;
}

/* Pack with runs only; 0 if it does not fit. */
static size_t small_runs(struct ml_png_deflate_small *pack, uint8_t *data,
                         size_t bytes, uint8_t *out, size_t room)
{
    z_stream *runs = &pack->runs;
    const int rc = deflateReset(runs);
    assert(rc == Z_OK);
    (void)rc;
    runs->next_in = data;
    runs->avail_in = (uInt)bytes;
    runs->next_out = out;
    runs->avail_out = room < UINT_MAX ? (uInt)room : UINT_MAX;
    return deflate(runs, Z_FINISH) == Z_STREAM_END ? runs->total_out : 0;
}

/* The filter strategy, and the level of libdeflate; negative: no memory. */
static int small_choose(const struct ml_png_deflate_small *pack, int *level_out)
{
    int best = 0;
    size_t least = SIZE_MAX;
    struct libdeflate_compressor *packer =
        libdeflate_alloc_compressor(SMALL_SAMPLE_LEVEL);
    if (!packer)
        return -1;
    for (int way = 0; way < ML_PNG_WAYS; way++) {
        small_filter_sample(pack, way);
        const size_t size = small_try(pack, packer);
        if (size < least) {
            least = size;
            best = way;
        }
    }
    libdeflate_free_compressor(packer);
    const struct small_level *level = &small_levels[pack->level];
    *level_out = least < small_sample_bytes(pack) / SMALL_DRAWN ? level->drawn
                                                                : level->photo;
    return best;
}

/* Do runs pack the sample, in this filter strategy, smaller than libdeflate? */
static bool small_prefers_runs(struct ml_png_deflate_small *pack, int way,
                               struct libdeflate_compressor *packer)
{
    const size_t bytes = small_sample_bytes(pack);
    small_filter_sample(pack, way);
    const size_t by_runs = small_runs(pack, pack->sample, bytes,
                                      pack->sample + bytes, small_bound(bytes));
    return by_runs > 0 && by_runs < small_try(pack, packer);
}

/* ---- the whole picture ---- */

struct small_sizes {
    size_t raw, trial, sample; /* bytes */
    uint32_t sample_rows;
};

/* False: too large or too small. */
static bool small_measure(const struct ml_shape *shape,
                          struct small_sizes *sizes)
{
    const size_t row_bytes = ml_row_bytes(shape, 0), stride = row_bytes + 1;
    size_t bytes;
    if (!ml_size_mul(stride, shape->height, &bytes) ||
        bytes > ML_PNG_PACK_BYTES || bytes < ML_PNG_PACK_LEAST)
        return false;
    sizes->sample_rows = shape->height < SMALL_BANDS * SMALL_BAND_ROWS
                             ? shape->height
                             : SMALL_BANDS * SMALL_BAND_ROWS;
    const size_t sample = sizes->sample_rows * stride;
    sizes->raw = ml_round_up(row_bytes + bytes, ML_ARENA_ALIGN);
    sizes->trial = ml_round_up(ML_PNG_FILTERS * stride, ML_ARENA_ALIGN);
    sizes->sample = ml_round_up(sample + small_bound(sample), ML_ARENA_ALIGN);
    return true;
}

size_t ml_png_deflate_small_held(const struct ml_shape *shape, int level)
{
    struct small_sizes sizes;
    if (level == 0 || !small_measure(shape, &sizes))
        return 0;
    return sizes.raw + sizes.trial + sizes.sample + ML_PNG_ZLIB_BYTES +
           (small_levels[level].drawn < 10 ? SMALL_PACKER_BYTES
                                           : SMALL_LARGE_PACKER_BYTES);
}

bool ml_png_deflate_small_open(struct ml_png_deflate_small *pack,
                               const struct ml_shape *shape, int level,
                               struct ml_arena *arena)
{
    struct small_sizes sizes;
    if (!small_measure(shape, &sizes))
        return false;
    *pack = (struct ml_png_deflate_small){
        .height = shape->height,
        .row_bytes = ml_row_bytes(shape, 0),
        .pixel_bytes = (size_t)ml_channels(shape->layout) * shape->bits / 8,
        .level = level,
        .trial = ml_arena_alloc(arena, sizes.trial),
        .sample = ml_arena_alloc(arena, sizes.sample),
        .sample_rows = sizes.sample_rows};
    uint8_t *raw = ml_arena_alloc(arena, sizes.raw);
    if (!pack->trial || !pack->sample || !raw ||
        !ml_png_zlib_open(&pack->runs, arena, SMALL_RUNS_LEVEL, MAX_WBITS,
                          Z_RLE))
        return false;
    memset(raw, 0, pack->row_bytes);
    pack->raw = raw + pack->row_bytes;
    return true;
}

void ml_png_deflate_small_rows(struct ml_png_deflate_small *pack,
                               const struct ml_shape *shape,
                               const struct ml_src *src)
{
    for (uint32_t y = src->y; y < src->y_end; y++)
        ml_png_filter_samples(pack->raw + y * (pack->row_bytes + 1) + 1,
                              ml_src_row(src, y), pack->row_bytes, shape->bits);
}

/* From the bottom up: a row needs the unfiltered row above it. */
static void small_filter_all(const struct ml_png_deflate_small *pack, int way)
{
    for (uint32_t y = pack->height; y-- > 0;)
        small_row(pack, way, y, pack->raw + y * (pack->row_bytes + 1));
}

enum ml_status ml_png_deflate_small_end(struct ml_png_deflate_small *pack,
                                        uint8_t *out, size_t room,
                                        size_t *size_out)
{
    int level = 0;
    const int way = small_choose(pack, &level);
    if (way < 0)
        return ML_ERR_MEMORY;
    struct libdeflate_compressor *packer = libdeflate_alloc_compressor(level);
    if (!packer)
        return ML_ERR_MEMORY;
    const bool runs = small_prefers_runs(pack, way, packer);
    const size_t bytes = (pack->row_bytes + 1) * pack->height;
    small_filter_all(pack, way);
    *size_out = runs ? small_runs(pack, pack->raw, bytes, out, room)
                     : libdeflate_zlib_compress(packer, pack->raw, bytes, out,
                                                room + ML_PNG_PACK_SLACK);
    libdeflate_free_compressor(packer);
    return *size_out && *size_out <= room ? ML_OK : ML_ERR_LIMIT;
}
