/* Frames: what was written is read back, and a false header is refused before
 * it is used. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/random.h"
#include "pipeline/picture/frame.h"
#include "support/codec/codec_picture.h"

static const uint8_t icc[] = "a profile of odd length, 35 bytes..";
static const uint8_t exif[] = "exif";

struct made {
    uint8_t *data; /* 64-byte aligned, exactly `size` */
    size_t size;
};

static struct ml_shape make_shape(uint32_t width, uint32_t height,
                                  enum ml_layout layout, uint8_t bits,
                                  uint8_t sub_x, uint8_t sub_y)
{
    return (struct ml_shape){.width = width,
                             .height = height,
                             .layout = layout,
                             .bits = bits,
                             .sub_x = sub_x,
                             .sub_y = sub_y};
}

static struct ml_frame_header make_header(const struct ml_shape *shape)
{
    return (struct ml_frame_header){
        .shape = *shape,
        .full_width = shape->width * 2,
        .full_height = shape->height * 2,
        .codec = 1,
        .dropped = ML_DROPPED_XMP,
        .x_density = 300,
        .y_density = 301,
        .density_given = 1,
        .density_unit = 2,
        .orientation = 6,
    };
}

/* Write `from` to a frame, `step` rows at a time. */
static void make_frame(const struct test_frame *from, uint32_t step,
                       struct made *made)
{
    const struct ml_frame_header header = make_header(&from->shape);
    const struct ml_metadata metadata = {.icc = {icc, sizeof icc},
                                         .exif = {exif, sizeof exif}};
    const struct ml_src src = ml_dst_as_src(&from->rows);
    struct ml_frame frame;
    struct ml_error err;
    assert_true(ml_frame_bytes(&from->shape, &metadata, &made->size));
    made->data = aligned_alloc(64, (made->size + 63) / 64 * 64);
    assert_non_null(made->data);
    struct ml_output output = {.data = made->data, .capacity = made->size - 1};
    assert_int_equal(ml_frame_begin(&frame, &header, &metadata, &output, &err),
                     ML_ERR_LIMIT);
    output.capacity = made->size;
    assert_int_equal(ml_frame_begin(&frame, &header, &metadata, &output, &err),
                     ML_OK);
    assert_int_equal(output.used, made->size);
    for (uint32_t y = 0; y < from->shape.height; y += step) {
        const uint32_t left = from->shape.height - y;
        const struct ml_src part =
            ml_src_part(&src, &from->shape, y, y + (left < step ? left : step));
        assert_int_equal(ml_frame_write(&frame, &part, &err), ML_OK);
    }
}

static void assert_same_rows(const struct test_frame *a,
                             const struct test_frame *b)
{
    for (uint32_t p = 0; p < ml_plane_count(&a->shape); p++) {
        for (uint32_t y = 0; y < ml_plane_height(&a->shape, p); y++)
            assert_memory_equal(a->rows.data[p] + y * a->rows.stride_bytes[p],
                                b->rows.data[p] + y * b->rows.stride_bytes[p],
                                ml_row_bytes(&a->shape, p));
    }
}

static void check_round_trip(const struct ml_shape *shape, uint32_t step)
{
    struct test_frame from, to;
    struct made made;
    struct ml_frame frame;
    struct ml_error err;
    test_frame_open(&from, shape);
    test_frame_paint(&from, step);
    make_frame(&from, step, &made);
    assert_int_equal(ml_frame_open(&frame,
                                   (struct ml_bytes){made.data, made.size},
                                   &ml_limits_default, &err),
                     ML_OK);
    test_frame_open(&to, &frame.header.shape);
    for (uint32_t y = 0; y < shape->height; y += 8) {
        const uint32_t left = shape->height - y;
        const struct ml_dst part =
            ml_dst_part(&to.rows, shape, y, y + (left < 8 ? left : 8));
        assert_int_equal(ml_frame_read(&frame, &part, &err), ML_OK);
    }
    assert_same_rows(&from, &to);
    assert_int_equal(frame.metadata.icc.size, sizeof icc);
    assert_memory_equal(frame.metadata.icc.data, icc, sizeof icc);
    assert_int_equal(frame.metadata.exif.size, sizeof exif);
    assert_memory_equal(frame.metadata.exif.data, exif, sizeof exif);
    assert_int_equal(frame.metadata.orientation, 6);
    assert_int_equal(frame.metadata.x_density, 300);
    assert_int_equal(frame.metadata.y_density, 301);
    assert_true(frame.metadata.density_given);
    assert_int_equal(frame.metadata.density_unit, 2);
    assert_int_equal(frame.metadata.dropped, ML_DROPPED_XMP);
    assert_int_equal(frame.header.full_width, shape->width * 2);
    free(made.data);
    test_frame_close(&from);
    test_frame_close(&to);
}

static void what_was_written_is_read_back(void **state)
{
    (void)state;
    const struct ml_shape shapes[] = {
        make_shape(1, 1, ML_GRAY, 8, 1, 1),
        make_shape(33, 47, ML_RGB, 8, 1, 1),
        make_shape(65, 20, ML_RGBA, 16, 1, 1),
        make_shape(17, 31, ML_YCC, 8, 2, 2),
        make_shape(19, 29, ML_YCC, 8, 4, 1),
        make_shape(21, 5, ML_CMYK, 8, 1, 1),
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        check_round_trip(&shapes[i], 4);
        check_round_trip(&shapes[i], 32);
    }
}

/* ---- false headers ---- */

static enum ml_status open_false(const struct made *made,
                                 const struct ml_frame_header *header)
{
    struct ml_frame frame;
    struct ml_error err = {.status = ML_OK};
    memcpy(made->data, header, sizeof *header);
    const enum ml_status status =
        ml_frame_open(&frame, (struct ml_bytes){made->data, made->size},
                      &ml_limits_default, &err);
    if (status != ML_OK)
        assert_true(err.what[0] != '\0' && err.remedy[0] != '\0');
    return status;
}

