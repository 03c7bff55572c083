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

#define BATCH_AHEAD ML_TEMPS_MAX /* results that may be held */
/* Capacity of the reorder buffer: jobs that were opened are fewer than
 * BATCH_AHEAD ahead of the next to report; of jobs that a stopped run ends
 * unopened, the reading stage holds up to its width. */
#define BATCH_HELD_MAX (BATCH_AHEAD + ML_WIDTH_MAX)
#define BATCH_WRITERS 16 /* that keep their folder open between files */

struct batch_writer {
    struct ml_writer writer;
    bool taken;
};

struct ml_batch {
    struct ml_batch_settings settings;
    size_t next; /* input; guarded by the run's job input/output lock */
    struct ml_reorder_buffer held; /* ended jobs, if in_order; the same lock */
    bool deferred;
    bool in_order;
    bool nameless; /* a dry run, and names depend on the bytes */
    /* Guards `next_number` and the writers' `taken` flags; no other lock is
     * acquired while it is held. */
    struct ml_mutex lock;
    struct ml_cond advanced; /* `next_number` has grown */
    uint64_t next_number;    /* copy of held.next_number: all jobs before it are
                                reported */
    struct batch_writer writers[BATCH_WRITERS];
};

/* What the callbacks store in a job, from open to completed. */
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
        return ml_fail_os(err, ENOMEM, "cannot allocate the batch", NULL);
    batch->settings = *settings;
    batch->deferred =
        settings->outputs && settings->outputs->options.name->deferred;
    batch->in_order = batch->deferred || settings->in_order;
    batch->nameless = batch->deferred && !settings->root &&
                      batch_uses_hash(settings->outputs->options.name);
    if (batch->in_order &&
        ml_reorder_buffer_open(&batch->held, BATCH_HELD_MAX, err) != ML_OK) {
        free(batch);
        return err->status;
    }
    ml_mutex_open(&batch->lock);
    ml_cond_open(&batch->advanced);
    for (size_t i = 0; settings->root && i < BATCH_WRITERS; i++)
        ml_writer_open(&batch->writers[i].writer, settings->root,
                       settings->temps);
    *batch_out = batch;
    return ML_OK;
}

/* ---- reporting ---- */

static void batch_report(struct ml_batch *batch, const struct ml_job *job,
                         enum ml_output_action action, const char *output)
{
    const struct ml_record record = {
        .index = (size_t)job->number,
        .job =
            action == ML_OUTPUT_WRITE || action == ML_OUTPUT_NONE ? job : NULL,
        .action = action,
        .output = output,
    };
    batch->settings.report(batch->settings.context, &record);
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

static void batch_report_skipped(struct ml_batch *batch, uint64_t number,
                                 enum ml_output_action action)
{
    const struct ml_record record = {
        .index = (size_t)number, .action = action, .output = ""};
    batch->settings.report(batch->settings.context, &record);
}

static void batch_report_planned(struct ml_batch *batch,
                                 const struct ml_job *job)
{
    char output[ML_NAME_PATH_MAX] = "";
    struct ml_error unused;
    if (batch->settings.outputs && !batch->deferred &&
        ml_output_plan_name(batch->settings.outputs, (size_t)job->number,
                            output, &unused) != ML_OK)
        output[0] = '\0';
    batch_report(batch, job, ML_OUTPUT_WRITE, output);
}

/* A result on which its name depends: claim the name, and rename the temporary
 * file to it. */
static void batch_report_deferred(struct ml_batch *batch,
                                  struct ml_reorder_entry *entry)
{
    const struct ml_batch_settings *settings = &batch->settings;
    struct ml_job *job = &entry->job;
    char output[ML_NAME_PATH_MAX] = "";
    enum ml_output_action action = ML_OUTPUT_WRITE;
    if (job->error.status == ML_OK && !batch->nameless) {
        const struct ml_deferred_name deferred = {
            .width = job->result.shape_out.width,
            .height = job->result.shape_out.height,
            .hash = entry->hash};
        enum ml_status status =
            ml_output_plan_claim(settings->outputs, (size_t)job->number,
                                 &deferred, output, &action, &job->error);
        if (status == ML_OK && action == ML_OUTPUT_WRITE && entry->has_temp) {
            status =
                ml_write_place(settings->temps, entry->temp, settings->root,
                               output, settings->replace, &job->error);
            entry->has_temp = false;
        }
        if (status != ML_OK)
            job->error.step = ML_STEP_WRITE;
    }
    if (entry->has_temp)
        ml_temps_remove(settings->temps, entry->temp);
    batch_report(batch, job, action, output);
}

/* Report all jobs that are next in order, up to the first that has not ended;
 * with `gaps`, if no more will end, pass over those.  A skipped input has no
 * entry: the output plan records it. */
static void batch_report_held(struct ml_batch *batch, bool gaps)
{
    struct ml_reorder_buffer *held = &batch->held;
    for (; held->next_number < batch->next; held->next_number++) {
        const enum ml_output_action action =
            batch_planned(batch, held->next_number);
        struct ml_reorder_entry *entry = ml_reorder_buffer_next(held);
        if (!entry && batch_is_skip(action))
            batch_report_skipped(batch, held->next_number, action);
        else if (!entry && !gaps)
            return;
        else if (entry && batch->deferred)
            batch_report_deferred(batch, entry);
        else if (entry)
            batch_report_planned(batch, &entry->job);
        if (entry)
            ml_reorder_buffer_release(held, entry);
    }
}

/* Report the jobs that are next in order; inputs further ahead may then start.
 */
static void batch_advance(struct ml_batch *batch)
{
    batch_report_held(batch, false);
    ml_mutex_lock(&batch->lock);
    batch->next_number = batch->held.next_number;
    ml_cond_broadcast(&batch->advanced);
    ml_mutex_unlock(&batch->lock);
}

/* ---- I/O callbacks ---- */

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
            batch_report_skipped(batch, job->number, action);
    }
    return false;
}

