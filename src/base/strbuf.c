/* strbuf.c: see strbuf.h. */
#include "base/strbuf.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define STRBUF_WORD_MAX 64 /* longest word compared for a suggestion */

void ml_strbuf_open(struct ml_strbuf *text, char *data, size_t capacity)
{
    *text = (struct ml_strbuf){.data = data, .capacity = capacity};
    data[0] = '\0';
}

void ml_strbuf_add_bytes(struct ml_strbuf *text, const char *data,
                         size_t length)
{
    const size_t room = text->capacity - 1 - text->used;
    if (length > room) {
        length = room;
        text->truncated = true;
    }
    memcpy(text->data + text->used, data, length);
    text->used += length;
    text->data[text->used] = '\0';
}

void ml_strbuf_add(struct ml_strbuf *text, const char *format, ...)
{
    const size_t room = text->capacity - text->used;
    va_list args;
    va_start(args, format);
    const int wanted = vsnprintf(text->data + text->used, room, format, args);
    va_end(args);
    if (wanted < 0)
        return;
    if ((size_t)wanted >= room) {
        text->used = text->capacity - 1;
        text->truncated = true;
    } else {
        text->used += (size_t)wanted;
    }
}

/* Length of the UTF-8 sequence at `s` (1-4), or 0 when it is not valid:
 * overlong forms, surrogates and values above U+10FFFF are invalid. */
static size_t strbuf_utf8_length(const unsigned char *s, size_t left)
{
    if (s[0] < 0x80)
        return 1;
    const size_t length = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    if (s[0] < 0xc2 || s[0] > 0xf4 || length > left)
        return 0;
    for (size_t i = 1; i < length; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    }
    if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
        (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
        return 0;
    return length;
}

bool ml_is_utf8(const char *text, size_t length)
{
    const unsigned char *s = (const unsigned char *)text;
    for (size_t i = 0; i < length;) {
        const size_t n = strbuf_utf8_length(s + i, length - i);
        if (n == 0)
            return false;
        i += n;
    }
    return true;
}

/* Add all `length` bytes.  If they do not fit, close the text: nothing can be
 * added after it. */
static void strbuf_add_whole(struct ml_strbuf *text, const char *data,
                             size_t length)
{
    if (length > text->capacity - 1 - text->used) {
        text->truncated = true;
        text->capacity = text->used + 1;
        return;
    }
    ml_strbuf_add_bytes(text, data, length);
}

void ml_strbuf_add_escaped(struct ml_strbuf *text, const char *name)
{
    const unsigned char *s = (const unsigned char *)name;
    const size_t length = strlen(name);
    for (size_t i = 0; i < length;) {
        const size_t n = strbuf_utf8_length(s + i, length - i);
        char escape[5];
        if (s[i] == '\n') {
            strbuf_add_whole(text, "\\n", 2);
        } else if (n == 0 || s[i] < 0x20 || s[i] == 0x7f ||
                   (n == 2 && s[i] == 0xc2 && s[i + 1] < 0xa0)) {
            for (size_t k = 0; k < (n ? n : 1); k++) {
                (void)snprintf(escape, sizeof escape, "\\x%02x", s[i + k]);
                strbuf_add_whole(text, escape, 4);
            }
        } else {
            strbuf_add_whole(text, name + i, n);
        }
        i += n ? n : 1;
    }
}

void ml_strbuf_add_number(struct ml_strbuf *text, double number)
{
    char digits[64];
    for (int places = 0; places <= 15; places++) {
        (void)snprintf(digits, sizeof digits, "%.*f", places, number);
        if (strtod(digits, NULL) == number)
            break;
    }
    ml_strbuf_add(text, "%s", digits);
}

bool ml_parse_u64(const char *text, uint64_t *value_out)
{
    uint64_t number = 0;
    if (*text == '\0')
        return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9' ||
            __builtin_mul_overflow(number, UINT64_C(10), &number) ||
            __builtin_add_overflow(number, (uint64_t)(*text - '0'), &number))
            return false;
    }
    *value_out = number;
    return true;
}

