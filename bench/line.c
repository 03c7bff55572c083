/* line.c: what the line costs, as ratios within one run.
 *
 *     bench_line PROGRAM DATA ROUNDS PART
 *
 * DATA is a folder that bench/line has filled; outputs go below it and are not
 * removed in between (a file system may be slow to reuse what was just freed).
 * Times of others on the machine are watched: a round in which they had more
 * than a little is done again, and when that does not help, it is said.
 * The exit code tells whether everything ran and all modes agreed; no time is
 * judged by it.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "measure/stats.h"
#include "pipeline/plan.h"
#include "watch.h"

#define LINE_ROUNDS_MAX 25
#define LINE_DISTURBED                                                         \
    0.03               /* of the machine, by others: not a free machine        \
                        */
#define LINE_REPEATS 2 /* rounds done again for each one wanted */
#define LINE_MODES_MAX 16
#define LINE_PATH 1024
#define LINE_MB 1e6

struct line {
    const char *program, *data;
    size_t rounds;
    unsigned outputs; /* folders made */
    size_t repeats_left, repeated, disturbed;
};

/* One command line of `minilab run`. */
struct line_run {
    char in[LINE_PATH], out[LINE_PATH];
    const char *argv[24];
};

static const char *const line_web[] = {"resize:1600", NULL};
static const char *const line_sharp[] = {"resize:1600", "sharpen:0.5", NULL};
static const char *const line_small[] = {"resize:600", NULL};
static const char *const line_thumb[] = {"resize:150", NULL};
static const char *const line_blur[] = {"blur:2", NULL};

/* ---- running ---- */

static void line_prepare(struct line *line, struct line_run *run,
                         const char *mode, const char *jobs, const char *folder,
                         const char *const *filters)
{
    const char *const head[] = {line->program, "run",    "--json", "--silent",
                                "--mode",      mode,     "--jobs", jobs,
                                "--output",    run->out, run->in};
    size_t count = sizeof head / sizeof *head;
    (void)snprintf(run->in, sizeof run->in, "%s/%s", line->data, folder);
    (void)snprintf(run->out, sizeof run->out, "%s/out/%u", line->data,
                   line->outputs++);
    memset(run->argv, 0, sizeof run->argv);
    memcpy(run->argv, head, sizeof head);
    for (size_t i = 0; filters[i]; i++) {
        run->argv[count++] = "--filter";
        run->argv[count++] = filters[i];
    }
}

/* Run one; *disturbed grows to the worst seen. */
static bool line_go(struct line *line, const char *mode, const char *jobs,
                    const char *folder, const char *const *filters,
                    struct watch *watch, double *disturbed)
{
    struct line_run run;
    double now;
    line_prepare(line, &run, mode, jobs, folder, filters);
    const char *const *const argv = run.argv;
    if (!watch_run(&argv, 1, false, watch, &now))
        return false;
    *disturbed = now > *disturbed ? now : *disturbed;
    return true;
}

/* Two programs at one time, each with half of the work: what the machine can
 * give at most. */
static bool line_go_halves(struct line *line, struct watch *watch,
                           double *disturbed)
{
    struct line_run a, b;
    struct watch both[2];
    double now;
    line_prepare(line, &a, "serial", "1", "six/a", line_web);
    line_prepare(line, &b, "serial", "1", "six/b", line_web);
    const char *const *const argvs[] = {a.argv, b.argv};
    if (!watch_run(argvs, 2, false, both, &now))
        return false;
    *disturbed = now > *disturbed ? now : *disturbed;
    *watch = both[both[0].wall_s < both[1].wall_s];
    return true;
}

/* ---- rounds ---- */

static void line_begin(struct line *line)
{
    line->repeats_left = line->rounds > 1 ? LINE_REPEATS * line->rounds : 0;
    line->repeated = line->disturbed = 0;
}

/* Is this round good enough to be counted? */
static bool line_counts(struct line *line, double disturbed)
{
    if (disturbed <= LINE_DISTURBED)
        return true;
    if (line->repeats_left > 0) {
        line->repeats_left--;
        line->repeated++;
        return false;
    }
    line->disturbed++;
    return true;
}

