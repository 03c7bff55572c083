/* report_state.h: what the report of a run keeps from the first input to the
 * last: struct ml_run_report, which all files of this folder read.  report.h
 * has the functions that change it. */
#ifndef ML_COMMAND_REPORT_REPORT_STATE_H
#define ML_COMMAND_REPORT_REPORT_STATE_H

#include <stdio.h>

#include "analysis/run_metrics.h"
#include "command/cli/json_builder.h"
#include "command/options/options.h"
#include "files/input/inputs.h"
#include "os/mutex.h"

/* Sums over all inputs that ended. */
struct ml_totals {
    uint64_t done, failed, skipped, cancelled, warned;
    uint64_t bytes_in, bytes_out, pixels_in, pixels_out;
    uint64_t read_ns, source_ns, filter_ns, sink_ns, write_ns;
    uint64_t last_ns, before_last_ns; /* when the last two ended */
    uint64_t dropped[8];              /* pictures, by bit of enum ml_dropped */
    bool disk_full;                   /* ENOSPC, EDQUOT, EROFS when writing */
};

struct ml_explanation;

struct ml_run_report {
    const struct ml_run_options *options;
    const struct ml_inputs *inputs;
    const char *mode; /* name of the mode, or "plan" */
    struct ml_explanation *explanation;
    const struct ml_plan *plan; /* the plan of the run */
    FILE *events;               /* or NULL */
    bool listing; /* --dry-run: a line for each input on stdout; set by open */
    bool events_lost;    /* some events were not written; set by finish */
    bool document_lost;  /* that of --json was not printed; set by finish */
    bool bar;            /* progress is a bar, on a terminal */
    double start_busy_s; /* CPU time used by all programs of the machine */
    uint64_t start_ns, line_ns; /* when the last progress line was written */
    /* Guards all fields below: records come from threads of the pipeline, ticks
     * from the thread of signals.c.  May be acquired while the run's job
     * input/output lock is held. */
    struct ml_mutex lock;
    struct ml_totals totals;
    struct ml_json_builder json; /* of failures, breakdown, document */
    json_t *failures;            /* array, filled with --json */
    double
        *latencies_ms; /* of pictures done, with --json; one for each input */
    size_t latency_count;
    struct ml_json_builder event_json; /* of the events so far */
    bool bar_shown;
    /* The time of threads and workers by kind, set when a run with --trace or
     * --explain has ended; breakdown_json: the same as an array, with --json,
     * owned. */
    struct ml_time_metrics breakdown[ML_METRICS_GROUPS];
    size_t breakdown_count;
    json_t *breakdown_json;
};

#endif
