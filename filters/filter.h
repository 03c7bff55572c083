/* filter.h: the contract between the chain and a filter.
 *
 * A filter is one const struct ml_filter: a table of parameters, a function
 * that prepares a picture, one that says which input rows an output row needs,
 * one that makes rows, and the plain-C version of that one, kept for ever as
 * its oracle.  Filters know rows and nothing else: no files, no codecs, no
 * threads.  They allocate from the arena while preparing, and nothing later.
 *
 * Order of calls for one picture, all in one thread except `rows`:
 *   prepare once (twice when a source shrinks on load) -> [survey once] ->
 *   needs and rows, top down.  Unless ML_FILTER_SEQUENTIAL is declared, `rows`
 * may be called for different ranges at once, each call with a scratch of its
 * own.
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
    ML_NUMBER_LIST, /* value.number of them, in prepare.numbers, each within
                   [min, max]; written 1_0_-1.  One such a filter at most */
};

struct ml_param {
    const char *name;
    enum ml_param_type type;
    const char *unit;           /* "px", "pixels of sigma"; NULL for none */
    double min, max;            /* inclusive; numbers only */
    double def;                 /* default; an index for ML_CHOICE; NAN when
                                   being left out means something else */
    const char *const *choices; /* ML_CHOICE: NULL-terminated names */
    bool required;              /* must be given; `def` is then not used */
    const char *help;           /* one line, lower case, no full stop */
};

/* What the user asked a picture to measure; 0 = not said. */
struct ml_size_value {
    uint32_t width, height; /* pixels */
    double percent;         /* of the input, when not 0 */
};

struct ml_value {
    bool given;   /* false: the default stands in `number` */
    bool percent; /* ML_LENGTH: number is a percentage */
    double number;
    struct ml_size_value size;
    uint8_t colour[4]; /* R, G, B, A, 8 bits each, not premultiplied */
};

struct ml_filter;
struct ml_point;

/* What `prepare` is given and what it gives back. */
struct ml_filter_setup {
    const struct ml_filter *filter; /* the one whose `prepare` is called */
    const struct ml_value *values;  /* one a parameter, in table order */
    const double *numbers; /* of the parameter of type ML_NUMBER_LIST */
    struct ml_shape in;    /* the rows this filter will be given */
    /* Size this picture has here when nothing was shrunk on load; the same as
     * `in` otherwise.  Sizes and percentages are worked out from this. */
    uint32_t full_width, full_height;
    /* Chroma subsampling of the planes that the sink stores; a filter that
     * resamples planes gives them so.  0: as they are. */
    uint8_t sub_x, sub_y;
    uint8_t orientation;    /* EXIF 1-8, in and out: a filter that turns the
                               picture upright sets it to 1 */
    struct ml_arena *arena; /* for the plan and its tables; lives as long as
                               the picture is worked on */
    /* Only the shape and the wishes are asked, for instance of the source what
     * it may shrink to: tables need not be made, the plan will not be used. */
    bool size_only;
    /* Only filters with ML_FILTER_RESIZES: their wish may be as small as what
     * they make, and leave their kernel little to average. */
    bool shrink_fully;
    /* Given back: */
    struct ml_shape out;
    void *state;
    size_t scratch_bytes; /* per call of `rows`; 0 when none is needed */
    bool is_identity;     /* this picture passes as it is: the chain leaves the
                           filter out and calls no other function of it */
    /* Only filters with ML_FILTER_YCC: not this time, be it for these values or
     * for planes of this size; the chain takes RGB instead. */
    bool needs_rgb;
    /* Only filters with ML_FILTER_RESIZES: any input of at least this size
     * gives an output of the wanted quality (the full size when it must be
     * exact); 0 = no wish. */
    uint32_t min_source_width, min_source_height;
};

/* Half-open range of picture rows. */
struct ml_range {
    uint32_t y, y_end;
};

