/* kernels.c: milliseconds that each filter takes on a 6-megapixel picture, and
 * how many times those of a plain copy of it.
 *
 * Each filter is prepared once and then makes the whole picture in bands of the
 * size that the chain uses: 32 rows, fewer where those would widen the window
 * by more than 128.  One thread, by its processor time; the first runs warm up
 * and are not counted.
 *
 * Only ratios may be compared between machines: "/memcpy" to the copy of 8-bit
 * RGB, and "/bound" to the larger of two lower bounds of any filter: "memory",
 * a copy of the bytes that the filter reads and writes, and "arith", the
 * minimum time of its arithmetic (limits.h).  "by" names the larger one.  The
 * bounds and the ratio come from the best times: other load on the machine
 * shows in medians first.
 *
 * Usage: bench_kernels [RUNS [CASE]], CASE being the start of the name of a
 * case, such as "resize" or "blur:2 rgb 8".  bench/kernels compares with other
 * tools.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/random.h"
#include "chain/chain.h"
#include "limits.h"
#include "os/simd_level.h"

#define BENCH_WIDTH 2725
#define BENCH_HEIGHT 2225
#define BENCH_STRIP 32   /* output rows; see chain/strip_size.c */
#define BENCH_WINDOW 128 /* rows by which that may widen the input */
#define BENCH_RUNS 15
#define BENCH_RUNS_MAX 1000
#define BENCH_WARM_UP 2
#define BENCH_LABEL 80 /* bytes of a case in words */

struct bench {
    struct ml_arena arena;
    struct ml_shape in;
    struct ml_dst picture; /* the input */
    struct ml_dst result;
    struct ml_filter_setup setup;
    double ms[BENCH_RUNS_MAX];
    size_t runs;
    struct limits limits;
    double copy_ms;    /* of a plain copy: the median */
    double copy_best;  /* the best */
    double copy_bytes; /* read and written */
    double bytes;      /* of the case, read and written */
};

struct bench_case {
    const char *filter;
    enum ml_layout layout;
    uint8_t bits, sub;
};

/* Names of cases that are too long to print. */
static const struct {
    const char *name, *filter;
} bench_texts[] = {
    {"convolve 5x5, fractions",
     "convolve:weights=.5_1_0_1_1_1_2_1_0_1_0_1_3_1_2_1_0_1_2_1_1_1_2_1_1"},
    {"convolve 7x7, fractions",
     "convolve:weights=.5_1_0_1_1_1_2_1_0_1_0_1_3_1_2_1_0_1_2_1_1_1_2_1_1_1_2_"
     "1_1_3_1_2_1_0_1_2_1_1_1_2_2_1_1_3_1_2_1_0_1"},
    {"convolve 7x7, box",
     "convolve:weights=1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_"
     "1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1"},
};

static const struct bench_case bench_cases[] = {
    {"resize:1362x1112,fit=fill", ML_RGB, 8, 1},
    {"resize:512x418,fit=fill", ML_RGB, 8, 1},
    {"resize:256x209,fit=fill", ML_RGB, 8, 1},
    {"resize:512x418,fit=fill", ML_YCC, 8, 2},
    {"resize:1362x1112,fit=fill", ML_RGBA, 8, 1},
    {"resize:1362x1112,fit=fill", ML_RGB, 16, 1},
    {"resize:4087x3337,fit=fill,enlarge=yes", ML_RGB, 8, 1},
    {"blur:2", ML_RGB, 8, 1},
    {"blur:2", ML_YCC, 8, 2},
    {"blur:10", ML_RGB, 8, 1},
    {"blur:2", ML_RGB, 16, 1},
    {"convolve:sharpen", ML_RGB, 8, 1},
    {"convolve:sobel-x,offset=128", ML_RGB, 8, 1},
    {"convolve:smooth", ML_RGB, 8, 1},
    {"convolve:smooth", ML_RGBA, 16, 1},
    {"convolve:smooth", ML_RGB, 16, 1},
    {"convolve 5x5, fractions", ML_RGB, 8, 1},
    {"convolve 7x7, fractions", ML_RGB, 8, 1},
    {"convolve 7x7, box", ML_RGB, 8, 1},
    {"levels:2%,98%,gamma=1.2", ML_RGB, 8, 1},
    {"levels:2%,98%,gamma=1.2", ML_RGBA, 8, 1},
    {"levels:2%,98%,gamma=1.2", ML_RGB, 16, 1},
    {"median:1", ML_RGB, 8, 1},
    {"median:2", ML_RGB, 8, 1},
    {"median:2", ML_RGB, 16, 1},
    {"invert", ML_RGB, 8, 1},
    {"gray", ML_RGB, 8, 1},
    {"gray", ML_RGBA, 8, 1},
    {"gray", ML_RGB, 16, 1},
    {"crop:2000x2000", ML_RGB, 8, 1},
    {"flip", ML_RGB, 8, 1},
    {"flop", ML_RGB, 8, 1},
    {"flop", ML_RGBA, 8, 1},
    {"rotate:90", ML_RGB, 8, 1},
    {"rotate:180", ML_RGB, 8, 1},
    {"rotate:90", ML_RGBA, 8, 1},
    {"rotate:90", ML_GRAY, 8, 1},
    {"rotate:90", ML_RGB, 16, 1},
    {"sharpen:1", ML_RGB, 8, 1},
    {"sharpen:1", ML_RGB, 16, 1},
    {"sharpen:1", ML_RGBA, 16, 1},
};

