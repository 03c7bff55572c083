/* bit_writer.c: see bit_writer.h. */
#include "support/codec/bit_writer.h"

#include <string.h>

void bit_put(struct bit_writer *writer, uint32_t value, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        writer->held |= (value >> i & 1) << writer->held_count;
        if (++writer->held_count == 8)
            bit_align(writer);
    }
}

void bit_align(struct bit_writer *writer)
{
    if (writer->held_count == 0)
        return;
    if (writer->size < writer->capacity)
        writer->data[writer->size++] = (uint8_t)writer->held;
    writer->held = 0;
    writer->held_count = 0;
}

/* Codes alone are written from their highest bit on. */
void bit_put_symbol(struct bit_writer *writer, const struct bit_code *code,
                    unsigned symbol)
{
    for (unsigned i = code->length[symbol]; i > 0; i--)
        bit_put(writer, (uint32_t)code->bits[symbol] >> (i - 1), 1);
}

static unsigned bit_length_extra(unsigned symbol)
{
    return symbol < 265 || symbol >= 285 ? 0 : (symbol - 261) / 4;
}

static unsigned bit_distance_extra(unsigned symbol)
{
    return symbol < 4 || symbol >= 30 ? 0 : (symbol - 2) / 2;
}

void bit_put_match(struct bit_writer *writer, const struct bit_codes *codes,
                   unsigned length_symbol, unsigned distance_symbol,
                   uint32_t extra)
{
    bit_put_symbol(writer, &codes->literal, length_symbol);
    bit_put(writer, extra, bit_length_extra(length_symbol));
    bit_put_symbol(writer, &codes->distance, distance_symbol);
    bit_put(writer, extra, bit_distance_extra(distance_symbol));
}

size_t bit_put_stored_end(struct bit_writer *writer)
{
    bit_put(writer, 1, 3);
    bit_align(writer);
    const size_t at = writer->size;
    bit_put(writer, 0, 16);
    bit_put(writer, 0xffff, 16);
    return at;
}

/* ---- codes ---- */

void bit_code_number(struct bit_code *code, unsigned count)
{
    unsigned users[16] = {0}, next[16] = {0};
    for (unsigned s = 0; s < count; s++)
        users[code->length[s]]++;
    for (unsigned length = 2; length < 16; length++)
        next[length] = (next[length - 1] + users[length - 1]) << 1;
    for (unsigned s = 0; s < count; s++)
        if (code->length[s] > 0)
            code->bits[s] = (uint16_t)next[code->length[s]]++;
}

void bit_code_flat(struct bit_code *code, const bool *used, unsigned count)
{
    unsigned users = 0, length = 1;
    memset(code, 0, sizeof *code);
    for (unsigned s = 0; s < count; s++)
        users += used[s];
    while (1U << length < users)
        length++;
    unsigned shorter = users < 2 ? 0 : (1U << length) - users;
    for (unsigned s = 0; s < count; s++)
        if (used[s])
            code->length[s] =
                (uint8_t)(shorter > 0 ? (shorter--, length - 1) : length);
    bit_code_number(code, count);
}

/* ---- blocks ---- */

void bit_begin_fixed(struct bit_writer *writer, bool last,
                     struct bit_codes *codes)
{
    bit_put(writer, last, 1);
    bit_put(writer, 1, 2);
    memset(codes, 0, sizeof *codes);
    codes->literal_count = BIT_LITERALS;
    codes->distance_count = BIT_DISTANCES;
    for (unsigned s = 0; s < BIT_LITERALS; s++)
        codes->literal.length[s] = s < 144 ? 8 : s < 256 ? 9 : s < 280 ? 7 : 8;
    for (unsigned s = 0; s < BIT_DISTANCES; s++)
        codes->distance.length[s] = 5;
    bit_code_number(&codes->literal, BIT_LITERALS);
    bit_code_number(&codes->distance, BIT_DISTANCES);
}

static unsigned bit_zeros(const uint8_t *lengths, unsigned at, unsigned count)
{
    unsigned run = 0;
    while (at + run < count && run < 138 && lengths[at + run] == 0)
        run++;
    return run;
}

static void bit_put_lengths(struct bit_writer *writer,
                            const struct bit_code *pre, const uint8_t *lengths,
                            unsigned count, bool runs, bool overrun)
{
    for (unsigned at = 0; at < count;) {
        unsigned run = runs || overrun ? bit_zeros(lengths, at, count) : 0;
        const bool last = run > 0 && at + run == count;
        if (overrun && last && run < 11)
            run = 11; /* some of them behind the end */
        if (run >= 11) {
            bit_put_symbol(writer, pre, 18);
            bit_put(writer, run - 11, 7);
        } else if (run >= 3) {
            bit_put_symbol(writer, pre, 17);
            bit_put(writer, run - 3, 3);
        } else {
            bit_put_symbol(writer, pre, lengths[at]);
            run = 1;
        }
        at += run;
    }
}

void bit_begin_dynamic(struct bit_writer *writer, bool last,
                       struct bit_codes *codes, bool runs, bool overrun)
{
    static const uint8_t order[19] = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                      11, 4,  12, 3, 13, 2, 14, 1, 15};
    uint8_t lengths[BIT_LITERALS + BIT_DISTANCES];
    struct bit_code pre;
    bool all[19];
    memset(all, true, sizeof all);
    bit_code_flat(&pre, all, 19);
    bit_put(writer, last, 1);
    bit_put(writer, 2, 2);
    bit_put(writer, codes->literal_count - 257, 5);
    bit_put(writer, codes->distance_count - 1, 5);
    bit_put(writer, 19 - 4, 4);
    for (unsigned i = 0; i < 19; i++)
        bit_put(writer, pre.length[order[i]], 3);
    memcpy(lengths, codes->literal.length, codes->literal_count);
    memcpy(lengths + codes->literal_count, codes->distance.length,
           codes->distance_count);
    bit_put_lengths(writer, &pre, lengths,
                    codes->literal_count + codes->distance_count, runs,
                    overrun);
}
