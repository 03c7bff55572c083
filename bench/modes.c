/* modes.c: compares the modes at full width, on batches of each kind.
 *
 *     bench_modes PROGRAM PICTURES OUT ROUNDS
 *
 * PICTURES is a folder that bench/corpus has filled, OUT an empty one.  The
 * exit code is 0 when every run succeeded and all modes wrote the same bytes;
 * times do not change it.
 */
#include <stdio.h>
#include <string.h>

#include "analysis/stats.h"
#include "base/strbuf.h"
#include "pipeline/plan/auto_mode.h"
#include "pipeline/plan/plan.h"
#include "trial.h"

#define MODES_MAX 16

struct modes_batch {
    const char *folder, *title;
    const char *const *options;
};

static const char *const modes_photo[] = {"--filter", "resize:512", "--quality",
                                          "80", NULL};
static const char *const modes_png[] = {"--to", "jpeg", "--quality", "85",
                                        NULL};
static const char *const modes_small[] = {"--filter", "resize:64", NULL};
static const char *const modes_huge[] = {"--limit-pixels", "400M", "--filter",
                                         "resize:2048", NULL};

static const struct modes_batch modes_batches[] = {
    {"photos", "photos to 512 px", modes_photo},
    {"png", "PNG to JPEG", modes_png},
    {"small", "small pictures to 64 px", modes_small},
    {"huge", "one huge JPEG to 2048 px", modes_huge},
};

/* The figures of one batch, by mode. */
struct modes_result {
    double rates[MODES_MAX][TRIAL_ROUNDS_MAX];
    double medians[MODES_MAX];
    double peak_mb[MODES_MAX];
    bool same[MODES_MAX];
};

/* The modes of the table, then auto. */
static size_t modes_names(const char *names[MODES_MAX])
{
    size_t count;
    const struct ml_mode *modes = ml_modes(&count);
    if (count > MODES_MAX - 1)
        count = MODES_MAX - 1;
    for (size_t i = 0; i < count; i++)
        names[i] = modes[i].name;
    names[count] = ML_MODE_AUTO;
    return count + 1;
}

/* One run of each mode: memory and output bytes; it also reads the files into
 * the page cache. */
static bool modes_probe(struct trial *trial, const struct modes_batch *batch,
                        const char *const *names, size_t count,
                        struct modes_result *result)
{
    const unsigned first = trial->outputs;
    for (size_t i = 0; i < count; i++) {
        struct ml_measured_run measured;
        if (!trial_go_memory(trial, names[i], "auto", batch->folder,
                             batch->options, &measured))
            return false;
        result->peak_mb[i] = (double)measured.peak_pss_bytes / TRIAL_MB;
        result->same[i] =
            i == 0 || trial_same(trial, first, first + (unsigned)i);
    }
    return true;
}

static bool modes_time(struct trial *trial, const struct modes_batch *batch,
                       const char *const *names, size_t count,
                       struct modes_result *result)
{
    size_t round = 0;
    trial_begin(trial);
    while (round < trial->rounds) {
        double busy = 0;
        for (size_t k = 0; k < count; k++) {
            /* Every second round backwards, so that no mode is always first. */
            const size_t i = round % 2 == 0 ? k : count - 1 - k;
            struct ml_measured_run measured;
            if (!trial_go(trial, names[i], "auto", batch->folder,
                          batch->options, &measured, &busy))
                return false;
            result->rates[i][round] =
                (double)measured.metrics.done / measured.wall_s;
        }
        round += trial_counts(trial, busy);
    }
    for (size_t i = 0; i < count; i++)
        result->medians[i] =
            ml_stats_of(result->rates[i], trial->rounds).median;
    return true;
}

static bool modes_print(const struct trial *trial, const char *const *names,
                        size_t count, struct modes_result *result)
{
    double best = 0, best_fixed = 0;
    bool well = true;
    for (size_t i = 0; i < count; i++) {
        if (result->medians[i] > best)
            best = result->medians[i];
        if (i + 1 < count && result->medians[i] > best_fixed)
            best_fixed = result->medians[i];
    }
    for (size_t i = 0; i < count; i++) {
        char what[64], more[96];
        (void)snprintf(what, sizeof what, "%s: pictures a second", names[i]);
        (void)snprintf(more, sizeof more, "%5.1f %% of the best, %5.1f MB, %s",
                       100 * result->medians[i] / best, result->peak_mb[i],
                       result->same[i] ? "same bytes" : "BYTES DIFFER");
        trial_print(what, result->rates[i], trial->rounds, "/s", more);
        well = well && result->same[i];
    }
    printf("  %-48s %8.1f %%\n", "auto over the best fixed mode, at least 97",
           100 * result->medians[count - 1] / best_fixed);
    return well;
}

static bool modes_batch_run(struct trial *trial,
                            const struct modes_batch *batch)
{
    struct modes_result result;
    const char *names[MODES_MAX];
    const size_t count = modes_names(names);
    if (!trial_has(trial, batch->folder)) {
        printf("SKIP %s: no pictures\n\n", batch->folder);
        return true;
    }
    if (!modes_probe(trial, batch, names, count, &result) ||
        !modes_time(trial, batch, names, count, &result))
        return false;
    printf("%s, whole runs, peak memory of all processes (PSS)\n",
           batch->title);
    const bool well = modes_print(trial, names, count, &result);
    trial_end(trial);
    return well;
}

int main(int argc, char **argv)
{
    uint64_t rounds = 0;
    bool well = true;
    if (argc != 5 || !ml_parse_u64(argv[4], &rounds) || rounds < 1 ||
        rounds > TRIAL_ROUNDS_MAX) {
        fprintf(stderr,
                "usage: bench_modes PROGRAM PICTURES OUT ROUNDS (1 to %d)\n",
                TRIAL_ROUNDS_MAX);
        return 2;
    }
    struct trial trial = {.program = argv[1],
                          .data = argv[2],
                          .out = argv[3],
                          .rounds = (size_t)rounds};
    trial_head(ML_BENCH_FLAGS);
    for (size_t i = 0; i < sizeof modes_batches / sizeof *modes_batches; i++)
        well = modes_batch_run(&trial, &modes_batches[i]) && well;
    return well ? 0 : 1;
}
