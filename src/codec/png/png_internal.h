/* png_internal.h: what the PNG source and the PNG sink share, and how the work
 * is split.
 *
 *   png.c         the table row, memory and errors of libpng
 *   chunks.c  what lies beside the pixels, found by walking the chunks
 *   header.c   what the header tells
 *   decoder.c  file -> rows, by libpng or by
 *   inflate_whole.c   the pixels of ordinary files, with libdeflate, and
 *   unfilter.c their filters and
 *   expand.c  their palettes, keys and depths
 *   encoder.c    rows -> file, the pixels by
 *   deflate_small.c    libdeflate in one go, or where that does not suit by
 *   deflate_parallel.c  zlib in strips
 *   filter.c  filters of both, and
 *   zlib_arena.c    zlib in the memory of the arena
 *
 * libpng reports errors by longjmp.  Every call that may do so sits in a small
 * function that begins with setjmp and changes no local afterwards; the jump
 * never leaves these files.
 */
#ifndef ML_CODEC_PNG_PNG_INTERNAL_H
#define ML_CODEC_PNG_PNG_INTERNAL_H

#include <png.h>

#include "codec/codec.h"
#include "codec/png/expand.h"

#define ML_PNG_CHUNK_BYTES                                                     \
    ((size_t)8 << 20) /* libpng reads of a side chunk                          \
                       */

/* The head of both states: what libpng's callbacks need.  It is libpng's error
 * and memory pointer. */
struct ml_png {
    png_structp png;
    png_infop info;
    bool starved;     /* malloc said no */
    char message[96]; /* of the error that jumped */
};

/* libpng's callbacks; on_error jumps to png_jmpbuf(png). */
_Noreturn void ml_png_on_error(png_structp png, png_const_charp message);
png_voidp ml_png_malloc(png_structp png, png_alloc_size_t size);
void ml_png_free(png_structp png, png_voidp memory);
/* The error when malloc said no. */
enum ml_status ml_png_fail_memory(struct ml_error *err);

/* The IHDR chunk. */
struct ml_png_header {
    uint32_t width, height;
    int bit_depth, colour_type, interlace;
};

/* Facts of the picture but held_bytes and metadata. */
void ml_png_fill_shape(const struct ml_png *lib,
                       const struct ml_png_header *header,
                       struct ml_source_header *facts);
void ml_png_fill_coding(const struct ml_png *lib,
                        const struct ml_png_header *header,
                        struct ml_png_coding *coding);
/* Metadata; a profile is copied into the source's arena. */
enum ml_status ml_png_fill_metadata(const struct ml_png *lib,
                                    const struct ml_png_header *header,
                                    struct ml_source *source,
                                    struct ml_error *err);

/* What walking the chunks of a file finds. */
struct ml_png_ancillary {
    bool profile; /* an iCCP chunk; libpng judges and unpacks it */
    bool colour;  /* chunks that say the samples are not plain sRGB */
};

/* Walk the chunks behind the signature, before and after the pixels, to the
 * end or the first that does not fit.  Fills exif (a view of `file`),
 * orientation, density and dropped of *metadata; chunks that are carried count
 * only when their checksum is right.  `gray` pictures have no primaries. */
struct ml_png_ancillary ml_png_walk(struct ml_bytes file, bool gray,
                                    struct ml_metadata *metadata);

/* Pixels per metre of a density of ml_metadata. */
uint32_t ml_png_density_write(uint16_t density, uint8_t unit);

/* For tests, which hold one way of reading to the other: between open and
 * start, leave all pixels to libpng; after start, were they unpacked in one go?
 */
void ml_png_stream(struct ml_source *source);
bool ml_png_is_whole(const struct ml_source *source);

/* The functions of the table row. */
enum ml_status ml_png_open(struct ml_source *source, struct ml_error *err);
enum ml_status ml_png_start(struct ml_source *source, struct ml_error *err);
enum ml_status ml_png_read(struct ml_source *source, const struct ml_dst *dst,
                           struct ml_error *err);
enum ml_status ml_png_end(struct ml_source *source, struct ml_error *err);
void ml_png_close(struct ml_source *source);
void ml_png_sink_prepare(struct ml_sink *sink);
enum ml_status ml_png_sink_open(struct ml_sink *sink, struct ml_error *err);
enum ml_status ml_png_sink_write(struct ml_sink *sink, const struct ml_src *src,
                                 struct ml_error *err);
enum ml_status ml_png_sink_end(struct ml_sink *sink, struct ml_error *err);
void ml_png_sink_close(struct ml_sink *sink);

#endif
