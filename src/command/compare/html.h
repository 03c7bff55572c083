/* html.h: a comparison as one page that needs nothing else: no scripts,
 * no fonts, no pictures from elsewhere.  Between the files that make it.
 */
#ifndef ML_COMMAND_COMPARE_HTML_H
#define ML_COMMAND_COMPARE_HTML_H

#include <stdio.h>

#include "command/compare/compare.h"

/* The first bytes of every such page: what is there already may be replaced
 * only if it begins with them. */
#define ML_COMPARE_HTML_HEAD                                                   \
    "<!DOCTYPE html>\n<!-- made by minilab compare -->\n"

/* Write `text` so that a browser shows it as it is. */
void ml_html_text(FILE *out, const char *text);

/* ---- svg.c: drawings, in the page ---- */

/* Speed-ups as bars, with the ends of their intervals. */
void ml_compare_svg_bars(FILE *out, const struct ml_compare *compare);
/* Where the workers' time went, a bar a configuration; nothing without traced
 * runs. */
void ml_compare_svg_spent(FILE *out, const struct ml_compare *compare);
/* Speed-up over width for each mode with several widths, and the fitted laws.
 * Nothing for those without width 1. */
void ml_compare_svg_curves(FILE *out, const struct ml_compare *compare);

#endif
