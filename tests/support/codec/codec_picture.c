/* codec_picture.c: see codec_picture.h. */
#include "support/codec/codec_picture.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"
#include "codec/registry.h"

const struct test_reading test_reading_default = {
    .fail_on = ML_FAIL_ON_TRUNCATED,
    .limits = {.pixels = UINT64_C(256000000),
               .side = 65500,
               .jpeg_scans = 100,
               .input_bytes = UINT64_C(1) << 30,
               .output_bytes = UINT64_C(1) << 30},
};

/* 16-bit samples must stay aligned. */
static size_t frame_stride(const struct ml_shape *shape, uint32_t plane)
{
    return ml_row_bytes(shape, plane) + 3U * (shape->bits / 8U);
}

void test_frame_open(struct test_frame *frame, const struct ml_shape *shape)
{
    memset(frame, 0, sizeof *frame);
    frame->shape = *shape;
    frame->rows.y_end = shape->height;
    for (uint32_t p = 0; p < ml_plane_count(shape); p++) {
        const size_t stride = frame_stride(shape, p);
        const size_t rows = ml_plane_height(shape, p);
        frame->memory[p] =
            calloc(1, stride * (rows - 1) + ml_row_bytes(shape, p));
        assert_non_null(frame->memory[p]);
        frame->rows.data[p] = frame->memory[p];
        frame->rows.stride_bytes[p] = stride;
    }
}

void test_frame_close(struct test_frame *frame)
{
    for (int p = 0; p < ML_PLANE_MAX; p++)
        free(frame->memory[p]);
    memset(frame, 0, sizeof *frame);
}

/* Lighter and darker in waves of some tens of pixels; between 0.1 and 0.9. */
static double frame_light(double x, double y, double channel)
{
    return 0.5 + 0.2 * sin(x / (11 + 3 * channel) + channel) +
           0.15 * cos(y / (17 - 2 * channel) - x / 41);
}

static void frame_paint_row(struct test_frame *frame, uint32_t plane,
                            uint32_t y, struct ml_random *random)
{
    const struct ml_shape *shape = &frame->shape;
    const uint32_t channels = ml_channels(shape->layout);
    const uint32_t width = ml_plane_width(shape, plane);
    const double across = plane ? shape->sub_x : 1,
                 down = plane ? shape->sub_y : 1;
    uint8_t *row =
        frame->rows.data[plane] + y * frame->rows.stride_bytes[plane];
    for (size_t i = 0; i < (size_t)width * channels; i++) {
        const double grain = (ml_random_unit(random) - 0.5) * 0.02;
        double light =
            grain + frame_light((double)(i / channels) * across, y * down,
                                (double)(i % channels) + plane);
        if (ml_has_alpha(shape->layout) && i % channels == channels - 1)
            light = 1;
        if (shape->bits == 8)
            row[i] = (uint8_t)lround(light * 255);
        else
            ((uint16_t *)(void *)row)[i] = (uint16_t)lround(light * 65535);
    }
}

void test_frame_paint(struct test_frame *frame, uint64_t seed)
{
    struct ml_random random = {seed};
    for (uint32_t p = 0; p < ml_plane_count(&frame->shape); p++)
        for (uint32_t y = 0; y < ml_plane_height(&frame->shape, p); y++)
            frame_paint_row(frame, p, y, &random);
}

double test_psnr(const struct test_frame *a, const struct test_frame *b)
{
    double squares = 0, count = 0;
    assert_int_equal(a->shape.width, b->shape.width);
    assert_int_equal(a->shape.height, b->shape.height);
    assert_int_equal(a->shape.layout, b->shape.layout);
    assert_int_equal(a->shape.sub_x, b->shape.sub_x);
    assert_int_equal(a->shape.sub_y, b->shape.sub_y);
    assert_int_equal(a->shape.bits, 8);
    for (uint32_t p = 0; p < ml_plane_count(&a->shape); p++)
        for (uint32_t y = 0; y < ml_plane_height(&a->shape, p); y++)
            for (size_t i = 0; i < ml_row_bytes(&a->shape, p); i++) {
                const double d =
                    (double)a->rows.data[p][y * a->rows.stride_bytes[p] + i] -
                    b->rows.data[p][y * b->rows.stride_bytes[p] + i];
                squares += d * d;
                count++;
            }
    return squares > 0 ? 10 * log10(255.0 * 255.0 * count / squares) : 99;
}

