/* pair.h: one filter, run twice: the reference over the whole picture, the
 * tuned version in bands; both must agree byte for byte.
 *
 * Every view is between guard pages, flush with one of them: a read or write
 * beyond the first or the last row ends the test.  Input is write-protected;
 * bytes between the end of a row and its stride are checked.
 *
 * A failure prints the filter's text, the shape, the band and the seed; with
 * the seed in the environment as ML_TEST_SEED it happens again.
 */
#ifndef ML_TESTS_SUPPORT_FILTERS_PAIR_H
#define ML_TESTS_SUPPORT_FILTERS_PAIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/random.h"
#include "chain/chain.h"
#include "filters/registry.h"

/* ---- memory between guard pages ---- */

struct pair_block {
    uint8_t *map; /* a guard page, pages, a guard page */
    size_t map_bytes;
    uint8_t *data; /* `bytes` of them, at the front guard or the back one */
    size_t bytes;
};

/* At the back, data is aligned as far as `bytes` is. */
void pair_block_open(struct pair_block *block, size_t bytes, bool at_back);
void pair_block_close(struct pair_block *block);

/* ---- rows between guard pages ---- */

struct pair_view {
    struct ml_shape shape;
    struct ml_dst rows; /* some rows of the shape */
    struct pair_block blocks[ML_PLANE_MAX];
};

/* Rows [y, y_end), strides with some bytes of padding chosen by `random`. */
void pair_view_open(struct pair_view *view, const struct ml_shape *shape,
                    uint32_t y, uint32_t y_end, bool at_back,
                    struct ml_random *random);
void pair_view_close(struct pair_view *view);
/* From here on, writing to it ends the test. */
void pair_view_protect(struct pair_view *view);
/* No byte of padding was written. */
void pair_view_check(const struct pair_view *view);
/* Noise, extremes, flat, gradient; with `premultiplied`, no colour is above
 * its alpha. */
void pair_view_fill(struct pair_view *view, struct ml_random *random,
                    bool premultiplied);

/* ---- a filter ---- */

/* From ML_TEST_SEED, else from the clock; printed. */
uint64_t pair_seed(void);

/* One picture through a filter: setup, input, and both outputs. */
struct pair {
    const char *text; /* of the filter, for messages */
    uint64_t seed;
    const struct ml_filter *filter;
    struct ml_filter_setup setup;
    struct ml_arena arena;
    struct pair_view in;
    struct pair_view want, got;
};

/* Prepare `item` for a picture of this shape and orientation, which was
 * full_width x full_height before it was shrunk on load.  When it refuses, only
 * the arena is open; when it leaves the picture unchanged, or will not take
 * these planes, so does this. */
ML_MUST_CHECK enum ml_status
pair_open(struct pair *pair, const struct ml_chain_item *item,
          const struct ml_shape *shape, uint32_t full_width,
          uint32_t full_height, uint8_t orientation, struct ml_random *random,
          struct ml_error *err);
/* Were these planes refused? */
static inline bool pair_is_refused(const struct pair *pair)
{
    return pair->setup.in.layout == ML_YCC && pair->setup.needs_rgb;
}
void pair_close(struct pair *pair);
/* Run render_ref over the picture, and render in two bands cut at a random row,
 * the bottom one first (top down if the filter is sequential), each from a
 * window exactly as large as `input_window` says.  The results are in want and
 * got. */
void pair_run(struct pair *pair, struct ml_random *random);
/* After pair_run(): render again, with `threads` threads in bands of one
 * height, each thread with a scratch of its own.  Does nothing for sequential
 * filters. */
void pair_run_threads(struct pair *pair, unsigned threads,
                      struct ml_random *random);
/* Windows are not empty, are in the picture and never move back, and that of a
 * band contains those of its rows. */
void pair_check_windows(const struct pair *pair);

#endif
