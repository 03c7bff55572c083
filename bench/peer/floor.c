/* floor.c: floor JOB IN: the time of the system's codecs for one job of
 * bench/peers and nothing else: files in memory, libjpeg and libpng through RGB
 * (gray: luma alone), two threads with a file each, the pixels of the result
 * picked instead of computed, the output discarded.
 * A JPEG is decoded at the smallest scale that leaves twice the result.  Prints
 * the seconds from the first file to the last, without reading them.
 */
#define _GNU_SOURCE
#include <ftw.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jpeglib.h>
#include <png.h>

#define FLOOR_FILES 4096

struct job {
    const char *name;
    unsigned side; /* the longer of the result; 0: a half, or as it was */
    bool half, gray, to_png;
    int quality;
};

static const struct job jobs[] = {
    {"thumb", 512, false, false, false, 80},
    {"sharp", 720, false, false, false, 80},
    {"chain", 0, true, false, false, 85},
    {"png", 0, true, false, true, 0},
    {"tojpeg", 0, false, false, false, 85},
    {"gray", 0, false, true, false, 85},
    {"small", 64, false, false, false, 85},
    {"huge", 2048, false, false, false, 85},
    {"hugeblur", 0, false, false, false, 85},
};

struct file {
    unsigned char *data;
    size_t size;
};

static struct {
    struct file file[FLOOR_FILES];
    int count;
    atomic_int next, failed;
    const struct job *job;
} run;

/* ---- the result: rows of it are picked as they come ---- */

struct sink {
    unsigned in_width, in_height, width, height, channels, row;
    unsigned char *pixels; /* one row */
    struct jpeg_compress_struct jpeg;
    struct jpeg_error_mgr errors;
    unsigned char *out;
    unsigned long out_size;
    png_structp png;
    png_infop info;
};

static void forget(png_structp png, png_bytep data, size_t size)
{
    (void)png;
    (void)data;
    (void)size;
}

static void flush(png_structp png)
{
    (void)png;
}

/* As `full` becomes `side` or a half. */
static void result_size(const unsigned full[2], unsigned size[2])
{
    const unsigned longer = full[0] > full[1] ? full[0] : full[1];
    for (int i = 0; i < 2; i++) {
        size[i] = full[i];
        if (run.job->half)
            size[i] = full[i] / 2;
        else if (run.job->side && run.job->side < longer)
            size[i] =
                (unsigned)((unsigned long)full[i] * run.job->side / longer);
        size[i] += size[i] == 0;
    }
}

