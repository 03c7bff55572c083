/* summary.c: runs -> one row a configuration, scaling curves and verdicts; see
 * compare_state.h. */
#include "command/compare/compare_state.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "analysis/stats.h"

/* Twenty ticks of the system's CPU accounting; a shorter run has too few. */
#define SUMMARY_TICKS_S 0.2
#define SUMMARY_SEED 20260101 /* any constant: the intervals are repeatable */

/* ---- figures of the timed runs of one configuration ---- */

enum summary_figure {
    SUMMARY_WALL,
    SUMMARY_CPU,
    SUMMARY_START,
    SUMMARY_P50,
    SUMMARY_P95,
    SUMMARY_VOLUNTARY,
    SUMMARY_INVOLUNTARY
};

static double summary_figure(const struct ml_measured_run *measured,
                             enum summary_figure figure)
{
    switch (figure) {
    case SUMMARY_WALL:
        return measured->wall_s;
    case SUMMARY_CPU:
        return measured->cpu_s;
    case SUMMARY_START:
        return measured->wall_s - measured->metrics.seconds;
    case SUMMARY_P50:
        return measured->metrics.p50_ms;
    case SUMMARY_P95:
        return measured->metrics.p95_ms;
    case SUMMARY_VOLUNTARY:
        return (double)measured->voluntary_switches;
    case SUMMARY_INVOLUNTARY:
        return (double)measured->involuntary_switches;
    }
    return 0;
}

static size_t summary_values(const struct ml_compare *compare, size_t config,
                             enum summary_figure figure,
                             double values[ML_CI_VALUES])
{
    size_t count = 0;
    for (size_t i = 0; i < compare->run_count; i++) {
        const struct ml_compare_run *run = &compare->runs[i];
        if (run->config == config && run->kind == ML_COMPARE_TIMED &&
            count < ML_CI_VALUES)
            values[count++] = summary_figure(&run->measured, figure);
    }
    return count;
}

static double summary_median(const struct ml_compare *compare, size_t config,
                             enum summary_figure figure)
{
    double values[ML_CI_VALUES];
    const size_t count = summary_values(compare, config, figure, values);
    return ml_stats_of(values, count).median;
}

/* The timed run whose wall time is nearest to the median. */
static const struct ml_measured_run *
summary_middle(const struct ml_compare *compare, size_t config, double median)
{
    const struct ml_measured_run *middle = NULL;
    for (size_t i = 0; i < compare->run_count; i++) {
        const struct ml_compare_run *run = &compare->runs[i];
        if (run->config == config && run->kind == ML_COMPARE_TIMED &&
            (!middle || fabs(run->measured.wall_s - median) <
                            fabs(middle->wall_s - median)))
            middle = &run->measured;
    }
    return middle;
}

/* ---- rows ---- */

/* The timed run kept no spans: take those of the traced run. */
static void summary_spent(const struct ml_compare *compare, size_t config,
                          struct ml_run_metrics *metrics)
{
    for (size_t i = 0; i < compare->run_count; i++) {
        const struct ml_compare_run *run = &compare->runs[i];
        if (run->config != config || run->kind != ML_COMPARE_TRACED)
            continue;
        metrics->breakdown_count = run->measured.metrics.breakdown_count;
        memcpy(metrics->breakdown, run->measured.metrics.breakdown,
               sizeof metrics->breakdown);
    }
}

/* The index of the first configuration of the same mode. */
static unsigned summary_mode_id(const struct ml_compare *compare, size_t config)
{
    const char *mode = compare->results[config].candidate.mode;
    size_t first = 0;
    while (strcmp(compare->results[first].candidate.mode, mode) != 0)
        first++;
    return (unsigned)first;
}

static enum ml_mode_role summary_role(const char *mode)
{
    if (strcmp(mode, "threads") == 0)
        return ML_ROLE_THREADS;
    return strcmp(mode, "processes") == 0 ? ML_ROLE_PROCESSES : ML_ROLE_OTHER;
}

