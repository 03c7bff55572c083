/* test_gen.c: the corpora that `gen` plans and writes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "codec/registry.h"
#include "command/gen/corpus.h"
#include "command/gen/defects.h"
#include "support/temp_dir.h"

static struct ml_corpus small_corpus(void)
{
    return (struct ml_corpus){
        .seed = 1, .count = 40, .sink = ml_sink_options_default, .jobs = 1};
}

static void a_picture_does_not_depend_on_how_many_there_are(void **state)
{
    (void)state;
    struct ml_corpus few = small_corpus(), many = small_corpus();
    char few_name[ML_CORPUS_NAME_MAX], many_name[ML_CORPUS_NAME_MAX];
    many.count = 2000;
    for (uint32_t i = 0; i < few.count; i++) {
        struct ml_gen_picture a, b;
        ml_corpus_picture(&few, i, &a, few_name);
        ml_corpus_picture(&many, i, &b, many_name);
        assert_true(a.seed == b.seed);
        assert_string_equal(few_name, many_name);
    }
}

static void names_and_folders_alternate(void **state)
{
    (void)state;
    struct ml_corpus corpus = small_corpus();
    struct ml_gen_picture picture;
    char name[ML_CORPUS_NAME_MAX];
    corpus.folders = 2;
    ml_corpus_picture(&corpus, 0, &picture, name);
    assert_string_equal(name, "img-0001.jpg");
    ml_corpus_picture(&corpus, 1, &picture, name);
    assert_string_equal(name, "folder-01/img-0002.jpg");
    ml_corpus_picture(&corpus, 2, &picture, name);
    assert_string_equal(name, "folder-02/img-0003.jpg");
    ml_corpus_picture(&corpus, 12345, &picture, name);
    assert_string_equal(name, "img-12346.jpg");
}

static void each_kind_has_its_usual_sizes_and_formats(void **state)
{
    (void)state;
    struct ml_corpus corpus = small_corpus();
    struct ml_gen_picture picture;
    char name[ML_CORPUS_NAME_MAX];
    size_t icons = 0, thumbnails = 0;
    corpus.kind = ML_CORPUS_WEB;
    for (uint32_t i = 0; i < 30; i++) {
        ml_corpus_picture(&corpus, i, &picture, name);
        assert_in_range(picture.shape.width, 16, 300);
        icons += picture.subject == ML_GEN_ICON &&
                 picture.shape.layout == ML_RGBA &&
                 picture.codec == &ml_codec_png;
        thumbnails +=
            picture.subject == ML_GEN_PHOTO && picture.codec == &ml_codec_jpeg;
    }
    assert_int_equal(icons, 20);
    assert_int_equal(thumbnails, 10);
    corpus.kind = ML_CORPUS_CHART;
    ml_corpus_picture(&corpus, 3, &picture, name);
    assert_int_equal(picture.subject, ML_GEN_CHART);
    assert_int_equal(picture.shape.width, 800);
}

static void exif_and_depth_go_where_they_can(void **state)
{
    (void)state;
    struct ml_corpus corpus = small_corpus();
    struct ml_gen_picture picture;
    char name[ML_CORPUS_NAME_MAX];
    corpus.format = ML_CORPUS_BOTH;
    corpus.exif = corpus.deep = true;
    ml_corpus_picture(&corpus, 6, &picture, name); /* JPEG */
    assert_int_equal(picture.orientation, 7);
    assert_int_equal(picture.shape.bits, 8);
    ml_corpus_picture(&corpus, 7, &picture, name); /* PNG */
    assert_int_equal(picture.orientation, 0);
    assert_int_equal(picture.shape.bits, 16);
}

static void the_same_seed_makes_the_same_bytes(void **state)
{
    struct place *place = *state;
    place_passes(place,
                 "$M gen --kind mixed --count 12 --size 64x48,33x70 --exif "
                 "--folders 2 -j1 a && $M gen --kind mixed --count 12 "
                 "--size 64x48,33x70 --exif --folders 2 -j3 b");
    place_passes(place,
                 "chmod u+r */*/unreadable.jpg && diff -r -x fifo.jpg a b");
    place_passes(place, "test $(find a -name 'img-*' | wc -l) = 12");
    place_passes(place,
                 "test -p a/defects/fifo.jpg && test -d a/defects/folder.png");
}

