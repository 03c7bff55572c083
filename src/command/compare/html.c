/* html.c: see html.h. */
#include "command/compare/html.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command/compare/compare_state.h"
#include "command/compare/html_text.h"
#include "command/compare/svg.h"
#include "files/output/atomic_write.h"
#include "os/cpu_budget.h"

static const char html_style[] =
    "<style>\n"
    ":root{color-scheme:light dark}\n"
    "body{font:15px/1.45 system-ui,sans-serif;margin:2em auto;max-width:70em;"
    "padding:0 1em}\n"
    "table{border-collapse:collapse;margin:1em 0}\n"
    "th,td{padding:.15em .7em;text-align:right;white-space:nowrap}\n"
    "th:first-child,td:first-child{text-align:left}\n"
    "tr+tr td{border-top:1px solid #8884}\n"
    ".bad{color:#c22;font-weight:bold}\n"
    "svg{max-width:100%;height:auto}\n"
    "svg text{font:12px system-ui,sans-serif;fill:currentColor}\n"
    "figure{display:inline-block;margin:.5em}\n"
    "pre{white-space:pre-wrap}\n"
    "</style>\n";

/* ---- the page ---- */

static void html_times(FILE *out, const struct ml_compare *compare)
{
    (void)fputs("<table><tr><th></th><th>wall s</th><th>95 % interval</th>"
                "<th>speed-up</th><th>efficiency</th><th>Karp-Flatt</th>"
                "<th>pictures/s</th><th>MP/s</th><th>outputs</th></tr>\n",
                out);
    for (size_t i = 0; i < compare->config_count; i++) {
        const struct ml_compare_result *result = &compare->results[i];
        const struct ml_ci *wall = &result->candidate.wall;
        (void)fputs("<tr><td>", out);
        ml_html_text(out, result->candidate.label);
        (void)fprintf(out, "</td><td>%.3f</td>", wall->median);
        if (wall->count > 1)
            (void)fprintf(out, "<td>%.3f to %.3f</td>", wall->lower,
                          wall->upper);
        else
            (void)fputs("<td>-</td>", out);
        (void)fprintf(out, "<td>%.2f</td>", result->speedup);
        if (result->efficiency > 0)
            (void)fprintf(out, "<td>%.2f</td>", result->efficiency);
        else
            (void)fputs("<td>-</td>", out);
        if (isnan(result->karp_flatt))
            (void)fputs("<td>-</td>", out);
        else
            (void)fprintf(out, "<td>%.2f</td>", result->karp_flatt);
        (void)fprintf(out, "<td>%.1f</td><td>%.1f</td><td%s</td></tr>\n",
                      result->pictures_s, result->megapixels_s,
                      result->same ? ">the same" : " class=\"bad\">DIFFERENT");
    }
    (void)fputs("</table>\n", out);
}

static void html_costs(FILE *out, const struct ml_compare *compare)
{
    (void)fputs("<table><tr><th></th><th>CPU s</th><th>ms p50</th><th>p95</th>"
                "<th>max</th><th>PSS MB</th><th>copied MB</th><th>waits</th>"
                "<th>preemptions</th><th>start ms</th></tr>\n",
                out);
    for (size_t i = 0; i < compare->config_count; i++) {
        const struct ml_compare_result *result = &compare->results[i];
        (void)fputs("<tr><td>", out);
        ml_html_text(out, result->candidate.label);
        (void)fprintf(out,
                      "</td><td>%.3f</td><td>%.1f</td><td>%.1f</td>"
                      "<td>%.1f</td>",
                      result->cpu_s, result->p50_ms, result->p95_ms,
                      result->max_ms);
        if (result->peak_pss_bytes > 0)
            (void)fprintf(out, "<td>%s%.1f</td>",
                          result->pss_samples < ML_MEMORY_SAMPLES_MIN ? "&gt;"
                                                                      : "",
                          (double)result->peak_pss_bytes / 1e6);
        else
            (void)fputs("<td>-</td>", out);
        (void)fprintf(out,
                      "<td>%.1f</td><td>%.0f</td><td>%.0f</td><td>%.1f</td>"
                      "</tr>\n",
                      (double)result->candidate.metrics.bytes_copied / 1e6,
                      result->voluntary, result->involuntary,
                      1e3 * result->start_s);
    }
    (void)fputs("</table>\n", out);
}

static void html_verdicts(FILE *out, const struct ml_compare *compare)
{
    (void)fputs("<h2>Verdict</h2>\n<ul>\n", out);
    for (size_t i = 0; i < compare->verdicts.count; i++) {
        (void)fputs("<li>", out);
        ml_html_text(out, compare->verdicts.sentences[i]);
        (void)fputs("</li>\n", out);
    }
    (void)fputs("</ul>\n", out);
}

