/* summary.c: see summary.h. */
#include "command/report/summary.h"

#include <inttypes.h>

#include "chain/chain.h"
#include "command/report/gil.h"
#include "command/report/loop.h"

static void summary_add_dropped(const struct ml_totals *totals,
                                struct ml_strbuf *text)
{
    static const char *const kinds[8] = {
        "XMP",         "IPTC",          "comments",    "previews",
        "ICC profile", "colour chunks", "broken EXIF", "other blocks"};
    bool any = false;
    for (size_t bit = 0; bit < 8; bit++) {
        if (totals->dropped[bit] == 0)
            continue;
        ml_strbuf_add(text, "%s%s (%" PRIu64 ")",
                      any ? ", " : "  not carried across: ", kinds[bit],
                      totals->dropped[bit]);
        any = true;
    }
    if (any)
        ml_strbuf_add(text, "\n");
}

/* Neighbouring filters that are composed into one table. */
static void summary_add_merged(const struct ml_chain *chain,
                               struct ml_strbuf *text)
{
    for (size_t i = 0; i < chain->count;) {
        const size_t end = i + ml_chain_merged_count(chain, i);
        const bool merged = end - i > 1;
        for (const char *join = "  "; i < end; i++, join = " + ")
            if (merged)
                ml_strbuf_add(text, "%s%s", join, chain->items[i].filter->name);
        if (merged)
            ml_strbuf_add(text, " as one table\n");
    }
}

void ml_run_report_print_summary(const struct ml_run_report *report,
                                 double seconds,
                                 const struct ml_run_counts *counts,
                                 const struct ml_walk_stats *stats)
{
    const struct ml_totals *totals = &report->totals;
    char lines[8192];
    struct ml_strbuf text;
    ml_strbuf_open(&text, lines, sizeof lines);
    ml_strbuf_add(&text, "minilab: %" PRIu64 "%s done", totals->done,
                  report->options->dry_run ? " would be" : "");
    if (totals->failed > 0)
        ml_strbuf_add(&text, ", %" PRIu64 " failed", totals->failed);
    if (totals->skipped > 0)
        ml_strbuf_add(&text, ", %" PRIu64 " skipped", totals->skipped);
    const uint64_t left = report->inputs->count -
                          (totals->done + totals->failed + totals->skipped);
    if (left > 0)
        ml_strbuf_add(&text, ", %" PRIu64 " not done", left);
    if (!report->options->dry_run)
        ml_strbuf_add(&text, " in %.2f s", seconds);
    if (totals->done > 0 && seconds > 0 && !report->options->dry_run)
        ml_strbuf_add(&text, " (%s, %.1f pictures/s, %.1f -> %.1f MB)",
                      report->mode, (double)totals->done / seconds,
                      (double)totals->bytes_in / 1e6,
                      (double)totals->bytes_out / 1e6);
    ml_strbuf_add(&text, "\n");
    if (report->options->dry_run)
        summary_add_merged(&report->options->chain, &text);
    if (stats->other_files > 0)
        ml_strbuf_add(&text, "  %zu other files left alone\n",
                      stats->other_files);
    if (totals->warned > 0 && !report->options->verbose)
        ml_strbuf_add(
            &text, "  %" PRIu64 " with warnings of the codec: -v shows them\n",
            totals->warned);
    if (counts->worker_deaths > 0)
        ml_strbuf_add(&text, "  worker processes that died: %" PRIu64 "\n",
                      counts->worker_deaths);
    if (counts->loop.slow_tasks > 0 && !report->options->verbose)
        ml_strbuf_add(&text,
                      "  the event loop was blocked for 100 ms or more %" PRIu64
                      " times: -v shows by which pictures\n",
                      counts->loop.slow_tasks);
    summary_add_dropped(totals, &text);
    if (report->options->verbose && counts->gil.threads > 0)
        ml_run_report_gil_line(&counts->gil, &report->options->settings.gil,
                               &text);
    if (report->options->verbose && counts->loops)
        ml_run_report_loop_line(&counts->loop, &text);
    (void)fputs(lines, stderr);
}
