/* trial.h: runs of minilab in turns, on a machine that others use as well:
 * what bench_line and bench_modes share.
 *
 * A round runs everything that is compared once.  One in which others had more
 * than a little of the machine is done again, and when that does not help, it
 * is said.  Outputs get a folder each and are not removed in between: a file
 * system may be slow to reuse what was just freed.
 */
#ifndef ML_BENCH_TRIAL_H
#define ML_BENCH_TRIAL_H

#include "analysis/measured_run.h"

#define TRIAL_ROUNDS_MAX 25
#define TRIAL_PATH 1024
#define TRIAL_MB 1e6

struct trial {
    const char *program, *data; /* data: a folder of folders of pictures */
    const char *out;            /* a folder that outputs go below */
    size_t rounds;
    unsigned outputs; /* folders made: OUT/0 and up */
    size_t repeats_left, repeated, machine_busy_by_others;
};

/* One command line of `minilab run`. */
struct trial_run {
    char in[TRIAL_PATH], out[TRIAL_PATH];
    const char *argv[24];
};

/* Warn when the machine is not free; the head of the table of trial_print(). */
void trial_head(const char *flags);

/* `extra`: options more, ended by NULL. */
void trial_prepare(struct trial *trial, struct trial_run *run, const char *mode,
                   const char *jobs, const char *folder,
                   const char *const *extra);
/* Run what was prepared, all at one time.  False, said on stderr: it failed. */
bool trial_watch(const char *const *const *argvs, size_t count, bool memory,
                 struct ml_measured_run *runs, double *machine_busy_by_others);
/* Prepare and run one; *disturbed grows to the worst seen.  False, said on
 * stderr: it failed. */
bool trial_go(struct trial *trial, const char *mode, const char *jobs,
              const char *folder, const char *const *extra,
              struct ml_measured_run *measured, double *machine_busy_by_others);
/* Likewise, looking at its memory, which disturbs its times. */
bool trial_go_memory(struct trial *trial, const char *mode, const char *jobs,
                     const char *folder, const char *const *extra,
                     struct ml_measured_run *measured);

/* Rounds: begin; then, for each, does it count? then end, which says how many
 * did not. */
void trial_begin(struct trial *trial);
bool trial_counts(struct trial *trial, double machine_busy_by_others);
void trial_end(const struct trial *trial);

/* Median and spread of one figure; `values` get sorted. */
void trial_print(const char *what, double *values, size_t count,
                 const char *unit, const char *target);

/* Do two outputs, by the number of their folder, agree in every byte? */
bool trial_same(const struct trial *trial, unsigned a, unsigned b);
bool trial_has(const struct trial *trial, const char *folder);

#endif
