/* compare_state.h: what the parts of `minilab compare` share: the same work
 * under several modes and widths, each run a program of its own.
 *
 * The command (compare.c) makes a list of configurations (configs.c), stores
 * inputs that can be read only once (spool.c), runs the configurations round
 * after round (runner.c) into folders that it removes (work_dir.c), compares
 * their outputs (same_outputs.h), computes one row a configuration (summary.c)
 * and prints the rows (text.c, json.c, html.h).  One thread does all that and
 * owns the state.
 */
#ifndef ML_COMMAND_COMPARE_COMPARE_STATE_H
#define ML_COMMAND_COMPARE_COMPARE_STATE_H

#include <limits.h>
#include <stdio.h>

#include "analysis/bootstrap_ci.h"
#include "analysis/diagnosis.h"
#include "analysis/measured_run.h"
#include "analysis/scaling_fit.h"
#include "command/compare/same_outputs.h"
#include "command/options/option_scope.h"
#include "command/options/options.h"

#define ML_COMPARE_SCHEMA 1 /* of --json and --csv; raise after a release */
#define ML_COMPARE_CONFIGS 128
#define ML_COMPARE_WIDTHS 16
#define ML_COMPARE_PLANS 8
#define ML_COMPARE_SKIPPED 32 /* modes left out */
#define ML_COMPARE_PASSED 128 /* options forwarded to run */

struct ml_compare_options {
    struct ml_run_options run; /* first: options of run write into it */
    const char *modes;         /* as given, or NULL: all */
    const char *widths;        /* as given, or NULL: 1, 2, 4, ... */
    const char *plans[ML_COMPARE_PLANS];
    size_t plan_count;
    unsigned repeats, warm_ups;
    const char *html; /* file for a page, or NULL */
    const char *keep; /* folder for the outputs, or NULL */
    bool json, csv, silent;
    /* Options for run as "--name=value", owned. */
    char *run_args[ML_COMPARE_PASSED];
    const struct ml_option *run_arg_options[ML_COMPARE_PASSED];
    size_t run_arg_count;
    bool run_args_lost; /* too many options, or no memory */
};

struct ml_compare_config {
    const char *mode; /* a name of ml_modes(), or "auto"; NULL: `plan` */
    const char *plan; /* its text; NULL for auto */
    unsigned width;   /* 0: the mode has none */
    char label[48];   /* "threads-2" */
    struct ml_differences differences; /* of all its runs */
};

/* A mode that is left out, because it cannot take the options. */
struct ml_compare_skipped {
    const char *mode;
    char why[224]; /* `what` and `remedy` of an error */
};

enum ml_compare_kind {
    ML_COMPARE_WARM_UP, /* memory is sampled */
    ML_COMPARE_TIMED,
    ML_COMPARE_LAST,  /* the first configuration again */
    ML_COMPARE_TRACED /* records spans, for where the time went */
};

struct ml_compare_run {
    size_t config;
    enum ml_compare_kind kind;
    double machine_busy_by_others; /* share used by other programs */
    bool same; /* its outputs equal those of the first run */
    struct ml_measured_run measured;
};

#define ML_COMPARE_PATH (PATH_MAX + 64) /* of a file in the work folder */

struct ml_compare_work_dir {
    bool made_keep;      /* the folder of --output was created */
    char root[PATH_MAX]; /* made by open, removed by close */
    char out[PATH_MAX + 8];
};

/* Copies of inputs that can be read only once; each run reads these. */
struct ml_compare_spool {
    char recipe[ML_COMPARE_PATH]; /* all filters; "": none */
    char list[ML_COMPARE_PATH];   /* of --files-from; "": not copied */
    int stdin_fd;                 /* a file with the picture; -1: none */
};

/* The results of one configuration. */
struct ml_compare_result {
    struct ml_candidate candidate; /* label, wall time, metrics */
    double cpu_s, start_s;         /* medians; start_s: start-up and shutdown */
    double speedup, efficiency;    /* over the base; efficiency 0: no width */
    double karp_flatt;             /* NAN: needs width 1 and a larger width */
    double pictures_s, megapixels_s;
    double p50_ms, p95_ms, max_ms;
    double voluntary, involuntary; /* context switches, medians */
    uint64_t peak_pss_bytes;       /* 0: not sampled */
    uint64_t pss_samples;          /* sum of all its runs */
    bool same;
};

