/* pipeline.c: what the pipeline costs beside codecs and filters, as ratios
 * within one run.
 *
 *     bench_pipeline PROGRAM DATA ROUNDS PART
 *
 * DATA is a folder that bench/pipeline has filled; outputs are written below
 * it.  The exit code is 0 when every run succeeded and all modes wrote the same
 * bytes; times do not change it.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/strbuf.h"
#include "pipeline/plan/plan.h"
#include "trial.h"

#define PIPELINE_MODES_MAX 16

static const char *const pipeline_web[] = {"--filter", "resize:1600", NULL};
static const char *const pipeline_sharp[] = {"--filter", "resize:1600",
                                             "--filter", "sharpen:0.5", NULL};
static const char *const pipeline_small[] = {"--filter", "resize:600", NULL};
static const char *const pipeline_thumb[] = {"--filter", "resize:150", NULL};
static const char *const pipeline_blur[] = {"--filter", "blur:2", NULL};

/* Two programs at the same time, each with half of the pictures: the limit of
 * the machine. */
static bool pipeline_go_halves(struct trial *trial,
                               struct ml_measured_run *measured,
                               double *machine_busy_by_others)
{
    struct trial_run a, b;
    struct ml_measured_run both[2];
    double now;
    trial_prepare(trial, &a, "serial", "1", "six/a", pipeline_web);
    trial_prepare(trial, &b, "serial", "1", "six/b", pipeline_web);
    const char *const *const argvs[] = {a.argv, b.argv};
    if (!trial_watch(argvs, 2, false, both, &now))
        return false;
    *machine_busy_by_others =
        now > *machine_busy_by_others ? now : *machine_busy_by_others;
    *measured = both[both[0].wall_s < both[1].wall_s];
    return true;
}

static double pipeline_computing(const struct ml_measured_run *measured)
{
    return measured->metrics.decode_s + measured->metrics.filter_s +
           measured->metrics.encode_s;
}

/* ---- speed ---- */

enum {
    SPEED_SERIAL,
    SPEED_THREADS,
    SPEED_PROCESSES,
    SPEED_HALVES,
    SPEED_KINDS
};

struct pipeline_speed {
    double outside[TRIAL_ROUNDS_MAX], read[TRIAL_ROUNDS_MAX];
    double write[TRIAL_ROUNDS_MAX], rest[TRIAL_ROUNDS_MAX];
    double start_ms[TRIAL_ROUNDS_MAX];
    double gain[SPEED_KINDS][TRIAL_ROUNDS_MAX];
};

static void pipeline_speed_note(struct pipeline_speed *speed, size_t round,
                                const struct ml_measured_run *kinds)
{
    const struct ml_measured_run *serial = &kinds[SPEED_SERIAL];
    const double all = serial->metrics.seconds;
    const double inside = pipeline_computing(serial);
    speed->outside[round] = 100 * (all - inside) / all;
    speed->read[round] = 100 * serial->metrics.read_s / all;
    speed->write[round] = 100 * serial->metrics.write_s / all;
    speed->rest[round] =
        100 *
        (all - inside - serial->metrics.read_s - serial->metrics.write_s) / all;
    speed->start_ms[round] = 1e3 * (serial->wall_s - all);
    for (size_t i = SPEED_THREADS; i < SPEED_KINDS; i++)
        speed->gain[i][round] = serial->wall_s / kinds[i].wall_s;
}

static bool pipeline_speed(struct trial *trial)
{
    struct pipeline_speed speed;
    struct ml_measured_run kinds[SPEED_KINDS];
    size_t round = 0;
    trial_begin(trial);
    while (round < trial->rounds) {
        double busy = 0;
        if (!trial_go(trial, "serial", "1", "six", pipeline_web,
                      &kinds[SPEED_SERIAL], &busy) ||
            !trial_go(trial, "threads", "2", "six", pipeline_web,
                      &kinds[SPEED_THREADS], &busy) ||
            !trial_go(trial, "processes", "2", "six", pipeline_web,
                      &kinds[SPEED_PROCESSES], &busy) ||
            !pipeline_go_halves(trial, &kinds[SPEED_HALVES], &busy))
            return false;
        if (trial_counts(trial, busy))
            pipeline_speed_note(&speed, round++, kinds);
    }
    const size_t n = round;
    printf("%llu large JPEGs to 1600 px, %zu rounds in turns\n",
           (unsigned long long)kinds[SPEED_SERIAL].metrics.done, n);
    trial_print("serial: outside codecs and filters", speed.outside, n, "%",
                "at most 5");
    trial_print("  of this: reading", speed.read, n, "%", "");
    trial_print("  of this: writing", speed.write, n, "%", "");
    trial_print("  of this: everything else", speed.rest, n, "%", "");
    trial_print("  not in it: start-up of the program", speed.start_ms, n, "ms",
                "");
    trial_print("threads -j 2: gain over serial", speed.gain[SPEED_THREADS], n,
                "x", "at least 1.85");
    trial_print("processes -j 2: gain over serial", speed.gain[SPEED_PROCESSES],
                n, "x", "at least 1.85");
    trial_print("two serial programs side by side", speed.gain[SPEED_HALVES], n,
                "x", "the limit of the machine");
    trial_end(trial);
    return true;
}

