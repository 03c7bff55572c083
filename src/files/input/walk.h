/* walk.h: from arguments to a list of inputs.
 *
 * In: operands and lists of paths.  Out: entries in ml_inputs, in an order that
 * depends on names alone, never on the order of readdir: arguments as given; in
 * a folder first its files, then its folders, each in natural order
 * (natural_sort.h), folder by folder.
 *
 * What is an input:
 *   - each path named as an argument or in a list, always;
 *   - in a walked folder: a file whose first bytes are a picture's; an entry
 *     that is named like a picture but is none (no picture inside, unreadable,
 *     FIFO, socket, device, a dangling link, a folder without pictures), and a
 *     folder that cannot be listed: with its problem recorded.
 * All other entries are skipped and counted.  Symbolic links to files are
 * followed; links to folders only with `follow`, or if they are the argument
 * itself.  A folder already visited below the same argument (same device and
 * inode) is skipped, so links cannot make a loop.  Files are opened without
 * blocking, and only if they are regular.
 *
 * Runs in one thread, before the work starts.
 */
#ifndef ML_FILES_INPUT_WALK_H
#define ML_FILES_INPUT_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "files/input/inputs.h"
#include "files/input/probe.h"

/* A view of the caller's list. */
struct ml_globs {
    const char *const *patterns;
    size_t count;
};

struct ml_walk_options {
    struct ml_classifier classifier;
    uint32_t depth; /* 1: only entries directly in an argument; 0: no limit */
    bool hidden;    /* take dot files and dot folders */
    bool follow;    /* enter folders behind symbolic links */
    struct ml_globs include; /* files: if any is given, one must match */
    struct ml_globs exclude; /* files and folders; wins over include */
    /* A folder (the output root) that is skipped below an argument, so that a
     * second run does not read its own results; 0, 0 for none. */
    uint64_t skip_device, skip_inode;
};

/* Counts of entries in folders that are no inputs. */
struct ml_walk_stats {
    size_t other_files; /* neither content nor name of a picture */
    size_t hidden;
    size_t excluded; /* by --exclude, or not matched by --include */
    size_t deeper;   /* folders below --depth */
    size_t links;    /* links to folders, not followed */
    size_t loops;    /* folders already visited */
    size_t outputs;  /* the output root; minilab's temporary files */
};

/* Add one operand: a file, a folder, or `-` (standard input; at most once).  A
 * path that does not exist is an input with a problem, not an error.
 * ML_ERR_USAGE, ML_ERR_MEMORY, ML_ERR_LIMIT.  Adds to *stats. */
ML_MUST_CHECK enum ml_status
ml_walk(struct ml_inputs *inputs, const struct ml_walk_options *options,
        const char *operand, struct ml_walk_stats *stats, struct ml_error *err);

/* Add every path of a list (--files-from): `list` is a file, or `-` for
 * standard input; items end with NUL when `nul` is set, else with newline.
 * Empty items are ignored; an item `-` is a file of that name. */
ML_MUST_CHECK enum ml_status ml_walk_list(struct ml_inputs *inputs,
                                          const struct ml_walk_options *options,
                                          const char *list, bool nul,
                                          struct ml_walk_stats *stats,
                                          struct ml_error *err);

#endif
