/* param_value.h: one value of a filter's parameter, as text.
 *
 * Pure functions over the parameter tables of filters/filter.h.  What a value
 * may look like is said once, by ml_param_format(), for error remedies and for
 * `minilab filters NAME` alike.
 */
#ifndef ML_CHAIN_PARAM_VALUE_H
#define ML_CHAIN_PARAM_VALUE_H

#include "base/error.h"
#include "base/strbuf.h"
#include "filters/filter.h"

#define ML_VALUE_TEXT_MAX 63 /* bytes of one value */
#define ML_SIDE_MAX 65500    /* pixels; what JPEG can hold, less a little */

/* Read `text` as a value of `param`.  ML_ERR_USAGE with why and remedy filled
 * and `what` left to the caller, who knows the filter; *value_out is untouched
 * then.  Numbers have at most 15 digits, so that printing gives them back.
 * Lists are read and printed by the functions below. */
ML_MUST_CHECK enum ml_status ml_value_parse(const struct ml_param *param,
                                            const char *text,
                                            struct ml_value *value_out,
                                            struct ml_error *err);

/* Append the canonical text of a value: ml_value_parse() gives the same. */
void ml_value_print(const struct ml_param *param, const struct ml_value *value,
                    struct ml_strbuf *text);

/* The value a parameter has when it is not given; 0 when it has none. */
struct ml_value ml_value_default(const struct ml_param *param);

/* A list, for parameters of type ML_NUMBER_LIST: value_out->number says how
 * many numbers_out then holds.  Both are untouched on failure. */
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
