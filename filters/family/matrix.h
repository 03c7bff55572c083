/* matrix.h: filters whose colours are weighted sums of the pixel's own colours.
 *
 * A filter gives three rows of three weights and an offset, or one row to make
 * gray, in double precision on samples from 0 to 1.  The family handles
 * layouts, depth and alpha, leaves out a matrix that is the identity, and has
 * the tuned and the reference loop.
 *
 * Weights are rounded to 65536ths, and so is their sum in each row: rows that
 * sum to one keep gray gray and white white.  Results are clamped and rounded
 * to the nearest level, halves up.
 *
 * A gray picture counts as one of equal colours.  The output is gray if all
 * rows make the same of it, else RGB.
 */
#ifndef ML_FILTERS_FAMILY_MATRIX_H
#define ML_FILTERS_FAMILY_MATRIX_H

#include "filters/filter.h"

#define ML_MATRIX_RANGE 16 /* weights and offsets are within +-this */

struct ml_matrix {
    unsigned rows;   /* 1: the output is gray; 3: RGB */
    double at[3][4]; /* [out]: weights of R, G, B, and what is added */
};

/* The `prepare` that ML_MATRIX defines; for filters that need their own.  On
 * planes the matrix must be that of luma, whose result is their Y. */
ML_MUST_CHECK enum ml_status ml_matrix_prepare(struct ml_filter_setup *setup,
                                               const struct ml_matrix *matrix,
                                               struct ml_error *err);
void ml_matrix_render(const void *state, void *scratch,
                      const struct ml_dst *dst, const struct ml_src *src);
void ml_matrix_render_ref(const void *state, void *scratch,
                          const struct ml_dst *dst, const struct ml_src *src);

/* Begin a definition: void NAME_matrix(struct ml_matrix *m, const struct
 * ml_value *v), which fills the zeroed *m from the filter's values. */
#define ML_MATRIX(name)                                                        \
    static void name##_matrix(struct ml_matrix *m, const struct ml_value *v);  \
    static enum ml_status name##_prepare(struct ml_filter_setup *setup,        \
                                         struct ml_error *err)                 \
    {                                                                          \
        struct ml_matrix matrix = {0};                                         \
        name##_matrix(&matrix, setup->values);                                 \
        return ml_matrix_prepare(setup, &matrix, err);                         \
    }                                                                          \
    static void name##_matrix(struct ml_matrix *m, __attribute__((unused))     \
                                                   const struct ml_value *v)

/* In a struct ml_filter: the family's fields for a filter with ML_MATRIX(name).
 * The second form adds flags. */
#define ML_MATRIX_FAMILY(name) ML_MATRIX_FAMILY_WITH(name, 0)
#define ML_MATRIX_FAMILY_WITH(name, more_flags)                                \
    .flags = ML_FILTER_STRAIGHT_ALPHA | (more_flags),                          \
    .prepare = name##_prepare, .input_window = ml_window_same_rows,            \
    .render = ml_matrix_render, .render_ref = ml_matrix_render_ref

#endif
