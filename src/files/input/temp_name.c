/* temp_name.c: see temp_name.h. */
#include "files/input/temp_name.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define TEMP_PREFIX ".minilab-"
#define TEMP_ENDING ".tmp"

void ml_temp_name(char name_out[ML_TEMP_NAME_MAX], uint64_t token,
                  uint64_t number)
{
    (void)snprintf(name_out, ML_TEMP_NAME_MAX,
                   TEMP_PREFIX "%016" PRIx64 "-%" PRIu64 TEMP_ENDING, token,
                   number);
}

bool ml_temp_is_name(const char *name)
{
    const size_t length = strlen(name);
    const size_t ending = strlen(TEMP_ENDING);
    return strncmp(name, TEMP_PREFIX, strlen(TEMP_PREFIX)) == 0 &&
           length > ending && strcmp(name + length - ending, TEMP_ENDING) == 0;
}
