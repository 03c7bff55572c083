/* read.h: one whole file into the caller's memory.
 *
 * Two steps: open tells the size, so that the caller can find room for it; read
 * fills it.  Only regular files are opened for reading, without blocking: a
 * FIFO, socket, device or folder is refused with a clear error.  A file that
 * changes meanwhile is refused.  No state is shared: any thread, one file a
 * struct.
 */
#ifndef ML_FILES_INPUT_READ_H
#define ML_FILES_INPUT_READ_H

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/error.h"

struct ml_file {
    int fd;
    uint64_t size;     /* bytes */
    struct stat facts; /* at open; for -p and for the check at the end */
};

/* ML_ERR_OS, ML_ERR_FORMAT (no regular file), ML_ERR_LIMIT (larger than
 * `limit_bytes`; the remedy names --limit-file). */
ML_MUST_CHECK enum ml_status ml_file_open(struct ml_file *file,
                                          const char *path,
                                          uint64_t limit_bytes,
                                          struct ml_error *err);
/* Fill data[0, file->size).  ML_ERR_OS, also when the file changed. */
ML_MUST_CHECK enum ml_status ml_file_read(struct ml_file *file, void *data,
                                          struct ml_error *err);
void ml_file_close(struct ml_file *file);

/* Read until `size` bytes or the end, which may be a pipe's; waits where
 * reading would block.  Returns the bytes, or -1 with errno. */
ssize_t ml_read_up_to(int fd, void *data, size_t size);

/* Read a stream (standard input) to its end: at most `capacity` bytes, which is
 * the limit.  ML_ERR_LIMIT when there are more; ML_ERR_OS. */
ML_MUST_CHECK enum ml_status ml_read_stream(int fd, void *data, size_t capacity,
                                            size_t *size_out,
                                            struct ml_error *err);

#endif
