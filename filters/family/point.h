/* point.h: filters that change every colour sample by itself.
 *
 * A filter gives one curve: from a sample to a sample, both from 0 to 1, in
 * double precision.  The family tabulates it at 8 or 16 bits, owns the memory,
 * leaves alpha alone, handles the layouts and the planes of JPEG, leaves out
 * curves that are the identity, and has the tuned and the reference loop.
 *
 * Results are clamped to 0..1 and rounded to the nearest level, halves up.
 *
 * Filters that follow each other in a chain share one table: their curves are
 * applied one after the other in double precision, each result is clamped, and
 * the last is rounded.  No level of the table differs by more than one from the
 * result of separate filters.  Where it would (a steep curve or a step after
 * another, roundings that add up), the results of the first filters are rounded
 * too, of the smallest number that is enough.
 */
#ifndef ML_FILTERS_FAMILY_POINT_H
#define ML_FILTERS_FAMILY_POINT_H

#include "filters/filter.h"
#include "os/simd_level.h"

/* One curve in two forms; made by ML_POINT_CURVE. */
struct ml_point_curve {
    /* The filter's definition.  Callers clamp the result to 0..1. */
    double (*at)(double x, const struct ml_value *values);
    /* The same for `count` samples in place, clamped. */
    void (*apply)(double *x, size_t count, const struct ml_value *values);
};

struct ml_point {
    struct ml_point_curve colour; /* of all samples but alpha; of planes: Y */
    bool negative;                /* `colour` is 1 - x, which needs no table */
    struct ml_point_curve chroma; /* of Cb and Cr, where 128 / 255 is gray;
                                     for filters with ML_FILTER_YCC */
    /* Refuse values that are wrong for any picture, with ML_ERR_USAGE; NULL:
     * accept all. */
    enum ml_status (*check)(const struct ml_value *values,
                            struct ml_error *err);
};

/* `prepare`, `render` and `render_ref` of the family's filters. */
ML_MUST_CHECK enum ml_status ml_point_prepare(struct ml_filter_setup *setup,
                                              struct ml_error *err);
void ml_point_render(const void *state, void *scratch, const struct ml_dst *dst,
                     const struct ml_src *src);
void ml_point_render_ref(const void *state, void *scratch,
                         const struct ml_dst *dst, const struct ml_src *src);

/* One of several filters that share a table. */
struct ml_point_step {
    const struct ml_point *point;
    const struct ml_value *values; /* must outlive the state */
};

/* As ml_point_prepare(), for `count` filters that share a table: fills `setup`;
 * its `values` and `filter` are not read.  Every filter of the family can
 * render with the state. */
ML_MUST_CHECK enum ml_status
ml_point_prepare_steps(struct ml_filter_setup *setup,
                       const struct ml_point_step *steps, size_t count,
                       struct ml_error *err);

/* Begin a curve: double NAME_curve(double x, const struct ml_value *v), with x
 * the sample and v the filter's values.  It is compiled for each SIMD target:
 * branches that pick a value are free, calls are not. */
#define ML_POINT_CURVE(name)                                                   \
    ML_INLINE double name##_curve(double x, const struct ml_value *v);         \
    static double name##_at(double x, const struct ml_value *v)                \
    {                                                                          \
        return name##_curve(x, v);                                             \
    }                                                                          \
    ML_SIMD_FUNCTION(                                                          \
        name##_apply,                                                          \
        (double *restrict x, size_t count, const struct ml_value *v),          \
        (x, count, v))                                                         \
    {                                                                          \
        for (size_t i = 0; i < count; i++) {                                   \
            const double y = name##_curve(x[i], v);                            \
            x[i] = y > 0 ? y < 1 ? y : 1 : 0;                                  \
        }                                                                      \
    }                                                                          \
    ML_INLINE double name##_curve(double x, __attribute__((unused))            \
                                            const struct ml_value *v)

/* The curve of that name, for a field of struct ml_point. */
#define ML_POINT_CURVE_OF(name)                                                \
    {                                                                          \
        .at = name##_at, .apply = name##_apply                                 \
    }

/* In a struct ml_filter: the family's fields for a filter with the curve
 * `name`.  The second form adds flags and fields of struct ml_point. */
#define ML_POINT_FAMILY(name) ML_POINT_FAMILY_WITH(name, 0, .chroma = {0})
#define ML_POINT_FAMILY_WITH(name, more_flags, ...)                            \
    .flags = ML_FILTER_STRAIGHT_ALPHA | (more_flags),                          \
    .point = &(const struct ml_point){.colour = ML_POINT_CURVE_OF(name),       \
                                      __VA_ARGS__},                            \
    .prepare = ml_point_prepare, .input_window = ml_window_same_rows,          \
    .render = ml_point_render, .render_ref = ml_point_render_ref

#endif
