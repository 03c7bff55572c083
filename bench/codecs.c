/* codecs.c: what decoding and encoding cost, memory to memory: no files, no
 * filters, no pipeline.
 *
 *     bench_codecs ROUNDS FILE...
 *
 * Every picture is held as JPEG, as PNG and as rows; the missing one of the two
 * formats is encoded once, at the default quality or level.  A round runs each
 * case once over all pictures, with one thread and then with two, each of which
 * does all of them, so that a change of the machine's speed reaches all cases.
 * The table has the medians over the rounds and the spread of their middle
 * half.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/stats.h"
#include "base/clock.h"
#include "base/strbuf.h"
#include "codecs.h"

#define CODECS_ROUNDS_MAX 25
#define CODECS_PICTURES_MAX 256
#define CODECS_THREADS 2
#define CODECS_CASES_MAX 64

struct codecs_row {
    const struct codecs_case *kase;
    double seconds[CODECS_THREADS][CODECS_ROUNDS_MAX];
    uint64_t bytes; /* written, all pictures */
};

struct codecs {
    struct codecs_picture pictures[CODECS_PICTURES_MAX];
    size_t picture_count;
    struct codecs_worker workers[CODECS_THREADS];
    struct codecs_row rows[CODECS_CASES_MAX];
    size_t row_count, rounds;
    double megapixels;
};

/* One thread's pass over all pictures. */
struct codecs_pass {
    struct codecs *codecs;
    struct codecs_worker *worker;
    const struct codecs_case *kase;
    uint64_t bytes;
    bool ok;
};

static void codecs_stop(const char *what, const char *why)
{
    fprintf(stderr, "bench_codecs: %s: %s\n", what, why);
    exit(1);
}

/* ---- pictures ---- */

static void codecs_read(struct codecs *codecs, const char *path)
{
    if (codecs->picture_count == CODECS_PICTURES_MAX)
        codecs_stop(path, "too many pictures");
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0)
        codecs_stop(path, "cannot be read");
    const long size = ftell(file);
    uint8_t *data = size > 0 ? malloc((size_t)size) : NULL;
    rewind(file);
    if (!data || fread(data, 1, (size_t)size, file) != (size_t)size)
        codecs_stop(path, "cannot be read");
    (void)fclose(file);
    struct codecs_picture *picture = &codecs->pictures[codecs->picture_count++];
    const struct ml_bytes bytes = {data, (size_t)size};
    if (!codecs_picture_open(picture, &codecs->workers[0], bytes))
        codecs_stop(path, codecs->workers[0].err.why);
    free(data);
    codecs->megapixels +=
        picture->shape.width * (double)picture->shape.height / 1e6;
}

/* ---- timing ---- */

static void *codecs_thread(void *argument)
{
    struct codecs_pass *pass = argument;
    pass->ok = true;
    for (size_t i = 0; pass->ok && i < pass->codecs->picture_count; i++) {
        const struct codecs_picture *picture = &pass->codecs->pictures[i];
        size_t size = 0;
        ml_arena_reset(&pass->worker->arena, 0);
        pass->ok =
            pass->kase->run(pass->worker, picture, pass->kase->with, &size);
        pass->bytes += size;
    }
    return NULL;
}

/* Seconds until `threads` have each done all pictures. */
static double codecs_time(struct codecs *codecs, struct codecs_row *row,
                          unsigned threads)
{
    struct codecs_pass passes[CODECS_THREADS];
    pthread_t ids[CODECS_THREADS];
    const uint64_t start = ml_now_ns();
    for (unsigned t = 0; t < threads; t++) {
        passes[t] = (struct codecs_pass){codecs, &codecs->workers[t], row->kase,
                                         0, false};
        if (pthread_create(&ids[t], NULL, codecs_thread, &passes[t]) != 0)
            codecs_stop("thread", "cannot be started");
    }
    for (unsigned t = 0; t < threads; t++)
        (void)pthread_join(ids[t], NULL);
    const double seconds = (double)(ml_now_ns() - start) / 1e9;
    for (unsigned t = 0; t < threads; t++)
        if (!passes[t].ok)
            codecs_stop(row->kase->name, codecs->workers[t].err.why);
    row->bytes = passes[0].bytes;
    return seconds;
}

static void codecs_round(struct codecs *codecs, size_t round)
{
    for (size_t r = 0; r < codecs->row_count; r++)
        for (unsigned threads = 1; threads <= CODECS_THREADS; threads++)
            codecs->rows[r].seconds[threads - 1][round] =
                codecs_time(codecs, &codecs->rows[r], threads);
}

/* ---- printing ---- */

static void codecs_print_row(struct codecs *codecs, struct codecs_row *row)
{
    const char *name = row->kase->name;
    printf("  %-34s", name);
    for (unsigned t = 0; t < CODECS_THREADS; t++) {
        const struct ml_stats stats =
            ml_stats_of(row->seconds[t], codecs->rounds);
        const double passes = (t + 1) / stats.median;
        printf(" %8.1f %8.1f %4.0f %%", passes * (double)codecs->picture_count,
               passes * codecs->megapixels, 100 * stats.spread);
    }
    if (row->bytes)
        printf(" %10.1f",
               (double)row->bytes / 1e3 / (double)codecs->picture_count);
    printf("\n");
}

static void codecs_print(struct codecs *codecs)
{
    printf("%s, %s\n", __VERSION__, ML_BENCH_FLAGS);
    printf("%zu pictures, %.2f MP each on average, %zu rounds\n\n",
           codecs->picture_count,
           codecs->megapixels / (double)codecs->picture_count, codecs->rounds);
    printf("  %-34s %25s %25s %10s\n", "", "one thread     ",
           "two threads     ", "");
    printf("  %-34s %8s %8s %6s %8s %8s %6s %10s\n", "", "images/s", "MP/s",
           "spread", "images/s", "MP/s", "spread", "KB each");
    for (size_t r = 0; r < codecs->row_count; r++)
        codecs_print_row(codecs, &codecs->rows[r]);
}

int main(int argc, char **argv)
{
    static struct codecs codecs; /* too large for a stack */
    uint64_t rounds;
    struct ml_error err;
    if (argc < 3 || !ml_parse_u64(argv[1], &rounds) || rounds < 1 ||
        rounds > CODECS_ROUNDS_MAX) {
        fprintf(stderr,
                "usage: bench_codecs ROUNDS FILE..., at most %d "
                "rounds\n",
                CODECS_ROUNDS_MAX);
        return 2;
    }
    codecs.rounds = (size_t)rounds;
    for (unsigned t = 0; t < CODECS_THREADS; t++)
        if (!codecs_worker_open(&codecs.workers[t], &err))
            codecs_stop(err.what, err.why);
    for (int i = 2; i < argc; i++)
        codecs_read(&codecs, argv[i]);
    for (size_t i = 0; i < codecs_case_count; i++)
        codecs.rows[codecs.row_count++].kase = &codecs_cases[i];
    if (codecs.rounds > 1)
        codecs_round(&codecs, 0); /* warm-up; overwritten */
    for (size_t round = 0; round < codecs.rounds; round++)
        codecs_round(&codecs, round);
    codecs_print(&codecs);
    for (size_t i = 0; i < codecs.picture_count; i++)
        codecs_picture_close(&codecs.pictures[i]);
    for (unsigned t = 0; t < CODECS_THREADS; t++)
        codecs_worker_close(&codecs.workers[t]);
    return 0;
}
