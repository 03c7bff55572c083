/* loop.c: see loop.h. */
#include "command/report/loop.h"

#include <inttypes.h>

#include "base/clock.h"
#include "command/report/histogram.h"
#include "command/report/json.h"

json_t *ml_run_report_loop_json(struct ml_json_builder *json,
                                const struct ml_loop_counts *loop)
{
    return ml_json_pack(
        json, "{s:I, s:I, s:I, s:I, s:I, s:o*, s:f, s:f, s:I}", "iterations",
        (json_int_t)loop->iterations, "polls", (json_int_t)loop->polls,
        "file_works", (json_int_t)loop->file_works, "delays",
        (json_int_t)loop->delays, "delays_most", (json_int_t)loop->delays_most,
        "lag_ms", loop->lag_watched ? ml_json_times(json, &loop->lag) : NULL,
        "blocked_ms", ml_ms(loop->blocked_ns), "slowest_ms",
        ml_ms(loop->slowest_ns), "slow_callbacks",
        (json_int_t)loop->slow_tasks);
}

void ml_run_report_loop_line(const struct ml_loop_counts *loop,
                             struct ml_strbuf *text)
{
    ml_strbuf_add(text,
                  "  event loop: %" PRIu64 " iterations, %" PRIu64
                  " of them slept; computing blocked it %.1f ms, the longest "
                  "call %.1f ms, %" PRIu64 " of 100 ms or more\n",
                  loop->iterations, loop->polls, ml_ms(loop->blocked_ns),
                  ml_ms(loop->slowest_ns), loop->slow_tasks);
    if (loop->lag_watched)
        ml_run_report_times_line("timers late", &loop->lag, text);
}
