/* deflate_walk.c: see deflate_walk.h. */
#include "support/codec/deflate_walk.h"

#include <string.h>

#include "support/codec/bit_writer.h"

#define WALK_NONE 1000U /* no symbol */

struct walk {
    const uint8_t *data;
    size_t size, at; /* bytes */
    unsigned bit;    /* of the byte at `at` */
    size_t made, most;
    unsigned loose;
};

struct walk_code {
    struct bit_code code;
    unsigned symbols, used;
};

/* Behind the end come zeros, and the stream is broken. */
static unsigned walk_bits(struct walk *walk, unsigned count)
{
    unsigned value = 0;
    for (unsigned i = 0; i < count; i++) {
        if (walk->at >= walk->size) {
            walk->loose |= DEFLATE_BROKEN;
            return 0;
        }
        value |= (walk->data[walk->at] >> walk->bit & 1U) << i;
        walk->bit = (walk->bit + 1) % 8;
        walk->at += walk->bit == 0;
    }
    return value;
}

/* Complete codes are proper, and so is a lone symbol of one bit or none. */
static void walk_set_code(struct walk *walk, struct walk_code *code,
                          const uint8_t *lengths, unsigned symbols)
{
    uint32_t space = 0;
    memset(code, 0, sizeof *code);
    code->symbols = symbols;
    memcpy(code->code.length, lengths, symbols);
    bit_code_number(&code->code, symbols);
    for (unsigned s = 0; s < symbols; s++) {
        code->used += lengths[s] != 0;
        space += lengths[s] ? 1U << (15 - lengths[s]) : 0;
    }
    const bool lone = code->used == 1 && space == 1U << 14;
    if (space != 1U << 15 && !lone && code->used != 0)
        walk->loose |= DEFLATE_BROKEN;
}

static unsigned walk_symbol(struct walk *walk, const struct walk_code *code)
{
    unsigned word = 0, lone = 0;
    for (unsigned length = 1; length < 16; length++) {
        word = word << 1 | walk_bits(walk, 1);
        for (unsigned s = 0; s < code->symbols; s++) {
            if (code->code.length[s] == length && code->code.bits[s] == word)
                return s;
            lone = code->code.length[s] ? s : lone;
        }
        if (code->used < 2) {
            walk->loose |= DEFLATE_LOOSE_CODEWORD;
            return lone;
        }
    }
    walk->loose |= DEFLATE_BROKEN;
    return WALK_NONE;
}

static bool walk_goes_on(const struct walk *walk)
{
    return !(walk->loose & DEFLATE_BROKEN);
}

static void walk_make(struct walk *walk, size_t count)
{
    walk->made += count;
    if (walk->made > walk->most)
        walk->loose |= DEFLATE_BROKEN;
}

/* ---- blocks ---- */

static void walk_stored(struct walk *walk)
{
    walk->at += walk->bit != 0;
    walk->bit = 0;
    const unsigned size = walk_bits(walk, 16);
    if ((walk_bits(walk, 16) ^ size) != 0xffff ||
        size > walk->size - walk->at) {
        walk->loose |= DEFLATE_BROKEN;
        return;
    }
    walk->at += size;
    walk_make(walk, size);
}

static void walk_match(struct walk *walk, unsigned symbol,
                       const struct walk_code *distances)
{
    static const uint16_t first[31] = {
        3,  4,  5,  6,  7,  8,  9,  10,  11,  13,  15,  17,  19,  23,  27, 31,
        35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258, 258, 258};
    const unsigned extra =
        symbol < 265 || symbol >= 285 ? 0 : (symbol - 261) / 4;
    const size_t length = first[symbol - 257] + walk_bits(walk, extra);
    unsigned distance = walk_symbol(walk, distances);
    if (symbol > 285 || distance > 29)
        walk->loose |= DEFLATE_LOOSE_SYMBOL;
    if (!walk_goes_on(walk))
        return;
    distance = distance > 29 ? 29 : distance; /* as it is read */
    const unsigned more = distance < 4 ? 0 : (distance - 2) / 2;
    const unsigned start =
        distance < 4 ? distance + 1 : ((2 + distance % 2) << more) + 1;
    if (start + walk_bits(walk, more) > walk->made)
        walk->loose |= DEFLATE_BROKEN;
    walk_make(walk, length);
}

