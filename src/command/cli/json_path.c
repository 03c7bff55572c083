/* json_path.c: see json_path.h. */
#include "command/cli/json_path.h"

#include <nettle/base64.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"

#define JSON_KEY_MAX 64

/* The bytes of the name in base64; NULL without memory, which ml_json_set()
 * reports. */
static json_t *json_path_base64(const char *path, size_t length)
{
    const size_t coded = BASE64_ENCODE_RAW_LENGTH(length);
    char *base64 = malloc(coded);
    if (!base64)
        return NULL;
    base64_encode_raw(base64, length, (const uint8_t *)path);
    json_t *value = json_stringn(base64, coded);
    free(base64);
    return value;
}

void ml_json_set_path(struct ml_json_builder *json, json_t *object,
                      const char *key, const char *path)
{
    const size_t length = strlen(path);
    char key_b64[JSON_KEY_MAX];
    ml_json_set(json, object, key, ml_json_text(json, path));
    if (ml_is_utf8(path, length))
        return;
    (void)snprintf(key_b64, sizeof key_b64, "%s_b64", key);
    ml_json_set(json, object, key_b64, json_path_base64(path, length));
}
