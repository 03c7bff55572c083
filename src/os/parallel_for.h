/* parallel_for.h: several threads for one piece of work that falls into parts.
 *
 * ml_parallel_for() runs parts 0 to count - 1, each once, in any order and in
 * parallel, and returns when all are done.  Parts see what the caller wrote
 * before; the caller sees what they wrote.  The calling thread takes part;
 * OpenMP supplies the rest, and keeps them for the next call until the calling
 * thread ends.  Between calls they sleep: OpenMP's default, waiting by
 * spinning, would take a processor from runnable threads for 6 ms after each
 * call (measured with gcc's library).
 *
 * Any number of threads may call it at the same time; each has threads of its
 * own.  A part must not call it.
 */
#ifndef ML_OS_PARALLEL_FOR_H
#define ML_OS_PARALLEL_FOR_H

#define ML_PARALLEL_THREADS_MAX 256 /* threads */

/* One part.  `thread` is below the number of threads, and no two parts that run
 * at the same time have the same: use it to index memory of the thread. */
typedef void ml_parallel_task(void *context, unsigned thread, unsigned part);

/* Use at most `threads` threads, and no more than parts; 1: the calling thread
 * alone.  The arguments decide, never the environment. */
void ml_parallel_for(unsigned threads, unsigned count, ml_parallel_task *part,
                     void *context);

/* How many of `threads`, including the caller, the system lets start: found
 * by starting them, because OpenMP's library ends the program if it cannot
 * start one.  Call it once, before the first parallel loop that wide; 20 us
 * a thread. */
unsigned ml_parallel_max_threads(unsigned threads);

/* The version of OpenMP, as its standard writes it: "201511" is 4.5. */
const char *ml_parallel_version(void);

#endif
