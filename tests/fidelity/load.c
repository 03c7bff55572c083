/* load.c: the loads of load.py, by C threads under the interpreter lock or one
 * of its fakes.
 *
 *     fidelity_load LOCK LOAD K INTERVAL_MS COUNT
 *
 * LOCK as in fakes.h.  K threads compute, with a checkpoint every 50th of the
 * interval; with LOAD-fine nearly as often as in Python.  Prints one JSON
 * object; times are in intervals.
 *
 *   speedup   a fixed amount of work by one thread, then by K: COUNT ms
 *   slices    how long a thread has the lock at a time, for COUNT ms
 *   latency   the delay of a sleep of 1 ms beside them, COUNT times
 *   stage     the same, where they compute INTERVAL_MS at a time without a
 *             checkpoint; the interval is 5 ms; times are in stages
 *   checked   as `stage`, with checkpoints inside the stage
 */
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "analysis/stats.h"
#include "base/clock.h"
#include "fakes.h"

#define LOAD_THREADS 16
#define LOAD_SAMPLES 200000
#define LOAD_LIMIT_NS                                                          \
    (4 * ML_NS_PER_S) /* of `latency`: longer is starvation                    \
                       */
#define LOAD_FINE_NS UINT64_C(200)
#define LOAD_SLEEP_NS ML_NS_PER_MS
#define LOAD_SETTLE_NS (50 * ML_NS_PER_MS)

struct load {
    struct fake_lock lock;
    uint64_t unit_ns; /* between two checkpoints */
    uint64_t gap_ns;  /* a longer checkpoint gave the lock to another thread */
    uint64_t steps;   /* iterations of the arithmetic for unit_ns */
    uint64_t units;   /* for each thread; 0: until `stop` */
    uint64_t end_ns;  /* of `slices` */
    double *samples;  /* of `latency`, ns */
    size_t wanted, count;
    atomic_bool stop;
};

/* One thread that computes. */
struct worker {
    struct load *load;
    struct ml_gil_thread thread;
    pthread_t os;
    double *slices;
    size_t slice_count;
};

static void compute(uint64_t steps)
{
    volatile uint32_t sink = 1;
    uint32_t x = sink;
    for (uint64_t i = 0; i < steps; i++)
        x = x * 1664525U + 1013904223U;
    sink = x;
}

/* The best of several measurements: disturbed ones are slower. */
static void calibrate(struct load *load)
{
    const uint64_t trial = 200000;
    uint64_t best = UINT64_MAX;
    for (int i = 0; i < 20; i++) {
        const uint64_t start = ml_now_ns();
        compute(trial);
        const uint64_t took = ml_now_ns() - start;
        best = took < best ? took : best;
    }
    load->steps = trial * load->unit_ns / (best + 1) + 1;
}

/* ---- threads that compute ---- */

static void *burn(void *context)
{
    struct worker *worker = context;
    struct load *load = worker->load;
    const struct fake_kind *kind = load->lock.kind;
    uint64_t done = 0;
    kind->acquire(&load->lock, &worker->thread);
    for (;;) {
        compute(load->steps);
        done++;
        if (load->units ? done >= load->units : atomic_load(&load->stop))
            break;
        kind->checkpoint(&load->lock, &worker->thread);
    }
    kind->release(&load->lock, &worker->thread);
    return NULL;
}

/* A long checkpoint: another thread held the lock. */
static void *slice(void *context)
{
    struct worker *worker = context;
    struct load *load = worker->load;
    const struct fake_kind *kind = load->lock.kind;
    kind->acquire(&load->lock, &worker->thread);
    uint64_t last = ml_now_ns(), start = last;
    while (last < load->end_ns) {
        compute(load->steps);
        const uint64_t before = ml_now_ns();
        kind->checkpoint(&load->lock, &worker->thread);
        const uint64_t now = ml_now_ns();
        if (now - before > load->gap_ns && worker->slice_count < LOAD_SAMPLES) {
            worker->slices[worker->slice_count++] = (double)(before - start);
            start = now;
        }
        last = now;
    }
    kind->release(&load->lock, &worker->thread);
    return NULL;
}

static void start(struct load *load, struct worker *workers, size_t k,
                  void *(*main)(void *))
{
    for (size_t i = 0; i < k; i++) {
        memset(&workers[i].thread, 0, sizeof workers[i].thread);
        workers[i].load = load;
        if (pthread_create(&workers[i].os, NULL, main, &workers[i]) != 0)
            exit(2);
    }
}

static void join(struct worker *workers, size_t k)
{
    for (size_t i = 0; i < k; i++)
        (void)pthread_join(workers[i].os, NULL);
}

/* ---- the loads ---- */

static void load_speedup(struct load *load, struct worker *workers, size_t k,
                         uint64_t count)
{
    uint64_t walls[2];
    for (size_t pass = 0; pass < 2; pass++) {
        const size_t threads = pass ? k : 1;
        load->units = count * ML_NS_PER_MS / load->unit_ns / threads;
        const uint64_t begin = ml_now_ns();
        start(load, workers, threads, burn);
        join(workers, threads);
        walls[pass] = ml_now_ns() - begin;
    }
    (void)printf("{\"speedup\": %.4f}\n", (double)walls[0] / (double)walls[1]);
}

static long voluntary(int who)
{
    struct rusage use;
    (void)getrusage(who, &use);
    return use.ru_nvcsw;
}

