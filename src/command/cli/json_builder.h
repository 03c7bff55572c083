/* json_builder.h: JSON documents that are printed whole or not at all.
 *
 * Each step of building a document may run out of memory.  The builder stores
 * the first failure, so that a caller need not check each step: ml_json_print()
 * checks once, prints nothing of a document that lacks a part, and reports the
 * error.  Every function accepts NULL for a part, so a part that could not be
 * allocated is safe to use.  One thread at a time uses a builder.
 */
#ifndef ML_COMMAND_CLI_JSON_BUILDER_H
#define ML_COMMAND_CLI_JSON_BUILDER_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/error.h"

/* All zero: nothing has failed. */
struct ml_json_builder {
    enum ml_status status; /* of the first step that failed; ML_OK: none */
};

/* New values, owned by the caller; NULL without memory. */
json_t *ml_json_object(struct ml_json_builder *json);
json_t *ml_json_array(struct ml_json_builder *json);
/* Bytes that are not UTF-8 become \xNN escapes. */
json_t *ml_json_text(struct ml_json_builder *json, const char *text);
/* As json_pack(): takes over the reference of `o`, adds one for `O`; text of
 * `s` is UTF-8. */
json_t *ml_json_pack(struct ml_json_builder *json, const char *format, ...);

/* Add `value` to an object or to the end of an array, which owns it then. */
void ml_json_set(struct ml_json_builder *json, json_t *object, const char *key,
                 json_t *value);
void ml_json_append(struct ml_json_builder *json, json_t *array, json_t *value);
/* Add all fields of `other` to an object, and release `other`. */
void ml_json_merge(struct ml_json_builder *json, json_t *object, json_t *other);

/* `flags`: on one line, in ASCII; or indented. */
#define ML_JSON_LINE (JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(9))
#define ML_JSON_INDENTED JSON_INDENT(2)

/* Print a whole document and a newline.  ML_ERR_MEMORY: a part is missing and
 * nothing was printed.  The caller still owns the document.  The error flag of
 * `out` reports a failed write. */
ML_MUST_CHECK enum ml_status ml_json_print(struct ml_json_builder *json,
                                           const json_t *document, size_t flags,
                                           FILE *out, struct ml_error *err);
/* The same without the newline; true if it was printed.  For one of several
 * documents: call ml_json_check() after the last. */
bool ml_json_put(struct ml_json_builder *json, const json_t *document,
                 size_t flags, FILE *out);
/* ML_OK if no step has failed, else the first error. */
ML_MUST_CHECK enum ml_status ml_json_check(const struct ml_json_builder *json,
                                           struct ml_error *err);

#endif
