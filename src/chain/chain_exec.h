/* chain_exec.h: one picture on its way through the chain.
 *
 * ml_chain_min_source_size() says what size a source may shrink to,
 * ml_chain_exec_prepare() works out every shape and the memory the picture
 * needs, ml_chain_exec_run() pulls the rows through in strips: the sink wants a
 * strip, which needs a window of the last filter's input, which needs a window
 * of the filter before it, and so on up to the source.  Decode, filter and
 * encode are this one function with different ends: a codec or a frame.  Each
 * filter's window lies in a ring of rows; rows stay contiguous (what is still
 * needed slides to the front now and then).
 *
 * Everything lies in the caller's arena.  One thread works on one picture; it
 * may have the rows of each filter made by a team (ml_chain_exec_set_threads).
 */
#ifndef ML_CHAIN_CHAIN_EXEC_H
#define ML_CHAIN_CHAIN_EXEC_H

#include "chain/chain.h"

/* Conversions that the chain adds by itself: into premultiplied samples and
 * back, over a background, to 8 bits. */
#define ML_CONVERSION_MAX (2 * ML_CHAIN_MAX + 4)
#define ML_CHAIN_STEP_MAX (ML_CHAIN_MAX + ML_CONVERSION_MAX)

/* What is known of a picture before its first row. */
struct ml_picture_input {
    struct ml_shape shape;            /* of the rows the source will give */
    uint32_t full_width, full_height; /* larger when it shrinks on load */
    uint8_t orientation;              /* EXIF, 1-8 */
};

/* What the sink can take, and what stands behind transparent pixels. */
struct ml_output_format {
    struct ml_shape (*storable)(const struct ml_shape *shape);
    uint8_t background[3]; /* R, G, B */
    uint8_t sub_x, sub_y;  /* chroma subsampling of planes; 0: no planes */
};

/* Rows between two filters, or before the first, or after the last. */
struct ml_row_window {
    struct ml_shape shape;
    struct ml_dst memory;     /* `capacity` rows, at the arena */
    uint32_t capacity;        /* rows */
    uint32_t rows_per_strip;  /* rows made at a time, */
    uint32_t rows_per_thread; /* so many by one thread */
    uint32_t first;           /* picture row at the head of the memory */
    uint32_t y, y_end;        /* rows held */
};

struct ml_chain_step {
    const struct ml_filter *filter;
    const struct ml_value *values;
    void *state;
    void *scratch; /* one for each thread that makes its rows */
    size_t scratch_bytes;
};

/* Who wants to know when each strip was worked at; times as ml_now_ns(). */
struct ml_chain_observer {
    void *context;
    /* `stage` is that of a filter; NULL at the ends.  Called by the thread that
     * runs the work, at the end of what it tells of. */
    void (*on_strip)(void *context, enum ml_step step,
                     const struct ml_chain_step *chain_step, uint64_t start_ns,
                     uint64_t end_ns);
};

struct ml_yield_hooks;

struct ml_chain_exec {
    const struct ml_chain *chain;
    struct ml_chain_observer
        observer; /* saw NULL: nobody; set before each run */
    struct ml_yield_hooks
        *yield_hooks; /* for others, see yield_points.h; NULL: none; likewise */
    struct ml_output_format target;
    struct ml_arena *arena; /* of the tables; until changed, of the rows too */
    uint32_t full_width, full_height;
    struct ml_shape in, out;
    uint8_t orientation; /* after the chain */
    unsigned threads;    /* threads that make rows of one filter */
    size_t step_count;
    struct ml_chain_step steps[ML_CHAIN_STEP_MAX];
    struct ml_row_window windows[ML_CHAIN_STEP_MAX + 1]; /* [i] feeds stage i,
                                               the last feeds the sink */
    size_t row_bytes;            /* memory that run takes from the arena */
    struct ml_value *background; /* for the flatten conversion */
};

/* Ends.  Rows are asked for and given top down, each once. */
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

/* Where the time of a run went. */
struct ml_step_times {
    uint64_t source_ns, filter_ns, sink_ns;
};

/* How far a source may shrink a picture that is to become much smaller. */
enum ml_shrink {
    ML_SHRINK_USUAL, /* so that the resize has something left to average */
    ML_SHRINK_NEVER, /* --exact */
    ML_SHRINK_MOST   /* --fast: as long as nothing is enlarged */
};