static void sink_open_png(struct sink *sink)
{
    sink->png =
        png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    sink->info = png_create_info_struct(sink->png);
    png_set_write_fn(sink->png, NULL, forget, flush);
    png_set_IHDR(sink->png, sink->info, sink->width, sink->height, 8,
                 PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(sink->png, sink->info);
}

static void sink_open(struct sink *sink)
{
    sink->row = 0;
    sink->pixels = malloc((size_t)sink->width * sink->channels);
    if (run.job->to_png) {
        sink_open_png(sink);
        return;
    }
    sink->jpeg.err = jpeg_std_error(&sink->errors);
    jpeg_create_compress(&sink->jpeg);
    sink->out = NULL;
    jpeg_mem_dest(&sink->jpeg, &sink->out, &sink->out_size);
    sink->jpeg.image_width = sink->width;
    sink->jpeg.image_height = sink->height;
    sink->jpeg.input_components = (int)sink->channels;
    sink->jpeg.in_color_space = sink->channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(&sink->jpeg);
    jpeg_set_quality(&sink->jpeg, run.job->quality, TRUE);
    jpeg_start_compress(&sink->jpeg, TRUE);
}

static void sink_pick(const struct sink *sink, const unsigned char *pixels)
{
    const unsigned channels = sink->channels;
    if (sink->width == sink->in_width) {
        memcpy(sink->pixels, pixels, (size_t)sink->width * channels);
        return;
    }
    for (unsigned x = 0; x < sink->width; x++) {
        const size_t from = (size_t)x * sink->in_width / sink->width;
        memcpy(sink->pixels + (size_t)x * channels, pixels + from * channels,
               channels);
    }
}

/* Row `y` of what was decoded. */
static void sink_row(struct sink *sink, unsigned y, const unsigned char *pixels)
{
    unsigned char *row = sink->pixels;
    if (sink->row == sink->height ||
        (size_t)sink->row * sink->in_height / sink->height != y)
        return;
    sink_pick(sink, pixels);
    sink->row++;
    if (run.job->to_png)
        png_write_row(sink->png, row);
    else
        (void)jpeg_write_scanlines(&sink->jpeg, &row, 1);
}

static void sink_close(struct sink *sink)
{
    if (run.job->to_png) {
        png_write_end(sink->png, sink->info);
        png_destroy_write_struct(&sink->png, &sink->info);
    } else {
        jpeg_finish_compress(&sink->jpeg);
        jpeg_destroy_compress(&sink->jpeg);
        free(sink->out);
    }
    free(sink->pixels);
}

/* ---- the sources ---- */

static unsigned scale(const unsigned full[2], const unsigned size[2])
{
    unsigned denominator = 8;
    while (denominator > 1 && full[0] < 2 * size[0] * denominator)
        denominator /= 2;
    return denominator;
}

static void from_jpeg(const struct file *file)
{
    struct jpeg_decompress_struct jpeg;
    struct jpeg_error_mgr errors;
    struct sink sink;
    jpeg.err = jpeg_std_error(&errors);
    jpeg_create_decompress(&jpeg);
    jpeg_mem_src(&jpeg, file->data, file->size);
    (void)jpeg_read_header(&jpeg, TRUE);
    const unsigned full[2] = {jpeg.image_width, jpeg.image_height};
    unsigned size[2];
    result_size(full, size);
    jpeg.scale_num = 1;
    jpeg.scale_denom = scale(full, size);
    jpeg.out_color_space = run.job->gray ? JCS_GRAYSCALE : JCS_RGB;
    (void)jpeg_start_decompress(&jpeg);
    sink.in_width = jpeg.output_width;
    sink.in_height = jpeg.output_height;
    sink.width = size[0];
    sink.height = size[1];
    sink.channels = run.job->gray ? 1 : 3;
    sink_open(&sink);
    unsigned char *row = malloc((size_t)jpeg.output_width * sink.channels);
    for (unsigned y = 0; y < sink.in_height; y++) {
        (void)jpeg_read_scanlines(&jpeg, &row, 1);
        sink_row(&sink, y, row);
    }
    sink_close(&sink);
    (void)jpeg_finish_decompress(&jpeg);
    jpeg_destroy_decompress(&jpeg);
    free(row);
}

struct cursor {
    const unsigned char *at;
    size_t left;
};

static void fetch(png_structp png, png_bytep data, size_t size)
{
    struct cursor *cursor = png_get_io_ptr(png);
    if (size > cursor->left)
        png_error(png, "too short");
    memcpy(data, cursor->at, size);
    cursor->at += size;
    cursor->left -= size;
}

static void from_png(const struct file *file)
{
    struct cursor cursor = {file->data, file->size};
    struct sink sink;
    png_structp png =
        png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    png_set_read_fn(png, &cursor, fetch);
    png_read_info(png, info);
    png_set_expand(png);
    png_set_strip_16(png);
    png_set_strip_alpha(png);
    png_set_gray_to_rgb(png);
    png_read_update_info(png, info);
    const unsigned full[2] = {png_get_image_width(png, info),
                              png_get_image_height(png, info)};
    unsigned size[2];
    result_size(full, size);
    sink.in_width = full[0];
    sink.in_height = full[1];
    sink.width = size[0];
    sink.height = size[1];
    sink.channels = 3;
    sink_open(&sink);
    unsigned char *row = malloc(png_get_rowbytes(png, info));
    for (unsigned y = 0; y < sink.in_height; y++) {
        png_read_row(png, row, NULL);
        sink_row(&sink, y, row);
    }
    sink_close(&sink);
    png_read_end(png, NULL);
    png_destroy_read_struct(&png, &info, NULL);
    free(row);
}

/* ---- all files ---- */

/* libjpeg and libpng end the program at an error: no figure then. */
static void *worker(void *unused)
{
    for (int i; (i = run.next++) < run.count;) {
        const struct file *file = &run.file[i];
        if (file->size > 8 && png_sig_cmp(file->data, 0, 8) == 0)
            from_png(file);
        else
            from_jpeg(file);
    }
    return unused;
}

static int note(const char *path, const struct stat *st, int type,
                struct FTW *ftw)
{
    (void)ftw;
    if (type != FTW_F || run.count == FLOOR_FILES)
        return 0;
    struct file *file = &run.file[run.count++];
    FILE *in = fopen(path, "rb");
    file->size = (size_t)st->st_size;
    file->data = malloc(file->size + 1);
    if (!in || !file->data ||
        fread(file->data, 1, file->size, in) != file->size)
        run.failed = 1;
    if (in)
        (void)fclose(in);
    return 0;
}

static double now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    for (size_t i = 0; argc == 3 && i < sizeof jobs / sizeof *jobs; i++)
        if (strcmp(jobs[i].name, argv[1]) == 0)
            run.job = &jobs[i];
    if (!run.job)
        return 2;
    (void)nftw(argv[2], note, 16, 0);
    if (run.failed || run.count == 0)
        return 1;
    const double start = now();
    pthread_t second;
    if (pthread_create(&second, NULL, worker, NULL) != 0)
        return 1;
    (void)worker(NULL);
    (void)pthread_join(second, NULL);
    (void)printf("%f\n", now() - start);
    return 0;
}
