/* batch.h: the I/O callbacks of a run over a list of input files.
 *
 * They open and read inputs, write outputs under their planned names, and
 * report the end of each job once.  Ends are reported in the order of the
 * inputs if names depend on the results (names are claimed in that order, and a
 * result waits under a temporary name), or if the caller prints a listing.
 */
#ifndef ML_COMMAND_RUN_BATCH_H
#define ML_COMMAND_RUN_BATCH_H

#include "command/report/record.h"
#include "files/input/inputs.h"
#include "files/output/output_plan.h"
#include "files/output/output_root.h"
#include "files/output/temp_files.h"
#include "pipeline/run.h"

struct ml_batch_settings {
    const struct ml_inputs *inputs;
    /* Both NULL: nothing is written (info), or only standard output. */
    struct ml_output_plan *outputs;
    struct ml_output_root *root;
    struct ml_temps *temps;
    bool to_stdout; /* the one output */
    bool replace;   /* outputs may replace existing files */
    bool preserve;  /* -p: times and permissions of the input */
    bool in_order;  /* report in the order of the inputs */
    uint64_t limit_file_bytes;
    void *context;
    /* An input has ended.  Never called by two threads at a time. */
    void (*report)(void *context, const struct ml_record *record);
};

struct ml_batch;

/* Call when the output names are planned.  ML_ERR_MEMORY. */
ML_MUST_CHECK enum ml_status
ml_batch_open(struct ml_batch **batch_out,
              const struct ml_batch_settings *settings, struct ml_error *err);
/* The callbacks for ml_run_settings.io. */
struct ml_job_io ml_batch_io(struct ml_batch *batch);
/* After the run: report the jobs that are still held (a stopped run leaves gaps
 * in the order), and free the batch. */
void ml_batch_close(struct ml_batch *batch);

#endif
