/* codecs_cases.c: see codecs.h. */
#include "codecs.h"

#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "codec/png/decoder.h"
#include "codec/registry.h"

#define CASES_ARENA_BYTES ((size_t)2 << 30) /* addresses */
#define CASES_OUT_BYTES ((size_t)512 << 20)
#define CASES_STRIP 32 /* rows a call, as the chain asks for them */

bool codecs_worker_open(struct codecs_worker *worker, struct ml_error *err)
{
    worker->out = malloc(CASES_OUT_BYTES);
    if (!worker->out)
        return ml_fail(err, ML_ERR_MEMORY, "bench", NULL, "no memory") == ML_OK;
    return ml_arena_open(&worker->arena, CASES_ARENA_BYTES, err) == ML_OK;
}

void codecs_worker_close(struct codecs_worker *worker)
{
    ml_arena_close(&worker->arena);
    free(worker->out);
}

/* ---- decoding ---- */

enum { CASES_ROWS = 1, CASES_PLANES = 0, CASES_LIBPNG = 16 };

/* Into `frame`; if that is NULL, into strips that are overwritten. */
static bool cases_read(struct codecs_worker *worker, struct ml_source *source,
                       const struct ml_dst *frame)
{
    const struct ml_shape *shape = &source->header.shape;
    const uint32_t step = CASES_STRIP * shape->sub_y;
    size_t bytes;
    if (!ml_rows_bytes(shape, step < shape->height ? step : shape->height,
                       &bytes))
        return false;
    uint8_t *memory = ml_arena_alloc(&worker->arena, bytes);
    if (!memory)
        return ml_fail(&worker->err, ML_ERR_MEMORY, "bench", NULL,
                       "no memory") == ML_OK;
    for (uint32_t y = 0; y < shape->height;) {
        const uint32_t y_end =
            shape->height - y < step ? shape->height : y + step;
        struct ml_dst part;
        if (frame)
            part = ml_dst_part(frame, shape, y, y_end);
        else
            ml_dst_place(&part, shape, memory, y, y_end);
        if (ml_source_read(source, &part, &worker->err) != ML_OK)
            return false;
        y = y_end;
    }
    return ml_source_end(source, &worker->err) == ML_OK;
}

static bool cases_open(struct codecs_worker *worker, struct ml_source *source,
                       struct ml_bytes file)
{
    const struct ml_source_options options = {ML_FAIL_ON_ERROR,
                                              ml_limits_default};
    return ml_source_open(source, file, &options, &worker->arena,
                          &worker->err) == ML_OK;
}

/* `with`: the part of full size, 1, 2, 4 or 8; CASES_PLANES: as planes. */
static bool cases_jpeg_decode(struct codecs_worker *worker,
                              const struct codecs_picture *picture, int with,
                              size_t *size_out)
{
    struct ml_source source;
    (void)size_out;
    if (!cases_open(worker, &source, picture->jpeg))
        return false;
    if (with == CASES_PLANES && source.header.planes)
        source.codec->planes(&source);
    const uint32_t part = (uint32_t)with;
    if (part > 1)
        source.codec->shrink(&source, source.header.full_width / part,
                             source.header.full_height / part);
    const bool ok = ml_source_start(&source, &worker->err) == ML_OK &&
                    cases_read(worker, &source, NULL);
    ml_source_close(&source);
    return ok;
}

static bool cases_png_decode(struct codecs_worker *worker,
                             const struct codecs_picture *picture, int with,
                             size_t *size_out)
{
    struct ml_source source;
    (void)size_out;
    if (!cases_open(worker, &source, picture->png))
        return false;
    if (with == CASES_LIBPNG)
        ml_png_stream(&source);
    const bool ok = ml_source_start(&source, &worker->err) == ML_OK &&
                    cases_read(worker, &source, NULL);
    ml_source_close(&source);
    return ok;
}

/* ---- encoding ---- */

/* Write `frame` into the worker's memory; the size, 0: failed. */
static size_t cases_write(struct codecs_worker *worker, struct ml_sink *sink,
                          const struct ml_dst *frame)
{
    struct ml_output output = {worker->out, CASES_OUT_BYTES, 0};
    const struct ml_src all = ml_dst_as_src(frame);
    const uint32_t height = sink->shape.height;
    const uint32_t step = CASES_STRIP * sink->shape.sub_y;
    sink->metadata.orientation = 1;
    sink->output = &output;
    sink->arena = &worker->arena;
    sink->codec->sink_prepare(sink);
    bool ok = sink->codec->sink_open(sink, &worker->err) == ML_OK;
    for (uint32_t y = 0; ok && y < height; y += step) {
        const uint32_t y_end = height - y < step ? height : y + step;
        const struct ml_src part = ml_src_part(&all, &sink->shape, y, y_end);
        ok = sink->codec->sink_write(sink, &part, &worker->err) == ML_OK;
    }
    ok = ok && sink->codec->sink_end(sink, &worker->err) == ML_OK;
    sink->codec->sink_close(sink);
    return ok ? output.used : 0;
}