/* Block until the input is fewer than BATCH_AHEAD ahead of the next job to
 * report: a held result uses memory and a temporary file.  The next job itself
 * never blocks here, so the run always proceeds. */
static void batch_wait_within_reach(struct ml_batch *batch, uint64_t number)
{
    if (!batch->in_order)
        return;
    ml_mutex_lock(&batch->lock);
    while (number >= batch->next_number + BATCH_AHEAD)
        ml_cond_wait(&batch->advanced, &batch->lock);
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
    batch_wait_within_reach(batch, job->number);
    /* Read a file that is no picture all the same: the decoder's error says
     * more. */
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

static void batch_abandon(void *context, struct ml_job *job)
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

static struct batch_writer *batch_acquire_writer(struct ml_batch *batch)
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

static void batch_release_writer(struct ml_batch *batch,
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
    struct batch_writer *writer = batch_acquire_writer(batch);
    if (writer) {
        status = ml_write_file(&writer->writer, output, bytes.data, bytes.size,
                               &options, err);
        batch_release_writer(batch, writer);
        return status;
    }
    struct ml_writer once; /* more threads than writers */
    ml_writer_open(&once, batch->settings.root, batch->settings.temps);
    status =
        ml_write_file(&once, output, bytes.data, bytes.size, &options, err);
    ml_writer_close(&once);
    return status;
}

static enum ml_status batch_write_deferred(struct ml_batch *batch,
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
        return ML_OK; /* headers only */
    return batch->deferred ? batch_write_deferred(batch, job, bytes, err)
                           : batch_write_planned(batch, job, bytes, err);
}

/* Report the job now, or hold it until it is next.  The caller holds the run's
 * job input/output lock. */
static void batch_done(void *context, const struct ml_job *job)
{
    struct ml_batch *batch = context;
    const struct batch_input *input = job->input;
    if (!batch->in_order) {
        batch_report_planned(batch, job);
        return;
    }
    struct ml_reorder_entry *entry = ml_reorder_buffer_add(&batch->held, job);
    entry->hash = input->hash;
    entry->temp = input->temp;
    entry->has_temp = input->has_temp;
    batch_advance(batch);
}

struct ml_job_io ml_batch_io(struct ml_batch *batch)
{
    return (struct ml_job_io){
        .context = batch,
        .input_bytes = sizeof(struct batch_input),
        .next = batch_next,
        .open = batch_open_input,
        .read = batch_read,
        .abandon = batch_abandon,
        .write = batch_write,
        .completed = batch_done,
    };
}

void ml_batch_close(struct ml_batch *batch)
{
    if (batch->in_order)
        batch_report_held(batch, true);
    ml_reorder_buffer_close(&batch->held);
    for (size_t i = 0; batch->settings.root && i < BATCH_WRITERS; i++)
        ml_writer_close(&batch->writers[i].writer);
    ml_cond_close(&batch->advanced);
    ml_mutex_close(&batch->lock);
    free(batch);
}