static void summary_candidate(const struct ml_compare *compare, size_t config,
                              struct ml_compare_result *result)
{
    const struct ml_compare_config *of = &compare->configs[config];
    struct ml_candidate *candidate = &result->candidate;
    double values[ML_CI_VALUES];
    const size_t count = summary_values(compare, config, SUMMARY_WALL, values);
    const size_t name = of->mode ? strlen(of->mode) : strcspn(of->label, "-");
    candidate->wall = ml_ci_of(values, count, SUMMARY_SEED);
    candidate->width = of->width;
    candidate->cpu_s = summary_median(compare, config, SUMMARY_CPU);
    candidate->metrics =
        summary_middle(compare, config, candidate->wall.median)->metrics;
    summary_spent(compare, config, &candidate->metrics);
    (void)snprintf(candidate->mode, sizeof candidate->mode, "%.*s", (int)name,
                   of->label);
    candidate->mode_id = summary_mode_id(compare, config);
    candidate->role = summary_role(candidate->mode);
    if (of->width > 0)
        (void)snprintf(candidate->label, sizeof candidate->label, "%.32s -j %u",
                       candidate->mode, of->width);
    else
        (void)snprintf(candidate->label, sizeof candidate->label, "%.40s",
                       of->label);
}

/* Over all runs: the slowest picture, the largest peak of memory, whether all
 * outputs are the same, and how many workers died. */
static void summary_extremes(const struct ml_compare *compare, size_t config,
                             struct ml_compare_result *result)
{
    result->same = true;
    for (size_t i = 0; i < compare->run_count; i++) {
        const struct ml_compare_run *run = &compare->runs[i];
        if (run->config != config)
            continue;
        result->same = result->same && run->same;
        if (run->kind == ML_COMPARE_TIMED)
            result->candidate.deaths += run->measured.metrics.worker_deaths;
        result->pss_samples += run->measured.pss_samples;
        if (run->measured.peak_pss_bytes > result->peak_pss_bytes)
            result->peak_pss_bytes = run->measured.peak_pss_bytes;
        if (run->kind == ML_COMPARE_TIMED &&
            run->measured.metrics.max_ms > result->max_ms)
            result->max_ms = run->measured.metrics.max_ms;
    }
}

static void summary_fill(const struct ml_compare *compare, size_t config,
                         struct ml_compare_result *result)
{
    memset(result, 0, sizeof *result);
    summary_candidate(compare, config, result);
    summary_extremes(compare, config, result);
    const struct ml_run_metrics *metrics = &result->candidate.metrics;
    const double wall = result->candidate.wall.median;
    result->cpu_s = result->candidate.cpu_s;
    result->start_s = summary_median(compare, config, SUMMARY_START);
    result->p50_ms = summary_median(compare, config, SUMMARY_P50);
    result->p95_ms = summary_median(compare, config, SUMMARY_P95);
    result->voluntary = summary_median(compare, config, SUMMARY_VOLUNTARY);
    result->involuntary = summary_median(compare, config, SUMMARY_INVOLUNTARY);
    result->pictures_s = (double)metrics->done / wall;
    result->megapixels_s = (double)metrics->pixels_in / 1e6 / wall;
}

/* The row of the mode at width 1, or NULL. */
static const struct ml_compare_result *
summary_width_one(const struct ml_compare *compare, unsigned mode_id)
{
    for (size_t i = 0; i < compare->config_count; i++) {
        const struct ml_candidate *one = &compare->results[i].candidate;
        if (one->width == 1 && one->mode_id == mode_id)
            return &compare->results[i];
    }
    return NULL;
}

static void summary_speedups(struct ml_compare *compare)
{
    const struct ml_candidate *base =
        &compare->results[compare->base].candidate;
    const double base_width = base->width > 1 ? base->width : 1;
    for (size_t i = 0; i < compare->config_count; i++) {
        struct ml_compare_result *result = &compare->results[i];
        const struct ml_candidate *one = &result->candidate;
        result->speedup = base->wall.median / one->wall.median;
        result->efficiency =
            one->width > 0 ? result->speedup * base_width / one->width : 0;
        result->karp_flatt = NAN;
        const struct ml_compare_result *alone =
            summary_width_one(compare, one->mode_id);
        if (one->width >= 2 && alone)
            result->karp_flatt = ml_karp_flatt(
                alone->candidate.wall.median / one->wall.median, one->width);
    }
}

