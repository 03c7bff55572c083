/* svg.h: the drawings of the HTML page. */
#ifndef ML_COMMAND_COMPARE_SVG_H
#define ML_COMMAND_COMPARE_SVG_H

#include <stdio.h>

#include "command/compare/compare_state.h"

/* Speed-ups as bars, with the bounds of their intervals. */
void ml_compare_svg_bars(FILE *out, const struct ml_compare *compare);
/* Shares of the workers' time, one bar a configuration; nothing without traced
 * runs. */
void ml_compare_svg_spent(FILE *out, const struct ml_compare *compare);
/* Speed-up over width and the fitted laws, for each mode with several widths,
 * width 1 among them. */
void ml_compare_svg_curves(FILE *out, const struct ml_compare *compare);

#endif
