/* test_includes.c: every #include "..." of src/ and filters/ points down.
 *
 * The rooms and what each stands on are the table below; the scan itself is
 * checked on a planted tree.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fts.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#define LINE_MAX_BYTES 1024

/* A file whose path begins with `room` may include what begins with one of
 * `under`.  The first row that fits decides. */
static const struct {
    const char *room;
    const char *under[20];
} rooms[] = {
    {"src/base/", {"base/"}},
    {"src/os/", {"os/", "base/"}},
    {"src/gil/", {"gil/", "os/", "base/"}},
    {"src/image/", {"image/", "base/"}},
    {"src/trace/", {"trace/", "os/", "base/"}},
    {"src/async/",
     {"async/", "trace/", "gil/", "os/", "base/", "python/gil_save.h"}},
    {"src/python/", {"python/", "async/", "gil/", "os/", "base/"}},
    {"src/analysis/", {"analysis/", "trace/", "os/", "base/"}},
    {"src/files/", {"files/", "os/", "base/"}},
    {"src/codec/", {"codec/", "image/", "os/", "base/"}},
    {"src/chain/",
     {"chain/", "filters/filter.h", "filters/family/", "image/", "os/",
      "base/"}},
    {"src/pipeline/",
     {"pipeline/", "chain/", "codec/", "files/", "analysis/", "async/",
      "trace/", "image/", "gil/", "os/", "base/", "filters/filter.h"}},
    {"src/command/",
     {"command/", "pipeline/", "chain/", "codec/", "files/", "analysis/",
      "async/", "trace/", "image/", "gil/", "os/", "base/",
      "filters/filter.h"}},
    {"src/main.c",
     {"command/", "pipeline/", "chain/", "codec/", "files/", "image/", "os/",
      "base/"}},
    {"filters/kernels/",
     {"filters/filter.h", "filters/kernels/", "image/", "os/", "base/"}},
    {"filters/family/",
     {"filters/family/", "filters/kernels/", "filters/filter.h", "image/",
      "os/", "base/"}},
    {"filters/",
     {"filters/filter.h", "filters/family/", "filters/kernels/", "image/",
      "os/", "base/"}},
};

static bool begins(const char *text, const char *head)
{
    return strncmp(text, head, strlen(head)) == 0;
}

static bool may_include(const char *file, const char *included)
{
    for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++) {
        if (!begins(file, rooms[i].room))
            continue;
        if (strstr(included, ".."))
            return false;
        for (size_t k = 0; rooms[i].under[k]; k++) {
            if (begins(included, rooms[i].under[k]))
                return true;
        }
        return false;
    }
    return false; /* a room that the table does not know */
}

struct scan {
    size_t files, includes, violations;
    char first[LINE_MAX_BYTES]; /* the first violation, "FILE:LINE: NAME" */
};

/* The name between the quotes of an include line; false for other lines. */
static bool included_name(const char *line, char *name, size_t capacity)
{
    line += strspn(line, " \t");
    if (*line++ != '#')
        return false;
    line += strspn(line, " \t");
    if (!begins(line, "include"))
        return false;
    line += strlen("include");
    line += strspn(line, " \t");
    if (*line++ != '"')
        return false;
    (void)snprintf(name, capacity, "%.*s", (int)strcspn(line, "\"\n"), line);
    return true;
}

static void scan_file(const char *path, const char *file, struct scan *scan)
{
    char line[LINE_MAX_BYTES], name[256];
    FILE *stream = fopen(path, "r");
    assert_non_null(stream);
    scan->files++;
    for (size_t number = 1; fgets(line, sizeof line, stream); number++) {
        if (!included_name(line, name, sizeof name))
            continue;
        scan->includes++;
        if (may_include(file, name))
            continue;
        print_message("%s:%zu: must not include \"%s\"\n", file, number, name);
        if (scan->violations++ == 0)
            (void)snprintf(scan->first, sizeof scan->first, "%.200s:%zu: %s",
                           file, number, name);
    }
    (void)fclose(stream);
}

