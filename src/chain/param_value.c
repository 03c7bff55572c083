/* param_value.c: see param_value.h.  One small parser and printer a type. */
#include "chain/param_value.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define VALUE_DIGITS_MAX 15   /* decimal digits that a double always keeps */
#define VALUE_PERCENT_MAX 1e4 /* a size: enlarging a hundredfold */
#define VALUE_NS_PER_MS 1e6
/* Bytes of a printed list, where each number may be a zero longer than in the
 * input: the whole text of a filter must fit PARSE_TEXT_MAX of parse.c. */
#define VALUE_LIST_MAX 900

static const char *const value_type_names[] = {
    [ML_INTEGER] = "integer",   [ML_REAL] = "real",
    [ML_PERCENT] = "percent",   [ML_BOOLEAN] = "boolean",
    [ML_CHOICE] = "choice",     [ML_LENGTH] = "length",
    [ML_SIZE] = "size",         [ML_COLOUR] = "colour",
    [ML_DURATION] = "duration", [ML_NUMBER_LIST] = "numbers"};

static const struct {
    const char *name;
    uint8_t level;
} value_colours[] = {{"black", 0}, {"gray", 128}, {"white", 255}};

#define VALUE_COLOURS (sizeof value_colours / sizeof *value_colours)

const char *ml_value_type_name(enum ml_param_type type)
{
    return value_type_names[type];
}

struct ml_value ml_value_default(const struct ml_param *param)
{
    return (struct ml_value){.number = isnan(param->def) ? 0 : param->def};
}

/* ---- the format of a value ---- */

static size_t value_choice_count(const struct ml_param *param)
{
    size_t count = 0;
    while (param->choices[count])
        count++;
    return count;
}

static void value_add_choices(const struct ml_param *param,
                              struct ml_strbuf *text)
{
    for (size_t i = 0; param->choices[i]; i++)
        ml_strbuf_add(text, "%s%s", i ? ", " : "", param->choices[i]);
}

static void value_add_range(const struct ml_param *param, const char *unit,
                            struct ml_strbuf *text)
{
    ml_strbuf_add(text, " from ");
    ml_strbuf_add_number(text, param->min);
    ml_strbuf_add(text, " to ");
    ml_strbuf_add_number(text, param->max);
    ml_strbuf_add(text, "%s", unit);
}

void ml_param_format(const struct ml_param *param, struct ml_strbuf *text)
{
    switch (param->type) {
    case ML_INTEGER:
        ml_strbuf_add(text, "a whole number");
        value_add_range(param, "", text);
        break;
    case ML_REAL:
        ml_strbuf_add(text, "a number");
        value_add_range(param, "", text);
        break;
    case ML_PERCENT:
        ml_strbuf_add(text, "a percentage");
        value_add_range(param, "%", text);
        break;
    case ML_BOOLEAN:
        ml_strbuf_add(text, "yes or no");
        break;
    case ML_CHOICE:
        ml_strbuf_add(text, "one of ");
        value_add_choices(param, text);
        break;
    case ML_LENGTH:
        ml_strbuf_add(text, "pixels");
        value_add_range(param, "", text);
        ml_strbuf_add(text, ", or a percentage such as 10%%");
        break;
    case ML_SIZE:
        ml_strbuf_add(text, "a size such as 800x600, 800, x600 or 50%%");
        break;
    case ML_COLOUR:
        ml_strbuf_add(text,
                      "a colour: #rgb, #rrggbb, #rrggbbaa, black, gray or "
                      "white");
        break;
    case ML_DURATION:
        ml_strbuf_add(text, "a duration");
        value_add_range(param, "ms", text);
        ml_strbuf_add(text, ", such as 5ms, 2s or 20us");
        break;
    case ML_NUMBER_LIST:
        ml_strbuf_add(text, "up to %d numbers", ML_NUMBER_LIST_MAX);
        value_add_range(param, "", text);
        ml_strbuf_add(text, ", such as 1_0_-1");
        break;
    }
}

