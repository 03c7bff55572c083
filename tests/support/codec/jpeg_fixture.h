/* jpeg_fixture.h: what the JPEG tests share: an arena, a way of reading, and
 * files made on the spot. */
#ifndef ML_TESTS_SUPPORT_CODEC_JPEG_FIXTURE_H
#define ML_TESTS_SUPPORT_CODEC_JPEG_FIXTURE_H

#include "support/codec/codec_picture.h"

struct jpeg_fixture {
    struct ml_arena arena;
    struct ml_error err;
    struct test_reading reading; /* as the next decode reads */
    struct test_decoded decoded;
};

/* cmocka's; *state is the fixture. */
int jpeg_fixture_setup(void **state);
int jpeg_fixture_teardown(void **state);

/* Planes have the subsampling named by `subsample`. */
struct ml_shape jpeg_shape(uint32_t width, uint32_t height,
                           enum ml_layout layout, uint16_t subsample);
/* Quality 92, no metadata. */
struct ml_sink jpeg_sink(uint16_t subsample, bool progressive);
/* Encode a picture; must succeed. */
void jpeg_encode(struct jpeg_fixture *f, struct ml_sink *sink,
                 const struct test_frame *frame, uint32_t step,
                 struct test_file *file);
/* Paint and encode. */
void jpeg_make(struct jpeg_fixture *f, struct ml_shape shape,
               uint16_t subsample, bool progressive, struct test_file *file);
enum ml_status jpeg_decode(struct jpeg_fixture *f, const struct test_file *file,
                           struct test_frame *frame);
void jpeg_decode_ok(struct jpeg_fixture *f, const struct test_file *file,
                    struct test_frame *frame);
/* Must decode; the test checks f->decoded, not the picture. */
void jpeg_look(struct jpeg_fixture *f, const struct test_file *file);
/* Must fail in this way. */
void jpeg_refused(struct jpeg_fixture *f, const struct test_file *file,
                  enum ml_status status);

/* Where in the file the first marker of this code begins; must be there. */
size_t jpeg_find_marker(const struct test_file *file, uint8_t code);
/* Put bytes into a file. */
void jpeg_insert(struct test_file *file, size_t at, const void *bytes,
                 size_t size);

#endif
