/* bit_writer.h: a deflate stream written symbol by symbol, as RFC 1951 packs
 * bits, with codes that no packer would make.  For tests. */
#ifndef ML_TESTS_SUPPORT_CODEC_BIT_WRITER_H
#define ML_TESTS_SUPPORT_CODEC_BIT_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BIT_LITERALS 288 /* literal and length symbols there is room for */
#define BIT_DISTANCES 32

struct bit_writer {
    uint8_t *data;
    size_t size, capacity; /* what does not fit is left out */
    uint32_t held;         /* bits not written yet */
    unsigned held_count;
};

/* A Huffman code: lengths, and what they stand for once bit_code_number() was
 * called.  Lengths of no proper code give some bits all the same. */
struct bit_code {
    uint8_t length[BIT_LITERALS];
    uint16_t bits[BIT_LITERALS];
};

struct bit_codes {
    struct bit_code literal, distance;
    unsigned literal_count, distance_count; /* 257..288, 1..32 */
};

void bit_put(struct bit_writer *writer, uint32_t value, unsigned count);
void bit_align(struct bit_writer *writer);
void bit_put_symbol(struct bit_writer *writer, const struct bit_code *code,
                    unsigned symbol);
/* Length and distance by their symbols, extra bits from `extra`. */
void bit_put_match(struct bit_writer *writer, const struct bit_codes *codes,
                   unsigned length_symbol, unsigned distance_symbol,
                   uint32_t extra);
/* A final stored block of no bytes yet; returns where its length lies. */
size_t bit_put_stored_end(struct bit_writer *writer);

void bit_code_number(struct bit_code *code, unsigned count);
/* Give the first `count` symbols that `used` names a complete code of nearly
 * equal lengths; one alone gets a length of 1. */
void bit_code_flat(struct bit_code *code, const bool *used, unsigned count);

/* Three bits that begin a block; a fixed one sets *codes. */
void bit_begin_fixed(struct bit_writer *writer, bool last,
                     struct bit_codes *codes);
/* Writes the code lengths in *codes, zeros in runs when `runs`; the last run
 * goes on beyond the last length when `overrun`. */
void bit_begin_dynamic(struct bit_writer *writer, bool last,
                       struct bit_codes *codes, bool runs, bool overrun);

#endif
