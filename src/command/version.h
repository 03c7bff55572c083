/* version.h: what this program is made of, as text. */
#ifndef ML_COMMAND_VERSION_H
#define ML_COMMAND_VERSION_H

#include <stdio.h>

/* "minilab 0.1.0", then a line each for compiler and libraries. */
void ml_version_print(FILE *out);

#endif
