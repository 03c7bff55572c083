/* png_recipe.c: see png_recipe.h. */
#include "support/codec/png_recipe.h"

#include <string.h>

#include <libdeflate.h>
#include <png.h>
#include <zlib.h>

#include "base/random.h"
#include "support/codec/bit_writer.h"

#define RECIPE_SIDE_MAX ((size_t)64) /* bytes of most chunks beside */

/* What is left of the recipe; behind its end come zeros. */
struct recipe_reader {
    const uint8_t *at, *end;
};

static unsigned recipe_take(struct recipe_reader *reader)
{
    return reader->at < reader->end ? *reader->at++ : 0;
}

/* A choice that most recipes leave alone. */
static bool recipe_rarely(struct recipe_reader *reader)
{
    return recipe_take(reader) % 16 == 15;
}

/* ---- chunks ---- */

static void recipe_sign(uint8_t *chunk, size_t size)
{
    png_save_uint_32(chunk + 8 + size,
                     libdeflate_crc32(0, chunk + 4, size + 4));
}

static void recipe_add_chunk(struct png_recipe *recipe, const char *type,
                             const void *data, size_t size)
{
    uint8_t *chunk = recipe->file + recipe->file_size;
    if (size + 12 > PNG_RECIPE_FILE - recipe->file_size)
        return;
    png_save_uint_32(chunk, (uint32_t)size);
    memcpy(chunk + 4, type, 4);
    if (size > 0)
        memcpy(chunk + 8, data, size);
    recipe_sign(chunk, size);
    recipe->file_size += size + 12;
}

static void recipe_add_any(struct png_recipe *recipe,
                           struct recipe_reader *reader, const char *type,
                           size_t size)
{
    uint8_t data[3 * 256];
    for (size_t i = 0; i < size; i++)
        data[i] = (uint8_t)recipe_take(reader);
    recipe_add_chunk(recipe, type, data, size);
}

static void recipe_add_beside(struct png_recipe *recipe,
                              struct recipe_reader *reader)
{
    static const char *const types[] = {
        "tEXt", "pHYs", "gAMA", "tRNS", "PLTE", "sRGB", "cHRM", "iTXt",
        "zTXt", "eXIf", "bKGD", "tIME", "hIST", "sBIT", "iCCP", "unKn",
        "UNKN", "IDAT", "IEND", "cICP", "oFFs", "IHDR", "sPLT", "acTL"};
    static const uint8_t usual[] = {9, 9, 4, 6, 9, 1, 32, 9, 9, 9,  6, 7,
                                    6, 3, 9, 5, 5, 3, 0,  4, 9, 13, 9, 8};
    const unsigned which = recipe_take(reader) % 24;
    const unsigned size = recipe_take(reader);
    recipe_add_any(recipe, reader, types[which],
                   size < 192 ? usual[which] : size % RECIPE_SIDE_MAX);
}

/* ---- the header ---- */

struct recipe_shape {
    uint32_t width, height;
    uint8_t depth, type;
};

static size_t recipe_row_bytes(const struct recipe_shape *shape)
{
    static const uint8_t channels[] = {1, 1, 3, 1, 2, 1, 4, 1};
    return (shape->width * channels[shape->type % 8] * shape->depth + 7) / 8;
}

static struct recipe_shape recipe_header(struct png_recipe *recipe,
                                         struct recipe_reader *reader)
{
    static const uint8_t kinds[15][2] = {
        {1, 0}, {2, 0}, {4, 0}, {8, 0}, {16, 0}, {1, 3},  {2, 3}, {4, 3},
        {8, 3}, {8, 2}, {8, 4}, {8, 6}, {16, 2}, {16, 4}, {16, 6}};
    const uint8_t *kind = kinds[recipe_take(reader) % 15];
    struct recipe_shape shape = {1 + recipe_take(reader) % 48,
                                 1 + recipe_take(reader) % 24, kind[0],
                                 kind[1]};
    uint8_t header[13] = {0};
    const unsigned odd = recipe_take(reader);
    png_save_uint_32(header, shape.width);
    png_save_uint_32(header + 4, shape.height);
    header[8] = shape.depth;
    header[9] = shape.type;
    header[12] = odd % 32 == 31; /* interlaced */
    if (odd == 254)
        header[8 + recipe_take(reader) % 5] ^= (uint8_t)recipe_take(reader);
    recipe_add_chunk(recipe, "IHDR", header, sizeof header);
    return shape;
}

