/* registry.c: the list of all filters.  To add one: its file, its line here,
 * its test. */
#include "filters/registry.h"

#include <string.h>

/* Alphabetical; `-` in a name is `_` in the identifier. */
/* clang-format off */
#define FILTER_LIST(X)                                                         \
    X(auto_orient)                                                             \
    X(blur)                                                                    \
    X(box)                                                                     \
    X(brightness)                                                              \
    X(contrast)                                                                \
    X(convolve)                                                                \
    X(crop)                                                                    \
    X(dilate)                                                                  \
    X(erode)                                                                   \
    X(flip)                                                                    \
    X(flop)                                                                    \
    X(gray)                                                                    \
    X(invert)                                                                  \
    X(levels)                                                                  \
    X(median)                                                                  \
    X(posterize)                                                               \
    X(resize)                                                                  \
    X(rotate)                                                                  \
    X(saturation)                                                              \
    X(sepia)                                                                   \
    X(sharpen)                                                                 \
    X(sleep)                                                                   \
    X(solarize)                                                                \
    X(spin)                                                                    \
    X(threshold)
/* clang-format on */

#define FILTER_DECLARE(name) extern const struct ml_filter ml_filter_##name;
#define FILTER_ADDRESS(name) &ml_filter_##name,

FILTER_LIST(FILTER_DECLARE)

static const struct ml_filter *const filter_list[] = {
    FILTER_LIST(FILTER_ADDRESS)};

const struct ml_filter *const *ml_filters(size_t *count_out)
{
    *count_out = sizeof filter_list / sizeof *filter_list;
    return filter_list;
}

const struct ml_filter *ml_filter_find(const char *name)
{
    size_t count;
    const struct ml_filter *const *list = ml_filters(&count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(list[i]->name, name) == 0)
            return list[i];
    }
    return NULL;
}
