/* text.c: a comparison as text; see compare_state.h. */
#include "command/compare/compare_state.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "command/cli/display_width.h"
#include "os/cpu_budget.h"

#define TEXT_COLUMNS 80
#define TEXT_COLUMNS_MAX 120
/* The machine drifted when the last run is outside the interval of the timed
 * runs by more than this share. */
#define TEXT_DRIFT 0.05
/* A larger share of the machine used by other programs affects the times. */
#define TEXT_BUSY_BY_OTHERS 0.05

/* ---- tables ---- */

static int text_label_width(const struct ml_compare *compare)
{
    size_t width = 0;
    for (size_t i = 0; i < compare->config_count; i++) {
        const size_t length =
            ml_display_width(compare->results[i].candidate.label);
        width = length > width ? length : width;
    }
    return (int)width;
}

static void text_times(const struct ml_compare *compare, int width)
{
    (void)printf("%*s %7s %-16s %7s %5s %5s %8s %7s %5s\n", width, "", "wall s",
                 "95 % interval", "speedup", "eff.", "K-F", "images/s", "MP/s",
                 "same");
    for (size_t i = 0; i < compare->config_count; i++) {
        const struct ml_compare_result *result = &compare->results[i];
        const struct ml_ci *wall = &result->candidate.wall;
        char interval[40] = "-", efficiency[16] = "-", karp_flatt[16] = "-";
        if (wall->count > 1) /* one run has no interval */
            (void)snprintf(interval, sizeof interval, "%.3f to %.3f",
                           wall->lower, wall->upper);
        if (result->efficiency > 0)
            (void)snprintf(efficiency, sizeof efficiency, "%.2f",
                           result->efficiency);
        if (!isnan(result->karp_flatt))
            (void)snprintf(karp_flatt, sizeof karp_flatt, "%.2f",
                           result->karp_flatt);
        ml_print_padded(stdout, result->candidate.label, (size_t)width);
        (void)printf(" %7.3f %-16s %7.2f %5s %5s %8.1f %7.1f %5s\n",
                     wall->median, interval, result->speedup, efficiency,
                     karp_flatt, result->pictures_s, result->megapixels_s,
                     result->same ? "yes" : "NO");
    }
}

static void text_costs(const struct ml_compare *compare, int width)
{
    (void)printf("%*s %7s %20s %7s %9s %14s %8s %8s\n", width, "", "CPU s",
                 "ms p50/p95/max", "PSS MB", "copied MB", "waits/preempt",
                 "start ms", "workers");
    for (size_t i = 0; i < compare->config_count; i++) {
        const struct ml_compare_result *result = &compare->results[i];
        const struct ml_run_metrics *metrics = &result->candidate.metrics;
        char latency[40], switches[40], memory[16] = "-", workers[16] = "-";
        (void)snprintf(latency, sizeof latency, "%.1f/%.1f/%.1f",
                       result->p50_ms, result->p95_ms, result->max_ms);
        (void)snprintf(switches, sizeof switches, "%.0f/%.0f",
                       result->voluntary, result->involuntary);
        if (result->peak_pss_bytes > 0)
            (void)snprintf(memory, sizeof memory, "%s%.1f",
                           result->pss_samples < ML_MEMORY_SAMPLES_MIN ? ">"
                                                                       : "",
                           (double)result->peak_pss_bytes / 1e6);
        if (metrics->workers_started > 0)
            (void)snprintf(workers, sizeof workers, "%.1f",
                           1e3 * metrics->start_s);
        ml_print_padded(stdout, result->candidate.label, (size_t)width);
        (void)printf(" %7.3f %20s %7s %9.1f %14s %8.1f %8s\n", result->cpu_s,
                     latency, memory, (double)metrics->bytes_copied / 1e6,
                     switches, 1e3 * result->start_s, workers);
    }
}

/* ---- scaling ---- */

static void text_curve(const struct ml_compare_scaling *scaling, int width)
{
    (void)printf("  ");
    ml_print_padded(stdout, scaling->mode, (size_t)width);
    (void)printf("  USL: contention %.3f, crosstalk %.4f, ", scaling->usl.sigma,
                 scaling->usl.kappa);
    if (isinf(scaling->usl.best_width))
        (void)printf("no width is too large");
    else
        (void)printf("best width n* = %.1f", scaling->usl.best_width);
    (void)printf("\n  %*s  Amdahl: %.1f %% serial; error %.3f, USL %.3f%s\n",
                 width, "", 100 * scaling->amdahl.sigma, scaling->amdahl.error,
                 scaling->usl.error,
                 scaling->points > ML_SCALING_POINTS
                     ? ""
                     : "\n    (two parameters always fit two widths beyond 1; "
                       "measure more widths)");
}