#define ASSERT_REFUSED(field, value)                                           \
    do {                                                                       \
        struct ml_frame_header bad = good;                                     \
        bad.field = (value);                                                   \
        if (open_false(&made, &bad) == ML_OK)                                  \
            fail_msg("%s = %s was accepted", #field, #value);                  \
    } while (0)

static void a_false_header_is_refused(void **state)
{
    (void)state;
    const struct ml_shape shape = make_shape(40, 30, ML_RGB, 8, 1, 1);
    struct test_frame from;
    struct made made;
    struct ml_frame_header good;
    test_frame_open(&from, &shape);
    make_frame(&from, 32, &made);
    memcpy(&good, made.data, sizeof good);
    assert_int_equal(open_false(&made, &good), ML_OK);
    ASSERT_REFUSED(magic, 0);
    ASSERT_REFUSED(icc_bytes, UINT64_MAX);
    ASSERT_REFUSED(icc_bytes, made.size);
    ASSERT_REFUSED(icc_bytes, (uint64_t)UINT32_MAX + 1);
    ASSERT_REFUSED(exif_bytes, UINT64_MAX - 63);
    ASSERT_REFUSED(exif_bytes, made.size);
    ASSERT_REFUSED(pixel_bytes, 0);
    ASSERT_REFUSED(pixel_bytes, good.pixel_bytes + 1);
    ASSERT_REFUSED(shape.width, 0);
    ASSERT_REFUSED(shape.width, UINT32_MAX);
    ASSERT_REFUSED(shape.width, good.shape.width + 64);
    ASSERT_REFUSED(shape.height, 0);
    ASSERT_REFUSED(shape.height, good.shape.height + 1);
    ASSERT_REFUSED(shape.layout, ML_LAYOUT_COUNT);
    ASSERT_REFUSED(shape.layout, (enum ml_layout)1000);
    ASSERT_REFUSED(shape.bits, 0);
    ASSERT_REFUSED(shape.bits, 16);
    ASSERT_REFUSED(shape.sub_x, 0);
    ASSERT_REFUSED(shape.sub_x, 2);
    ASSERT_REFUSED(shape.sub_y, 0);
    ASSERT_REFUSED(shape.sub_y, 4);
    ASSERT_REFUSED(full_width, 0);
    ASSERT_REFUSED(full_height, UINT32_MAX);
    ASSERT_REFUSED(codec, 1000);
    ASSERT_REFUSED(orientation, 0);
    ASSERT_REFUSED(orientation, 9);
    free(made.data);
    test_frame_close(&from);
}

static void planes_are_of_eight_bits(void **state)
{
    (void)state;
    const struct ml_shape shape = make_shape(40, 30, ML_YCC, 8, 2, 2);
    struct test_frame from;
    struct made made;
    struct ml_frame_header good;
    struct ml_shape wide = shape;
    size_t pixel_bytes;
    test_frame_open(&from, &shape);
    make_frame(&from, 32, &made);
    memcpy(&good, made.data, sizeof good);
    ASSERT_REFUSED(shape.sub_x, 3);
    ASSERT_REFUSED(shape.sub_y, 0);
    /* Planes of 16 bits do not exist, even where the bytes fit. */
    wide.bits = 16;
    wide.height = 10;
    assert_true(ml_rows_bytes(&wide, wide.height, &pixel_bytes));
    struct ml_frame_header bad = good;
    bad.shape = wide;
    bad.pixel_bytes = pixel_bytes;
    assert_int_equal(open_false(&made, &bad), ML_ERR_INTERNAL);
    free(made.data);
    test_frame_close(&from);
}

/* If a random header is accepted, all that it describes is within the bytes.
 * Under the address sanitizer, reading all of it proves that. */
static void random_headers_are_refused_or_harmless(void **state)
{
    (void)state;
    const struct ml_shape shape = make_shape(24, 16, ML_RGB, 8, 1, 1);
    struct ml_random random = {.state = 11};
    struct test_frame from;
    struct made made;
    struct ml_frame_header good;
    test_frame_open(&from, &shape);
    make_frame(&from, 32, &made);
    memcpy(&good, made.data, sizeof good);
    for (int round = 0; round < 20000; round++) {
        struct ml_frame frame;
        struct ml_error err;
        unsigned sum = 0;
        memcpy(made.data, &good, sizeof good);
        for (uint32_t n = 1 + ml_random_below(&random, 3); n > 0; n--)
            made.data[ml_random_below(&random, sizeof good)] =
                (uint8_t)ml_random_below(&random, 256);
        const size_t size = ml_random_below(&random, 4) == 0
                                ? ml_random_below(&random, (uint32_t)made.size)
                                : made.size;
        if (ml_frame_open(&frame, (struct ml_bytes){made.data, size},
                          &ml_limits_default, &err) != ML_OK)
            continue;
        for (size_t i = 0; i < frame.metadata.icc.size; i++)
            sum += frame.metadata.icc.data[i];
        for (size_t i = 0; i < frame.metadata.exif.size; i++)
            sum += frame.metadata.exif.data[i];
        for (size_t i = 0; i < frame.header.pixel_bytes; i++)
            sum += frame.pixels_in[i];
        assert_true(frame.pixels_in + frame.header.pixel_bytes <=
                        made.data + size &&
                    sum < UINT32_MAX);
    }
    free(made.data);
    test_frame_close(&from);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_is_read_back),
        cmocka_unit_test(a_false_header_is_refused),
        cmocka_unit_test(planes_are_of_eight_bits),
        cmocka_unit_test(random_headers_are_refused_or_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
