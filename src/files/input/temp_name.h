/* temp_name.h: the names of minilab's temporary files.  files/output makes
 * them; the walk skips them.  Pure.
 */
#ifndef ML_FILES_INPUT_TEMP_NAME_H
#define ML_FILES_INPUT_TEMP_NAME_H

#include <stdbool.h>
#include <stdint.h>

#define ML_TEMP_NAME_MAX 64 /* ".minilab-<16 hex>-<n>.tmp" */

/* `token`: random, one a run; `number`: counts the files of the run. */
void ml_temp_name(char name_out[ML_TEMP_NAME_MAX], uint64_t token,
                  uint64_t number);

/* Is this the name of a temporary file of any run? */
bool ml_temp_is_name(const char *name);

#endif
