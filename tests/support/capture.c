/* capture.c: see capture.h. */
#include "support/capture.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

void capture_begin(struct capture *capture, FILE *stream)
{
    (void)fflush(stream);
    capture->stream = stream;
    capture->saved_fd = dup(fileno(stream));
    capture->memory_fd = memfd_create("capture", MFD_CLOEXEC);
    assert_true(capture->saved_fd >= 0 && capture->memory_fd >= 0);
    assert_true(dup2(capture->memory_fd, fileno(stream)) >= 0);
}

void capture_end(struct capture *capture, char *text, size_t capacity)
{
    (void)fflush(capture->stream);
    assert_true(dup2(capture->saved_fd, fileno(capture->stream)) >= 0);
    const ssize_t length = pread(capture->memory_fd, text, capacity - 1, 0);
    assert_true(length >= 0);
    text[length] = '\0';
    (void)close(capture->saved_fd);
    (void)close(capture->memory_fd);
}

int capture_program(const char *program, const char *line, char *text,
                    size_t capacity)
{
    char command[4096];
    assert_int_equal(setenv("M", program, 1), 0);
    const int used = snprintf(command, sizeof command, "{ %s\n} 2>&1", line);
    assert_in_range(used, 0, sizeof command - 1);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    const size_t length = fread(text, 1, capacity - 1, pipe);
    text[length] = '\0';
    while (fgetc(pipe) != EOF)
        continue;
    const int status = pclose(pipe);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}
