/* batch.h: a list of input files through a run, onto disk.
 *
 * The ends of the pipeline on the files room: opens and reads inputs, writes
 * outputs by their planned names, and tells each job's end once.  In order of
 * the inputs where that matters: names that depend on the result are claimed in
 * that order (the result waits under a temporary name), and listings are read
 * by people.
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
    /* NULL both: nothing is written (info), or to standard output. */
    struct ml_output_plan *outputs;
    struct ml_output_root *root;
    struct ml_temps *temps;
    bool to_stdout; /* the one output */
    bool replace;   /* outputs may replace what is there */
    bool preserve;  /* -p: times and permissions of the input */
    bool in_order;  /* tell the ends in the order of the inputs */
    uint64_t limit_file_bytes;
    void *context;
    /* One input has ended.  Never two calls at a time. */
    void (*tell)(void *context, const struct ml_record *record);
};

struct ml_batch;

/* All names are known; the run may begin.  ML_ERR_MEMORY. */
ML_MUST_CHECK enum ml_status
ml_batch_open(struct ml_batch **batch_out,
              const struct ml_batch_settings *settings, struct ml_error *err);
/* What ml_run_open wants. */
struct ml_job_io ml_batch_ends(struct ml_batch *batch);
/* After the run: tell what waits still (a stopped run leaves gaps in the
 * order), and free. */
void ml_batch_close(struct ml_batch *batch);

#endif
