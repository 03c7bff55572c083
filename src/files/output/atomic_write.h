/* atomic_write.h: write one whole file to disk, or nothing.
 *
 * The bytes go to a temporary file in the folder of the output, which is then
 * renamed: other programs see the old file, or the new one, or none; never a
 * part of it.  A failure at any point removes the temporary file.
 *
 * A writer keeps up to ML_WRITER_FOLDERS folders open, so that a batch does not
 * resolve and create its folders once a file.  One writer belongs to one
 * thread; any number of writers share one root and one ml_temps.
 */
#ifndef ML_FILES_OUTPUT_ATOMIC_WRITE_H
#define ML_FILES_OUTPUT_ATOMIC_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "base/error.h"
#include "files/output/name_template.h"
#include "files/output/output_root.h"
#include "files/output/temp_files.h"

#define ML_WRITER_FOLDERS 8

struct ml_writer_folder {
    int fd;        /* -1: none */
    uint64_t used; /* writer.clock at the last use */
    char path[ML_NAME_PATH_MAX];
};

struct ml_writer {
    const struct ml_output_root *root;
    struct ml_temps *temps;
    uint64_t clock;
    /* Folders beyond the count are never written: their pages stay unused. */
    size_t folder_count;
    struct ml_writer_folder folders[ML_WRITER_FOLDERS];
};

/* -p: what the output copies from its input. */
struct ml_file_attributes {
    mode_t mode; /* permission bits; set-id bits are not copied */
    struct timespec accessed, modified;
};

struct ml_write_options {
    bool replace; /* false: ML_ERR_EXISTS if the name exists */
    const struct ml_file_attributes
        *attributes; /* NULL: now, and 0666 minus umask */
};

/* The root and the temps outlive the writer. */
void ml_writer_open(struct ml_writer *writer, const struct ml_output_root *root,
                    struct ml_temps *temps);
void ml_writer_close(struct ml_writer *writer);

/* Write `size` bytes as `relative` below the root (a path that
 * ml_name_template_expand made: no leading slash, no `..`).  ML_ERR_EXISTS,
 * ML_ERR_CANCELLED (after ml_temps_remove_all), ML_ERR_OS with errno (ENOSPC:
 * the disk is full). */
ML_MUST_CHECK enum ml_status
ml_write_file(struct ml_writer *writer, const char *relative, const void *data,
              size_t size, const struct ml_write_options *options,
              struct ml_error *err);

/* The same in two steps, for a name that is known only later: first write a
 * temporary file in the root, */
ML_MUST_CHECK enum ml_status
ml_write_temp(struct ml_temps *temps, const struct ml_output_root *root,
              const void *data, size_t size,
              const struct ml_file_attributes *attributes, size_t *slot_out,
              struct ml_error *err);
/* then rename it; the slot is free afterwards, also after an error. */
ML_MUST_CHECK enum ml_status ml_write_place(struct ml_temps *temps, size_t slot,
                                            const struct ml_output_root *root,
                                            const char *relative, bool replace,
                                            struct ml_error *err);

/* Write all of it to a descriptor (standard output), over short writes, EINTR
 * and EAGAIN.  Any thread. */
ML_MUST_CHECK enum ml_status ml_write_all(int fd, const void *data, size_t size,
                                          struct ml_error *err);

#endif
