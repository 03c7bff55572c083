/* inputs.h: the list of inputs, in order.
 *
 * In: the entries that the walk finds.  Out: for each input a small record and,
 * on demand, its path.  Names are arbitrary bytes without NUL: newlines,
 * invalid UTF-8 and leading dashes are ordinary.
 *
 * Memory: one 56-byte record a file in blocks, names in chunks, and one record
 * a folder that holds the folder's path once for all files in it.  Measured by
 * tests/files/input/test_list_memory.c over 20,000 files: 47 bytes a file
 * beyond its path where folders hold 1000 files, 76 where each file has a
 * folder of its own.
 *
 * One thread builds the list; once built it is read-only and may be read by
 * any number of threads.
 */
#ifndef ML_FILES_INPUT_INPUTS_H
#define ML_FILES_INPUT_INPUTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Enough for any path that the walk can meet: a folder that can be opened
 * (PATH_MAX) and a name in it (NAME_MAX); with the terminator. */
#define ML_INPUT_PATH_MAX (4096 + 255 + 2)
#define ML_INPUTS_MAX ((size_t)1 << 28)
#define ML_NO_FOLDER UINT32_MAX
#define ML_NOT_PICTURE (-1)

/* Why an entry cannot be read as a picture.  Such an entry is an input too, so
 * that it fails with one line instead of being skipped silently. */
enum ml_problem {
    ML_PROBLEM_NONE,
    ML_PROBLEM_OS,      /* missing, no permission, ...: see os_errno */
    ML_PROBLEM_CONTENT, /* a file whose first bytes no codec knows */
    ML_PROBLEM_FOLDER,  /* a folder named like a picture, without pictures */
    ML_PROBLEM_FIFO,    /* never opened: reading could block for ever */
    ML_PROBLEM_SOCKET,
    ML_PROBLEM_DEVICE
};

struct ml_input {
    const char *name; /* within its folder; the whole path if it has none */
    uint64_t device, inode; /* 0, 0 if it could not be opened */
    uint64_t size;          /* bytes */
    int64_t mtime_ns;
    uint32_t folder;      /* index; ML_NO_FOLDER: an argument itself */
    uint16_t name_length; /* without the terminator */
    int16_t format;       /* the classifier's number, or ML_NOT_PICTURE */
    uint8_t problem;      /* enum ml_problem */
    uint8_t os_errno;     /* for ML_PROBLEM_OS; Linux numbers fit */
    bool standard_input;  /* the operand `-`: format unknown until read */
};

/* A walked folder.  `path` begins with the argument as typed. */
struct ml_folder {
    const char *path;
    uint16_t path_length;     /* bytes */
    uint16_t relative_offset; /* where the part below the argument begins;
                                 path_length for the argument itself */
};

/* All fields but the counts are private to inputs.c. */
struct ml_inputs {
    size_t count;
    size_t folder_count;
    struct ml_input **blocks;
    size_t block_room;
    struct ml_folder **folder_blocks;
    size_t folder_block_room;
    struct ml_inputs_chunk *chunks; /* newest first */
    size_t allocated_bytes;         /* all of the above */
};

void ml_inputs_open(struct ml_inputs *inputs);
void ml_inputs_close(struct ml_inputs *inputs);

/* Append a copy of *input with a copy of its `name_length` bytes of name.
 * ML_ERR_MEMORY, ML_ERR_LIMIT. */
ML_MUST_CHECK enum ml_status ml_inputs_add(struct ml_inputs *inputs,
                                           const struct ml_input *input,
                                           struct ml_error *err);
/* Append a copy of a folder; its index is folder_count - 1 afterwards. */
ML_MUST_CHECK enum ml_status
ml_inputs_add_folder(struct ml_inputs *inputs, const struct ml_folder *folder,
                     struct ml_error *err);

/* `index` below count, folder_count.  Valid until close. */
const struct ml_input *ml_inputs_at(const struct ml_inputs *inputs,
                                    size_t index);
const struct ml_folder *ml_inputs_folder(const struct ml_inputs *inputs,
                                         uint32_t index);

/* The path to open: the argument as typed and the path below it; "-" for
 * standard input.  Terminated; returns the length. */
size_t ml_input_path(const struct ml_inputs *inputs,
                     const struct ml_input *input,
                     char path_out[ML_INPUT_PATH_MAX]);
/* The path below its argument, which the output mirrors: `photos` holds
 * 2024/a.jpg -> "2024/a.jpg"; a file argument -> its base name; standard input
 * -> "stdin".  Never begins with a slash, never has an empty, `.` or `..`
 * component. */
size_t ml_input_relative(const struct ml_inputs *inputs,
                         const struct ml_input *input,
                         char path_out[ML_INPUT_PATH_MAX]);

/* ML_OK if the input has no problem; else the error of its job (step read).
 * For ML_PROBLEM_CONTENT a decoder that parses the file can report more: prefer
 * its error. */
ML_MUST_CHECK enum ml_status ml_input_check(const struct ml_input *input,
                                            struct ml_error *err);

#endif