static void line_end(const struct line *line)
{
    if (line->repeated > 0)
        printf("  %zu rounds disturbed by others on this machine were done "
               "again\n",
               line->repeated);
    if (line->disturbed > 0)
        printf("  WARNING: others had more than %.0f %% of the machine in %zu "
               "of %zu rounds\n",
               100 * LINE_DISTURBED, line->disturbed, line->rounds);
    printf("\n");
    (void)fflush(stdout);
}

/* Median and spread of one figure; `values` get sorted. */
static void line_print(const char *what, double *values, size_t count,
                       const char *unit, const char *target)
{
    const struct ml_stats stats = ml_stats_of(values, count);
    printf("  %-48s %8.3f %-5s [%.3f, %.3f]  %s\n", what, stats.median, unit,
           stats.min, stats.max, target);
}

static double line_computing(const struct watch *watch)
{
    return watch->decode_s + watch->filter_s + watch->encode_s;
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
    double outside[LINE_ROUNDS_MAX], read[LINE_ROUNDS_MAX];
    double write[LINE_ROUNDS_MAX], rest[LINE_ROUNDS_MAX];
    double start_ms[LINE_ROUNDS_MAX];
    double gain[SPEED_KINDS][LINE_ROUNDS_MAX];
};

static void line_speed_note(struct line_speed *speed, size_t round,
                            const struct watch *kinds)
{
    const struct watch *serial = &kinds[SPEED_SERIAL];
    const double all = serial->seconds;
    const double inside = line_computing(serial);
    speed->outside[round] = 100 * (all - inside) / all;
    speed->read[round] = 100 * serial->read_s / all;
    speed->write[round] = 100 * serial->write_s / all;
    speed->rest[round] =
        100 * (all - inside - serial->read_s - serial->write_s) / all;
    speed->start_ms[round] = 1e3 * (serial->wall_s - all);
    for (size_t i = SPEED_THREADS; i < SPEED_KINDS; i++)
        speed->gain[i][round] = serial->wall_s / kinds[i].wall_s;
}

static bool line_speed(struct line *line)
{
    struct line_speed speed;
    struct watch kinds[SPEED_KINDS];
    size_t round = 0;
    line_begin(line);
    while (round < line->rounds) {
        double others = 0;
        if (!line_go(line, "serial", "1", "six", line_web, &kinds[SPEED_SERIAL],
                     &others) ||
            !line_go(line, "threads", "2", "six", line_web,
                     &kinds[SPEED_THREADS], &others) ||
            !line_go(line, "processes", "2", "six", line_web,
                     &kinds[SPEED_PROCESSES], &others) ||
            !line_go_halves(line, &kinds[SPEED_HALVES], &others))
            return false;
        if (line_counts(line, others))
            line_speed_note(&speed, round++, kinds);
    }
    const size_t n = round;
    printf("%llu large JPEGs to 1600 px, %zu rounds in turns\n",
           (unsigned long long)kinds[SPEED_SERIAL].done, n);
    line_print("serial: outside codecs and filters", speed.outside, n, "%",
               "at most 5");
    line_print("  of this: reading", speed.read, n, "%", "");
    line_print("  of this: writing", speed.write, n, "%", "");
    line_print("  of this: all else", speed.rest, n, "%", "");
    line_print("  apart: start-up of the program", speed.start_ms, n, "ms", "");
    line_print("threads -j 2: gain over serial", speed.gain[SPEED_THREADS], n,
               "x", "at least 1.85");
    line_print("processes -j 2: gain over serial", speed.gain[SPEED_PROCESSES],
               n, "x", "at least 1.85");
    line_print("two serial programs side by side", speed.gain[SPEED_HALVES], n,
               "x", "the machine's own limit");
    line_end(line);
    return true;
}

/* ---- memory ---- */

static bool line_memory_run(struct line *line, const char *mode,
                            const char *jobs, const char *folder,
                            const char *const *filters, struct watch *watch)
{
    struct line_run run;
    line_prepare(line, &run, mode, jobs, folder, filters);
    const char *const *const argv = run.argv;
    return watch_run(&argv, 1, true, watch, NULL);
}