static void another_seed_makes_other_bytes(void **state)
{
    struct place *place = *state;
    place_passes(place, "$M gen --count 6 --size 64x48 a && "
                        "$M gen --count 6 --size 64x48 --seed 2 b");
    for (int i = 1; i <= 6; i++) {
        char line[64];
        (void)snprintf(line, sizeof line,
                       "cmp -s a/img-%04d.jpg b/img-%04d.jpg", i, i);
        place_exits(place, 1, line);
    }
}

static void every_variety_can_be_read_back(void **state)
{
    static const char *const varieties[] = {
        "--format png",
        "--format png --depth 16",
        "--format png --depth 16 --layout gray --kind web",
        "--format jpeg --kind web",
        "--format mixed --kind chart",
        "--layout gray",
        "--subsample 444 -q 100",
        "--subsample 422 --progressive -q 1",
        "--kind web --layout gray"};
    struct place *place = *state;
    for (size_t i = 0; i < sizeof varieties / sizeof *varieties; i++) {
        char line[256];
        (void)snprintf(line, sizeof line,
                       "rm -rf a b; $M gen --count 6 --size 40x31 %s a && "
                       "$M gen --count 6 --size 40x31 %s --seed 9 b; "
                       "$M verify --max-error 255 a b",
                       varieties[i], varieties[i]);
        print_message("%s\n", varieties[i]);
        place_passes(place, line); /* decoded, of the same size and layout */
    }
}

static void existing_files_are_kept_by_default(void **state)
{
    struct place *place = *state;
    place_passes(place,
                 "$M gen --count 3 --size 20x20 a && echo x > a/img-0002.jpg "
                 "&& rm a/img-0001.jpg");
    place_exits(place, 2, "$M gen --count 3 --size 20x20 a");
    place_says(place, "img-0002.jpg");
    place_says(place, "--existing overwrite");
    place_passes(place, "test ! -e a/img-0001.jpg"); /* nothing was written */
    place_passes(place, "$M gen --count 3 --size 20x20 a --existing overwrite");
    place_passes(place, "test $(stat -c %s a/img-0002.jpg) -gt 100");
    place_passes(place, "test $(find a -name '.*tmp' | wc -l) = 0");
}

static void defects_can_be_made_again(void **state)
{
    struct place *place = *state;
    place_passes(place, "$M gen --kind defects a");
    place_exits(place, 2, "$M gen --kind defects a");
    place_passes(place, "$M gen --kind defects --existing overwrite a");
    size_t count;
    const char *const *names = ml_defect_names(&count);
    for (size_t i = 0; i < count; i++) {
        char path[128];
        struct stat facts;
        (void)snprintf(path, sizeof path, "a/%s", names[i]);
        assert_int_equal(stat(path, &facts), 0);
    }
    place_passes(place, "ls -A a | wc -l");
    assert_int_equal(strtoul(place->text, NULL, 10), count);
}

/* What reading each defect gives; its name describes it. */
static enum ml_status read_defect(const char *name, struct ml_error *err)
{
    static uint8_t data[1 << 18];
    static uint8_t rows[1 << 18];
    const struct ml_source_options options = {.fail_on = ML_FAIL_ON_ERROR,
                                              .limits = ml_limits_default};
    struct ml_arena arena;
    struct ml_source source;
    struct ml_dst dst;
    size_t bytes;
    FILE *file = fopen(name, "r");
    assert_non_null(file);
    const struct ml_bytes whole = {data, fread(data, 1, sizeof data, file)};
    (void)fclose(file);
    assert_int_equal(ml_arena_open(&arena, 16 << 20, err), ML_OK);
    enum ml_status status =
        ml_source_open(&source, whole, &options, &arena, err);
    if (status == ML_OK) {
        const struct ml_shape *shape = &source.header.shape;
        assert_true(ml_rows_bytes(shape, shape->height, &bytes));
        assert_true(bytes <= sizeof rows);
        ml_dst_place(&dst, shape, rows, 0, shape->height);
        status = ml_source_start(&source, err);
        if (status == ML_OK)
            status = ml_source_read(&source, &dst, err);
        if (status == ML_OK)
            status = ml_source_end(&source, err);
        ml_source_close(&source);
    }
    ml_arena_close(&arena);
    return status;
}