static bool cases_jpeg_encode(struct codecs_worker *worker,
                              const struct codecs_picture *picture, int with,
                              size_t *size_out)
{
    struct ml_sink sink = {.codec = &ml_codec_jpeg,
                           .shape = picture->shape,
                           .options = ml_sink_options_default};
    const bool planes = with == CASES_PLANES && picture->planes.data[0];
    sink.shape = picture->shape;
    if (planes) {
        sink.shape = picture->planes_shape;
        sink.options.subsample = sink.shape.sub_x == 1   ? 444
                                 : sink.shape.sub_y == 1 ? 422
                                                         : 420;
    }
    *size_out =
        cases_write(worker, &sink, planes ? &picture->planes : &picture->rows);
    return *size_out > 0;
}

static bool cases_png_encode(struct codecs_worker *worker,
                             const struct codecs_picture *picture, int with,
                             size_t *size_out)
{
    struct ml_sink sink = {.codec = &ml_codec_png,
                           .shape = picture->shape,
                           .options = ml_sink_options_default};
    sink.options.png_level = with;
    *size_out = cases_write(worker, &sink, &picture->rows);
    return *size_out > 0;
}

/* libpng with its defaults except for the level. */
struct cases_libpng {
    uint8_t *out;
    size_t used;
};

static void cases_store(png_structp png, png_bytep data, size_t size)
{
    struct cases_libpng *file = png_get_io_ptr(png);
    if (size > CASES_OUT_BYTES - file->used)
        png_error(png, "output buffer full");
    memcpy(file->out + file->used, data, size);
    file->used += size;
}

static void cases_flush(png_structp png)
{
    (void)png;
}

