/* param_value.h: one value of a filter's parameter, from text and to text.
 *
 * Pure functions over the parameter tables of filters/filter.h.
 * ml_param_format() alone describes the format of a value, for the remedies of
 * errors and for `minilab filters NAME`.
 */
#ifndef ML_CHAIN_PARAM_VALUE_H
#define ML_CHAIN_PARAM_VALUE_H

#include "base/error.h"
#include "base/strbuf.h"
#include "filters/filter.h"

#define ML_VALUE_TEXT_MAX 63 /* bytes of one value */
#define ML_SIDE_MAX 65500    /* pixels; a little below the limit of JPEG */

/* Parse `text` as a value of `param`, of any type but ML_NUMBER_LIST.
 * ML_ERR_USAGE with `why` and `remedy` filled, *value_out untouched; the
 * caller, which knows the filter, sets `what`.  Numbers have at most 15 digits,
 * so that printing returns the same text. */
ML_MUST_CHECK enum ml_status ml_value_parse(const struct ml_param *param,
                                            const char *text,
                                            struct ml_value *value_out,
                                            struct ml_error *err);

/* Append the canonical text of a value: ml_value_parse() gives the same. */
void ml_value_print(const struct ml_param *param, const struct ml_value *value,
                    struct ml_strbuf *text);

/* The default of a parameter; 0: it has none. */
struct ml_value ml_value_default(const struct ml_param *param);

/* Parse a list, for parameters of type ML_NUMBER_LIST; value_out->number is the
 * count of numbers_out.  Both are untouched on failure. */
ML_MUST_CHECK enum ml_status
ml_numbers_parse(const struct ml_param *param, const char *text,
                 double numbers_out[ML_NUMBER_LIST_MAX],
                 struct ml_value *value_out, struct ml_error *err);
void ml_numbers_print(const struct ml_value *value, const double *numbers,
                      struct ml_strbuf *text);

/* "integer", "real", "percent", ... as in the JSON of `minilab filters`. */
const char *ml_value_type_name(enum ml_param_type type);
/* Append "a number from 0.1 to 500", "one of inside, outside". */
void ml_param_format(const struct ml_param *param, struct ml_strbuf *text);

#endif
