/* arrows.c: circles of files, and arrows that run against the table of
 * folders. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "support/structure/structure_internal.h"

/* ---- circles ---- */

/* A graph: one edge for each pair of nodes with an arrow. */
struct circles {
    const struct structure *structure;
    size_t count;         /* nodes */
    const char **reasons; /* [from * count + to]; NULL: no edge */
    bool *reaches;        /* [from * count + to]: over any number of edges */
    size_t *parents;      /* [count]: of one search */
    size_t *queue;        /* [count] */
};

static const char *circles_reason(const struct circles *graph, size_t from,
                                  size_t to)
{
    return graph->reasons[from * graph->count + to];
}

/* Breadth first from `start`: fill parents, SIZE_MAX for nodes not reached;
 * that of `start` is set when an edge leads back to it. */
static void circles_search(struct circles *graph, size_t start)
{
    size_t head = 0, tail = 0;
    for (size_t i = 0; i < graph->count; i++)
        graph->parents[i] = SIZE_MAX;
    graph->queue[tail++] = start;
    while (head < tail) {
        const size_t from = graph->queue[head++];
        for (size_t to = 0; to < graph->count; to++) {
            if (!circles_reason(graph, from, to) ||
                graph->parents[to] != SIZE_MAX)
                continue;
            graph->parents[to] = from;
            if (to != start)
                graph->queue[tail++] = to;
        }
    }
}

static void circles_open(struct circles *graph,
                         const struct structure *structure)
{
    const size_t count = structure->node_count;
    graph->structure = structure;
    graph->count = count;
    graph->reasons = calloc(count * count + 1, sizeof *graph->reasons);
    graph->reaches = calloc(count * count + 1, sizeof *graph->reaches);
    graph->parents = calloc(count + 1, sizeof *graph->parents);
    graph->queue = calloc(count + 1, sizeof *graph->queue);
    assert_true(graph->reasons && graph->reaches && graph->parents &&
                graph->queue);
    for (size_t i = 0; i < structure->arrow_count; i++) {
        const struct structure_arrow *arrow = &structure->arrows[i];
        const size_t from = structure->files[arrow->from].node;
        const size_t to = structure->files[arrow->to].node;
        if (from != to && !circles_reason(graph, from, to))
            graph->reasons[from * count + to] = arrow->reason;
    }
    for (size_t from = 0; from < count; from++) {
        circles_search(graph, from);
        for (size_t to = 0; to < count; to++)
            graph->reaches[from * count + to] = graph->parents[to] != SIZE_MAX;
    }
}

static void circles_close(struct circles *graph)
{
    free(graph->reasons);
    free(graph->reaches);
    free(graph->parents);
    free(graph->queue);
}

static bool circles_same(const struct circles *graph, size_t a, size_t b)
{
    return graph->reaches[a * graph->count + b] &&
           graph->reaches[b * graph->count + a];
}

/* Edges of the shortest circle through `start`. */
static size_t circles_length(struct circles *graph, size_t start)
{
    size_t length = 1;
    circles_search(graph, start);
    for (size_t at = graph->parents[start]; at != start;
         at = graph->parents[at])
        length++;
    return length;
}

/* "a -> b (calls x) -> a (includes y)": the shortest circle through `start`. */
static void circles_print(struct circles *graph, size_t start, char *text,
                          size_t capacity)
{
    const struct structure_node *nodes = graph->structure->nodes;
    size_t length = circles_length(graph, start);
    size_t *path = graph->queue; /* the search is over: reuse its queue */
    for (size_t at = start, i = length; i > 0; i--) {
        path[i] = at;
        at = graph->parents[at];
    }
    path[0] = start;
    size_t used = (size_t)snprintf(text, capacity, "%s", nodes[start].stem);
    for (size_t i = 1; i <= length && used < capacity; i++)
        used += (size_t)snprintf(text + used, capacity - used, " -> %s (%s)",
                                 nodes[path[i]].stem,
                                 circles_reason(graph, path[i - 1], path[i]));
}

