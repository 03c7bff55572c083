/* filter.h: the contract between the chain and a filter.
 *
 * A filter is one const struct ml_filter: a table of parameters, a function
 * that prepares a picture, one that says which input rows an output row needs,
 * one that makes rows, and its definition in doubles or plain C, which stays
 * as the reference of the tuned one.  Filters know rows and nothing else: no
 * files, no codecs, no threads.  They allocate from the arena while they
 * prepare, and nothing later.
 *
 * Most filters belong to a family (filters/family/) and give it a few callbacks
 * in place of these functions.
 *
 * Order of calls for one picture, all in one thread except `render`:
 *   prepare once (twice when a source shrinks on load) -> [analyze once] ->
 *   input_window and render, top down.
 * Unless ML_FILTER_SEQUENTIAL is declared, `render` may be called for several
 * ranges at the same time, each call with a scratch of its own.
 */
#ifndef ML_FILTERS_FILTER_H
#define ML_FILTERS_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "image/shape.h"

#define ML_PARAM_MAX 16        /* parameters a filter may have */
#define ML_NUMBER_LIST_MAX 225 /* numbers in a list: 15 x 15 */

enum ml_param_type {
    ML_INTEGER,     /* value.number, a whole number within [min, max] */
    ML_REAL,        /* value.number within [min, max] */
    ML_PERCENT,     /* the same; written with or without '%' */
    ML_BOOLEAN,     /* value.number 0 or 1; written yes/no, true/false, 1/0 */
    ML_CHOICE,      /* value.number = index in `choices` */
    ML_LENGTH,      /* value.number and value.percent: "40" pixels or "10%" */
    ML_SIZE,        /* value.size: WxH, W, Wx, xH, P% */
    ML_COLOUR,      /* value.colour: #rgb #rrggbb #rrggbbaa black white gray */
    ML_DURATION,    /* value.number in milliseconds; written 5ms, 2s, 20us */
    ML_NUMBER_LIST, /* value.number of them, in setup.numbers, each within
                       [min, max]; written 1_0_-1.  At most one a filter */
};

struct ml_param {
    const char *name;
    enum ml_param_type type;
    const char *unit;           /* "px", "pixels of sigma"; NULL for none */
    double min, max;            /* inclusive; numbers only */
    double def;                 /* default; an index for ML_CHOICE; NAN when
                                   the filter computes it */
    const char *const *choices; /* ML_CHOICE: NULL-terminated names */
    bool required;              /* must be given; `def` is then not used */
    const char *help;           /* one line, lower case, no full stop */
};

/* The size that the user asked for; 0 = not given. */
struct ml_size_value {
    uint32_t width, height; /* pixels */
    double percent;         /* of the input, when not 0 */
};

struct ml_value {
    bool given;   /* false: `number` is the default */
    bool percent; /* ML_LENGTH: number is a percentage */
    double number;
    struct ml_size_value size;
    uint8_t colour[4]; /* R, G, B, A, 8 bits each, not premultiplied */
};

struct ml_filter;
struct ml_point;

/* Input and output of `prepare`. */
struct ml_filter_setup {
    const struct ml_filter *filter; /* whose `prepare` is called */
    const struct ml_value *values;  /* one a parameter, in table order */
    const double *numbers; /* of the parameter of type ML_NUMBER_LIST */
    struct ml_shape in;    /* of the input rows */
    /* The size of `in` if the source did not shrink on load.  Sizes and
     * percentages are computed from this. */
    uint32_t full_width, full_height;
    /* Chroma subsampling that the sink stores: the output of a filter that
     * resamples planes.  0: that of `in`. */
    uint8_t sub_x, sub_y;
    uint8_t orientation;    /* EXIF 1-8, in and out: a filter that sets the
                               picture upright sets it to 1 */
    struct ml_arena *arena; /* for the state and its tables; lives until the
                               picture is done */
    /* Only the shape and the minimum source size are used: tables need not be
     * made, no rows will be rendered. */
    bool size_only;
    /* Only filters with ML_FILTER_RESIZES: the minimum source size may be as
     * small as the output, which leaves the kernel little to average. */
    bool shrink_fully;
    /* Output: */
    struct ml_shape out;
    void *state;
    size_t scratch_bytes; /* per call of `render`; 0 when none is needed */
    bool is_identity;     /* this picture does not change: the chain leaves the
                             filter out and calls no other function of it */
    /* Only filters with ML_FILTER_YCC: these values, or planes of this size,
     * cannot be done on YCbCr planes; the chain converts to RGB. */
    bool needs_rgb;
    /* Only filters with ML_FILTER_RESIZES: any input of at least this size
     * gives an output of full quality (the full size when it must be exact);
     * 0 = any. */
    uint32_t min_source_width, min_source_height;
};

/* Half-open range of picture rows. */
struct ml_range {
    uint32_t y, y_end;
};

