/* display_width.c: see display_width.h. */
#include "command/cli/display_width.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>

#include <utf8proc.h>

#define WIDTH_EMOJI_STYLE 0xfe0f /* selects the emoji form of a character */
#define WIDTH_FLAG_FIRST 0x1f1e6 /* regional indicators: a pair is a flag */
#define WIDTH_FLAG_LAST 0x1f1ff

/* Read the code point at `text`; returns its size in bytes.  A byte that is not
 * UTF-8, or a control character, counts as a letter of its own. */
static size_t width_next(const uint8_t *text, size_t left,
                         utf8proc_int32_t *point_out)
{
    const utf8proc_ssize_t size =
        utf8proc_iterate(text, (utf8proc_ssize_t)left, point_out);
    const bool is_control =
        *point_out < 0x20 || (*point_out >= 0x7f && *point_out < 0xa0);
    if (size > 0 && !is_control)
        return (size_t)size;
    *point_out = '?';
    return size > 0 ? (size_t)size : 1;
}

/* The width of a letter when `point` is appended to `width` columns of it. */
static size_t width_add(size_t width, utf8proc_int32_t point)
{
    const size_t own = (size_t)utf8proc_charwidth(point);
    if (point == WIDTH_EMOJI_STYLE ||
        (point >= WIDTH_FLAG_FIRST && point <= WIDTH_FLAG_LAST && width > 0))
        return 2;
    return own > width ? own : width;
}

size_t ml_display_width_of(const char *text, size_t size_bytes)
{
    const uint8_t *at = (const uint8_t *)text, *end = at + size_bytes;
    utf8proc_int32_t before = 0, state = 0;
    size_t columns = 0, letter = 0;
    while (at < end) {
        utf8proc_int32_t point;
        at += width_next(at, (size_t)(end - at), &point);
        if (before != 0 &&
            utf8proc_grapheme_break_stateful(before, point, &state)) {
            columns += letter;
            letter = 0;
        }
        letter = width_add(letter, point);
        before = point;
    }
    return columns + letter;
}

size_t ml_display_width(const char *text)
{
    return ml_display_width_of(text, strlen(text));
}

void ml_print_padded(FILE *out, const char *text, size_t columns)
{
    const size_t width = ml_display_width(text);
    const size_t blanks = columns > width ? columns - width : 0;
    (void)fprintf(out, "%s%*s", text, (int)blanks, "");
}

unsigned ml_terminal_columns(int fd)
{
    struct winsize size;
    return ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}
