/* test_structure.c: the source tree is built as it was designed.
 *
 * Includes and calls run one way, between folders by the table below and
 * between files in general; no tag has two meanings; folders, files and
 * functions are small; each folder says what it is for.  test_structure_rules
 * tries every rule on a planted tree that breaks it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "support/structure/structure.h"

/* A folder and what it is on; rows are only on rows above them. */
static const struct structure_folder folders[] = {
    {"src/base/", {NULL}},
    {"src/os/", {"src/base/"}},
    {"src/gil/", {"src/os/"}},
    {"src/image/", {"src/base/"}},
    {"src/trace/", {"src/os/"}},
    {"src/async/", {"src/os/", "src/trace/"}},
    {"src/python/", {"src/async/", "src/gil/"}},
    {"src/python/asyncio/", {"src/async/"}},
    {"src/python/multiprocessing/", {"src/async/"}},
    {"src/analysis/", {"src/trace/"}},

    {"src/files/input/", {"src/os/"}},
    {"src/files/output/", {"src/files/input/"}},
    {"src/files/digest/", {"src/files/input/"}},

    /* os: locks of threads that deflate, levels of vector instructions. */
    {"src/codec/", {"src/image/", "src/os/"}},
    {"src/codec/jpeg/", {"src/codec/"}},
    {"src/codec/png/", {"src/codec/"}},
    {"src/codec/pnm/", {"src/codec/"}},
    {"src/codec/registry.",
     {"src/codec/jpeg/", "src/codec/png/", "src/codec/pnm/"}},

    {"filters/filter.", {"src/image/", "src/os/"}},
    {"filters/kernels/", {"filters/filter."}},
    {"filters/kernels/separable/", {"filters/kernels/"}},
    {"filters/family/", {"filters/kernels/separable/"}},
    {"filters/load/", {"filters/filter."}},
    {"filters/", {"filters/family/"}},
    {"filters/registry.", {"filters/", "filters/load/"}},
    /* The chain knows filters by their contract and their list, nothing else
     * of them; that list's header says no more. */
    {"src/chain/", {"filters/registry."}},

    {"src/pipeline/plan/", {"src/base/"}},
    {"src/pipeline/picture/",
     {"src/pipeline/plan/", "src/chain/", "src/codec/registry.", "src/trace/"}},
    {"src/pipeline/core/", {"src/pipeline/picture/", "src/gil/"}},
    {"src/pipeline/ipc/", {"src/pipeline/core/"}},
    {"src/pipeline/threads/", {"src/pipeline/core/"}},
    {"src/pipeline/loop/", {"src/pipeline/threads/", "src/async/"}},
    {"src/pipeline/processes/", {"src/pipeline/ipc/", "src/pipeline/threads/"}},
    {"src/pipeline/",
     {"src/pipeline/loop/", "src/pipeline/processes/", "src/analysis/",
      "src/files/input/", "src/files/output/"}},

    {"src/command/cli/", {"src/pipeline/", "src/files/output/"}},
    {"src/command/options/", {"src/command/cli/"}},
    {"src/command/report/", {"src/command/options/", "src/analysis/"}},
    {"src/command/run/", {"src/command/report/"}},
    {"src/command/compare/", {"src/command/report/", "src/files/digest/"}},
    {"src/command/list/", {"src/command/report/"}},
    {"src/command/doctor/", {"src/command/report/"}},
    {"src/command/gen/", {"src/command/report/"}},
    {"src/command/timeline/", {"src/command/report/"}},
    {"src/command/verify/", {"src/command/report/", "src/files/digest/"}},
    {"src/command/",
     {"src/command/run/", "src/command/compare/", "src/command/list/",
      "src/command/doctor/", "src/command/gen/", "src/command/timeline/",
      "src/command/verify/"}},
    {"src/main.", {"src/command/"}},
};
#define FOLDER_COUNT (sizeof folders / sizeof *folders)

static const struct structure_limits limits = {
    .folder_files = 28,
    .file_lines = 500,
    .function_lines = 70,
};

#define CIRCLES_OF STRUCTURE_STEM

static int open_product(void **state)
{
    static struct structure structure;
    structure_open(&structure, ML_TEST_SOURCE_DIR, CIRCLES_OF);
    FILE *symbols = popen(
        "xargs -d '\\n' '" ML_TEST_NM "' -P -g <'" ML_TEST_OBJECTS "'", "r");
    assert_non_null(symbols);
    structure_add_calls(&structure, symbols);
    assert_int_equal(pclose(symbols), 0);
    *state = &structure;
    return 0;
}

static int close_product(void **state)
{
    structure_close(*state);
    return 0;
}

static void expect_none(const struct structure_findings *findings)
{
    if (findings->count)
        fail_msg("%zu, first %s", findings->count, findings->first);
}

static void files_includes_and_calls_are_seen(void **state)
{
    const struct structure *product = *state;
    size_t sources = 0;
    for (size_t i = 0; i < product->file_count; i++)
        sources += strstr(product->files[i].path, ".c") != NULL;
    print_message("%zu files, %zu objects, %zu includes, %zu calls\n",
                  product->file_count, product->object_count,
                  product->include_count, product->call_count);
    assert_true(sources > 100);
    assert_int_equal(product->object_count, sources);
    assert_true(product->include_count > product->file_count);
    assert_true(product->call_count > product->include_count);
}

static void no_circle_of_files(void **state)
{
    struct structure_findings findings = {0};
    structure_check_circles(*state, &findings);
    expect_none(&findings);
}

static void no_arrow_points_up(void **state)
{
    struct structure_findings findings = {0};
    structure_check_arrows(*state, folders, FOLDER_COUNT, &findings);
    expect_none(&findings);
}

static void no_tag_has_two_meanings(void **state)
{
    struct structure_findings findings = {0};
    structure_check_tags(*state, &findings);
    expect_none(&findings);
}

static void folders_files_and_functions_are_small(void **state)
{
    (void)state;
    struct structure_findings findings = {0};
    structure_check_sizes(ML_TEST_SOURCE_DIR, &limits, &findings);
    expect_none(&findings);
}

static void folders_say_what_they_are_for(void **state)
{
    (void)state;
    struct structure_findings findings = {0};
    structure_check_purposes(ML_TEST_SOURCE_DIR, &findings);
    expect_none(&findings);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_includes_and_calls_are_seen),
        cmocka_unit_test(no_circle_of_files),
        cmocka_unit_test(no_arrow_points_up),
        cmocka_unit_test(no_tag_has_two_meanings),
        cmocka_unit_test(folders_files_and_functions_are_small),
        cmocka_unit_test(folders_say_what_they_are_for),
    };
    return cmocka_run_group_tests(tests, open_product, close_product);
}
