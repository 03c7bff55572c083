/* diagnosis_measures.c: see diagnosis_measures.h. */
#include "analysis/diagnosis_measures.h"

/* A smaller share of the workers' time is reported as no copying. */
#define DIAGNOSIS_COPY 0.05

struct ml_strbuf ml_diagnosis_begin(struct ml_verdicts *verdicts)
{
    struct ml_strbuf text;
    const size_t at = verdicts->count < ML_VERDICTS_MAX ? verdicts->count++
                                                        : ML_VERDICTS_MAX - 1;
    ml_strbuf_open(&text, verdicts->sentences[at], ML_DIAGNOSIS_BYTES);
    return text;
}

const struct ml_stage_metrics *
ml_diagnosis_computing(const struct ml_run_metrics *metrics)
{
    for (size_t i = 0; i < metrics->stage_count; i++) {
        if (ml_stage_metrics_does(&metrics->stages[i], ML_STEP_DECODE))
            return &metrics->stages[i];
    }
    return NULL;
}

unsigned ml_diagnosis_workers(const struct ml_stage_metrics *stage)
{
    return stage->executor == ML_METRIC_LOOP ? 1 : stage->width;
}

/* How many threads compute under the interpreter lock. */
static unsigned
diagnosis_threads_under_lock(const struct ml_run_metrics *metrics)
{
    unsigned threads = 0;
    for (size_t i = 0; i < metrics->stage_count; i++) {
        const struct ml_stage_metrics *stage = &metrics->stages[i];
        const bool locked = stage->executor == ML_METRIC_GIL ||
                            stage->executor == ML_METRIC_LOOP;
        if (locked && ml_stage_metrics_computes(stage))
            threads += ml_diagnosis_workers(stage);
    }
    return threads;
}

double ml_diagnosis_lock_held(const struct ml_run_metrics *metrics)
{
    const bool one = metrics->gil.used && !metrics->gil.each;
    const bool held = !metrics->gil.released;
    return one && held && diagnosis_threads_under_lock(metrics) > 1 &&
                   metrics->seconds > 0
               ? metrics->gil.hold_s / metrics->seconds
               : 0;
}

double ml_diagnosis_lock_waited(const struct ml_run_metrics *metrics)
{
    const double all = metrics->gil.threads * metrics->seconds;
    return all > 0 ? metrics->gil.wait_s / all : 0;
}

double ml_diagnosis_loop_blocked(const struct ml_run_metrics *metrics)
{
    return metrics->seconds > 0 ? metrics->loop.blocked_s / metrics->seconds
                                : 0;
}

unsigned ml_diagnosis_in_flight(const struct ml_run_metrics *metrics)
{
    const uint64_t inputs = metrics->done + metrics->failed;
    const unsigned width = metrics->stages[0].width;
    return inputs < width ? (unsigned)inputs : width;
}

double ml_diagnosis_files(const struct ml_run_metrics *metrics)
{
    const struct ml_stage_metrics *stage = &metrics->stages[0];
    const double all = ml_diagnosis_in_flight(metrics) * metrics->seconds;
    const double files_s =
        metrics->read_s +
        (ml_stage_metrics_does(stage, ML_STEP_WRITE) ? metrics->write_s : 0);
    return metrics->stage_count > 0 && all > 0 ? files_s / all : 0;
}

double ml_diagnosis_copying(const struct ml_run_metrics *metrics)
{
    const struct ml_time_metrics *most = ml_run_metrics_computing(metrics);
    return most && most->share[ML_TRACE_COPY] >= DIAGNOSIS_COPY
               ? most->share[ML_TRACE_COPY]
               : 0;
}
