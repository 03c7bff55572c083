/* inflate_whole.c: see inflate_whole.h.
 *
 * A packed stream in one chunk is read in place, one in several chunks is
 * gathered first; libdeflate inflates it into the arena and checks its
 * Adler-32. Row filters are undone strip by strip, straight into the caller's
 * rows.
 */
#include "codec/png/inflate_whole.h"

#include <libdeflate.h>
#include <string.h>

#include "base/byte_order.h"
#include "base/size_math.h"
#include "codec/png/unfilter.h"

#define INFLATE_FRAME ((size_t)12) /* length, type and checksum of a chunk */
/* Longer chunks behind the pixels are left to libpng and its limits. */
#define INFLATE_TAIL_BYTES ((size_t)1 << 20)

struct inflate_chunk {
    const uint8_t *type; /* four letters; the data follows them */
    size_t size;         /* of the data */
};

/* False: the file ends before the chunk does. */
static bool inflate_chunk_at(struct ml_bytes file, size_t at,
                             struct inflate_chunk *chunk_out)
{
    if (at > file.size || file.size - at < INFLATE_FRAME)
        return false;
    chunk_out->type = file.data + at + 4;
    chunk_out->size = ml_load_be32(file.data + at);
    return chunk_out->size <= file.size - at - INFLATE_FRAME;
}

static bool inflate_chunk_is(const struct inflate_chunk *chunk,
                             const char *type)
{
    return memcmp(chunk->type, type, 4) == 0;
}

static bool inflate_chunk_is_sound(const struct inflate_chunk *chunk)
{
    return libdeflate_crc32(0, chunk->type, 4 + chunk->size) ==
           ml_load_be32(chunk->type + 4 + chunk->size);
}

/* ---- planning ---- */

/* libpng's bound of a chunk is at least ML_PNG_CHUNK_BYTES and raw_bytes.  An
 * empty IDAT is not ordinary. */
static bool inflate_find_pixels(struct ml_png_inflate *whole,
                                struct ml_bytes file, size_t raw_bytes)
{
    struct inflate_chunk chunk;
    size_t at = whole->first_at, count = 0;
    for (;
         inflate_chunk_at(file, at, &chunk) && inflate_chunk_is(&chunk, "IDAT");
         at += INFLATE_FRAME + chunk.size, count++) {
        const bool large =
            chunk.size > ML_PNG_CHUNK_BYTES && chunk.size > raw_bytes;
        if (chunk.size == 0 || large)
            return false;
        whole->packed_bytes += chunk.size;
        if (whole->packed_bytes > ML_PNG_WHOLE_BYTES)
            return false;
    }
    whole->behind_at = at;
    whole->scattered = count > 1;
    return count > 0;
}

void ml_png_inflate_plan(struct ml_png_inflate *whole, struct ml_bytes file,
                         size_t first_at, const struct ml_shape *shape,
                         const struct ml_png_coding *coding)
{
    size_t raw_bytes;
    *whole = (struct ml_png_inflate){
        .first_at = first_at,
        .coding = coding,
        .stride = ml_png_coding_row_bytes(coding, shape->width) + 1};
    if (ml_size_mul(whole->stride, shape->height, &raw_bytes) &&
        raw_bytes <= ML_PNG_WHOLE_BYTES &&
        inflate_find_pixels(whole, file, raw_bytes))
        whole->raw_bytes = raw_bytes;
}

static size_t inflate_block_bytes(const struct ml_png_inflate *whole)
{
    return whole->stride + whole->raw_bytes + ML_PNG_UNFILTER_SLACK;
}

size_t ml_png_inflate_held(const struct ml_png_inflate *whole)
{
    if (whole->raw_bytes == 0)
        return 0;
    return ml_round_up(inflate_block_bytes(whole), ML_ARENA_ALIGN) +
           (whole->scattered ? whole->packed_bytes : 0);
}

/* ---- unpacking ---- */

/* Behind the pixels: texts and EXIF, which libpng skips too, then the end.
 * Bytes behind the end are not part of the picture. */
static bool inflate_tail_is_sound(const struct ml_png_inflate *whole,
                                  struct ml_bytes file)
{
    static const char skipped[][5] = {"tEXt", "zTXt", "iTXt", "eXIf"};
    struct inflate_chunk chunk;
    for (size_t at = whole->behind_at; inflate_chunk_at(file, at, &chunk);
         at += INFLATE_FRAME + chunk.size) {
        bool known = false;
        if (chunk.size > INFLATE_TAIL_BYTES || !inflate_chunk_is_sound(&chunk))
            return false;
        if (inflate_chunk_is(&chunk, "IEND"))
            return chunk.size == 0;
        for (size_t i = 0; i < sizeof skipped / sizeof *skipped; i++)
            known = known || inflate_chunk_is(&chunk, skipped[i]);
        if (!known)
            return false;
    }
    return false;
}

