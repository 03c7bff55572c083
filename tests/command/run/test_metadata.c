/* test_metadata.c: metadata, through the program: profile and EXIF are kept
 * between formats, orientation is reset when it was applied, the summary names
 * what was dropped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codec/registry.h"
#include "support/codec/codec_context.h"
#include "support/codec/exif_block.h"
#include "support/codec/jpeg_fixture.h"
#include "support/codec/png_bytes.h"
#include "support/files/mixed_tree.h"
#include "support/temp_dir.h"

enum {
    WIDTH = 60,
    HEIGHT = 40,
    PROFILE_BYTES = 700,
    TURNED = 6, /* EXIF: rotate by 90 degrees clockwise for display */
    FILE_MAX = 1 << 20
};

/* Pixels between stages, not files. */
#define BY_FRAMES                                                              \
    "--plan 'read@threads:1 | decode@processes:1 | "                           \
    "filter@threads:1 | encode@processes:1 | write@threads:1'"

static const char *const modes[] = {"-m serial", "-m processes", BY_FRAMES};
#define MODES (sizeof modes / sizeof *modes)

static uint8_t profile[PROFILE_BYTES];

/* A header that libpng accepts, no tags, and bytes to recognise it by. */
static void make_profile(void)
{
    for (size_t i = 132; i < sizeof profile; i++)
        profile[i] = (uint8_t)(i * 7);
    profile[2] = PROFILE_BYTES >> 8;
    profile[3] = PROFILE_BYTES & 255;
    profile[8] = 4; /* version */
    memcpy(profile + 12, "mntrRGB XYZ ", 12);
    memcpy(profile + 36, "acsp", 4);
}

/* ---- files ---- */

static void read_whole(const char *path, struct test_file *file)
{
    FILE *stream = fopen(path, "rbe");
    if (!stream)
        fail_msg("%s is not there", path);
    file->data = malloc(FILE_MAX);
    assert_non_null(file->data);
    file->size = fread(file->data, 1, FILE_MAX, stream);
    (void)fclose(stream);
}

static void insert_in_jpeg(struct test_file *file, const struct test_exif *exif)
{
    static const uint8_t comment[] = {0xff, 0xfe, 0, 6, 'h', 'e', 'h', 'o'};
    uint8_t segment[TEST_EXIF_CAPACITY + 10] = {0xff, 0xe1, 0, 0};
    const size_t length = exif->size + 8; /* with itself and the name */
    segment[2] = (uint8_t)(length >> 8);
    segment[3] = (uint8_t)length;
    memcpy(segment + 4, "Exif\0", 6);
    memcpy(segment + 10, exif->data, exif->size);
    jpeg_insert(file, 2, comment, sizeof comment);
    jpeg_insert(file, 2, segment, exif->size + 10);
}

static void insert_in_png(struct test_file *file, const struct test_exif *exif)
{
    const struct ml_bytes bytes = {file->data, file->size};
    const size_t at = png_bytes_find(bytes, "IDAT", 0);
    png_bytes_insert(file, at, "tEXt", "Comment\0hello", 13);
    png_bytes_insert(file, at, "eXIf", exif->data, exif->size);
}

static void make_input(const char *path, const struct ml_codec *codec,
                       uint16_t orientation)
{
    struct ml_sink sink = {.options = ml_sink_options_default};
    struct test_exif exif;
    struct test_file file;
    test_exif_make(&exif, codec == &ml_codec_png, orientation, true);
    sink.metadata.icc = (struct ml_bytes){profile, sizeof profile};
    sink.metadata.orientation = 1;
    mixed_picture(path, codec, test_shape(WIDTH, HEIGHT, ML_RGB, 8), &sink);
    read_whole(path, &file);
    if (codec == &ml_codec_jpeg)
        insert_in_jpeg(&file, &exif);
    else
        insert_in_png(&file, &exif);
    place_file(path, file.data, file.size);
    test_file_close(&file);
}

static int make_inputs(void **state)
{
    if (place_open(state) != 0)
        return -1;
    make_profile();
    make_input("turned.jpg", &ml_codec_jpeg, TURNED);
    make_input("turned.png", &ml_codec_png, TURNED);
    return 0;
}

