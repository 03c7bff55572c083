/* test_metadata.c: what lies beside the picture: carried, changed on
 * purpose, or dropped and said so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"
#include "codec/registry.h"
#include "support/codec/exif_block.h"
#include "support/codec/jpeg_fixture.h"

enum { SOF0 = 0xc0, APP0 = 0xe0, APP1 = 0xe1, APP2 = 0xe2, COM = 0xfe };

/* Something that has the header of a profile. */
static struct ml_bytes profile_make(size_t size, const char *space)
{
    struct ml_random random = {size};
    uint8_t *data = malloc(size);
    assert_non_null(data);
    for (size_t i = 0; i < size; i++)
        data[i] = (uint8_t)ml_random_next(&random);
    for (int i = 0; i < 4; i++)
        data[i] = (uint8_t)(size >> (24 - 8 * i));
    memcpy(data + 16, space, 4);
    memcpy(data + 36, "acsp", 4);
    return (struct ml_bytes){data, size};
}

static void profile_free(struct ml_bytes profile)
{
    free((void *)(uintptr_t)profile.data);
}

/* Encode a small picture with this metadata. */
static void make_with(struct jpeg_fixture *f, enum ml_layout layout,
                      const struct ml_metadata *metadata,
                      struct ml_sink *sink_out, struct test_file *file)
{
    const struct ml_shape shape = jpeg_shape(40, 30, layout, 420);
    struct test_frame frame;
    *sink_out = jpeg_sink(420, false);
    sink_out->metadata = *metadata;
    test_frame_open(&frame, &shape);
    test_frame_paint(&frame, 5);
    jpeg_encode(f, sink_out, &frame, 0, file);
    test_frame_close(&frame);
}

static void profiles_of_every_length_come_back(void **state)
{
    static const size_t sizes[] = {128, 3000, 65519, 65520, 65521, 400000};
    struct jpeg_fixture *f = *state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct ml_metadata metadata = {.orientation = 1};
        struct ml_sink sink;
        struct test_file file;
        metadata.icc = profile_make(sizes[i], "RGB ");
        make_with(f, ML_RGB, &metadata, &sink, &file);
        jpeg_look(f, &file);
        const struct ml_bytes back = f->decoded.header.metadata.icc;
        assert_int_equal(back.size, sizes[i]);
        assert_memory_equal(back.data, metadata.icc.data, sizes[i]);
        assert_int_equal(f->decoded.header.metadata.dropped, 0);
        assert_int_equal(sink.metadata.dropped, 0);
        profile_free(metadata.icc);
        test_file_close(&file);
    }
}

static void a_profile_of_another_colour_is_not_written(void **state)
{
    struct jpeg_fixture *f = *state;
    struct ml_metadata metadata = {.orientation = 1};
    struct ml_sink sink;
    struct test_file file;
    metadata.icc = profile_make(500, "RGB ");
    make_with(f, ML_GRAY, &metadata, &sink, &file);
    assert_int_equal(sink.metadata.dropped, ML_DROPPED_PROFILE);
    jpeg_look(f, &file);
    assert_null(f->decoded.header.metadata.icc.data);
    assert_int_equal(f->decoded.header.metadata.dropped, 0);
    profile_free(metadata.icc);
    test_file_close(&file);
}

/* The picture is fine all the same. */
static void a_profile_in_broken_pieces_is_dropped(void **state)
{
    struct jpeg_fixture *f = *state;
    struct ml_metadata metadata = {.orientation = 1};
    struct ml_sink sink;
    struct test_file file;
    metadata.icc = profile_make(100000, "RGB "); /* two pieces */
    make_with(f, ML_RGB, &metadata, &sink, &file);
    uint8_t *number = file.data + jpeg_find_marker(&file, APP2) + 16;
    static const uint8_t broken[][2] = {{0, 2}, {2, 2}, {3, 2}, {1, 3}, {1, 1}};
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        memcpy(number, broken[i], 2);
        f->reading.fail_on = ML_FAIL_ON_WARNING;
        jpeg_look(f, &file);
        assert_null(f->decoded.header.metadata.icc.data);
        assert_int_equal(f->decoded.header.metadata.dropped,
                         ML_DROPPED_PROFILE);
    }
    profile_free(metadata.icc);
    test_file_close(&file);
}