static bool line_memory_batch(struct line *line, const char *mode,
                              const char *jobs)
{
    double few_mb[LINE_ROUNDS_MAX], many_mb[LINE_ROUNDS_MAX];
    double growth[LINE_ROUNDS_MAX];
    struct watch few, many = {0};
    const size_t rounds = line->rounds < 3 ? line->rounds : 3;
    char what[80];
    for (size_t i = 0; i < rounds; i++) {
        if (!line_memory_run(line, mode, jobs, "few", line_small, &few) ||
            !line_memory_run(line, mode, jobs, "many", line_small, &many))
            return false;
        few_mb[i] = (double)few.peak_pss_bytes / LINE_MB;
        many_mb[i] = (double)many.peak_pss_bytes / LINE_MB;
        growth[i] = 100 * (many_mb[i] / few_mb[i] - 1);
    }
    (void)snprintf(what, sizeof what, "%s -j %s: peak at %llu pictures", mode,
                   jobs, (unsigned long long)few.done);
    line_print(what, few_mb, rounds, "MB", "");
    (void)snprintf(what, sizeof what, "%s -j %s: peak at %llu pictures", mode,
                   jobs, (unsigned long long)many.done);
    line_print(what, many_mb, rounds, "MB", "");
    line_print("  growth", growth, rounds, "%", "at most 5");
    return true;
}

static bool line_memory_huge(struct line *line, const char *mode,
                             const char *jobs)
{
    double beyond_mb[LINE_ROUNDS_MAX], rss_mb[LINE_ROUNDS_MAX];
    const size_t rounds = line->rounds < 3 ? line->rounds : 3;
    struct watch watch;
    char what[80];
    for (size_t i = 0; i < rounds; i++) {
        if (!line_memory_run(line, mode, jobs, "huge", line_blur, &watch))
            return false;
        const double files =
            (double)(watch.bytes_in + watch.bytes_out) / LINE_MB;
        beyond_mb[i] = (double)watch.peak_pss_bytes / LINE_MB - files;
        rss_mb[i] = (double)watch.peak_rss_bytes / LINE_MB;
    }
    (void)snprintf(what, sizeof what, "%s -j %s: all processes, beyond files",
                   mode, jobs);
    line_print(what, beyond_mb, rounds, "MB", "at most 60 a worker");
    line_print("  largest single process, with files", rss_mb, rounds, "MB",
               "");
    return true;
}

static bool line_memory(struct line *line)
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

static bool line_thumbs_of(struct line *line, const char *mode,
                           const char *jobs)
{
    double beyond[LINE_ROUNDS_MAX], inside[LINE_ROUNDS_MAX];
    double files[LINE_ROUNDS_MAX];
    const double width = jobs[0] - '0';
    struct watch watch;
    char what[80];
    size_t round = 0;
    line_begin(line);
    while (round < line->rounds) {
        double others = 0;
        if (!line_go(line, mode, jobs, "thumbs", line_thumb, &watch, &others))
            return false;
        if (!line_counts(line, others))
            continue;
        const double each_ms = 1e3 / (double)watch.done;
        inside[round] = line_computing(&watch) * each_ms;
        files[round] = (watch.read_s + watch.write_s) * each_ms;
        beyond[round] = watch.seconds * width * each_ms - inside[round];
        round++;
    }
    (void)snprintf(what, sizeof what, "%s -j %s: beyond codecs and filters",
                   mode, jobs);
    line_print(what, beyond, round, "ms", "at most 0.25");
    line_print("  reading and writing, maybe meanwhile", files, round, "ms",
               "");
    line_print("  in codecs and filters", inside, round, "ms", "");
    line_end(line);
    return true;
}

static bool line_thumbs(struct line *line)
{
    printf("Thumbnails of small JPEGs, a picture: time of the run x workers, "
           "less what they computed\n");
    return line_thumbs_of(line, "serial", "1") &&
           line_thumbs_of(line, "threads", "2") &&
           line_thumbs_of(line, "processes", "1") &&
           line_thumbs_of(line, "processes", "2");
}

