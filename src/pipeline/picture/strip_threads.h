/* strip_threads.h: one picture on several CPUs: a decoder thread and an encoder
 * thread, each joined to the filters by a queue of strips.
 *
 * The filters pull rows as usual.  The decoder thread fills the first queue a
 * few strips ahead of the filters; the encoder thread empties the second.  So
 * decoding, filtering and encoding of one picture overlap, in order, and the
 * output is byte for byte that of one thread.  The gain needs idle CPUs; the
 * cost is one copy of each strip in each queue.
 *
 * The queues live as long as the picture.  Their memory comes from its arena,
 * before any thread is started; codecs allocate nothing from the arena while
 * rows are read and written.
 */
#ifndef ML_PIPELINE_PICTURE_STRIP_THREADS_H
#define ML_PIPELINE_PICTURE_STRIP_THREADS_H

#include <pthread.h>

#include "chain/chain_exec.h"
#include "os/mutex.h"

/* Strips in a queue: two in use, one by each thread, and two that even out
 * differences in speed. */
#define ML_STRIP_QUEUE_STRIPS 4

/* Smaller pictures are done before a second thread has warmed up.  Compared
 * with the larger of input and output. */
#define ML_STRIP_THREADS_PIXELS UINT64_C(1000000)

struct ml_trace_track;

/* A one-way queue of strips between two threads. */
struct ml_strip_queue {
    struct ml_shape shape; /* of the whole picture */
    uint32_t rows;         /* of a strip; the last may have fewer */
    struct ml_dst strips[ML_STRIP_QUEUE_STRIPS];
    struct ml_row_source in;      /* what the decoder thread reads from, or */
    struct ml_row_sink out;       /* the encoder thread writes to; the other is
                                     empty */
    struct ml_trace_track *track; /* of the queue's thread, or NULL */
    uint32_t job;
    struct ml_trace_track *filters; /* of the thread that filters, or NULL */
    pthread_t thread;
    bool running; /* the thread was started and not joined */
    /* Guards everything below; no other lock is taken while it is held. */
    struct ml_mutex lock;
    struct ml_cond changed; /* any field below */
    uint32_t head, tail;    /* strips filled and emptied since the start */
    bool finished;          /* no further strip will be filled */
    bool cancelled;         /* no further strip will be emptied */
    enum ml_status status;  /* of the queue's thread, once it has ended */
    struct ml_error err;
    /* Time in the codec, without waits.  Only the queue's thread writes it,
     * until it is joined. */
    uint64_t busy_ns;
};

struct ml_strip_threads {
    /* Set before the run: the tracks of the calling thread and of the two that
     * it starts; or NULL. */
    struct ml_trace_track *filter_track, *decode_track, *encode_track;
    uint32_t job;
    struct ml_strip_queue decoder, encoder;
};

/* Is the picture large enough to gain from strip threads? */
bool ml_strip_threads_worthwhile(const struct ml_chain_exec *exec);
/* Bytes that both queues take from the arena; SIZE_MAX on overflow. */
size_t ml_strip_threads_bytes(const struct ml_chain_exec *exec);

/* As ml_chain_exec_run(), but `in` and `out` are each called from a thread of
 * their own, joined before the return.  *times counts work without waits.  If a
 * thread cannot be started, the calling thread does its part. */
ML_MUST_CHECK enum ml_status
ml_strip_threads_run(struct ml_strip_threads *strip_threads,
                     struct ml_chain_exec *exec, const struct ml_row_source *in,
                     const struct ml_row_sink *out, struct ml_step_times *times,
                     struct ml_error *err);

#endif
