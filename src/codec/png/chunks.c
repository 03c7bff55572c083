/* chunks.c: see chunks.h.
 *
 * The file is in memory, so its chunks are walked once, when the header is
 * read.  That finds an orientation behind the pixels before the first row is
 * decoded, and avoids unpacking texts only to drop them.
 * Chunks as in "Portable Network Graphics (PNG) Specification (Third Edition)",
 * W3C.  Pure functions.
 */
#include "codec/png/chunks.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/byte_order.h"

#define CHUNK_SIGNATURE 8 /* bytes before the first chunk */
#define CHUNK_FRAME 12    /* length, type and checksum around the data */
#define CHUNK_TAG(a, b, c, d)                                                  \
    ((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 |          \
     (uint32_t)(d))

struct chunk {
    uint32_t tag;
    const uint8_t *data;
    uint32_t size;
};

/* Colour chunks by rank: cICP outranks sRGB, which outranks gAMA and cHRM. */
struct chunk_colour {
    bool cicp_given, cicp_plain;
    bool srgb;
    bool gamma_odd, primaries_odd;
};

static bool chunk_is_sound(const struct chunk *chunk)
{
    const uLong sum = crc32_z(0, chunk->data - 4, (size_t)chunk->size + 4);
    return sum == ml_load_be32(chunk->data + chunk->size);
}

/* ---- density ---- */

/* The relative distance of a density from a whole number; 1 if it does not fit
 * 16 bits. */
static double chunk_density_loss(double density)
{
    if (density < 0.5 || density >= UINT16_MAX + 0.5)
        return 1;
    const double whole = (double)(uint32_t)(density + 0.5);
    return (density > whole ? density - whole : whole - density) / density;
}

/* Set the density in the unit, inch or centimetre, that makes the numbers most
 * nearly whole: 2835 a metre is 72 an inch, and is written as 2835 again. */
static void chunk_density(uint32_t x_per_metre, uint32_t y_per_metre,
                          bool metres, struct ml_metadata *metadata)
{
    static const double metre_of[] = {1, 0.0254, 0.01}; /* by density_unit */
    uint8_t unit = 0;
    if (metres) {
        const double inch = chunk_density_loss(x_per_metre * 0.0254) +
                            chunk_density_loss(y_per_metre * 0.0254);
        const double centimetre = chunk_density_loss(x_per_metre * 0.01) +
                                  chunk_density_loss(y_per_metre * 0.01);
        unit = inch < centimetre ? 1 : 2;
    }
    const double x = x_per_metre * metre_of[unit];
    const double y = y_per_metre * metre_of[unit];
    if (chunk_density_loss(x) >= 1 || chunk_density_loss(y) >= 1)
        return; /* out of range: no density */
    metadata->density_given = true;
    metadata->x_density = (uint16_t)(x + 0.5);
    metadata->y_density = (uint16_t)(y + 0.5);
    metadata->density_unit = unit;
}

uint32_t ml_png_density_write(uint16_t density, uint8_t unit)
{
    if (unit == 1)
        return (uint32_t)(density / 0.0254 + 0.5);
    return unit == 2 ? density * 100U : density;
}

/* ---- one chunk ---- */

static bool chunk_begins(const struct chunk *chunk, const char *keyword)
{
    const size_t length = strlen(keyword) + 1; /* with its terminator */
    return chunk->size >= length && memcmp(chunk->data, keyword, length) == 0;
}

/* Adobe stores XMP in an iTXt of this keyword; ImageMagick stores profiles in
 * texts of the other keywords. */
static unsigned chunk_text_kind(const struct chunk *chunk)
{
    if (chunk_begins(chunk, "XML:com.adobe.xmp") ||
        chunk_begins(chunk, "Raw profile type xmp"))
        return ML_DROPPED_XMP;
    if (chunk_begins(chunk, "Raw profile type iptc"))
        return ML_DROPPED_IPTC;
    return ML_DROPPED_COMMENT;
}

/* sRGB is near 1/2.2: 45455.  libpng calls 5 % of gamma insignificant. */
static bool chunk_gamma_is_odd(const struct chunk *chunk)
{
    if (chunk->size != 4)
        return false;
    const uint32_t gamma = ml_load_be32(chunk->data);
    return gamma < 43182 || gamma > 47728;
}

/* White point and primaries of ITU-R BT.709 in 100000ths, compared with
 * libpng's tolerance. */
static bool chunk_primaries_are_odd(const struct chunk *chunk)
{
    static const int32_t srgb[8] = {31270, 32900, 64000, 33000,
                                    30000, 60000, 15000, 6000};
    if (chunk->size != 32)
        return false;
    for (size_t i = 0; i < 8; i++) {
        const int64_t given = ml_load_be32(chunk->data + 4 * i);
        if (llabs(given - srgb[i]) > 1000)
            return true;
    }
    return false;
}

static void chunk_colour_read(const struct chunk *chunk,
                              struct chunk_colour *colour)
{
    /* BT.709 primaries, sRGB curve, RGB matrix, full range. */
    static const uint8_t plain[4] = {1, 13, 0, 1};
    switch (chunk->tag) {
    case CHUNK_TAG('c', 'I', 'C', 'P'):
        colour->cicp_given = chunk->size == sizeof plain;
        colour->cicp_plain =
            colour->cicp_given && memcmp(chunk->data, plain, 4) == 0;
        break;
    case CHUNK_TAG('s', 'R', 'G', 'B'):
        colour->srgb = true;
        break;
    case CHUNK_TAG('g', 'A', 'M', 'A'):
        colour->gamma_odd = chunk_gamma_is_odd(chunk);
        break;
    default: /* cHRM */
        colour->primaries_odd = chunk_primaries_are_odd(chunk);
    }
}

static bool chunk_colour_matters(const struct chunk_colour *colour, bool gray)
{
    if (colour->cicp_given)
        return !colour->cicp_plain;
    if (colour->srgb)
        return false;
    return colour->gamma_odd || (colour->primaries_odd && !gray);
}

static void chunk_read_exif(const struct chunk *chunk,
                            struct ml_metadata *metadata)
{
    const struct ml_bytes exif = {chunk->data, chunk->size};
    bool thumbnail; /* the sink reports a dropped one */
    if (metadata->exif.data) {
        metadata->dropped |= ML_DROPPED_OTHER; /* a second one */
    } else if (!chunk_is_sound(chunk) || !ml_exif_check(exif, &thumbnail)) {
        metadata->dropped |= ML_DROPPED_BROKEN;
    } else {
        const uint8_t orientation = ml_exif_orientation(exif);
        metadata->exif = exif;
        metadata->orientation = orientation ? orientation : 1;
    }
}

static void chunk_read_density(const struct chunk *chunk,
                               struct ml_metadata *metadata)
{
    if (chunk->size == 9 && !metadata->density_given && chunk_is_sound(chunk))
        chunk_density(ml_load_be32(chunk->data), ml_load_be32(chunk->data + 4),
                      chunk->data[8] == 1, metadata);
}

static void chunk_visit(const struct chunk *chunk,
                        struct ml_png_ancillary *ancillary,
                        struct chunk_colour *colour,
                        struct ml_metadata *metadata)
{
    switch (chunk->tag) {
    case CHUNK_TAG('i', 'C', 'C', 'P'):
        ancillary->profile = true;
        break;
    case CHUNK_TAG('e', 'X', 'I', 'f'):
        chunk_read_exif(chunk, metadata);
        break;
    case CHUNK_TAG('p', 'H', 'Y', 's'):
        chunk_read_density(chunk, metadata);
        break;
    case CHUNK_TAG('t', 'E', 'X', 't'):
    case CHUNK_TAG('z', 'T', 'X', 't'):
    case CHUNK_TAG('i', 'T', 'X', 't'):
        metadata->dropped |= chunk_text_kind(chunk);
        break;
    case CHUNK_TAG('c', 'I', 'C', 'P'):
    case CHUNK_TAG('s', 'R', 'G', 'B'):
    case CHUNK_TAG('g', 'A', 'M', 'A'):
    case CHUNK_TAG('c', 'H', 'R', 'M'):
        chunk_colour_read(chunk, colour);
        break;
    case CHUNK_TAG('t', 'R', 'N', 'S'): /* becomes alpha */
        break;
    default: /* a small first letter marks an ancillary chunk */
        if (chunk->tag & CHUNK_TAG(0x20, 0, 0, 0))
            metadata->dropped |= ML_DROPPED_OTHER;
    }
}

struct ml_png_ancillary ml_png_walk(struct ml_bytes file, bool gray,
                                    struct ml_metadata *metadata)
{
    struct ml_png_ancillary ancillary = {0};
    struct chunk_colour colour = {0};
    size_t at = CHUNK_SIGNATURE;
    /* Each iteration advances by at least CHUNK_FRAME bytes. */
    while (at <= file.size && file.size - at >= CHUNK_FRAME) {
        const struct chunk chunk = {.tag = ml_load_be32(file.data + at + 4),
                                    .data = file.data + at + 8,
                                    .size = ml_load_be32(file.data + at)};
        if (chunk.size > file.size - at - CHUNK_FRAME ||
            chunk.tag == CHUNK_TAG('I', 'E', 'N', 'D'))
            break;
        chunk_visit(&chunk, &ancillary, &colour, metadata);
        at += CHUNK_FRAME + (size_t)chunk.size;
    }
    ancillary.colour = chunk_colour_matters(&colour, gray);
    return ancillary;
}
