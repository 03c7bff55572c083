/* line.c: what the line costs, as ratios within one run.
 *
 *     bench_line PROGRAM DATA ROUNDS PART
 *
 * DATA is a folder that bench/line has filled; outputs go below it.  The exit
 * code tells whether everything ran and all modes agreed; no time is judged by
 * it.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/strbuf.h"
#include "pipeline/plan/plan.h"
#include "trial.h"

#define LINE_MODES_MAX 16

static const char *const line_web[] = {"--filter", "resize:1600", NULL};
static const char *const line_sharp[] = {"--filter", "resize:1600", "--filter",
                                         "sharpen:0.5", NULL};
static const char *const line_small[] = {"--filter", "resize:600", NULL};
static const char *const line_thumb[] = {"--filter", "resize:150", NULL};
static const char *const line_blur[] = {"--filter", "blur:2", NULL};

/* Two programs at one time, each with half of the work: what the machine can
 * give at most. */
static bool line_go_halves(struct trial *line, struct ml_measured_run *measured,
                           double *machine_busy_by_others)
{
    struct trial_run a, b;
    struct ml_measured_run both[2];
    double now;
    trial_prepare(line, &a, "serial", "1", "six/a", line_web);
    trial_prepare(line, &b, "serial", "1", "six/b", line_web);
    const char *const *const argvs[] = {a.argv, b.argv};
    if (!trial_watch(argvs, 2, false, both, &now))
        return false;
    *machine_busy_by_others =
        now > *machine_busy_by_others ? now : *machine_busy_by_others;
    *measured = both[both[0].wall_s < both[1].wall_s];
    return true;
}

static double line_computing(const struct ml_measured_run *measured)
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

struct line_speed {
    double outside[TRIAL_ROUNDS_MAX], read[TRIAL_ROUNDS_MAX];
    double write[TRIAL_ROUNDS_MAX], rest[TRIAL_ROUNDS_MAX];
    double start_ms[TRIAL_ROUNDS_MAX];
    double gain[SPEED_KINDS][TRIAL_ROUNDS_MAX];
};

