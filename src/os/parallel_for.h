/* parallel_for.h: a team of threads for one piece of work that falls into
 * parts.
 *
 * ml_parallel_for() does parts 0 to count - 1, each once, in any order and side
 * by side, and returns when all are done.  What the caller wrote before, the
 * parts see; what they wrote, the caller sees.  The calling thread is one of
 * the team; the others are OpenMP's, which it keeps for the next call until the
 * calling thread ends.  Between calls they sleep: a thread that waits by
 * spinning, as OpenMP's do unless told otherwise, would take a processor from
 * whoever has work for it, 6 ms after each call where gcc's library was
 * measured.
 *
 * Any number of threads may each run a team of their own at the same time.  No
 * part may run a team itself.
 */
#ifndef ML_OS_PARALLEL_FOR_H
#define ML_OS_PARALLEL_FOR_H

#define ML_TEAM_MAX 256 /* threads */

/* One part.  `thread` is below the number of threads, and no two parts that are
 * at work at the same time have the same: so each may have memory by it. */
typedef void ml_parallel_task(void *context, unsigned thread, unsigned part);

/* At most `threads` of them, as many as parts at most; 1: in the caller's
 * own.  What this is called with decides, never the environment. */
void ml_parallel_for(unsigned threads, unsigned count, ml_parallel_task *part,
                     void *context);

/* How many of `threads`, the caller among them, the system lets start: found by
 * starting them, for OpenMP's library ends the program when it cannot.  To be
 * asked once, before the first team that large; 20 us a thread. */
unsigned ml_parallel_max_threads(unsigned threads);

/* The version of OpenMP, as its standard writes it: "201511" is 4.5. */
const char *ml_parallel_version(void);

#endif
