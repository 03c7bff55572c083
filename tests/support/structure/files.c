/* files.c: reading C files: their text, their code without comments, their
 * includes. */
#include "support/structure/structure.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include <fts.h>
#include <stdlib.h>
#include <string.h>

#include "support/structure/structure_internal.h"

char *structure_read_text(const char *path)
{
    FILE *stream = fopen(path, "r");
    assert_non_null(stream);
    char *text = NULL;
    size_t room = 0;
    const ssize_t size = getdelim(&text, &room, '\0', stream);
    (void)fclose(stream);
    if (size >= 0)
        return text;
    free(text); /* the file is empty */
    text = calloc(1, 1);
    assert_non_null(text);
    return text;
}

/* The end of a comment, string or character that begins at `at`; `at` itself
 * where none begins. */
static const char *files_skip(const char *at)
{
    if (at[0] == '/' && at[1] == '*') {
        const char *end = strstr(at + 2, "*/");
        return end ? end + 2 : at + strlen(at);
    }
    if (at[0] == '/' && at[1] == '/')
        return at + strcspn(at, "\n");
    if (*at != '"' && *at != '\'')
        return at;
    const char quote = *at++;
    while (*at && *at != quote && *at != '\n')
        at += at[0] == '\\' && at[1] ? 2 : 1;
    return *at == quote ? at + 1 : at;
}

char *structure_strip(const char *text)
{
    char *code = strdup(text);
    assert_non_null(code);
    for (const char *at = text; *at;) {
        const char *end = files_skip(at);
        for (const char *p = at; p < end; p++) {
            if (*p != '\n')
                code[p - text] = ' ';
        }
        at = end > at ? end : at + 1;
    }
    return code;
}

static size_t files_node(struct structure *structure, const char *path)
{
    static const char *const ends[] = {"_internal.h", ".h", ".c"};
    char stem[STRUCTURE_PATH];
    (void)snprintf(stem, sizeof stem, "%s", path);
    const size_t length = strlen(stem);
    const bool joins = structure->unit == STRUCTURE_STEM;
    for (size_t i = 0; joins && i < sizeof ends / sizeof *ends; i++) {
        const size_t end = strlen(ends[i]);
        if (length > end && strcmp(stem + length - end, ends[i]) == 0) {
            stem[length - end] = '\0';
            break;
        }
    }
    for (size_t i = 0; i < structure->node_count; i++) {
        if (strcmp(structure->nodes[i].stem, stem) == 0)
            return i;
    }
    STRUCTURE_GROW(structure->nodes, structure->node_count,
                   structure->node_capacity);
    memcpy(structure->nodes[structure->node_count].stem, stem, sizeof stem);
    return structure->node_count++;
}

static void files_add(struct structure *structure, const char *real_path,
                      const char *path)
{
    STRUCTURE_GROW(structure->files, structure->file_count,
                   structure->file_capacity);
    struct structure_file *file = &structure->files[structure->file_count++];
    assert_true((size_t)snprintf(file->path, sizeof file->path, "%s", path) <
                sizeof file->path);
    file->text = structure_read_text(real_path);
    file->code = structure_strip(file->text);
    file->node = files_node(structure, path);
}

size_t structure_file_index(const struct structure *structure, const char *path)
{
    for (size_t i = 0; i < structure->file_count; i++) {
        if (strcmp(structure->files[i].path, path) == 0)
            return i;
    }
    return SIZE_MAX;
}

void structure_add_arrow(struct structure *structure, size_t from, size_t to,
                         const char *verb, const char *what)
{
    if (from == to)
        return;
    STRUCTURE_GROW(structure->arrows, structure->arrow_count,
                   structure->arrow_capacity);
    struct structure_arrow *arrow = &structure->arrows[structure->arrow_count];
    arrow->from = from;
    arrow->to = to;
    (void)snprintf(arrow->reason, sizeof arrow->reason, "%s %.100s", verb,
                   what);
    structure->arrow_count++;
}

/* The file that an include of "name" refers to: relative to src/, except for
 * filters/; SIZE_MAX when there is none. */
static size_t files_included(const struct structure *structure,
                             const char *name)
{
    char path[STRUCTURE_PATH + 8];
    (void)snprintf(path, sizeof path, "src/%s", name);
    const size_t below_src = structure_file_index(structure, path);
    return below_src != SIZE_MAX ? below_src
                                 : structure_file_index(structure, name);
}

/* The name between the quotes of the include at the beginning of a line, or
 * false.  `code` is the line without comments. */
static bool files_include_name(const char *line, const char *code,
                               char name[STRUCTURE_PATH])
{
    const char *at = code + strspn(code, " \t");
    if (*at++ != '#')
        return false;
    at += strspn(at, " \t");
    if (strncmp(at, "include", strlen("include")) != 0)
        return false;
    at += strlen("include");
    const char *quote = line + (at - code);
    quote += strspn(quote, " \t");
    if (*quote++ != '"')
        return false;
    (void)snprintf(name, STRUCTURE_PATH, "%.*s", (int)strcspn(quote, "\"\n"),
                   quote);
    return true;
}

static void files_read_includes(struct structure *structure, size_t index)
{
    const struct structure_file *file = &structure->files[index];
    char name[STRUCTURE_PATH];
    const char *line = file->text;
    while (*line) {
        if (files_include_name(line, file->code + (line - file->text), name)) {
            const size_t to = files_included(structure, name);
            if (to == SIZE_MAX)
                fail_msg("%s includes \"%s\": no such file in src or filters",
                         file->path, name);
            structure->include_count++;
            structure_add_arrow(structure, index, to, "includes", name);
        }
        line += strcspn(line, "\n");
        line += *line == '\n';
    }
}

void structure_open(struct structure *structure, const char *root,
                    enum structure_unit unit)
{
    char src[STRUCTURE_PATH], filters[STRUCTURE_PATH];
    char *const tops[] = {src, filters, NULL};
    memset(structure, 0, sizeof *structure);
    structure->unit = unit;
    (void)snprintf(src, sizeof src, "%s/src", root);
    (void)snprintf(filters, sizeof filters, "%s/filters", root);
    FTS *tree = fts_open(tops, FTS_PHYSICAL | FTS_NOCHDIR, structure_by_name);
    assert_non_null(tree);
    for (FTSENT *entry; (entry = fts_read(tree));) {
        if (entry->fts_info == FTS_F && structure_is_c(entry->fts_name))
            files_add(structure, entry->fts_path,
                      entry->fts_path + strlen(root) + 1);
    }
    (void)fts_close(tree);
    for (size_t i = 0; i < structure->file_count; i++)
        files_read_includes(structure, i);
}

void structure_close(struct structure *structure)
{
    for (size_t i = 0; i < structure->file_count; i++) {
        free(structure->files[i].text);
        free(structure->files[i].code);
    }
    free(structure->files);
    free(structure->nodes);
    free(structure->arrows);
    memset(structure, 0, sizeof *structure);
}
