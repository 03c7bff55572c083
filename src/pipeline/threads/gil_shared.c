/* gil_shared.c: see gil_shared.h. */
#include "pipeline/threads/gil_shared.h"

#include <errno.h>
#include <stdlib.h>

/* If the plan has the lock, the event loop holds it as `gil` threads do. */
bool ml_run_holds_gil(const struct ml_run_settings *settings)
{
    bool locks = false, computes = false;
    for (size_t i = 0; i < settings->plan.count; i++) {
        const struct ml_plan_stage *stage = &settings->plan.stages[i];
        locks |= stage->executor == ML_GIL;
        computes |= (stage->executor == ML_GIL || stage->executor == ML_LOOP) &&
                    ml_stage_computes(stage);
    }
    return locks && computes && settings->gil.flavour != ML_GIL_OFF &&
           settings->gil.policy != ML_GIL_RELEASE;
}

enum ml_status ml_pipeline_open_gil(struct ml_run *run, struct ml_error *err)
{
    const struct ml_gil_settings *settings = &run->settings.gil;
    if (ml_run_holds_gil(&run->settings))
        run->settings.transform.threads_per_picture = 1;
    struct ml_gil *gil = calloc(1, sizeof *gil);
    if (!gil)
        return ml_fail_os(err, ENOMEM, "cannot allocate the lock", NULL);
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
