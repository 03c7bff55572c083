/* display_width.h: the number of terminal columns of a text, and padding by
 * columns instead of bytes.
 *
 * A letter is a grapheme cluster of Unicode and is counted once: a letter with
 * accents is as wide as the letter; an ideograph or an emoji, also one joined
 * of several, is two columns wide.  Bytes that are not UTF-8, and control
 * characters, are one column each.  The tables are utf8proc's. Use it for texts
 * from outside: the program's own names (options, filters, modes) are ASCII,
 * and printf pads them.
 */
#ifndef ML_COMMAND_CLI_DISPLAY_WIDTH_H
#define ML_COMMAND_CLI_DISPLAY_WIDTH_H

#include <stddef.h>
#include <stdio.h>

size_t ml_display_width(const char *text);
/* Of the first `size_bytes` bytes, which end with a letter. */
size_t ml_display_width_of(const char *text, size_t size_bytes);

/* Print `text`, and blanks up to `columns` if it is narrower. */
void ml_print_padded(FILE *out, const char *text, size_t columns);

/* Columns of the terminal `fd`; 0 if it is no terminal or reports no size. */
unsigned ml_terminal_columns(int fd);

#endif
