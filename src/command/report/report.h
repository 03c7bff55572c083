/* report.h: what a run tells: a line a failure, events, progress, the summary.
 *
 * stdout carries results only (--json, --events -); all else goes to stderr.
 * Names are bytes: shown escaped, in JSON as text when they are UTF-8 and
 * beside it in base64 when they are not.
 */
#ifndef ML_COMMAND_REPORT_REPORT_H
#define ML_COMMAND_REPORT_REPORT_H

#include <stdio.h>

#include "analysis/run_metrics.h"
#include "base/histogram.h"
#include "command/cli/json_builder.h"
#include "command/cli/json_path.h"
#include "command/options/options.h"
#include "command/run/batch.h"
#include "files/input/walk.h"
#include "os/mutex.h"

#define ML_REPORT_SCHEMA 1 /* of --json and --events; raise after a release */
#define ML_REPORT_FAILURES 1000 /* kept for the --json document */

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
    const struct ml_plan *plan; /* what was done */
    FILE *events;               /* or NULL */
    bool listing;               /* --dry-run: a line an input on stdout, set
                                   by open */
    bool events_lost;    /* not all of them could be written; set by end */
    bool document_lost;  /* that of --json was not printed; set by end */
    bool bar;            /* progress is a bar: a terminal */
    double start_busy_s; /* of the machine, by anybody */
    uint64_t start_ns, line_ns; /* when the last progress line was written */
    /* Guards all below: records come from the line, ticks from signals.c. */
    struct ml_mutex lock;
    struct ml_totals totals;
    struct ml_json_builder json; /* of failures, spent, the document */
    json_t *failures;            /* array, filled with --json */
    double *latencies_ms; /* of pictures done, with --json; room for all */
    size_t latency_count;
    struct ml_json_builder event_json; /* of the events so far */
    bool bar_shown;
    /* Where the time of its threads and workers went; with --trace and
     * --explain, set once the run has ended.  An array with --json, owned. */
    struct ml_time_metrics breakdown[ML_FACTS_SPENT];
    size_t breakdown_count;
    json_t *breakdown_json;
};

ML_MUST_CHECK enum ml_status ml_run_report_open(struct ml_run_report *report,
                                                struct ml_error *err);
void ml_run_report_close(struct ml_run_report *report);

/* One input has ended. */
void ml_run_report_add(struct ml_run_report *report,
                       const struct ml_record *record);
/* Take the bar away before anything else is printed; the lock is held. */
void ml_run_report_clear_progress(struct ml_run_report *report);
/* Time has passed: draw the progress. */
void ml_run_report_tick(void *report);
/* The end: the summary, and the --json document. */
void ml_run_report_finish(struct ml_run_report *report,
                          const struct ml_run_counts *counts,
                          const struct ml_walk_stats *stats);

/* The metrics of a run that has ended: what its document and its verdicts are
 * made from.  Sorts latencies_ms.  (report/run_metrics.c) */
void ml_run_report_metrics(const struct ml_run_report *report, double seconds,
                           const struct ml_run_counts *counts,
                           struct ml_run_metrics *metrics);
/* What `run --json` prints, without the explanation: new, the caller's. */
json_t *ml_run_report_document(struct ml_json_builder *json,
                               const struct ml_run_report *report,
                               const struct ml_run_metrics *metrics,
                               const struct ml_run_counts *counts);

/* What happened at the interpreter lock, when a run had one: new, the caller's;
 * and as lines.  (gil.c) */
json_t *ml_run_report_gil_json(struct ml_json_builder *json,
                               const struct ml_gil_stats *counts,
                               const struct ml_gil_settings *settings);
void ml_run_report_gil_line(const struct ml_gil_stats *counts,
                            const struct ml_gil_settings *settings,
                            struct ml_strbuf *text);
/* Likewise on the event loop.  (loop.c) */
json_t *ml_run_report_loop_json(struct ml_json_builder *json,
                                const struct ml_loop_counts *loop);
void ml_run_report_loop_line(const struct ml_loop_counts *loop,
                             struct ml_strbuf *text);

/* Keep the sums of spans, by groups of tracks, before the trace is closed.
 * (time_breakdown.c) */
void ml_run_report_take_spent(struct ml_run_report *report,
                              struct ml_trace *trace);
/* Facts of the picture: format, coding, width, height, layout, bits. */
json_t *ml_json_shape(struct ml_json_builder *json, const char *format,
                      const struct ml_shape *shape);
/* What a histogram says, in milliseconds: count, p50, p99, max, and its bins
 * that are not empty; and as lines, an octave a column.  (histogram.c) */
json_t *ml_json_times(struct ml_json_builder *json,
                      const struct ml_histogram *times);
json_t *ml_json_bins(struct ml_json_builder *json,
                     const struct ml_histogram *times);
void ml_run_report_times_line(const char *what,
                              const struct ml_histogram *times,
                              struct ml_strbuf *text);
/* How pictures travelled to worker processes and what that cost. */
json_t *ml_json_transport(struct ml_json_builder *json,
                          const struct ml_pool_settings *settings,
                          const struct ml_transport_counts *counts);
json_t *ml_json_pool(struct ml_json_builder *json,
                     const struct ml_pool_settings *settings,
                     const struct ml_run_counts *counts);
/* "path: step: what: why: what to do" to stderr. */
void ml_print_failure(const char *path, const struct ml_error *err);

#endif
