/* decoder.c: a PNG file in memory -> rows.
 *
 * libpng reads the header.  The pixels of ordinary files are inflated at once
 * (inflate_whole.h), those of all other files by libpng.  Both ways expand
 * samples below a byte, palettes and colour keys, and write rows straight to
 * the caller's memory.  `start` decodes an interlaced picture into a frame in
 * the arena, whose bytes are declared as held_bytes; `read` copies from it.
 *
 * Damage is of two kinds.  If the pixels are affected, libpng jumps: the
 * picture fails, as by libpng's own default, but under --fail-on none the rows
 * from there on are blank.  If they are not, libpng warns: the warning is
 * counted, and fails the picture under --fail-on warning only.
 */
#include "codec/png/decoder.h"

#include <assert.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include "codec/interleaved.h"
#include "codec/png/error_trap.h"
#include "codec/png/header.h"
#include "codec/png/inflate_whole.h"

#define SOURCE_CHUNK_COUNT 128 /* ancillary chunks that libpng may keep */
/* Under --fail-on none, libpng inflates pieces of this size, so that it decodes
 * every byte before a cut. */
#define SOURCE_PIECE_BYTES 64
#define SOURCE_PASSES 7

static const char source_remedy_header[] = "get the file again from its source";
static const char source_remedy[] =
    "get a good copy, or keep what can be read with --fail-on none";

struct png_source {
    struct ml_png lib; /* first: its address is passed to the callbacks */
    struct ml_source *source;
    size_t at;      /* bytes of the file that libpng has read */
    bool ended;     /* libpng requested bytes beyond the end of the file */
    bool broken;    /* libpng jumped: no more calls, blank rows */
    int pass;       /* interlaced: 0..6, the pass being read */
    uint32_t y;     /* next row of libpng */
    uint8_t *frame; /* interlaced: the picture; else NULL */
    struct ml_png_inflate whole;
    struct ml_png_coding coding; /* for `whole` */
    struct ml_png_header header;
    enum ml_status damage; /* of the first warning that fails the picture */
    char damage_why[96];
};

static struct png_source *source_state(struct ml_source *source)
{
    struct png_source *state = source->state;
    state->source = source;
    return state;
}

/* ---- callbacks ---- */

static void source_fetch(png_structp png, png_bytep data, size_t size)
{
    struct png_source *state = png_get_io_ptr(png);
    const struct ml_bytes file = state->source->file;
    if (size > file.size - state->at) {
        char why[64];
        state->ended = true;
        (void)snprintf(why, sizeof why, "the file ends after %zu bytes",
                       file.size);
        png_error(png, why);
    }
    memcpy(data, file.data + state->at, size);
    state->at += size;
}

static void source_note(struct ml_source *source, const char *message)
{
    if (source->warnings++ == 0)
        (void)snprintf(source->warning, sizeof source->warning, "%s", message);
}

/* "incorrect data check" is zlib's message for a wrong Adler-32.  libpng jumps
 * or warns, depending on where the last row ends in the stream; here it is
 * damage of the pixels either way.  No other warning is about the pixels. */
static void source_on_warning(png_structp png, png_const_charp message)
{
    struct png_source *state = png_get_error_ptr(png);
    const enum ml_fail_on fail_on = state->source->options.fail_on;
    const bool pixels = strstr(message, "incorrect data check");
    const bool fails = pixels ? fail_on != ML_FAIL_ON_NONE
                              : ml_fails_on(fail_on, ML_ERR_WARNING);
    source_note(state->source, message);
    if (state->damage != ML_OK || !fails)
        return;
    state->damage = pixels ? ML_ERR_CORRUPT : ML_ERR_WARNING;
    (void)snprintf(state->damage_why, sizeof state->damage_why, "%s", message);
}

/* ---- outcomes ---- */

static enum ml_status source_fail(const struct png_source *state,
                                  const char *remedy, struct ml_error *err)
{
    const char *why = state->lib.message;
    if (state->lib.starved)
        return ml_png_fail_memory(err);
    /* libpng's message for a stream that ends before the last row. */
    if (state->ended || strcmp(why, "Not enough image data") == 0)
        return ml_fail(err, ML_ERR_TRUNCATED, "PNG data ends early", remedy,
                       "%s, in row %" PRIu32 " of %" PRIu32, why, state->y,
                       state->header.height);
    return ml_fail(err, ML_ERR_CORRUPT, "PNG data is damaged", remedy, "%s",
                   why);
}

/* After a jump behind the header: fail, or continue with blank rows. */
static enum ml_status source_after_jump(struct png_source *state,
                                        struct ml_error *err)
{
    if (state->lib.starved || state->source->options.fail_on != ML_FAIL_ON_NONE)
        return source_fail(state, source_remedy, err);
    source_note(state->source, state->lib.message);
    state->broken = true;
    return ML_OK;
}

