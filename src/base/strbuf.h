/* strbuf.h: bounded text building and the parsing of numbers, sizes, durations.
 *
 * Nothing here allocates.  Parsers accept the whole text or nothing, ignore the
 * locale, and return false if the number is out of range or text follows it:
 * strtod() and strtoull() accept blanks, signs, hexadecimal and infinities, and
 * depend on the locale.  UTF-8 is checked by hand too, in twenty lines, so that
 * base/ needs no Unicode library; case folding and display widths, which need
 * tables, are utf8proc's.
 */
#ifndef ML_BASE_STRBUF_H
#define ML_BASE_STRBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* A text under construction in the caller's memory, always terminated. */
struct ml_strbuf {
    char *data;
    size_t capacity; /* bytes, at least 1 */
    size_t used;     /* without the terminator */
    bool truncated;  /* the text did not fit */
};

void ml_strbuf_open(struct ml_strbuf *text, char *data, size_t capacity);
void ml_strbuf_add(struct ml_strbuf *text, const char *format, ...)
    ML_PRINTF(2, 3);
void ml_strbuf_add_bytes(struct ml_strbuf *text, const char *data,
                         size_t length);
/* Add a name for a terminal: control characters and invalid UTF-8 become \xNN,
 * newline becomes \n, so that one record stays one line.  If it does not fit,
 * the text ends with a whole character, and nothing can be added after it. */
void ml_strbuf_add_escaped(struct ml_strbuf *text, const char *name);
/* Add a number in the shortest decimal form that parses back to it ("0.5", "2";
 * never "1e+06"). */
void ml_strbuf_add_number(struct ml_strbuf *text, double number);

bool ml_parse_u64(const char *text, uint64_t *value_out);
bool ml_parse_number(const char *text, double *value_out); /* finite */
/* "300k", "2G", "1.5M", "4096": powers of 1024; B or iB may follow. */
bool ml_parse_size(const char *text, uint64_t *bytes_out);
/* "256M" pixels, and other counts: powers of 1000. */
bool ml_parse_count(const char *text, uint64_t *count_out);
/* "30s", "5ms", "20us", "2m", "1h"; a bare number is seconds. */
bool ml_parse_duration(const char *text, uint64_t *ns_out);

/* The value of a hexadecimal digit in either case, or -1. */
int ml_hex_digit(char letter);

bool ml_is_utf8(const char *text, size_t length);

/* The candidate nearest to `word` by edit distance, or NULL if each differs in
 * more than a third of the letters, plus one. */
const char *ml_closest_match(const char *word, const char *const *candidates,
                             size_t count);

#endif
