/* test_codec.c: the table, names, formats that no codec reads, limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "codec/registry.h"

static void every_row_of_the_table_is_complete(void **state)
{
    size_t count;
    const struct ml_codec *const *codecs = ml_codecs(&count);
    (void)state;
    assert_true(count >= 1);
    for (size_t i = 0; i < count; i++) {
        const struct ml_codec *c = codecs[i];
        assert_true(c->name && c->extensions[0] && c->sniff && c->open);
        assert_true(c->start && c->read && c->end && c->close && c->storable);
        assert_true(c->sink_prepare && c->sink_open && c->sink_write);
        assert_true(c->sink_end && c->sink_close);
        assert_false(c->sniff(NULL, 0));
    }
}

static void a_codec_is_found_by_the_ending_of_a_name(void **state)
{
    (void)state;
    assert_ptr_equal(ml_codec_of_name("a.jpg"), &ml_codec_jpeg);
    assert_ptr_equal(ml_codec_of_name("/x.y/a.b.JPeG"), &ml_codec_jpeg);
    assert_ptr_equal(ml_codec_of_name("--.jfif"), &ml_codec_jpeg);
    assert_null(ml_codec_of_name("a.jpg/b"));
    assert_null(ml_codec_of_name("x/.jpg"));
    assert_null(ml_codec_of_name(".jpg"));
    assert_null(ml_codec_of_name("jpg"));
    assert_null(ml_codec_of_name("a."));
    assert_null(ml_codec_of_name("a.jpgg"));
    assert_null(ml_codec_of_name(""));
}

/* Open must fail, with the cause in *err. */
static enum ml_status refused(const char *bytes, size_t size,
                              struct ml_error *err)
{
    const struct ml_source_options options = {ML_FAIL_ON_TRUNCATED,
                                              ml_limits_default};
    /* Exactly as many bytes as there are: nothing behind them is read. */
    uint8_t *data = malloc(size ? size : 1);
    struct ml_arena arena;
    struct ml_source source;
    assert_non_null(data);
    memcpy(data, bytes, size);
    assert_int_equal(ml_arena_open(&arena, 1 << 20, err), ML_OK);
    const enum ml_status status = ml_source_open(
        &source, (struct ml_bytes){data, size}, &options, &arena, err);
    ml_source_close(&source);
    ml_arena_close(&arena);
    free(data);
    assert_int_equal(err->status, status);
    assert_int_equal(err->step, ML_STEP_DECODE);
    return status;
}

static void foreign_formats_are_named(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
        const char *named;
    } cases[] = {
        {"GIF89a......", 12, "a GIF"},
        {"RIFF\1\2\3\4WEBPVP8 ", 16, "a WebP"},
        {"II*\0\10\0\0\0", 8, "a TIFF"},
        {"MM\0*\0\0\0\10", 8, "a TIFF"},
        {"BM\1\2\3\4\0\0\0\0\x36", 11, "a BMP"},
        {"\0\0\0\x20"
         "ftypheic\0\0\0\0",
         16, "a HEIC"},
        {"\0\0\0\x20"
         "ftypavif\0\0\0\0",
         16, "an AVIF"},
        {"\0\0\0\x20"
         "ftypmif1\0\0\0\0",
         16, "a HEIF"},
        {"\0\0\0\x20"
         "ftypisom\0\0\0\0",
         16, "a video"},
        {"%PDF-1.7\n", 9, "a PDF"},
        {"\n<!DOCTYPE html>\n<html>", 23, "a web page"},
        {"<?xml version='1.0'?><svg/>", 27, "an SVG"},
        {"Dear reader, \xc3\xa9t\xc3\xa9\r\n", 20, "text"},
        {"PK\3\4....", 8, "a zip archive"},
        {"\xff\x0a..", 4, "a JPEG XL"},
        {"\x01\x02\x03\x04", 4, "unknown bytes: 01 02 03 04"},
        {"\xff\xd8", 2, "unknown bytes: ff d8"},
        {"x", 1, "text"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ml_error err;
        assert_int_equal(refused(cases[i].bytes, cases[i].size, &err),
                         ML_ERR_FORMAT);
        if (!strstr(err.why, cases[i].named))
            fail_msg("\"%s\" does not name %s", err.why, cases[i].named);
        assert_true(err.remedy[0] != '\0');
    }
}

static void an_empty_file_is_said_to_be_empty(void **state)
{
    struct ml_error err;
    (void)state;
    assert_int_equal(refused("", 0, &err), ML_ERR_FORMAT);
    assert_non_null(strstr(err.why, "0 bytes"));
}

static void limits_hold_exactly(void **state)
{
    const struct ml_limits limits = {.pixels = 1000, .side = 100};
    struct ml_error err;
    (void)state;
    assert_int_equal(ml_limits_check(&limits, 100, 10, &err), ML_OK);
    assert_int_equal(ml_limits_check(&limits, 101, 1, &err), ML_ERR_LIMIT);
    assert_non_null(strstr(err.remedy, "--limit-side"));
    assert_int_equal(ml_limits_check(&limits, 1, 101, &err), ML_ERR_LIMIT);
    assert_int_equal(ml_limits_check(&limits, 77, 13, &err), ML_ERR_LIMIT);
    assert_non_null(strstr(err.remedy, "--limit-pixels"));
    assert_non_null(strstr(err.why, "1001"));
    assert_int_equal(ml_limits_check(&limits, 0, 10, &err), ML_ERR_CORRUPT);
    assert_int_equal(ml_limits_check(&limits, 10, 0, &err), ML_ERR_CORRUPT);
    assert_int_equal(ml_limits_check(&limits, UINT64_MAX, UINT64_MAX, &err),
                     ML_ERR_LIMIT);
}

static void severities_are_ordered(void **state)
{
    static const enum ml_status kinds[] = {ML_ERR_TRUNCATED, ML_ERR_CORRUPT,
                                           ML_ERR_WARNING};
    (void)state;
    for (int kind = 0; kind < 3; kind++)
        for (int on = ML_FAIL_ON_NONE; on <= ML_FAIL_ON_WARNING; on++)
            assert_int_equal(ml_fails_on((enum ml_fail_on)on, kinds[kind]),
                             on > kind);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_of_the_table_is_complete),
        cmocka_unit_test(a_codec_is_found_by_the_ending_of_a_name),
        cmocka_unit_test(foreign_formats_are_named),
        cmocka_unit_test(an_empty_file_is_said_to_be_empty),
        cmocka_unit_test(limits_hold_exactly),
        cmocka_unit_test(severities_are_ordered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
