/* terminal.h: runs a shell command whose standard streams are a terminal. */
#ifndef ML_TESTS_SUPPORT_TERMINAL_H
#define ML_TESTS_SUPPORT_TERMINAL_H

#include <stddef.h>

/* Run `line` ($M is the program) on a new terminal, 100 columns wide; `text`
 * receives the output, terminated and cut to `capacity`.  Returns the exit
 * code. */
int terminal_run(const char *program, const char *line, char *text,
                 size_t capacity);

#endif
