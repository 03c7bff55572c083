/* display_width.h: how many columns of a terminal a text takes, and padding by
 * columns instead of bytes.
 *
 * What a reader takes for one letter (a grapheme cluster of Unicode) is counted
 * once: a letter with its accents is as wide as the letter, an ideograph or an
 * emoji, also one joined of several, takes two columns.  Bytes that are no
 * UTF-8, and control characters, take one each.  The tables are utf8proc's.
 * For texts from outside: names that the program itself gives (of options,
 * filters, modes) are ASCII, and printf pads these.
 */
#ifndef ML_COMMAND_CLI_DISPLAY_WIDTH_H
#define ML_COMMAND_CLI_DISPLAY_WIDTH_H

#include <stddef.h>
#include <stdio.h>

size_t ml_display_width(const char *text);
/* Of the first `size_bytes` bytes, which end with a letter. */
size_t ml_display_width_of(const char *text, size_t size_bytes);

/* Print `text` and then blanks up to `columns`; none where it is as wide. */
void ml_print_padded(FILE *out, const char *text, size_t columns);

/* Columns of the terminal that `fd` is; 0 when it is none, or does not say. */
unsigned ml_terminal_columns(int fd);

#endif
