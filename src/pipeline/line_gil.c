/* line_gil.c: the interpreter lock that all `gil` stages of a plan share, and
 * the event loop with them. */
#include "pipeline/line.h"

#include <errno.h>
#include <stdlib.h>

static bool line_computes_by(const struct ml_plan *plan,
                             enum ml_executor executor)
{
    for (size_t i = 0; i < plan->count; i++) {
        if (plan->stages[i].executor == executor &&
            plan->stages[i].first <= ML_STEP_ENCODE &&
            plan->stages[i].last >= ML_STEP_DECODE)
            return true;
    }
    return false;
}

/* Threads within a picture do not know of it:
 * only where it is let go while computing may there be any. */
enum ml_status ml_line_open_gil(struct ml_run *run, struct ml_error *err)
{
    const struct ml_gil_settings *settings = &run->settings.gil;
    if (line_computes_by(&run->settings.plan, ML_GIL) &&
        settings->habit != ML_GIL_RELEASE)
        run->settings.order.inner = 1;
    struct ml_gil *gil = calloc(1, sizeof *gil);
    if (!gil)
        return ml_fail_os(err, ENOMEM, "memory of the lock", NULL);
    const enum ml_status status = ml_gil_open(
        gil, settings->flavour,
        settings->interval_ns ? settings->interval_ns : ML_GIL_INTERVAL_NS,
        err);
    if (status == ML_OK)
        run->gil = gil;
    else
        free(gil);
    return status;
}
