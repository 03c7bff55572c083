/* html.h: a comparison as one HTML page that loads nothing: no scripts, no
 * fonts, no pictures from other files. */
#ifndef ML_COMMAND_COMPARE_HTML_H
#define ML_COMMAND_COMPARE_HTML_H

#include "command/compare/compare_state.h"

/* The first bytes of each page.  An existing file is replaced only if it begins
 * with them, or is empty. */
#define ML_COMPARE_HTML_HEAD                                                   \
    "<!DOCTYPE html>\n<!-- made by minilab compare -->\n"

/* Check that a page may be written to `path`.  ML_ERR_USAGE. */
ML_MUST_CHECK enum ml_status ml_compare_html_check(const char *path,
                                                   struct ml_error *err);
/* Write the page, whole or not at all.  ML_ERR_OS, ML_ERR_MEMORY. */
ML_MUST_CHECK enum ml_status ml_compare_html(const struct ml_compare *compare,
                                             const char *path,
                                             struct ml_error *err);

#endif
