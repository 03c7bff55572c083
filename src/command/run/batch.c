/* batch.c: see batch.h. */
#include "command/run/batch.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hash.h"
#include "command/run/reorder_buffer.h"
#include "files/input/read.h"
#include "files/output/atomic_write.h"
#include "os/mutex.h"

#define BATCH_AHEAD ML_TEMPS_MAX /* results that may wait for their turn */
/* Jobs that have ended and wait: those that were opened are at most BATCH_AHEAD
 * ahead of the turn; of those that a stopped run ends unopened, the stage that
 * reads holds no more than its width. */
#define BATCH_WAITING (BATCH_AHEAD + ML_WIDTH_MAX)
#define BATCH_WRITERS 16 /* threads that may write at one time keep folders */

struct batch_writer {
    struct ml_writer writer;
    bool taken;
};

struct ml_batch {
    struct ml_batch_settings settings;
    size_t next;                      /* input; under the run's ends lock */
    struct ml_reorder_buffer waiting; /* results told in order; likewise */
    bool deferred;
    bool in_order;
    bool nameless; /* dry run of names that depend on the bytes */
    /* Guards `turn` and writers' `taken` flags; no other lock is taken while
     * held. */
    struct ml_mutex lock;
    struct ml_cond turned; /* `turn` has grown */
    uint64_t next_number;  /* as waiting.turn: all before it were told */
    struct batch_writer writers[BATCH_WRITERS];
};

/* What each job carries for us from open to done. */
struct batch_input {
    struct ml_file file; /* open between open and read */
    struct ml_file_attributes attributes;
    uint64_t hash; /* of the output, when its name depends on it */
    size_t temp;   /* slot of its temporary file */
    bool has_temp;
};

static bool batch_uses_hash(const struct ml_name_template *name)
{
    for (size_t i = 0; i < name->part_count; i++) {
        if (name->parts[i].field == ML_NAME_HASH)
            return true;
    }
    return false;
}

enum ml_status ml_batch_open(struct ml_batch **batch_out,
                             const struct ml_batch_settings *settings,
                             struct ml_error *err)
{
    struct ml_batch *batch = calloc(1, sizeof *batch);
    if (!batch)
        return ml_fail_os(err, ENOMEM, "memory of the batch", NULL);
    batch->settings = *settings;
    batch->deferred =
        settings->outputs && settings->outputs->options.name->deferred;
    batch->in_order = batch->deferred || settings->in_order;
    batch->nameless = batch->deferred && !settings->root &&
                      batch_uses_hash(settings->outputs->options.name);
    if (batch->in_order &&
        ml_reorder_buffer_open(&batch->waiting, BATCH_WAITING, err) != ML_OK) {
        free(batch);
        return err->status;
    }
    ml_mutex_open(&batch->lock);
    ml_cond_open(&batch->turned);
    for (size_t i = 0; settings->root && i < BATCH_WRITERS; i++)
        ml_writer_open(&batch->writers[i].writer, settings->root,
                       settings->temps);
    *batch_out = batch;
    return ML_OK;
}

/* ---- telling ---- */

static void batch_tell(struct ml_batch *batch, const struct ml_job *job,
                       enum ml_output_action action, const char *output)
{
    const struct ml_record record = {
        .index = (size_t)job->number,
        .job =
            action == ML_OUTPUT_WRITE || action == ML_OUTPUT_NONE ? job : NULL,
        .action = action,
        .output = output,
    };
    batch->settings.tell(batch->settings.context, &record);
}

/* What was planned for an input. */
static enum ml_output_action batch_planned(const struct ml_batch *batch,
                                           uint64_t number)
{
    return batch->settings.outputs
               ? ml_output_plan_action(batch->settings.outputs, (size_t)number)
               : ML_OUTPUT_WRITE;
}

static bool batch_is_skip(enum ml_output_action action)
{
    return action == ML_OUTPUT_SKIP_EXISTS ||
           action == ML_OUTPUT_SKIP_COLLISION;
}

static void batch_tell_skipped(struct ml_batch *batch, uint64_t number,
                               enum ml_output_action action)
{
    const struct ml_record record = {
        .index = (size_t)number, .action = action, .output = ""};
    batch->settings.tell(batch->settings.context, &record);
}

static void batch_tell_planned(struct ml_batch *batch, const struct ml_job *job)
{
    char output[ML_NAME_PATH_MAX] = "";
    struct ml_error unused;
    if (batch->settings.outputs && !batch->deferred &&
        ml_output_plan_name(batch->settings.outputs, (size_t)job->number,
                            output, &unused) != ML_OK)
        output[0] = '\0';
    batch_tell(batch, job, ML_OUTPUT_WRITE, output);
}

