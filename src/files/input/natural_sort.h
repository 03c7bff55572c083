/* natural_sort.h: the order of names, and patterns on names.  Pure functions.
 *
 * By hand: strverscmp() puts 010 before 9 (leading zeros make a fraction), and
 * fnmatch() knows no `**`.
 */
#ifndef ML_FILES_INPUT_NATURAL_SORT_H
#define ML_FILES_INPUT_NATURAL_SORT_H

#include <stdbool.h>

/* Natural order: runs of digits compare as numbers (img2 before img10), all
 * else as bytes; equal that way (img02, img2), the bytes decide.  A total order
 * of byte strings that knows no locale.  < 0, 0, > 0 as strcmp. */
int ml_natural_compare(const char *a, const char *b);

/* Does the whole of `path` match?  `*` and `?` stop at slashes, `**` does not,
 * a component `**` also stands for no folder at all (a/ ** /b matches a/b,
 * written without the spaces), `[a-z]`, `[!a-z]`, `\` takes the next byte
 * literally.  Bytes, no locale.  Takes at most
 * length(pattern) * length(path)^2 steps, whatever the pattern. */
bool ml_glob_match(const char *pattern, const char *path);

#endif
