/* progress.c: see progress.h. */
#include "command/report/progress.h"

#include <inttypes.h>
#include <unistd.h>

#include "base/clock.h"
#include "command/cli/display_width.h"

#define REPORT_LINE_NS (10 * ML_NS_PER_S) /* between progress lines */

void ml_run_report_clear_progress(struct ml_run_report *report)
{
    if (report->bar_shown)
        (void)fputs("\r\033[K", stderr);
    report->bar_shown = false;
}

static uint64_t report_ended(const struct ml_totals *totals)
{
    return totals->done + totals->failed + totals->skipped + totals->cancelled;
}

static unsigned report_columns(void)
{
    const unsigned columns = ml_terminal_columns(STDERR_FILENO);
    return columns < 20 ? 80 : columns;
}

static void report_progress_text(const struct ml_run_report *report,
                                 uint64_t now, struct ml_strbuf *text)
{
    const uint64_t ended = report_ended(&report->totals);
    const uint64_t count = report->inputs->count;
    const double seconds = (double)(now - report->start_ns) / 1e9;
    const double rate = seconds > 0 ? (double)ended / seconds : 0;
    ml_strbuf_add(text, "%" PRIu64 "/%" PRIu64 "  %.1f/s", ended, count, rate);
    if (ended > 0 && rate > 0) {
        const unsigned left = (unsigned)((double)(count - ended) / rate + 0.5);
        ml_strbuf_add(text, "  %u:%02u left", left / 60, left % 60);
    }
    if (report->totals.failed > 0)
        ml_strbuf_add(text, "  %" PRIu64 " failed", report->totals.failed);
}

static void report_draw_bar(struct ml_run_report *report, uint64_t now)
{
    char line[160];
    struct ml_strbuf text;
    ml_strbuf_open(&text, line, sizeof line);
    report_progress_text(report, now, &text);
    const unsigned columns = report_columns();
    const unsigned space =
        columns > text.used + 6 ? columns - (unsigned)text.used - 6 : 0;
    const unsigned cells = space > 40 ? 40 : space;
    const uint64_t count = report->inputs->count;
    const unsigned full =
        count ? (unsigned)(report_ended(&report->totals) * cells / count) : 0;
    (void)fputs("\r\033[K", stderr);
    if (cells > 4) {
        (void)fputc('[', stderr);
        for (unsigned i = 0; i < cells; i++)
            (void)fputc(i < full ? '=' : ' ', stderr);
        (void)fputs("] ", stderr);
    }
    (void)fputs(line, stderr);
    report->bar_shown = true;
}

void ml_run_report_tick(void *context)
{
    struct ml_run_report *report = context;
    if (report->options->silent || report->options->dry_run ||
        report->options->progress == ML_PROGRESS_NONE)
        return;
    ml_mutex_lock(&report->lock);
    const uint64_t now = ml_now_ns();
    if (report->bar) {
        report_draw_bar(report, now);
    } else if (now - report->line_ns >= REPORT_LINE_NS) {
        char line[160];
        struct ml_strbuf text;
        ml_strbuf_open(&text, line, sizeof line);
        report_progress_text(report, now, &text);
        (void)fprintf(stderr, "minilab: %s\n", line);
        report->line_ns = now;
    }
    ml_mutex_unlock(&report->lock);
}
