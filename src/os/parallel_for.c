/* parallel_for.c: see parallel_for.h.  The only file that uses OpenMP. */
#include "os/parallel_for.h"

#include <assert.h>
#include <omp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#define PARALLEL_TEXT(tokens) PARALLEL_QUOTE(tokens)
#define PARALLEL_QUOTE(tokens) #tokens

/* How idle threads wait can be set in the environment only.  Gcc's library is
 * linked into the program and reads it before main() begins, in a constructor
 * of the default priority, so after this one; clang's reads it at the first
 * parallel region.  A value that the user has set stays. */
__attribute__((constructor(101))) static void parallel_make_idle_sleep(void)
{
    (void)setenv("OMP_WAIT_POLICY", "passive", 0);
}

/* ---- running ----
 *
 * The thread sanitizer does not see how OpenMP's library synchronises threads,
 * and would report a race at each call.  So the hand-over from the caller to
 * the threads and back uses two atomics of this file, in instrumented
 * functions; only the loop between, in which each thread reads the address of
 * the region, is not instrumented.  The atomics do not order parts among
 * themselves: a race between two parts is still found. */

#if defined(__clang__)
#define PARALLEL_NOT_INSTRUMENTED                                              \
    __attribute__((no_sanitize("thread"), noinline))
#else
#define PARALLEL_NOT_INSTRUMENTED __attribute__((no_sanitize_thread, noinline))
#endif

struct parallel_region {
    ml_parallel_task *part;
    void *context;
    atomic_uint open; /* 1 from before the first part on */
    atomic_uint done; /* parts */
};

static __attribute__((noinline)) void
parallel_do(struct parallel_region *region, unsigned thread, unsigned part)
{
    /* Acquire: pairs with the store in ml_parallel_for(), which publishes the
     * region and the memory that its context refers to. */
    const unsigned open =
        atomic_load_explicit(&region->open, memory_order_acquire);
    assert(open == 1);
    region->part(region->context, thread, part);
    /* Release: publishes what the part wrote; pairs with the load in
     * ml_parallel_for(). */
    (void)atomic_fetch_add_explicit(&region->done, 1, memory_order_release);
}

/* Dynamic: if a thread starts late because its processor is busy, the other
 * threads take its parts. */
PARALLEL_NOT_INSTRUMENTED static void
parallel_loop(struct parallel_region *region, unsigned threads, unsigned count)
{
#pragma omp parallel for num_threads(threads) schedule(dynamic, 1)
    for (unsigned part = 0; part < count; part++)
        parallel_do(region, (unsigned)omp_get_thread_num(), part);
}

void ml_parallel_for(unsigned threads, unsigned count, ml_parallel_task *part,
                     void *context)
{
    assert(threads >= 1 && threads <= ML_PARALLEL_THREADS_MAX);
    if (threads > count)
        threads = count;
    if (threads <= 1) {
        for (unsigned i = 0; i < count; i++)
            part(context, 0, i);
        return;
    }
    struct parallel_region region = {.part = part, .context = context};
    atomic_store_explicit(&region.open, 1, memory_order_release);
    parallel_loop(&region, threads, count);
    const unsigned done =
        atomic_load_explicit(&region.done, memory_order_acquire);
    assert(done == count);
    (void)done;
}

/* ---- what the system allows ---- */

static void *parallel_pass_gate(void *gate)
{
    (void)pthread_mutex_lock(gate);
    (void)pthread_mutex_unlock(gate);
    return NULL;
}

/* All run at the same time: no thread passes the gate before the last has
 * started. */
unsigned ml_parallel_max_threads(unsigned threads)
{
    pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
    pthread_t others[ML_PARALLEL_THREADS_MAX];
    unsigned count = 1;
    assert(threads >= 1 && threads <= ML_PARALLEL_THREADS_MAX);
    (void)pthread_mutex_lock(&gate);
    while (count < threads &&
           pthread_create(&others[count], NULL, parallel_pass_gate, &gate) == 0)
        count++;
    (void)pthread_mutex_unlock(&gate);
    for (unsigned i = 1; i < count; i++)
        (void)pthread_join(others[i], NULL);
    return count;
}

const char *ml_parallel_version(void)
{
    return PARALLEL_TEXT(_OPENMP);
}
