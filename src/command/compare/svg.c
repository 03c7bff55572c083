/* svg.c: see svg.h. */
#include "command/compare/svg.h"

#include <math.h>
#include <string.h>

#include "command/compare/html_text.h"

#define SVG_ROW 22    /* pixels: height of a bar and the gap below it */
#define SVG_LABEL 170 /* width of the labels */
#define SVG_BARS 560  /* width of the longest bar */
#define SVG_BLUE "#4477aa"

static void svg_label(FILE *out, size_t result, const char *label)
{
    (void)fprintf(out, "<text x=\"%d\" y=\"%zu\" text-anchor=\"end\">",
                  SVG_LABEL - 8, result * SVG_ROW + 15);
    ml_html_text(out, label);
    (void)fputs("</text>", out);
}

static void svg_bar(FILE *out, double x, size_t result, double width,
                    const char *colour)
{
    (void)fprintf(out,
                  "<rect x=\"%.1f\" y=\"%zu\" width=\"%.1f\" height=\"%d\" "
                  "fill=\"%s\"/>",
                  x, result * SVG_ROW + 3, width, SVG_ROW - 6, colour);
}

static void svg_line(FILE *out, double x1, double y1, double x2, double y2)
{
    (void)fprintf(out,
                  "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" "
                  "stroke=\"currentColor\"/>",
                  x1, y1, x2, y2);
}

/* ---- bars ---- */

void ml_compare_svg_bars(FILE *out, const struct ml_compare *compare)
{
    const struct ml_candidate *base =
        &compare->results[compare->base].candidate;
    double most = 1;
    for (size_t i = 0; i < compare->config_count; i++)
        most = fmax(most, base->wall.median /
                              compare->results[i].candidate.wall.lower);
    (void)fprintf(out,
                  "<figure><svg width=\"%d\" height=\"%zu\" role=\"img\" "
                  "aria-label=\"speed-ups\">",
                  SVG_LABEL + SVG_BARS + 60, compare->config_count * SVG_ROW);
    for (size_t i = 0; i < compare->config_count; i++) {
        const struct ml_compare_result *result = &compare->results[i];
        const struct ml_ci *wall = &result->candidate.wall;
        const double scale = SVG_BARS / most;
        const double least =
            SVG_LABEL + scale * base->wall.median / wall->upper;
        const double high = SVG_LABEL + scale * base->wall.median / wall->lower;
        const double middle = (double)i * SVG_ROW + SVG_ROW / 2.0;
        svg_label(out, i, result->candidate.label);
        svg_bar(out, SVG_LABEL, i, scale * result->speedup, SVG_BLUE);
        svg_line(out, least, middle, high, middle);
        svg_line(out, least, middle - 5, least, middle + 5);
        svg_line(out, high, middle - 5, high, middle + 5);
        (void)fprintf(out, "<text x=\"%.1f\" y=\"%zu\">%.2f</text>\n", high + 6,
                      i * SVG_ROW + 15, result->speedup);
    }
    (void)fputs("</svg><figcaption>Speed-up over ", out);
    ml_html_text(out, base->label);
    (void)fputs(", with the 95 % intervals of the wall times"
                "</figcaption></figure>\n",
                out);
}

/* ---- where the time went ---- */

/* One colour a kind, distinguishable with colour blindness (Paul Tol's bright
 * and light schemes); waits are pale. */
static const struct {
    enum ml_trace_kind kind;
    const char *colour;
} svg_kinds[] = {
    {ML_TRACE_READ, "#66ccee"},   {ML_TRACE_DECODE, "#4477aa"},
    {ML_TRACE_FILTER, "#228833"}, {ML_TRACE_ENCODE, "#ccbb44"},
    {ML_TRACE_WRITE, "#ee6677"},  {ML_TRACE_COPY, "#aa3377"},
    {ML_TRACE_START, "#885522"},  {ML_TRACE_GIL, "#ee8866"},
    {ML_TRACE_LOCK, "#eedd88"},   {ML_TRACE_QUEUE, "#cccccc"},
    {ML_TRACE_IDLE, "#eeeeee"},
};
#define SVG_KINDS (sizeof svg_kinds / sizeof *svg_kinds)