/* Refuse `text`; the remedy is the format of the parameter. */
static enum ml_status value_refuse(const struct ml_param *param,
                                   const char *text, const char *reason,
                                   struct ml_error *err)
{
    char remedy[sizeof err->remedy];
    struct ml_strbuf give;
    ml_strbuf_open(&give, remedy, sizeof remedy);
    ml_strbuf_add(&give, "give ");
    ml_param_format(param, &give);
    return ml_fail(err, ML_ERR_USAGE, "bad value", remedy, "'%s' %s", text,
                   reason);
}

static enum ml_status value_out_of_range(const struct ml_param *param,
                                         const char *text, double min,
                                         double max, struct ml_error *err)
{
    char range[80];
    struct ml_strbuf reason;
    ml_strbuf_open(&reason, range, sizeof range);
    ml_strbuf_add(&reason, "is not within ");
    ml_strbuf_add_number(&reason, min);
    ml_strbuf_add(&reason, " and ");
    ml_strbuf_add_number(&reason, max);
    return value_refuse(param, text, range, err);
}

/* ---- parsing ---- */

/* Copy `text` to `bare` without a '%' at its end; true: it had one. */
static bool value_strip_percent(const char *text, char *bare, size_t capacity)
{
    const size_t length = strlen(text);
    const bool percent = length > 0 && text[length - 1] == '%';
    (void)snprintf(bare, capacity, "%.*s", (int)(length - percent), text);
    return percent;
}

static bool value_number(const char *text, double *number_out)
{
    size_t digits = 0;
    double number;
    for (const char *s = text; *s; s++)
        digits += *s >= '0' && *s <= '9';
    if (digits > VALUE_DIGITS_MAX || !ml_parse_number(text, &number))
        return false;
    *number_out = number + 0.0; /* "-0" is 0 */
    return true;
}

static enum ml_status value_parse_number(const struct ml_param *param,
                                         const char *text,
                                         struct ml_value *value,
                                         struct ml_error *err)
{
    char bare[ML_VALUE_TEXT_MAX + 1];
    const bool percent = value_strip_percent(text, bare, sizeof bare);
    double min = param->min, max = param->max;
    if ((percent && param->type != ML_PERCENT && param->type != ML_LENGTH) ||
        !value_number(bare, &value->number))
        return value_refuse(param, text, "is not a number", err);
    if (param->type == ML_INTEGER && value->number != floor(value->number))
        return value_refuse(param, text, "is not a whole number", err);
    if (param->type == ML_LENGTH && percent) {
        value->percent = true;
        min = param->min < 0 ? -100 : 0;
        max = 100;
    }
    if (value->number < min || value->number > max)
        return value_out_of_range(param, text, min, max, err);
    return ML_OK;
}

static enum ml_status value_parse_duration(const struct ml_param *param,
                                           const char *text,
                                           struct ml_value *value,
                                           struct ml_error *err)
{
    uint64_t ns;
    if (!ml_parse_duration(text, &ns))
        return value_refuse(param, text, "is not a duration", err);
    value->number = (double)ns / VALUE_NS_PER_MS;
    if (value->number < param->min || value->number > param->max)
        return value_refuse(param, text, "is out of range", err);
    return ML_OK;
}

static enum ml_status value_parse_boolean(const struct ml_param *param,
                                          const char *text,
                                          struct ml_value *value,
                                          struct ml_error *err)
{
    static const char *const words[] = {"no", "yes", "false", "true", "0", "1"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(text, words[i]) == 0) {
            value->number = (double)(i % 2);
            return ML_OK;
        }
    }
    return value_refuse(param, text, "is neither yes nor no", err);
}

static enum ml_status value_parse_choice(const struct ml_param *param,
                                         const char *text,
                                         struct ml_value *value,
                                         struct ml_error *err)
{
    const size_t count = value_choice_count(param);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(text, param->choices[i]) == 0) {
            value->number = (double)i;
            return ML_OK;
        }
    }
    char why[sizeof err->why];
    struct ml_strbuf list;
    ml_strbuf_open(&list, why, sizeof why);
    ml_strbuf_add(&list, "'%s' is not one of ", text);
    value_add_choices(param, &list);
    const char *nearest = ml_closest_match(text, param->choices, count);
    char remedy[sizeof err->remedy];
    if (nearest)
        (void)snprintf(remedy, sizeof remedy, "did you mean %s?", nearest);
    else
        (void)snprintf(remedy, sizeof remedy, "choose one of these");
    return ml_fail(err, ML_ERR_USAGE, "bad value", remedy, "%s", why);
}

