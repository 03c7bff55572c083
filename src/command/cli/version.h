/* version.h: version, compiler and libraries of this program, as text. */
#ifndef ML_COMMAND_CLI_VERSION_H
#define ML_COMMAND_CLI_VERSION_H

#include <stddef.h>
#include <stdio.h>

struct ml_library {
    const char *name;
    char version[32];
};

#define ML_LIBRARY_COUNT 9
/* The libraries in use; a version is that found at run time if the library
 * reports it, else that of its header. */
void ml_version_libraries(struct ml_library libraries_out[ML_LIBRARY_COUNT]);

/* "gcc 12.2.0"; "address", "thread" or "none". */
const char *ml_version_compiler(void);
const char *ml_version_sanitizer(void);

/* "minilab 0.1.0", then a line each for compiler and libraries. */
void ml_version_print(FILE *out);

#endif
