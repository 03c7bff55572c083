/* mixed_tree.c: see mixed_tree.h. */
#include "support/files/mixed_tree.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <png.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "codec/registry.h"
#include "support/codec/codec_context.h"
#include "support/codec/png_bytes.h"
#include "support/temp_dir.h"

enum { MIXED_PATH_MAX = 512, MIXED_FILE_MAX = 4 << 20, MIXED_LONG_NAME = 255 };

struct mixed_jpeg {
    const char *name;
    uint32_t width, height;
    enum ml_layout layout;
    uint16_t subsample;
    bool progressive;
};

static const struct mixed_jpeg mixed_jpegs[] = {
    {"baseline 420.jpg", 97, 61, ML_RGB, 420, false},
    {"-dash.jpeg", 64, 48, ML_RGB, 444, false},
    {"new\nline.jpg", 33, 130, ML_RGB, 422, true},
    {"sub/gray.JPG", 80, 41, ML_GRAY, 420, false},
    {"sub/deep/er/one pixel.jpg", 1, 1, ML_RGB, 420, false},
    {"bad\xff\xfe.jpg", 120, 30, ML_GRAY, 420, true},
};

struct mixed_png {
    const char *name;
    struct png_kind kind;
};

static const struct mixed_png mixed_pngs[] = {
    {"gray1.png", {61, 43, PNG_COLOR_TYPE_GRAY, 1, false, false}},
    {"gray4 i.png", {62, 44, PNG_COLOR_TYPE_GRAY, 4, true, false}},
    {"gray16.png", {63, 45, PNG_COLOR_TYPE_GRAY, 16, false, false}},
    {"sub/palette2.png", {64, 46, PNG_COLOR_TYPE_PALETTE, 2, false, false}},
    {"sub/palette8t.png", {65, 47, PNG_COLOR_TYPE_PALETTE, 8, false, true}},
    {"sub/rgb8.png", {66, 48, PNG_COLOR_TYPE_RGB, 8, false, false}},
    {"sub/rgb8t i.png", {67, 49, PNG_COLOR_TYPE_RGB, 8, true, true}},
    {"sub/rgb16.png", {68, 50, PNG_COLOR_TYPE_RGB, 16, false, false}},
    {"sub/deep/ga8.png", {69, 51, PNG_COLOR_TYPE_GRAY_ALPHA, 8, false, false}},
    {"sub/deep/ga16.png", {70, 52, PNG_COLOR_TYPE_GRAY_ALPHA, 16, true, false}},
    {"sub/deep/rgba8.png", {71, 53, PNG_COLOR_TYPE_RGB_ALPHA, 8, true, false}},
    {"$HOME `rgba16`'\".png",
     {72, 54, PNG_COLOR_TYPE_RGB_ALPHA, 16, false, false}},
};

void mixed_picture(const char *path, const struct ml_codec *codec,
                   struct ml_shape shape, const struct ml_sink *sink)
{
    struct ml_sink used = {.options = ml_sink_options_default};
    struct test_frame frame;
    struct test_file file;
    struct ml_error err;
    if (sink)
        used = *sink;
    test_frame_open(&frame, &shape);
    test_frame_paint(&frame, shape.width);
    assert_int_equal(
        test_encode(&used, codec, &frame, 0, MIXED_FILE_MAX, &file, &err),
        ML_OK);
    place_file(path, file.data, file.size);
    test_file_close(&file);
    test_frame_close(&frame);
}

static void mixed_path(char path[MIXED_PATH_MAX], const char *root,
                       const char *name)
{
    const int used = snprintf(path, MIXED_PATH_MAX, "%s/%s", root, name);
    assert_in_range(used, 1, MIXED_PATH_MAX - 1);
}

static size_t mixed_make_jpegs(const char *root)
{
    const size_t count = sizeof mixed_jpegs / sizeof *mixed_jpegs;
    char path[MIXED_PATH_MAX];
    for (size_t i = 0; i < count; i++) {
        const struct mixed_jpeg *jpeg = &mixed_jpegs[i];
        struct ml_sink sink = {.options = ml_sink_options_default};
        sink.options.subsample = jpeg->subsample;
        sink.options.progressive = jpeg->progressive;
        mixed_path(path, root, jpeg->name);
        mixed_picture(path, &ml_codec_jpeg,
                      test_shape(jpeg->width, jpeg->height, jpeg->layout, 8),
                      &sink);
    }
    return count;
}

static size_t mixed_make_pngs(const char *root)
{
    const size_t count = sizeof mixed_pngs / sizeof *mixed_pngs;
    char path[MIXED_PATH_MAX];
    for (size_t i = 0; i < count; i++) {
        struct test_file file;
        assert_true(png_bytes_make(&mixed_pngs[i].kind, &file));
        mixed_path(path, root, mixed_pngs[i].name);
        place_file(path, file.data, file.size);
        test_file_close(&file);
    }
    return count;
}

/* A name of the greatest length. */
static size_t mixed_make_long(const char *root)
{
    char name[MIXED_LONG_NAME + 1], path[MIXED_PATH_MAX];
    memset(name, 'n', MIXED_LONG_NAME);
    memcpy(name + MIXED_LONG_NAME - 4, ".ppm", 5);
    mixed_path(path, root, name);
    mixed_picture(path, &ml_codec_pnm, test_shape(50, 40, ML_RGB, 8), NULL);
    return 1;
}

size_t mixed_tree_make(const char *root)
{
    static const char *const folders[] = {"", "sub", "sub/deep", "sub/deep/er"};
    char path[MIXED_PATH_MAX];
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        mixed_path(path, root, folders[i]);
        assert_int_equal(mkdir(path, 0777), 0);
    }
    mixed_path(path, root, "sub/gray16.pgm");
    mixed_picture(path, &ml_codec_pnm, test_shape(40, 33, ML_GRAY, 16), NULL);
    return 1 + mixed_make_jpegs(root) + mixed_make_pngs(root) +
           mixed_make_long(root);
}