static void line_speed_note(struct line_speed *speed, size_t round,
                            const struct ml_measured_run *kinds)
{
    const struct ml_measured_run *serial = &kinds[SPEED_SERIAL];
    const double all = serial->metrics.seconds;
    const double inside = line_computing(serial);
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

static bool line_speed(struct trial *line)
{
    struct line_speed speed;
    struct ml_measured_run kinds[SPEED_KINDS];
    size_t round = 0;
    trial_begin(line);
    while (round < line->rounds) {
        double others = 0;
        if (!trial_go(line, "serial", "1", "six", line_web,
                      &kinds[SPEED_SERIAL], &others) ||
            !trial_go(line, "threads", "2", "six", line_web,
                      &kinds[SPEED_THREADS], &others) ||
            !trial_go(line, "processes", "2", "six", line_web,
                      &kinds[SPEED_PROCESSES], &others) ||
            !line_go_halves(line, &kinds[SPEED_HALVES], &others))
            return false;
        if (trial_counts(line, others))
            line_speed_note(&speed, round++, kinds);
    }
    const size_t n = round;
    printf("%llu large JPEGs to 1600 px, %zu rounds in turns\n",
           (unsigned long long)kinds[SPEED_SERIAL].metrics.done, n);
    trial_print("serial: outside codecs and filters", speed.outside, n, "%",
                "at most 5");
    trial_print("  of this: reading", speed.read, n, "%", "");
    trial_print("  of this: writing", speed.write, n, "%", "");
    trial_print("  of this: all else", speed.rest, n, "%", "");
    trial_print("  apart: start-up of the program", speed.start_ms, n, "ms",
                "");
    trial_print("threads -j 2: gain over serial", speed.gain[SPEED_THREADS], n,
                "x", "at least 1.85");
    trial_print("processes -j 2: gain over serial", speed.gain[SPEED_PROCESSES],
                n, "x", "at least 1.85");
    trial_print("two serial programs side by side", speed.gain[SPEED_HALVES], n,
                "x", "the machine's own limit");
    trial_end(line);
    return true;
}

/* ---- memory ---- */

static bool line_memory_batch(struct trial *line, const char *mode,
                              const char *jobs)
{
    double few_mb[TRIAL_ROUNDS_MAX], many_mb[TRIAL_ROUNDS_MAX];
    double growth[TRIAL_ROUNDS_MAX];
    struct ml_measured_run few, many = {0};
    const size_t rounds = line->rounds < 3 ? line->rounds : 3;
    char what[80];
    for (size_t i = 0; i < rounds; i++) {
        if (!trial_go_memory(line, mode, jobs, "few", line_small, &few) ||
            !trial_go_memory(line, mode, jobs, "many", line_small, &many))
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

static bool line_memory_huge(struct trial *line, const char *mode,
                             const char *jobs)
{
    double beyond_mb[TRIAL_ROUNDS_MAX], rss_mb[TRIAL_ROUNDS_MAX];
    const size_t rounds = line->rounds < 3 ? line->rounds : 3;
    struct ml_measured_run measured;
    char what[80];
    for (size_t i = 0; i < rounds; i++) {
        if (!trial_go_memory(line, mode, jobs, "huge", line_blur, &measured))
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

static bool line_memory(struct trial *line)
{
    static const char *const modes[][2] = {
        {"serial", "1"}, {"threads", "2"}, {"processes", "2"}};
    const size_t count = sizeof modes / sizeof *modes;
    printf("Peak memory, summed over processes (PSS), pictures to 600 px\n");
    for (size_t i = 0; i < count; i++) {
        if (!line_memory_batch(line, modes[i][0], modes[i][1]))
            return false;
    }
    printf("\nOne huge baseline JPEG, blurred and encoded again\n");
    if (!line_memory_huge(line, "serial", "1") ||
        !line_memory_huge(line, "threads", "1") ||
        !line_memory_huge(line, "processes", "1"))
        return false;
    printf("\n");
    (void)fflush(stdout);
    return true;
}

/* ---- thumbnails ---- */

static bool line_thumbs_of(struct trial *line, const char *mode,
                           const char *jobs)
{
    double beyond[TRIAL_ROUNDS_MAX], inside[TRIAL_ROUNDS_MAX];
    double files[TRIAL_ROUNDS_MAX];
    const double width = jobs[0] - '0';
    struct ml_measured_run measured;
    char what[80];
    size_t round = 0;
    trial_begin(line);
    while (round < line->rounds) {
        double others = 0;
        if (!trial_go(line, mode, jobs, "thumbs", line_thumb, &measured,
                      &others))
            return false;
        if (!trial_counts(line, others))
            continue;
        const double each_ms = 1e3 / (double)measured.metrics.done;
        inside[round] = line_computing(&measured) * each_ms;
        files[round] =
            (measured.metrics.read_s + measured.metrics.write_s) * each_ms;
        beyond[round] =
            measured.metrics.seconds * width * each_ms - inside[round];
        round++;
    }
    (void)snprintf(what, sizeof what, "%s -j %s: beyond codecs and filters",
                   mode, jobs);
    trial_print(what, beyond, round, "ms", "at most 0.25");
    trial_print("  reading and writing, maybe meanwhile", files, round, "ms",
                "");
    trial_print("  in codecs and filters", inside, round, "ms", "");
    trial_end(line);
    return true;
}

static bool line_thumbs(struct trial *line)
{
    printf("Thumbnails of small JPEGs, a picture: time of the run x workers, "
           "less what they computed\n");
    return line_thumbs_of(line, "serial", "1") &&
           line_thumbs_of(line, "threads", "2") &&
           line_thumbs_of(line, "processes", "1") &&
           line_thumbs_of(line, "processes", "2");
}

/* ---- all modes ---- */

static bool line_modes(struct trial *line)
{
    double rates[LINE_MODES_MAX][TRIAL_ROUNDS_MAX];
    unsigned outputs[LINE_MODES_MAX];
    struct ml_measured_run measured = {0};
    size_t count, round = 0, differ = 0;
    const struct ml_mode *modes = ml_modes(&count);
    char what[80];
    count = count < LINE_MODES_MAX ? count : LINE_MODES_MAX;
    if (!trial_has(line, "real")) {
        printf("SKIP photos: the corpus has none here\n");
        return true;
    }
    trial_begin(line);
    while (round < line->rounds) {
        double others = 0;
        for (size_t i = 0; i < count; i++) {
            outputs[i] = line->outputs;
            if (!trial_go(line, modes[i].name, "2", "real", line_sharp,
                          &measured, &others))
                return false;
            rates[i][round] = (double)measured.metrics.done / measured.wall_s;
        }
        if (trial_counts(line, others))
            round++;
    }
    printf("%llu photos, resize:1600 and sharpen:0.5, -j 2\n",
           (unsigned long long)measured.metrics.done);
    for (size_t i = 0; i < count; i++) {
        const bool same = i == 0 || trial_same(line, outputs[0], outputs[i]);
        differ += !same;
        (void)snprintf(what, sizeof what, "%s: pictures a second",
                       modes[i].name);
        trial_print(what, rates[i], round, "/s",
                    same ? "same bytes" : "BYTES DIFFER");
    }
    trial_end(line);
    return differ == 0;
}

/* ---- all of it ---- */

/* One part of the figures, by name; all of them for "all". */
struct line_part {
    const char *name;
    bool (*print)(struct trial *line);
};

static const struct line_part line_parts[] = {{"speed", line_speed},
                                              {"thumbs", line_thumbs},
                                              {"memory", line_memory},
                                              {"photos", line_modes}};

static bool line_print_parts(struct trial *line, const char *wanted)
{
    const size_t count = sizeof line_parts / sizeof *line_parts;
    bool well = true, known = false;
    for (size_t i = 0; i < count && well; i++) {
        if (strcmp(wanted, "all") != 0 &&
            strcmp(wanted, line_parts[i].name) != 0)
            continue;
        known = true;
        well = line_parts[i].print(line);
    }
    if (!known)
        fprintf(stderr, "bench_line: there is no part '%s'\n", wanted);
    return well && known;
}

int main(int argc, char **argv)
{
    uint64_t rounds = 0;
    if (argc != 5 || !ml_parse_u64(argv[3], &rounds) || rounds < 1 ||
        rounds > TRIAL_ROUNDS_MAX) {
        fprintf(stderr,
                "usage: bench_line PROGRAM DATA ROUNDS PART (1 to %d rounds; "
                "all, speed, thumbs, memory, photos)\n",
                TRIAL_ROUNDS_MAX);
        return 2;
    }
    char out[TRIAL_PATH];
    struct trial line = {.program = argv[1],
                         .data = argv[2],
                         .out = out,
                         .rounds = (size_t)rounds};
    (void)snprintf(out, sizeof out, "%s/out", line.data);
    if (mkdir(out, 0777) != 0) {
        perror(out);
        return 1;
    }
    trial_head(ML_BENCH_FLAGS);
    return line_print_parts(&line, argv[4]) ? 0 : 1;
}
