/* read.h: read one whole file into the caller's memory.
 *
 * Two steps: open reports the size, so that the caller can acquire memory; read
 * fills it.  Only regular files are read, and opened without blocking: a FIFO,
 * socket, device or folder is an error, and so is a file that changes
 * meanwhile.  No state is shared: any thread, one file a struct.
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
    uint64_t size;    /* bytes */
    struct stat stat; /* at open; for -p and for the check at the end */
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

/* Read `size` bytes, or up to the end, from a file or a pipe; waits if reading
 * would block.  Returns the bytes read, or -1 with errno. */
ssize_t ml_read_up_to(int fd, void *data, size_t size);

/* Read a stream (standard input) to its end, at most `capacity` bytes.
 * ML_ERR_LIMIT if it has more; ML_ERR_OS. */
ML_MUST_CHECK enum ml_status ml_read_stream(int fd, void *data, size_t capacity,
                                            size_t *size_out,
                                            struct ml_error *err);

#endif
