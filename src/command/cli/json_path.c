/* json_path.c: see json_path.h. */
#include "command/cli/json_path.h"

#include <nettle/base64.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"

#define JSON_KEY_MAX 64

static int json_path_escaped(json_t *object, const char *key, const char *path,
                             size_t length)
{
    char key_b64[JSON_KEY_MAX];
    const size_t shown_max = 4 * length + 1; /* each byte as \xNN */
    const size_t coded = BASE64_ENCODE_RAW_LENGTH(length);
    char *shown = malloc(shown_max);
    char *base64 = malloc(coded);
    int rc = -1;
    if (shown && base64) {
        struct ml_strbuf text;
        ml_strbuf_open(&text, shown, shown_max);
        ml_strbuf_add_escaped(&text, path);
        base64_encode_raw(base64, length, (const uint8_t *)path);
        (void)snprintf(key_b64, sizeof key_b64, "%s_b64", key);
        rc = json_object_set_new(object, key, json_string(shown));
        if (rc == 0)
            rc = json_object_set_new(object, key_b64,
                                     json_stringn(base64, coded));
    }
    free(base64);
    free(shown);
    return rc;
}

int ml_json_set_path(json_t *object, const char *key, const char *path)
{
    const size_t length = strlen(path);
    if (!ml_is_utf8(path, length))
        return json_path_escaped(object, key, path, length);
    return json_object_set_new(object, key, json_stringn(path, length));
}
