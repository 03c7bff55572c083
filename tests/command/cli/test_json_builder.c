/* test_json_builder.c: a document lacks nothing, or is not printed and the
 * command fails: every command that prints JSON, with each allocation of
 * jansson failing in turn.
 * Slow: a process for each allocation of each command.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "command/cli/json_builder.h"
#include "command/cli/json_path.h"
#include "command/compare/compare.h"
#include "command/dispatch.h"
#include "support/files/mixed_tree.h"
#include "support/temp_dir.h"

extern const struct ml_command ml_command_compare;

#define TEXT_BYTES ((size_t)1 << 18)

/* ---- an allocation that fails ---- */

/* jansson's functions have no context. */
static atomic_size_t failing_countdown; /* 0: none fails */
static atomic_bool *failing_hit;

static void *failing_malloc(size_t size)
{
    if (atomic_load(&failing_countdown) > 0 &&
        atomic_fetch_sub(&failing_countdown, 1) == 1) {
        atomic_store(failing_hit, true);
        return NULL;
    }
    return malloc(size);
}

static int open_failing(void **state)
{
    failing_hit = mmap(NULL, sizeof *failing_hit, PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (failing_hit == MAP_FAILED || place_open(state) != 0)
        return -1;
    json_set_alloc_funcs(failing_malloc, free);
    (void)mixed_tree_make("in");
    place_passes(*state, "mkdir few bad && cp in/gray1.png few && "
                         "cp in/sub/gray.JPG few && "
                         "echo text > bad/text.jpg && "
                         "cp -r few other && cp in/gray16.png other/gray1.png");
    place_passes(*state, "$M run -m processes -j 1 --trace trace few -o traced "
                         "2>/dev/null");
    return 0;
}

static int close_failing(void **state)
{
    json_set_alloc_funcs(malloc, free);
    (void)munmap(failing_hit, sizeof *failing_hit);
    return place_close(state);
}

/* ---- the builder ---- */

static void text_that_is_not_utf8_is_shown_with_escapes(void **state)
{
    (void)state;
    struct ml_json_builder json = {ML_OK};
    struct ml_error err;
    json_t *document =
        ml_json_pack(&json, "{s:o}", "text", ml_json_text(&json, "a\xff"));
    ml_json_set(&json, document, "key\xfe", json_true());
    ml_json_set_path(&json, document, "path", "b\xff");
    assert_string_equal(place_json_text(document, "text"), "a\\xff");
    assert_true(json_is_true(json_object_get(document, "key\\xfe")));
    assert_string_equal(place_json_text(document, "path"), "b\\xff");
    assert_string_equal(place_json_text(document, "path_b64"), "Yv8=");
    assert_int_equal(ml_json_check(&json, &err), ML_OK);
    json_decref(document);
}

static void the_first_failure_is_kept_and_nothing_is_printed(void **state)
{
    (void)state;
    struct ml_json_builder json = {ML_OK};
    struct ml_error err = {0};
    json_t *document = ml_json_object(&json);
    ml_json_set(&json, document, "number", NULL);
    ml_json_set(&json, document, "other", json_integer(1));
    assert_int_equal(json.status, ML_ERR_MEMORY);
    FILE *out = tmpfile();
    assert_non_null(out);
    assert_int_equal(ml_json_print(&json, document, ML_JSON_LINE, out, &err),
                     ML_ERR_MEMORY);
    assert_int_equal(ftell(out), 0);
    assert_string_equal(err.what, "cannot build the JSON document");
    (void)fclose(out);
    json_decref(document);
}

static void what_cannot_be_json_is_no_lack_of_memory(void **state)
{
    (void)state;
    struct ml_json_builder json = {ML_OK};
    assert_null(ml_json_pack(&json, "{s:s}", "text", "a\xff"));
    assert_int_equal(json.status, ML_ERR_INTERNAL);
}

/* ---- whole commands ---- */

struct outcome {
    int code;
    bool hit; /* an allocation failed */
    char out[TEXT_BYTES], errors[TEXT_BYTES];
};

static void outcome_read(int fd, char *text)
{
    const ssize_t size = pread(fd, text, TEXT_BYTES - 1, 0);
    assert_in_range(size, 0, TEXT_BYTES - 2);
    text[size] = '\0';
    (void)close(fd);
}

/* Run a command in a child process whose allocation `countdown` fails. */
static void run(const char *words, size_t countdown, struct outcome *got)
{
    char line[300], *argv[20] = {line}, *save = NULL;
    int argc = 0;
    const int out = memfd_create("out", 0), errors = memfd_create("errors", 0);
    (void)snprintf(line, sizeof line, "minilab %s", words);
    for (char *word = strtok_r(line, " ", &save); word;
         word = strtok_r(NULL, " ", &save))
        argv[argc++] = word;
    atomic_store(failing_hit, false);
    (void)fflush(NULL);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)dup2(out, STDOUT_FILENO);
        (void)dup2(errors, STDERR_FILENO);
        atomic_store(&failing_countdown, countdown);
        const int code = strcmp(argv[1], "compare") == 0
                             ? ml_compare_main(&ml_command_compare, argc - 1,
                                               argv + 1, ML_TEST_PROGRAM)
                             : ml_program(argc, argv);
        (void)fflush(NULL);
        _exit(code);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    got->code = WEXITSTATUS(status);
    got->hit = atomic_load(failing_hit);
    outcome_read(out, got->out);
    outcome_read(errors, got->errors);
}

