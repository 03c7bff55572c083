/* temp_dir.h: an empty folder to run the program in, as a user would: by lines
 * of shell, in which $M is the program.  The test's own working folder is there
 * while the place is open.  Any failure fails the test and shows what was
 * printed.  One thread. */
#ifndef ML_TESTS_SUPPORT_TEMP_DIR_H
#define ML_TESTS_SUPPORT_TEMP_DIR_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define PLACE_TEXT_BYTES ((size_t)1 << 20)

struct place {
    char folder[64];
    char text[PLACE_TEXT_BYTES]; /* what the last line of shell printed */
};

/* cmocka's: *state is the place. */
int place_open(void **state);
int place_close(void **state);

/* Run a line (or more) of shell; its stdout and stderr are in place->text. */
void place_exits(struct place *place, int code, const char *line);
#define place_passes(place, line) place_exits(place, 0, line)

/* Is that in what was printed?  Exactly so many lines? */
void place_says(struct place *place, const char *part);
void place_lacks(struct place *place, const char *part);
void place_prints_lines(struct place *place, size_t count);

/* A file of the place that holds one JSON document and nothing else. */
json_t *place_json(const char *name);
/* A file of one JSON object a line, as an array. */
json_t *place_json_lines(const char *name);
/* The text at object.key, of any JSON object; must be there. */
const char *place_json_text(const json_t *object, const char *key);
/* The whole number at object.key; must be there. */
json_int_t place_json_number(const json_t *object, const char *key);

/* Write the bytes to a file of the place. */
void place_file(const char *name, const void *data, size_t size);

#endif
