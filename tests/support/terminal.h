/* terminal.h: a line of shell whose standard streams are a terminal. */
#ifndef ML_TESTS_SUPPORT_TERMINAL_H
#define ML_TESTS_SUPPORT_TERMINAL_H

#include <stddef.h>

/* Run it ($M is the program) on a terminal of its own, 100 columns wide; what
 * the terminal was sent is put, terminated and cut to `capacity`, into `text`.
 * Returns the exit code. */
int terminal_run(const char *program, const char *line, char *text,
                 size_t capacity);

#endif
