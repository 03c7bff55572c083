/* codec_context.h: the context of a codec test: an arena, an error, the options
 * and the outcome of a reading.  One a test, made by the fixture functions. */
#ifndef ML_TESTS_SUPPORT_CODEC_CODEC_CONTEXT_H
#define ML_TESTS_SUPPORT_CODEC_CODEC_CONTEXT_H

#include "support/codec/codec_picture.h"

struct test_codec {
    struct ml_arena arena;
    struct ml_error err;
    struct test_reading reading;
    struct test_decoded decoded;
};

/* For cmocka_unit_test_setup_teardown(); the arena has 256 MiB. */
int test_codec_setup(void **state);
int test_codec_teardown(void **state);

/* Decode into *frame, to be closed after ML_OK.  The arena starts anew. */
enum ml_status test_codec_decode(struct test_codec *c, struct ml_bytes file,
                                 struct test_frame *frame);
/* The same; the test fails, saying why, when the picture does. */
void test_codec_decode_ok(struct test_codec *c, struct ml_bytes file,
                          struct test_frame *frame);

struct ml_shape test_shape(uint32_t width, uint32_t height,
                           enum ml_layout layout, uint8_t bits);
/* Random bytes in odd rows, one byte repeated in even ones: both sides of a
 * packer. */
void test_frame_noise(struct test_frame *frame, uint64_t seed);
/* Same shape, same samples. */
void test_frame_assert_same(const struct test_frame *a,
                            const struct test_frame *b);
/* Rows from the top on that are equal; below them all of b must be blank (mid
 * gray, or transparent black).  Returns their number. */
uint32_t test_frame_assert_cut(const struct test_frame *whole,
                               const struct test_frame *cut);

#endif
