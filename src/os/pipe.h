/* pipe.h: a pipe, and all of something through it. */
#ifndef ML_OS_PIPE_H
#define ML_OS_PIPE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

#define ML_PIPE_BYTES 65536 /* what a pipe holds by default, and here */

/* A pipe of ML_PIPE_BYTES, or what the system lets us have; both ends are
 * closed on exec and belong to the caller. */
ML_MUST_CHECK enum ml_status ml_pipe_open(int *read_out, int *write_out,
                                          struct ml_error *err);
/* Close an end if it is open, and make it -1. */
void ml_pipe_close_end(int *fd);

/* Write all of it.  To an end that does not block: when the pipe is full, count
 * that and sleep until it is not.  False when nobody reads any more. */
bool ml_pipe_write(int fd, const void *from, size_t size, uint64_t *full_waits);

/* Read `size` bytes; false when the pipe ends before that. */
bool ml_pipe_read(int fd, void *to, size_t size);

#endif
