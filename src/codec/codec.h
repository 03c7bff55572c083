/* codec.h: bytes <-> rows.  Each file format is one row of a table
 * (registry.h).
 *
 * A source reads a whole file in memory and gives its rows in order; a sink
 * takes rows in order and writes a whole file to memory.  Both are structs that
 * the caller owns.  Close frees what their library has allocated, and is safe
 * after an open that failed.  A codec opens no file and knows no filter.  One
 * thread uses a source or a sink; a sink may start threads of its own
 * (`threads`), which its close joins.
 */
#ifndef ML_CODEC_CODEC_H
#define ML_CODEC_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "image/metadata.h"
#include "image/shape.h"

/* The least severe damage that fails a picture (--fail-on). */
enum ml_fail_on {
    ML_FAIL_ON_NONE,      /* keep all rows that can be read, fill the rest */
    ML_FAIL_ON_TRUNCATED, /* data that ends early (default) */
    ML_FAIL_ON_ERROR,     /* also corrupt data */
    ML_FAIL_ON_WARNING    /* also every warning of the library */
};

struct ml_limits {
    uint64_t pixels;       /* width * height; --limit-pixels, 256e6 */
    uint32_t side;         /* --limit-side, 65500 */
    uint32_t jpeg_scans;   /* progressive scans, 100 */
    uint64_t input_bytes;  /* --limit-file */
    uint64_t output_bytes; /* --limit-output */
};
extern const struct ml_limits ml_limits_default;

/* The header of a picture.  Filled by `open`; shrink, planes and luma set
 * `shape` again. */
struct ml_source_header {
    struct ml_shape shape; /* of the rows to be read, before orientation */
    uint32_t full_width, full_height; /* as stored in the file */
    const char *format;               /* "jpeg", "png", "pnm" */
    char coding[48]; /* "progressive, YCbCr 4:2:0", "palette 4 bits" */
    bool planes;     /* can give ML_YCC rows, at the current scale, */
    uint8_t plane_sub_x, plane_sub_y; /* with this subsampling */
    bool luma;                        /* can give its Y alone, as ML_GRAY */
    bool shrinks;                     /* can give 1/2, 1/4, 1/8 of its size */
    bool lossy;                       /* stored with loss: JPEG */
    /* Memory that the library holds once started, beyond some rows (progressive
     * coefficients, an interlaced frame).  The caller charges it to the memory
     * budget before `start` allocates it. */
    uint64_t held_bytes;
    struct ml_metadata metadata;
};

struct ml_source_options {
    enum ml_fail_on fail_on;
    struct ml_limits limits;
};

struct ml_source {
    const struct ml_codec *codec;
    struct ml_source_header header;
    struct ml_source_options options;
    struct ml_bytes file;   /* the input; outlives the source */
    struct ml_arena *arena; /* metadata copies, row pointers */
    uint32_t next_y;        /* first row not read yet */
    unsigned warnings;      /* of the library, less severe than fail_on */
    char warning[96];       /* the first of them */
    void *state;            /* the codec's own */
};

struct ml_sink_options {
    int quality;          /* JPEG 1-100 */
    uint16_t subsample;   /* JPEG 420, 422, 444 */
    bool progressive;     /* JPEG */
    int png_level;        /* 0-9 */
    uint64_t limit_bytes; /* --limit-output; a larger file is ML_ERR_LIMIT */
    unsigned threads;     /* at most, the calling thread included; at least 1.
                             Any number makes the same bytes */
};
extern const struct ml_sink_options ml_sink_options_default;

/* The file that a sink writes: memory of fixed capacity, owned by the caller.
 */
struct ml_output {
    uint8_t *data;
    size_t capacity;
    size_t used;
};

struct ml_sink {
    const struct ml_codec *codec;
    struct ml_shape shape;
    struct ml_sink_options options;
    /* To be written, orientation included.  sink_open adds to `dropped` the
     * kinds that this format cannot store. */
    struct ml_metadata metadata;
    struct ml_output *output;
    struct ml_arena *arena;
    uint32_t next_y;
    uint64_t held_bytes; /* as in ml_source_header; set by sink_prepare */
    void *state;
};

