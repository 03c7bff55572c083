/* pool_internal.h: the dispatcher's state of its workers, in private memory;
 * shared by dispatcher.c (the loop), schedule.c (which worker gets which job),
 * recovery.c (exits) and protocol.c (messages to and from one worker).  Only
 * the dispatcher thread uses it.
 */
#ifndef ML_PIPELINE_PROCESSES_POOL_INTERNAL_H
#define ML_PIPELINE_PROCESSES_POOL_INTERNAL_H

#include "os/mutex.h"
#include "pipeline/core/pipeline.h"
#include "pipeline/ipc/process.h"

enum ml_pool_state {
    POOL_NOT_STARTED, /* no job has needed the worker yet */
    POOL_RUNNING,     /* takes commands */
    POOL_STOPPING,    /* the exit command was sent; no reply is due */
    POOL_EXITED,      /* reaped; its result buffers may still be read */
    POOL_CLOSED       /* closed for good */
};

/* Lost jobs of one stage that may wait for their end.  More could use up all
 * entries of the table of jobs. */
#define ML_POOL_LOST_MAX 8

struct ml_pool_worker {
    struct ml_process process;
    enum ml_pool_state state;
    size_t stage;
    uint32_t sent, replied; /* sequence numbers */
    /* The job and the result buffer of command seq, at seq % ML_CHANNEL_DEPTH.
     */
    uint32_t jobs[ML_CHANNEL_DEPTH], buffers[ML_CHANNEL_DEPTH];
    bool buffer_is_free[ML_RESULT_BUFFERS];
    uint32_t tasks;           /* chunks given to this process */
    uint32_t chunk_given;     /* commands given of the last chunk */
    bool stop_requested;      /* its exit is expected */
    uint32_t buffers_in_use;  /* not free */
    struct ml_queue returned; /* result buffers returned by later stages */
    uint32_t request_seq;     /* the last memory request read */
    bool request_pending;     /* by the oldest command, which waits */
    struct ml_budget_request request;
    size_t poll_at; /* index in pool.polls: replies, then exit; 0: none */
    uint64_t spawned_ns;
    const char *protocol_error; /* set once it is killed for one; its replies
                                   are then ignored */
    uint32_t suspect_seq;       /* the command counted as the cause */
    bool exclusive_job;         /* the last job given must be its only one */
};

struct ml_pool_stage {
    size_t index; /* in the plan */
    struct ml_process_template template;
    uint64_t picture_ns; /* recent time of one picture */
    uint32_t chunk;      /* jobs; 0: no chunks, see ml_pool_chunk() */
    uint32_t lost[ML_POOL_LOST_MAX]; /* indices of jobs, with --pool mp */
    uint32_t lost_count;
    bool ended; /* no further jobs; its output link is closed */
};

struct ml_pool {
    struct ml_run *run;
    struct ml_pool_stage stages[ML_STEP_COUNT];
    size_t stage_count;
    struct ml_pool_worker *workers;
    size_t worker_count;
    struct pollfd *polls;   /* the waker, then two a worker that runs */
    unsigned deaths_in_row; /* unexpected exits since the last success */
    bool poll_timed_out;    /* the last poll() ended without an event */
    bool broken;            /* no worker can be used any more */
    struct ml_error error;  /* the cause, if broken */
    pthread_t thread;
    bool started;
    struct ml_trace_track *track; /* the dispatcher's, or NULL */
};

/* Commands without a reply. */
static inline uint32_t ml_pool_outstanding(const struct ml_pool_worker *worker)
{
    return worker->sent - worker->replied;
}

static inline bool ml_pool_buffers_all_free(const struct ml_pool_worker *worker)
{
    return worker->buffers_in_use == 0;
}

/* ---- pool.c ---- */

/* The pool's state of stage `index` of the plan. */
struct ml_pool_stage *ml_pool_stage_of(struct ml_pool *pool, size_t index);

/* No worker of the stage has an outstanding command. */
bool ml_pool_is_idle(const struct ml_pool *pool,
                     const struct ml_pool_stage *stage);

void ml_pool_buffer_returned(struct ml_pool_worker *worker, uint32_t buffer);
/* Mark the pool broken because of *err, and abort the run. */
void ml_pool_abort(struct ml_pool *pool, const struct ml_error *err);

/* ---- dispatcher.c ---- */

/* The dispatcher thread; context is the pool. */
void *ml_pool_main(void *context);

/* ---- schedule.c ---- */

/* Start the process of a worker that has none; on failure the pool is broken.
 */
void ml_pool_start_worker(struct ml_pool *pool, struct ml_pool_worker *worker);
/* Give the ready jobs of a stage to workers that can take one. */
void ml_pool_assign(struct ml_pool *pool, size_t stage);
/* The process has done tasks_per_child chunks; it has no outstanding command
 * and all its result buffers are free. */
bool ml_pool_worker_reached_task_limit(struct ml_pool *pool,
                                       const struct ml_pool_worker *worker);

/* ---- recovery.c ---- */

/* The worker process has exited: reap it, take its replies, handle its jobs. */
void ml_pool_worker_exited(struct ml_pool *pool, struct ml_pool_worker *worker);

/* End lost jobs once their stage has nothing else to do. */
void ml_pool_check_stalled(struct ml_pool *pool);

/* ---- pool_trace.c ---- */

/* A worker was started: attach its tracks to the trace, if there is one. */
void ml_pool_attach_trace(struct ml_pool *pool, struct ml_pool_worker *worker);
/* A worker was reaped: detach its tracks.  After an unexpected exit, its open
 * span ends now. */
void ml_pool_detach_trace(struct ml_pool *pool, struct ml_pool_worker *worker,
                          bool expected);

/* ---- protocol.c ---- */

/* Kill a worker for `protocol_error`, which counts against command
 * `suspect_seq`; its further replies are ignored. */
void ml_pool_kill_worker(struct ml_pool_worker *worker, uint32_t suspect_seq,
                         const char *protocol_error);

/* Fill the template that every worker of stage `index` is started with. */
ML_MUST_CHECK enum ml_status
ml_pool_template_open(struct ml_run *run, size_t index,
                      struct ml_process_template *template,
                      struct ml_error *err);
/* Send a job, whose bytes are in a slot, to a worker. */
void ml_pool_send(struct ml_pool *pool, struct ml_pool_worker *worker,
                  uint32_t index);
/* Send the exit command to a worker with no outstanding command. */
void ml_pool_send_exit(struct ml_pool_worker *worker);
/* Take the replies and the memory request of a worker. */
void ml_pool_handle_replies(struct ml_pool *pool,
                            struct ml_pool_worker *worker);
/* Take its replies only; called once more after it was reaped. */
void ml_pool_take_replies(struct ml_pool *pool, struct ml_pool_worker *worker);
/* Answer a pending memory request: grant it once the budget does, refuse it
 * when the run stops. */
void ml_pool_handle_memory_request(struct ml_pool *pool,
                                   struct ml_pool_worker *worker);
void ml_pool_cancel_memory_request(struct ml_pool *pool,
                                   struct ml_pool_worker *worker);

#endif