static bool cases_libpng_write(png_structp png, png_infop info,
                               const struct codecs_picture *picture, int level,
                               struct cases_libpng *file)
{
    static const int types[] = {PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA,
                                PNG_COLOR_TYPE_RGB, PNG_COLOR_TYPE_RGB_ALPHA};
    const struct ml_shape *shape = &picture->shape;
    const struct ml_src all = ml_dst_as_src(&picture->rows);
    if (setjmp(png_jmpbuf(png)))
        return false;
    png_set_write_fn(png, file, cases_store, cases_flush);
    png_set_compression_level(png, level);
    png_set_IHDR(png, info, shape->width, shape->height, shape->bits,
                 types[shape->layout], PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    if (shape->bits == 16)
        png_set_swap(png);
#endif
    for (uint32_t y = 0; y < shape->height; y++)
        png_write_row(png, ml_src_row(&all, y));
    png_write_end(png, NULL);
    return true;
}

static bool cases_libpng_encode(struct codecs_worker *worker,
                                const struct codecs_picture *picture, int with,
                                size_t *size_out)
{
    struct cases_libpng file = {worker->out, 0};
    png_structp png =
        png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    const bool ok = info && cases_libpng_write(png, info, picture, with, &file);
    png_destroy_write_struct(&png, &info);
    *size_out = file.used;
    return ok || ml_fail(&worker->err, ML_ERR_INTERNAL, "bench", NULL,
                         "libpng failed") == ML_OK;
}

const struct codecs_case codecs_cases[] = {
    {"JPEG decode, RGB", cases_jpeg_decode, CASES_ROWS},
    {"JPEG decode, planes", cases_jpeg_decode, CASES_PLANES},
    {"JPEG decode, RGB, 4/8", cases_jpeg_decode, 2},
    {"JPEG decode, RGB, 2/8", cases_jpeg_decode, 4},
    {"JPEG decode, RGB, 1/8", cases_jpeg_decode, 8},
    {"JPEG encode, q85, RGB", cases_jpeg_encode, CASES_ROWS},
    {"JPEG encode, q85, planes", cases_jpeg_encode, CASES_PLANES},
    {"PNG decode", cases_png_decode, 0},
    {"PNG decode, libpng", cases_png_decode, CASES_LIBPNG},
    {"PNG encode, level 0", cases_png_encode, 0},
    {"PNG encode, level 1", cases_png_encode, 1},
    {"PNG encode, level 1, libpng", cases_libpng_encode, 1},
    {"PNG encode, level 2", cases_png_encode, 2},
    {"PNG encode, level 2, libpng", cases_libpng_encode, 2},
    {"PNG encode, level 3", cases_png_encode, 3},
    {"PNG encode, level 3, libpng", cases_libpng_encode, 3},
    {"PNG encode, level 4", cases_png_encode, 4},
    {"PNG encode, level 4, libpng", cases_libpng_encode, 4},
    {"PNG encode, level 5", cases_png_encode, 5},
    {"PNG encode, level 5, libpng", cases_libpng_encode, 5},
    {"PNG encode, level 6 (default)", cases_png_encode, 6},
    {"PNG encode, level 6, libpng", cases_libpng_encode, 6},
    {"PNG encode, level 7", cases_png_encode, 7},
    {"PNG encode, level 7, libpng", cases_libpng_encode, 7},
    {"PNG encode, level 8", cases_png_encode, 8},
    {"PNG encode, level 8, libpng", cases_libpng_encode, 8},
    {"PNG encode, level 9", cases_png_encode, 9},
    {"PNG encode, level 9, libpng", cases_libpng_encode, 9},
};
const size_t codecs_case_count = sizeof codecs_cases / sizeof *codecs_cases;

/* ---- pictures ---- */

/* Decode all of `file` into newly allocated memory. */
static bool cases_frame(struct codecs_worker *worker, struct ml_bytes file,
                        bool planes, struct ml_shape *shape_out,
                        struct ml_dst *frame_out, void **owned_out)
{
    struct ml_source source;
    size_t bytes;
    if (!cases_open(worker, &source, file))
        return false;
    if (planes)
        source.codec->planes(&source);
    *shape_out = source.header.shape;
    bool ok = ml_source_start(&source, &worker->err) == ML_OK &&
              ml_rows_bytes(shape_out, shape_out->height, &bytes);
    *owned_out = ok ? malloc(bytes) : NULL;
    if (*owned_out) {
        ml_dst_place(frame_out, shape_out, *owned_out, 0, shape_out->height);
        ok = cases_read(worker, &source, frame_out);
    }
    ml_source_close(&source);
    return ok && *owned_out;
}

/* A copy of the file written last. */
static bool cases_keep(struct codecs_worker *worker, size_t size,
                       struct ml_bytes *file_out, void **owned_out)
{
    *owned_out = malloc(size);
    if (!*owned_out)
        return false;
    memcpy(*owned_out, worker->out, size);
    *file_out = (struct ml_bytes){*owned_out, size};
    return true;
}

bool codecs_picture_open(struct codecs_picture *picture,
                         struct codecs_worker *worker, struct ml_bytes file)
{
    size_t size;
    memset(picture, 0, sizeof *picture);
    ml_arena_reset(&worker->arena, 0);
    if (!cases_frame(worker, file, false, &picture->shape, &picture->rows,
                     &picture->owned[1]))
        return false;
    picture->owned[0] = malloc(file.size);
    if (!picture->owned[0])
        return false;
    memcpy(picture->owned[0], file.data, file.size);
    const struct ml_bytes own = {picture->owned[0], file.size};
    const bool jpeg = ml_codec_jpeg.sniff(file.data, file.size);
    ml_arena_reset(&worker->arena, 0);
    struct ml_bytes *other = jpeg ? &picture->png : &picture->jpeg;
    *(jpeg ? &picture->jpeg : &picture->png) = own;
    if (!(jpeg ? cases_png_encode(worker, picture, 6, &size)
               : cases_jpeg_encode(worker, picture, CASES_ROWS, &size)) ||
        !cases_keep(worker, size, other, &picture->owned[2]))
        return false;
    ml_arena_reset(&worker->arena, 0);
    struct ml_source source;
    if (!cases_open(worker, &source, picture->jpeg))
        return false;
    const bool planes = source.header.planes;
    ml_source_close(&source);
    return !planes ||
           cases_frame(worker, picture->jpeg, true, &picture->planes_shape,
                       &picture->planes, &picture->owned[3]);
}

void codecs_picture_close(struct codecs_picture *picture)
{
    for (size_t i = 0; i < sizeof picture->owned / sizeof *picture->owned; i++)
        free(picture->owned[i]);
}
