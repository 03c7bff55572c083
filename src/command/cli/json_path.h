/* json_path.h: file names in JSON.
 *
 * Names are bytes, JSON is Unicode: a name that is not valid UTF-8 is stored
 * with \xNN escapes, and whole, in base64, in a second field.
 */
#ifndef ML_COMMAND_CLI_JSON_PATH_H
#define ML_COMMAND_CLI_JSON_PATH_H

#include "command/cli/json_builder.h"

/* Set `key` to the name, and KEY_b64 where the name is not UTF-8. */
void ml_json_set_path(struct ml_json_builder *json, json_t *object,
                      const char *key, const char *path);

#endif
