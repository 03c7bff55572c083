/* pool_internal.h: what the dispatcher knows of its workers, in private memory;
 * shared by dispatcher.c (the dispatcher), schedule.c (whom to give what),
 * recovery.c (deaths) and protocol.c (speaking with one worker).  One
 * thread, the dispatcher, uses all of it.
 */
#ifndef ML_PIPELINE_PROCESSES_POOL_INTERNAL_H
#define ML_PIPELINE_PROCESSES_POOL_INTERNAL_H

#include "os/mutex.h"
#include "pipeline/core/pipeline.h"
#include "pipeline/ipc/process.h"

enum ml_pool_state {
    POOL_NOT_STARTED, /* no job has needed it yet */
    POOL_RUNNING,     /* takes commands */
    POOL_STOPPING,    /* was told to exit; no reply is due */
    POOL_EXITED,      /* reaped; its outboxes may still be read */
    POOL_CLOSED       /* closed, will not come back */
};

/* Jobs of one stage that are lost and wait for their end; with more they would
 * all be missing one day. */
#define ML_POOL_LOST_MAX 8

struct ml_pool_worker {
    struct ml_process process;
    enum ml_pool_state state;
    size_t stage;
    uint32_t sent, replied;             /* sequence numbers */
    uint32_t jobs[ML_CHANNEL_DEPTH];    /* of command seq % depth */
    uint32_t buffers[ML_CHANNEL_DEPTH]; /* likewise: its outbox */
    bool buffer_is_free[ML_RESULT_BUFFERS];
    uint32_t tasks;           /* chunks that it was given */
    uint32_t chunk_given;     /* commands of the last of them */
    bool stop_requested;      /* to end: that it does is no surprise */
    uint32_t buffers_in_use;  /* not at home */
    struct ml_queue returned; /* outboxes that came home */
    uint32_t request_seq;     /* request_seq seen */
    bool request_pending;     /* for the oldest command, which cannot end */
    struct ml_budget_request request;
    size_t poll_at; /* in polls: replies, then its end; 0: it does not run */
    uint64_t spawned_ns;
    const char
        *protocol_error;  /* how it broke the protocol: killed, heard no more */
    uint32_t suspect_seq; /* the command it broke it at */
    bool exclusive_job; /* the last job that it was given is to be all it has */
};

struct ml_pool_stage {
    size_t index; /* in the plan */
    struct ml_process_template template;
    uint64_t picture_ns; /* what one takes, of late */
    uint32_t chunk;      /* commands that a worker is told of; 0: see above */
    uint32_t lost[ML_POOL_LOST_MAX]; /* jobs, with --pool mp */
    uint32_t lost_count;
    bool ended; /* no more jobs; its link is closed */
};

struct ml_pool {
    struct ml_run *run;
    struct ml_pool_stage stages[ML_STEP_COUNT];
    size_t stage_count;
    struct ml_pool_worker *workers;
    size_t worker_count;
    struct pollfd *polls; /* wake, then two a worker that runs */
    unsigned deaths_in_row;
    bool waited; /* for a while, and nothing came */
    bool broken;
    struct ml_error error; /* then: why */
    pthread_t thread;
    bool started;
    struct ml_trace_track *track; /* the dispatcher's, or NULL */
};

/* Commands that have no reply yet. */
static inline uint32_t ml_pool_outstanding(const struct ml_pool_worker *worker)
{
    return worker->sent - worker->replied;
}

static inline bool ml_pool_buffers_all_free(const struct ml_pool_worker *worker)
{
    return worker->buffers_in_use == 0;
}

/* ---- pool.c ---- */

/* The pool's part of stage `index` of the plan. */
struct ml_pool_stage *ml_pool_stage_of(struct ml_pool *pool, size_t index);

/* Nothing lies with its workers. */
bool ml_pool_is_idle(const struct ml_pool *pool,
                     const struct ml_pool_stage *stage);

void ml_pool_buffer_returned(struct ml_pool_worker *worker, uint32_t buffer);
/* Nothing can be done any more, because of *err. */
void ml_pool_abort(struct ml_pool *pool, const struct ml_error *err);

/* ---- dispatcher.c ---- */

/* The dispatcher thread; context is the pool. */
void *ml_pool_main(void *context);

/* ---- schedule.c ---- */

/* Start the process of one that has none; on failure the pool is broken. */
void ml_pool_start_worker(struct ml_pool *pool, struct ml_pool_worker *worker);
/* Give ready jobs of a stage to workers that can take one. */
void ml_pool_assign(struct ml_pool *pool, size_t stage);
/* It has done all that one worker may do, and everything of it is home. */
bool ml_pool_worker_reached_task_limit(struct ml_pool *pool,
                                       const struct ml_pool_worker *worker);

/* ---- recovery.c ---- */

/* Its process has ended: reap it, take what it replied, see to its jobs. */
void ml_pool_worker_exited(struct ml_pool *pool, struct ml_pool_worker *worker);

/* End jobs that were lost when nothing else is left to do in their stage. */
void ml_pool_check_stalled(struct ml_pool *pool);

/* ---- pool_trace.c ---- */

/* A worker was started: what it records is part of the trace, if there is one.
 */
void ml_pool_attach_trace(struct ml_pool *pool, struct ml_pool_worker *worker);
/* It was reaped: take what it has recorded.  What it had begun when it died
 * unexpectedly ended then. */
void ml_pool_detach_trace(struct ml_pool *pool, struct ml_pool_worker *worker,
                          bool expected);

/* ---- protocol.c ---- */

/* Kill it, because of `breach`, which it committed at command `suspect`; what
 * it replies is not heard any more. */
void ml_pool_kill_worker(struct ml_pool_worker *worker, uint32_t suspect_seq,
                         const char *protocol_error);

/* What the workers of stage `index` are started with. */
ML_MUST_CHECK enum ml_status
ml_pool_template_open(struct ml_run *run, size_t index,
                      struct ml_process_template *template,
                      struct ml_error *err);
/* Give a job, whose bytes lie in a slot of the stage, to a worker. */
void ml_pool_send(struct ml_pool *pool, struct ml_pool_worker *worker,
                  uint32_t index);
/* Nothing is outstanding: tell it to exit. */
void ml_pool_send_exit(struct ml_pool_worker *worker);
/* It rang: take its replies and its ask. */
void ml_pool_handle_replies(struct ml_pool *pool,
                            struct ml_pool_worker *worker);
/* Only its replies: also once after it was reaped. */
void ml_pool_take_replies(struct ml_pool *pool, struct ml_pool_worker *worker);
/* Answer an ask once it is granted; when the run stops, refuse it. */
void ml_pool_handle_memory_request(struct ml_pool *pool,
                                   struct ml_pool_worker *worker);
void ml_pool_cancel_memory_request(struct ml_pool *pool,
                                   struct ml_pool_worker *worker);

#endif
