/* defects.h: bad files that a folder of pictures may hold.
 *
 * Each is made once, under a name that describes it: see the table in
 * defects.c.  For tests and demonstrations of errors.
 */
#ifndef ML_COMMAND_GEN_DEFECTS_H
#define ML_COMMAND_GEN_DEFECTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "codec/codec.h"
#include "files/output/atomic_write.h"
#include "files/output/output_root.h"

/* The names of all defects, in the order they are made. */
const char *const *ml_defect_names(size_t *count_out);

struct ml_defects {
    struct ml_writer *writer;
    const char *folder; /* "" or one name, below the writer's root */
    uint64_t seed;
    bool overwrite; /* replace existing files of these names */
    struct ml_arena *arena;
    struct ml_output *output; /* scratch for one file, at least 1 MiB */
};

/* Make all defects.  Adds to *count_out and *bytes_out. */
ML_MUST_CHECK enum ml_status ml_defects_make(const struct ml_defects *work,
                                             uint64_t *count_out,
                                             uint64_t *bytes_out,
                                             struct ml_error *err);

#endif