static void load_slices(struct load *load, struct worker *workers, size_t k,
                        uint64_t count)
{
    double *all = calloc(LOAD_SAMPLES * k + 1, sizeof *all);
    const double interval = (double)load->lock.gil.interval_ns;
    const long before = voluntary(RUSAGE_SELF);
    size_t n = 0;
    for (size_t i = 0; i < k; i++)
        workers[i].slices = calloc(LOAD_SAMPLES, sizeof(double));
    load->end_ns = ml_now_ns() + count * ML_NS_PER_MS;
    start(load, workers, k, slice);
    join(workers, k);
    for (size_t i = 0; i < k; i++) { /* the first slice began with the thread */
        for (size_t s = 1; s < workers[i].slice_count; s++)
            all[n++] = workers[i].slices[s] / interval;
    }
    if (n == 0) /* no thread ever released the lock */
        all[n++] = (double)(count * ML_NS_PER_MS) / interval;
    const struct ml_stats stats = ml_stats_of(all, n);
    (void)printf("{\"p50\": %.4f, \"p99\": %.4f, \"slices\": %zu, "
                 "\"switches\": %.3f}\n",
                 stats.median, ml_quantile(all, n, 0.99), n,
                 (double)(voluntary(RUSAGE_SELF) - before) / (double)n);
}

struct sleeper {
    struct load *load;
    struct ml_gil_thread thread;
    double switches;
};

static void *sleep_often(void *context)
{
    struct sleeper *sleeper = context;
    struct load *load = sleeper->load;
    const struct fake_kind *kind = load->lock.kind;
    const struct timespec nap = {0, (long)LOAD_SLEEP_NS};
    const uint64_t begin = ml_now_ns();
    kind->acquire(&load->lock, &sleeper->thread);
    const long before = voluntary(RUSAGE_THREAD);
    while (load->count < load->wanted && ml_now_ns() - begin < LOAD_LIMIT_NS &&
           !atomic_load(&load->stop)) {
        const uint64_t from = ml_now_ns();
        kind->release(&load->lock, &sleeper->thread);
        (void)nanosleep(&nap, NULL);
        kind->acquire(&load->lock, &sleeper->thread);
        load->samples[load->count++] =
            (double)(ml_now_ns() - from - LOAD_SLEEP_NS);
    }
    sleeper->switches = (double)(voluntary(RUSAGE_THREAD) - before);
    kind->release(&load->lock, &sleeper->thread);
    return NULL;
}

/* Latencies are in units of `unit_ns`. */
static void load_latency(struct load *load, struct worker *workers, size_t k,
                         uint64_t count, double unit_ns)
{
    struct sleeper sleeper = {.load = load};
    const struct timespec settle = {0, (long)LOAD_SETTLE_NS};
    struct timespec limit;
    pthread_t os;
    load->wanted = count;
    load->samples = calloc(count + 1, sizeof *load->samples);
    start(load, workers, k, burn);
    (void)nanosleep(&settle, NULL);
    if (pthread_create(&os, NULL, sleep_often, &sleeper) != 0)
        exit(2);
    (void)clock_gettime(CLOCK_REALTIME, &limit);
    limit.tv_sec += (time_t)(LOAD_LIMIT_NS / ML_NS_PER_S) + 1;
    const bool starves = pthread_timedjoin_np(os, NULL, &limit) != 0;
    atomic_store(&load->stop, true);
    if (starves)
        (void)pthread_join(os, NULL);
    join(workers, k);
    const size_t n = load->count > 0 ? load->count : 1;
    if (load->count == 0)
        load->samples[0] = (double)LOAD_LIMIT_NS;
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += load->samples[i];
    const struct ml_stats stats = ml_stats_of(load->samples, n);
    (void)printf("{\"p50\": %.4f, \"mean\": %.4f, \"p99\": %.4f, \"max\": "
                 "%.4f, \"samples\": %zu, \"switches\": %.3f}\n",
                 stats.median / unit_ns, sum / (double)n / unit_ns,
                 ml_quantile(load->samples, n, 0.99) / unit_ns,
                 stats.max / unit_ns, n, sleeper.switches / (double)n);
}

int main(int argc, char **argv)
{
    struct load load = {0};
    struct worker *workers = calloc(LOAD_THREADS, sizeof *workers);
    const struct fake_kind *kind = argc == 6 ? fake_find(argv[1]) : NULL;
    if (!kind || !workers) {
        (void)fputs("usage: fidelity_load LOCK LOAD K INTERVAL_MS COUNT\n",
                    stderr);
        return 2;
    }
    const char *name = argv[2];
    const size_t k = strtoul(argv[3], NULL, 10);
    const double ms = strtod(argv[4], NULL);
    const uint64_t count = strtoull(argv[5], NULL, 10);
    const bool whole = strcmp(name, "stage") == 0;
    const bool stage = whole || strcmp(name, "checked") == 0;
    const uint64_t given_ns = (uint64_t)(ms * 1e6);
    const uint64_t interval_ns = stage ? ML_GIL_INTERVAL_NS : given_ns;
    if (k < 1 || k > LOAD_THREADS || count == 0 || given_ns == 0)
        return 2;
    fake_open(&load.lock, kind, interval_ns);
    const bool fine = strstr(name, "-fine") != NULL;
    load.unit_ns = whole ? given_ns : fine ? LOAD_FINE_NS : interval_ns / 50;
    load.gap_ns = fine ? interval_ns / 15 : 3 * load.unit_ns;
    calibrate(&load);
    if (strcmp(name, "speedup") == 0)
        load_speedup(&load, workers, k, count);
    else if (strncmp(name, "slices", 6) == 0)
        load_slices(&load, workers, k, count);
    else
        load_latency(&load, workers, k, count,
                     (double)(stage ? given_ns : interval_ns));
    return 0;
}
