/* temp_dir.h: an empty folder in which a test runs the program as a user does:
 * by shell commands, in which $M is the program.  It is the working directory
 * of the test while it is open.  A failure fails the test and prints the output
 * of the command.  One thread. */
#ifndef ML_TESTS_SUPPORT_TEMP_DIR_H
#define ML_TESTS_SUPPORT_TEMP_DIR_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define PLACE_TEXT_BYTES ((size_t)1 << 20)

struct place {
    char folder[64];
    char text[PLACE_TEXT_BYTES]; /* output of the last shell command */
};

/* Fixture functions of cmocka: *state is the struct place. */
int place_open(void **state);
int place_close(void **state);

/* Run a shell command, which must exit with `code`; place->text receives its
 * stdout and stderr. */
void place_exits(struct place *place, int code, const char *line);
#define place_passes(place, line) place_exits(place, 0, line)

/* Fail unless the output contains `part`, lacks it, has `count` lines. */
void place_says(struct place *place, const char *part);
void place_lacks(struct place *place, const char *part);
void place_prints_lines(struct place *place, size_t count);

/* A file of the folder that holds one JSON document and nothing else. */
json_t *place_json(const char *name);
/* A file of one JSON object a line, as an array. */
json_t *place_json_lines(const char *name);
/* The string at object.key, which must exist. */
const char *place_json_text(const json_t *object, const char *key);
/* The whole number at object.key, which must exist. */
json_int_t place_json_number(const json_t *object, const char *key);

/* Write the bytes to a file of the folder. */
void place_file(const char *name, const void *data, size_t size);

#endif
