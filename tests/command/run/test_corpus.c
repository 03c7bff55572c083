/* test_corpus.c: the third-party pictures as one batch: each meets the
 * expectation of its manifest in every mode, and all modes agree in every byte
 * and every word. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/corpus.h"
#include "support/skip.h"
#include "support/temp_dir.h"

enum { INPUTS_MAX = 4096 };

struct expected {
    char *path; /* below the corpus */
    enum test_expectation expectation;
    uint32_t width, height;
};

static struct expected expected[INPUTS_MAX];
static size_t count;

/* Pixels between stages, not files. */
#define BY_FRAMES                                                              \
    "--plan 'read,decode@threads:2 | filter@processes:2 | "                    \
    "encode,write@threads:2'"

static const char *const modes[] = {"-m serial", "-m processes -j 3",
                                    BY_FRAMES};
#define MODES (sizeof modes / sizeof *modes)

/* Write the list of files, each ended by NUL, and store what is expected. */
static void read_manifest(void)
{
    struct test_corpus corpus;
    test_corpus_open(&corpus);
    FILE *list = fopen("list", "we");
    assert_non_null(list);
    while (test_corpus_next(&corpus)) {
        if (corpus.expectation == TEST_REFERENCE)
            continue;
        assert_in_range(count, 0, INPUTS_MAX - 1);
        expected[count++] = (struct expected){
            .path = strdup(corpus.path),
            .expectation = corpus.expectation,
            .width = corpus.width,
            .height = corpus.height,
        };
        (void)fprintf(list, "%s/%s%c", corpus.folder, corpus.path, '\0');
    }
    assert_int_equal(fclose(list), 0);
    test_corpus_close(&corpus);
}

static void check(const struct expected *file, const json_t *event)
{
    const char *status = place_json_text(event, "status");
    const bool done = strcmp(status, "done") == 0;
    assert_non_null(strstr(place_json_text(event, "path"), file->path));
    if (!done) {
        const json_t *error = json_object_get(event, "error");
        assert_string_equal(status, "failed");
        assert_true(*place_json_text(error, "what") != '\0');
        if (strcmp(place_json_text(error, "kind"), "crash") == 0)
            fail_msg("%s: kills its worker", file->path);
    }
    if (done && file->expectation == TEST_REFUSED)
        fail_msg("%s: is not refused", file->path);
    if (!done && file->expectation == TEST_DECODES)
        fail_msg("%s: fails: %s", file->path,
                 place_json_text(json_object_get(event, "error"), "why"));
    if (file->expectation == TEST_DECODES) {
        const json_t *in = json_object_get(event, "in");
        assert_int_equal(place_json_number(in, "width"), file->width);
        assert_int_equal(place_json_number(in, "height"), file->height);
    }
}

static void check_events(const char *name)
{
    json_t *events = place_json_lines(name);
    bool seen[INPUTS_MAX] = {false};
    assert_int_equal(json_array_size(events), count);
    for (size_t i = 0; i < count; i++) {
        const json_t *event = json_array_get(events, i);
        const json_int_t number = place_json_number(event, "number");
        assert_in_range(number, 1, count);
        assert_false(seen[number - 1]);
        seen[number - 1] = true;
        check(&expected[number - 1], event);
    }
    json_decref(events);
}

static void every_file_meets_its_expectation_in_every_mode(void **state)
{
    char line[1024];
    read_manifest();
    for (size_t m = 0; m < MODES; m++) {
        (void)snprintf(line, sizeof line,
                       "$M run -s %s --files-from list -0 --events ev-%zu "
                       "--name '{n}.{ext}' -f resize:400 -o out-%zu 2>log",
                       modes[m], m, m);
        place_exits(*state, 1, line);
        (void)snprintf(line, sizeof line, "ev-%zu", m);
        check_events(line);
        (void)snprintf(line, sizeof line,
                       "sort log > log-%zu && cmp log-0 log-%zu && "
                       "diff -r out-0 out-%zu",
                       m, m, m);
        place_passes(*state, line);
    }
    for (size_t i = 0; i < count; i++)
        free(expected[i].path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            every_file_meets_its_expectation_in_every_mode, place_open,
            place_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
