/* html_text.h: text in an HTML page, every character shown as itself. */
#ifndef ML_COMMAND_COMPARE_HTML_TEXT_H
#define ML_COMMAND_COMPARE_HTML_TEXT_H

#include <stdio.h>

/* Write `text` with <, >, & and " escaped: valid between tags and in an
 * attribute value in double quotes. */
void ml_html_text(FILE *out, const char *text);

#endif
