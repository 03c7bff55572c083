/* test_corpus.c: every PNG of the corpus meets what its manifest expects.
 *
 * The corpus is found by MINILAB_CORPUS, else beside the source directory; it
 * is not part of the project, and without it there is nothing to test.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/codec/codec_context.h"
#include "support/codec/png_bytes.h"
#include "support/skip.h"

static const char *corpus_root(void)
{
    const char *root = getenv("MINILAB_CORPUS");
    return root ? root : ML_TEST_SOURCE_DIR "/../shared/corpus";
}

static FILE *corpus_open(const char *name)
{
    char path[4096];
    const int length =
        snprintf(path, sizeof path, "%s/%s", corpus_root(), name);
    assert_true(length > 0 && (size_t)length < sizeof path);
    return fopen(path, "rb");
}

static struct test_file corpus_read(const char *name)
{
    struct test_file file = {0};
    FILE *stream = corpus_open(name);
    if (!stream)
        print_message("missing: %s\n", name);
    assert_non_null(stream);
    assert_int_equal(fseek(stream, 0, SEEK_END), 0);
    file.size = (size_t)ftell(stream);
    file.data = malloc(file.size ? file.size : 1);
    assert_non_null(file.data);
    rewind(stream);
    assert_int_equal(fread(file.data, 1, file.size, stream), file.size);
    (void)fclose(stream);
    return file;
}

static void decodes(struct test_codec *c, const struct test_file *file,
                    uint32_t width, uint32_t height)
{
    struct test_frame frame;
    c->reading.fail_on = ML_FAIL_ON_TRUNCATED;
    test_codec_decode_ok(c, test_bytes(file), &frame);
    assert_int_equal(frame.shape.width, width);
    assert_int_equal(frame.shape.height, height);
    png_bytes_assert_as_libpng(test_bytes(file), &frame);
    test_frame_close(&frame);
}

static void is_refused(struct test_codec *c, const struct test_file *file)
{
    struct test_frame frame;
    c->reading.fail_on = ML_FAIL_ON_TRUNCATED;
    assert_int_not_equal(test_codec_decode(c, test_bytes(file), &frame), ML_OK);
    assert_true(strlen(c->err.what) > 0 && strlen(c->err.why) > 0);
}

/* Whatever the expectation: no --fail-on may crash, leak or hang. */
static void ends_cleanly(struct test_codec *c, const struct test_file *file)
{
    c->reading.limits.pixels = UINT64_C(20000000);
    for (int f = ML_FAIL_ON_NONE; f <= ML_FAIL_ON_WARNING; f++) {
        struct test_frame frame;
        c->reading.fail_on = (enum ml_fail_on)f;
        if (test_codec_decode(c, test_bytes(file), &frame) == ML_OK)
            test_frame_close(&frame);
        else
            assert_true(strlen(c->err.what) > 0 && strlen(c->err.why) > 0);
    }
    c->reading.limits = test_reading_default.limits;
}

/* One row of the manifest: path, category, expectation. */
static bool row_is_met(struct test_codec *c, char *row)
{
    const char *path = strtok(row, "\t");
    const char *category = strtok(NULL, "\t");
    const char *expectation = strtok(NULL, "\t");
    uint32_t width, height;
    if (!path || !category || !expectation ||
        (strncmp(category, "png/", 4) != 0 &&
         strcmp(category, "fuzz-seeds/png") != 0))
        return false;
    struct test_file file = corpus_read(path);
    print_message("%s: %s\n", path, expectation);
    ends_cleanly(c, &file);
    if (sscanf(expectation, "decodes %ux%u", &width, &height) == 2)
        decodes(c, &file, width, height);
    else if (strcmp(expectation, "must be refused") == 0)
        is_refused(c, &file);
    test_file_close(&file);
    return true;
}

static void every_png_meets_its_expectation(void **state)
{
    FILE *manifest = corpus_open("manifest.tsv");
    if (!manifest)
        ml_test_skip("no corpus at %s (set MINILAB_CORPUS)", corpus_root());
    char row[8192];
    size_t met = 0;
    while (fgets(row, sizeof row, manifest))
        met += row_is_met(*state, row);
    (void)fclose(manifest);
    print_message("%zu files\n", met);
    assert_true(met > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_png_meets_its_expectation,
                                        test_codec_setup, test_codec_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