static void svg_spent_row(FILE *out, const struct ml_compare *compare,
                          size_t at)
{
    const struct ml_candidate *one = &compare->results[at].candidate;
    const struct ml_time_metrics *most =
        ml_run_metrics_computing(&one->metrics);
    double x = SVG_LABEL;
    svg_label(out, at, one->label);
    for (size_t k = 0; most && k < SVG_KINDS; k++) {
        const double width = SVG_BARS * most->share[svg_kinds[k].kind];
        if (width < 0.1)
            continue;
        svg_bar(out, x, at, width, svg_kinds[k].colour);
        if (width > 14)
            (void)fprintf(out,
                          "<text x=\"%.1f\" y=\"%zu\" style=\"fill:#000\">%c"
                          "</text>",
                          x + 3, at * SVG_ROW + 15,
                          ml_trace_kind_row(svg_kinds[k].kind)->letter);
        x += width;
    }
    (void)fputc('\n', out);
}

void ml_compare_svg_spent(FILE *out, const struct ml_compare *compare)
{
    if (!ml_run_metrics_computing(&compare->results[0].candidate.metrics))
        return;
    (void)fprintf(out,
                  "<figure><svg width=\"%d\" height=\"%zu\" role=\"img\" "
                  "aria-label=\"where the time went\">",
                  SVG_LABEL + SVG_BARS + 60, compare->config_count * SVG_ROW);
    for (size_t i = 0; i < compare->config_count; i++)
        svg_spent_row(out, compare, i);
    (void)fputs("</svg><figcaption>Where the time of the computing workers "
                "went: ",
                out);
    for (size_t k = 0; k < SVG_KINDS; k++) {
        const struct ml_trace_kind_row *kind =
            ml_trace_kind_row(svg_kinds[k].kind);
        (void)fprintf(out, "%s%c %s", k ? ", " : "", kind->letter, kind->name);
    }
    (void)fputs("</figcaption></figure>\n", out);
}

/* ---- curves ---- */

#define SVG_WIDE 300 /* pixels of a curve's drawing */
#define SVG_HIGH 220
#define SVG_EDGE 34

struct svg_plot {
    FILE *out;
    double width_most, speedup_most;
};

static double svg_x(const struct svg_plot *plot, double width)
{
    return SVG_EDGE +
           (SVG_WIDE - SVG_EDGE - 10) * (width - 1) / (plot->width_most - 1);
}

static double svg_y(const struct svg_plot *plot, double speedup)
{
    return SVG_HIGH - SVG_EDGE -
           (SVG_HIGH - SVG_EDGE - 10) * speedup / plot->speedup_most;
}

/* A law over all widths; NULL: linear speed-up. */
static void svg_law(const struct svg_plot *plot, const struct ml_scaling *fit,
                    const char *colour, const char *dashes)
{
    (void)fputs("<polyline fill=\"none\" points=\"", plot->out);
    for (unsigned i = 0; i <= 60; i++) {
        const double width = 1 + (plot->width_most - 1) * i / 60;
        const double speedup = fit ? ml_scaling_at(fit, width) : width;
        if (speedup <= plot->speedup_most)
            (void)fprintf(plot->out, "%.1f,%.1f ", svg_x(plot, width),
                          svg_y(plot, speedup));
    }
    (void)fprintf(plot->out, "\" stroke=\"%s\" stroke-dasharray=\"%s\"/>",
                  colour, dashes);
}

static void svg_axes(const struct svg_plot *plot)
{
    const double left = svg_x(plot, 1), bottom = svg_y(plot, 0);
    svg_line(plot->out, left, bottom, svg_x(plot, plot->width_most), bottom);
    svg_line(plot->out, left, bottom, left, 10);
    (void)fprintf(plot->out,
                  "<text x=\"%.1f\" y=\"%.1f\">1</text>"
                  "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">width "
                  "%.0f</text>"
                  "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%.1f</text>"
                  "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">1</text>\n",
                  left, bottom + 16, svg_x(plot, plot->width_most), bottom + 16,
                  plot->width_most, left - 4, 20.0, plot->speedup_most,
                  left - 4, svg_y(plot, 1) + 4);
}