/* ---- curves ---- */

static struct ml_compare_scaling *summary_curve(struct ml_compare *compare,
                                                const struct ml_candidate *one)
{
    for (size_t i = 0; i < compare->scaling_count; i++) {
        if (compare->scalings[i].mode_id == one->mode_id)
            return &compare->scalings[i];
    }
    struct ml_compare_scaling *scaling =
        &compare->scalings[compare->scaling_count++];
    *scaling =
        (struct ml_compare_scaling){.mode = one->mode, .mode_id = one->mode_id};
    return scaling;
}

static void summary_fit(const struct ml_compare *compare,
                        struct ml_compare_scaling *scaling)
{
    struct ml_scaling_point points[ML_COMPARE_CONFIGS];
    const struct ml_compare_result *alone =
        summary_width_one(compare, scaling->mode_id);
    size_t count = 0;
    for (size_t i = 0; i < compare->config_count; i++) {
        const struct ml_candidate *one = &compare->results[i].candidate;
        if (one->width > 0 && one->mode_id == scaling->mode_id)
            points[count++] = (struct ml_scaling_point){
                one->width,
                alone ? alone->candidate.wall.median / one->wall.median : 0};
    }
    scaling->points = count;
    scaling->fitted = count >= ML_SCALING_POINTS && alone;
    if (!scaling->fitted)
        return;
    scaling->usl = ml_fit_usl(points, count);
    scaling->amdahl = ml_fit_amdahl(points, count);
}

/* Serial if it was compared, else the smallest width of the first mode,
 * whatever the order of --jobs. */
static size_t summary_base(const struct ml_compare *compare)
{
    const struct ml_compare_result *results = compare->results;
    size_t base = 0;
    for (size_t i = 0; i < compare->config_count; i++) {
        const struct ml_candidate *one = &results[i].candidate;
        if (strcmp(one->label, "serial") == 0)
            return i;
        if (one->mode_id == results[0].candidate.mode_id &&
            one->width < results[base].candidate.width)
            base = i;
    }
    return base;
}

/* The largest share of the machine that other programs used in a run.  The
 * system counts time in ticks of 10 ms: short runs are added up. */
static double summary_busy_by_others(const struct ml_compare *compare)
{
    double most = 0, short_s = 0, short_others = 0;
    for (size_t i = 0; i < compare->run_count; i++) {
        const struct ml_compare_run *run = &compare->runs[i];
        if (run->measured.wall_s < SUMMARY_TICKS_S) {
            short_s += run->measured.wall_s;
            short_others += run->measured.wall_s * run->machine_busy_by_others;
        } else if (run->machine_busy_by_others > most) {
            most = run->machine_busy_by_others;
        }
    }
    if (short_s >= SUMMARY_TICKS_S && short_others / short_s > most)
        most = short_others / short_s;
    return most;
}

void ml_compare_summarise(struct ml_compare *compare)
{
    struct ml_candidate candidates[ML_COMPARE_CONFIGS];
    for (size_t i = 0; i < compare->config_count; i++)
        summary_fill(compare, i, &compare->results[i]);
    compare->base = summary_base(compare);
    summary_speedups(compare);
    for (size_t i = 0; i < compare->config_count; i++) {
        if (compare->results[i].candidate.width > 0)
            (void)summary_curve(compare, &compare->results[i].candidate);
        candidates[i] = compare->results[i].candidate;
    }
    for (size_t i = 0; i < compare->scaling_count; i++)
        summary_fit(compare, &compare->scalings[i]);
    compare->machine_busy_by_others_max = summary_busy_by_others(compare);
    ml_diagnosis_compare(&compare->verdicts, candidates, compare->config_count,
                         compare->base);
}