/* All modes that have widths have the same widths. */
static void text_curves(const struct ml_compare *compare, int width)
{
    if (compare->scaling_count == 0)
        return;
    (void)printf("\nScaling of each mode relative to its own width 1\n");
    const struct ml_compare_scaling *first = &compare->scalings[0];
    if (!first->fitted) {
        (void)printf("  no scaling fit: it needs %d widths including 1; %zu %s "
                     "measured\n",
                     ML_SCALING_POINTS, first->points,
                     first->points == 1 ? "was" : "were");
        return;
    }
    struct ml_cpu cpu;
    unsigned widest = 0;
    ml_cpu_read("", &cpu);
    for (size_t i = 0; i < compare->scaling_count; i++)
        text_curve(&compare->scalings[i], width);
    for (size_t i = 0; i < compare->config_count; i++) {
        if (compare->configs[i].width > widest)
            widest = compare->configs[i].width;
    }
    if (widest > cpu.budget)
        (void)printf(
            "  Widths beyond the %u processor%s show what sharing them "
            "costs, not what more\n  processors would gain.\n",
            cpu.budget, cpu.budget > 1 ? "s" : "");
}

/* ---- how it was measured ---- */

static const struct ml_compare_run *
text_last_run(const struct ml_compare *compare)
{
    size_t at = compare->run_count - 1;
    while (at > 0 && compare->runs[at].kind != ML_COMPARE_LAST)
        at--;
    return &compare->runs[at];
}

static void text_drift(FILE *out, const struct ml_compare *compare)
{
    const struct ml_ci *wall = &compare->results[0].candidate.wall;
    const double last = text_last_run(compare)->measured.wall_s;
    const bool off = last > wall->upper * (1 + TEXT_DRIFT) ||
                     last < wall->lower * (1 - TEXT_DRIFT);
    (void)fprintf(out, "  A repeat of %s at the end took %.3f s: %s.\n",
                  compare->results[0].candidate.label, last,
                  wall->count < ML_CI_ENOUGH ? "too few runs to detect drift"
                  : off ? "the machine's speed drifted; ignore small "
                          "differences"
                        : "no drift");
}

/* Short runs have too few samples of memory. */
static void text_memory(FILE *out, const struct ml_compare *compare)
{
    for (size_t i = 0; i < compare->config_count; i++) {
        const struct ml_compare_result *result = &compare->results[i];
        if (result->peak_pss_bytes == 0 ||
            result->pss_samples >= ML_MEMORY_SAMPLES_MIN)
            continue;
        (void)fprintf(
            out,
            "  > before memory: sampled fewer than %d times, so the "
            "peak may be higher; use\n  more pictures or a larger --warm-up.\n",
            ML_MEMORY_SAMPLES_MIN);
        return;
    }
}

static void text_method(FILE *out, const struct ml_compare *compare)
{
    const struct ml_compare_options *options = &compare->options;
    struct ml_cpu cpu;
    ml_cpu_read("", &cpu);
    (void)fprintf(out,
                  "How it was measured\n"
                  "  %u round%s of all configurations%s.\n"
                  "  Each run is a process of its own, measured with its "
                  "start-up and shutdown\n  (\"start ms\"); \"workers\" is the "
                  "time to start its worker processes.  Waits and\n  "
                  "preemptions are context switches.\n",
                  options->repeats, options->repeats > 1 ? "s" : "",
                  options->repeats > 1 ? ", in alternating order" : "");
    if (options->warm_ups > 0)
        (void)fprintf(
            out,
            "  %u warm-up%s of each first, not timed: files are cached after "
            "that, and\n  memory was sampled.  1 traced run of each last, not "
            "timed, shows where the\n  workers' time went.\n",
            options->warm_ups, options->warm_ups > 1 ? "s" : "");
    else
        (void)fprintf(out,
                      "  No warm-up: the first runs may read files from the "
                      "disk; memory was not\n  sampled, and nothing was "
                      "traced.\n");
    text_memory(out, compare);
    (void)fprintf(
        out,
        "  %u processor%s (%s); other programs or the host used up to %.0f %% "
        "of the\n  machine.%s\n",
        cpu.budget, cpu.budget > 1 ? "s" : "",
        ml_cpu_limit_name(cpu.limited_by),
        100 * compare->machine_busy_by_others_max,
        compare->machine_busy_by_others_max > TEXT_BUSY_BY_OTHERS
            ? "  That is enough to affect the times."
            : "");
    text_drift(out, compare);
    for (size_t i = 0; i < compare->skipped_count; i++)
        (void)fprintf(out, "  %s was left out: %s.\n", compare->skipped[i].mode,
                      compare->skipped[i].why);
    (void)fprintf(
        out,
        "  Speed-ups are relative to %s; K-F (Karp and Flatt) is the serial "
        "share\n  implied by the speed-up over the mode's own width 1.\n",
        compare->results[compare->base].candidate.label);
}