static void bench_stop(const struct ml_error *err)
{
    fprintf(stderr, "bench_kernels: %s: %s\n", err->what, err->why);
    exit(1);
}

static void *bench_alloc(struct bench *bench, size_t bytes)
{
    void *memory = ml_arena_alloc(&bench->arena, bytes);
    if (!memory) {
        fprintf(stderr, "bench_kernels: not enough memory\n");
        exit(1);
    }
    return memory;
}

static void bench_frame(struct bench *bench, struct ml_dst *frame,
                        const struct ml_shape *shape)
{
    size_t bytes;
    if (!ml_rows_bytes(shape, shape->height, &bytes))
        exit(1);
    ml_dst_place(frame, shape, bench_alloc(bench, bytes), 0, shape->height);
    bench->bytes += (double)bytes;
    struct ml_random random = {1};
    uint8_t *data = frame->data[0];
    for (size_t i = 0; i + 8 <= bytes; i += 8) {
        const uint64_t noise = ml_random_next(&random);
        memcpy(data + i, &noise, sizeof noise);
    }
}

/* ---- timing ---- */

/* Processor time of this one thread: other load changes it less. */
static uint64_t bench_now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static int bench_compare(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* `filter` NULL: the copy. */
static void bench_print(struct bench *bench, const char *label,
                        const char *filter)
{
    qsort(bench->ms, bench->runs, sizeof *bench->ms, bench_compare);
    const double median = bench->ms[bench->runs / 2], best = bench->ms[0];
    enum limits_class by = LIMITS_COUNT;
    if (!filter) {
        bench->copy_ms = median;
        bench->copy_best = best;
        bench->copy_bytes = bench->bytes;
    }
    const double memory = bench->copy_best * bench->bytes / bench->copy_bytes;
    const double arith = filter ? limits_ms(&bench->limits, filter, &bench->in,
                                            &bench->setup.out, &by)
                                : 0;
    const double bound = arith > memory ? arith : memory;
    printf("%-46s %8.2f %8.2f %8.1f %8.2f %8.2f %8.1f  %-9s %6.0f\n", label,
           median, best, median / bench->copy_ms, memory, arith, best / bound,
           limits_name(arith > memory ? by : LIMITS_COUNT),
           BENCH_WIDTH * BENCH_HEIGHT / median / 1000);
}

static const char *bench_text(const char *filter)
{
    for (size_t i = 0; i < sizeof bench_texts / sizeof *bench_texts; i++) {
        if (strcmp(bench_texts[i].name, filter) == 0)
            return bench_texts[i].filter;
    }
    return filter;
}

static void bench_label(const struct bench_case *c, char *label, size_t size)
{
    (void)snprintf(label, size, "%s %s %u", c->filter,
                   ml_layout_name(c->layout), c->bits);
}

/* Output rows at a time. */
static uint32_t bench_band(const struct bench *bench,
                           const struct ml_filter *filter)
{
    const struct ml_shape *out = &bench->setup.out;
    const void *state = bench->setup.state;
    const uint32_t middle = out->height / 4 * 2;
    const struct ml_range one = filter->input_window(state, middle, middle + 2);
    uint32_t band = BENCH_STRIP;
    for (; band > 2; band /= 2) {
        const struct ml_range all =
            filter->input_window(state, middle, middle + band);
        if (all.y_end - all.y <= one.y_end - one.y + BENCH_WINDOW)
            break;
    }
    return band;
}

static void bench_once(struct bench *bench, const struct ml_filter *filter,
                       void *scratch)
{
    const struct ml_shape *in = &bench->in, *out = &bench->setup.out;
    const struct ml_src all = ml_dst_as_src(&bench->picture);
    const uint32_t band = bench_band(bench, filter);
    for (uint32_t y = 0; y < out->height; y += band) {
        const uint32_t y_end = out->height - y < band ? out->height : y + band;
        struct ml_range need =
            filter->input_window(bench->setup.state, y, y_end);
        need.y -= need.y % in->sub_y;
        const struct ml_src src = ml_src_part(&all, in, need.y, need.y_end);
        const struct ml_dst dst = ml_dst_part(&bench->result, out, y, y_end);
        ml_filter_rows(filter, bench->setup.state, scratch, &dst, &src);
    }
}

static void bench_filter(struct bench *bench, const struct bench_case *c)
{
    struct ml_chain chain = {0};
    struct ml_error err;
    if (ml_chain_parse(&chain, bench_text(c->filter), &err) != ML_OK)
        bench_stop(&err);
    const struct ml_filter *filter = chain.items[0].filter;
    ml_arena_reset(&bench->arena, 0);
    bench->bytes = 0;
    bench->in = (struct ml_shape){BENCH_WIDTH, BENCH_HEIGHT, c->layout,
                                  c->bits,     c->sub,       c->sub};
    bench_frame(bench, &bench->picture, &bench->in);
    bench->setup = (struct ml_filter_setup){.filter = filter,
                                            .values = chain.items[0].values,
                                            .numbers = chain.items[0].numbers,
                                            .in = bench->in,
                                            .full_width = BENCH_WIDTH,
                                            .full_height = BENCH_HEIGHT,
                                            .orientation = 1,
                                            .arena = &bench->arena};
    if (filter->prepare(&bench->setup, &err) != ML_OK)
        bench_stop(&err);
    bench_frame(bench, &bench->result, &bench->setup.out);
    void *scratch = bench_alloc(bench, bench->setup.scratch_bytes);
    for (size_t i = 0; i < BENCH_WARM_UP + bench->runs; i++) {
        const uint64_t start = bench_now_ns();
        bench_once(bench, filter, scratch);
        if (i >= BENCH_WARM_UP)
            bench->ms[i - BENCH_WARM_UP] =
                (double)(bench_now_ns() - start) / 1e6;
    }
    char label[BENCH_LABEL];
    bench_label(c, label, sizeof label);
    bench_print(bench, label, c->filter);
}

static void bench_copy(struct bench *bench)
{
    bench->in = (struct ml_shape){BENCH_WIDTH, BENCH_HEIGHT, ML_RGB, 8, 1, 1};
    bench_frame(bench, &bench->picture, &bench->in);
    bench_frame(bench, &bench->result, &bench->in);
    const size_t bytes = (size_t)BENCH_WIDTH * BENCH_HEIGHT * 3;
    for (size_t i = 0; i < BENCH_WARM_UP + bench->runs; i++) {
        const uint64_t start = bench_now_ns();
        memcpy(bench->result.data[0], bench->picture.data[0], bytes);
        if (i >= BENCH_WARM_UP)
            bench->ms[i - BENCH_WARM_UP] =
                (double)(bench_now_ns() - start) / 1e6;
    }
    bench_print(bench, "memcpy rgb 8", NULL);
}

static void bench_rates(struct bench *bench)
{
    limits_measure(&bench->limits);
    printf("bytes of vectors a nanosecond:");
    for (enum limits_class i = 0; i < LIMITS_COUNT; i++)
        printf(" %s %.0f", limits_name(i), bench->limits.rate[i]);
    printf("\n");
}

int main(int argc, char **argv)
{
    struct bench bench = {0};
    struct ml_error err;
    const char *begin = argc > 2 ? argv[2] : "";
    uint64_t runs = BENCH_RUNS;
    enum ml_simd level;
    if (argc > 3 || (argc > 1 && (!ml_parse_u64(argv[1], &runs) || runs < 1 ||
                                  runs > BENCH_RUNS_MAX))) {
        fprintf(stderr, "usage: bench_kernels [RUNS [CASE]], at most %d runs\n",
                BENCH_RUNS_MAX);
        return 2;
    }
    bench.runs = (size_t)runs;
    if (ml_simd_init(&level, &err) != ML_OK)
        bench_stop(&err);
    if (ml_arena_open(&bench.arena, (size_t)512 << 20, &err) != ML_OK)
        bench_stop(&err);
    printf("%s, %s\n", __VERSION__, ML_BENCH_FLAGS);
    printf("%d x %d pixels, one thread, level %s, %zu runs, milliseconds\n",
           BENCH_WIDTH, BENCH_HEIGHT, ml_simd_name(level), bench.runs);
    bench_rates(&bench);
    printf("%-46s %8s %8s %8s %8s %8s %8s  %-9s %6s\n", "filter, layout, bits",
           "median", "best", "/memcpy", "memory", "arith", "/bound", "by",
           "MP/s");
    bench_copy(&bench);
    for (size_t i = 0; i < sizeof bench_cases / sizeof *bench_cases; i++) {
        char label[BENCH_LABEL];
        bench_label(&bench_cases[i], label, sizeof label);
        if (strncmp(label, begin, strlen(begin)) == 0)
            bench_filter(&bench, &bench_cases[i]);
    }
    ml_arena_close(&bench.arena);
    return 0;
}
