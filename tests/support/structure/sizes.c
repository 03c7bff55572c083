/* sizes.c: rules without arrows: tags, sizes, and the purpose of a folder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/structure/structure_internal.h"

/* ---- tags ---- */

struct tag {
    char name[128];
    char file[STRUCTURE_PATH];
    size_t line;
};

struct tags {
    struct tag *items;
    size_t count, room;
};

static bool tag_is_letter(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* Skip blanks and attributes. */
static const char *tag_skip(const char *at)
{
    for (;;) {
        at += strspn(at, " \t\n");
        if (strncmp(at, "__attribute__", strlen("__attribute__")) != 0)
            return at;
        at += strcspn(at, "(");
        size_t depth = 0;
        do {
            depth += *at == '(';
            depth -= *at == ')';
        } while (*at && (at++, depth > 0));
    }
}

/* The tag that `at`, the beginning of a word of code, defines: its name, or
 * false. */
static bool tag_defined(const char *at, char *name, size_t capacity)
{
    static const char *const kinds[] = {"struct", "union", "enum"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const size_t length = strlen(kinds[i]);
        if (strncmp(at, kinds[i], length) != 0 || tag_is_letter(at[length]))
            continue;
        const char *word = tag_skip(at + length);
        size_t size = 0;
        while (tag_is_letter(word[size]))
            size++;
        (void)snprintf(name, capacity, "%.*s", (int)size, word);
        return size > 0 && *tag_skip(word + size) == '{';
    }
    return false;
}

static void tags_read(struct tags *tags, const struct structure_file *file)
{
    size_t line = 1;
    for (const char *at = file->code; *at; at++) {
        line += *at == '\n';
        if (!tag_is_letter(*at) || (at > file->code && tag_is_letter(at[-1])))
            continue;
        STRUCTURE_GROW(tags->items, tags->count, tags->room);
        struct tag *tag = &tags->items[tags->count];
        if (!tag_defined(at, tag->name, sizeof tag->name))
            continue;
        memcpy(tag->file, file->path, sizeof tag->file);
        tag->line = line;
        tags->count++;
    }
}

static int tags_by_name(const void *a, const void *b)
{
    const struct tag *x = a, *y = b;
    const int names = strcmp(x->name, y->name);
    const int files = names ? names : strcmp(x->file, y->file);
    return files ? files : (x->line > y->line) - (x->line < y->line);
}

void structure_check_tags(const struct structure *structure,
                          struct structure_findings *findings)
{
    struct tags tags = {0};
    for (size_t i = 0; i < structure->file_count; i++)
        tags_read(&tags, &structure->files[i]);
    if (tags.count)
        qsort(tags.items, tags.count, sizeof *tags.items, tags_by_name);
    for (size_t i = 1; i < tags.count; i++) {
        const struct tag *a = &tags.items[i - 1], *b = &tags.items[i];
        if (strcmp(a->name, b->name) == 0)
            structure_find(findings, "tag %s: %s:%zu and %s:%zu", a->name,
                           a->file, a->line, b->file, b->line);
    }
    free(tags.items);
}

/* ---- sizes ---- */

static size_t sizes_lines(const char *text)
{
    size_t lines = 0;
    for (const char *at = text; *at; at++)
        lines += *at == '\n';
    return lines;
}

/* A function begins with a { at the beginning of a line and ends with a } at
 * the beginning of one: clang-format puts no other braces there. */
static void sizes_check_functions(const char *path, const char *text,
                                  size_t most,
                                  struct structure_findings *findings)
{
    size_t line = 1, begin = 0;
    for (const char *at = text; *at; line++) {
        if (strncmp(at, "{\n", 2) == 0)
            begin = line;
        if (*at == '}' && begin) {
            if (line - begin > most)
                structure_find(findings, "%s:%zu: a function of %zu lines",
                               path, begin, line - begin);
            begin = 0;
        }
        at += strcspn(at, "\n");
        at += *at == '\n';
    }
}

static void sizes_check_file(const char *real_path, const char *path,
                             const struct structure_limits *limits,
                             struct structure_findings *findings)
{
    char *text = structure_read_text(real_path);
    const size_t lines = sizes_lines(text);
    if (lines > limits->file_lines)
        structure_find(findings, "%s: %zu lines", path, lines);
    if (structure_is_c(path))
        sizes_check_functions(path, text, limits->function_lines, findings);
    free(text);
}

static FTS *sizes_open(const char *root, const char *const *names, size_t count,
                       char paths[][STRUCTURE_PATH])
{
    char *tops[4] = {NULL};
    for (size_t i = 0, used = 0; i < count; i++) {
        (void)snprintf(paths[i], STRUCTURE_PATH, "%s/%s", root, names[i]);
        if (access(paths[i], F_OK) == 0)
            tops[used++] = paths[i];
    }
    assert_non_null(tops[0]);
    FTS *tree = fts_open(tops, FTS_PHYSICAL | FTS_NOCHDIR, structure_by_name);
    assert_non_null(tree);
    return tree;
}

void structure_check_sizes(const char *root,
                           const struct structure_limits *limits,
                           struct structure_findings *findings)
{
    static const char *const names[] = {"src", "filters", "tests"};
    char paths[3][STRUCTURE_PATH];
    FTS *tree = sizes_open(root, names, 3, paths);
    for (FTSENT *entry; (entry = fts_read(tree));) {
        const char *path = entry->fts_path + strlen(root) + 1;
        if (entry->fts_info == FTS_F) {
            entry->fts_parent->fts_number++;
            sizes_check_file(entry->fts_path, path, limits, findings);
        }
        if (entry->fts_info == FTS_DP &&
            (size_t)entry->fts_number > limits->folder_files)
            structure_find(findings, "%s: %ld files", path, entry->fts_number);
    }
    (void)fts_close(tree);
}

/* ---- purposes ---- */

/* Lines of the comment that a header begins with. */
static size_t purpose_lines(const char *path)
{
    char *text = structure_read_text(path);
    char *end = strncmp(text, "/*", 2) == 0 ? strstr(text, "*/") : NULL;
    size_t lines = 0;
    if (end) {
        *end = '\0';
        lines = sizes_lines(text);
    }
    free(text);
    return lines;
}

static bool purpose_is_told(const char *folder, const char *name)
{
    char path[2 * STRUCTURE_PATH];
    (void)snprintf(path, sizeof path, "%s/README.md", folder);
    if (access(path, R_OK) == 0)
        return true;
    (void)snprintf(path, sizeof path, "%s/%s.h", folder, name);
    return access(path, R_OK) == 0 && purpose_lines(path) >= 3;
}

void structure_check_purposes(const char *root,
                              struct structure_findings *findings)
{
    static const char *const names[] = {"src", "filters"};
    char paths[2][STRUCTURE_PATH];
    FTS *tree = sizes_open(root, names, 2, paths);
    for (FTSENT *entry; (entry = fts_read(tree));) {
        if (entry->fts_info == FTS_D && entry->fts_level <= 2 &&
            !purpose_is_told(entry->fts_path, entry->fts_name))
            structure_find(findings, "%s: no README.md says what it is for",
                           entry->fts_path + strlen(root) + 1);
    }
    (void)fts_close(tree);
}