/* The least size (in the source's own axes) from which this chain still makes
 * what it should; 0 x 0 when the source must not shrink. */
ML_MUST_CHECK enum ml_status ml_chain_min_source_size(
    const struct ml_chain *chain, const struct ml_picture_input *facts,
    enum ml_shrink shrink, struct ml_arena *arena, uint32_t *width_out,
    uint32_t *height_out, struct ml_error *err);

/* May the rows of a JPEG stay in its planes, with subsampling sub_x, sub_y, all
 * the way to the sink?  When every filter can do its work on them, or leaves
 * this picture unchanged, and the planes come out as the sink stores them.
 * Depends on the chain and the shapes alone; facts->shape is that of RGB. */
bool ml_chain_supports_ycc(const struct ml_chain *chain,
                           const struct ml_picture_input *facts,
                           const struct ml_output_format *target, uint8_t sub_x,
                           uint8_t sub_y, struct ml_arena *arena);

/* Is the luma of a JPEG all that this chain needs of it?  When it makes the
 * picture gray, and every filter before treats luma as it treats each colour;
 * whatever the sink is. */
bool ml_chain_supports_luma_only(const struct ml_chain *chain,
                                 const struct ml_picture_input *facts,
                                 struct ml_arena *arena);

/* Work out stages, shapes, windows.  Takes only tables from the arena;
 * work->row_bytes says what run will take.  `chain` must outlive `work`; an
 * empty chain with target.storable NULL passes rows as they are.  err->step is
 * ML_STEP_FILTER. */
ML_MUST_CHECK enum ml_status
ml_chain_exec_prepare(struct ml_chain_exec *exec, const struct ml_chain *chain,
                      const struct ml_picture_input *facts,
                      const struct ml_output_format *target,
                      struct ml_arena *arena, struct ml_error *err);

/* Have the rows of each filter that allows it made by a team of at most
 * `threads`, the caller's among them: the same bytes, in deeper strips, for
 * which row_bytes is worked out anew.  It pays for pictures of a megapixel and
 * more.  One thread after ml_chain_exec_prepare. */
ML_MUST_CHECK enum ml_status
ml_chain_exec_set_threads(struct ml_chain_exec *exec, unsigned threads,
                          struct ml_error *err);

/* Pull all rows from `in` to `out`.  err->step says which end failed. */
ML_MUST_CHECK enum ml_status ml_chain_exec_run(struct ml_chain_exec *exec,
                                               const struct ml_row_source *in,
                                               const struct ml_row_sink *out,
                                               struct ml_step_times *times,
                                               struct ml_error *err);

/* ---- between prepare.c, pull.c and strip_size.c ---- */

/* Set the rings' chunks and capacities by walking through the picture without
 * pixels; sets work->row_bytes.  (pull.c) */
ML_MUST_CHECK enum ml_status
ml_chain_exec_size_windows(struct ml_chain_exec *exec, struct ml_error *err);

/* The window of stage `index` for output rows [y, y_end), on the chroma grid of
 * its input; all rows for a stage that surveys.  (strip_size.c) */
struct ml_range ml_chain_exec_window(const struct ml_chain_exec *exec,
                                     size_t index, uint32_t y, uint32_t y_end);

/* Set the chunk and the part of each ring.  (strip_size.c) */
void ml_strip_size_choose(struct ml_chain_exec *exec);
/* Bytes of scratch of all threads that make rows of this stage.  (strip_size.c)
 */
size_t ml_strip_scratch_bytes(const struct ml_chain_exec *exec,
                              const struct ml_chain_step *chain_step);
/* Have the rows of *dst made by stage `index` from its window *src: by the team
 * where there is one.  (strip_size.c) */
void ml_strip_make(const struct ml_chain_exec *exec, size_t index,
                   const struct ml_dst *dst, const struct ml_src *src);

/* Conversions, as filters that no user can name.  (convert.c) */
extern const struct ml_filter ml_convert_premultiply; /* to 16 bits */
extern const struct ml_filter ml_convert_unpremultiply_8,
    ml_convert_unpremultiply_16;
extern const struct ml_filter ml_convert_flatten; /* values[0].colour */
extern const struct ml_filter ml_convert_to_8_bits;

#endif
