/* casefold.c: see casefold.h. */
#include "files/output/casefold.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <utf8proc.h>

/* Code points of a folded name: one of two bytes becomes at most three. */
#define CASEFOLD_POINTS (3 * ML_NAME_PATH_MAX / 2)

/* Length of the run of valid UTF-8 beyond ASCII at `s`, or 0. */
static size_t casefold_run(const uint8_t *s, size_t left)
{
    size_t length = 0;
    while (length < left && s[length] >= 0x80) {
        utf8proc_int32_t point;
        const utf8proc_ssize_t step = utf8proc_iterate(
            s + length, (utf8proc_ssize_t)(left - length), &point);
        if (step < 0)
            break;
        length += (size_t)step;
    }
    return length;
}

/* Fold a run of valid UTF-8 into `out`, which ends before `end`; returns the
 * bytes written. */
static size_t casefold_pass(const uint8_t *run, size_t length,
                            utf8proc_option_t options, uint8_t *out,
                            const uint8_t *end)
{
    utf8proc_int32_t points[CASEFOLD_POINTS];
    const utf8proc_ssize_t count = utf8proc_decompose(
        run, (utf8proc_ssize_t)length, points, CASEFOLD_POINTS, options);
    uint8_t *at = out;
    assert(count >= 0 && count <= CASEFOLD_POINTS);
    for (utf8proc_ssize_t i = 0; i < count; i++) {
        assert(end - at >= 4);
        at += utf8proc_encode_char(points[i], at);
    }
    return (size_t)(at - out);
}

/* Decompose before folding too, as Unicode defines caseless matching (D145):
 * the iota below a Greek letter moves when it becomes a letter. */
static size_t casefold_fold_run(const uint8_t *run, size_t length,
                                unsigned ignore, uint8_t *out,
                                const uint8_t *end)
{
    uint8_t decomposed[ML_CASEFOLD_KEY_MAX];
    if (ignore == ML_IGNORE_CASE)
        return casefold_pass(run, length, UTF8PROC_CASEFOLD, out, end);
    if (ignore == ML_IGNORE_FORM)
        return casefold_pass(run, length, UTF8PROC_DECOMPOSE, out, end);
    length = casefold_pass(run, length, UTF8PROC_DECOMPOSE, decomposed,
                           decomposed + sizeof decomposed);
    return casefold_pass(decomposed, length,
                         UTF8PROC_CASEFOLD | UTF8PROC_DECOMPOSE, out, end);
}

/* An ASCII letter, or a byte that is no UTF-8. */
static uint8_t casefold_byte(uint8_t byte, unsigned ignore)
{
    const bool is_capital = byte >= 'A' && byte <= 'Z';
    return is_capital && (ignore & ML_IGNORE_CASE) ? (uint8_t)(byte + 'a' - 'A')
                                                   : byte;
}

void ml_casefold_key(const char *name, unsigned ignore,
                     char key_out[ML_CASEFOLD_KEY_MAX])
{
    const uint8_t *in = (const uint8_t *)name;
    uint8_t *out = (uint8_t *)key_out;
    /* Space for the longest code point stays behind the written part. */
    const uint8_t *end = out + ML_CASEFOLD_KEY_MAX;
    size_t left = strlen(name);
    assert(left < ML_NAME_PATH_MAX);
    while (left > 0) {
        size_t length = ignore ? casefold_run(in, left) : 0;
        if (length > 0) {
            out += casefold_fold_run(in, length, ignore, out, end);
        } else {
            *out++ = casefold_byte(*in, ignore);
            length = 1;
        }
        in += length;
        left -= length;
    }
    *out = '\0';
}

bool ml_casefold_equal(const char *a, const char *b, unsigned ignore)
{
    char a_key[ML_CASEFOLD_KEY_MAX], b_key[ML_CASEFOLD_KEY_MAX];
    if (ignore == 0 || strcmp(a, b) == 0)
        return strcmp(a, b) == 0;
    ml_casefold_key(a, ignore, a_key);
    ml_casefold_key(b, ignore, b_key);
    return strcmp(a_key, b_key) == 0;
}