/* ---- memory ---- */

static bool pipeline_memory_batch(struct trial *trial, const char *mode,
                                  const char *jobs)
{
    double few_mb[TRIAL_ROUNDS_MAX], many_mb[TRIAL_ROUNDS_MAX];
    double growth[TRIAL_ROUNDS_MAX];
    struct ml_measured_run few, many = {0};
    const size_t rounds = trial->rounds < 3 ? trial->rounds : 3;
    char what[80];
    for (size_t i = 0; i < rounds; i++) {
        if (!trial_go_memory(trial, mode, jobs, "few", pipeline_small, &few) ||
            !trial_go_memory(trial, mode, jobs, "many", pipeline_small, &many))
            return false;
        few_mb[i] = (double)few.peak_pss_bytes / TRIAL_MB;
        many_mb[i] = (double)many.peak_pss_bytes / TRIAL_MB;
        growth[i] = 100 * (many_mb[i] / few_mb[i] - 1);
    }
    (void)snprintf(what, sizeof what, "%s -j %s: peak at %llu pictures", mode,
                   jobs, (unsigned long long)few.metrics.done);
    trial_print(what, few_mb, rounds, "MB", "");
    (void)snprintf(what, sizeof what, "%s -j %s: peak at %llu pictures", mode,
                   jobs, (unsigned long long)many.metrics.done);
    trial_print(what, many_mb, rounds, "MB", "");
    trial_print("  growth", growth, rounds, "%", "at most 5");
    return true;
}

static bool pipeline_memory_huge(struct trial *trial, const char *mode,
                                 const char *jobs)
{
    double beyond_mb[TRIAL_ROUNDS_MAX], rss_mb[TRIAL_ROUNDS_MAX];
    const size_t rounds = trial->rounds < 3 ? trial->rounds : 3;
    struct ml_measured_run measured;
    char what[80];
    for (size_t i = 0; i < rounds; i++) {
        if (!trial_go_memory(trial, mode, jobs, "huge", pipeline_blur,
                             &measured))
            return false;
        const double files =
            (double)(measured.metrics.bytes_in + measured.metrics.bytes_out) /
            TRIAL_MB;
        beyond_mb[i] = (double)measured.peak_pss_bytes / TRIAL_MB - files;
        rss_mb[i] = (double)measured.peak_rss_bytes / TRIAL_MB;
    }
    (void)snprintf(what, sizeof what, "%s -j %s: all processes, beyond files",
                   mode, jobs);
    trial_print(what, beyond_mb, rounds, "MB", "at most 60 a worker");
    trial_print("  largest single process, with files", rss_mb, rounds, "MB",
                "");
    return true;
}

static bool pipeline_memory(struct trial *trial)
{
    static const char *const modes[][2] = {
        {"serial", "1"}, {"threads", "2"}, {"processes", "2"}};
    const size_t count = sizeof modes / sizeof *modes;
    printf("Peak memory, summed over processes (PSS), pictures to 600 px\n");
    for (size_t i = 0; i < count; i++) {
        if (!pipeline_memory_batch(trial, modes[i][0], modes[i][1]))
            return false;
    }
    printf("\nOne huge baseline JPEG, blurred and encoded again\n");
    if (!pipeline_memory_huge(trial, "serial", "1") ||
        !pipeline_memory_huge(trial, "threads", "1") ||
        !pipeline_memory_huge(trial, "processes", "1"))
        return false;
    printf("\n");
    (void)fflush(stdout);
    return true;
}

/* ---- thumbnails ---- */

