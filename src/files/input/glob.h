/* glob.h: patterns on paths (--include, --exclude).
 *
 * By hand: fnmatch() has no `**`.  Pure.
 */
#ifndef ML_FILES_INPUT_GLOB_H
#define ML_FILES_INPUT_GLOB_H

#include <stdbool.h>

/* Does the whole of `path` match?  `*` and `?` stop at slashes, `**` does not,
 * a component `**` also stands for no folder at all (a/ ** /b matches a/b,
 * written without the spaces), `[a-z]`, `[!a-z]`, `\` makes the next byte
 * literal.  Bytes, no locale.  Takes at most
 * length(pattern) * length(path)^2 steps, whatever the pattern. */
bool ml_glob_match(const char *pattern, const char *path);

#endif
