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

static double rows_figure(const struct ml_watch *watch, enum rows_figure figure)
{
    switch (figure) {
    case ROWS_WALL:
        return watch->wall_s;
    case ROWS_CPU:
        return watch->cpu_s;
    case ROWS_START:
        return watch->wall_s - watch->facts.seconds;
    case ROWS_P50:
        return watch->facts.p50_ms;
    case ROWS_P95:
        return watch->facts.p95_ms;
    case ROWS_VOLUNTARY:
        return (double)watch->voluntary_switches;
    case ROWS_INVOLUNTARY:
        return (double)watch->involuntary_switches;
    }
    return 0;
}

static size_t rows_values(const struct ml_compare *compare, size_t cell,
                          enum rows_figure figure,
                          double values[ML_INTERVAL_VALUES])
{
    size_t count = 0;
    for (size_t i = 0; i < compare->run_count; i++) {
        const struct ml_compare_run *run = &compare->runs[i];
        if (run->cell == cell && run->kind == ML_COMPARE_TIMED &&
            count < ML_INTERVAL_VALUES)
            values[count++] = rows_figure(&run->watch, figure);
    }
    return count;
}

static double rows_median(const struct ml_compare *compare, size_t cell,
                          enum rows_figure figure)
{
    double values[ML_INTERVAL_VALUES];
    const size_t count = rows_values(compare, cell, figure, values);
    return ml_stats_of(values, count).median;
}

/* The timed run whose wall time is nearest to the median. */
static const struct ml_watch *rows_middle(const struct ml_compare *compare,
                                          size_t cell, double median)
{
    const struct ml_watch *middle = NULL;
    for (size_t i = 0; i < compare->run_count; i++) {
        const struct ml_compare_run *run = &compare->runs[i];
        if (run->cell == cell && run->kind == ML_COMPARE_TIMED &&
            (!middle ||
             fabs(run->watch.wall_s - median) < fabs(middle->wall_s - median)))
            middle = &run->watch;
    }
    return middle;
}

/* ---- rows ---- */

/* What the traced run says of where time went is said of the timed one. */
static void rows_spent(const struct ml_compare *compare, size_t cell,
                       struct ml_facts *facts)
{
    for (size_t i = 0; i < compare->run_count; i++) {
        const struct ml_compare_run *run = &compare->runs[i];
        if (run->cell != cell || run->kind != ML_COMPARE_TRACED)
            continue;
        facts->spent_count = run->watch.facts.spent_count;
        memcpy(facts->spent, run->watch.facts.spent, sizeof facts->spent);
    }
}

static void rows_contender(const struct ml_compare *compare, size_t cell,
                           struct ml_compare_row *row)
{
    const struct ml_compare_cell *of = &compare->cells[cell];
    struct ml_contender *contender = &row->contender;
    double values[ML_INTERVAL_VALUES];
    const size_t count = rows_values(compare, cell, ROWS_WALL, values);
    const size_t name = of->mode ? strlen(of->mode) : strcspn(of->label, "-");
    contender->wall = ml_interval_of(values, count, ROWS_SEED);
    contender->width = of->width;
    contender->cpu_s = rows_median(compare, cell, ROWS_CPU);
    contender->facts =
        rows_middle(compare, cell, contender->wall.median)->facts;
    rows_spent(compare, cell, &contender->facts);
    (void)snprintf(contender->mode, sizeof contender->mode, "%.*s", (int)name,
                   of->label);
    if (of->width > 0)
        (void)snprintf(contender->label, sizeof contender->label, "%.32s -j %u",
                       contender->mode, of->width);
    else
        (void)snprintf(contender->label, sizeof contender->label, "%.40s",
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
            row->contender.deaths += run->watch.facts.worker_deaths;
        row->pss_looks += run->watch.pss_looks;
        if (run->watch.peak_pss_bytes > row->peak_pss_bytes)
            row->peak_pss_bytes = run->watch.peak_pss_bytes;
        if (run->kind == ML_COMPARE_TIMED &&
            run->watch.facts.max_ms > row->max_ms)
            row->max_ms = run->watch.facts.max_ms;
    }
}

static void rows_fill(const struct ml_compare *compare, size_t cell,
                      struct ml_compare_row *row)
{
    memset(row, 0, sizeof *row);
    rows_contender(compare, cell, row);
    rows_extremes(compare, cell, row);
    const struct ml_facts *facts = &row->contender.facts;
    const double wall = row->contender.wall.median;
    row->cpu_s = row->contender.cpu_s;
    row->start_s = rows_median(compare, cell, ROWS_START);
    row->p50_ms = rows_median(compare, cell, ROWS_P50);
    row->p95_ms = rows_median(compare, cell, ROWS_P95);
    row->voluntary = rows_median(compare, cell, ROWS_VOLUNTARY);
    row->involuntary = rows_median(compare, cell, ROWS_INVOLUNTARY);
    row->pictures_s = (double)facts->done / wall;
    row->megapixels_s = (double)facts->pixels_in / 1e6 / wall;
}

/* The row of the same mode with one worker, or NULL. */
static const struct ml_compare_row *
rows_narrow(const struct ml_compare *compare, const char *mode)
{
    for (size_t i = 0; i < compare->cell_count; i++) {
        const struct ml_contender *one = &compare->rows[i].contender;
        if (one->width == 1 && strcmp(one->mode, mode) == 0)
            return &compare->rows[i];
    }
    return NULL;
}

static void rows_speedups(struct ml_compare *compare)
{
    const struct ml_contender *base = &compare->rows[compare->base].contender;
    const double base_width = base->width > 1 ? base->width : 1;
    for (size_t i = 0; i < compare->cell_count; i++) {
        struct ml_compare_row *row = &compare->rows[i];
        const struct ml_contender *one = &row->contender;
        row->speedup = base->wall.median / one->wall.median;
        row->efficiency =
            one->width > 0 ? row->speedup * base_width / one->width : 0;
        row->karp_flatt = NAN;
        const struct ml_compare_row *alone = rows_narrow(compare, one->mode);
        if (one->width >= 2 && alone)
            row->karp_flatt = ml_karp_flatt(
                alone->contender.wall.median / one->wall.median, one->width);
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
        const struct ml_contender *one = &compare->rows[i].contender;
        if (one->width > 0 && strcmp(one->mode, curve->mode) == 0)
            points[count++] = (struct ml_scaling_point){
                one->width,
                alone ? alone->contender.wall.median / one->wall.median : 0};
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
        const struct ml_contender *one = &rows[i].contender;
        if (strcmp(one->label, "serial") == 0)
            return i;
        if (strcmp(one->mode, rows[0].contender.mode) == 0 &&
            one->width < rows[base].contender.width)
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
        if (run->watch.wall_s < ROWS_TICKS_S) {
            short_s += run->watch.wall_s;
            short_others += run->watch.wall_s * run->disturbed;
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
    struct ml_contender contenders[ML_COMPARE_CELLS];
    for (size_t i = 0; i < compare->cell_count; i++)
        rows_fill(compare, i, &compare->rows[i]);
    compare->base = rows_base(compare);
    rows_speedups(compare);
    for (size_t i = 0; i < compare->cell_count; i++) {
        if (compare->rows[i].contender.width > 0)
            (void)rows_curve(compare, compare->rows[i].contender.mode);
        contenders[i] = compare->rows[i].contender;
    }
    for (size_t i = 0; i < compare->curve_count; i++)
        rows_fit(compare, &compare->curves[i]);
    compare->disturbed_most = rows_disturbed(compare);
    ml_verdict_compare(&compare->verdicts, contenders, compare->cell_count,
                       compare->base);
}
