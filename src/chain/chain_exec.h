/* chain_exec.h: the execution of a chain on one picture.
 *
 * ml_chain_min_source_size() computes how far a source may shrink,
 * ml_chain_exec_prepare() computes every shape and the memory that the picture
 * needs, ml_chain_exec_run() pulls the rows through in strips: the sink needs a
 * strip, which needs a window of the last filter's input, which needs a window
 * of the filter before it, and so on up to the source.  Decode, filter and
 * encode are this one function with different sources and sinks: a codec or a
 * frame.  Each filter's input is in a row window, whose rows stay contiguous:
 * rows still needed move to the start of its memory now and then.
 *
 * All data is in the caller's arena.  One thread works on one picture; it may
 * share the rows of each filter with threads of its own
 * (ml_chain_exec_set_threads).
 */
#ifndef ML_CHAIN_CHAIN_EXEC_H
#define ML_CHAIN_CHAIN_EXEC_H

#include "chain/chain.h"

/* Conversions that the chain inserts: to premultiplied samples and back, over a
 * background, to 8 bits. */
#define ML_CONVERSION_MAX (2 * ML_CHAIN_MAX + 4)
#define ML_CHAIN_STEP_MAX (ML_CHAIN_MAX + ML_CONVERSION_MAX)

/* A picture before its first row. */
struct ml_picture_input {
    struct ml_shape shape;            /* of the rows of the source */
    uint32_t full_width, full_height; /* larger if the source shrinks */
    uint8_t orientation;              /* EXIF, 1-8 */
};

/* The shapes that the sink can store, and the colour behind transparent pixels.
 */
struct ml_output_format {
    struct ml_shape (*storable)(const struct ml_shape *shape);
    uint8_t background[3]; /* R, G, B */
    uint8_t sub_x, sub_y;  /* chroma subsampling of planes; 0: no planes */
};

/* Rows between two steps, or before the first, or after the last. */
struct ml_row_window {
    struct ml_shape shape;
    struct ml_dst memory;     /* `capacity` rows, in the arena */
    uint32_t capacity;        /* rows */
    uint32_t rows_per_strip;  /* made at a time */
    uint32_t rows_per_thread; /* of those, by one thread */
    uint32_t first;           /* picture row at the start of the memory */
    uint32_t y, y_end;        /* rows held */
};

struct ml_chain_step {
    const struct ml_filter *filter;
    const struct ml_value *values;
    void *state;
    void *scratch; /* for each thread that makes rows, one behind the other */
    size_t scratch_bytes;
};

/* Receives a span for each strip; times are of ml_now_ns(). */
struct ml_chain_observer {
    void *context;
    /* Called at the end of a span by the thread that runs the chain.
     * `chain_step` is NULL for the source and the sink.  NULL: not observed. */
    void (*on_strip)(void *context, enum ml_step step,
                     const struct ml_chain_step *chain_step, uint64_t start_ns,
                     uint64_t end_ns);
};

struct ml_yield_hooks;

struct ml_chain_exec {
    const struct ml_chain *chain;
    struct ml_chain_observer observer;  /* set before each run */
    struct ml_yield_hooks *yield_hooks; /* set before each run; NULL: none */
    struct ml_output_format target;
    struct ml_arena
        *arena; /* of tables and rows; may be changed between them */
    uint32_t full_width, full_height;
    struct ml_shape in, out;
    uint8_t orientation; /* after the chain */
    unsigned threads;    /* that make the rows of one step */
    size_t step_count;
    struct ml_chain_step steps[ML_CHAIN_STEP_MAX];
    /* [i] is the input of step i, the last one that of the sink. */
    struct ml_row_window windows[ML_CHAIN_STEP_MAX + 1];
    size_t row_bytes;            /* that ml_chain_exec_run() allocates */
    struct ml_value *background; /* for the flatten conversion */
};

/* Source and sink.  Rows are read and written top down, each once. */
struct ml_row_source {
    void *context;
    enum ml_status (*read)(void *context, const struct ml_dst *dst,
                           struct ml_error *err);
};
struct ml_row_sink {
    void *context;
    enum ml_status (*write)(void *context, const struct ml_src *src,
                            struct ml_error *err);
};

/* The time of a run by step. */
struct ml_step_times {
    uint64_t source_ns, filter_ns, sink_ns;
};