static bool pipeline_thumbs_of(struct trial *trial, const char *mode,
                               const char *jobs)
{
    double beyond[TRIAL_ROUNDS_MAX], inside[TRIAL_ROUNDS_MAX];
    double files[TRIAL_ROUNDS_MAX];
    const double width = jobs[0] - '0';
    struct ml_measured_run measured;
    char what[80];
    size_t round = 0;
    trial_begin(trial);
    while (round < trial->rounds) {
        double busy = 0;
        if (!trial_go(trial, mode, jobs, "thumbs", pipeline_thumb, &measured,
                      &busy))
            return false;
        if (!trial_counts(trial, busy))
            continue;
        const double each_ms = 1e3 / (double)measured.metrics.done;
        inside[round] = pipeline_computing(&measured) * each_ms;
        files[round] =
            (measured.metrics.read_s + measured.metrics.write_s) * each_ms;
        beyond[round] =
            measured.metrics.seconds * width * each_ms - inside[round];
        round++;
    }
    (void)snprintf(what, sizeof what, "%s -j %s: beyond codecs and filters",
                   mode, jobs);
    trial_print(what, beyond, round, "ms", "at most 0.25");
    trial_print("  reading and writing, may overlap", files, round, "ms", "");
    trial_print("  in codecs and filters", inside, round, "ms", "");
    trial_end(trial);
    return true;
}

static bool pipeline_thumbs(struct trial *trial)
{
    printf("Thumbnails of small JPEGs, per picture: time of the run x workers, "
           "less their computing\n");
    return pipeline_thumbs_of(trial, "serial", "1") &&
           pipeline_thumbs_of(trial, "threads", "2") &&
           pipeline_thumbs_of(trial, "processes", "1") &&
           pipeline_thumbs_of(trial, "processes", "2");
}

/* ---- all modes ---- */

static bool pipeline_modes(struct trial *trial)
{
    double rates[PIPELINE_MODES_MAX][TRIAL_ROUNDS_MAX];
    unsigned outputs[PIPELINE_MODES_MAX];
    struct ml_measured_run measured = {0};
    size_t count, round = 0, differ = 0;
    const struct ml_mode *modes = ml_modes(&count);
    char what[80];
    count = count < PIPELINE_MODES_MAX ? count : PIPELINE_MODES_MAX;
    if (!trial_has(trial, "real")) {
        printf("SKIP photos: the corpus has no photos\n");
        return true;
    }
    trial_begin(trial);
    while (round < trial->rounds) {
        double busy = 0;
        for (size_t i = 0; i < count; i++) {
            outputs[i] = trial->outputs;
            if (!trial_go(trial, modes[i].name, "2", "real", pipeline_sharp,
                          &measured, &busy))
                return false;
            rates[i][round] = (double)measured.metrics.done / measured.wall_s;
        }
        if (trial_counts(trial, busy))
            round++;
    }
    printf("%llu photos, resize:1600 and sharpen:0.5, -j 2\n",
           (unsigned long long)measured.metrics.done);
    for (size_t i = 0; i < count; i++) {
        const bool same = i == 0 || trial_same(trial, outputs[0], outputs[i]);
        differ += !same;
        (void)snprintf(what, sizeof what, "%s: pictures a second",
                       modes[i].name);
        trial_print(what, rates[i], round, "/s",
                    same ? "same bytes" : "BYTES DIFFER");
    }
    trial_end(trial);
    return differ == 0;
}

/* ---- parts ---- */

/* `print` runs and prints the part; the name "all" selects every part. */
struct pipeline_part {
    const char *name;
    bool (*print)(struct trial *trial);
};

static const struct pipeline_part pipeline_parts[] = {
    {"speed", pipeline_speed},
    {"thumbs", pipeline_thumbs},
    {"memory", pipeline_memory},
    {"photos", pipeline_modes}};

static bool pipeline_print_parts(struct trial *trial, const char *wanted)
{
    const size_t count = sizeof pipeline_parts / sizeof *pipeline_parts;
    bool well = true, known = false;
    for (size_t i = 0; i < count && well; i++) {
        if (strcmp(wanted, "all") != 0 &&
            strcmp(wanted, pipeline_parts[i].name) != 0)
            continue;
        known = true;
        well = pipeline_parts[i].print(trial);
    }
    if (!known)
        fprintf(stderr, "bench_pipeline: unknown part '%s'\n", wanted);
    return well && known;
}

int main(int argc, char **argv)
{
    uint64_t rounds = 0;
    if (argc != 5 || !ml_parse_u64(argv[3], &rounds) || rounds < 1 ||
        rounds > TRIAL_ROUNDS_MAX) {
        fprintf(
            stderr,
            "usage: bench_pipeline PROGRAM DATA ROUNDS PART (1 to %d rounds; "
            "all, speed, thumbs, memory, photos)\n",
            TRIAL_ROUNDS_MAX);
        return 2;
    }
    char out[TRIAL_PATH];
    struct trial trial = {.program = argv[1],
                          .data = argv[2],
                          .out = out,
                          .rounds = (size_t)rounds};
    (void)snprintf(out, sizeof out, "%s/out", trial.data);
    if (mkdir(out, 0777) != 0) {
        perror(out);
        return 1;
    }
    trial_head(ML_BENCH_FLAGS);
    return pipeline_print_parts(&trial, argv[4]) ? 0 : 1;
}