/* A mode over its widths. */
struct ml_compare_scaling {
    const char *mode;
    unsigned mode_id; /* of its candidates */
    size_t points;    /* widths measured */
    bool fitted;      /* usl and amdahl are valid */
    struct ml_scaling usl, amdahl;
};

struct ml_compare {
    const struct ml_command *command;
    const char *program; /* started for each run */
    struct ml_compare_options options;
    struct ml_operands operands;
    struct ml_compare_config configs[ML_COMPARE_CONFIGS];
    size_t config_count;
    struct ml_compare_skipped skipped[ML_COMPARE_SKIPPED];
    size_t skipped_count;
    struct ml_compare_work_dir work_dir;
    struct ml_compare_spool spool;
    struct ml_manifest reference; /* outputs of the first run */
    bool has_reference;
    int stop_fd, log_fd;
    uint64_t progress_ns;        /* when progress was last printed */
    struct ml_compare_run *runs; /* in execution order; owned */
    size_t run_count, run_capacity;
    /* From ml_compare_summarise(). */
    struct ml_compare_result results[ML_COMPARE_CONFIGS];
    size_t base; /* speed-ups are relative to this row */
    struct ml_compare_scaling scalings[ML_COMPARE_CONFIGS];
    size_t scaling_count;
    struct ml_verdicts verdicts;
    double machine_busy_by_others_max;
};

/* ---- configs.c ---- */

/* Make the configurations that the options ask for, each planned as run will
 * plan it.  With "all", a mode that cannot take the options is skipped; with a
 * mode or plan that was named, this is ML_ERR_USAGE. */
ML_MUST_CHECK enum ml_status ml_compare_configs(struct ml_compare *compare,
                                                struct ml_error *err);

/* Do options of this scope have an effect in the configuration? */
bool ml_compare_option_applies(const struct ml_compare *compare,
                               const struct ml_compare_config *config,
                               enum ml_option_scope scope);

/* ---- work_dir.c ---- */

/* Create a folder for the outputs of one run after the other.  ML_ERR_OS;
 * ML_ERR_USAGE: an output of --output exists already. */
ML_MUST_CHECK enum ml_status
ml_compare_work_dir_open(struct ml_compare *compare, struct ml_error *err);
/* Keep the last run's outputs for this configuration, or clear them; after all
 * runs, show moves the kept outputs to the folder of --output. */
ML_MUST_CHECK enum ml_status
ml_compare_work_dir_keep(const struct ml_compare *compare,
                         const struct ml_compare_config *config,
                         struct ml_error *err);
ML_MUST_CHECK enum ml_status
ml_compare_work_dir_show(const struct ml_compare *compare,
                         struct ml_error *err);
void ml_compare_work_dir_clear(struct ml_compare *compare);
void ml_compare_work_dir_close(struct ml_compare *compare);

/* ---- spool.c ---- */

/* Store the inputs that can be read only once.  Returns 0, or the exit code
 * after an error message. */
int ml_compare_spool(struct ml_compare *compare);

/* ---- runner.c ---- */

/* All runs.  Returns 0, or the exit code after an error message. */
int ml_compare_run_all(struct ml_compare *compare);
/* Print that a signal ended the command; returns the exit code. */
int ml_compare_interrupted(const struct ml_compare *compare, int signal);

/* ---- summary.c ---- */

/* Compute results, scalings and verdicts from the runs. */
void ml_compare_summarise(struct ml_compare *compare);

/* ---- text.c, time_breakdown.c, bar_chart.c, json.c: to stdout ---- */

void ml_compare_text(const struct ml_compare *compare);
/* Labels take `width` columns.  Nothing without traced runs. */
void ml_compare_time_breakdown(const struct ml_compare *compare, int width);
/* `columns` wide, `width` of these for labels; `colour`: show the fastest in
 * colour. */
void ml_compare_chart(const struct ml_compare *compare, int width, int columns,
                      bool colour);
/* How the runs were measured, and which outputs differ. */
void ml_compare_print_method(FILE *out, const struct ml_compare *compare);
/* ML_ERR_MEMORY, and nothing is printed. */
ML_MUST_CHECK enum ml_status ml_compare_json(const struct ml_compare *compare,
                                             struct ml_error *err);
void ml_compare_csv(const struct ml_compare *compare);

#endif