enum ml_filter_flag {
    /* Layouts that it accepts.  Every filter accepts gray, gray+alpha, RGB and
     * RGBA at 8 and 16 bits.
     * ML_FILTER_YCC: also runs on YCbCr planes.  The planes it makes are those
     * of the RGB it would make, and its gray is the luma of that RGB. */
    ML_FILTER_YCC = 1 << 0,
    ML_FILTER_CMYK = 1 << 1,
    /* Alpha; exactly one of these three. */
    /* Mixes neighbours: needs premultiplied samples. */
    ML_FILTER_PREMULTIPLIED = 1 << 2,
    /* Moves pixels unchanged: takes alpha either way. */
    ML_FILTER_ANY_ALPHA = 1 << 3,
    /* Changes the colour of each pixel and leaves alpha alone: needs samples
     * that are not premultiplied. */
    ML_FILTER_STRAIGHT_ALPHA = 1 << 4,
    /* Rows are rendered once, top down, never split.  The scratch is zeroed at
     * the start of a picture and keeps its contents from call to call. */
    ML_FILTER_SEQUENTIAL = 1 << 5,
    /* Shrink on load: sets min_source_width and min_source_height. */
    ML_FILTER_RESIZES = 1 << 6,
    /* Means the same at any scale: allowed between a source that shrinks on
     * load and the resize. */
    ML_FILTER_SCALE_INVARIANT = 1 << 7,
    /* `render` blocks without computing: release the GIL around it. */
    ML_FILTER_BLOCKS = 1 << 8
};

struct ml_filter {
    const char *name;
    const char *summary; /* one line */
    const char *example; /* "resize:1600x1200,fit=cover" */
    const struct ml_param *params;
    size_t param_count;
    unsigned flags;
    /* The curves of a filter of the point family (family/point.h), else NULL:
     * point filters that follow each other in a chain share one table. */
    const struct ml_point *point;

    /* Every check is made here; errors are ML_ERR_USAGE (a value that is wrong
     * for any picture), ML_ERR_LIMIT, ML_ERR_MEMORY. */
    enum ml_status (*prepare)(struct ml_filter_setup *setup,
                              struct ml_error *err);
    /* Input rows needed for output rows [y, y_end), never empty, within the
     * picture.  As y grows neither bound moves back.  For planes: in luma
     * rows, wide enough for every plane; the chain aligns it. */
    struct ml_range (*input_window)(const void *state, uint32_t y,
                                    uint32_t y_end);
    /* Make all rows of *dst (any range of the output; in planes aligned to the
     * chroma grid) from *src, which holds at least the rows that `input_window`
     * named.  Never reads or writes outside the bytes of a row.  dst and src do
     * not overlap.
     *
     * Pictures of one shape may share a state, one after the other: what
     * changes from call to call belongs in the scratch.
     *
     * NULL in a filter without a tuned version: the chain calls render_ref. */
    void (*render)(const void *state, void *scratch, const struct ml_dst *dst,
                   const struct ml_src *src);
    /* The definition, in doubles or plain C: the same bytes, and no code shared
     * with `render`. */
    void (*render_ref)(const void *state, void *scratch,
                       const struct ml_dst *dst, const struct ml_src *src);
    /* Optional analysis pass: reads the whole input once, before any row is
     * rendered, and completes the state.  The chain holds the frame here. */
    enum ml_status (*analyze)(void *state, const struct ml_src *frame,
                              struct ml_error *err);
};

/* Make the rows of *dst with `render`, or with `render_ref` if there is no
 * tuned version. */
static inline void ml_filter_rows(const struct ml_filter *filter,
                                  const void *state, void *scratch,
                                  const struct ml_dst *dst,
                                  const struct ml_src *src)
{
    (filter->render ? filter->render : filter->render_ref)(state, scratch, dst,
                                                           src);
}

/* Zeroed memory for the state of a filter, or for a part of it.  NULL: the
 * arena is full, and *err says so (ML_ERR_MEMORY). */
static inline void *ml_filter_alloc(const struct ml_filter_setup *setup,
                                    size_t bytes, struct ml_error *err)
{
    void *memory = ml_arena_calloc(setup->arena, bytes);
    if (!memory)
        (void)ml_fail(err, ML_ERR_MEMORY, "no memory for the filter's state",
                      "raise --memory", "%zu bytes", bytes);
    return memory;
}

/* In a struct ml_filter: the table of parameters. */
#define ML_PARAMS(table)                                                       \
    .params = (table), .param_count = sizeof(table) / sizeof *(table)

/* `input_window` of a filter whose output rows need the same input rows. */
static inline struct ml_range ml_window_same_rows(const void *state, uint32_t y,
                                                  uint32_t y_end)
{
    (void)state;
    return (struct ml_range){y, y_end};
}

#endif
