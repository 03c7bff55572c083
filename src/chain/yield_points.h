/* yield_points.h: others get a turn while a picture is computed.
 *
 * A thread that shares an interpreter lock must look up more often than once a
 * strip.  So the rows of a strip are read, made and written in groups with a
 * pause behind each; how many rows a group has is for the pause to say, who
 * knows how long they took.  The bytes stay the same: rows are independent, or
 * asked for in order.
 */
#ifndef ML_CHAIN_YIELD_POINTS_H
#define ML_CHAIN_YIELD_POINTS_H

#include "chain/chain_exec.h"

/* Where a pause comes: behind rows of the source, of stage i (1 + i), of the
 * sink. */
#define ML_YIELD_SOURCE ((size_t)0)
#define ML_YIELD_SINK ((size_t)ML_CHAIN_STEP_MAX + 1)
#define ML_YIELD_PLACES (ML_YIELD_SINK + 1)

struct ml_yield_hooks {
    void *context;
    /* Rows of a group at each place, at least 1; what grids and kernels ask for
     * at least is kept all the same.  The pause may change them. */
    uint32_t rows[ML_YIELD_PLACES];
    /* `rows` more are done at `place`; 0: something else was, that is not done
     * by rows. */
    void (*yield)(void *context, size_t place, uint32_t rows);
    /* The filter that comes next only waits, others need not wait for it: true
     * before, false after. */
    void (*unlock_while_blocking)(void *context, bool leaves);
};

/* in->read, out->write and the `rows` of a stage with pauses, if the work has
 * any. */
ML_MUST_CHECK enum ml_status
ml_read_with_yields(const struct ml_chain_exec *exec,
                    const struct ml_row_source *in, const struct ml_dst *dst,
                    struct ml_error *err);
ML_MUST_CHECK enum ml_status
ml_write_with_yields(const struct ml_chain_exec *exec,
                     const struct ml_row_sink *out, const struct ml_src *src,
                     struct ml_error *err);
void ml_render_with_yields(const struct ml_chain_exec *exec, size_t stage,
                           const struct ml_dst *dst, const struct ml_src *src);

#endif
