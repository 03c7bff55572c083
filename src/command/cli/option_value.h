/* option_value.h: parse and check the values of options.
 *
 * On failure each function returns ML_ERR_USAGE with what, why and a remedy
 * that says what is accepted, and leaves the result unchanged.
 */
#ifndef ML_COMMAND_CLI_OPTION_VALUE_H
#define ML_COMMAND_CLI_OPTION_VALUE_H

#include <stdint.h>

#include "base/error.h"

/* The index of `value` in a NULL-terminated list; -1 with an error that names
 * the nearest choice, or all. */
int ml_option_choice(const char *value, const char *const *choices,
                     struct ml_error *err);
/* A whole number within [min, max]. */
ML_MUST_CHECK enum ml_status ml_option_integer(const char *value, uint64_t min,
                                               uint64_t max,
                                               uint64_t *number_out,
                                               struct ml_error *err);
/* A number of workers: "4"; "50%", a share of the processors; "auto", which
 * sets both to 0. */
ML_MUST_CHECK enum ml_status ml_option_jobs(const char *value,
                                            unsigned *jobs_out,
                                            double *part_out,
                                            struct ml_error *err);
/* "20ms", "1.5s", "0", within [min, max] nanoseconds; `what` and `remedy` are
 * the error's.  Refuse a number without a unit: it may mean seconds or
 * milliseconds. */
ML_MUST_CHECK enum ml_status
ml_option_duration(const char *value, uint64_t min_ns, uint64_t max_ns,
                   const char *what, const char *remedy, uint64_t *ns_out,
                   struct ml_error *err);
/* Bytes: "300k", "2G"; at least 1. */
ML_MUST_CHECK enum ml_status
ml_option_size(const char *value, uint64_t *bytes_out, struct ml_error *err);

#endif
