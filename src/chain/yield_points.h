/* yield_points.h: places where a picture lets other threads have the GIL.
 *
 * A thread that holds a simulated interpreter lock must check more than once a
 * strip whether to release it.  So the rows of a strip are read, made and
 * written in groups, with a call of `yield` after each.  The function behind it
 * measures how long the rows took and sets the size of the next group.  The
 * bytes stay the same: rows are independent, or read and written in order.
 */
#ifndef ML_CHAIN_YIELD_POINTS_H
#define ML_CHAIN_YIELD_POINTS_H

#include "chain/chain_exec.h"

/* The places: after rows of the source, of step i (1 + i), of the sink. */
#define ML_YIELD_SOURCE ((size_t)0)
#define ML_YIELD_SINK ((size_t)ML_CHAIN_STEP_MAX + 1)
#define ML_YIELD_PLACES (ML_YIELD_SINK + 1)

struct ml_yield_hooks {
    void *context;
    /* Rows of a group at each place, at least 1; raised to the smallest number
     * that chroma grids and kernels allow.  `yield` may change them. */
    uint32_t rows[ML_YIELD_PLACES];
    /* Called after `rows` more rows at `place`; 0: after work that is not done
     * by rows. */
    void (*yield)(void *context, size_t place, uint32_t rows);
    /* Called before (`blocking` true) and after a filter that only blocks, so
     * that other threads can have the lock meanwhile. */
    void (*unlock_while_blocking)(void *context, bool blocking);
};

/* in->read(), out->write() and the `render` of a step, with yields if
 * exec->yield_hooks is set. */
ML_MUST_CHECK enum ml_status
ml_read_with_yields(const struct ml_chain_exec *exec,
                    const struct ml_row_source *in, const struct ml_dst *dst,
                    struct ml_error *err);
ML_MUST_CHECK enum ml_status
ml_write_with_yields(const struct ml_chain_exec *exec,
                     const struct ml_row_sink *out, const struct ml_src *src,
                     struct ml_error *err);
void ml_render_with_yields(const struct ml_chain_exec *exec, size_t index,
                           const struct ml_dst *dst, const struct ml_src *src);

#endif
