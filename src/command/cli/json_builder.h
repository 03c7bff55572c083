/* json_builder.h: JSON documents that are printed whole or not at all.
 *
 * Each step of building one may lack memory.  The builder remembers the first
 * that failed, so that callers build on without asking, and the end asks once:
 * ml_json_print() prints nothing of a document that lacks a part, and says
 * why.  Every function here accepts a NULL part, so a part that could not be
 * made is safe to use.  A builder belongs to one thread at a time.
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

/* New values, the caller's to pass on; NULL when there is no memory. */
json_t *ml_json_object(struct ml_json_builder *json);
json_t *ml_json_array(struct ml_json_builder *json);
/* Bytes that are not UTF-8 are shown with \xNN escapes. */
json_t *ml_json_text(struct ml_json_builder *json, const char *text);
/* json_pack(): references of `o` are taken, of `O` are not; text of `s` is
 * UTF-8. */
json_t *ml_json_pack(struct ml_json_builder *json, const char *format, ...);

/* Put `value` into an object or at the end of an array, which takes it. */
void ml_json_set(struct ml_json_builder *json, json_t *object, const char *key,
                 json_t *value);
void ml_json_append(struct ml_json_builder *json, json_t *array, json_t *value);
/* Put all of `other`, which is taken, into an object. */
void ml_json_merge(struct ml_json_builder *json, json_t *object, json_t *other);

/* How it is printed: on one line, in ASCII; or indented. */
#define ML_JSON_LINE (JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(9))
#define ML_JSON_INDENTED JSON_INDENT(2)

/* Print a whole document and a newline.  ML_ERR_MEMORY when a part of it is
 * missing: nothing was printed then.  The document stays the caller's; whether
 * `out` took it, its error flag says. */
ML_MUST_CHECK enum ml_status ml_json_print(struct ml_json_builder *json,
                                           const json_t *document, size_t flags,
                                           FILE *out, struct ml_error *err);
/* The same without the newline; true when it was printed.  For a document among
 * others: ml_json_check() at the end. */
bool ml_json_put(struct ml_json_builder *json, const json_t *document,
                 size_t flags, FILE *out);
/* ML_OK when nothing has failed, else the error of what has. */
ML_MUST_CHECK enum ml_status ml_json_check(const struct ml_json_builder *json,
                                           struct ml_error *err);

#endif
