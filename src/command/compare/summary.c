/* summary.c: from single runs to one row a configuration, curves over the
 * widths, and verdicts; see compare.h. */
#include "command/compare/compare.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "analysis/stats.h"

#define ROWS_TICKS_S 0.2 /* twenty ticks of the system's accounts */

#define ROWS_SEED 20260101 /* any number, the same for ever */

/* ---- figures of the timed runs of one configuration ---- */

enum rows_figure {
    ROWS_WALL,
    ROWS_CPU,
    ROWS_START,
    ROWS_P50,
    ROWS_P95,
    ROWS_VOLUNTARY,
    ROWS_INVOLUNTARY
};

static double rows_figure(const struct ml_measured_run *measured,
                          enum rows_figure figure)
{
    switch (figure) {
    case ROWS_WALL:
        return measured->wall_s;
    case ROWS_CPU:
        return measured->cpu_s;
    case ROWS_START:
        return measured->wall_s - measured->metrics.seconds;
    case ROWS_P50:
        return measured->metrics.p50_ms;
    case ROWS_P95:
        return measured->metrics.p95_ms;
    case ROWS_VOLUNTARY:
        return (double)measured->voluntary_switches;
    case ROWS_INVOLUNTARY:
        return (double)measured->involuntary_switches;
    }
    return 0;
}

static size_t rows_values(const struct ml_compare *compare, size_t cell,
                          enum rows_figure figure, double values[ML_CI_VALUES])
{
    size_t count = 0;
    for (size_t i = 0; i < compare->run_count; i++) {
        const struct ml_compare_run *run = &compare->runs[i];
        if (run->cell == cell && run->kind == ML_COMPARE_TIMED &&
            count < ML_CI_VALUES)
            values[count++] = rows_figure(&run->measured, figure);
    }
    return count;
}

static double rows_median(const struct ml_compare *compare, size_t cell,
                          enum rows_figure figure)
{
    double values[ML_CI_VALUES];
    const size_t count = rows_values(compare, cell, figure, values);
    return ml_stats_of(values, count).median;
}

/* The timed run whose wall time is nearest to the median. */
static const struct ml_measured_run *
rows_middle(const struct ml_compare *compare, size_t cell, double median)
{
    const struct ml_measured_run *middle = NULL;
    for (size_t i = 0; i < compare->run_count; i++) {
        const struct ml_compare_run *run = &compare->runs[i];
        if (run->cell == cell && run->kind == ML_COMPARE_TIMED &&
            (!middle || fabs(run->measured.wall_s - median) <
                            fabs(middle->wall_s - median)))
            middle = &run->measured;
    }
    return middle;
}

/* ---- rows ---- */

/* What the traced run says of where time went is said of the timed one. */
static void rows_spent(const struct ml_compare *compare, size_t cell,
                       struct ml_run_metrics *metrics)
{
    for (size_t i = 0; i < compare->run_count; i++) {
        const struct ml_compare_run *run = &compare->runs[i];
        if (run->cell != cell || run->kind != ML_COMPARE_TRACED)
            continue;
        metrics->breakdown_count = run->measured.metrics.breakdown_count;
        memcpy(metrics->breakdown, run->measured.metrics.breakdown,
               sizeof metrics->breakdown);
    }
}

static void rows_contender(const struct ml_compare *compare, size_t cell,
                           struct ml_compare_row *row)
{
    const struct ml_compare_cell *of = &compare->cells[cell];
    struct ml_candidate *candidate = &row->candidate;
    double values[ML_CI_VALUES];
    const size_t count = rows_values(compare, cell, ROWS_WALL, values);
    const size_t name = of->mode ? strlen(of->mode) : strcspn(of->label, "-");
    candidate->wall = ml_ci_of(values, count, ROWS_SEED);
    candidate->width = of->width;
    candidate->cpu_s = rows_median(compare, cell, ROWS_CPU);
    candidate->metrics =
        rows_middle(compare, cell, candidate->wall.median)->metrics;
    rows_spent(compare, cell, &candidate->metrics);
    (void)snprintf(candidate->mode, sizeof candidate->mode, "%.*s", (int)name,
                   of->label);
    if (of->width > 0)
        (void)snprintf(candidate->label, sizeof candidate->label, "%.32s -j %u",
                       candidate->mode, of->width);
    else
        (void)snprintf(candidate->label, sizeof candidate->label, "%.40s",
                       of->label);
}

/* The longest picture and the most memory of any run, whether all agreed, and
 * how many workers died. */
static void rows_extremes(const struct ml_compare *compare, size_t cell,
                          struct ml_compare_row *row)
{
    row->same = true;
    for (size_t i = 0; i < compare->run_count; i++) {
        const struct ml_compare_run *run = &compare->runs[i];
        if (run->cell != cell)
            continue;
        row->same = row->same && run->same;
        if (run->kind == ML_COMPARE_TIMED)
            row->candidate.deaths += run->measured.metrics.worker_deaths;
        row->pss_samples += run->measured.pss_samples;
        if (run->measured.peak_pss_bytes > row->peak_pss_bytes)
            row->peak_pss_bytes = run->measured.peak_pss_bytes;
        if (run->kind == ML_COMPARE_TIMED &&
            run->measured.metrics.max_ms > row->max_ms)
            row->max_ms = run->measured.metrics.max_ms;
    }
}