/* All C files of `root`/src and `root`/filters. */
static struct scan scan_tree(const char *root)
{
    struct scan scan = {0};
    char src[500], filters[500];
    char *const tops[] = {src, filters, NULL};
    (void)snprintf(src, sizeof src, "%s/src", root);
    (void)snprintf(filters, sizeof filters, "%s/filters", root);
    FTS *tree = fts_open(tops, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    assert_non_null(tree);
    for (FTSENT *entry; (entry = fts_read(tree));) {
        const char *dot = strrchr(entry->fts_name, '.');
        if (entry->fts_info == FTS_F && dot &&
            (strcmp(dot, ".c") == 0 || strcmp(dot, ".h") == 0))
            scan_file(entry->fts_path, entry->fts_path + strlen(root) + 1,
                      &scan);
    }
    (void)fts_close(tree);
    return scan;
}

static void plant(const char *root, const char *file, const char *text)
{
    char path[600];
    (void)snprintf(path, sizeof path, "%s/%s", root, file);
    FILE *stream = fopen(path, "w");
    assert_non_null(stream);
    assert_true(fputs(text, stream) >= 0);
    assert_int_equal(fclose(stream), 0);
}

static void plant_folder(const char *root, const char *folder)
{
    char path[600];
    (void)snprintf(path, sizeof path, "%s/%s", root, folder);
    assert_int_equal(mkdir(path, 0700), 0);
}

static void remove_tree(char *root)
{
    char *const tops[] = {root, NULL};
    FTS *tree = fts_open(tops, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    assert_non_null(tree);
    for (FTSENT *entry; (entry = fts_read(tree));) {
        if (entry->fts_info != FTS_D)
            assert_int_equal(remove(entry->fts_accpath), 0);
    }
    (void)fts_close(tree);
}

static void every_include_of_the_program_points_down(void **state)
{
    (void)state;
    const struct scan scan = scan_tree(ML_TEST_SOURCE_DIR);
    print_message("%zu files, %zu includes\n", scan.files, scan.includes);
    assert_true(scan.files > 20 && scan.includes > scan.files);
    if (scan.violations)
        fail_msg("%zu point up, first %s", scan.violations, scan.first);
}

static void a_planted_include_that_points_up_is_found(void **state)
{
    (void)state;
    char root[] = "/tmp/minilab-includes-XXXXXX";
    assert_non_null(mkdtemp(root));
    plant_folder(root, "src");
    plant_folder(root, "src/base");
    plant_folder(root, "filters");
    plant(root, "src/base/good.c",
          "#include <stdio.h>\n#include \"base/text.h\"\n"
          "/* #include is only a word here: \"chain/chain.h\" */\n");
    plant(root, "src/main.c", "#include \"command/command.h\"\n");
    struct scan scan = scan_tree(root);
    assert_int_equal(scan.files, 2);
    assert_int_equal(scan.includes, 2);
    assert_int_equal(scan.violations, 0);

    plant(root, "src/base/bad.h", "\n  #  include \"chain/chain.h\"\n");
    plant(root, "src/base/notes.txt", "#include \"command/command.h\"\n");
    scan = scan_tree(root);
    assert_int_equal(scan.files, 3);
    assert_int_equal(scan.violations, 1);
    assert_string_equal(scan.first, "src/base/bad.h:2: chain/chain.h");
    remove_tree(root);
}

static void the_rooms_stand_on_each_other_as_designed(void **state)
{
    (void)state;
    assert_true(may_include("src/pipeline/a.c", "chain/chain.h"));
    assert_true(may_include("filters/blur.c", "filters/kernels/row.h"));
    assert_true(may_include("filters/blur.c", "filters/family/point.h"));
    assert_false(may_include("filters/kernels/a.c", "filters/family/lut.h"));
    assert_false(may_include("src/image/a.c", "codec/codec.h"));
    assert_false(may_include("src/files/a.c", "image/shape.h"));
    assert_true(may_include("src/codec/a.c", "os/mutex.h"));
    assert_false(may_include("src/os/a.c", "pipeline/core/queue.h"));
    assert_false(may_include("src/analysis/a.h", "files/input/walk.h"));
    assert_false(may_include("src/chain/a.c", "codec/codec.h"));
    assert_false(may_include("src/chain/a.c", "filters/kernels/row.h"));
    assert_false(may_include("src/pipeline/a.c", "command/command.h"));
    assert_false(may_include("filters/blur.c", "chain/chain.h"));
    assert_false(may_include("filters/blur.c", "filters/other.h"));
    assert_false(may_include("filters/blur.c", "base/../chain/chain.h"));
    assert_false(may_include("src/base/a.c", "strbuf.h"));
    assert_false(may_include("src/attic/a.c", "base/text.h"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_include_of_the_program_points_down),
        cmocka_unit_test(a_planted_include_that_points_up_is_found),
        cmocka_unit_test(the_rooms_stand_on_each_other_as_designed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