/* After a return of libpng: fail if one of its warnings has to. */
static enum ml_status source_after_call(const struct png_source *state,
                                        struct ml_error *err)
{
    if (state->damage == ML_ERR_CORRUPT)
        return ml_fail(err, ML_ERR_CORRUPT, "PNG data is damaged",
                       source_remedy, "%s", state->damage_why);
    if (state->damage != ML_OK)
        return ml_fail(err, state->damage, "PNG reads with a warning",
                       "lower --fail-on to accept it", "%s", state->damage_why);
    return ML_OK;
}

/* ---- header ---- */

/* Check sizes before libpng reads them: its own limits do not follow the
 * options. */
static enum ml_status source_check_size(const struct ml_source *source,
                                        struct ml_error *err)
{
    const uint8_t *data = source->file.data;
    if (source->file.size < 24 || memcmp(data + 12, "IHDR", 4) != 0)
        return ML_OK; /* libpng reports the damage */
    return ml_limits_check(&source->options.limits, png_get_uint_32(data + 16),
                           png_get_uint_32(data + 20), err);
}

static bool source_create(struct png_source *state)
{
    struct ml_png *lib = &state->lib;
    lib->png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, lib,
                                        ml_png_on_error, source_on_warning, lib,
                                        ml_png_malloc, ml_png_free);
    if (lib->png)
        lib->info = png_create_info_struct(lib->png);
    return lib->info != NULL;
}

/* Do not unpack chunks that are not carried: a few bytes of text may inflate to
 * megabytes.  ml_png_walk() finds them; libpng still checks their checksums. */
static void source_skip_chunks(png_structp png)
{
    static const png_byte names[] = "tEXt\0zTXt\0iTXt\0sPLT\0pCAL\0sCAL\0eXIf";
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, names,
                                sizeof names / 5);
}

static void source_set_up(png_structp png, struct png_source *state)
{
    png_set_read_fn(png, state, source_fetch);
    png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_chunk_malloc_max(png, ML_PNG_CHUNK_BYTES);
    png_set_chunk_cache_max(png, SOURCE_CHUNK_COUNT);
    source_skip_chunks(png);
    if (state->source->options.fail_on == ML_FAIL_ON_NONE) {
        png_set_crc_action(png, PNG_CRC_WARN_USE, PNG_CRC_WARN_DISCARD);
        png_set_compression_buffer_size(png, SOURCE_PIECE_BYTES);
    }
}

/* False: libpng jumped. */
static bool source_read_header(struct png_source *state)
{
    png_structp png = state->lib.png;
    if (setjmp(png_jmpbuf(png)))
        return false;
    source_set_up(png, state);
    png_read_info(png, state->lib.info);
    struct ml_png_header *header = &state->header;
    png_get_IHDR(png, state->lib.info, &header->width, &header->height,
                 &header->bit_depth, &header->colour_type, &header->interlace,
                 NULL, NULL);
    return true;
}

/* ---- header ---- */

/* libpng has just read length and type of the first IDAT: 8 bytes. */
static void source_plan_whole(struct png_source *state,
                              const struct ml_source *source)
{
    if (state->header.interlace)
        return;
    ml_png_fill_coding(&state->lib, &state->header, &state->coding);
    ml_png_inflate_plan(&state->whole, source->file, state->at - 8,
                        &source->header.shape, &state->coding);
}

static enum ml_status source_fill_header(struct png_source *state,
                                         struct ml_source *source,
                                         struct ml_error *err)
{
    struct ml_source_header *header = &source->header;
    size_t frame_bytes;
    ml_png_fill_shape(&state->lib, &state->header, header);
    if (!ml_rows_bytes(&header->shape, state->header.height, &frame_bytes))
        return ml_png_fail_memory(err);
    source_plan_whole(state, source);
    header->held_bytes = state->header.interlace
                             ? frame_bytes
                             : ml_png_inflate_held(&state->whole);
    return ml_png_fill_metadata(&state->lib, &state->header, source, err);
}

enum ml_status ml_png_open(struct ml_source *source, struct ml_error *err)
{
    enum ml_status status = source_check_size(source, err);
    if (status != ML_OK)
        return status;
    struct png_source *state = ml_arena_calloc(source->arena, sizeof *state);
    if (!state)
        return ml_png_fail_memory(err);
    source->state = state;
    state->source = source;
    if (!source_create(state))
        status = ml_png_fail_memory(err);
    else if (!source_read_header(state))
        status = source_fail(state, source_remedy_header, err);
    else if ((status = source_after_call(state, err)) == ML_OK)
        status = source_fill_header(state, source, err);
    if (status != ML_OK)
        ml_png_close(source);
    return status;
}

/* ---- rows ---- */