/* One side: a whole number of pixels. */
static bool value_side(const char *text, uint32_t *side_out)
{
    uint64_t side;
    if (!ml_parse_u64(text, &side) || side < 1 || side > ML_SIDE_MAX)
        return false;
    *side_out = (uint32_t)side;
    return true;
}

static enum ml_status value_parse_size(const struct ml_param *param,
                                       const char *text, struct ml_value *value,
                                       struct ml_error *err)
{
    char bare[ML_VALUE_TEXT_MAX + 1];
    if (value_strip_percent(text, bare, sizeof bare)) {
        if (!value_number(bare, &value->size.percent))
            return value_refuse(param, text, "is not a size", err);
        if (value->size.percent <= 0 || value->size.percent > VALUE_PERCENT_MAX)
            return value_refuse(param, text, "is not above 0% and up to 10000%",
                                err);
        return ML_OK;
    }
    char *cross = strchr(bare, 'x');
    const char *height = cross ? cross + 1 : "";
    if (cross)
        *cross = '\0';
    if (strspn(bare, "0123456789") != strlen(bare) ||
        strspn(height, "0123456789") != strlen(height) || (!*bare && !*height))
        return value_refuse(param, text, "is not a size", err);
    if ((*bare && !value_side(bare, &value->size.width)) ||
        (*height && !value_side(height, &value->size.height)))
        return value_refuse(param, text, "has a side beyond 1 to 65500 pixels",
                            err);
    return ML_OK;
}

/* The digits behind '#': 3 of 4 bits, or 6 or 8 in pairs. */
static bool value_colour_digits(const char *text, uint8_t colour[4])
{
    const size_t length = strlen(text);
    uint8_t digits[8];
    if (length != 3 && length != 6 && length != 8)
        return false;
    for (size_t i = 0; i < length; i++) {
        const int digit = ml_hex_digit(text[i]);
        if (digit < 0)
            return false;
        digits[i] = (uint8_t)digit;
    }
    colour[3] = 255;
    for (size_t c = 0; c < (length == 8 ? 4U : 3U); c++)
        colour[c] = length == 3
                        ? (uint8_t)(digits[c] * 17)
                        : (uint8_t)(digits[2 * c] * 16 + digits[2 * c + 1]);
    return true;
}

static enum ml_status value_parse_colour(const struct ml_param *param,
                                         const char *text,
                                         struct ml_value *value,
                                         struct ml_error *err)
{
    if (*text == '#' && value_colour_digits(text + 1, value->colour))
        return ML_OK;
    for (size_t i = 0; i < VALUE_COLOURS; i++) {
        if (strcmp(text, value_colours[i].name) == 0) {
            memset(value->colour, value_colours[i].level, 3);
            value->colour[3] = 255;
            return ML_OK;
        }
    }
    return value_refuse(param, text, "is not a colour", err);
}

enum ml_status ml_value_parse(const struct ml_param *param, const char *text,
                              struct ml_value *value_out, struct ml_error *err)
{
    static enum ml_status (*const readers[])(const struct ml_param *,
                                             const char *, struct ml_value *,
                                             struct ml_error *) = {
        [ML_INTEGER] = value_parse_number,   [ML_REAL] = value_parse_number,
        [ML_PERCENT] = value_parse_number,   [ML_BOOLEAN] = value_parse_boolean,
        [ML_CHOICE] = value_parse_choice,    [ML_LENGTH] = value_parse_number,
        [ML_SIZE] = value_parse_size,        [ML_COLOUR] = value_parse_colour,
        [ML_DURATION] = value_parse_duration};
    struct ml_value value = {.given = true};
    assert(param->type != ML_NUMBER_LIST);
    if (*text == '\0')
        return value_refuse(param, text, "is empty", err);
    if (strlen(text) > ML_VALUE_TEXT_MAX)
        return ml_fail(err, ML_ERR_USAGE, "bad value", "shorten it",
                       "%zu characters, at most %d", strlen(text),
                       ML_VALUE_TEXT_MAX);
    const enum ml_status status =
        readers[param->type](param, text, &value, err);
    if (status == ML_OK)
        *value_out = value;
    return status;
}