void structure_check_circles(const struct structure *structure,
                             struct structure_findings *findings)
{
    struct circles graph;
    circles_open(&graph, structure);
    for (size_t i = 0; i < graph.count; i++) {
        if (!circles_same(&graph, i, i))
            continue;
        size_t members = 0, best = i, best_length = SIZE_MAX;
        bool is_first = true; /* of its set */
        for (size_t k = 0; k < graph.count; k++) {
            if (!circles_same(&graph, i, k))
                continue;
            members++;
            is_first = is_first && k >= i;
            const size_t length = circles_length(&graph, k);
            if (length < best_length) {
                best = k;
                best_length = length;
            }
        }
        if (!is_first)
            continue;
        char text[800];
        circles_print(&graph, best, text, sizeof text);
        structure_find(findings, "circle of %zu files: %s", members, text);
    }
    circles_close(&graph);
}

/* ---- the table of folders ---- */

struct table {
    const struct structure_folder *rows;
    size_t count;
};

static size_t table_row(const struct table *table, const char *path)
{
    for (size_t i = 0; i < table->count; i++) {
        if (strcmp(table->rows[i].path, path) == 0)
            return i;
    }
    return SIZE_MAX;
}

/* The row of a file: that of its name, else that of its folder. */
static size_t table_row_of(const struct table *table, const char *file)
{
    char path[STRUCTURE_PATH];
    (void)snprintf(path, sizeof path, "%s", file);
    char *dot = strrchr(path, '.');
    if (dot)
        dot[1] = '\0';
    const size_t by_name = table_row(table, path);
    if (by_name != SIZE_MAX)
        return by_name;
    strrchr(path, '/')[1] = '\0';
    return table_row(table, path);
}

/* Whether files of row `from` may use those of row `to`.  Rows form no circle:
 * structure_check_arrows() checks that each row uses only rows above it. */
static bool table_allows(const struct table *table, size_t from, size_t to)
{
    if (from == to)
        return true;
    for (const char *const *on = table->rows[from].on; *on; on++) {
        if (table_allows(table, table_row(table, *on), to))
            return true;
    }
    return false;
}

/* Whether each row uses only rows above it. */
static bool table_check(const struct table *table,
                        struct structure_findings *findings)
{
    const size_t before = findings->count;
    for (size_t i = 0; i < table->count; i++) {
        for (const char *const *on = table->rows[i].on; *on; on++) {
            const size_t row = table_row(table, *on);
            if (row == SIZE_MAX || row >= i)
                structure_find(findings, "table: %s is on %s, %s",
                               table->rows[i].path, *on,
                               row == SIZE_MAX ? "which has no row"
                                               : "which comes later");
        }
    }
    return findings->count == before;
}

void structure_check_arrows(const struct structure *structure,
                            const struct structure_folder *rows, size_t count,
                            struct structure_findings *findings)
{
    const struct table table = {rows, count};
    if (!table_check(&table, findings))
        return;
    for (size_t i = 0; i < structure->file_count; i++) {
        if (table_row_of(&table, structure->files[i].path) == SIZE_MAX)
            structure_find(findings, "%s: its folder is not in the table",
                           structure->files[i].path);
    }
    for (size_t i = 0; i < structure->arrow_count; i++) {
        const struct structure_arrow *arrow = &structure->arrows[i];
        const char *from = structure->files[arrow->from].path;
        const char *to = structure->files[arrow->to].path;
        const size_t from_row = table_row_of(&table, from);
        const size_t to_row = table_row_of(&table, to);
        if (from_row != SIZE_MAX && to_row != SIZE_MAX &&
            !table_allows(&table, from_row, to_row))
            structure_find(findings, "upward: %s -> %s (%s)", from, to,
                           arrow->reason);
    }
}