/* The palette and the key that belong to the kind, mostly. */
static void recipe_colours(struct png_recipe *recipe,
                           struct recipe_reader *reader,
                           const struct recipe_shape *shape)
{
    const unsigned which = recipe_take(reader);
    if (shape->type == 3) {
        const unsigned most = 1U << (shape->depth < 8 ? shape->depth : 6);
        const unsigned count = 1 + recipe_take(reader) % most;
        recipe_add_any(recipe, reader, "PLTE", 3 * count);
        if (which % 2)
            recipe_add_any(recipe, reader, "tRNS",
                           1 + recipe_take(reader) % count);
    } else if (which % 2 && shape->type < 4) {
        recipe_add_any(recipe, reader, "tRNS", shape->type == 2 ? 6 : 2);
    }
}

/* ---- rows ---- */

static void recipe_row(struct recipe_reader *reader, uint8_t *row, size_t bytes)
{
    const unsigned how = recipe_take(reader);
    struct ml_random random = {how};
    *row++ = (uint8_t)(how == 255 ? 9 : how % 8 < 5 ? how % 8 : 4);
    for (size_t i = 0; i < bytes; i++)
        row[i] = how < 64    ? (uint8_t)ml_random_next(&random)
                 : how < 160 ? (uint8_t)ml_random_below(&random, 4)
                             : (uint8_t)recipe_take(reader);
}

static void recipe_rows(struct png_recipe *recipe, struct recipe_reader *reader,
                        const struct recipe_shape *shape)
{
    const size_t stride = 1 + recipe_row_bytes(shape);
    for (uint32_t y = 0; y < shape->height; y++)
        recipe_row(reader, recipe->raw + y * stride, stride - 1);
    recipe->raw_size = stride * shape->height;
    if (recipe_rarely(reader)) { /* too few, or too many */
        const size_t change = 1 + recipe_take(reader);
        const bool fewer = change % 2 && change < recipe->raw_size;
        memset(recipe->raw + recipe->raw_size, 0, change);
        recipe->raw_size += fewer ? 0 - change : change;
    }
}

/* ---- the stream, behind its two bytes ---- */

static void recipe_pack_zlib(struct png_recipe *recipe,
                             struct recipe_reader *reader)
{
    const int level = (int)(recipe_take(reader) % 10);
    const int strategy = (int)(recipe_take(reader) % 5);
    z_stream stream = {.next_in = recipe->raw,
                       .avail_in = (uInt)recipe->raw_size,
                       .next_out = recipe->packed + 2,
                       .avail_out = PNG_RECIPE_PACKED - 8};
    recipe->packed_size = 2;
    if (deflateInit2(&stream, level, Z_DEFLATED, -15, 1, strategy) != Z_OK)
        return;
    (void)deflate(&stream, Z_FINISH);
    recipe->packed_size += stream.total_out;
    (void)deflateEnd(&stream);
}

static void recipe_pack_stored(struct png_recipe *recipe,
                               struct recipe_reader *reader)
{
    uint8_t *at = recipe->packed + 2;
    size_t done = 0, size;
    do {
        size = 1 + 16 * (size_t)recipe_take(reader);
        if (size > recipe->raw_size - done || size == 1)
            size = recipe->raw_size - done;
        *at++ = done + size == recipe->raw_size;
        *at++ = (uint8_t)size;
        *at++ = (uint8_t)(size >> 8);
        *at++ = (uint8_t)~size;
        *at++ = (uint8_t)(~size >> 8);
        memcpy(at, recipe->raw + done, size);
        at += size;
        done += size;
    } while (done < recipe->raw_size);
    recipe->packed_size = (size_t)(at - recipe->packed);
}

static void recipe_begin_block(struct bit_writer *writer,
                               struct recipe_reader *reader,
                               struct bit_codes *codes)
{
    const unsigned how = recipe_take(reader);
    bool used[BIT_LITERALS] = {false};
    if (how % 3 == 0) {
        bit_begin_fixed(writer, false, codes);
        return;
    }
    const unsigned literals = recipe_take(reader) % 257;
    memset(codes, 0, sizeof *codes);
    codes->literal_count =
        257 + recipe_take(reader) % 30 + (how % 64 == 63 ? 2 : 0);
    codes->distance_count =
        1 + recipe_take(reader) % 30 + (how % 64 == 62 ? 2 : 0);
    for (unsigned s = 0; s < codes->literal_count; s++)
        used[s] = s < literals || s >= 256;
    used[256] = how != 61;
    bit_code_flat(&codes->literal, used, codes->literal_count);
    memset(used, false, sizeof used);
    memset(used, true, recipe_take(reader) % (codes->distance_count + 1));
    bit_code_flat(&codes->distance, used, codes->distance_count);
    if (recipe_rarely(reader)) {
        codes->literal.length[recipe_take(reader)] =
            (uint8_t)(recipe_take(reader) % 16);
        codes->distance.length[recipe_take(reader) % 30] =
            (uint8_t)(recipe_take(reader) % 16);
        bit_code_number(&codes->literal, codes->literal_count);
        bit_code_number(&codes->distance, codes->distance_count);
    }
    bit_begin_dynamic(writer, false, codes, how & 64, how % 128 == 127);
}

