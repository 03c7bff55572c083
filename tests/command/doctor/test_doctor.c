/* test_doctor.c: `minilab doctor` reports the truth, twice the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <jansson.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <uv.h>

#include "codec/registry.h"
#include "command/doctor/kernel_features.h"
#include "os/cpu_budget.h"
#include "os/parallel_for.h"
#include "support/capture.h"
#include "support/skip.h"

#define TEXT_BYTES 16384

static json_t *doctor_json(void)
{
    static char text[TEXT_BYTES];
    json_error_t error;
    assert_int_equal(
        capture_program(ML_TEST_PROGRAM, "$M doctor --json", text, sizeof text),
        0);
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    assert_non_null(json);
    return json;
}

static const json_t *at(const json_t *json, const char *section,
                        const char *key)
{
    const json_t *value = json_object_get(json_object_get(json, section), key);
    assert_non_null(value);
    return value;
}

static void the_document_has_every_section(void **state)
{
    (void)state;
    static const char *const sections[] = {"processors", "memory", "codecs",
                                           "libraries",  "simd",   "build",
                                           "limits",     "kernel", "sandbox"};
    json_t *json = doctor_json();
    assert_int_equal(json_integer_value(json_object_get(json, "schema")), 1);
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
        assert_true(json_is_object(json_object_get(json, sections[i])));
    assert_int_equal(json_object_size(json), 10);
    json_decref(json);
}

static void the_numbers_are_those_that_runs_go_by(void **state)
{
    (void)state;
    struct ml_cpu cpu;
    size_t codec_count;
    json_t *json = doctor_json();
    ml_cpu_read("", &cpu);
    (void)ml_codecs(&codec_count);
    assert_int_equal(json_integer_value(at(json, "processors", "budget")),
                     cpu.budget);
    assert_string_equal(json_string_value(at(json, "processors", "decided_by")),
                        ml_cpu_limit_name(cpu.limited_by));
    assert_int_equal(json_integer_value(at(json, "limits", "pixels")),
                     ml_limits_default.pixels);
    assert_int_equal(json_object_size(json_object_get(json, "codecs")),
                     codec_count);
    assert_true(json_integer_value(at(json, "memory", "total_bytes")) >
                1 << 20);
    assert_string_equal(json_string_value(at(json, "build", "version")),
                        ML_VERSION);
    assert_string_equal(json_string_value(at(json, "libraries", "OpenMP")),
                        ml_parallel_version());
    assert_string_equal(json_string_value(at(json, "libraries", "libuv")),
                        uv_version_string());
    json_decref(json);
}

static void affinity_is_seen(void **state)
{
    (void)state;
    cpu_set_t before, one;
    size_t first = 0;
    assert_int_equal(sched_getaffinity(0, sizeof before, &before), 0);
    if (CPU_COUNT(&before) < 2)
        ml_test_skip("only one processor to run on");
    while (!CPU_ISSET(first, &before))
        first++;
    CPU_ZERO(&one);
    CPU_SET(first, &one);
    assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
    json_t *json = doctor_json(); /* a child inherits it */
    assert_int_equal(sched_setaffinity(0, sizeof before, &before), 0);
    assert_int_equal(json_integer_value(at(json, "processors", "affinity")), 1);
    assert_int_equal(json_integer_value(at(json, "processors", "budget")), 1);
    json_decref(json);
}

/* Every key of the document appears in the text, as words. */
static void the_text_tells_what_the_document_tells(void **state)
{
    (void)state;
    static char text[TEXT_BYTES];
    json_t *json = doctor_json(), *section, *value;
    const char *title, *key;
    assert_int_equal(
        capture_program(ML_TEST_PROGRAM, "$M doctor", text, sizeof text), 0);
    json_object_foreach(json, title, section)
    {
        if (!json_is_object(section))
            continue;
        assert_non_null(strstr(text, title));
        json_object_foreach(section, key, value)
        {
            char words[64];
            (void)snprintf(words, sizeof words, "\n  %s", key);
            for (char *s = words; *s; s++)
                *s = *s == '_' ? ' ' : *s;
            char *unit = strstr(words, " bytes");
            if (unit)
                *unit = '\0';
            assert_non_null(strstr(text, words));
        }
    }
    assert_non_null(strstr(text, "not built in"));
    json_decref(json);
}

static size_t open_descriptors(void)
{
    size_t count = 0;
    DIR *folder = opendir("/proc/self/fd");
    assert_non_null(folder);
    while (readdir(folder))
        count++;
    (void)closedir(folder);
    return count;
}

static void probing_leaves_nothing_open_and_closes_nothing(void **state)
{
    (void)state;
    struct ml_kernel_features kernel;
    const size_t before = open_descriptors();
    ml_kernel_probe("", &kernel);
    assert_int_equal(open_descriptors(), before);
    assert_true(strlen(kernel.release) > 0);
}

static void the_huge_page_setting_is_the_word_in_brackets(void **state)
{
    (void)state;
    static const char folder[] = "sys/kernel/mm/transparent_hugepage";
    char root[] = "/tmp/minilab-doctor-XXXXXX", line[512];
    struct ml_kernel_features kernel;
    assert_non_null(mkdtemp(root));
    ml_kernel_probe(root, &kernel);
    assert_string_equal(kernel.huge_pages, "unknown");
    (void)snprintf(line, sizeof line,
                   "cd %s && mkdir -p %s && "
                   "echo 'always [madvise] never' > %s/enabled && "
                   "echo 'always within_size advise [never] deny force' > "
                   "%s/shmem_enabled",
                   root, folder, folder, folder);
    assert_int_equal(system(line), 0);
    ml_kernel_probe(root, &kernel);
    assert_string_equal(kernel.huge_pages, "madvise");
    assert_string_equal(kernel.huge_shared, "never");
    (void)snprintf(line, sizeof line, "rm -rf %s", root);
    assert_int_equal(system(line), 0);
}

static void operands_and_strange_options_are_refused(void **state)
{
    (void)state;
    char text[1024];
    assert_int_equal(
        capture_program(ML_TEST_PROGRAM, "$M doctor x", text, sizeof text), 2);
    assert_int_equal(
        capture_program(ML_TEST_PROGRAM, "$M doctor --jsn", text, sizeof text),
        2);
    assert_non_null(strstr(text, "--json"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_document_has_every_section),
        cmocka_unit_test(the_numbers_are_those_that_runs_go_by),
        cmocka_unit_test(affinity_is_seen),
        cmocka_unit_test(the_text_tells_what_the_document_tells),
        cmocka_unit_test(probing_leaves_nothing_open_and_closes_nothing),
        cmocka_unit_test(the_huge_page_setting_is_the_word_in_brackets),
        cmocka_unit_test(operands_and_strange_options_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
