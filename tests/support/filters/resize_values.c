/* resize_values.c: see resize_values.h. */
#include "support/filters/resize_values.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

double resize_choice(const char *parameter, const char *name)
{
    const struct ml_filter *resize = ml_filter_find("resize");
    for (size_t i = 0; i < resize->param_count; i++) {
        if (strcmp(resize->params[i].name, parameter) != 0)
            continue;
        for (int j = 0; resize->params[i].choices[j]; j++) {
            if (strcmp(resize->params[i].choices[j], name) == 0)
                return j;
        }
    }
    fail_msg("no %s %s", parameter, name);
    return 0;
}

void resize_set_size(struct ml_value *values, uint32_t width, uint32_t height)
{
    memset(values, 0, VALUES * sizeof *values);
    values[SIZE].given = true;
    values[SIZE].size.width = width;
    values[SIZE].size.height = height;
}
