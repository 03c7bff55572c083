/* trial.h: alternating runs of minilab on a machine that may be shared: the
 * common part of bench_pipeline and bench_modes.
 *
 * A round runs each of the compared programs once.  A round is repeated when
 * other programs used more than 3 % of the machine; when the repeats are used
 * up, the round counts, and trial_end() prints a warning.  Each output has a
 * folder of its own, and none is removed in between: a file system may be slow
 * to reuse space that it has just freed.
 */
#ifndef ML_BENCH_TRIAL_H
#define ML_BENCH_TRIAL_H

#include "analysis/measured_run.h"

#define TRIAL_ROUNDS_MAX 25
#define TRIAL_PATH 1024
#define TRIAL_MB 1e6

struct trial {
    const char *program, *data; /* data: a folder of folders of pictures */
    const char *out;            /* the folder for outputs */
    size_t rounds;
    unsigned outputs;                         /* folders made: OUT/0 and up */
    size_t repeats_left, repeated, disturbed; /* rounds */
};

/* One command line of `minilab run`. */
struct trial_run {
    char in[TRIAL_PATH], out[TRIAL_PATH];
    const char *argv[24];
};

/* Print the head of the table of trial_print(), and a warning when the machine
 * is not idle. */
void trial_head(const char *flags);

/* `extra`: more options, ended by NULL. */
void trial_prepare(struct trial *trial, struct trial_run *run, const char *mode,
                   const char *jobs, const char *folder,
                   const char *const *extra);
/* Run the prepared commands at the same time.  False: one failed; the reason is
 * on stderr. */
bool trial_watch(const char *const *const *argvs, size_t count, bool memory,
                 struct ml_measured_run *runs, double *machine_busy_by_others);
/* Prepare and run one command; *machine_busy_by_others rises to the largest
 * share so far.  False: it failed; the reason is on stderr. */
bool trial_go(struct trial *trial, const char *mode, const char *jobs,
              const char *folder, const char *const *extra,
              struct ml_measured_run *measured, double *machine_busy_by_others);
/* The same, sampling its memory, which disturbs its times. */
bool trial_go_memory(struct trial *trial, const char *mode, const char *jobs,
                     const char *folder, const char *const *extra,
                     struct ml_measured_run *measured);

/* Rounds: trial_begin(), then trial_counts() after each round (false: repeat
 * it), then trial_end(), which prints how many were repeated. */
void trial_begin(struct trial *trial);
bool trial_counts(struct trial *trial, double machine_busy_by_others);
void trial_end(const struct trial *trial);

/* Print the median and the range of one figure; sorts `values`. */
void trial_print(const char *what, double *values, size_t count,
                 const char *unit, const char *target);

/* Whether two outputs, by the number of their folder, are the same bytes. */
bool trial_same(const struct trial *trial, unsigned a, unsigned b);
/* Whether DATA has this folder. */
bool trial_has(const struct trial *trial, const char *folder);

#endif