/* A result whose name depends on it: claim the name, move it there. */
static void batch_tell_late(struct ml_batch *batch,
                            struct ml_reorder_entry *waiter)
{
    const struct ml_batch_settings *settings = &batch->settings;
    struct ml_job *job = &waiter->job;
    char output[ML_NAME_PATH_MAX] = "";
    enum ml_output_action action = ML_OUTPUT_WRITE;
    if (job->error.status == ML_OK && !batch->nameless) {
        const struct ml_deferred_name deferred = {
            .width = job->result.shape_out.width,
            .height = job->result.shape_out.height,
            .hash = waiter->hash};
        enum ml_status status =
            ml_output_plan_claim(settings->outputs, (size_t)job->number,
                                 &deferred, output, &action, &job->error);
        if (status == ML_OK && action == ML_OUTPUT_WRITE && waiter->has_temp) {
            status =
                ml_write_place(settings->temps, waiter->temp, settings->root,
                               output, settings->replace, &job->error);
            waiter->has_temp = false;
        }
        if (status != ML_OK)
            job->error.step = ML_STEP_WRITE;
    }
    if (waiter->has_temp)
        ml_temps_remove(settings->temps, waiter->temp);
    batch_tell(batch, job, action, output);
}

/* Report all that are next in order: up to the first that has not ended, or,
 * when no more will end, with `gaps`.  An input that was skipped takes no
 * entry: that it was is in the plan. */
static void batch_tell_waiting(struct ml_batch *batch, bool gaps)
{
    struct ml_reorder_buffer *waiting = &batch->waiting;
    for (; waiting->next_number < batch->next; waiting->next_number++) {
        const enum ml_output_action action =
            batch_planned(batch, waiting->next_number);
        struct ml_reorder_entry *waiter = ml_reorder_buffer_next(waiting);
        if (!waiter && batch_is_skip(action))
            batch_tell_skipped(batch, waiting->next_number, action);
        else if (!waiter && !gaps)
            return;
        else if (waiter && batch->deferred)
            batch_tell_late(batch, waiter);
        else if (waiter)
            batch_tell_planned(batch, &waiter->job);
        if (waiter)
            ml_reorder_buffer_release(waiting, waiter);
    }
}

/* Report what is next in order; inputs further ahead may then begin. */
static void batch_advance(struct ml_batch *batch)
{
    batch_tell_waiting(batch, false);
    ml_mutex_lock(&batch->lock);
    batch->next_number = batch->waiting.next_number;
    ml_cond_broadcast(&batch->turned);
    ml_mutex_unlock(&batch->lock);
}

/* ---- the ends ---- */

static bool batch_next(void *context, struct ml_job *job)
{
    struct ml_batch *batch = context;
    while (batch->next < batch->settings.inputs->count) {
        job->number = batch->next++;
        const enum ml_output_action action = batch_planned(batch, job->number);
        if (!batch_is_skip(action))
            return true;
        if (batch->in_order)
            batch_advance(batch);
        else
            batch_tell_skipped(batch, job->number, action);
    }
    return false;
}

/* Let no input begin that is too far ahead of one that is still at work: what
 * waits for its turn holds memory and a temporary file.  The input whose turn
 * it is never waits here, so there is always one that goes on. */
static void batch_wait_near_turn(struct ml_batch *batch, uint64_t number)
{
    if (!batch->in_order)
        return;
    ml_mutex_lock(&batch->lock);
    while (number >= batch->next_number + BATCH_AHEAD)
        ml_cond_wait(&batch->turned, &batch->lock);
    ml_mutex_unlock(&batch->lock);
}

static enum ml_status batch_open_input(void *context, struct ml_job *job,
                                       uint64_t *size_out, struct ml_error *err)
{
    struct ml_batch *batch = context;
    const struct ml_inputs *inputs = batch->settings.inputs;
    const struct ml_input *input = ml_inputs_at(inputs, (size_t)job->number);
    struct batch_input *open = job->input;
    char path[ML_INPUT_PATH_MAX];
    batch_wait_near_turn(batch, job->number);
    /* A decoder can say more of a content that is no picture's. */
    if (input->problem != ML_PROBLEM_CONTENT &&
        ml_input_check(input, err) != ML_OK)
        return err->status;
    if (input->standard_input) {
        *size_out = ML_SIZE_UNKNOWN;
        return ML_OK;
    }
    (void)ml_input_path(inputs, input, path);
    const enum ml_status status =
        ml_file_open(&open->file, path, batch->settings.limit_file_bytes, err);
    if (status != ML_OK)
        return status;
    open->attributes = (struct ml_file_attributes){
        .mode = open->file.stat.st_mode & 0777,
        .accessed = open->file.stat.st_atim,
        .modified = open->file.stat.st_mtim,
    };
    *size_out = open->file.size;
    return ML_OK;
}

static bool batch_is_stream(const struct ml_batch *batch,
                            const struct ml_job *job)
{
    return ml_inputs_at(batch->settings.inputs, (size_t)job->number)
        ->standard_input;
}

