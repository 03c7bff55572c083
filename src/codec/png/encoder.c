/* encoder.c: rows -> a PNG file in the caller's memory.
 *
 * Gray, gray+alpha, RGB and RGBA of 8 and 16 bits, never interlaced.  libpng
 * writes the chunks before the pixels, and the pixels at level 0.  At the other
 * levels the pixels of a picture of usual size are collected and packed at once
 * (deflate_small.h), those of larger and smaller ones in strips
 * (deflate_parallel.h).  The memory held is bounded and declared as held_bytes.
 * The same rows and options make the same bytes; no time is written.  A profile
 * that does not fit the picture, and EXIF that cannot be parsed, are left out
 * and marked in metadata.dropped.
 */
#include "codec/png/encoder.h"

#include <assert.h>
#include <libdeflate.h>
#include <setjmp.h>
#include <string.h>

#include "codec/interleaved.h"
#include "codec/png/chunks.h"
#include "codec/png/deflate_parallel.h"
#include "codec/png/deflate_small.h"
#include "codec/png/error_trap.h"

/* Packed pixels are written in chunks of this size: libpng's 8 KiB would cost
 * 12 bytes of frame each. */
#define SINK_CHUNK_BYTES ((size_t)64 << 10)
#define SINK_CHUNK_FRAME ((size_t)12) /* length, type, checksum */

struct png_sink {
    struct ml_png lib; /* first: its address is passed to the callbacks */
    struct ml_sink *sink;
    bool full;  /* the output is full */
    bool whole; /* the rows are packed at the end, by `pack` */
    struct ml_png_deflate_small pack;
    struct ml_png_deflate_parallel
        *strips; /* else in strips; NULL: by libpng */
};

static struct png_sink *sink_state(struct ml_sink *sink)
{
    struct png_sink *state = sink->state;
    state->sink = sink;
    return state;
}

/* ---- callbacks ---- */

static void sink_store(png_structp png, png_bytep data, size_t size)
{
    struct png_sink *state = png_get_io_ptr(png);
    if (ml_interleaved_append(state->sink, data, size))
        return;
    state->full = true;
    png_error(png, "output is full");
}

static void sink_flush(png_structp png)
{
    (void)png; /* memory needs no flush */
}

/* libpng warns of a profile that it refuses; sink_profile() checks that. */
static void sink_on_warning(png_structp png, png_const_charp message)
{
    (void)png;
    (void)message;
}

static enum ml_status sink_fail(const struct png_sink *state,
                                struct ml_error *err)
{
    if (state->full)
        return ml_interleaved_fail_room(state->sink, err);
    if (state->lib.starved)
        return ml_png_fail_memory(err);
    return ml_fail(err, ML_ERR_INTERNAL, "the PNG cannot be written", NULL,
                   "%s", state->lib.message);
}

/* ---- header ---- */

static bool sink_create(struct png_sink *state)
{
    struct ml_png *lib = &state->lib;
    lib->png = png_create_write_struct_2(PNG_LIBPNG_VER_STRING, lib,
                                         ml_png_on_error, sink_on_warning, lib,
                                         ml_png_malloc, ml_png_free);
    if (lib->png)
        lib->info = png_create_info_struct(lib->png);
    return lib->info != NULL;
}

static int sink_colour_type(enum ml_layout layout)
{
    static const int types[] = {
        [ML_GRAY] = PNG_COLOR_TYPE_GRAY,
        [ML_GRAYA] = PNG_COLOR_TYPE_GRAY_ALPHA,
        [ML_RGB] = PNG_COLOR_TYPE_RGB,
        [ML_RGBA] = PNG_COLOR_TYPE_RGB_ALPHA,
    };
    assert(layout <= ML_RGBA); /* storable() gives no other */
    return types[layout];
}

static void sink_set_up(png_structp png, struct png_sink *state)
{
    png_set_write_fn(png, state, sink_store, sink_flush);
    png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_benign_errors(png, 1); /* warn of bad profiles, do not jump */
    png_set_compression_buffer_size(png, SINK_CHUNK_BYTES);
    png_set_compression_level(png, 0); /* of pixels that libpng writes */
    png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_FILTER_NONE);
}

