/* inputs.c: see inputs.h.
 *
 * Records are stored in blocks that never move, so pointers to them stay valid
 * while the list grows; only the small table of block pointers is reallocated.
 */
#include "files/input/inputs.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define INPUTS_PER_BLOCK 512
#define FOLDERS_PER_BLOCK 128
#define INPUTS_CHUNK_BYTES ((size_t)64 << 10)

_Static_assert(sizeof(struct ml_input) <= 56, "the record of a file is small");
_Static_assert(INPUTS_CHUNK_BYTES / 2 > ML_INPUT_PATH_MAX, "names fit a chunk");

struct ml_inputs_chunk {
    struct ml_inputs_chunk *older;
    size_t used; /* bytes of text */
    char text[];
};

void ml_inputs_open(struct ml_inputs *inputs)
{
    memset(inputs, 0, sizeof *inputs);
}

static size_t inputs_blocks(size_t count, size_t per_block)
{
    return (count + per_block - 1) / per_block;
}

void ml_inputs_close(struct ml_inputs *inputs)
{
    const size_t blocks = inputs_blocks(inputs->count, INPUTS_PER_BLOCK);
    for (size_t i = 0; i < blocks; i++)
        free(inputs->blocks[i]);
    const size_t folder_blocks =
        inputs_blocks(inputs->folder_count, FOLDERS_PER_BLOCK);
    for (size_t i = 0; i < folder_blocks; i++)
        free(inputs->folder_blocks[i]);
    free(inputs->blocks);
    free(inputs->folder_blocks);
    while (inputs->chunks) {
        struct ml_inputs_chunk *older = inputs->chunks->older;
        free(inputs->chunks);
        inputs->chunks = older;
    }
    memset(inputs, 0, sizeof *inputs);
}

static enum ml_status inputs_no_memory(struct ml_error *err)
{
    return ml_fail_os(err, ENOMEM, "cannot hold the list of inputs",
                      "give fewer inputs at once");
}

/* A terminated copy of text[0, length), or NULL. */
static const char *inputs_store_text(struct ml_inputs *inputs, const char *text,
                                     size_t length)
{
    struct ml_inputs_chunk *chunk = inputs->chunks;
    if (!chunk || INPUTS_CHUNK_BYTES - chunk->used < length + 1) {
        chunk = malloc(sizeof *chunk + INPUTS_CHUNK_BYTES);
        if (!chunk)
            return NULL;
        chunk->older = inputs->chunks;
        chunk->used = 0;
        inputs->chunks = chunk;
        inputs->allocated_bytes += sizeof *chunk + INPUTS_CHUNK_BYTES;
    }
    char *copy = chunk->text + chunk->used;
    memcpy(copy, text, length);
    copy[length] = '\0';
    chunk->used += length + 1;
    return copy;
}

/* The table, doubled if it is full; or NULL. */
static void *inputs_grow_table(struct ml_inputs *inputs, void *table,
                               size_t used, size_t *capacity)
{
    if (used < *capacity)
        return table;
    const size_t more = *capacity ? *capacity * 2 : 8;
    void *moved = realloc(table, more * sizeof(void *));
    if (!moved)
        return NULL;
    inputs->allocated_bytes += (more - *capacity) * sizeof(void *);
    *capacity = more;
    return moved;
}

/* Make sure that record number `count` has a block. */
static bool inputs_reserve(struct ml_inputs *inputs)
{
    if (inputs->count % INPUTS_PER_BLOCK != 0)
        return true;
    const size_t used = inputs->count / INPUTS_PER_BLOCK;
    void *table =
        inputs_grow_table(inputs, inputs->blocks, used, &inputs->block_room);
    if (!table)
        return false;
    inputs->blocks = table;
    const size_t bytes = INPUTS_PER_BLOCK * sizeof(struct ml_input);
    inputs->blocks[used] = malloc(bytes);
    inputs->allocated_bytes += inputs->blocks[used] ? bytes : 0;
    return inputs->blocks[used] != NULL;
}

static bool inputs_reserve_folder(struct ml_inputs *inputs)
{
    if (inputs->folder_count % FOLDERS_PER_BLOCK != 0)
        return true;
    const size_t used = inputs->folder_count / FOLDERS_PER_BLOCK;
    void *table = inputs_grow_table(inputs, inputs->folder_blocks, used,
                                    &inputs->folder_block_room);
    if (!table)
        return false;
    inputs->folder_blocks = table;
    const size_t bytes = FOLDERS_PER_BLOCK * sizeof(struct ml_folder);
    inputs->folder_blocks[used] = malloc(bytes);
    inputs->allocated_bytes += inputs->folder_blocks[used] ? bytes : 0;
    return inputs->folder_blocks[used] != NULL;
}

enum ml_status ml_inputs_add(struct ml_inputs *inputs,
                             const struct ml_input *input, struct ml_error *err)
{
    assert(input->name_length < ML_INPUT_PATH_MAX);
    if (inputs->count >= ML_INPUTS_MAX)
        return ml_fail(err, ML_ERR_LIMIT, "too many inputs",
                       "give fewer inputs at once", "the limit is %zu",
                       ML_INPUTS_MAX);
    const char *name =
        inputs_store_text(inputs, input->name, input->name_length);
    /* Names first: on failure a new block without a record would leak. */
    if (!name || !inputs_reserve(inputs))
        return inputs_no_memory(err);
    struct ml_input *copy = &inputs->blocks[inputs->count / INPUTS_PER_BLOCK]
                                           [inputs->count % INPUTS_PER_BLOCK];
    *copy = *input;
    copy->name = name;
    inputs->count++;
    return ML_OK;
}

