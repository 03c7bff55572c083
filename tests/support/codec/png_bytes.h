/* png_bytes.h: PNG files of every kind, made by libpng and changed byte by
 * byte, and libpng's simplified reader as the oracle of the source. */
#ifndef ML_TESTS_SUPPORT_CODEC_PNG_BYTES_H
#define ML_TESTS_SUPPORT_CODEC_PNG_BYTES_H

#include "support/codec/codec_picture.h"

struct png_kind {
    uint32_t width, height;
    int colour_type; /* PNG_COLOR_TYPE_... */
    int depth;       /* 1, 2, 4, 8, 16 */
    bool interlaced;
    bool trns; /* a colour key, or alpha of the palette */
};

/* A file of this kind with noise in it; false when PNG has no such kind. */
bool png_bytes_make(const struct png_kind *kind, struct test_file *file_out);

/* Make the checksum of the chunk that begins at `at` right again. */
void png_bytes_sign(struct test_file *file, size_t at);

/* Put another size in the header, with its checksum. */
void png_bytes_set_size(struct test_file *file, uint32_t width,
                        uint32_t height);

/* Where the n-th chunk of this type begins (at its length), SIZE_MAX: none. */
size_t png_bytes_find(struct ml_bytes file, const char *type, size_t nth);

/* Insert a chunk with a right checksum before position `at`. */
void png_bytes_insert(struct test_file *file, size_t at, const char *type,
                      const void *data, size_t size);

/* Cut out the chunk that begins at `at`. */
void png_bytes_remove(struct test_file *file, size_t at);

/* The frame holds what libpng's simplified reader makes of the file: compared
 * exactly at 8 bits, and at 16 bits with a plain reading of big-endian rows. */
void png_bytes_assert_as_libpng(struct ml_bytes file,
                                const struct test_frame *frame);

#endif
