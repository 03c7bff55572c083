/* png_make.h: PNG files of every kind made from filtered rows, packed by zlib,
 * with what a test wants wrong in them. */
#ifndef ML_TESTS_SUPPORT_CODEC_PNG_MAKE_H
#define ML_TESTS_SUPPORT_CODEC_PNG_MAKE_H

#include "base/random.h"
#include "support/codec/codec_picture.h"

struct png_make {
    uint32_t width, height;
    int colour_type, depth;
    bool trns;       /* a colour key that some pixels meet, or alpha of the
                        palette; not of kinds that have alpha */
    int colours;     /* of the palette; 0: as many as the depth names */
    int filter;      /* 0..4; -1: any, by chance; -2: Paeth, some others */
    int window_bits; /* of zlib: 9..15 */
    size_t piece;    /* bytes of an IDAT chunk; 0: all in one */
    long raw_more;   /* bytes of rows too many, or too few */
    bool noise;      /* else packs well */
    bool blank;      /* all zeros, quickly made */
};

/* 33x21, RGB of 8 bits, any filters, one chunk. */
extern const struct png_make png_make_usual;

/* The n-th kind of colour type, depth and transparency without interlacing;
 * false behind the last. */
bool png_make_kind(size_t n, struct png_make *make);

uint8_t png_make_filter(int filter, struct ml_random *random);
/* The steps, each to be closed by the caller. */
struct test_file png_make_raw(const struct png_make *make,
                              struct ml_random *random);
struct test_file png_make_packed(const struct test_file *raw, int window_bits);
struct test_file png_make_around(const struct png_make *make,
                                 const struct test_file *packed);
/* All of them. */
struct test_file png_make_file(const struct png_make *make, uint64_t seed);

#endif