static void sink_profile(const struct png_sink *state)
{
    struct ml_metadata *metadata = &state->sink->metadata;
    if (!metadata->icc.data)
        return;
    if (metadata->icc.size <= PNG_UINT_31_MAX)
        png_set_iCCP(state->lib.png, state->lib.info, "icc",
                     PNG_COMPRESSION_TYPE_BASE, metadata->icc.data,
                     (png_uint_32)metadata->icc.size);
    if (!png_get_valid(state->lib.png, state->lib.info, PNG_INFO_iCCP))
        metadata->dropped |= ML_DROPPED_PROFILE;
}

static void sink_density(const struct png_sink *state)
{
    const struct ml_metadata *metadata = &state->sink->metadata;
    const uint8_t unit = metadata->density_unit;
    if (metadata->density_given)
        png_set_pHYs(state->lib.png, state->lib.info,
                     ml_png_density_write(metadata->x_density, unit),
                     ml_png_density_write(metadata->y_density, unit),
                     unit ? PNG_RESOLUTION_METER : PNG_RESOLUTION_UNKNOWN);
}

/* Writes `exif` as a chunk, because libpng's own way copies it twice. */
static bool sink_write_header(struct png_sink *state, struct ml_bytes exif)
{
    png_structp png = state->lib.png;
    const struct ml_shape *shape = &state->sink->shape;
    if (setjmp(png_jmpbuf(png)))
        return false;
    sink_set_up(png, state);
    png_set_IHDR(png, state->lib.info, shape->width, shape->height, shape->bits,
                 sink_colour_type(shape->layout), PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    sink_profile(state);
    sink_density(state);
    png_write_info(png, state->lib.info);
    if (exif.size)
        png_write_chunk(png, (png_const_bytep) "eXIf", exif.data, exif.size);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    if (shape->bits == 16)
        png_set_swap(png); /* big-endian in the file */
#endif
    return true;
}

/* Set *exif_out to the EXIF to write; size 0: none. */
static enum ml_status sink_exif(struct ml_sink *sink, struct ml_bytes *exif_out,
                                struct ml_error *err)
{
    struct ml_metadata *metadata = &sink->metadata;
    bool thumbnail = false;
    *exif_out = (struct ml_bytes){0};
    if (!metadata->exif.data)
        return ML_OK;
    uint8_t *copy = ml_arena_alloc(sink->arena, metadata->exif.size);
    if (!copy)
        return ml_png_fail_memory(err);
    exif_out->data = copy;
    exif_out->size = ml_exif_rewrite(metadata->exif, metadata->orientation,
                                     copy, metadata->exif.size, &thumbnail);
    if (exif_out->size == 0)
        metadata->dropped |= ML_DROPPED_BROKEN;
    if (thumbnail)
        metadata->dropped |= ML_DROPPED_PREVIEWS;
    return ML_OK;
}

void ml_png_sink_prepare(struct ml_sink *sink)
{
    const int level = sink->options.png_level;
    assert(level >= 0 && level <= 9);
    sink->held_bytes = ml_png_deflate_small_held(&sink->shape, level);
    if (sink->held_bytes == 0 && level > 0)
        sink->held_bytes =
            ml_png_deflate_parallel_held(&sink->shape, sink->options.threads);
}

/* False: no memory. */
static bool sink_open_pixels(struct png_sink *state)
{
    struct ml_sink *sink = state->sink;
    const int level = sink->options.png_level;
    state->whole = ml_png_deflate_small_held(&sink->shape, level) > 0;
    if (state->whole)
        return ml_png_deflate_small_open(&state->pack, &sink->shape, level,
                                         sink->arena);
    if (level > 0)
        state->strips = ml_png_deflate_parallel_open(sink);
    return level == 0 || state->strips;
}

enum ml_status ml_png_sink_open(struct ml_sink *sink, struct ml_error *err)
{
    struct ml_bytes exif;
    sink->state = NULL;
    sink->next_y = 0;
    if (sink_exif(sink, &exif, err) != ML_OK)
        return err->status;
    struct png_sink *state = ml_arena_calloc(sink->arena, sizeof *state);
    if (!state)
        return ml_png_fail_memory(err);
    sink->state = state;
    state->sink = sink;
    enum ml_status status = ML_OK;
    if (!sink_open_pixels(state))
        status = ml_png_fail_memory(err);
    else if (!sink_create(state))
        status = ml_png_fail_memory(err);
    else if (!sink_write_header(state, exif))
        status = sink_fail(state, err);
    if (status != ML_OK)
        ml_png_sink_close(sink);
    return status;
}

/* ---- rows ---- */

static bool sink_write_rows(struct png_sink *state, const struct ml_src *src)
{
    png_structp png = state->lib.png;
    struct ml_sink *sink = state->sink;
    if (setjmp(png_jmpbuf(png)))
        return false;
    for (; sink->next_y < src->y_end; sink->next_y++)
        png_write_row(png, ml_src_row(src, sink->next_y));
    return true;
}

static enum ml_status sink_status(const struct png_sink *state,
                                  enum ml_status status, struct ml_error *err)
{
    return status == ML_OK ? ML_OK : ml_interleaved_fail_room(state->sink, err);
}

enum ml_status ml_png_sink_write(struct ml_sink *sink, const struct ml_src *src,
                                 struct ml_error *err)
{
    struct png_sink *state = sink_state(sink);
    assert(src->y == sink->next_y && src->y_end <= sink->shape.height);
    if (state->whole) {
        ml_png_deflate_small_rows(&state->pack, &sink->shape, src);
        sink->next_y = src->y_end;
        return ML_OK;
    }
    if (state->strips) {
        sink->next_y = src->y_end;
        return sink_status(
            state, ml_png_deflate_parallel_rows(state->strips, src), err);
    }
    return sink_write_rows(state, src) ? ML_OK : sink_fail(state, err);
}

static bool sink_write_tail(struct png_sink *state)
{
    png_structp png = state->lib.png;
    if (setjmp(png_jmpbuf(png)))
        return false;
    png_write_end(png, NULL);
    return true;
}

/* Write length, type and checksum around the data at `chunk` + 8. */
static void sink_frame_chunk(uint8_t *chunk, const char *type, size_t size)
{
    png_save_uint_32(chunk, (png_uint_32)size);
    memcpy(chunk + 4, type, 4);
    png_save_uint_32(chunk + 8 + size,
                     libdeflate_crc32(0, chunk + 4, 4 + size));
}

/* Pack all pixels into one IDAT in the output, and write the end.  The packer's
 * slack is overwritten by the checksum and the end. */
static enum ml_status sink_pack(struct png_sink *state, struct ml_error *err)
{
    static_assert(ML_PNG_PACK_SLACK <= 4 + SINK_CHUNK_FRAME, "behind IDAT");
    struct ml_sink *sink = state->sink;
    uint8_t *chunk = sink->output->data + sink->output->used;
    const size_t room = ml_interleaved_room(sink);
    size_t size = 0;
    enum ml_status status = ML_ERR_LIMIT;
    if (room > 2 * SINK_CHUNK_FRAME)
        status = ml_png_deflate_small_end(&state->pack, chunk + 8,
                                          room - 2 * SINK_CHUNK_FRAME, &size);
    if (status == ML_ERR_MEMORY)
        return ml_png_fail_memory(err);
    if (status != ML_OK)
        return ml_interleaved_fail_room(sink, err);
    sink_frame_chunk(chunk, "IDAT", size);
    sink_frame_chunk(chunk + SINK_CHUNK_FRAME + size, "IEND", 0);
    sink->output->used += 2 * SINK_CHUNK_FRAME + size;
    return ML_OK;
}

enum ml_status ml_png_sink_end(struct ml_sink *sink, struct ml_error *err)
{
    struct png_sink *state = sink_state(sink);
    assert(sink->next_y == sink->shape.height);
    if (state->whole)
        return sink_pack(state, err);
    if (state->strips)
        return sink_status(state, ml_png_deflate_parallel_end(state->strips),
                           err);
    return sink_write_tail(state) ? ML_OK : sink_fail(state, err);
}

void ml_png_sink_close(struct ml_sink *sink)
{
    struct png_sink *state = sink->state;
    if (!state)
        return;
    if (state->strips)
        ml_png_deflate_parallel_close(state->strips);
    png_destroy_write_struct(&state->lib.png, &state->lib.info);
    sink->state = NULL;
}