static void walk_symbols(struct walk *walk, const struct walk_code *literals,
                         const struct walk_code *distances)
{
    while (walk_goes_on(walk)) {
        const unsigned symbol = walk_symbol(walk, literals);
        if (symbol == 256 || !walk_goes_on(walk))
            return;
        if (symbol < 256)
            walk_make(walk, 1);
        else
            walk_match(walk, symbol, distances);
    }
}

/* Length 16 repeats the one before, 17 and 18 zeros. */
static unsigned walk_repeat(struct walk *walk, unsigned symbol)
{
    switch (symbol) {
    case 16:
        return 3 + walk_bits(walk, 2);
    case 17:
        return 3 + walk_bits(walk, 3);
    case 18:
        return 11 + walk_bits(walk, 7);
    default:
        return 1;
    }
}

static void walk_lengths(struct walk *walk, const struct walk_code *pre,
                         uint8_t *lengths, unsigned count)
{
    for (unsigned at = 0; at < count && walk_goes_on(walk);) {
        const unsigned symbol = walk_symbol(walk, pre);
        if (!walk_goes_on(walk) || (symbol == 16 && at == 0)) {
            walk->loose |= DEFLATE_BROKEN;
            return;
        }
        const uint8_t value = symbol < 16    ? (uint8_t)symbol
                              : symbol == 16 ? lengths[at - 1]
                                             : 0;
        for (unsigned run = walk_repeat(walk, symbol); run > 0; run--) {
            if (at < count)
                lengths[at++] = value;
            else
                walk->loose |= DEFLATE_LOOSE_OVERRUN;
        }
    }
}

static void walk_dynamic(struct walk *walk)
{
    static const uint8_t order[19] = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                      11, 4,  12, 3, 13, 2, 14, 1, 15};
    struct walk_code pre, literals, distances;
    uint8_t lengths[BIT_LITERALS + BIT_DISTANCES] = {0}, pre_lengths[19] = {0};
    const unsigned literal_count = 257 + walk_bits(walk, 5);
    const unsigned distance_count = 1 + walk_bits(walk, 5);
    const unsigned pre_count = 4 + walk_bits(walk, 4);
    for (unsigned i = 0; i < pre_count; i++)
        pre_lengths[order[i]] = (uint8_t)walk_bits(walk, 3);
    walk_set_code(walk, &pre, pre_lengths, 19);
    walk_lengths(walk, &pre, lengths, literal_count + distance_count);
    if (literal_count > 286 || distance_count > 30)
        walk->loose |= DEFLATE_LOOSE_COUNT;
    walk_set_code(walk, &literals, lengths, literal_count);
    walk_set_code(walk, &distances, lengths + literal_count, distance_count);
    walk_symbols(walk, &literals, &distances);
}

static void walk_fixed(struct walk *walk)
{
    struct bit_writer nowhere = {0};
    struct bit_codes codes;
    struct walk_code literals, distances;
    bit_begin_fixed(&nowhere, false, &codes);
    walk_set_code(walk, &literals, codes.literal.length, BIT_LITERALS);
    walk_set_code(walk, &distances, codes.distance.length, BIT_DISTANCES);
    walk_symbols(walk, &literals, &distances);
}

unsigned deflate_walk(const uint8_t *data, size_t size, size_t most)
{
    struct walk walk = {.data = data, .size = size, .most = most};
    for (bool last = false; !last && walk_goes_on(&walk);) {
        last = walk_bits(&walk, 1);
        switch (walk_bits(&walk, 2)) {
        case 0:
            walk_stored(&walk);
            break;
        case 1:
            walk_fixed(&walk);
            break;
        case 2:
            walk_dynamic(&walk);
            break;
        default:
            walk.loose |= DEFLATE_BROKEN;
        }
    }
    return walk.loose;
}
