/* structure.h: the files of a source tree, the arrows between them, and the
 * rules that they follow.
 *
 * An arrow from one file to another is an #include "...", or a use of a symbol
 * that the other one defines; symbols are read by nm from the objects.
 * The caller owns the struct; a failure to read fails the test.  One thread.
 */
#ifndef TESTS_SUPPORT_STRUCTURE_H
#define TESTS_SUPPORT_STRUCTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define STRUCTURE_PATH 256

struct structure_file {
    char path[STRUCTURE_PATH]; /* from the root: "src/base/error.c" */
    char *text;                /* whole, ends with a zero byte */
    char *code; /* of the same length: comments and the insides of quotes are
                   blanks */
    size_t node;
};

/* The nodes of a circle. */
enum structure_unit {
    STRUCTURE_FILE, /* each file: a.c may include b.h, and b.c include a.h */
    STRUCTURE_STEM  /* a.c, a.h and a_internal.h are one: a may not use b when
                       b uses a, not even for a struct */
};

struct structure_node {
    char stem[STRUCTURE_PATH]; /* or the whole path of a file */
};

struct structure_arrow {
    size_t from, to; /* files */
    char reason[128];
};

struct structure {
    enum structure_unit unit;
    struct structure_file *files;
    size_t file_count, file_capacity;
    struct structure_node *nodes;
    size_t node_count, node_capacity;
    struct structure_arrow *arrows;
    size_t arrow_count, arrow_capacity;
    size_t include_count, call_count; /* of them */
    size_t object_count;
};

/* Violations of rules; each is printed when it is added. */
struct structure_findings {
    size_t count;
    char first[1024];
};

/* A folder, and the folders that its files may use besides it; what these may
 * use is allowed too.  `path` is "src/base/" for the files directly in it, or
 * "src/codec/registry." for the files of that name, which then do not count as
 * part of their folder. */
struct structure_folder {
    const char *path;
    const char *on[8];
};

/* Read the C files of root/src and root/filters, and their includes. */
void structure_open(struct structure *structure, const char *root,
                    enum structure_unit unit);
/* Add the uses of symbols; `symbols` is the output of `nm -P -g OBJECT...`.
 * The path of an object is the path of its source and ".o", with or without
 * ".../NAME.dir/" before it. */
void structure_add_calls(struct structure *structure, FILE *symbols);
void structure_close(struct structure *structure);

__attribute__((format(printf, 2, 3))) void
structure_find(struct structure_findings *findings, const char *format, ...);

/* Files that depend on each other in a circle: one finding for each set of
 * them, with the shortest circle in it. */
void structure_check_circles(const struct structure *structure,
                             struct structure_findings *findings);
/* Arrows that the table does not allow, files that are in no row, rows that
 * name an unknown row. */
void structure_check_arrows(const struct structure *structure,
                            const struct structure_folder *table, size_t count,
                            struct structure_findings *findings);
/* Tags of structs, unions and enums that are defined twice. */
void structure_check_tags(const struct structure *structure,
                          struct structure_findings *findings);

struct structure_limits {
    size_t folder_files, file_lines, function_lines;
};

/* Folders with too many files, files and functions with too many lines, below
 * root/src, root/filters and root/tests. */
void structure_check_sizes(const char *root,
                           const struct structure_limits *limits,
                           struct structure_findings *findings);
/* Folders of src and filters, down to two levels below them, that do not say
 * what they are for: neither in a README.md nor in a header named after the
 * folder, whose opening comment then has at least three lines. */
void structure_check_purposes(const char *root,
                              struct structure_findings *findings);

/* The whole file at `path`, ending with a zero byte; the caller's to free. */
char *structure_read_text(const char *path);
/* A copy of C source of the same length, in which comments and the insides of
 * strings and characters are blanks; newlines stay.  The caller's to free. */
char *structure_strip(const char *text);

#endif
