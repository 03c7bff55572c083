/* histogram.c: see histogram.h. */
#include "command/report/histogram.h"

#include <inttypes.h>

#include "base/clock.h"

/* Buckets in one column of a line: an octave. */
#define TIMES_COLUMN 8

/* Append a time in the largest unit that it reaches. */
static void times_add(struct ml_strbuf *text, uint64_t ns)
{
    static const struct {
        const char *unit;
        double ns;
    } units[] = {{"s", 1e9}, {"ms", 1e6}, {"us", 1e3}, {"ns", 1}};
    size_t i = 0;
    while (i < 3 && (double)ns < units[i].ns)
        i++;
    ml_strbuf_add(text, "%.3g %s", (double)ns / units[i].ns, units[i].unit);
}

void ml_run_report_times_line(const char *what,
                              const struct ml_histogram *times,
                              struct ml_strbuf *text)
{
    static const struct {
        const char *name;
        double part;
    } quantiles[] = {{", p50 ", 0.5}, {", p99 ", 0.99}, {", max ", 1}};
    if (times->count == 0)
        return;
    ml_strbuf_add(text, "    %s: %" PRIu64 ", total ", what, times->count);
    times_add(text, times->sum_ns);
    for (size_t i = 0; i < sizeof quantiles / sizeof *quantiles; i++) {
        ml_strbuf_add(text, "%s", quantiles[i].name);
        times_add(text, ml_histogram_quantile(times, quantiles[i].part));
    }
    const char *between = "\n      up to ";
    for (size_t i = 0; i < ML_HISTOGRAM_BUCKETS; i += TIMES_COLUMN) {
        uint64_t count = 0;
        for (size_t k = i; k < i + TIMES_COLUMN; k++)
            count += times->buckets[k];
        if (count == 0)
            continue;
        ml_strbuf_add(text, "%s", between);
        times_add(text, ml_histogram_bucket_limit(i + TIMES_COLUMN - 1));
        ml_strbuf_add(text, ": %" PRIu64, count);
        between = ", ";
    }
    ml_strbuf_add(text, "\n");
}