static void batch_forget(void *context, struct ml_job *job)
{
    struct batch_input *open = job->input;
    if (!batch_is_stream(context, job))
        ml_file_close(&open->file);
}

static enum ml_status batch_read(void *context, struct ml_job *job,
                                 uint8_t *memory, size_t size, size_t *used_out,
                                 struct ml_error *err)
{
    struct batch_input *open = job->input;
    if (batch_is_stream(context, job))
        return ml_read_stream(STDIN_FILENO, memory, size, used_out, err);
    *used_out = size;
    const enum ml_status status = ml_file_read(&open->file, memory, err);
    ml_file_close(&open->file);
    return status;
}

static struct batch_writer *batch_take_writer(struct ml_batch *batch)
{
    struct batch_writer *found = NULL;
    ml_mutex_lock(&batch->lock);
    for (size_t i = 0; i < BATCH_WRITERS && !found; i++) {
        if (!batch->writers[i].taken)
            found = &batch->writers[i];
    }
    if (found)
        found->taken = true;
    ml_mutex_unlock(&batch->lock);
    return found;
}

static void batch_give_writer(struct ml_batch *batch,
                              struct batch_writer *writer)
{
    ml_mutex_lock(&batch->lock);
    writer->taken = false;
    ml_mutex_unlock(&batch->lock);
}

static enum ml_status batch_write_planned(struct ml_batch *batch,
                                          const struct ml_job *job,
                                          struct ml_bytes bytes,
                                          struct ml_error *err)
{
    const struct batch_input *kept = job->input;
    char output[ML_NAME_PATH_MAX];
    enum ml_status status = ml_output_plan_name(
        batch->settings.outputs, (size_t)job->number, output, err);
    if (status != ML_OK)
        return status;
    const struct ml_write_options options = {
        .replace = batch->settings.replace,
        .attributes = batch->settings.preserve ? &kept->attributes : NULL,
    };
    struct batch_writer *writer = batch_take_writer(batch);
    if (writer) {
        status = ml_write_file(&writer->writer, output, bytes.data, bytes.size,
                               &options, err);
        batch_give_writer(batch, writer);
        return status;
    }
    struct ml_writer once; /* more threads than kept writers */
    ml_writer_open(&once, batch->settings.root, batch->settings.temps);
    status =
        ml_write_file(&once, output, bytes.data, bytes.size, &options, err);
    ml_writer_close(&once);
    return status;
}

static enum ml_status batch_write_late(struct ml_batch *batch,
                                       struct ml_job *job,
                                       struct ml_bytes bytes,
                                       struct ml_error *err)
{
    struct batch_input *kept = job->input;
    kept->hash = ml_fnv1a_64(bytes.data, bytes.size);
    const enum ml_status status = ml_write_temp(
        batch->settings.temps, batch->settings.root, bytes.data, bytes.size,
        batch->settings.preserve ? &kept->attributes : NULL, &kept->temp, err);
    kept->has_temp = status == ML_OK;
    return status;
}

static enum ml_status batch_write(void *context, struct ml_job *job,
                                  struct ml_bytes bytes, struct ml_error *err)
{
    struct ml_batch *batch = context;
    if (batch->settings.to_stdout)
        return ml_write_all(STDOUT_FILENO, bytes.data, bytes.size, err);
    if (!batch->settings.root)
        return ML_OK; /* facts only */
    return batch->deferred ? batch_write_late(batch, job, bytes, err)
                           : batch_write_planned(batch, job, bytes, err);
}

/* Report now, or hold until it is next; called under the run's ends lock. */
static void batch_done(void *context, const struct ml_job *job)
{
    struct ml_batch *batch = context;
    const struct batch_input *input = job->input;
    if (!batch->in_order) {
        batch_tell_planned(batch, job);
        return;
    }
    struct ml_reorder_entry *waiter =
        ml_reorder_buffer_add(&batch->waiting, job);
    waiter->hash = input->hash;
    waiter->temp = input->temp;
    waiter->has_temp = input->has_temp;
    batch_advance(batch);
}

struct ml_job_io ml_batch_ends(struct ml_batch *batch)
{
    return (struct ml_job_io){
        .context = batch,
        .input_bytes = sizeof(struct batch_input),
        .next = batch_next,
        .open = batch_open_input,
        .read = batch_read,
        .abandon = batch_forget,
        .write = batch_write,
        .completed = batch_done,
    };
}

void ml_batch_close(struct ml_batch *batch)
{
    if (batch->in_order)
        batch_tell_waiting(batch, true);
    ml_reorder_buffer_close(&batch->waiting);
    for (size_t i = 0; batch->settings.root && i < BATCH_WRITERS; i++)
        ml_writer_close(&batch->writers[i].writer);
    ml_cond_close(&batch->turned);
    ml_mutex_close(&batch->lock);
    free(batch);
}
