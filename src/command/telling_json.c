/* telling_json.c: the JSON of records and summaries; see telling.h. */
#include "command/telling.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static json_t *json_base64(const char *text, size_t length)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "abcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *s = (const unsigned char *)text;
    char *out = malloc(length / 3 * 4 + 5);
    size_t used = 0;
    if (!out)
        return NULL;
    for (size_t i = 0; i < length; i += 3) {
        const size_t left = length - i;
        const uint32_t bits = (uint32_t)s[i] << 16 |
                              (left > 1 ? (uint32_t)s[i + 1] << 8 : 0) |
                              (left > 2 ? s[i + 2] : 0U);
        out[used++] = letters[bits >> 18];
        out[used++] = letters[bits >> 12 & 63];
        out[used++] = left > 1 ? letters[bits >> 6 & 63] : '=';
        out[used++] = left > 2 ? letters[bits & 63] : '=';
    }
    json_t *value = json_stringn(out, used);
    free(out);
    return value;
}

void ml_json_set_path(json_t *object, const char *key, const char *path)
{
    const size_t length = strlen(path);
    if (ml_is_utf8(path, length)) {
        (void)json_object_set_new(object, key, json_string(path));
        return;
    }
    char shown[4 * ML_INPUT_PATH_MAX], key64[64];
    struct ml_text text;
    ml_text_open(&text, shown, sizeof shown);
    ml_text_add_name(&text, path);
    (void)json_object_set_new(object, key, json_string(shown));
    ml_text_open(&text, key64, sizeof key64);
    ml_text_add(&text, "%s_b64", key);
    (void)json_object_set_new(object, key64, json_base64(path, length));
}

json_t *ml_json_shape(const char *format, const struct ml_shape *shape)
{
    return json_pack("{s:s, s:i, s:i, s:s, s:i}", "format", format, "width",
                     (int)shape->width, "height", (int)shape->height, "layout",
                     ml_layout_name(shape->layout), "bits", (int)shape->bits);
}

void ml_json_print(const json_t *document, FILE *out)
{
    (void)json_dumpf(document, out,
                     JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(9));
    (void)fputc('\n', out);
}
