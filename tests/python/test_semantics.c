/* test_semantics.c: synchronisation compared with CPython, question by
 * question.
 *
 * The recorded answers of CPython 3.11 must match.  If python3 and the script
 * that asks it the same (MINILAB_SEMANTICS, or ../shared/cpython/semantics.py)
 * exist, its current answers must match too.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "semantics.h"
#include "support/skip.h"

#define LINE_MAX_BYTES 4096
/* Python's script sleeps until other threads should have come; on a busy
 * machine they may be late. */
#define TRIES 5

/* {check: result} from the lines that a command prints; NULL if it cannot be
 * run. */
static json_t *answers_of(const char *command)
{
    char line[LINE_MAX_BYTES];
    json_t *answers = json_object();
    FILE *stream = popen(command, "re");
    assert_non_null(stream);
    while (fgets(line, sizeof line, stream)) {
        json_t *record = json_loads(line, 0, NULL);
        const char *check = json_string_value(json_object_get(record, "check"));
        if (check)
            (void)json_object_set(answers, check,
                                  json_object_get(record, "result"));
        json_decref(record);
    }
    if (pclose(stream) == 0)
        return answers;
    json_decref(answers);
    return NULL;
}

static bool same(const char *name, const json_t *ours, const json_t *theirs,
                 const char *who)
{
    if (ours && theirs && json_equal(ours, theirs))
        return true;
    char *text = ours ? json_dumps(ours, JSON_ENCODE_ANY) : NULL;
    char *wanted = theirs ? json_dumps(theirs, JSON_ENCODE_ANY) : NULL;
    print_message("%s: minilab %s, %s %s\n", name, text ? text : "nothing", who,
                  wanted ? wanted : "nothing");
    free(wanted);
    free(text);
    return false;
}

static void every_answer_is_the_recorded_one(void **state)
{
    (void)state;
    json_t *ours = answers_of(ML_TEST_SEMANTICS);
    size_t count = 0, different = 0;
    assert_non_null(ours);
    for (size_t t = 0; questions[t]; t++) {
        for (const struct question *q = questions[t]; q->name; q++) {
            json_t *expected = json_loads(q->expected, JSON_DECODE_ANY, NULL);
            assert_non_null(expected);
            different += !same(q->name, json_object_get(ours, q->name),
                               expected, "recorded");
            count++;
            json_decref(expected);
        }
    }
    print_message("%zu questions\n", count);
    assert_int_equal(different, 0);
    assert_int_equal(json_object_size(ours), count); /* no name twice */
    json_decref(ours);
}

static const char *live_script(char *path, size_t capacity)
{
    const char *named = getenv("MINILAB_SEMANTICS");
    (void)snprintf(
        path, capacity, "%s",
        named ? named : ML_TEST_SOURCE_DIR "/../shared/cpython/semantics.py");
    return access(path, R_OK) == 0 ? path : NULL;
}

/* Python's answer to one question, asked alone. */
static json_t *ask_again(const char *script, const char *name)
{
    char command[LINE_MAX_BYTES];
    (void)snprintf(command, sizeof command,
                   "PYTHONDONTWRITEBYTECODE=1 python3 '%s' %s 2>/dev/null",
                   script, name);
    json_t *answers = answers_of(command);
    json_t *answer = json_incref(json_object_get(answers, name));
    json_decref(answers);
    return answer;
}

/* A Python too old for a question reports that. */
static bool is_unknown(const json_t *theirs)
{
    const char *text = json_string_value(theirs);
    return !theirs || (text && strcmp(text, "n/a") == 0);
}

static bool agrees(const char *script, const struct question *question,
                   const json_t *ours, const json_t *theirs)
{
    bool equal = json_equal(ours, theirs);
    for (int try = 0; !equal && try < TRIES; try++) {
        json_t *again = ask_again(script, question->name);
        equal = again && json_equal(ours, again);
        json_decref(again);
    }
    return equal || same(question->name, ours, theirs, "this python3");
}

static void every_answer_is_that_of_the_python_here(void **state)
{
    (void)state;
    char path[LINE_MAX_BYTES / 2], command[LINE_MAX_BYTES];
    const char *script = live_script(path, sizeof path);
    if (!script)
        ml_test_skip("no script that asks Python (set MINILAB_SEMANTICS)");
    if (system("python3 -c 0 2>/dev/null") != 0)
        ml_test_skip("no python3");
    (void)snprintf(command, sizeof command,
                   "PYTHONDONTWRITEBYTECODE=1 python3 '%s' 2>/dev/null",
                   script);
    json_t *ours = answers_of(ML_TEST_SEMANTICS);
    json_t *theirs = answers_of(command);
    size_t asked = 0, unknown = 0, different = 0;
    assert_non_null(ours);
    assert_non_null(theirs);
    for (size_t t = 0; questions[t]; t++) {
        for (const struct question *q = questions[t]; q->name; q++) {
            const json_t *live = json_object_get(theirs, q->name);
            asked++;
            if (is_unknown(live))
                unknown++;
            else
                different +=
                    !agrees(script, q, json_object_get(ours, q->name), live);
        }
    }
    print_message("%zu questions, %zu unknown to this python3; it has %zu\n",
                  asked, unknown, json_object_size(theirs));
    json_decref(theirs);
    json_decref(ours);
    assert_int_equal(different, 0);
    assert_true(unknown < asked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_answer_is_the_recorded_one),
        cmocka_unit_test(every_answer_is_that_of_the_python_here),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