/* ---- all modes ---- */

/* Do two outputs agree in every byte? */
static bool line_same(const struct line *line, unsigned a, unsigned b)
{
    char paths[2][LINE_PATH];
    (void)snprintf(paths[0], LINE_PATH, "%s/out/%u", line->data, a);
    (void)snprintf(paths[1], LINE_PATH, "%s/out/%u", line->data, b);
    const pid_t pid = fork();
    int status = -1;
    if (pid == 0) {
        const int quiet = open("/dev/null", O_WRONLY | O_CLOEXEC);
        (void)dup2(quiet, STDOUT_FILENO);
        (void)dup2(quiet, STDERR_FILENO);
        (void)execl(line->program, line->program, "verify", paths[0], paths[1],
                    (char *)NULL);
        _exit(127);
    }
    return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

static bool line_has(const struct line *line, const char *folder)
{
    char path[LINE_PATH];
    struct stat facts;
    (void)snprintf(path, sizeof path, "%s/%s", line->data, folder);
    return stat(path, &facts) == 0;
}

static bool line_modes(struct line *line)
{
    double rates[LINE_MODES_MAX][LINE_ROUNDS_MAX];
    unsigned outputs[LINE_MODES_MAX];
    struct watch watch = {0};
    size_t count, round = 0, differ = 0;
    const struct ml_mode *modes = ml_modes(&count);
    char what[80];
    count = count < LINE_MODES_MAX ? count : LINE_MODES_MAX;
    if (!line_has(line, "real")) {
        printf("SKIP photos: the corpus has none here\n");
        return true;
    }
    line_begin(line);
    while (round < line->rounds) {
        double others = 0;
        for (size_t i = 0; i < count; i++) {
            outputs[i] = line->outputs;
            if (!line_go(line, modes[i].name, "2", "real", line_sharp, &watch,
                         &others))
                return false;
            rates[i][round] = (double)watch.done / watch.wall_s;
        }
        if (line_counts(line, others))
            round++;
    }
    printf("%llu photos, resize:1600 and sharpen:0.5, -j 2\n",
           (unsigned long long)watch.done);
    for (size_t i = 0; i < count; i++) {
        const bool same = i == 0 || line_same(line, outputs[0], outputs[i]);
        differ += !same;
        (void)snprintf(what, sizeof what, "%s: pictures a second",
                       modes[i].name);
        line_print(what, rates[i], round, "/s",
                   same ? "same bytes" : "BYTES DIFFER");
    }
    line_end(line);
    return differ == 0;
}

/* ---- all of it ---- */

/* One part of the figures, by name; all of them for "all". */
struct line_part {
    const char *name;
    bool (*print)(struct line *line);
};

static const struct line_part line_parts[] = {{"speed", line_speed},
                                              {"thumbs", line_thumbs},
                                              {"memory", line_memory},
                                              {"photos", line_modes}};

static bool line_print_parts(struct line *line, const char *wanted)
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
    double load = 0;
    if (argc != 5 || !ml_parse_u64(argv[3], &rounds) || rounds < 1 ||
        rounds > LINE_ROUNDS_MAX) {
        fprintf(stderr,
                "usage: bench_line PROGRAM DATA ROUNDS PART (1 to %d rounds; "
                "all, speed, thumbs, memory, photos)\n",
                LINE_ROUNDS_MAX);
        return 2;
    }
    struct line line = {
        .program = argv[1], .data = argv[2], .rounds = (size_t)rounds};
    char out[LINE_PATH];
    (void)snprintf(out, sizeof out, "%s/out", line.data);
    if (mkdir(out, 0777) != 0) {
        perror(out);
        return 1;
    }
    (void)getloadavg(&load, 1);
    printf("flags      %s\n\n", ML_BENCH_FLAGS);
    printf("%-50s %8s %-5s [least, most]  target\n\n", "", "median", "");
    if (load > 0.5)
        printf("WARNING: load average is %.1f at the start: the machine is not "
               "free\n\n",
               load);
    return line_print_parts(&line, argv[4]) ? 0 : 1;
}