static void every_defect_is_what_its_name_says(void **state)
{
    static const struct {
        const char *name;
        enum ml_status status;
    } expected[] = {{"a/empty.jpg", ML_ERR_FORMAT},
                    {"a/truncated.jpg", ML_ERR_TRUNCATED},
                    {"a/truncated.png", ML_ERR_TRUNCATED},
                    {"a/text.jpg", ML_ERR_FORMAT},
                    {"a/png-inside.jpg", ML_OK},
                    {"a/jpeg-inside.png", ML_OK},
                    {"a/huge-header.png", ML_ERR_LIMIT},
                    {"a/huge-header.jpg", ML_ERR_LIMIT},
                    {"a/bad-checksum.png", ML_ERR_CORRUPT}};
    struct place *place = *state;
    struct ml_error err;
    place_passes(place, "$M gen --kind defects a");
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        print_message("%s\n", expected[i].name);
        assert_int_equal(read_defect(expected[i].name, &err),
                         expected[i].status);
    }
    struct stat facts;
    assert_int_equal(stat("a/unreadable.jpg", &facts), 0);
    assert_int_equal(facts.st_mode & 07777, 0);
    assert_int_equal(stat("a/folder.png", &facts), 0);
    assert_true(S_ISDIR(facts.st_mode));
    assert_int_equal(stat("a/fifo.jpg", &facts), 0);
    assert_true(S_ISFIFO(facts.st_mode));
}

static void mistakes_are_refused_and_nothing_is_written(void **state)
{
    static const char *const mistakes[] = {"gen",
                                           "gen a b",
                                           "gen --count 0 a",
                                           "gen --count 1000001 a",
                                           "gen --size 10 a",
                                           "gen --size 10x a",
                                           "gen --size 10x20, a",
                                           "gen --size 0x20 a",
                                           "gen --size 65501x20 a",
                                           "gen --size 99999999999x20 a",
                                           "gen --size 10x20x30 a",
                                           "gen --kind phot a",
                                           "gen --format gif a",
                                           "gen --depth 12 a",
                                           "gen --depth 16 a",
                                           "gen -q 0 a",
                                           "gen --subsample 411 a",
                                           "gen --kind chart --exif a",
                                           "gen --format png --progressive a",
                                           "gen --kind defects --count 3 a",
                                           "gen --existing skip a",
                                           "gen -j 0 a",
                                           "gen --seed -1 a"};
    struct place *place = *state;
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        char line[128];
        (void)snprintf(line, sizeof line, "$M %s", mistakes[i]);
        print_message("%s\n", mistakes[i]);
        place_exits(place, 2, line);
        assert_int_not_equal(access("a", F_OK), 0);
    }
}

static void json_counts_what_was_made(void **state)
{
    struct place *place = *state;
    place_passes(place, "$M gen --kind mixed --count 10 --size 30x20 --json a");
    place_says(place, "\"schema\": 1");
    place_says(place, "\"pictures\": 10");
    place_says(place, "\"defects\": 12");
    place_says(place, "\"pixels\": 6000");
}

/* The signal is pending until the picture in progress is written. */
static void a_signal_leaves_whole_files_only(void **state)
{
    struct place *place = *state;
    place_passes(place,
                 "env --default-signal=INT "
                 "$M gen --count 100000 --size 64x48 -j2 a & pid=$!; "
                 "while ! ls a/img-0003.jpg >/dev/null 2>&1; do :; done; "
                 "kill -INT $pid; wait $pid; test $? = 130");
    place_passes(place, "test $(find a -name '.*' -type f | wc -l) = 0");
    place_passes(place,
                 "n=$(ls a | wc -l); test $n -gt 2 && test $n -lt 100000 && "
                 "$M gen --count $n --size 64x48 b && $M verify a b");
}

#define IN_PLACE(f) cmocka_unit_test_setup_teardown(f, place_open, place_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_picture_does_not_depend_on_how_many_there_are),
        cmocka_unit_test(names_and_folders_alternate),
        cmocka_unit_test(each_kind_has_its_usual_sizes_and_formats),
        cmocka_unit_test(exif_and_depth_go_where_they_can),
        IN_PLACE(the_same_seed_makes_the_same_bytes),
        IN_PLACE(another_seed_makes_other_bytes),
        IN_PLACE(every_variety_can_be_read_back),
        IN_PLACE(existing_files_are_kept_by_default),
        IN_PLACE(defects_can_be_made_again),
        IN_PLACE(every_defect_is_what_its_name_says),
        IN_PLACE(mistakes_are_refused_and_nothing_is_written),
        IN_PLACE(json_counts_what_was_made),
        IN_PLACE(a_signal_leaves_whole_files_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
