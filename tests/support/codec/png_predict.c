/* png_predict.c: see png_predict.h. */
#include "support/codec/png_predict.h"

#include <math.h>

int png_predict(int filter, int a, int b, int c)
{
    const double estimate = (double)a + b - c;
    const double to_a = fabs(estimate - a), to_b = fabs(estimate - b);
    const double to_c = fabs(estimate - c);
    switch (filter) {
    case 0:
        return 0;
    case 1:
        return a;
    case 2:
        return b;
    case 3:
        return (int)floor((a + b) / 2.0);
    default:
        if (to_a <= to_b && to_a <= to_c)
            return a;
        return to_b <= to_c ? b : c;
    }
}