enum ml_filter_flag {
    /* Layouts it takes as they are.  All take gray, gray+alpha, RGB and RGBA at
     * 8 and 16 bits; more must be said. */
    /* May run on ML_YCC: what it makes of planes is what it makes of RGB, and
     * what it makes of gray is the luma of that. */
    ML_FILTER_YCC = 1 << 0,
    ML_FILTER_CMYK = 1 << 1,
    /* How it deals with alpha; exactly one of these three. */
    ML_FILTER_PREMULTIPLIED =
        1 << 2, /* mixes neighbours: wants premultiplied samples */
    ML_FILTER_ANY_ALPHA =
        1 << 3, /* moves pixels unchanged: alpha state is all one */
    ML_FILTER_STRAIGHT_ALPHA = 1
                               << 4, /* changes colour pixel by pixel, leaves
                        alpha alone: wants samples that are not premultiplied */
    /* How rows may be asked for. */
    ML_FILTER_SEQUENTIAL = 1 << 5, /* rows once, top down, never split; scratch
                            is zeroed at the start and keeps its contents */
    /* It does not compute, it waits: whoever shares an interpreter lock lets go
     * of it meanwhile. */
    ML_FILTER_BLOCKS = 1 << 8,
    /* Shrink on load. */
    ML_FILTER_RESIZES = 1 << 6, /* sets least_width/height: a resize */
    ML_FILTER_SCALE_INVARIANT = 1
                                << 7, /* means the same at any scale: may stand
                             between a shrinking source and the resize */
};

struct ml_filter {
    const char *name;
    const char *summary; /* one line */
    const char *example; /* "resize:1600x1200,fit=cover" */
    const struct ml_param *params;
    size_t param_count;
    unsigned flags;
    const struct ml_point *point; /* its curves, when it is of the point family
                                     (family/point.h), else NULL: neighbours in
                                     a chain are then one table */

    /* Every check is made here; errors are ML_ERR_USAGE (a value that no
     * picture could take), ML_ERR_LIMIT, ML_ERR_MEMORY. */
    enum ml_status (*prepare)(struct ml_filter_setup *setup,
                              struct ml_error *err);
    /* Input rows needed for output rows [y, y_end), never empty, within the
     * picture.  As y grows neither bound moves back.  For planes: in luma
     * rows, wide enough for every plane; the chain aligns it. */
    struct ml_range (*input_window)(const void *state, uint32_t y,
                                    uint32_t y_end);
    /* Pictures of one shape may share a plan, one after the other: what differs
     * from call to call belongs into the scratch.
     *
     * Make all rows of *dst (any range of the output; in planes aligned to the
     * chroma grid) from *src, which holds at least what `needs` said.  Never
     * reads or writes outside the bytes of a row.  dst and src do not
     * overlap.  NULL in a filter that has not been tuned yet: the chain calls
     * rows_ref. */
    void (*render)(const void *state, void *scratch, const struct ml_dst *dst,
                   const struct ml_src *src);
    /* The definition, in doubles or plain C: the same bytes, and no code shared
     * with `rows`. */
    void (*render_ref)(const void *state, void *scratch,
                       const struct ml_dst *dst, const struct ml_src *src);
    /* Optional first pass: sees the whole input once before any row is made and
     * completes the plan.  The chain holds the frame at this point. */
    enum ml_status (*analyze)(void *state, const struct ml_src *frame,
                              struct ml_error *err);
};

/* Make the rows of *dst by the tuned loop, or by the reference where there is
 * no other. */
static inline void ml_filter_rows(const struct ml_filter *filter,
                                  const void *state, void *scratch,
                                  const struct ml_dst *dst,
                                  const struct ml_src *src)
{
    (filter->render ? filter->render : filter->render_ref)(state, scratch, dst,
                                                           src);
}

/* Of a struct ml_filter: its table of parameters. */
#define ML_PARAMS(table)                                                       \
    .params = (table), .param_count = sizeof(table) / sizeof *(table)

/* `needs` of a point operation. */
static inline struct ml_range ml_window_same_rows(const void *state, uint32_t y,
                                                  uint32_t y_end)
{
    (void)state;
    return (struct ml_range){y, y_end};
}

#endif
