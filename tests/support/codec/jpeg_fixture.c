/* jpeg_fixture.c: see jpeg_fixture.h. */
#include "support/codec/jpeg_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "codec/registry.h"

enum { FIXTURE_CAPACITY = 4 << 20 };

int jpeg_fixture_setup(void **state)
{
    struct jpeg_fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->reading = test_reading_default;
    assert_int_equal(ml_arena_open(&f->arena, (size_t)1 << 30, &f->err), ML_OK);
    *state = f;
    return 0;
}

int jpeg_fixture_teardown(void **state)
{
    struct jpeg_fixture *f = *state;
    ml_arena_close(&f->arena);
    free(f);
    return 0;
}

struct ml_shape jpeg_shape(uint32_t width, uint32_t height,
                           enum ml_layout layout, uint16_t subsample)
{
    const bool planes = layout == ML_YCC;
    return (struct ml_shape){
        .width = width,
        .height = height,
        .layout = layout,
        .bits = 8,
        .sub_x = planes && subsample != 444 ? 2 : 1,
        .sub_y = planes && subsample == 420 ? 2 : 1,
    };
}

struct ml_sink jpeg_sink(uint16_t subsample, bool progressive)
{
    struct ml_sink sink = {.options = ml_sink_options_default};
    sink.options.quality = 92;
    sink.options.subsample = subsample;
    sink.options.progressive = progressive;
    sink.metadata.orientation = 1;
    return sink;
}

void jpeg_encode(struct jpeg_fixture *f, struct ml_sink *sink,
                 const struct test_frame *frame, uint32_t step,
                 struct test_file *file)
{
    assert_int_equal(test_encode(sink, &ml_codec_jpeg, frame, step,
                                 FIXTURE_CAPACITY, file, &f->err),
                     ML_OK);
}

void jpeg_make(struct jpeg_fixture *f, struct ml_shape shape,
               uint16_t subsample, bool progressive, struct test_file *file)
{
    struct ml_sink sink = jpeg_sink(subsample, progressive);
    struct test_frame frame;
    test_frame_open(&frame, &shape);
    test_frame_paint(&frame, shape.width * 7919 + shape.height);
    jpeg_encode(f, &sink, &frame, 0, file);
    test_frame_close(&frame);
}

enum ml_status jpeg_decode(struct jpeg_fixture *f, const struct test_file *file,
                           struct test_frame *frame)
{
    ml_arena_reset(&f->arena, 0);
    return test_decode(test_bytes(file), &f->reading, &f->arena, frame,
                       &f->decoded, &f->err);
}

void jpeg_decode_ok(struct jpeg_fixture *f, const struct test_file *file,
                    struct test_frame *frame)
{
    const enum ml_status status = jpeg_decode(f, file, frame);
    if (status != ML_OK)
        print_message("%s: %s\n", f->err.what, f->err.why);
    assert_int_equal(status, ML_OK);
}

void jpeg_look(struct jpeg_fixture *f, const struct test_file *file)
{
    struct test_frame frame;
    jpeg_decode_ok(f, file, &frame);
    test_frame_close(&frame);
}

void jpeg_refused(struct jpeg_fixture *f, const struct test_file *file,
                  enum ml_status status)
{
    struct test_frame frame;
    const enum ml_status got = jpeg_decode(f, file, &frame);
    if (got != status)
        print_message("%s: %s: %s\n", ml_status_name(got), f->err.what,
                      f->err.why);
    assert_int_equal(got, status);
    assert_int_equal(f->err.status, status);
    assert_int_equal(f->err.step, ML_STEP_DECODE);
    assert_true(f->err.what[0] && f->err.why[0] && f->err.remedy[0]);
}

size_t jpeg_find_marker(const struct test_file *file, uint8_t code)
{
    for (size_t at = 2; at + 4 <= file->size && file->data[at] == 0xff;) {
        if (file->data[at + 1] == code)
            return at;
        at += 2 + ((size_t)file->data[at + 2] << 8 | file->data[at + 3]);
    }
    fail_msg("no marker %02x", code);
    return 0;
}

void jpeg_insert(struct test_file *file, size_t at, const void *bytes,
                 size_t size)
{
    uint8_t *data = malloc(file->size + size);
    assert_non_null(data);
    memcpy(data, file->data, at);
    memcpy(data + at, bytes, size);
    memcpy(data + at + size, file->data + at, file->size - at);
    free(file->data);
    file->data = data;
    file->size += size;
}