static bool source_begin_rows(struct png_source *state)
{
    png_structp png = state->lib.png;
    if (setjmp(png_jmpbuf(png)))
        return false;
    png_set_expand(png); /* gray below 8 bits, palette, tRNS */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    png_set_swap(png); /* 16 bits: big-endian in the file */
#endif
    (void)png_set_interlace_handling(png);
    png_read_update_info(png, state->lib.info);
    return true;
}

/* The second row argument makes each pass fill the blocks that later passes
 * refine, so that a truncated picture is coarse and has no holes. */
static bool source_read_passes(struct png_source *state, size_t stride)
{
    png_structp png = state->lib.png;
    if (setjmp(png_jmpbuf(png)))
        return false;
    for (; state->pass < SOURCE_PASSES; state->pass++)
        for (state->y = 0; state->y < state->header.height; state->y++)
            png_read_row(png, NULL, state->frame + state->y * stride);
    return true;
}

static bool source_read_rows(struct png_source *state, const struct ml_dst *dst)
{
    png_structp png = state->lib.png;
    if (setjmp(png_jmpbuf(png)))
        return false;
    for (; state->y < dst->y_end; state->y++)
        png_read_row(png, ml_dst_row(dst, state->y), NULL);
    return true;
}

static enum ml_status source_read_frame(struct png_source *state,
                                        struct ml_source *source,
                                        struct ml_error *err)
{
    const struct ml_shape *shape = &source->header.shape;
    struct ml_dst whole;
    state->frame =
        ml_arena_alloc(source->arena, (size_t)source->header.held_bytes);
    if (!state->frame)
        return ml_fail(err, ML_ERR_MEMORY, "not enough memory for the picture",
                       "lower --jobs or raise --memory",
                       "an interlaced PNG is decoded whole: %" PRIu64 " bytes",
                       source->header.held_bytes);
    ml_dst_place(&whole, shape, state->frame, 0, shape->height);
    if (source->options.fail_on == ML_FAIL_ON_NONE)
        ml_interleaved_blank(shape, &whole, 0, 0);
    if (!source_read_passes(state, whole.stride_bytes[0]))
        return source_after_jump(state, err);
    return source_after_call(state, err);
}

enum ml_status ml_png_start(struct ml_source *source, struct ml_error *err)
{
    struct png_source *state = source_state(source);
    if (ml_png_inflate_start(&state->whole, source->file, source->arena))
        return ML_OK;
    if (!source_begin_rows(state))
        return source_fail(state, source_remedy_header, err);
    assert(png_get_rowbytes(state->lib.png, state->lib.info) ==
           ml_row_bytes(&source->header.shape, 0));
    if (state->header.interlace)
        return source_read_frame(state, source, err);
    return source_after_call(state, err);
}

void ml_png_stream(struct ml_source *source)
{
    struct png_source *state = source_state(source);
    if (!state->header.interlace)
        source->header.held_bytes = 0;
    state->whole.raw_bytes = 0;
}

bool ml_png_is_whole(const struct ml_source *source)
{
    const struct png_source *state = source->state;
    return state->whole.raw != NULL;
}

static void source_copy_rows(const struct png_source *state,
                             const struct ml_shape *shape,
                             const struct ml_dst *dst)
{
    struct ml_dst whole;
    ml_dst_place(&whole, shape, state->frame, 0, shape->height);
    const struct ml_src from = ml_dst_as_src(&whole);
    ml_rows_copy(dst, &from, shape);
}

enum ml_status ml_png_read(struct ml_source *source, const struct ml_dst *dst,
                           struct ml_error *err)
{
    struct png_source *state = source_state(source);
    const struct ml_shape *shape = &source->header.shape;
    enum ml_status status = ML_OK;
    if (state->frame) {
        source_copy_rows(state, shape, dst);
        return ML_OK;
    }
    if (state->whole.raw) {
        ml_png_inflate_read(&state->whole, shape, dst);
        return ML_OK;
    }
    if (!state->broken)
        status = source_read_rows(state, dst) ? source_after_call(state, err)
                                              : source_after_jump(state, err);
    if (state->broken)
        ml_interleaved_blank(shape, dst, state->y > dst->y ? state->y : dst->y,
                             0);
    return status;
}

/* ---- the end ---- */

static bool source_read_tail(struct png_source *state)
{
    png_structp png = state->lib.png;
    if (setjmp(png_jmpbuf(png)))
        return false;
    png_read_end(png, NULL);
    return true;
}

enum ml_status ml_png_end(struct ml_source *source, struct ml_error *err)
{
    struct png_source *state = source_state(source);
    if (state->broken || state->whole.raw) /* reported, or checked, before */
        return ML_OK;
    return source_read_tail(state) ? source_after_call(state, err)
                                   : source_after_jump(state, err);
}

void ml_png_close(struct ml_source *source)
{
    struct png_source *state = source->state;
    if (!state)
        return;
    png_destroy_read_struct(&state->lib.png, &state->lib.info, NULL);
    source->state = NULL;
}