/* The packed stream in one piece; NULL: a checksum is wrong, or no memory. */
static const uint8_t *inflate_packed(const struct ml_png_inflate *whole,
                                     struct ml_bytes file,
                                     struct ml_arena *arena)
{
    struct inflate_chunk chunk;
    size_t used = 0;
    uint8_t *gathered = NULL;
    if (whole->scattered &&
        !(gathered = ml_arena_alloc(arena, whole->packed_bytes)))
        return NULL;
    for (size_t at = whole->first_at; at < whole->behind_at;
         at += INFLATE_FRAME + chunk.size) {
        if (!inflate_chunk_at(file, at, &chunk) ||
            !inflate_chunk_is_sound(&chunk))
            return NULL;
        if (gathered)
            memcpy(gathered + used, chunk.type + 4, chunk.size);
        used += chunk.size;
    }
    return gathered ? gathered : file.data + whole->first_at + 8;
}

/* zlib refuses matches beyond the window of the stream's first byte, libdeflate
 * only beyond 32 KiB: both agree if that window is 32 KiB or holds all rows. */
static bool inflate_window_suffices(const struct ml_png_inflate *whole,
                                    uint8_t first)
{
    return first >> 4 == 7 ||
           (first >> 4 < 7 && whole->raw_bytes <= (size_t)256 << (first >> 4));
}

/* True: all packed bytes were used, and gave exactly all rows. */
static bool inflate_inflate(const struct ml_png_inflate *whole,
                            const uint8_t *packed, uint8_t *raw)
{
    size_t used = 0;
    struct libdeflate_decompressor *inflater = libdeflate_alloc_decompressor();
    if (!inflater)
        return false;
    const enum libdeflate_result result =
        libdeflate_zlib_decompress_ex(inflater, packed, whole->packed_bytes,
                                      raw, whole->raw_bytes, &used, NULL);
    libdeflate_free_decompressor(inflater);
    return result == LIBDEFLATE_SUCCESS && used == whole->packed_bytes;
}

static bool inflate_filters_are_known(const struct ml_png_inflate *whole,
                                      const uint8_t *raw)
{
    for (size_t at = 0; at < whole->raw_bytes; at += whole->stride)
        if (raw[at] >= ML_PNG_FILTERS)
            return false;
    return true;
}

static bool inflate_unpack(struct ml_png_inflate *whole, struct ml_bytes file,
                           struct ml_arena *arena)
{
    uint8_t *block = ml_arena_alloc(arena, inflate_block_bytes(whole));
    if (!block || !inflate_tail_is_sound(whole, file))
        return false;
    uint8_t *raw = block + whole->stride;
    const size_t mark = ml_arena_mark(arena);
    const uint8_t *packed = inflate_packed(whole, file, arena);
    if (!packed || !inflate_window_suffices(whole, packed[0]) ||
        !inflate_inflate(whole, packed, raw) ||
        !inflate_filters_are_known(whole, raw))
        return false;
    ml_arena_reset(arena, mark); /* frees the gathered stream */
    memset(block, 0, whole->stride);
    memset(raw + whole->raw_bytes, 0, ML_PNG_UNFILTER_SLACK);
    whole->raw = raw;
    return true;
}

bool ml_png_inflate_start(struct ml_png_inflate *whole, struct ml_bytes file,
                          struct ml_arena *arena)
{
    const size_t mark = ml_arena_mark(arena);
    if (whole->raw_bytes && inflate_unpack(whole, file, arena))
        return true;
    ml_arena_reset(arena, mark);
    return false;
}

/* ---- rows ---- */

/* Undoing the filters of a strip needs the row above it, in `raw` in place of
 * its filtered bytes.  Rows that must be expanded are undone in place there;
 * plain rows are undone straight into the caller's memory, and the last one is
 * copied back. */
void ml_png_inflate_read(const struct ml_png_inflate *whole,
                         const struct ml_shape *shape, const struct ml_dst *dst)
{
    const size_t stride = whole->stride;
    uint8_t *first = whole->raw + dst->y * stride;
    const bool direct = ml_png_coding_is_plain(whole->coding);
    const struct ml_png_rows rows = {
        .in = first,
        .in_stride = stride,
        .out = direct ? dst->data[0] : first,
        .out_stride = direct ? dst->stride_bytes[0] : stride,
        .above = first - stride,
        .row_bytes = stride - 1,
        .pixel_bytes = ml_png_coding_pixel_bytes(whole->coding),
        .count = dst->y_end - dst->y,
    };
    if (rows.count == 0)
        return;
    ml_png_unfilter(&rows);
    if (direct)
        memcpy(first + (rows.count - 1) * stride,
               ml_dst_row(dst, dst->y_end - 1), rows.row_bytes);
    else
        for (uint32_t y = dst->y; y < dst->y_end; y++, first += stride)
            ml_png_expand(whole->coding, ml_dst_row(dst, y), first,
                          shape->width);
}