/* ---- printing ---- */

static void value_print_size(const struct ml_size_value *size,
                             struct ml_strbuf *text)
{
    if (size->percent > 0) {
        ml_strbuf_add_number(text, size->percent);
        ml_strbuf_add(text, "%%");
        return;
    }
    if (size->width)
        ml_strbuf_add(text, "%u", size->width);
    if (size->height)
        ml_strbuf_add(text, "x%u", size->height);
}

static void value_print_colour(const uint8_t colour[4], struct ml_strbuf *text)
{
    ml_strbuf_add(text, "#%02x%02x%02x", colour[0], colour[1], colour[2]);
    if (colour[3] != 255)
        ml_strbuf_add(text, "%02x", colour[3]);
}

void ml_value_print(const struct ml_param *param, const struct ml_value *value,
                    struct ml_strbuf *text)
{
    switch (param->type) {
    case ML_INTEGER:
    case ML_REAL:
        ml_strbuf_add_number(text, value->number);
        break;
    case ML_PERCENT:
        ml_strbuf_add_number(text, value->number);
        ml_strbuf_add(text, "%%");
        break;
    case ML_BOOLEAN:
        ml_strbuf_add(text, "%s", value->number > 0 ? "yes" : "no");
        break;
    case ML_CHOICE:
        ml_strbuf_add(text, "%s", param->choices[(size_t)value->number]);
        break;
    case ML_LENGTH:
        ml_strbuf_add_number(text, value->number);
        ml_strbuf_add(text, "%s", value->percent ? "%" : "");
        break;
    case ML_SIZE:
        value_print_size(&value->size, text);
        break;
    case ML_COLOUR:
        value_print_colour(value->colour, text);
        break;
    case ML_DURATION:
        ml_strbuf_add_number(text, value->number);
        ml_strbuf_add(text, "ms");
        break;
    case ML_NUMBER_LIST:
        assert(false); /* ml_numbers_print() prints lists */
    }
}

/* ---- lists ---- */

enum ml_status ml_numbers_parse(const struct ml_param *param, const char *text,
                                double numbers_out[ML_NUMBER_LIST_MAX],
                                struct ml_value *value_out,
                                struct ml_error *err)
{
    double numbers[ML_NUMBER_LIST_MAX];
    size_t count = 0, printed = strlen(text);
    for (const char *at = text;; at++) {
        char one[ML_VALUE_TEXT_MAX + 1];
        struct ml_value value;
        const size_t length = strcspn(at, "_");
        if (count == ML_NUMBER_LIST_MAX)
            return value_refuse(param, "the list", "is too long", err);
        if (length > ML_VALUE_TEXT_MAX)
            return value_refuse(param, "a number", "is too long", err);
        (void)snprintf(one, sizeof one, "%.*s", (int)length, at);
        if (value_parse_number(param, one, &value, err) != ML_OK)
            return err->status;
        numbers[count++] = value.number;
        printed += one[strspn(one, "+-")] == '.'; /* printed as "0." */
        at += length;
        if (*at == '\0')
            break;
    }
    if (printed > VALUE_LIST_MAX)
        return value_refuse(param, "the list", "is too long", err);
    memcpy(numbers_out, numbers, count * sizeof *numbers);
    *value_out = (struct ml_value){.given = true, .number = (double)count};
    return ML_OK;
}

void ml_numbers_print(const struct ml_value *value, const double *numbers,
                      struct ml_strbuf *text)
{
    for (size_t i = 0; i < (size_t)value->number; i++) {
        ml_strbuf_add(text, i ? "_" : "");
        ml_strbuf_add_number(text, numbers[i]);
    }
}
