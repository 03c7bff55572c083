/* name_template.c: see name_template.h. */
#include "files/output/name_template.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/strbuf.h"

#define NAME_COMPONENT_MAX 255 /* bytes; NAME_MAX of every usual system */
#define NAME_FIELD_MAX 32      /* bytes between braces */
#define NAME_NUMBER_MAX 19     /* digits of {n:0D} */
#define NAME_HASH_MAX 16       /* digits of {hash:D} */

/* Indexed by enum ml_name_field, from ML_NAME_DIR on. */
static const char *const name_fields[] = {"dir", "stem", "ext", "n",
                                          "w",   "h",    "hash"};
#define NAME_FIELD_COUNT (sizeof name_fields / sizeof *name_fields)

/* ---- parsing ---- */

static enum ml_status name_usage(struct ml_error *err, const char *remedy,
                                 const char *field)
{
    char shown[3 * NAME_FIELD_MAX + 1];
    struct ml_strbuf text;
    ml_strbuf_open(&text, shown, sizeof shown);
    ml_strbuf_add_escaped(&text, field);
    return ml_fail(err, ML_ERR_USAGE, "bad name template", remedy,
                   "{%s} is no field of it", shown);
}

static enum ml_status name_unknown(struct ml_error *err, const char *field,
                                   const char *word)
{
    const char *nearest = ml_closest_match(word, name_fields, NAME_FIELD_COUNT);
    char remedy[112];
    if (nearest)
        (void)snprintf(remedy, sizeof remedy, "did you mean {%s}?", nearest);
    else
        (void)snprintf(remedy, sizeof remedy,
                       "use {dir} {stem} {ext} {n} {w} {h} {hash}");
    return name_usage(err, remedy, field);
}

/* The digits behind the colon, for the two fields that have some. */
static enum ml_status name_digits(struct ml_name_part *part, const char *field,
                                  const char *digits, struct ml_error *err)
{
    uint64_t number = 0;
    const bool number_is_good = ml_parse_u64(digits, &number);
    if (part->field == ML_NAME_N && digits[0] == '0' && number_is_good &&
        number >= 1 && number <= NAME_NUMBER_MAX) {
        part->digits = (uint16_t)number;
        return ML_OK;
    }
    if (part->field == ML_NAME_HASH && number_is_good && number >= 1 &&
        number <= NAME_HASH_MAX) {
        part->digits = (uint16_t)number;
        return ML_OK;
    }
    return name_usage(err,
                      "write {n:04} for four digits, {hash:8} for the first "
                      "8 of 16",
                      field);
}

/* Parse the text between the braces, terminated. */
static enum ml_status name_parse_field(struct ml_name_part *part,
                                       const char *field, struct ml_error *err)
{
    char word[NAME_FIELD_MAX + 1];
    const size_t length = strcspn(field, ":");
    memcpy(word, field, length);
    word[length] = '\0';
    *part = (struct ml_name_part){.field = ML_NAME_LITERAL};
    for (size_t i = 0; i < NAME_FIELD_COUNT; i++) {
        if (strcmp(word, name_fields[i]) == 0)
            part->field = (enum ml_name_field)(i + ML_NAME_DIR);
    }
    if (part->field == ML_NAME_LITERAL)
        return name_unknown(err, field, word);
    part->digits = part->field == ML_NAME_HASH ? NAME_HASH_MAX : 0;
    return field[length] == ':'
               ? name_digits(part, field, field + length + 1, err)
               : ML_OK;
}

static enum ml_status name_too_long(struct ml_error *err)
{
    return ml_fail(err, ML_ERR_USAGE, "bad name template", "make it shorter",
                   "at most %d bytes and %d fields", ML_NAME_TEMPLATE_MAX - 1,
                   ML_NAME_PARTS_MAX);
}

static enum ml_status name_add_part(struct ml_name_template *name,
                                    struct ml_name_part part,
                                    struct ml_error *err)
{
    if (name->part_count == ML_NAME_PARTS_MAX)
        return name_too_long(err);
    name->parts[name->part_count++] = part;
    name->deferred = name->deferred || part.field == ML_NAME_W ||
                     part.field == ML_NAME_H || part.field == ML_NAME_HASH;
    return ML_OK;
}