int ml_hex_digit(char letter)
{
    if (letter >= '0' && letter <= '9')
        return letter - '0';
    letter |= 'a' - 'A';
    return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

/* A plain decimal at the head of `text`: sign, digits, point, digits; no
 * exponent, no hex, no "inf".  *rest_out points behind it. */
static bool strbuf_parse_decimal(const char *text, double *value_out,
                                 const char **rest_out)
{
    const char *s = text;
    const double sign = *s == '-' ? -1 : 1;
    if (*s == '+' || *s == '-')
        s++;
    uint64_t digits = 0;
    double scale = 1;
    unsigned count = 0;
    bool point = false;
    for (;; s++) {
        if (*s == '.' && !point) {
            point = true;
        } else if (*s >= '0' && *s <= '9') {
            if (++count > 18)
                return false;
            digits = digits * 10 + (uint64_t)(*s - '0');
            scale *= point ? 10 : 1;
        } else {
            break;
        }
    }
    if (count == 0)
        return false;
    /* Both are exact below 2^53, so this rounds once, as strtod would. */
    *value_out = sign * (double)digits / scale;
    *rest_out = s;
    return true;
}

bool ml_parse_number(const char *text, double *value_out)
{
    const char *rest;
    return strbuf_parse_decimal(text, value_out, &rest) && *rest == '\0';
}

/* A decimal and an optional letter of "kMGT", each `base` times the one
 * before. */
static bool strbuf_parse_scaled(const char *text, double base, bool bytes,
                                uint64_t *value_out)
{
    static const char letters[] = "kMGT";
    double number;
    const char *rest;
    if (!strbuf_parse_decimal(text, &number, &rest) || number < 0)
        return false;
    const char letter = *rest == 'K'   ? 'k'
                        : *rest == 'm' ? 'M'
                        : *rest == 'g' ? 'G'
                                       : *rest;
    const char *found = letter ? strchr(letters, letter) : NULL;
    if (found) {
        number *= pow(base, (double)(found - letters + 1));
        rest++;
    }
    if (bytes && rest[0] == 'i' && rest[1] == 'B')
        rest++;
    if (bytes && rest[0] == 'B')
        rest++;
    if (*rest != '\0' || number >= 0x1p63)
        return false;
    *value_out = (uint64_t)(number + 0.5);
    return true;
}

bool ml_parse_size(const char *text, uint64_t *bytes_out)
{
    return strbuf_parse_scaled(text, 1024, true, bytes_out);
}

bool ml_parse_count(const char *text, uint64_t *count_out)
{
    return strbuf_parse_scaled(text, 1000, false, count_out);
}

bool ml_parse_duration(const char *text, uint64_t *ns_out)
{
    static const struct {
        const char *unit;
        double ns;
    } units[] = {{"", 1e9}, {"s", 1e9},  {"ms", 1e6},  {"us", 1e3},
                 {"ns", 1}, {"m", 60e9}, {"h", 3600e9}};
    double number;
    const char *rest;
    if (!strbuf_parse_decimal(text, &number, &rest) || number < 0)
        return false;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strcmp(rest, units[i].unit) == 0 && number * units[i].ns < 0x1p63) {
            *ns_out = (uint64_t)(number * units[i].ns + 0.5);
            return true;
        }
    }
    return false;
}

/* Levenshtein distance, one row at a time; both at most STRBUF_WORD_MAX long.
 */
static size_t strbuf_edit_distance(const char *a, size_t a_length,
                                   const char *b, size_t b_length)
{
    size_t row[STRBUF_WORD_MAX + 1];
    for (size_t j = 0; j <= b_length; j++)
        row[j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            const size_t substitute = diagonal + (a[i - 1] != b[j - 1]);
            const size_t shorter =
                (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            diagonal = row[j];
            row[j] = substitute < shorter ? substitute : shorter;
        }
    }
    return row[b_length];
}

const char *ml_closest_match(const char *word, const char *const *candidates,
                             size_t count)
{
    const size_t length = strlen(word);
    const char *best = NULL;
    size_t best_distance = length / 3 + 1;
    if (length == 0 || length > STRBUF_WORD_MAX)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        const size_t candidate_length = strlen(candidates[i]);
        if (candidate_length > STRBUF_WORD_MAX)
            continue;
        const size_t distance =
            strbuf_edit_distance(word, length, candidates[i], candidate_length);
        if (distance <= best_distance && (!best || distance < best_distance)) {
            best = candidates[i];
            best_distance = distance;
        }
    }
    return best;
}
