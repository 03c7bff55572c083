/* capture.h: what a test's own stdout or stderr is given, and what a program
 * prints. */
#ifndef ML_TESTS_CAPTURE_H
#define ML_TESTS_CAPTURE_H

#include <stddef.h>
#include <stdio.h>

struct capture {
    FILE *stream;
    int saved_fd;
    int memory_fd;
};

/* Send `stream` (stdout or stderr) to memory until capture_end(), which puts
 * what came, terminated and cut to `capacity`, into `text`. */
void capture_begin(struct capture *capture, FILE *stream);
void capture_end(struct capture *capture, char *text, size_t capacity);

/* Run a line of shell in which $M is the program; stdout and stderr go to
 * `text`.  Returns its exit code. */
int capture_program(const char *program, const char *line, char *text,
                    size_t capacity);

#endif