/* ---- different outputs ---- */

static void text_differences(FILE *out, const struct ml_compare *compare)
{
    char name[1024];
    for (size_t i = 0; i < compare->config_count; i++) {
        const struct ml_differences *found = &compare->configs[i].differences;
        for (size_t k = 0; k < found->count && k < ML_DIFFERENCES_KEPT; k++) {
            struct ml_strbuf text;
            ml_strbuf_open(&text, name, sizeof name);
            ml_strbuf_add_escaped(&text, found->kept[k].path);
            (void)fprintf(out, "  %s, run %zu: %s %s\n",
                          compare->results[i].candidate.label,
                          found->kept[k].run, name, found->kept[k].how);
        }
        if (found->count > ML_DIFFERENCES_KEPT)
            (void)fprintf(out, "  %s: and %zu more\n",
                          compare->results[i].candidate.label,
                          found->count - ML_DIFFERENCES_KEPT);
    }
}

void ml_compare_print_method(FILE *out, const struct ml_compare *compare)
{
    bool same = true;
    text_method(out, compare);
    for (size_t i = 0; i < compare->config_count; i++)
        same = same && compare->results[i].same;
    (void)fprintf(out, "\nOutputs: %s\n",
                  same ? "identical (SHA-256 of every file of every run)"
                       : "NOT identical to those of the first run");
    text_differences(out, compare);
}

/* ---- all of it ---- */

static int text_columns(void)
{
    const unsigned columns = ml_terminal_columns(STDOUT_FILENO);
    if (columns == 0)
        return TEXT_COLUMNS;
    return columns < TEXT_COLUMNS_MAX ? (int)columns : TEXT_COLUMNS_MAX;
}

static bool text_has_colour(void)
{
    const char *terminal = getenv("TERM"), *no_colour = getenv("NO_COLOR");
    return isatty(STDOUT_FILENO) && !(no_colour && *no_colour) && terminal &&
           strcmp(terminal, "dumb") != 0;
}

/* A sentence, wrapped at blanks, its further lines indented. */
static void text_sentence(const char *sentence, int columns)
{
    int column = printf("- ");
    while (*sentence) {
        const int length = (int)strcspn(sentence, " ");
        const int behind = (int)strspn(sentence + length, " ");
        const char *next = sentence + length + behind;
        const int following =
            (int)ml_display_width_of(next, strcspn(next, " "));
        (void)printf("%.*s", length, sentence);
        column += (int)ml_display_width_of(sentence, (size_t)length);
        if (*next && column + behind + following >= columns)
            column = printf("\n  ") - 1;
        else if (*next)
            column += printf("%*s", behind, "");
        sentence = next;
    }
    (void)printf("\n");
}

void ml_compare_text(const struct ml_compare *compare)
{
    const int columns = text_columns();
    const int width = text_label_width(compare);
    text_times(compare, width);
    (void)printf("\n");
    text_costs(compare, width);
    ml_compare_time_breakdown(compare, width);
    (void)printf("\n");
    ml_compare_chart(compare, width, columns, text_has_colour());
    text_curves(compare, width);
    if (compare->verdicts.count > 0)
        (void)printf("\nVerdict\n");
    for (size_t i = 0; i < compare->verdicts.count; i++)
        text_sentence(compare->verdicts.sentences[i], columns);
    (void)printf("\n");
    ml_compare_print_method(stdout, compare);
}