/* Add one literal byte to the last literal, or begin one. */
static enum ml_status name_add_byte(struct ml_name_template *name,
                                    size_t *text_used, char byte,
                                    struct ml_error *err)
{
    struct ml_name_part *last =
        name->part_count > 0 ? &name->parts[name->part_count - 1] : NULL;
    const size_t at = (*text_used)++;
    name->text[at] = byte;
    if (last && last->field == ML_NAME_LITERAL) {
        last->length++;
        return ML_OK;
    }
    return name_add_part(name,
                         (struct ml_name_part){.field = ML_NAME_LITERAL,
                                               .begin = (uint16_t)at,
                                               .length = 1},
                         err);
}

/* Add the field whose brace is at *at; advances *at past its end. */
static enum ml_status name_add_field(struct ml_name_template *name,
                                     const char **at, struct ml_error *err)
{
    char field[NAME_FIELD_MAX + 1];
    const char *begin = *at + 1;
    const size_t length = strcspn(begin, "{}");
    if (begin[length] != '}' || length > NAME_FIELD_MAX)
        return ml_fail(err, ML_ERR_USAGE, "bad name template",
                       "close the brace, or write {{ for a brace",
                       "a { is not closed");
    memcpy(field, begin, length);
    field[length] = '\0';
    struct ml_name_part part;
    if (name_parse_field(&part, field, err) != ML_OK)
        return err->status;
    *at = begin + length + 1;
    return name_add_part(name, part, err);
}

static enum ml_status name_parse_parts(struct ml_name_template *name,
                                       const char *at, struct ml_error *err)
{
    size_t text_used = 0;
    while (*at) {
        const bool is_doubled = (*at == '{' || *at == '}') && at[1] == *at;
        enum ml_status status;
        if (*at == '{' && !is_doubled) {
            status = name_add_field(name, &at, err);
        } else if (*at == '}' && !is_doubled) {
            return ml_fail(err, ML_ERR_USAGE, "bad name template",
                           "write }} for a brace", "a } closes nothing");
        } else {
            status = name_add_byte(name, &text_used, *at, err);
            at += is_doubled ? 2 : 1;
        }
        if (status != ML_OK)
            return status;
    }
    return ML_OK;
}

enum ml_status ml_name_template_parse(struct ml_name_template *name,
                                      const char *template_text,
                                      struct ml_error *err)
{
    memset(name, 0, sizeof *name);
    if (strlen(template_text) >= ML_NAME_TEMPLATE_MAX)
        return name_too_long(err);
    if (name_parse_parts(name, template_text, err) != ML_OK)
        return err->status;
    /* A template that fails for the plainest input fails for all. */
    static const char *const endings[] = {"e", NULL};
    const struct ml_name_values plain = {
        .relative = "d/s.e", .extensions = endings, .n = 1};
    char path[ML_NAME_PATH_MAX];
    return ml_name_template_expand(name, &plain, path, NULL, err);
}

/* ---- expanding ---- */

