/* job.h: one picture's trip, and the ends where jobs come from and go to. */
#ifndef ML_PIPELINE_CORE_JOB_H
#define ML_PIPELINE_CORE_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "pipeline/core/queue.h"
#include "pipeline/core/slots.h"
#include "pipeline/picture/picture_result.h"

#define ML_SIZE_UNKNOWN UINT64_MAX /* of an input: read until it ends */

/* Where a job's bytes lie.  `home` takes the slot's number when they are done
 * with; NULL for a slot that belongs to the worker at work. */
struct ml_buffer_ref {
    struct ml_slots *slots; /* NULL: nowhere */
    uint32_t index;
    size_t used;
    struct ml_queue *free_list;
};

struct ml_job {
    uint64_t number;       /* of the input, from 0: set by ends.next */
    void *input;           /* open input; the ends' own */
    struct ml_error error; /* status ML_OK while all is well */
    struct ml_picture_result result;
    uint64_t input_bytes, output_bytes;
    uint64_t read_ns, write_ns;
    uint64_t start_ns, end_ns; /* taken, and ended: what lies between them is
                                  waiting too */
    uint64_t held_loop_ns;     /* the longest that it held the event loop */
    unsigned crashes;          /* worker processes that died while at it */
    unsigned external_kills;   /* of these, killed from outside */
    unsigned lost_starts;      /* workers that died before they began it */
    bool needs_new_worker; /* the next try is for a worker that has done nothing
                            */
    /* The line's own. */
    struct ml_buffer_ref buffer;
    uint64_t charged_input, charged_work; /* of the budgets */
};

/* Where jobs come from and where they go.  All calls on one job come one after
 * the other, from changing threads.  `next` and `done` are never called at the
 * same time as each other or themselves. */
struct ml_job_io {
    void *context;
    size_t input_bytes; /* memory that each job has for the ends' own use */
    /* Fill job->number; false when there are no more. */
    bool (*next)(void *context, struct ml_job *job);
    /* Open the input; its size, or ML_SIZE_UNKNOWN. */
    enum ml_status (*open)(void *context, struct ml_job *job,
                           uint64_t *size_out, struct ml_error *err);
    /* Read exactly that size to `memory`, or up to `size` when it was unknown;
     * *used_out bytes are there.  Closes the input, whatever happens. */
    enum ml_status (*read)(void *context, struct ml_job *job, uint8_t *memory,
                           size_t size, size_t *used_out, struct ml_error *err);
    /* Close an input that was opened and will not be read. */
    void (*abandon)(void *context, struct ml_job *job);
    enum ml_status (*write)(void *context, struct ml_job *job,
                            struct ml_bytes bytes, struct ml_error *err);
    /* The job has ended: job->error says how. */
    void (*completed)(void *context, const struct ml_job *job);
};

#endif