void test_file_close(struct test_file *file)
{
    free(file->data);
    memset(file, 0, sizeof *file);
}

struct ml_bytes test_bytes(const struct test_file *file)
{
    return (struct ml_bytes){file->data, file->size};
}

static enum ml_status encode_rows(struct ml_sink *sink,
                                  const struct test_frame *frame, uint32_t step,
                                  struct ml_error *err)
{
    const struct ml_src all = ml_dst_as_src(&frame->rows);
    const uint32_t height = frame->shape.height;
    for (uint32_t y = 0; y < height;) {
        const uint32_t y_end = step && height - y > step ? y + step : height;
        const struct ml_src part = ml_src_part(&all, &frame->shape, y, y_end);
        const enum ml_status status = sink->codec->sink_write(sink, &part, err);
        if (status != ML_OK)
            return status;
        assert_int_equal(sink->next_y, y_end);
        y = y_end;
    }
    return sink->codec->sink_end(sink, err);
}

enum ml_status test_encode(struct ml_sink *sink, const struct ml_codec *codec,
                           const struct test_frame *frame, uint32_t step,
                           size_t capacity, struct test_file *file_out,
                           struct ml_error *err)
{
    struct ml_arena arena;
    assert_int_equal(ml_arena_open(&arena, (size_t)1 << 30, err), ML_OK);
    struct ml_output output = {.data = malloc(capacity), .capacity = capacity};
    assert_non_null(output.data);
    memset(file_out, 0, sizeof *file_out);
    sink->codec = codec;
    sink->shape = frame->shape;
    sink->output = &output;
    sink->arena = &arena;
    codec->sink_prepare(sink);
    enum ml_status status = codec->sink_open(sink, err);
    if (status == ML_OK)
        status = encode_rows(sink, frame, step, err);
    codec->sink_close(sink);
    if (status == ML_OK) {
        file_out->data = malloc(output.used);
        assert_non_null(file_out->data);
        memcpy(file_out->data, output.data, output.used);
        file_out->size = output.used;
    }
    free(output.data);
    ml_arena_close(&arena);
    return status;
}

static enum ml_status decode_rows(struct ml_source *source,
                                  struct test_frame *frame, uint32_t step,
                                  struct ml_error *err)
{
    const uint32_t height = frame->shape.height;
    for (uint32_t y = 0; y < height;) {
        const uint32_t y_end = step && height - y > step ? y + step : height;
        const struct ml_dst part =
            ml_dst_part(&frame->rows, &frame->shape, y, y_end);
        const enum ml_status status = ml_source_read(source, &part, err);
        if (status != ML_OK)
            return status;
        assert_int_equal(source->next_y, y_end);
        y = y_end;
    }
    return ml_source_end(source, err);
}

static enum ml_status decode_opened(struct ml_source *source,
                                    const struct test_reading *reading,
                                    struct test_frame *frame,
                                    struct ml_error *err)
{
    if (reading->least_width && source->codec->shrink)
        source->codec->shrink(source, reading->least_width,
                              reading->least_height);
    if (reading->planes && source->header.planes)
        source->codec->planes(source);
    if (reading->luma && source->header.luma)
        source->codec->luma(source);
    enum ml_status status = ml_source_start(source, err);
    if (status != ML_OK)
        return status;
    test_frame_open(frame, &source->header.shape);
    status = decode_rows(source, frame, reading->step, err);
    if (status != ML_OK)
        test_frame_close(frame);
    return status;
}

enum ml_status test_decode(struct ml_bytes file,
                           const struct test_reading *reading,
                           struct ml_arena *arena, struct test_frame *frame_out,
                           struct test_decoded *told_out, struct ml_error *err)
{
    const struct ml_source_options options = {reading->fail_on,
                                              reading->limits};
    struct ml_source source;
    enum ml_status status = ml_source_open(&source, file, &options, arena, err);
    if (status == ML_OK)
        status = decode_opened(&source, reading, frame_out, err);
    told_out->header = source.header;
    told_out->warnings = source.warnings;
    memcpy(told_out->warning, source.warning, sizeof source.warning);
    ml_source_close(&source);
    ml_source_close(&source); /* always safe */
    return status;
}