static const char *name_base(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* The ending of the last component, without its dot; "" when there is none
 * (a leading dot begins no ending).  Points into `path`. */
static const char *name_ending(const char *path)
{
    const char *base = name_base(path);
    const char *dot = strrchr(base, '.');
    return dot && dot != base ? dot + 1 : base + strlen(base);
}

static void name_add_stem(struct ml_strbuf *out, const char *relative)
{
    const char *base = name_base(relative);
    const char *ending = name_ending(relative);
    const size_t length = (size_t)(ending - base);
    const bool has_dot = *ending || (length > 1 && ending[-1] == '.');
    ml_strbuf_add_bytes(out, base, length - has_dot);
}

static const char *name_extension(const struct ml_name_values *values)
{
    const char *own = name_ending(values->relative);
    for (size_t i = 0; values->extensions[i]; i++) {
        if (strcasecmp(own, values->extensions[i]) == 0)
            return own;
    }
    return values->extensions[0];
}

static void name_add_dir(struct ml_strbuf *out, const char *relative)
{
    const char *base = name_base(relative);
    if (base > relative)
        ml_strbuf_add_bytes(out, relative, (size_t)(base - relative) - 1);
}

static void name_add(struct ml_strbuf *out, const struct ml_name_template *name,
                     const struct ml_name_part *part,
                     const struct ml_name_values *values)
{
    char hash[NAME_HASH_MAX + 1];
    switch (part->field) {
    case ML_NAME_LITERAL:
        ml_strbuf_add_bytes(out, name->text + part->begin, part->length);
        break;
    case ML_NAME_DIR:
        name_add_dir(out, values->relative);
        break;
    case ML_NAME_STEM:
        name_add_stem(out, values->relative);
        break;
    case ML_NAME_EXT:
        ml_strbuf_add(out, "%s", name_extension(values));
        break;
    case ML_NAME_N:
        ml_strbuf_add(out, "%0*" PRIu64, part->digits, values->n);
        break;
    case ML_NAME_W:
        ml_strbuf_add(out, "%" PRIu32, values->width);
        break;
    case ML_NAME_H:
        ml_strbuf_add(out, "%" PRIu32, values->height);
        break;
    case ML_NAME_HASH:
        (void)snprintf(hash, sizeof hash, "%016" PRIx64, values->hash);
        ml_strbuf_add_bytes(out, hash, part->digits);
        break;
    }
}

static enum ml_status name_refuse(struct ml_error *err, const char *why)
{
    return ml_fail(err, ML_ERR_USAGE, "bad output name",
                   "change the template given to --name", "%s", why);
}

/* Does every component stay below the root? */
static enum ml_status name_check_path(const char *path, struct ml_error *err)
{
    if (path[0] == '/')
        return name_refuse(err, "it begins with a slash");
    for (const char *at = path;;) {
        const size_t length = strcspn(at, "/");
        if (length == 0)
            return name_refuse(err, "a part of it is empty");
        if ((length == 1 && at[0] == '.') ||
            (length == 2 && at[0] == '.' && at[1] == '.'))
            return name_refuse(err, "a part of it is . or ..: it would leave "
                                    "the output folder");
        if (length > NAME_COMPONENT_MAX)
            return name_refuse(err, "a part of it has more than 255 bytes");
        if (at[length] == '\0')
            return ML_OK;
        at += length + 1;
    }
}

/* If {dir} is empty and a whole component, drop the slash behind it. */
static bool name_drops_slash(const struct ml_strbuf *out, size_t used_before,
                             const struct ml_name_part *part)
{
    return part->field == ML_NAME_DIR && out->used == used_before &&
           (out->used == 0 || out->data[out->used - 1] == '/');
}

enum ml_status ml_name_template_expand(const struct ml_name_template *name,
                                       const struct ml_name_values *values,
                                       char path_out[ML_NAME_PATH_MAX],
                                       size_t *length_out, struct ml_error *err)
{
    struct ml_strbuf out;
    ml_strbuf_open(&out, path_out, ML_NAME_PATH_MAX);
    bool drop_slash = false;
    for (size_t i = 0; i < name->part_count; i++) {
        struct ml_name_part part = name->parts[i];
        const size_t used_before = out.used;
        if (drop_slash && part.field == ML_NAME_LITERAL &&
            name->text[part.begin] == '/') {
            part.begin++;
            part.length--;
        }
        name_add(&out, name, &part, values);
        drop_slash = name_drops_slash(&out, used_before, &part);
    }
    if (out.truncated)
        return name_refuse(err, "it is longer than a path can be");
    if (length_out)
        *length_out = out.used;
    return name_check_path(path_out, err);
}

enum ml_status ml_name_add_suffix(char path[ML_NAME_PATH_MAX], uint32_t number,
                                  struct ml_error *err)
{
    char suffix[16];
    const int length = snprintf(suffix, sizeof suffix, "-%" PRIu32, number);
    assert(length > 0 && (size_t)length < sizeof suffix);
    const char *ending = name_ending(path);
    const size_t used = strlen(path);
    size_t at = (size_t)(ending - path);
    at -= *ending != '\0'; /* before the dot */
    if (used + (size_t)length >= ML_NAME_PATH_MAX)
        return name_refuse(err, "it is longer than a path can be");
    memmove(path + at + length, path + at, used - at + 1);
    memcpy(path + at, suffix, (size_t)length);
    return name_check_path(path, err);
}
