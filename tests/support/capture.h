/* capture.h: captures stdout or stderr of the test, and the output of a
 * program. */
#ifndef ML_TESTS_CAPTURE_H
#define ML_TESTS_CAPTURE_H

#include <stddef.h>
#include <stdio.h>

struct capture {
    FILE *stream;
    int saved_fd;
    int memory_fd;
};

/* Send `stream` (stdout or stderr) to memory until capture_end(), which copies
 * it, terminated and cut to `capacity`, to `text`. */
void capture_begin(struct capture *capture, FILE *stream);
void capture_end(struct capture *capture, char *text, size_t capacity);

/* Run a shell command in which $M is the program; `text` receives stdout and
 * stderr.  Returns its exit code. */
int capture_program(const char *program, const char *line, char *text,
                    size_t capacity);

#endif