/* One bit of no code is written for a symbol that has none, now and then. */
static void recipe_symbol(struct bit_writer *writer,
                          struct recipe_reader *reader,
                          const struct bit_codes *codes)
{
    const unsigned how = recipe_take(reader);
    if (how < 150) {
        bit_put_symbol(writer, &codes->literal,
                       how % 2 ? recipe_take(reader) : how % 5);
    } else if (how < 250) {
        const unsigned length = 257 + recipe_take(reader) % 31;
        const unsigned distance = recipe_take(reader) % BIT_DISTANCES;
        const bool odd =
            codes->literal.length[length] == 0 ||
            (codes->distance.length[distance] == 0 && how % 16 != 15);
        if (!odd)
            bit_put_match(writer, codes, length, distance,
                          recipe_take(reader) << (how & 7));
    } else {
        bit_put(writer, how & 1, 1);
    }
}

/* Blocks of symbols that the recipe names, then a stored one that fills what is
 * missing of the rows. */
static void recipe_pack_symbols(struct png_recipe *recipe,
                                struct recipe_reader *reader)
{
    struct bit_writer writer = {.data = recipe->packed + 2,
                                .capacity = PNG_RECIPE_PACKED / 2};
    const size_t want = recipe->raw_size;
    size_t used, made = want;
    for (unsigned blocks = 1 + recipe_take(reader) % 3; blocks > 0; blocks--) {
        struct bit_codes codes;
        recipe_begin_block(&writer, reader, &codes);
        for (unsigned count = recipe_take(reader); count > 0; count--)
            recipe_symbol(&writer, reader, &codes);
        bit_put_symbol(&writer, &codes.literal, 256);
    }
    const size_t length_at = bit_put_stored_end(&writer) + 2;
    struct libdeflate_decompressor *inflater = libdeflate_alloc_decompressor();
    if (inflater && libdeflate_deflate_decompress_ex(
                        inflater, recipe->packed + 2, writer.size, recipe->raw,
                        want, &used, &made) != LIBDEFLATE_SUCCESS)
        made = want;
    libdeflate_free_decompressor(inflater);
    const size_t fill = want - made;
    const uint8_t lengths[4] = {(uint8_t)fill, (uint8_t)(fill >> 8),
                                (uint8_t)~fill, (uint8_t)(~fill >> 8)};
    memcpy(recipe->packed + length_at, lengths, 4);
    memset(recipe->packed + 2 + writer.size, 0, fill);
    recipe->packed_size = 2 + writer.size + fill;
}

/* The right checksum of the inflated stream, if it can be inflated. */
static void recipe_sum(struct png_recipe *recipe)
{
    size_t used, made = 0;
    struct libdeflate_decompressor *inflater = libdeflate_alloc_decompressor();
    if (inflater &&
        libdeflate_deflate_decompress_ex(
            inflater, recipe->packed + 2, recipe->packed_size - 2, recipe->raw,
            PNG_RECIPE_RAW, &used, &made) != LIBDEFLATE_SUCCESS)
        made = 0;
    libdeflate_free_decompressor(inflater);
    png_save_uint_32(recipe->packed + recipe->packed_size,
                     libdeflate_adler32(1, recipe->raw, made));
    recipe->packed_size += 4;
}

static void recipe_pack(struct png_recipe *recipe, struct recipe_reader *reader)
{
    const unsigned how = recipe_take(reader);
    if (how % 4 == 0)
        recipe_pack_stored(recipe, reader);
    else if (how % 4 == 1)
        recipe_pack_zlib(recipe, reader);
    else
        recipe_pack_symbols(recipe, reader);
    recipe->packed[0] = 0x78;
    if (recipe_rarely(reader))
        recipe->packed[0] = (uint8_t)recipe_take(reader);
    recipe->packed[1] = (uint8_t)(31 - recipe->packed[0] * 256 % 31);
    if (how >= 192) /* damage that the checksums do not show */
        for (unsigned spots = 1 + how % 8; spots > 0; spots--)
            recipe->packed[(recipe_take(reader) << 8 | recipe_take(reader)) %
                           recipe->packed_size] ^=
                (uint8_t)(1U << recipe_take(reader) % 8);
    recipe_sum(recipe);
    if (recipe_rarely(reader))
        recipe->packed[recipe->packed_size - 1 - recipe_take(reader) % 4] ^= 1;
}

