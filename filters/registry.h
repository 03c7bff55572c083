/* registry.h: the list of all filters, and the filter of a name. */
#ifndef ML_FILTERS_REGISTRY_H
#define ML_FILTERS_REGISTRY_H

#include "filters/filter.h"

/* All filters, in alphabetical order; *count_out of them. */
const struct ml_filter *const *ml_filters(size_t *count_out);
/* By exact name, or NULL. */
const struct ml_filter *ml_filter_find(const char *name);

#endif
