/* signals.h: a thread that waits for SIGINT, SIGTERM and SIGHUP, and calls a
 * function every 0.2 s.
 *
 * While a run is planned, a signal ends the program.  From ml_signals_block()
 * on the signals are blocked in all threads, and this thread reads them from a
 * signalfd, so no code runs in a signal handler.  The first signal stops the
 * run: jobs in progress finish.  The second ends the program at once, after the
 * temporary files are removed; the workers die with it.  If SIGHUP was ignored
 * at the start (nohup), it stays ignored.
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
    atomic_int signal; /* the first that was received, or 0 */
    int end_fd;        /* eventfd: ends the thread */
    int signal_fd;
};

/* From now until ml_signals_block(), while no output exists yet: a signal ends
 * the program at once, with the exit code of a stopped run. */
void ml_signals_exit_immediately(void);
/* Block the signals; call before any thread starts. */
void ml_signals_block(void);
/* A non-blocking signalfd for these signals, the caller's; -1: errno says why.
 */
int ml_signals_fd(void);
/* 130 or 75: the exit code of a run that this signal ended. */
int ml_signals_exit_code(int signal);
ML_MUST_CHECK enum ml_status ml_signals_open(struct ml_signals *signals,
                                             struct ml_error *err);
void ml_signals_close(struct ml_signals *signals);

#endif