/* How far a source may shrink a picture whose output is much smaller. */
enum ml_shrink {
    ML_SHRINK_USUAL, /* so that the resize still averages pixels */
    ML_SHRINK_NEVER, /* --exact */
    ML_SHRINK_MOST   /* --fast: as long as nothing is enlarged */
};

/* The smallest size (in the source's own axes) that keeps the quality of this
 * chain; 0 x 0: the source must not shrink. */
ML_MUST_CHECK enum ml_status ml_chain_min_source_size(
    const struct ml_chain *chain, const struct ml_picture_input *input,
    enum ml_shrink shrink, struct ml_arena *arena, uint32_t *width_out,
    uint32_t *height_out, struct ml_error *err);

/* Can the rows of a JPEG stay in planes of subsampling sub_x, sub_y up to the
 * sink?  They can if every filter has a planar version or leaves this picture
 * unchanged, and the output planes have the subsampling of the sink.  Depends
 * on the chain and the shapes alone; input->shape is that of RGB. */
bool ml_chain_supports_ycc(const struct ml_chain *chain,
                           const struct ml_picture_input *input,
                           const struct ml_output_format *target, uint8_t sub_x,
                           uint8_t sub_y, struct ml_arena *arena);

/* Does this chain need only the luma of a JPEG?  It does if it makes the
 * picture gray, and every filter before treats luma as it treats each colour;
 * for any sink. */
bool ml_chain_supports_luma_only(const struct ml_chain *chain,
                                 const struct ml_picture_input *input,
                                 struct ml_arena *arena);

/* Compute steps, shapes and windows.  Allocates only tables in the arena;
 * exec->row_bytes is the memory that ml_chain_exec_run() will allocate. `chain`
 * must outlive `exec`; an empty chain with target.storable NULL passes rows
 * unchanged.  err->step is ML_STEP_FILTER. */
ML_MUST_CHECK enum ml_status
ml_chain_exec_prepare(struct ml_chain_exec *exec, const struct ml_chain *chain,
                      const struct ml_picture_input *input,
                      const struct ml_output_format *target,
                      struct ml_arena *arena, struct ml_error *err);

/* Make the rows of each filter that allows it with up to `threads` threads, the
 * caller included: the same bytes, in taller strips, for which row_bytes is
 * computed again.  Faster for pictures of a megapixel and more.
 * ml_chain_exec_prepare() sets one thread. */
ML_MUST_CHECK enum ml_status
ml_chain_exec_set_threads(struct ml_chain_exec *exec, unsigned threads,
                          struct ml_error *err);

/* Pull all rows from `in` to `out`.  err->step is the step that failed. */
ML_MUST_CHECK enum ml_status ml_chain_exec_run(struct ml_chain_exec *exec,
                                               const struct ml_row_source *in,
                                               const struct ml_row_sink *out,
                                               struct ml_step_times *times,
                                               struct ml_error *err);

/* ---- between prepare.c, pull.c and strip_size.c ---- */

/* Set strips and capacities of all windows by a simulation without pixels; sets
 * exec->row_bytes.  (pull.c) */
ML_MUST_CHECK enum ml_status
ml_chain_exec_size_windows(struct ml_chain_exec *exec, struct ml_error *err);

/* The input rows of step `index` for output rows [y, y_end), on the chroma grid
 * of its input; all rows if the step has an analysis pass.  (strip_size.c) */
struct ml_range ml_chain_exec_window(const struct ml_chain_exec *exec,
                                     size_t index, uint32_t y, uint32_t y_end);

/* Set rows_per_strip and rows_per_thread of each window.  (strip_size.c) */
void ml_strip_size_choose(struct ml_chain_exec *exec);
/* Bytes of scratch of all threads that make rows of this step.
 * (strip_size.c) */
size_t ml_strip_scratch_bytes(const struct ml_chain_exec *exec,
                              const struct ml_chain_step *chain_step);
/* Make the rows of *dst by step `index` from its window *src, with all threads
 * if there are several.  (strip_size.c) */
void ml_strip_make(const struct ml_chain_exec *exec, size_t index,
                   const struct ml_dst *dst, const struct ml_src *src);

/* Conversions, as filters outside the registry.  (convert.c) */
extern const struct ml_filter ml_convert_premultiply; /* to 16 bits */
extern const struct ml_filter ml_convert_unpremultiply_8,
    ml_convert_unpremultiply_16;
extern const struct ml_filter ml_convert_flatten; /* values[0].colour */
extern const struct ml_filter ml_convert_to_8_bits;

#endif
