/* temp_dir.c: see temp_dir.h. */
#include "support/temp_dir.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/capture.h"

int place_open(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    if (!place)
        return -1;
    strcpy(place->folder, "/tmp/minilab-run-XXXXXX");
    *state = place;
    return mkdtemp(place->folder) && chdir(place->folder) == 0 ? 0 : -1;
}

int place_close(void **state)
{
    struct place *place = *state;
    char line[160];
    (void)snprintf(line, sizeof line, "chmod -R u+rwx %s; rm -rf %s",
                   place->folder, place->folder);
    const int rc = chdir("/") + system(line);
    free(place);
    return rc;
}

void place_exits(struct place *place, int code, const char *line)
{
    const int exit =
        capture_program(ML_TEST_PROGRAM, line, place->text, sizeof place->text);
    if (exit != code)
        fail_msg("%s\nexits with %d, not %d, and prints:\n%s", line, exit, code,
                 place->text);
}

void place_says(struct place *place, const char *part)
{
    if (!strstr(place->text, part))
        fail_msg("'%s' is not in:\n%s", part, place->text);
}

void place_lacks(struct place *place, const char *part)
{
    if (strstr(place->text, part))
        fail_msg("'%s' is in:\n%s", part, place->text);
}

void place_prints_lines(struct place *place, size_t count)
{
    size_t lines = 0;
    for (const char *at = place->text; (at = strchr(at, '\n')) != NULL; at++)
        lines++;
    if (lines != count)
        fail_msg("%zu lines, not %zu:\n%s", lines, count, place->text);
}

json_t *place_json(const char *name)
{
    json_error_t error;
    json_t *document = json_load_file(name, JSON_REJECT_DUPLICATES, &error);
    if (!document)
        fail_msg("%s: line %d: %s", name, error.line, error.text);
    return document;
}

json_t *place_json_lines(const char *name)
{
    json_error_t error;
    json_t *lines = json_array();
    char *line = NULL;
    size_t room = 0;
    FILE *file = fopen(name, "re");
    assert_non_null(file);
    while (getline(&line, &room, file) > 0) {
        json_t *object = json_loads(line, JSON_REJECT_DUPLICATES, &error);
        if (!object)
            fail_msg("%s: %s: %s", name, error.text, line);
        assert_int_equal(json_array_append_new(lines, object), 0);
    }
    free(line);
    (void)fclose(file);
    return lines;
}

const char *place_json_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    if (!text)
        fail_msg("no text %s in it", key);
    return text;
}

json_int_t place_json_number(const json_t *object, const char *key)
{
    const json_t *number = json_object_get(object, key);
    if (!json_is_integer(number))
        fail_msg("no number %s in it", key);
    return json_integer_value(number);
}

void place_file(const char *name, const void *data, size_t size)
{
    FILE *file = fopen(name, "wbe");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}