/* The number of values in a document, which shows a missing one. */
static size_t count_values(const json_t *value)
{
    size_t count = 1, i;
    const char *key;
    json_t *one;
    json_object_foreach((json_t *)(uintptr_t)value, key, one)
    {
        count += count_values(one);
    }
    json_array_foreach(value, i, one)
    {
        count += count_values(one);
    }
    return count;
}

/* The same for all JSON documents in a text. */
static size_t count_text(const char *text)
{
    size_t count = 0;
    while (*text) {
        json_error_t error;
        json_t *document = json_loads(text, JSON_DISABLE_EOF_CHECK, &error);
        if (!document)
            fail_msg("%s in: %s", error.text, text);
        count += count_values(document);
        json_decref(document);
        text += error.position;
        text += strspn(text, " \n");
    }
    return count;
}

/* Each allocation of the command fails once, every `stride`th beyond the first
 * hundred: its output is whole, or it has none and fails. */
static void whole_or_nothing(const char *words, int code, size_t stride)
{
    struct outcome *whole = calloc(2, sizeof *whole), *got = whole + 1;
    assert_non_null(whole);
    run(words, 0, whole);
    assert_int_equal(whole->code, code);
    const size_t values = count_text(whole->out);
    size_t refused = 0;
    for (size_t n = 1;; n += n < 100 ? 1 : stride) {
        run(words, n, got);
        if (!got->hit)
            break;
        if (got->out[0] == '\0') {
            refused++;
            if (got->code != 1 ||
                !strstr(got->errors, "cannot build the JSON document: out of "
                                     "memory: free some memory"))
                fail_msg("%s, %zu: exit %d, %s", words, n, got->code,
                         got->errors);
        } else if (got->code != code || count_text(got->out) != values) {
            fail_msg("%s, %zu: exit %d, prints %s", words, n, got->code,
                     got->out);
        }
    }
    assert_true(refused > 0);
    free(whole);
}

static void lists_are_whole_or_the_command_fails(void **state)
{
    (void)state;
    whole_or_nothing("modes --json", 0, 1);
    whole_or_nothing("filters --json", 0, 61);
    whole_or_nothing("doctor --json", 0, 1);
}

static void reports_are_whole_or_the_command_fails(void **state)
{
    (void)state;
    whole_or_nothing("info -m serial --json few", 0, 1);
    whole_or_nothing("verify --json few other", 6, 1);
    whole_or_nothing("timeline --json trace", 0, 1);
    whole_or_nothing("timeline --at 1ms --json trace", 0, 1);
    whole_or_nothing(
        "gen --existing overwrite --count 1 --size 8x8 --json made", 0, 1);
}

