/* strip_threads.h: one picture on several processors: the source and the sink
 * each in a thread of their own, a few strips ahead of and behind the filters.
 *
 * The filters pull rows as ever; what they ask for lies ready in a lane of
 * strips that the source's thread keeps full, and what they give goes into a
 * lane that the sink's thread empties.  So decoding, filtering and encoding of
 * one picture overlap, in order, and the bytes are those of one thread.  It
 * pays for a picture that has processors to itself; strips are copied once on
 * their way.
 *
 * The lanes live as long as the picture; memory comes from its arena, before
 * any thread is started.  Codecs take nothing from the arena while rows are
 * read and written.
 */
#ifndef ML_PIPELINE_PICTURE_STRIP_THREADS_H
#define ML_PIPELINE_PICTURE_STRIP_THREADS_H

#include <pthread.h>

#include "chain/chain_exec.h"
#include "os/mutex.h"

/* Strips in a lane: two to work on, two to even out differences. */
#define ML_STRIP_QUEUE_STRIPS 4

/* Smaller pictures (the larger of what comes in and what goes out) are done
 * before a second thread has warmed up. */
#define ML_STRIP_THREADS_PIXELS UINT64_C(1000000)

struct ml_trace_track;

/* A one-way lane of strips between two threads. */
struct ml_strip_queue {
    struct ml_shape shape; /* of the whole picture */
    uint32_t rows;         /* of a strip; the last may have fewer */
    struct ml_dst strips[ML_STRIP_QUEUE_STRIPS];
    struct ml_row_source in;      /* what the lane's thread reads from, or */
    struct ml_row_sink out;       /* writes to; the other is empty */
    struct ml_trace_track *track; /* of the lane's thread, or NULL */
    uint32_t job;
    struct ml_trace_track *filters; /* of the thread that filters, or NULL */
    pthread_t thread;
    bool running; /* has a thread to join */
    /* Guards everything below; no other lock is taken while it is held. */
    struct ml_mutex lock;
    struct ml_cond changed; /* any of what follows */
    uint32_t head, tail;    /* strips, since the beginning */
    bool finished;          /* nothing will be filled any more */
    bool cancelled;         /* nothing need be emptied any more */
    enum ml_status status;  /* of the lane's thread, once it has ended */
    struct ml_error err;
    /* The lane's thread alone, until it is joined: time at work. */
    uint64_t busy_ns;
};

struct ml_strip_threads {
    /* Set before it runs: of the calling thread, and of the two it starts. */
    struct ml_trace_track *filter_track, *decode_track, *encode_track;
    uint32_t job;
    struct ml_strip_queue decoder, encoder;
};

/* Is this picture large enough? */
bool ml_strip_threads_worthwhile(const struct ml_chain_exec *exec);
/* Bytes that it takes from the arena; SIZE_MAX when they cannot be counted. */
size_t ml_strip_threads_bytes(const struct ml_chain_exec *exec);

/* As ml_chain_exec_run, with `in` and `out` each called from a thread of its
 * own and joined before it returns; times tells work without waiting.  When a
 * thread cannot be started its end is called directly. */
ML_MUST_CHECK enum ml_status
ml_strip_threads_run(struct ml_strip_threads *strip_threads,
                     struct ml_chain_exec *exec, const struct ml_row_source *in,
                     const struct ml_row_sink *out, struct ml_step_times *times,
                     struct ml_error *err);

#endif