static void exif_comes_back_turned_and_without_thumbnail(void **state)
{
    struct jpeg_fixture *f = *state;
    for (int little = 0; little < 2; little++) {
        struct test_exif exif, want;
        struct ml_metadata metadata = {.orientation = 3};
        struct ml_sink sink;
        struct test_file file;
        test_exif_make(&exif, little, 6, true);
        test_exif_make(&want, little, 3, false);
        metadata.exif = (struct ml_bytes){exif.data, exif.size};
        make_with(f, ML_RGB, &metadata, &sink, &file);
        assert_int_equal(sink.metadata.dropped, ML_DROPPED_PREVIEWS);
        jpeg_look(f, &file);
        assert_int_equal(f->decoded.header.metadata.orientation, 3);
        const struct ml_bytes back = f->decoded.header.metadata.exif;
        assert_int_equal(back.size, want.size);
        assert_memory_equal(back.data, want.data, want.size);
        /* A view of the file, not a copy. */
        assert_true(back.data > file.data && back.data < file.data + file.size);
        test_file_close(&file);
    }
}

static void exif_that_cannot_be_understood_is_dropped(void **state)
{
    static const uint8_t nonsense[] = "XX*\0nonsense";
    struct jpeg_fixture *f = *state;
    struct ml_metadata metadata = {.orientation = 1};
    struct ml_sink sink;
    struct test_file file;
    metadata.exif = (struct ml_bytes){nonsense, sizeof nonsense};
    make_with(f, ML_RGB, &metadata, &sink, &file);
    assert_int_equal(sink.metadata.dropped, ML_DROPPED_BROKEN);
    static const uint8_t app1[] = {0xff, APP1, 0,   16,  'E', 'x', 'i', 'f', 0,
                                   0,    'X',  'X', '*', 0,   8,   0,   0,   0};
    jpeg_insert(&file, 2, app1, sizeof app1);
    jpeg_look(f, &file);
    assert_null(f->decoded.header.metadata.exif.data);
    assert_int_equal(f->decoded.header.metadata.orientation, 1);
    assert_int_equal(f->decoded.header.metadata.dropped, ML_DROPPED_BROKEN);
    test_file_close(&file);
}

/* From a PNG it may be longer than a JPEG marker can hold. */
static void exif_too_long_for_a_marker_is_dropped(void **state)
{
    struct jpeg_fixture *f = *state;
    struct ml_metadata metadata = {.orientation = 1};
    struct test_exif exif;
    struct ml_sink sink;
    struct test_file file;
    uint8_t *data = calloc(1, 70000);
    assert_non_null(data);
    test_exif_make(&exif, true, 1, false);
    memcpy(data, exif.data, exif.size);
    metadata.exif = (struct ml_bytes){data, 65527};
    make_with(f, ML_RGB, &metadata, &sink, &file);
    assert_int_equal(sink.metadata.dropped, 0);
    test_file_close(&file);
    metadata.exif.size = 65528;
    make_with(f, ML_RGB, &metadata, &sink, &file);
    assert_int_equal(sink.metadata.dropped, ML_DROPPED_BROKEN);
    test_file_close(&file);
    free(data);
}

/* Whatever it is that does not fit: a header, EXIF, a piece of the profile, the
 * picture.  The memory is malloc'd to its size, so a sanitizer sees one byte
 * too many. */
