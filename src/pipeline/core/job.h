/* job.h: one picture's trip, and the callbacks for its input and output. */
#ifndef ML_PIPELINE_CORE_JOB_H
#define ML_PIPELINE_CORE_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "pipeline/core/queue.h"
#include "pipeline/core/slots.h"
#include "pipeline/picture/picture_result.h"

#define ML_SIZE_UNKNOWN UINT64_MAX /* of an input: read it to its end */

/* Where a job's bytes are stored.  `free_list` gets the slot's number when the
 * job no longer needs them; NULL for a slot of the worker itself. */
struct ml_buffer_ref {
    struct ml_slots *slots; /* NULL: the job has no bytes */
    uint32_t index;
    size_t used;
    struct ml_queue *free_list;
};

struct ml_job {
    uint64_t number;       /* of the input, from 0: set by io.next */
    void *input;           /* io.input_bytes for the callbacks' own use */
    struct ml_error error; /* status ML_OK unless the job failed */
    struct ml_picture_result result;
    uint64_t input_bytes, output_bytes;
    uint64_t read_ns, write_ns;
    uint64_t start_ns, end_ns; /* of the whole trip, waiting included */
    uint64_t held_loop_ns;     /* longest time that it blocked the event loop */
    unsigned crashes;          /* worker processes that died doing it */
    unsigned external_kills;   /* of these, killed from outside */
    unsigned lost_starts;      /* workers that died before they started it */
    bool needs_new_worker;     /* retry on a worker that has done no job yet */
    /* Of the pipeline itself. */
    struct ml_buffer_ref buffer;
    uint64_t charged_input, charged_work; /* bytes acquired from the budgets */
};

/* Where jobs come from and where they go.  Calls for one job never overlap, but
 * come from different threads.  `next` and `completed` are called under one
 * lock: they never overlap each other or themselves. */
struct ml_job_io {
    void *context;
    size_t input_bytes; /* of job->input */
    /* Set job->number; false when there are no more jobs. */
    bool (*next)(void *context, struct ml_job *job);
    /* Open the input; its size, or ML_SIZE_UNKNOWN. */
    enum ml_status (*open)(void *context, struct ml_job *job,
                           uint64_t *size_out, struct ml_error *err);
    /* Read exactly that size to `memory`, or up to `size` if it was unknown;
     * *used_out is the number of bytes read.  Closes the input, also on
     * failure. */
    enum ml_status (*read)(void *context, struct ml_job *job, uint8_t *memory,
                           size_t size, size_t *used_out, struct ml_error *err);
    /* Close an input that was opened and will not be read. */
    void (*abandon)(void *context, struct ml_job *job);
    enum ml_status (*write)(void *context, struct ml_job *job,
                            struct ml_bytes bytes, struct ml_error *err);
    /* The job has ended, with job->error. */
    void (*completed)(void *context, const struct ml_job *job);
};

#endif