enum ml_status ml_inputs_add_folder(struct ml_inputs *inputs,
                                    const struct ml_folder *folder,
                                    struct ml_error *err)
{
    assert(folder->path_length < ML_INPUT_PATH_MAX);
    if (inputs->folder_count >= ML_INPUTS_MAX)
        return ml_fail(err, ML_ERR_LIMIT, "too many folders",
                       "give fewer inputs at once", "the limit is %zu",
                       ML_INPUTS_MAX);
    const char *path =
        inputs_store_text(inputs, folder->path, folder->path_length);
    if (!path || !inputs_reserve_folder(inputs))
        return inputs_no_memory(err);
    struct ml_folder *copy =
        &inputs->folder_blocks[inputs->folder_count / FOLDERS_PER_BLOCK]
                              [inputs->folder_count % FOLDERS_PER_BLOCK];
    *copy = *folder;
    copy->path = path;
    inputs->folder_count++;
    return ML_OK;
}

const struct ml_input *ml_inputs_at(const struct ml_inputs *inputs,
                                    size_t index)
{
    assert(index < inputs->count);
    return &inputs->blocks[index / INPUTS_PER_BLOCK][index % INPUTS_PER_BLOCK];
}

const struct ml_folder *ml_inputs_folder(const struct ml_inputs *inputs,
                                         uint32_t index)
{
    assert(index < inputs->folder_count);
    return &inputs->folder_blocks[index / FOLDERS_PER_BLOCK]
                                 [index % FOLDERS_PER_BLOCK];
}

/* folder[0, folder_length) + slash + name; no slash if the folder is empty or
 * ends with one. */
static size_t inputs_join(char path_out[ML_INPUT_PATH_MAX], const char *folder,
                          size_t folder_length, const char *name,
                          size_t name_length)
{
    size_t used = folder_length;
    assert(folder_length + 1 + name_length < ML_INPUT_PATH_MAX);
    memcpy(path_out, folder, folder_length);
    if (used > 0 && path_out[used - 1] != '/' && name_length > 0)
        path_out[used++] = '/';
    memcpy(path_out + used, name, name_length);
    used += name_length;
    path_out[used] = '\0';
    return used;
}

size_t ml_input_path(const struct ml_inputs *inputs,
                     const struct ml_input *input,
                     char path_out[ML_INPUT_PATH_MAX])
{
    if (input->folder == ML_NO_FOLDER)
        return inputs_join(path_out, "", 0, input->name, input->name_length);
    const struct ml_folder *folder = ml_inputs_folder(inputs, input->folder);
    return inputs_join(path_out, folder->path, folder->path_length, input->name,
                       input->name_length);
}

/* The last component of a path as typed, without trailing slashes. */
static size_t inputs_base_name(const struct ml_input *input,
                               char path_out[ML_INPUT_PATH_MAX])
{
    size_t end = input->name_length;
    while (end > 0 && input->name[end - 1] == '/')
        end--;
    size_t begin = end;
    while (begin > 0 && input->name[begin - 1] != '/')
        begin--;
    return inputs_join(path_out, "", 0, input->name + begin, end - begin);
}

size_t ml_input_relative(const struct ml_inputs *inputs,
                         const struct ml_input *input,
                         char path_out[ML_INPUT_PATH_MAX])
{
    if (input->standard_input)
        return inputs_join(path_out, "", 0, "stdin", strlen("stdin"));
    if (input->folder == ML_NO_FOLDER)
        return inputs_base_name(input, path_out);
    const struct ml_folder *folder = ml_inputs_folder(inputs, input->folder);
    const char *below = folder->path + folder->relative_offset;
    return inputs_join(path_out, below,
                       (size_t)(folder->path_length - folder->relative_offset),
                       input->name, input->name_length);
}

static enum ml_status inputs_fail(struct ml_error *err, const char *why,
                                  const char *remedy)
{
    (void)ml_fail(err, ML_ERR_FORMAT, "not a picture file", remedy, "%s", why);
    err->step = ML_STEP_READ;
    return err->status;
}

enum ml_status ml_input_check(const struct ml_input *input,
                              struct ml_error *err)
{
    switch ((enum ml_problem)input->problem) {
    case ML_PROBLEM_NONE:
        return ML_OK;
    case ML_PROBLEM_OS:
        (void)ml_fail_os(err, input->os_errno, "cannot be read", NULL);
        err->step = ML_STEP_READ;
        return err->status;
    case ML_PROBLEM_CONTENT:
        return input->size == 0
                   ? inputs_fail(err, "the file is empty", "fetch it again")
                   : inputs_fail(err, "its first bytes are no known format's",
                                 "check what it is, or --exclude it");
    case ML_PROBLEM_FOLDER:
        return inputs_fail(err, "it is a folder", "rename it or --exclude it");
    case ML_PROBLEM_FIFO:
        return inputs_fail(err, "it is a FIFO", "pipe it in and name it -");
    case ML_PROBLEM_SOCKET:
        return inputs_fail(err, "it is a socket", "--exclude it");
    case ML_PROBLEM_DEVICE:
        return inputs_fail(err, "it is a device", "pipe it in and name it -");
    }
    assert(false && "every problem has a text");
    return ML_ERR_INTERNAL;
}