static void metadata_fills_no_more_than_there_is(void **state)
{
    struct jpeg_fixture *f = *state;
    struct test_exif exif;
    struct ml_metadata metadata = {.orientation = 1};
    struct ml_sink sink;
    struct test_file whole, file;
    struct test_frame frame;
    const struct ml_shape shape = jpeg_shape(40, 30, ML_RGB, 420);
    test_exif_make(&exif, 0, 6, false);
    metadata.exif = (struct ml_bytes){exif.data, exif.size};
    metadata.icc = profile_make(300, "RGB ");
    make_with(f, ML_RGB, &metadata, &sink, &whole);
    test_frame_open(&frame, &shape);
    test_frame_paint(&frame, 5);
    for (size_t room = 1; room <= whole.size + 1; room++) {
        sink = jpeg_sink(420, false);
        sink.metadata = metadata;
        const enum ml_status status =
            test_encode(&sink, &ml_codec_jpeg, &frame, 0, room, &file, &f->err);
        /* libjpeg takes an output without a byte left for full. */
        assert_int_equal(status, room <= whole.size ? ML_ERR_LIMIT : ML_OK);
    }
    assert_int_equal(file.size, whole.size);
    assert_memory_equal(file.data, whole.data, whole.size);
    test_frame_close(&frame);
    profile_free(metadata.icc);
    test_file_close(&whole);
    test_file_close(&file);
}

static void density_comes_back(void **state)
{
    struct jpeg_fixture *f = *state;
    const struct ml_metadata metadata = {.orientation = 1,
                                         .density_given = true,
                                         .x_density = 300,
                                         .y_density = 150,
                                         .density_unit = 2};
    struct ml_sink sink;
    struct test_file file;
    make_with(f, ML_RGB, &metadata, &sink, &file);
    jpeg_look(f, &file);
    const struct ml_metadata *back = &f->decoded.header.metadata;
    assert_true(back->density_given);
    assert_int_equal(back->x_density, 300);
    assert_int_equal(back->y_density, 150);
    assert_int_equal(back->density_unit, 2);
    test_file_close(&file);
}

/* ---- what is dropped is said ---- */

static void insert_marker(struct test_file *file, uint8_t code,
                          const char *body, size_t size)
{
    uint8_t bytes[256] = {0xff, code, 0, (uint8_t)(size + 2)};
    memcpy(bytes + 4, body, size);
    jpeg_insert(file, jpeg_find_marker(file, SOF0), bytes, size + 4);
}

static void whatever_is_dropped_is_said(void **state)
{
    static const struct {
        uint8_t code;
        const char *body;
        size_t size;
        unsigned dropped;
    } cases[] = {
        {APP1, "http://ns.adobe.com/xap/1.0/\0<x/>", 33, ML_DROPPED_XMP},
        {APP1, "http://ns.adobe.com/xmp/extension/\0", 35, ML_DROPPED_XMP},
        {0xed, "Photoshop 3.0\0008BIM", 18, ML_DROPPED_IPTC},
        {COM, "a comment", 9, ML_DROPPED_COMMENT},
        {APP2, "MPF\0II*\0", 8, ML_DROPPED_PREVIEWS},
        {APP0, "JFXX\0\x10", 6, ML_DROPPED_PREVIEWS},
        {0xec, "Ducky", 5, ML_DROPPED_OTHER},
        {0xe5, "", 0, ML_DROPPED_OTHER},
        {APP1, "", 0, ML_DROPPED_OTHER},
        {APP1, "Exif\0", 5, ML_DROPPED_OTHER},
        {APP2, "ICC_PROFILE\0", 12, ML_DROPPED_OTHER},
    };
    struct jpeg_fixture *f = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct test_file file;
        jpeg_make(f, jpeg_shape(16, 16, ML_RGB, 420), 420, false, &file);
        jpeg_look(f, &file);
        assert_int_equal(f->decoded.header.metadata.dropped, 0);
        insert_marker(&file, cases[i].code, cases[i].body, cases[i].size);
        jpeg_look(f, &file);
        assert_int_equal(f->decoded.header.metadata.dropped, cases[i].dropped);
        test_file_close(&file);
    }
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, jpeg_fixture_setup,                  \
                                    jpeg_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(profiles_of_every_length_come_back),
        TEST(a_profile_of_another_colour_is_not_written),
        TEST(a_profile_in_broken_pieces_is_dropped),
        TEST(exif_comes_back_turned_and_without_thumbnail),
        TEST(exif_that_cannot_be_understood_is_dropped),
        TEST(exif_too_long_for_a_marker_is_dropped),
        TEST(metadata_fills_no_more_than_there_is),
        TEST(density_comes_back),
        TEST(whatever_is_dropped_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
