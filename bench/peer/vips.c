/* vips.c: vips JOB IN OUT: one job of bench/peers by libvips, at its best: two
 * files in flight, one thread each; a lone file has two threads.  Prints the
 * seconds from the first file to the last, start-up not counted.
 */
#define _GNU_SOURCE
#include <ftw.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <vips/vips.h>

#define VIPS_FILES 4096

static struct {
    char *path[VIPS_FILES];
    int count;
    atomic_int next, failed;
    const char *job, *out;
} run;

static int note(const char *path, const struct stat *st, int type,
                struct FTW *ftw)
{
    (void)st;
    (void)ftw;
    if (type == FTW_F && run.count < VIPS_FILES)
        run.path[run.count++] = strdup(path);
    return 0;
}

static void target(char *out, size_t size, const char *path)
{
    char copy[4096];
    (void)snprintf(copy, sizeof copy, "%s", path);
    char *name = strrchr(copy, '/');
    *name++ = '\0';
    const char *folder = strrchr(copy, '/');
    *strrchr(name, '.') = '\0';
    (void)snprintf(out, size, "%s/%s-%s.%s", run.out, folder + 1, name,
                   strcmp(run.job, "png") == 0 ? "png" : "jpg");
}

static VipsImage *load(const char *path)
{
    return vips_image_new_from_file(path, "access", VIPS_ACCESS_SEQUENTIAL,
                                    NULL);
}

/* Each step takes its input over. */
static VipsImage *over(VipsImage *in, VipsImage *out, int status)
{
    g_object_unref(in);
    return status == 0 ? out : NULL;
}

static VipsImage *half(VipsImage *in)
{
    VipsImage *out = NULL;
    const int status =
        vips_resize(in, &out, 0.5, "kernel", VIPS_KERNEL_LANCZOS3, NULL);
    return over(in, out, status);
}

static VipsImage *blur(VipsImage *in)
{
    VipsImage *out = NULL;
    const int status = vips_gaussblur(in, &out, 2.0, "precision",
                                      VIPS_PRECISION_INTEGER, NULL);
    return over(in, out, status);
}

static VipsImage *sharpen(VipsImage *in)
{
    VipsImage *out = NULL;
    VipsImage *mask = vips_image_new_matrixv(3, 3, -1.0, -1.0, -1.0, -1.0, 32.0,
                                             -1.0, -1.0, -1.0, -1.0);
    vips_image_set_double(mask, "scale", 24);
    const int status =
        vips_conv(in, &out, mask, "precision", VIPS_PRECISION_INTEGER, NULL);
    g_object_unref(mask);
    return over(in, out, status);
}

static VipsImage *thumb(const char *path, int side)
{
    VipsImage *out = NULL;
    const int status = vips_thumbnail(path, &out, side, "height", side, "size",
                                      VIPS_SIZE_DOWN, NULL);
    return status == 0 ? out : NULL;
}

static VipsImage *gray(VipsImage *in)
{
    VipsImage *out = NULL;
    const int status =
        vips_colourspace(in, &out, VIPS_INTERPRETATION_B_W, NULL);
    return over(in, out, status);
}

static VipsImage *make(const char *path)
{
    const char *job = run.job;
    if (strcmp(job, "thumb") == 0)
        return thumb(path, 512);
    if (strcmp(job, "sharp") == 0)
        return thumb(path, 720);
    if (strcmp(job, "small") == 0)
        return thumb(path, 64);
    if (strcmp(job, "huge") == 0)
        return thumb(path, 2048);
    VipsImage *image = load(path);
    if (!image || strcmp(job, "tojpeg") == 0)
        return image;
    if (strcmp(job, "gray") == 0)
        return gray(image);
    if (strcmp(job, "hugeblur") == 0)
        return blur(image);
    image = half(image);
    if (image && strcmp(job, "chain") == 0)
        image = blur(image);
    if (image && strcmp(job, "chain") == 0)
        image = sharpen(image);
    return image;
}

static void exec(const char *path)
{
    char out[4096];
    target(out, sizeof out, path);
    const int quality =
        strcmp(run.job, "thumb") == 0 || strcmp(run.job, "sharp") == 0 ? 80
                                                                       : 85;
    VipsImage *image = make(path);
    int status = -1;
    if (image && strcmp(run.job, "png") == 0)
        status = vips_pngsave(image, out, "compression", 6, "filter",
                              VIPS_FOREIGN_PNG_FILTER_ALL, NULL);
    else if (image)
        status = vips_jpegsave(image, out, "Q", quality, NULL);
    if (status != 0) {
        (void)fprintf(stderr, "%s: %s\n", path, vips_error_buffer());
        run.failed = 1;
    }
    if (image)
        g_object_unref(image);
}

static void *worker(void *unused)
{
    for (int i; (i = run.next++) < run.count;)
        exec(run.path[i]);
    vips_thread_shutdown();
    return unused;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int main(int argc, char **argv)
{
    if (argc != 4 || VIPS_INIT(argv[0]) != 0)
        return 2;
    run.job = argv[1];
    run.out = argv[3];
    (void)nftw(argv[2], note, 16, 0);
    qsort(run.path, (size_t)run.count, sizeof *run.path, by_name);
    vips_concurrency_set(run.count > 1 ? 1 : 2);
    vips_cache_set_max(0);
    struct timespec a, b;
    (void)clock_gettime(CLOCK_MONOTONIC, &a);
    pthread_t second;
    if (pthread_create(&second, NULL, worker, NULL) != 0)
        return 1;
    (void)worker(NULL);
    (void)pthread_join(second, NULL);
    (void)clock_gettime(CLOCK_MONOTONIC, &b);
    (void)printf("%f\n", (double)(b.tv_sec - a.tv_sec) +
                             (double)(b.tv_nsec - a.tv_nsec) / 1e9);
    return run.failed;
}
