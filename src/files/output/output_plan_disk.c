/* output_plan_disk.c: outputs that exist on disk, and those that are inputs. */
#include "files/output/output_plan_internal.h"

#include <errno.h>
#include <sys/stat.h>

static uint32_t output_plan_identity_hash(uint64_t device, uint64_t inode)
{
    const uint64_t both[2] = {device, inode};
    return ml_hash_bytes(both, sizeof both);
}

/* The input that is this file, or ML_NO_INPUT. */
static uint32_t output_plan_input_at(const struct ml_output_plan *outputs,
                                     const struct stat *file_stat)
{
    const uint32_t hash =
        output_plan_identity_hash(file_stat->st_dev, file_stat->st_ino);
    size_t cursor = SIZE_MAX;
    for (;;) {
        const uint32_t number =
            ml_name_table_next(&outputs->identities, hash, &cursor);
        if (number == UINT32_MAX)
            return ML_NO_INPUT;
        const struct ml_input *input =
            ml_inputs_at(outputs->options.inputs, number);
        if (input->device == file_stat->st_dev &&
            input->inode == file_stat->st_ino)
            return number;
    }
}

enum ml_status ml_output_open_identities(struct ml_output_plan *outputs,
                                         struct ml_error *err)
{
    const struct ml_inputs *inputs = outputs->options.inputs;
    if (ml_name_table_open(&outputs->identities, inputs->count, err) != ML_OK)
        return err->status;
    for (size_t i = 0; i < inputs->count; i++) {
        const struct ml_input *input = ml_inputs_at(inputs, i);
        const uint32_t hash =
            output_plan_identity_hash(input->device, input->inode);
        size_t cursor = SIZE_MAX;
        if (input->inode == 0)
            continue;
        while (ml_name_table_next(&outputs->identities, hash, &cursor) !=
               UINT32_MAX)
            ;
        ml_name_table_add(&outputs->identities, cursor, hash, (uint32_t)i);
    }
    return ML_OK;
}

static bool output_plan_is_newer(const struct ml_input *input,
                                 const struct stat *file_stat)
{
    const int64_t written_ns = (int64_t)file_stat->st_mtim.tv_sec * 1000000000 +
                               file_stat->st_mtim.tv_nsec;
    return input->mtime_ns > written_ns;
}

/* What --existing requires for an output that exists.  False: an error. */
static bool output_plan_existing(const struct ml_output_plan *outputs,
                                 size_t index, const struct stat *file_stat,
                                 enum ml_output_action *action_out)
{
    *action_out = ML_OUTPUT_WRITE;
    switch (outputs->options.existing) {
    case ML_EXISTING_ERROR:
        return false;
    case ML_EXISTING_SKIP:
        *action_out = ML_OUTPUT_SKIP_EXISTS;
        return true;
    case ML_EXISTING_OVERWRITE:
        return true;
    case ML_EXISTING_NEWER:
        if (!output_plan_is_newer(ml_inputs_at(outputs->options.inputs, index),
                                  file_stat))
            *action_out = ML_OUTPUT_SKIP_EXISTS;
        return true;
    }
    return false;
}

/* See output_plan_internal.h. */
bool ml_output_disk(const struct ml_output_plan *outputs, size_t index,
                    const char *path, enum ml_output_action *action_out,
                    struct ml_conflict *conflict_out)
{
    struct stat file_stat;
    *action_out = ML_OUTPUT_WRITE;
    *conflict_out = (struct ml_conflict){.first = SIZE_MAX, .second = index};
    const int error =
        ml_output_root_stat(outputs->options.root, path, &file_stat);
    if (error == ENOTDIR || (error == 0 && S_ISDIR(file_stat.st_mode))) {
        conflict_out->kind = ML_CONFLICT_DISK;
        return true;
    }
    if (error != 0) /* it does not exist; or writing will report the error */
        return false;
    const uint32_t input = output_plan_input_at(outputs, &file_stat);
    if (input != ML_NO_INPUT) {
        conflict_out->kind = ML_CONFLICT_INPUT;
        conflict_out->first = input;
        return true;
    }
    conflict_out->kind = ML_CONFLICT_EXISTS;
    return !output_plan_existing(outputs, index, &file_stat, action_out);
}