/* Filters and inputs, as on the command line. */
static void html_work(FILE *out, const struct ml_compare *compare)
{
    const struct ml_chain *chain = &compare->options.run.chain;
    char shown[ML_INPUT_PATH_MAX];
    (void)fputs("<p>", out);
    for (size_t i = 0; i < chain->count; i++) {
        struct ml_strbuf text;
        ml_strbuf_open(&text, shown, sizeof shown);
        ml_chain_print(&chain->items[i], &text);
        (void)fputs("<code>-f ", out);
        ml_html_text(out, shown);
        (void)fputs("</code> ", out);
    }
    for (size_t i = 0; i < compare->operands.count; i++) {
        struct ml_strbuf text;
        ml_strbuf_open(&text, shown, sizeof shown);
        ml_strbuf_add_escaped(&text, compare->operands.items[i]);
        (void)fputs("<code>", out);
        ml_html_text(out, shown);
        (void)fputs("</code> ", out);
    }
    const struct ml_run_metrics *metrics =
        &compare->results[0].candidate.metrics;
    (void)fprintf(out, "(%llu pictures, %.1f MP)</p>\n",
                  (unsigned long long)metrics->done,
                  (double)metrics->pixels_in / 1e6);
}

/* The text below the tables, as ml_compare_text() prints it. */
static bool html_method(FILE *out, const struct ml_compare *compare)
{
    char *text = NULL;
    size_t size = 0;
    FILE *method = open_memstream(&text, &size);
    if (!method)
        return false;
    ml_compare_print_method(method, compare);
    if (fclose(method) != 0) {
        free(text);
        return false;
    }
    (void)fputs("<pre>", out);
    ml_html_text(out, text);
    (void)fputs("</pre>\n", out);
    free(text);
    return true;
}

static bool html_page(FILE *out, const struct ml_compare *compare)
{
    (void)fprintf(out,
                  ML_COMPARE_HTML_HEAD
                  "<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                  "<title>minilab compare</title>\n%s</head>\n<body>\n"
                  "<h1>minilab compare</h1>\n",
                  html_style);
    html_work(out, compare);
    html_verdicts(out, compare);
    (void)fputs("<h2>Times</h2>\n", out);
    html_times(out, compare);
    ml_compare_svg_bars(out, compare);
    (void)fputs("<h2>Costs</h2>\n", out);
    html_costs(out, compare);
    ml_compare_svg_spent(out, compare);
    ml_compare_svg_curves(out, compare);
    const bool well = html_method(out, compare);
    (void)fprintf(out, "<p>minilab %s</p>\n</body>\n</html>\n", ML_VERSION);
    return well;
}

/* ---- the file ---- */

enum ml_status ml_compare_html_check(const char *path, struct ml_error *err)
{
    char head[sizeof ML_COMPARE_HTML_HEAD] = "", folder[PATH_MAX];
    const size_t length = sizeof head - 1;
    struct stat status;
    if (*path == '\0' || strlen(path) >= sizeof folder)
        return ml_fail(err, ML_ERR_USAGE, "--html: not a file name",
                       "give a name like report.html", "'%.40s'", path);
    (void)snprintf(folder, sizeof folder, "%s", path);
    if (access(dirname(folder), W_OK | X_OK) != 0)
        return ml_fail(err, ML_ERR_USAGE, "--html: cannot be written",
                       "name a file in a folder that you may write to",
                       "%.90s: %s", path, strerrordesc_np(errno));
    if (lstat(path, &status) != 0)
        return ML_OK;
    FILE *file = S_ISREG(status.st_mode) ? fopen(path, "re") : NULL;
    const bool may = file && (fread(head, 1, length, file) == 0 ||
                              strcmp(head, ML_COMPARE_HTML_HEAD) == 0);
    if (file)
        (void)fclose(file);
    return may ? ML_OK
               : ml_fail(err, ML_ERR_USAGE,
                         "--html: the file exists and was not made by minilab "
                         "compare",
                         "name another file, or remove this one", "%.120s",
                         path);
}

/* Whole or not at all: a temporary file in the same folder, then a rename. */
static enum ml_status html_write(const char *path, const char *page,
                                 size_t size, struct ml_temps *temps,
                                 struct ml_error *err)
{
    const struct ml_write_options options = {.replace = true};
    char folder[PATH_MAX], name[PATH_MAX];
    struct ml_output_root root;
    struct ml_writer writer;
    (void)snprintf(folder, sizeof folder, "%s", path);
    (void)snprintf(name, sizeof name, "%s", path);
    if (ml_output_root_open(&root, dirname(folder), err) != ML_OK)
        return err->status;
    ml_writer_open(&writer, &root, temps);
    const enum ml_status status =
        ml_write_file(&writer, basename(name), page, size, &options, err);
    ml_writer_close(&writer);
    ml_output_root_close(&root);
    return status;
}

enum ml_status ml_compare_html(const struct ml_compare *compare,
                               const char *path, struct ml_error *err)
{
    char *page = NULL;
    size_t size = 0;
    struct ml_temps *temps = calloc(1, sizeof *temps);
    FILE *out = open_memstream(&page, &size);
    bool well = temps && out && html_page(out, compare);
    if (out)
        well = fclose(out) == 0 && well;
    enum ml_status status =
        well ? ml_temps_open(temps, err)
             : ml_fail_os(err, ENOMEM, "cannot allocate memory for the page",
                          NULL);
    if (status == ML_OK) {
        status = html_write(path, page, size, temps, err);
        ml_temps_close(temps);
    }
    free(page);
    free(temps);
    return status;
}
