/* compare.h: the inside of `minilab compare`: the same work under several modes
 * and widths, as programs of their own, in turns.
 *
 * The command (compare.c) makes a list of configurations (configs.c),
 * keeps what can be read only once (spool.c), runs them round after
 * round (runner.c) into folders that it removes (work_dir.c), compares
 * what they wrote (same_outputs.h), works out one row a configuration
 * (summary.c) and prints it (text.c, json.c).  One thread
 * does all that.
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
#define ML_COMPARE_SKIPPED 32 /* modes that are left out */
#define ML_COMPARE_PASSED 128 /* options handed on to run */

struct ml_compare_options {
    struct ml_run_options run; /* first: options of run write into it */
    const char *modes;         /* as given, or NULL: all */
    const char *widths;        /* likewise: 1, 2, 4, ... */
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
    bool run_args_lost; /* there were more, or no memory */
};

/* A configuration. */
struct ml_compare_config {
    const char *mode; /* a name of ml_modes(), or "auto"; NULL: `plan` */
    const char *plan; /* its text; NULL for auto */
    unsigned width;   /* 0: it has none */
    char label[48];   /* "threads-2" */
    struct ml_differences differences; /* of all its runs */
};

/* A mode that takes no part: it cannot do what the options ask for. */
struct ml_compare_skipped {
    const char *mode;
    char why[224]; /* an error's what, and its remedy */
};

enum ml_compare_kind {
    ML_COMPARE_WARM_UP, /* memory is sampled */
    ML_COMPARE_TIMED,
    ML_COMPARE_LAST,  /* the very first configuration again */
    ML_COMPARE_TRACED /* spans are kept, for where the time went */
};

struct ml_compare_run {
    size_t config;
    enum ml_compare_kind kind;
    double machine_busy_by_others; /* share of the machine that others had */
    bool same; /* its outputs are those of the very first run */
    struct ml_measured_run measured;
};

#define ML_COMPARE_PATH (PATH_MAX + 64) /* of what lies in the work folder */

struct ml_compare_work_dir {
    bool made_keep;      /* the folder for what is kept was not there */
    char root[PATH_MAX]; /* made by open, removed by close */
    char out[PATH_MAX + 8];
};

/* What every run gets in place of what can be read only once. */
struct ml_compare_spool {
    char recipe[ML_COMPARE_PATH]; /* all filters; "": there are none */
    char list[ML_COMPARE_PATH];   /* for --files-from; "": as it was named */
    int stdin_fd;                 /* a picture; -1: none */
};

/* What is told of one configuration. */
struct ml_compare_result {
    struct ml_candidate candidate; /* label, interval of the wall time, facts */
    double cpu_s, start_s;         /* medians; start and end of the program */
    double speedup, efficiency;    /* over the base; the latter 0: no width */
    double karp_flatt;             /* NAN: has none */
    double pictures_s, megapixels_s;
    double p50_ms, p95_ms, max_ms;
    double voluntary, involuntary; /* medians */
    uint64_t peak_pss_bytes;       /* 0: not sampled */
    uint64_t pss_samples;          /* how often, in all its runs */
    bool same;
};

/* A mode over its widths. */
struct ml_compare_scaling {
    const char *mode;
    unsigned mode_id; /* of its contenders */
    size_t points;    /* widths measured */
    bool fitted;      /* both fits are there */
    struct ml_scaling usl, amdahl;
};

struct ml_compare {
    const struct ml_command *command;
    const char *program; /* what is run as `minilab` */
    struct ml_compare_options options;
    struct ml_operands operands;
    struct ml_compare_config configs[ML_COMPARE_CONFIGS];
    size_t config_count;
    struct ml_compare_skipped skipped[ML_COMPARE_SKIPPED];
    size_t skipped_count;
    struct ml_compare_work_dir work_dir;
    struct ml_compare_spool spool;
    struct ml_manifest reference; /* what the very first run wrote */
    bool has_reference;
    int stop_fd, log_fd;
    uint64_t progress_ns;        /* when progress was last told */
    struct ml_compare_run *runs; /* in the order they were done; owned */
    size_t run_count, run_room;
    /* From ml_compare_summarise(). */
    struct ml_compare_result results[ML_COMPARE_CONFIGS];
    size_t base; /* the row that speed-ups are over */
    struct ml_compare_scaling scalings[ML_COMPARE_CONFIGS];
    size_t scaling_count;
    struct ml_verdicts verdicts;
    double machine_busy_by_others_max;
};

/* ---- configs.c ---- */

/* The configurations that the options ask for, each planned as run will plan
 * it.  Of "all" modes, those that cannot take the options are left out and
 * noted; a mode or plan that was named must take them.  ML_ERR_USAGE. */
ML_MUST_CHECK enum ml_status ml_compare_configs(struct ml_compare *compare,
                                                struct ml_error *err);

/* ---- work_dir.c ---- */

/* A new folder for the outputs of one run after the other.  ML_ERR_OS;
 * ML_ERR_USAGE when what is to be kept is there already. */
ML_MUST_CHECK enum ml_status
ml_compare_work_dir_open(struct ml_compare *compare, struct ml_error *err);
/* The last run's outputs: put them aside for the cell, or remove them; and when
 * all runs are done, show what was put aside in the folder asked for. */
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

/* Read what can be read only once.  0, or the exit code after saying why it
 * cannot be had. */
int ml_compare_spool(struct ml_compare *compare);

/* Has the configuration a use for such options? */
bool ml_compare_option_applies(const struct ml_compare *compare,
                               const struct ml_compare_config *config,
                               enum ml_option_scope scope);

/* ---- runner.c ---- */

/* All runs.  0, or the exit code of what ended them early, which was said. */
int ml_compare_run_all(struct ml_compare *compare);
/* Say that a signal ended it; returns the exit code. */
int ml_compare_interrupted(const struct ml_compare *compare, int signal);

/* ---- summary.c ---- */

/* Rows, curves, verdicts, from the runs. */
void ml_compare_summarise(struct ml_compare *compare);

/* ---- text.c, time_breakdown.c, bar_chart.c, json.c: to
 * stdout ---- */

void ml_compare_text(const struct ml_compare *compare);
/* `width` columns are for labels.  Nothing without traced runs. */
void ml_compare_time_breakdown(const struct ml_compare *compare, int width);
/* `columns` wide, `width` of these for labels; `colour`: the fastest ones in
 * colour. */
void ml_compare_chart(const struct ml_compare *compare, int width, int columns,
                      bool colour);
/* How it was measured, and what differs. */
void ml_compare_print_method(FILE *out, const struct ml_compare *compare);
/* ML_ERR_MEMORY, and nothing is printed. */
ML_MUST_CHECK enum ml_status ml_compare_json(const struct ml_compare *compare,
                                             struct ml_error *err);
void ml_compare_csv(const struct ml_compare *compare);

#endif
