/* resize_values.h: the values of the filter resize, for its tests. */
#ifndef ML_TESTS_SUPPORT_FILTERS_RESIZE_VALUES_H
#define ML_TESTS_SUPPORT_FILTERS_RESIZE_VALUES_H

#include "support/filters/mix.h"

/* Places in its table of parameters. */
enum { SIZE, FIT, GRAVITY, ENLARGE, KERNEL, BACKGROUND, VALUES };

/* The index of the choice `name` of a parameter; fails the test when it has
 * none of that name. */
double resize_choice(const char *parameter, const char *name);
/* All values are the defaults, but for the size; 0: follows from the other. */
void resize_set_size(struct ml_value *values, uint32_t width, uint32_t height);

#endif
