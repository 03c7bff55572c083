/* signals.h: Ctrl-C and SIGTERM, and a regular tick, in a thread of their own.
 *
 * While the run plans, a signal ends the program.  Then they are blocked
 * everywhere and waited for here, so no code runs in a signal handler.  The
 * first asks the run to end well; the second ends the program at once, after
 * the temporary files are gone (workers die with it). SIGHUP that was ignored
 * at the start (nohup) stays so.
 */
#ifndef ML_COMMAND_CLI_SIGNALS_H
#define ML_COMMAND_CLI_SIGNALS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/error.h"
#include "files/output/temp_files.h"
#include "pipeline/run.h"

struct ml_signals {
    struct ml_run *run;
    struct ml_temps *temps;      /* or NULL */
    void (*tick)(void *context); /* every 0.2 s, or NULL */
    void *context;
    pthread_t thread;
    atomic_int signal; /* the first that came, or 0 */
    int end_fd;        /* eventfd: the run is over */
    int signal_fd;
};

/* While nothing is written yet: the signals end the program at once, with the
 * exit codes of a stopped run. */
void ml_signals_exit_immediately(void);
/* Block the signals; call before any thread starts. */
void ml_signals_block(void);
/* A signalfd that tells of them, non-blocking; -1: none can be had. */
int ml_signals_fd(void);
/* 130 or 75: the exit code of a run that this signal ended. */
int ml_signals_exit_code(int signal);
ML_MUST_CHECK enum ml_status ml_signals_open(struct ml_signals *stop,
                                             struct ml_error *err);
void ml_signals_close(struct ml_signals *stop);

#endif