/* The candidate of the mode at width 1, or NULL. */
static const struct ml_candidate *
svg_width_one(const struct ml_compare *compare, const char *mode)
{
    for (size_t i = 0; i < compare->config_count; i++) {
        const struct ml_candidate *one = &compare->results[i].candidate;
        if (one->width == 1 && strcmp(one->mode, mode) == 0)
            return one;
    }
    return NULL;
}

static void svg_points(const struct svg_plot *plot,
                       const struct ml_compare *compare,
                       const struct ml_candidate *alone)
{
    for (size_t i = 0; i < compare->config_count; i++) {
        const struct ml_candidate *one = &compare->results[i].candidate;
        const double ours = alone->wall.median;
        if (one->width == 0 || strcmp(one->mode, alone->mode) != 0)
            continue;
        const double x = svg_x(plot, one->width);
        svg_line(plot->out, x, svg_y(plot, ours / one->wall.upper), x,
                 svg_y(plot, ours / one->wall.lower));
        (void)fprintf(plot->out,
                      "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" fill=\"%s\"/>",
                      x, svg_y(plot, ours / one->wall.median), SVG_BLUE);
    }
}

/* Set the ranges of the axes to hold the points and intervals of a mode. False:
 * no curve, because there is one width, or none is 1. */
static bool svg_plane(struct svg_plot *plot, const struct ml_compare *compare,
                      const struct ml_candidate *alone)
{
    plot->width_most = plot->speedup_most = 1;
    for (size_t i = 0; alone && i < compare->config_count; i++) {
        const struct ml_candidate *one = &compare->results[i].candidate;
        if (one->width == 0 || strcmp(one->mode, alone->mode) != 0)
            continue;
        plot->width_most = fmax(plot->width_most, one->width);
        plot->speedup_most = fmax(plot->speedup_most,
                                  1.1 * alone->wall.median / one->wall.lower);
    }
    return plot->width_most >= 2;
}

static void svg_caption(FILE *out, const struct ml_compare_scaling *scaling)
{
    (void)fputs("<figcaption>", out);
    ml_html_text(out, scaling->mode);
    if (scaling->fitted) {
        (void)fprintf(out, ": contention %.3f, crosstalk %.4f",
                      scaling->usl.sigma, scaling->usl.kappa);
        if (isfinite(scaling->usl.best_width))
            (void)fprintf(out, ", best width %.1f", scaling->usl.best_width);
        (void)fprintf(out, "; Amdahl: %.1f %% serial",
                      100 * scaling->amdahl.sigma);
    }
    (void)fputs("</figcaption>", out);
}

static void svg_curve(FILE *out, const struct ml_compare *compare,
                      const struct ml_compare_scaling *scaling)
{
    const struct ml_candidate *alone = svg_width_one(compare, scaling->mode);
    struct svg_plot plot = {.out = out};
    if (!svg_plane(&plot, compare, alone))
        return;
    (void)fprintf(out,
                  "<figure><svg width=\"%d\" height=\"%d\" role=\"img\" "
                  "aria-label=\"speed-up over width\">",
                  SVG_WIDE, SVG_HIGH);
    svg_axes(&plot);
    svg_law(&plot, NULL, "#999999", "1 4");
    if (scaling->fitted) {
        svg_law(&plot, &scaling->usl, "#228833", "none");
        svg_law(&plot, &scaling->amdahl, "#ee6677", "6 4");
    }
    svg_points(&plot, compare, alone);
    (void)fputs("</svg>", out);
    svg_caption(out, scaling);
    (void)fputs("</figure>\n", out);
}

void ml_compare_svg_curves(FILE *out, const struct ml_compare *compare)
{
    struct svg_plot unused;
    bool any = false;
    for (size_t i = 0; i < compare->scaling_count; i++)
        any =
            any || svg_plane(&unused, compare,
                             svg_width_one(compare, compare->scalings[i].mode));
    if (!any)
        return;
    (void)fputs("<h2>Speed-up over width</h2>\n<p>Points: measured, relative "
                "to the mode's own width 1; green: the Universal Scalability "
                "Law (USL); red, dashed: Amdahl's law; dotted: linear "
                "speed-up.</p>\n",
                out);
    for (size_t i = 0; i < compare->scaling_count; i++)
        svg_curve(out, compare, &compare->scalings[i]);
}
