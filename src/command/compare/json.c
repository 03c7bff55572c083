/* json.c: a comparison as one JSON document, or its runs as CSV; see
 * compare_state.h. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "command/cli/json_builder.h"
#include "command/cli/json_path.h"
#include "command/compare/compare_state.h"
#include "command/report/json.h"
#include "os/cpu_budget.h"

static const char *const json_kinds[] = {"warm-up", "timed", "last", "traced"};

/* A number that cannot be computed is null. */
static json_t *json_known(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

/* A bound of the interval; null for one run, which has none. */
static json_t *json_bound(const struct ml_ci *wall, double bound)
{
    return wall->count > 1 ? json_real(bound) : json_null();
}

/* Memory is sampled in warm-ups only, and a short run may end before. */
static json_t *json_sampled(uint64_t bytes)
{
    return bytes > 0 ? json_integer((json_int_t)bytes) : json_null();
}

/* ---- runs ---- */

static json_t *json_run(struct ml_json_builder *json,
                        const struct ml_compare *compare,
                        const struct ml_compare_run *run)
{
    const struct ml_measured_run *measured = &run->measured;
    return ml_json_pack(
        json,
        "{s:s, s:s, s:f, s:f, s:f, s:o, s:I, s:I, s:I, s:f, s:b, s:I, s:I, "
        "s:I}",
        "configuration", compare->configs[run->config].label, "kind",
        json_kinds[run->kind], "wall_s", measured->wall_s, "run_s",
        measured->metrics.seconds, "cpu_s", measured->cpu_s, "peak_pss_bytes",
        json_sampled(measured->peak_pss_bytes), "peak_rss_bytes",
        (json_int_t)measured->peak_rss_bytes, "voluntary_switches",
        (json_int_t)measured->voluntary_switches, "involuntary_switches",
        (json_int_t)measured->involuntary_switches, "disturbed",
        run->machine_busy_by_others, "same", run->same, "done",
        (json_int_t)measured->metrics.done, "failed",
        (json_int_t)measured->metrics.failed, "worker_deaths",
        (json_int_t)measured->metrics.worker_deaths);
}

/* ---- rows ---- */

static json_t *json_differences(struct ml_json_builder *json,
                                const struct ml_differences *found)
{
    json_t *list = ml_json_array(json);
    for (size_t i = 0; i < found->count && i < ML_DIFFERENCES_KEPT; i++) {
        json_t *object =
            ml_json_pack(json, "{s:s, s:I}", "how", found->kept[i].how, "run",
                         (json_int_t)found->kept[i].run);
        ml_json_set_path(json, object, "path", found->kept[i].path);
        ml_json_append(json, list, object);
    }
    return list;
}

/* Shares of the workers that compute; null without a traced run. */
static json_t *json_spent(struct ml_json_builder *json,
                          const struct ml_run_metrics *metrics)
{
    const struct ml_time_metrics *most = ml_run_metrics_computing(metrics);
    if (!most)
        return json_null();
    json_t *shares = ml_json_object(json);
    for (unsigned k = 0; k < ML_TRACE_KINDS; k++) {
        if (most->share[k] > 0)
            ml_json_set(json, shares,
                        ml_trace_kind_row((enum ml_trace_kind)k)->name,
                        json_real(most->share[k]));
    }
    json_t *object =
        ml_json_pack(json, "{s:s, s:o}", "who", most->who, "shares", shares);
    if (most->cause[0])
        ml_json_set(json, object, "waited_longest_for",
                    ml_json_text(json, most->cause));
    return object;
}

static json_t *json_row(struct ml_json_builder *json,
                        const struct ml_compare *compare, size_t index)
{
    const struct ml_compare_result *result = &compare->results[index];
    const struct ml_compare_config *config = &compare->configs[index];
    const struct ml_run_metrics *metrics = &result->candidate.metrics;
    const struct ml_ci *wall = &result->candidate.wall;
    json_t *object = ml_json_pack(
        json,
        "{s:s, s:s, s:{s:f, s:o, s:o}, s:f, s:f, s:f, s:f, s:f,"
        " s:{s:f, s:f, s:f}, s:f, s:f, s:I, s:f, s:I, s:I, s:b, s:I, s:o}",
        "configuration", config->label, "mode", result->candidate.mode,
        "wall_s", "median", wall->median, "lower",
        json_bound(wall, wall->lower), "upper", json_bound(wall, wall->upper),
        "speedup", result->speedup, "cpu_s", result->cpu_s, "start_s",
        result->start_s, "pictures_s", result->pictures_s, "megapixels_s",
        result->megapixels_s, "latency_ms", "p50", result->p50_ms, "p95",
        result->p95_ms, "max", result->max_ms, "voluntary_switches",
        result->voluntary, "involuntary_switches", result->involuntary,
        "workers_started", (json_int_t)metrics->workers_started,
        "workers_start_s", metrics->start_s, "worker_deaths",
        (json_int_t)result->candidate.deaths, "bytes_copied",
        (json_int_t)metrics->bytes_copied, "same", result->same,
        "difference_count", (json_int_t)config->differences.count,
        "differences", json_differences(json, &config->differences));
    ml_json_set(json, object, "width",
                config->width > 0 ? json_integer(config->width) : json_null());
    ml_json_set(json, object, "efficiency",
                config->width > 0 ? json_real(result->efficiency)
                                  : json_null());
    ml_json_set(json, object, "karp_flatt", json_known(result->karp_flatt));
    ml_json_set(json, object, "peak_pss_bytes",
                json_sampled(result->peak_pss_bytes));
    ml_json_set(json, object, "pss_looks",
                json_integer((json_int_t)result->pss_samples));
    ml_json_set(json, object, "spent", json_spent(json, metrics));
    if (config->plan)
        ml_json_set(json, object, "plan", ml_json_text(json, config->plan));
    return object;
}

static json_t *json_left_out(struct ml_json_builder *json,
                             const struct ml_compare *compare)
{
    json_t *list = ml_json_array(json);
    for (size_t i = 0; i < compare->skipped_count; i++)
        ml_json_append(json, list,
                       ml_json_pack(json, "{s:s, s:s}", "mode",
                                    compare->skipped[i].mode, "why",
                                    compare->skipped[i].why));
    return list;
}

static json_t *json_fit(struct ml_json_builder *json,
                        const struct ml_scaling *fit)
{
    json_t *object = ml_json_pack(json, "{s:f, s:f, s:f}", "sigma", fit->sigma,
                                  "kappa", fit->kappa, "error", fit->error);
    ml_json_set(json, object, "best_width", json_known(fit->best_width));
    return object;
}

static json_t *json_curve(struct ml_json_builder *json,
                          const struct ml_compare_scaling *scaling)
{
    json_t *object = ml_json_pack(json, "{s:s, s:I}", "mode", scaling->mode,
                                  "widths", (json_int_t)scaling->points);
    ml_json_set(json, object, "usl",
                scaling->fitted ? json_fit(json, &scaling->usl) : json_null());
    ml_json_set(json, object, "amdahl",
                scaling->fitted ? json_fit(json, &scaling->amdahl)
                                : json_null());
    return object;
}

enum ml_status ml_compare_json(const struct ml_compare *compare,
                               struct ml_error *err)
{
    struct ml_json_builder builder = {ML_OK}, *json = &builder;
    struct ml_cpu cpu;
    json_t *results = ml_json_array(json), *runs = ml_json_array(json),
           *scalings = ml_json_array(json);
    json_t *verdicts = ml_json_array(json);
    bool same = true;
    ml_cpu_read("", &cpu);
    for (size_t i = 0; i < compare->config_count; i++) {
        ml_json_append(json, results, json_row(json, compare, i));
        same = same && compare->results[i].same;
    }
    for (size_t i = 0; i < compare->run_count; i++)
        ml_json_append(json, runs, json_run(json, compare, &compare->runs[i]));
    for (size_t i = 0; i < compare->scaling_count; i++)
        ml_json_append(json, scalings, json_curve(json, &compare->scalings[i]));
    for (size_t i = 0; i < compare->verdicts.count; i++)
        ml_json_append(json, verdicts,
                       ml_json_text(json, compare->verdicts.sentences[i]));
    json_t *document = ml_json_pack(
        json,
        "{s:i, s:s, s:i, s:i, s:i, s:s, s:b, s:f, s:o, s:o, s:o, s:o, s:o}",
        "schema", ML_COMPARE_SCHEMA, "command", "compare", "repeats",
        (int)compare->options.repeats, "warm_ups",
        (int)compare->options.warm_ups, "processors", (int)cpu.budget, "base",
        compare->configs[compare->base].label, "same", same, "disturbed_most",
        compare->machine_busy_by_others_max, "left_out",
        json_left_out(json, compare), "configurations", results, "scaling",
        scalings, "verdicts", verdicts, "runs", runs);
    const enum ml_status status =
        ml_json_print(json, document, ML_JSON_LINE, stdout, err);
    json_decref(document);
    return status;
}

/* ---- CSV ---- */

void ml_compare_csv(const struct ml_compare *compare)
{
    (void)printf("schema,run,configuration,mode,width,kind,wall_s,run_s,cpu_s,"
                 "p50_ms,p95_ms,max_ms,peak_pss_bytes,peak_rss_bytes,"
                 "bytes_copied,workers_start_s,voluntary_switches,"
                 "involuntary_switches,disturbed,same,done,failed,"
                 "worker_deaths\n");
    for (size_t i = 0; i < compare->run_count; i++) {
        const struct ml_compare_run *run = &compare->runs[i];
        const struct ml_measured_run *measured = &run->measured;
        const struct ml_run_metrics *metrics = &measured->metrics;
        char pss[24] = "";
        if (measured->peak_pss_bytes > 0)
            (void)snprintf(pss, sizeof pss, "%" PRIu64,
                           measured->peak_pss_bytes);
        (void)printf(
            "%d,%zu,%s,%s,%u,%s,%.6f,%.6f,%.6f,%.3f,%.3f,%.3f,%s"
            ",%" PRIu64 ",%" PRIu64 ",%.6f,%" PRIu64 ",%" PRIu64
            ",%.4f,%s,%" PRIu64 ",%" PRIu64 ",%" PRIu64 "\n",
            ML_COMPARE_SCHEMA, i + 1, compare->configs[run->config].label,
            compare->results[run->config].candidate.mode,
            compare->configs[run->config].width, json_kinds[run->kind],
            measured->wall_s, metrics->seconds, measured->cpu_s,
            metrics->p50_ms, metrics->p95_ms, metrics->max_ms, pss,
            measured->peak_rss_bytes, metrics->bytes_copied, metrics->start_s,
            measured->voluntary_switches, measured->involuntary_switches,
            run->machine_busy_by_others, run->same ? "yes" : "no",
            metrics->done, metrics->failed, metrics->worker_deaths);
    }
}
