/* codec_picture.h: pictures for codec tests: painted, encoded, decoded,
 * compared.
 *
 * A frame owns its rows (malloc, so that address sanitizer guards them); each
 * row ends exactly at its stride, which is odd on purpose.
 */
#ifndef ML_TESTS_SUPPORT_CODEC_CODEC_PICTURE_H
#define ML_TESTS_SUPPORT_CODEC_CODEC_PICTURE_H

#include "codec/codec.h"

struct test_frame {
    struct ml_shape shape;
    struct ml_dst rows; /* all of them */
    uint8_t *memory[ML_PLANE_MAX];
};

void test_frame_open(struct test_frame *frame, const struct ml_shape *shape);
void test_frame_close(struct test_frame *frame);
/* Smooth waves with some grain, different in each channel; alpha is opaque. */
void test_frame_paint(struct test_frame *frame, uint64_t seed);
/* Peak signal to noise over all planes, dB; 99 when equal. */
double test_psnr(const struct test_frame *a, const struct test_frame *b);

/* An encoded file, malloc'd to its exact size. */
struct test_file {
    uint8_t *data;
    size_t size;
};

void test_file_close(struct test_file *file);
struct ml_bytes test_bytes(const struct test_file *file);

/* Encode in calls of `step` rows (0: all at once).  `sink` may bring options
 * and metadata; it is filled and closed here. */
enum ml_status test_encode(struct ml_sink *sink, const struct ml_codec *codec,
                           const struct test_frame *frame, uint32_t step,
                           size_t capacity, struct test_file *file_out,
                           struct ml_error *err);

struct test_reading {
    enum ml_fail_on fail_on;
    struct ml_limits limits;
    uint32_t least_width, least_height; /* 0: no shrink */
    bool planes, luma;
    uint32_t step; /* rows a call; 0: all at once */
};
extern const struct test_reading test_reading_default;

/* What a reading decoded, copied before the source was closed (metadata views
 * are into the file, and into the arena while it lives). */
struct test_decoded {
    struct ml_source_header header;
    unsigned warnings;
    char warning[96];
};

/* Open, start, read all, end, close.  On ML_OK *frame_out is to be closed; on
 * failure nothing is left. */
enum ml_status test_decode(struct ml_bytes file,
                           const struct test_reading *reading,
                           struct ml_arena *arena, struct test_frame *frame_out,
                           struct test_decoded *told_out, struct ml_error *err);

#endif