static void documents_of_runs_are_whole_or_the_run_fails(void **state)
{
    (void)state;
    whole_or_nothing("run -n -m serial --json few", 0, 1);
    whole_or_nothing("run -n -m serial --json bad", 1, 1);
    whole_or_nothing("run -n -m serial --json --trace t few", 0, 1);
    whole_or_nothing("run -n -m gil -j 1 --silent --json few", 0, 29);
}

/* An event without memory is left out, and the run reports that. */
static void events_are_whole_or_the_run_fails(void **state)
{
    (void)state;
    static const char words[] = "run -n -m serial --silent --events - few";
    struct outcome *whole = calloc(2, sizeof *whole), *got = whole + 1;
    size_t lacking = 0;
    assert_non_null(whole);
    run(words, 0, whole);
    const size_t values = count_text(whole->out);
    assert_int_equal(whole->code, 0);
    for (size_t n = 1;; n++) {
        run(words, n, got);
        if (!got->hit)
            break;
        const bool lacks = count_text(got->out) != values;
        lacking += lacks;
        if (lacks && (got->code != 1 || !strstr(got->errors, "JSON document")))
            fail_msg("%zu: exit %d, %s", n, got->code, got->errors);
    }
    assert_true(lacking > 0);
    free(whole);
}

static void events_of_chrome_are_whole_or_the_command_fails(void **state)
{
    (void)state;
    static const char words[] = "timeline --chrome - trace";
    struct outcome *whole = calloc(2, sizeof *whole), *got = whole + 1;
    size_t lacking = 0;
    assert_non_null(whole);
    run(words, 0, whole);
    assert_int_equal(whole->code, 0);
    for (size_t n = 1;; n += n < 100 ? 1 : 37) {
        run(words, n, got);
        if (!got->hit)
            break;
        const bool lacks = strcmp(got->out, whole->out) != 0;
        lacking += lacks;
        if (lacks && (got->code != 1 || !strstr(got->errors, "JSON document")))
            fail_msg("%zu: exit %d, %s", n, got->code, got->errors);
    }
    assert_true(lacking > 0);
    free(whole);
}

/* A document of a run that cannot be read ends the command too. */
static void comparisons_are_whole_or_the_command_fails(void **state)
{
    (void)state;
    static const char words[] =
        "compare --json -m serial --repeat 1 --warm-up 0 --silent few";
    struct outcome *whole = calloc(2, sizeof *whole), *got = whole + 1;
    size_t unread = 0, refused = 0;
    assert_non_null(whole);
    run(words, 0, whole);
    assert_int_equal(whole->code, 0);
    const size_t values = count_text(whole->out);
    for (size_t n = 1;; n += 23) {
        run(words, n, got);
        if (!got->hit)
            break;
        const bool read = !strstr(got->errors, "a run failed");
        unread += !read;
        refused += read && got->out[0] == '\0';
        if (got->out[0] == '\0'
                ? got->code == 0 ||
                      (read && !strstr(got->errors, "JSON document: out of"))
                : got->code != 0 || count_text(got->out) != values)
            fail_msg("%zu: exit %d, %s%s", n, got->code, got->errors, got->out);
    }
    assert_true(unread > 0 && refused > 0);
    free(whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_that_is_not_utf8_is_shown_with_escapes),
        cmocka_unit_test(the_first_failure_is_kept_and_nothing_is_printed),
        cmocka_unit_test(what_cannot_be_json_is_no_lack_of_memory),
        cmocka_unit_test(lists_are_whole_or_the_command_fails),
        cmocka_unit_test(reports_are_whole_or_the_command_fails),
        cmocka_unit_test(documents_of_runs_are_whole_or_the_run_fails),
        cmocka_unit_test(comparisons_are_whole_or_the_command_fails),
        cmocka_unit_test(events_are_whole_or_the_run_fails),
        cmocka_unit_test(events_of_chrome_are_whole_or_the_command_fails),
    };
    return cmocka_run_group_tests(tests, open_failing, close_failing);
}
