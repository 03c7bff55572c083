/* pipe.h: a pipe, and transfers of whole buffers through it. */
#ifndef ML_OS_PIPE_H
#define ML_OS_PIPE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

#define ML_PIPE_BYTES 65536 /* capacity of a pipe, Linux's default */

/* A pipe of ML_PIPE_BYTES, or of the size that the system allows; both ends are
 * closed on exec and belong to the caller. */
ML_MUST_CHECK enum ml_status ml_pipe_open(int *read_out, int *write_out,
                                          struct ml_error *err);
/* Close an end if it is open, and make it -1. */
void ml_pipe_close_end(int *fd);

/* Write all of it.  If `fd` is non-blocking and the pipe is full, count that in
 * *full_waits and sleep until it has room.  False if the read end is closed. */
bool ml_pipe_write(int fd, const void *from, size_t size, uint64_t *full_waits);

/* Read `size` bytes; false when the pipe ends before that. */
bool ml_pipe_read(int fd, void *to, size_t size);

#endif
