/* measured_run.h: run minilab and see what it cost: its own account (--json),
 * the clock, processor time and memory summed over all its processes, and how
 * much of the machine somebody else used meanwhile.
 *
 * The programs are children in process groups of their own: a signal from the
 * terminal comes to the watcher alone, who hands it on.  They die with it.
 */
#ifndef ML_ANALYSIS_MEASURED_RUN_H
#define ML_ANALYSIS_MEASURED_RUN_H

#include "analysis/run_metrics.h"
#include "base/error.h"

#define ML_MEASURED_RUNS_MAX 8 /* programs at one time */
/* Seen less often than this, a peak is only known to be at least so much. */
#define ML_MEMORY_SAMPLES_MIN 20

struct ml_measured_run_options {
    bool memory;  /* sample it, which takes time from those it looks at */
    int stdin_fd; /* their standard input; 0: our own */
    int stop_fd;  /* signalfd whose signals are handed on to all; -1: none */
    int log_fd;   /* gets what they write to stderr; -1: our own stderr */
};

struct ml_measured_run {
    int exit_code;    /* 128 and the signal when one killed it */
    int signal;       /* that signal, or 0 */
    bool has_metrics; /* it printed the document of a run: `facts` are its */
    double wall_s;    /* from before the first start until it was gone */
    double cpu_s;     /* of all its processes */
    /* Largest sum of proportional set sizes (a page shared by two processes
     * counts half in each), seen every millisecond at first and every few
     * later; when asked for. */
    uint64_t peak_pss_bytes;
    uint64_t pss_samples;    /* how often it was seen */
    uint64_t peak_rss_bytes; /* of the largest single process, by the kernel */
    /* Of all its processes: waits, and processors taken away. */
    uint64_t voluntary_switches, involuntary_switches;
    struct ml_run_metrics metrics;
};

/* Run programs, each an argv with --json among it, all at one time, one struct
 * ml_watch each.  *disturbed_out, unless NULL: the share of the machine's
 * processors that others used, or the host took, meanwhile.  *signal_out,
 * unless NULL: the first signal that was handed on, or 0.  ML_ERR_OS: one could
 * not be started, or not be waited for (then none is left running). */
ML_MUST_CHECK enum ml_status
ml_measured_run(const char *const *const *argvs, size_t count,
                const struct ml_measured_run_options *options,
                struct ml_measured_run *runs, double *busy_out, int *signal_out,
                struct ml_error *err);

#endif
