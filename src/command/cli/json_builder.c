/* json_builder.c: see json_builder.h. */
#include "command/cli/json_builder.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"

static void builder_fail(struct ml_json_builder *json, enum ml_status status)
{
    if (json->status == ML_OK)
        json->status = status;
}

/* Check a new value: NULL is lack of memory. */
static json_t *builder_check(struct ml_json_builder *json, json_t *value)
{
    if (!value)
        builder_fail(json, ML_ERR_MEMORY);
    return value;
}

/* A copy of `text` in UTF-8, with escapes, that the caller frees; NULL without
 * memory. */
static char *builder_escape(const char *text)
{
    const size_t size = 4 * strlen(text) + 1; /* each byte as \xNN */
    char *shown = malloc(size);
    struct ml_strbuf to;
    if (!shown)
        return NULL;
    ml_strbuf_open(&to, shown, size);
    ml_strbuf_add_escaped(&to, text);
    return shown;
}

json_t *ml_json_object(struct ml_json_builder *json)
{
    return builder_check(json, json_object());
}

json_t *ml_json_array(struct ml_json_builder *json)
{
    return builder_check(json, json_array());
}

json_t *ml_json_text(struct ml_json_builder *json, const char *text)
{
    if (ml_is_utf8(text, strlen(text)))
        return builder_check(json, json_string(text));
    char *shown = builder_escape(text);
    json_t *value = shown ? json_string(shown) : NULL;
    free(shown);
    return builder_check(json, value);
}

json_t *ml_json_pack(struct ml_json_builder *json, const char *format, ...)
{
    json_error_t error = {.text = ""};
    va_list values;
    va_start(values, format);
    json_t *packed = json_vpack_ex(&error, 0, format, values);
    va_end(values);
    if (packed)
        return packed;
    /* Other codes come from lack of memory, here or in a part that is NULL. */
    const enum json_error_code code = json_error_code(&error);
    builder_fail(json, code == json_error_invalid_utf8 ||
                               code == json_error_numeric_overflow ||
                               code == json_error_invalid_format
                           ? ML_ERR_INTERNAL
                           : ML_ERR_MEMORY);
    return NULL;
}

void ml_json_set(struct ml_json_builder *json, json_t *object, const char *key,
                 json_t *value)
{
    char *shown = NULL;
    if (!ml_is_utf8(key, strlen(key))) {
        shown = builder_escape(key);
        if (!shown) {
            json_decref(value);
            builder_fail(json, ML_ERR_MEMORY);
            return;
        }
    }
    if (json_object_set_new(object, shown ? shown : key, value) != 0)
        builder_fail(json, ML_ERR_MEMORY);
    free(shown);
}

void ml_json_append(struct ml_json_builder *json, json_t *array, json_t *value)
{
    if (json_array_append_new(array, value) != 0)
        builder_fail(json, ML_ERR_MEMORY);
}

void ml_json_merge(struct ml_json_builder *json, json_t *object, json_t *other)
{
    if (json_object_update_new(object, other) != 0)
        builder_fail(json, ML_ERR_MEMORY);
}

/* ---- printing ---- */

#define BUILDER_TEXT_BYTES 512 /* of a document at first */

struct builder_text {
    char *bytes;
    size_t used, capacity;
    bool lost; /* a part is missing: no memory */
};

/* jansson 2.14 ignores the result of this callback for the key of an object, so
 * `lost` stores a failure. */
static int builder_add(const char *piece, size_t size, void *context)
{
    struct builder_text *text = context;
    if (!text->lost && size > text->capacity - text->used) {
        const size_t capacity = text->capacity * 2 > text->used + size
                                    ? text->capacity * 2
                                    : text->used + 2 * size;
        const size_t least =
            capacity > BUILDER_TEXT_BYTES ? capacity : BUILDER_TEXT_BYTES;
        char *bytes = realloc(text->bytes, least);
        text->lost = !bytes;
        text->bytes = bytes ? bytes : text->bytes;
        text->capacity = bytes ? least : text->capacity;
    }
    if (text->lost)
        return -1;
    memcpy(text->bytes + text->used, piece, size);
    text->used += size;
    return 0;
}

bool ml_json_put(struct ml_json_builder *json, const json_t *document,
                 size_t flags, FILE *out)
{
    struct builder_text text = {NULL, 0, 0, false};
    /* Convert to text first: without memory for all of it nothing is printed.
     */
    if (json->status == ML_OK &&
        (json_dump_callback(document, builder_add, &text, flags) != 0 ||
         text.lost))
        builder_fail(json, ML_ERR_MEMORY);
    if (json->status == ML_OK)
        (void)fwrite(text.bytes, 1, text.used, out);
    free(text.bytes);
    return json->status == ML_OK;
}

enum ml_status ml_json_print(struct ml_json_builder *json,
                             const json_t *document, size_t flags, FILE *out,
                             struct ml_error *err)
{
    if (ml_json_put(json, document, flags, out))
        (void)fputc('\n', out);
    return ml_json_check(json, err);
}

enum ml_status ml_json_check(const struct ml_json_builder *json,
                             struct ml_error *err)
{
    if (json->status == ML_OK)
        return ML_OK;
    if (json->status == ML_ERR_MEMORY)
        return ml_fail(err, ML_ERR_MEMORY, "cannot build the JSON document",
                       "free some memory", "out of memory");
    return ml_fail(err, json->status, "cannot build the JSON document",
                   "report this as a defect of minilab",
                   "a value does not fit its field");
}
