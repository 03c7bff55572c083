/* conversion.h: what each conversion of the chain must make, and one picture
 * through it.
 *
 * The definitions are stated in double precision, on samples as shares of full
 * scale.  They share nothing with src/chain/convert.c: no table, no integer
 * arithmetic, no rounding.  A trial prepares a conversion for a picture, runs
 * `render` and `render_ref` behind the contract of filters/filter.h, and
 * compares every sample of both with the definition.  Views are between guard
 * pages; the input is write-protected while a conversion runs.
 */
#ifndef ML_TESTS_SUPPORT_FILTERS_CONVERSION_H
#define ML_TESTS_SUPPORT_FILTERS_CONVERSION_H

#include <stddef.h>
#include <stdint.h>

#include "support/filters/pair.h"

struct conversion_pixel {
    double samples[ML_CHANNEL_MAX]; /* as stored: 0 to 255, or to 65535 */
    size_t channels;
};

struct conversion {
    const struct ml_filter *filter;
    /* `bits` of the input; `colour` behind the picture: R, G, B, 8 bits. */
    void (*define)(const struct conversion_pixel *in, uint8_t bits,
                   const uint8_t *colour, struct conversion_pixel *out);
    uint8_t bits_in, bits_out;
    unsigned alpha_rule; /* of enum ml_filter_flag */
};

extern const struct conversion conversion_premultiply_8,
    conversion_premultiply_16;
extern const struct conversion conversion_unpremultiply_8,
    conversion_unpremultiply_16;
extern const struct conversion conversion_flatten_8, conversion_flatten_16;
extern const struct conversion conversion_to_8_bits;

struct conversion_trial {
    const struct conversion *conversion;
    const uint8_t *colour; /* behind the picture */
    struct ml_random *random;
    struct ml_arena arena;
    struct ml_filter_setup setup;
    struct ml_value value;
    struct pair_view in;
    struct pair_view got, want; /* made by rows, by rows_ref */
};

/* Prepare a conversion for a picture; the shape that comes out must be the one
 * that the chain counts on.  `colour` and `random` outlive the trial. */
void conversion_open(struct conversion_trial *trial,
                     const struct conversion *conversion, enum ml_layout layout,
                     uint32_t width, uint32_t height, const uint8_t *colour,
                     struct ml_random *random);
/* Set one sample of the input. */
void conversion_put(struct conversion_trial *trial, uint32_t x, uint32_t y,
                    size_t channel, uint32_t level);
/* Make all rows, in two bands with `rows`, at once with `rows_ref`; fail where
 * a sample is not what the definition says.  Once a trial: the input is
 * read-only afterwards. */
void conversion_run(struct conversion_trial *trial);
void conversion_close(struct conversion_trial *trial);

#endif