struct ml_codec {
    const char *name;          /* "jpeg": also what --to takes */
    const char *extensions[8]; /* lower case, without dot, [0] is the usual
                                  one; NULL-terminated */
    /* Are these the first bytes of this format?  `size` may be 0. */
    bool (*sniff)(const uint8_t *data, size_t size);

    /* Read the header and fill source->header.  Allocates nothing that grows
     * with the picture.  Checks the limits (size, pixels, scans).  On failure
     * nothing is left to free. */
    enum ml_status (*open)(struct ml_source *source, struct ml_error *err);
    /* Give the smallest of 1/1, 1/2, 1/4, 1/8 that is at least this size in
     * both directions; sets header.shape.  NULL: not supported. */
    void (*shrink)(struct ml_source *source, uint32_t least_width,
                   uint32_t least_height);
    /* Give ML_YCC rows; sets header.shape.  NULL: not supported. */
    void (*planes)(struct ml_source *source);
    /* Give the Y samples alone, as ML_GRAY rows; sets header.shape.  NULL: not
     * supported. */
    void (*luma)(struct ml_source *source);
    /* Begin decoding: the library allocates its memory here. */
    enum ml_status (*start)(struct ml_source *source, struct ml_error *err);
    /* Fill *dst, whose rows begin at source->next_y and end within the
     * picture; planar ranges begin and end at multiples of 8 * sub_y rows, a
     * whole number of iMCU rows at any scale (or at the picture's end). */
    enum ml_status (*read)(struct ml_source *source, const struct ml_dst *dst,
                           struct ml_error *err);
    /* After the last row: check the rest of the file (a truncated tail,
     * checksums); fail_on decides what fails. */
    enum ml_status (*end)(struct ml_source *source, struct ml_error *err);
    void (*close)(struct ml_source *source);

    /* The nearest shape to `shape` that this format can store; the caller
     * converts to it (JPEG: alpha flattened, 16 bits to 8). */
    struct ml_shape (*storable)(const struct ml_shape *shape);
    /* The subsampling of planes that the sink stores without conversion; NULL:
     * it takes no planes. */
    void (*sampling)(const struct ml_sink_options *options, uint8_t *sub_x_out,
                     uint8_t *sub_y_out);
    /* Set sink->held_bytes from shape and options; allocates nothing. */
    void (*sink_prepare)(struct ml_sink *sink);
    enum ml_status (*sink_open)(struct ml_sink *sink, struct ml_error *err);
    /* Rows begin at sink->next_y. */
    enum ml_status (*sink_write)(struct ml_sink *sink, const struct ml_src *src,
                                 struct ml_error *err);
    /* After the last row: the file is complete in *output. */
    enum ml_status (*sink_end)(struct ml_sink *sink, struct ml_error *err);
    void (*sink_close)(struct ml_sink *sink);
};

/* ---- for callers: a source that ml_source_open() of registry.h opened ---- */

ML_MUST_CHECK enum ml_status ml_source_start(struct ml_source *source,
                                             struct ml_error *err);
ML_MUST_CHECK enum ml_status ml_source_read(struct ml_source *source,
                                            const struct ml_dst *dst,
                                            struct ml_error *err);
ML_MUST_CHECK enum ml_status ml_source_end(struct ml_source *source,
                                           struct ml_error *err);
void ml_source_close(struct ml_source *source);

/* Check a size from a header against the limits; every codec calls it before
 * it allocates.  ML_ERR_CORRUPT for 0, ML_ERR_LIMIT naming the option. */
ML_MUST_CHECK enum ml_status ml_limits_check(const struct ml_limits *limits,
                                             uint64_t width, uint64_t height,
                                             struct ml_error *err);
/* Does damage of kind `status` (ML_ERR_TRUNCATED, ML_ERR_CORRUPT or
 * ML_ERR_WARNING) fail a picture under `fail_on`? */
bool ml_fails_on(enum ml_fail_on fail_on, enum ml_status status);

#endif
