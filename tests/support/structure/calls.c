/* calls.c: which file uses a symbol that another file defines, from the output
 * of nm for the compiler's objects; and the helpers of this folder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "support/structure/structure_internal.h"

void *structure_grow(void *items, size_t *room, size_t item_bytes)
{
    *room = *room ? 2 * *room : 64;
    void *more = realloc(items, *room * item_bytes);
    assert_non_null(more);
    return more;
}

bool structure_is_c(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot && (strcmp(dot, ".c") == 0 || strcmp(dot, ".h") == 0);
}

int structure_by_name(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

void structure_find(struct structure_findings *findings, const char *format,
                    ...)
{
    char text[sizeof findings->first];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    print_message("%s\n", text);
    if (findings->count++ == 0)
        memcpy(findings->first, text, sizeof text);
}

struct calls_symbol {
    char *name;
    size_t file;
};

struct calls_list {
    struct calls_symbol *items;
    size_t count, room;
};

static int calls_by_name(const void *a, const void *b)
{
    const struct calls_symbol *x = a, *y = b;
    return strcmp(x->name, y->name);
}

static void calls_add(struct calls_list *list, const char *name, size_t file)
{
    STRUCTURE_GROW(list->items, list->count, list->room);
    struct calls_symbol *symbol = &list->items[list->count++];
    symbol->name = strdup(name);
    assert_non_null(symbol->name);
    symbol->file = file;
}

static void calls_free(struct calls_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i].name);
    free(list->items);
}

/* The source of the object that "OBJECT:" names, SIZE_MAX for an object
 * outside the tree. */
static size_t calls_source(const struct structure *structure, char *object)
{
    char *end = object + strlen(object);
    if (end - object < 3 || strcmp(end - 3, ".o:") != 0)
        return SIZE_MAX;
    end[-3] = '\0';
    const char *path = object;
    for (const char *at = path; (at = strstr(at, ".dir/"));)
        path = at += strlen(".dir/");
    if (strncmp(path, "./", 2) == 0)
        path += 2;
    return structure_file_index(structure, path);
}

/* The defined and the used symbols of all objects. */
static void calls_read(struct structure *structure, FILE *symbols,
                       struct calls_list *defined, struct calls_list *used)
{
    char line[1024], name[512], type[8];
    size_t file = SIZE_MAX;
    while (fgets(line, sizeof line, symbols)) {
        line[strcspn(line, "\n")] = '\0';
        const int words = sscanf(line, "%511s %7s", name, type);
        if (words == 1) {
            file = calls_source(structure, line);
            structure->object_count += file != SIZE_MAX;
        } else if (words == 2 && file != SIZE_MAX) {
            const bool is_used = strchr("Uwv", *type) != NULL;
            calls_add(is_used ? used : defined, name, file);
        }
    }
}

void structure_add_calls(struct structure *structure, FILE *symbols)
{
    struct calls_list defined = {0}, used = {0};
    calls_read(structure, symbols, &defined, &used);
    if (defined.count)
        qsort(defined.items, defined.count, sizeof *defined.items,
              calls_by_name);
    for (size_t i = 0; i < used.count && defined.count; i++) {
        const struct calls_symbol *target =
            bsearch(&used.items[i], defined.items, defined.count,
                    sizeof *defined.items, calls_by_name);
        if (!target) /* of a library */
            continue;
        structure->call_count++;
        structure_add_arrow(structure, used.items[i].file, target->file,
                            "calls", target->name);
    }
    calls_free(&defined);
    calls_free(&used);
}