static void recipe_split(struct png_recipe *recipe,
                         struct recipe_reader *reader)
{
    const unsigned how = recipe_take(reader);
    size_t left = recipe->packed_size;
    const uint8_t *at = recipe->packed;
    if (how == 255)
        left -= 1; /* the last byte is missing */
    if (how == 254)
        recipe->packed[left++] = 0;
    for (unsigned pieces = how % 4; pieces > 0 && left > 0; pieces--) {
        size_t size = recipe_take(reader);
        size = size < left ? size : left;
        if (size == 0 && how % 16 != 15)
            continue; /* an empty chunk is rare */
        recipe_add_chunk(recipe, "IDAT", at, size);
        at += size;
        left -= size;
    }
    if (left > 0)
        recipe_add_chunk(recipe, "IDAT", at, left);
}

/* ---- the file ---- */

static void recipe_sign_all(struct png_recipe *recipe)
{
    for (size_t at = 8; recipe->file_size - at >= 12;) {
        const size_t size = png_get_uint_32(recipe->file + at);
        if (size > recipe->file_size - at - 12)
            return;
        recipe_sign(recipe->file + at, size);
        at += size + 12;
    }
}

/* Bytes changed or cut off at the end of all; with checksums made right again,
 * or not. */
static void recipe_damage(struct png_recipe *recipe,
                          struct recipe_reader *reader)
{
    const unsigned how = recipe_take(reader);
    if (how < 224)
        return;
    for (unsigned spots = 1 + how % 3; spots > 0; spots--) {
        const size_t at = (recipe_take(reader) << 8 | recipe_take(reader)) %
                          recipe->file_size;
        recipe->file[at] ^= (uint8_t)recipe_take(reader);
    }
    if (how % 2)
        recipe_sign_all(recipe);
    if (how % 8 == 6)
        recipe->file_size -= (recipe_take(reader) << 8 | recipe_take(reader)) %
                             (recipe->file_size - 8);
}

static void recipe_structured(struct png_recipe *recipe,
                              struct recipe_reader *reader)
{
    recipe->fail_on = recipe_take(reader) % 4;
    recipe->seed = recipe_take(reader);
    recipe->file_size = 8;
    const struct recipe_shape shape = recipe_header(recipe, reader);
    unsigned ancillary = recipe_take(reader);
    recipe_colours(recipe, reader, &shape);
    for (; ancillary >= 200; ancillary -= 14)
        recipe_add_beside(recipe, reader);
    recipe_rows(recipe, reader, &shape);
    recipe_pack(recipe, reader);
    recipe_split(recipe, reader);
    for (ancillary = recipe_take(reader); ancillary >= 200; ancillary -= 14)
        recipe_add_beside(recipe, reader);
    recipe_add_chunk(recipe, "IEND", NULL, 0);
    recipe_damage(recipe, reader);
}

void png_recipe_cook(struct png_recipe *recipe, const uint8_t *data,
                     size_t size)
{
    static const uint8_t signature[8] = {137, 80, 78, 71, 13, 10, 26, 10};
    struct recipe_reader reader = {data, data + size};
    memcpy(recipe->file, signature, 8);
    if (size > 8 && memcmp(data, signature, 8) == 0) {
        recipe->file_size = size < PNG_RECIPE_FILE ? size : PNG_RECIPE_FILE;
        memcpy(recipe->file, data, recipe->file_size);
        recipe->fail_on = data[recipe->file_size - 1] % 4;
        recipe->seed = data[recipe->file_size - 1];
        recipe_sign_all(recipe);
        return;
    }
    recipe_structured(recipe, &reader);
}

void png_recipe_gather(struct png_recipe *recipe)
{
    recipe->packed_size = 0;
    for (size_t at = 8; recipe->file_size - at >= 12;) {
        const size_t size = png_get_uint_32(recipe->file + at);
        if (size > recipe->file_size - at - 12)
            return;
        if (memcmp(recipe->file + at + 4, "IDAT", 4) == 0 &&
            size <= PNG_RECIPE_PACKED - recipe->packed_size) {
            memcpy(recipe->packed + recipe->packed_size, recipe->file + at + 8,
                   size);
            recipe->packed_size += size;
        }
        at += size + 12;
    }
}
