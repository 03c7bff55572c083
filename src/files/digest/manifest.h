/* manifest.h: lists of SHA-256 digests, as sha256sum(1) writes and
 * reads them.
 *
 * A line is 64 hexadecimal digits, a space, a space or '*', and the path.  A
 * line that begins with '\' has a path in which \\ stands for a backslash, \n
 * for a newline and \r for a carriage return.
 */
#ifndef ML_FILES_DIGEST_MANIFEST_H
#define ML_FILES_DIGEST_MANIFEST_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"

#define ML_DIGEST_BYTES 32

struct ml_manifest_entry {
    char *path; /* owned by the manifest; without a leading "./" */
    uint8_t digest[ML_DIGEST_BYTES];
};

struct ml_manifest {
    struct ml_manifest_entry *entries; /* in byte order of the paths */
    size_t count;
    size_t capacity;
};

/* Read a manifest.  ML_ERR_OS, ML_ERR_MEMORY, ML_ERR_FORMAT (an invalid line,
 * with its number; a path listed twice).  Nothing is left to close on failure.
 */
ML_MUST_CHECK enum ml_status ml_manifest_open(struct ml_manifest *manifest,
                                              const char *path,
                                              struct ml_error *err);
void ml_manifest_close(struct ml_manifest *manifest);

/* The digest of a regular file.  ML_ERR_OS, ML_ERR_FORMAT. */
ML_MUST_CHECK enum ml_status ml_digest_file(const char *path,
                                            uint8_t digest[ML_DIGEST_BYTES],
                                            struct ml_error *err);
/* Print one line. */
void ml_manifest_print(FILE *out, const uint8_t digest[ML_DIGEST_BYTES],
                       const char *path);

#endif
