/* measured_run.h: run minilab and measure it: its own metrics (--json), wall
 * time, CPU time and memory summed over all its processes, and the share of the
 * machine that other programs used meanwhile.
 *
 * The programs are children in process groups of their own, so that only the
 * caller receives a signal from the terminal; it is forwarded to them.  They
 * are terminated when the caller ends.
 */
#ifndef ML_ANALYSIS_MEASURED_RUN_H
#define ML_ANALYSIS_MEASURED_RUN_H

#include "analysis/run_metrics.h"
#include "base/error.h"

#define ML_MEASURED_RUNS_MAX 8 /* programs at a time */
/* With fewer samples, peak_pss_bytes is only a lower bound. */
#define ML_MEMORY_SAMPLES_MIN 20

struct ml_measured_run_options {
    bool memory;  /* sample it, which costs the programs time */
    int stdin_fd; /* their standard input; 0: the caller's */
    int stop_fd;  /* signalfd whose signals are forwarded to all; -1: none */
    int log_fd;   /* their standard error; -1: the caller's */
};

struct ml_measured_run {
    int exit_code;    /* 128 + the signal when one killed it */
    int signal;       /* that signal, or 0 */
    bool has_metrics; /* its --json document was read into `metrics` */
    double wall_s;    /* from before the first start to its exit */
    double cpu_s;     /* of all its processes */
    /* Largest sum of proportional set sizes (a page shared by two processes
     * counts half in each), sampled every millisecond at first and every 5 ms
     * later; 0 unless options.memory. */
    uint64_t peak_pss_bytes;
    uint64_t pss_samples;
    uint64_t peak_rss_bytes; /* of the largest single process, by the kernel */
    /* Context switches of all its processes: waits, and preemptions. */
    uint64_t voluntary_switches, involuntary_switches;
    struct ml_run_metrics metrics;
};

/* Run `count` programs at the same time, each an argv that contains --json, and
 * fill runs[i] for each.  *busy_out, unless NULL: the share of the machine's
 * processors that other programs used, or the host took, meanwhile.
 * *signal_out, unless NULL: the first signal that was forwarded, or 0.
 * ML_ERR_OS: a program could not be started, or waiting failed; none is left
 * running. */
ML_MUST_CHECK enum ml_status
ml_measured_run(const char *const *const *argvs, size_t count,
                const struct ml_measured_run_options *options,
                struct ml_measured_run *runs, double *busy_out, int *signal_out,
                struct ml_error *err);

#endif
