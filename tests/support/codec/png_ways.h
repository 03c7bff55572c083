/* png_ways.h: one PNG file, read the fast way and libpng's, and held together.
 *
 * The caller owns the memory of both readings; nothing is kept between files.
 */
#ifndef ML_TESTS_SUPPORT_CODEC_PNG_WAYS_H
#define ML_TESTS_SUPPORT_CODEC_PNG_WAYS_H

#include "codec/codec.h"

struct png_ways {
    struct ml_arena arena;
    struct ml_limits limits; /* the default ones, 100,000 pixels */
    uint8_t *rows[2];        /* grown when needed */
    size_t rows_bytes[2];
    /* Of the last file. */
    bool whole;          /* the fast way was taken */
    uint64_t held_bytes; /* of the header */
    enum ml_status end;  /* of libpng's way */
    char why[256];       /* how the two differ */
};

ML_MUST_CHECK enum ml_status
png_ways_open(struct png_ways *ways, size_t arena_bytes, struct ml_error *err);
void png_ways_close(struct png_ways *ways);

/* Same outcome, messages, header and rows?  Strips of random heights by
 * `seed`.  False: ways->why says what differs. */
bool png_ways_agree(struct png_ways *ways, struct ml_bytes file,
                    enum ml_fail_on fail_on, uint64_t seed);

#endif