static void rows_fill(const struct ml_compare *compare, size_t cell,
                      struct ml_compare_row *row)
{
    memset(row, 0, sizeof *row);
    rows_contender(compare, cell, row);
    rows_extremes(compare, cell, row);
    const struct ml_run_metrics *metrics = &row->candidate.metrics;
    const double wall = row->candidate.wall.median;
    row->cpu_s = row->candidate.cpu_s;
    row->start_s = rows_median(compare, cell, ROWS_START);
    row->p50_ms = rows_median(compare, cell, ROWS_P50);
    row->p95_ms = rows_median(compare, cell, ROWS_P95);
    row->voluntary = rows_median(compare, cell, ROWS_VOLUNTARY);
    row->involuntary = rows_median(compare, cell, ROWS_INVOLUNTARY);
    row->pictures_s = (double)metrics->done / wall;
    row->megapixels_s = (double)metrics->pixels_in / 1e6 / wall;
}

/* The row of the same mode with one worker, or NULL. */
static const struct ml_compare_row *
rows_narrow(const struct ml_compare *compare, const char *mode)
{
    for (size_t i = 0; i < compare->cell_count; i++) {
        const struct ml_candidate *one = &compare->rows[i].candidate;
        if (one->width == 1 && strcmp(one->mode, mode) == 0)
            return &compare->rows[i];
    }
    return NULL;
}

static void rows_speedups(struct ml_compare *compare)
{
    const struct ml_candidate *base = &compare->rows[compare->base].candidate;
    const double base_width = base->width > 1 ? base->width : 1;
    for (size_t i = 0; i < compare->cell_count; i++) {
        struct ml_compare_row *row = &compare->rows[i];
        const struct ml_candidate *one = &row->candidate;
        row->speedup = base->wall.median / one->wall.median;
        row->efficiency =
            one->width > 0 ? row->speedup * base_width / one->width : 0;
        row->karp_flatt = NAN;
        const struct ml_compare_row *alone = rows_narrow(compare, one->mode);
        if (one->width >= 2 && alone)
            row->karp_flatt = ml_karp_flatt(
                alone->candidate.wall.median / one->wall.median, one->width);
    }
}

/* ---- curves ---- */

static struct ml_compare_curve *rows_curve(struct ml_compare *compare,
                                           const char *mode)
{
    for (size_t i = 0; i < compare->curve_count; i++) {
        if (strcmp(compare->curves[i].mode, mode) == 0)
            return &compare->curves[i];
    }
    struct ml_compare_curve *curve = &compare->curves[compare->curve_count++];
    *curve = (struct ml_compare_curve){.mode = mode};
    return curve;
}

static void rows_fit(const struct ml_compare *compare,
                     struct ml_compare_curve *curve)
{
    struct ml_scaling_point points[ML_COMPARE_CELLS];
    const struct ml_compare_row *alone = rows_narrow(compare, curve->mode);
    size_t count = 0;
    for (size_t i = 0; i < compare->cell_count; i++) {
        const struct ml_candidate *one = &compare->rows[i].candidate;
        if (one->width > 0 && strcmp(one->mode, curve->mode) == 0)
            points[count++] = (struct ml_scaling_point){
                one->width,
                alone ? alone->candidate.wall.median / one->wall.median : 0};
    }
    curve->points = count;
    curve->fitted = count >= ML_SCALING_POINTS && alone;
    if (!curve->fitted)
        return;
    curve->usl = ml_fit_usl(points, count);
    curve->amdahl = ml_fit_amdahl(points, count);
}

/* Serial if it took part, else the narrowest of the first mode, in whatever
 * order widths were named. */
static size_t rows_base(const struct ml_compare *compare)
{
    const struct ml_compare_row *rows = compare->rows;
    size_t base = 0;
    for (size_t i = 0; i < compare->cell_count; i++) {
        const struct ml_candidate *one = &rows[i].candidate;
        if (strcmp(one->label, "serial") == 0)
            return i;
        if (strcmp(one->mode, rows[0].candidate.mode) == 0 &&
            one->width < rows[base].candidate.width)
            base = i;
    }
    return base;
}

/* The most that others had of the machine in a run.  The system counts its time
 * in ticks of 10 ms: of short runs only their sum tells anything. */
static double rows_disturbed(const struct ml_compare *compare)
{
    double most = 0, short_s = 0, short_others = 0;
    for (size_t i = 0; i < compare->run_count; i++) {
        const struct ml_compare_run *run = &compare->runs[i];
        if (run->measured.wall_s < ROWS_TICKS_S) {
            short_s += run->measured.wall_s;
            short_others += run->measured.wall_s * run->disturbed;
        } else if (run->disturbed > most) {
            most = run->disturbed;
        }
    }
    if (short_s >= ROWS_TICKS_S && short_others / short_s > most)
        most = short_others / short_s;
    return most;
}

void ml_compare_rows(struct ml_compare *compare)
{
    struct ml_candidate candidates[ML_COMPARE_CELLS];
    for (size_t i = 0; i < compare->cell_count; i++)
        rows_fill(compare, i, &compare->rows[i]);
    compare->base = rows_base(compare);
    rows_speedups(compare);
    for (size_t i = 0; i < compare->cell_count; i++) {
        if (compare->rows[i].candidate.width > 0)
            (void)rows_curve(compare, compare->rows[i].candidate.mode);
        candidates[i] = compare->rows[i].candidate;
    }
    for (size_t i = 0; i < compare->curve_count; i++)
        rows_fit(compare, &compare->curves[i]);
    compare->disturbed_most = rows_disturbed(compare);
    ml_diagnosis_compare(&compare->verdicts, candidates, compare->cell_count,
                         compare->base);
}