/* ---- outputs ---- */

/* EXIF is that of the input, but for orientation and thumbnail. */
static void assert_metadata(const struct ml_source_header *facts, bool little,
                            uint8_t orientation)
{
    struct test_exif want;
    test_exif_make(&want, little, orientation, false);
    assert_int_equal(facts->metadata.icc.size, sizeof profile);
    assert_memory_equal(facts->metadata.icc.data, profile, sizeof profile);
    assert_int_equal(facts->metadata.orientation, orientation);
    assert_int_equal(facts->metadata.exif.size, want.size);
    assert_memory_equal(facts->metadata.exif.data, want.data, want.size);
}

static void assert_output(const char *path, bool little, uint8_t orientation)
{
    const struct ml_source_options options = {.limits = ml_limits_default};
    struct ml_arena arena;
    struct ml_source source;
    struct ml_error err;
    struct test_file file;
    read_whole(path, &file);
    assert_int_equal(ml_arena_open(&arena, (size_t)16 << 20, &err), ML_OK);
    assert_int_equal(ml_source_open(&source,
                                    (struct ml_bytes){file.data, file.size},
                                    &options, &arena, &err),
                     ML_OK);
    assert_int_equal(source.header.full_width,
                     orientation == TURNED ? WIDTH : HEIGHT);
    assert_int_equal(source.header.full_height,
                     orientation == TURNED ? HEIGHT : WIDTH);
    assert_metadata(&source.header, little, orientation);
    ml_source_close(&source);
    ml_arena_close(&arena);
    test_file_close(&file);
}

static void across(struct place *place, const char *mode, const char *from,
                   const char *to)
{
    char line[512], output[64];
    const bool little = strcmp(from, "png") == 0;
    (void)snprintf(output, sizeof output, "out/turned.%s",
                   strcmp(to, "png") == 0 ? "png" : "jpg");
    (void)snprintf(line, sizeof line,
                   "rm -rf out; $M run %s --to %s turned.%s -o out", mode, to,
                   from);
    place_passes(place, line);
    place_says(place, "not carried across: comments (1), previews (1)\n");
    assert_output(output, little, 1);
    (void)snprintf(line, sizeof line,
                   "rm -rf out; $M run --no-auto-orient %s --to %s turned.%s "
                   "-o out",
                   mode, to, from);
    place_passes(place, line);
    assert_output(output, little, TURNED);
}

static void profile_and_exif_go_across_in_both_formats(void **state)
{
    static const char *const formats[] = {"jpeg", "png"};
    static const char *const endings[] = {"jpg", "png"};
    for (size_t m = 0; m < MODES; m++) {
        for (size_t i = 0; i < 4; i++)
            across(*state, modes[m], endings[i / 2], formats[i % 2]);
    }
}

/* A gray picture cannot keep a profile for RGB. */
static void a_profile_of_other_colours_is_dropped_and_named(void **state)
{
    for (size_t m = 0; m < MODES; m++) {
        char line[512];
        (void)snprintf(line, sizeof line,
                       "rm -rf out; $M run %s -f gray turned.jpg turned.png "
                       "-o out",
                       modes[m]);
        place_passes(*state, line);
        place_says(*state, "ICC profile (2)");
        place_passes(*state, "$M info out");
        place_lacks(*state, "ICC");
        place_says(*state, "EXIF");
    }
}

static void pnm_carries_nothing_and_says_so(void **state)
{
    place_passes(*state, "rm -rf out; $M run --to pnm turned.jpg -o out");
    place_says(*state, "not carried across: ");
    place_says(*state, "ICC profile (1)");
}

static void silence_covers_what_is_dropped(void **state)
{
    place_passes(*state, "rm -rf out; $M run -s turned.jpg -o out");
    place_prints_lines(*state, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(profile_and_exif_go_across_in_both_formats),
        cmocka_unit_test(a_profile_of_other_colours_is_dropped_and_named),
        cmocka_unit_test(pnm_carries_nothing_and_says_so),
        cmocka_unit_test(silence_covers_what_is_dropped),
    };
    return cmocka_run_group_tests(tests, make_inputs, place_close);
}
