/* parse.c: a filter's text to a chain item, and back.
 *
 * In: `NAME[:VALUE...][,key=value...]`, from -f or from a line of a recipe.
 * Out: a chain item with every value checked against the filter's table.  Runs
 * once, before any work; opens no file.  On failure the chain is unchanged.
 */
#include "chain/chain.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "chain/param_value.h"
#include "filters/registry.h"

#define PARSE_TEXT_MAX 1024   /* bytes of one filter's text */
#define PARSE_FILTERS_MAX 256 /* names to suggest from */

static const char parse_letters[] =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:,=%.+-_#";

/* Put the filter in front of the error: "filter blur: WHAT NAME". */
static enum ml_status parse_at(const struct ml_filter *filter, const char *what,
                               const char *name, struct ml_error *err)
{
    (void)snprintf(err->what, sizeof err->what, "filter %s: %s %s",
                   filter->name, what, name);
    return err->status;
}

static enum ml_status parse_check_letters(const char *text,
                                          struct ml_error *err)
{
    const size_t good = strspn(text, parse_letters);
    if (strlen(text) > PARSE_TEXT_MAX)
        return ml_fail(err, ML_ERR_USAGE, "filter text too long",
                       "split it into several filters",
                       "%zu characters, at most %d", strlen(text),
                       PARSE_TEXT_MAX);
    if (text[good] == '\0')
        return ML_OK;
    char shown[16];
    struct ml_strbuf letter;
    char alone[2] = {text[good], '\0'};
    ml_strbuf_open(&letter, shown, sizeof shown);
    ml_strbuf_add_escaped(&letter, alone);
    return ml_fail(err, ML_ERR_USAGE, "bad character in a filter",
                   "use letters, digits and : , = % . + - _ # only",
                   "'%s' after '%.*s'", shown, good > 40 ? 40 : (int)good,
                   text);
}

const char *ml_filter_nearest(const char *name)
{
    const char *names[PARSE_FILTERS_MAX];
    size_t count;
    const struct ml_filter *const *filters = ml_filters(&count);
    assert(count <= PARSE_FILTERS_MAX);
    for (size_t i = 0; i < count; i++)
        names[i] = filters[i]->name;
    return ml_closest_match(name, names, count);
}

static enum ml_status parse_unknown_filter(const char *name,
                                           struct ml_error *err)
{
    char remedy[sizeof err->remedy];
    const char *nearest = ml_filter_nearest(name);
    if (nearest)
        (void)snprintf(remedy, sizeof remedy, "did you mean %s?", nearest);
    else
        (void)snprintf(remedy, sizeof remedy,
                       "'minilab filters' lists all filters");
    if (*name == '\0')
        return ml_fail(err, ML_ERR_USAGE, "filter without a name", remedy,
                       "a filter reads NAME:VALUE,key=value");
    return ml_fail(err, ML_ERR_USAGE, "unknown filter", remedy,
                   "no filter is named '%s'", name);
}

static enum ml_status parse_unknown_key(const struct ml_filter *filter,
                                        const char *key, struct ml_error *err)
{
    const char *names[ML_PARAM_MAX];
    char why[sizeof err->why], remedy[sizeof err->remedy];
    struct ml_strbuf list;
    ml_strbuf_open(&list, why, sizeof why);
    ml_strbuf_add(&list, filter->param_count ? "it takes " : "it takes none");
    for (size_t i = 0; i < filter->param_count; i++) {
        names[i] = filter->params[i].name;
        ml_strbuf_add(&list, "%s%s", i ? ", " : "", names[i]);
    }
    const char *nearest = ml_closest_match(key, names, filter->param_count);
    if (nearest)
        (void)snprintf(remedy, sizeof remedy, "did you mean %s=?", nearest);
    else
        (void)snprintf(remedy, sizeof remedy, "see 'minilab filters %s'",
                       filter->name);
    (void)ml_fail(err, ML_ERR_USAGE, "", remedy, "%s", why);
    return parse_at(filter, "no parameter named", key, err);
}

static enum ml_status parse_too_many(const struct ml_filter *filter,
                                     struct ml_error *err)
{
    char remedy[sizeof err->remedy];
    (void)snprintf(remedy, sizeof remedy, "for instance %s", filter->example);
    if (filter->param_count == 0)
        (void)ml_fail(err, ML_ERR_USAGE, "", remedy, "it takes none");
    else
        (void)ml_fail(err, ML_ERR_USAGE, "", remedy, "it takes at most %zu",
                      filter->param_count);
    return parse_at(filter, "too many", "values", err);
}

/* The index of the parameter named `key`; param_count: none. */
static size_t parse_find_key(const struct ml_filter *filter, const char *key)
{
    size_t i = 0;
    while (i < filter->param_count && strcmp(filter->params[i].name, key) != 0)
        i++;
    return i;
}

/* Parse one piece between separators: `value`, for parameter *next_position of
 * the table, or `key=value`, after which no value without a key may follow. */
static enum ml_status parse_piece(struct ml_chain_item *item, char *piece,
                                  size_t *next_position, struct ml_error *err)
{
    const struct ml_filter *filter = item->filter;
    const char *value = piece;
    char *equals = strchr(piece, '=');
    size_t index = *next_position;
    if (equals) {
        *equals = '\0';
        value = equals + 1;
        index = parse_find_key(filter, piece);
        if (index == filter->param_count)
            return parse_unknown_key(filter, piece, err);
        *next_position = SIZE_MAX;
    } else if (index == SIZE_MAX) {
        (void)ml_fail(err, ML_ERR_USAGE, "", "write it as key=value",
                      "it follows a value with a key");
        return parse_at(filter, "no key for", piece, err);
    } else if (index >= filter->param_count) {
        return parse_too_many(filter, err);
    } else {
        ++*next_position;
    }
    const struct ml_param *param = &filter->params[index];
    if (item->values[index].given) {
        (void)ml_fail(err, ML_ERR_USAGE, "", "give it once",
                      "it was given already");
        return parse_at(filter, "second value for", param->name, err);
    }
    struct ml_value *to = &item->values[index];
    const enum ml_status status =
        param->type == ML_NUMBER_LIST
            ? ml_numbers_parse(param, value, item->numbers, to, err)
            : ml_value_parse(param, value, to, err);
    if (status != ML_OK)
        return parse_at(filter, "bad value for", param->name, err);
    return ML_OK;
}

static enum ml_status parse_check_required(const struct ml_chain_item *item,
                                           struct ml_error *err)
{
    const struct ml_filter *filter = item->filter;
    for (size_t i = 0; i < filter->param_count; i++) {
        if (!filter->params[i].required || item->values[i].given)
            continue;
        char remedy[sizeof err->remedy];
        (void)snprintf(remedy, sizeof remedy, "for instance %s",
                       filter->example);
        (void)ml_fail(err, ML_ERR_USAGE, "", remedy, "it has no default");
        return parse_at(filter, "nothing given for", filter->params[i].name,
                        err);
    }
    return ML_OK;
}

enum ml_status ml_chain_item_parse(struct ml_chain_item *item_out,
                                   const struct ml_filter *filter,
                                   const char *values, struct ml_error *err)
{
    struct ml_chain_item item = {.filter = filter};
    char pieces[PARSE_TEXT_MAX + 1];
    size_t next_position = 0;
    assert(filter->param_count <= ML_PARAM_MAX);
    for (size_t i = 0; i < filter->param_count; i++)
        item.values[i] = ml_value_default(&filter->params[i]);
    if (parse_check_letters(values, err) != ML_OK)
        return err->status;
    (void)snprintf(pieces, sizeof pieces, "%s", values);
    for (char *piece = pieces; *piece;) {
        piece++; /* skip the separator */
        char *end = piece + strcspn(piece, ":,");
        const char separator = *end;
        *end = '\0';
        if (parse_piece(&item, piece, &next_position, err) != ML_OK)
            return err->status;
        *end = separator;
        piece = end;
    }
    if (parse_check_required(&item, err) != ML_OK)
        return err->status;
    *item_out = item;
    return ML_OK;
}

enum ml_status ml_chain_parse(struct ml_chain *chain, const char *text,
                              struct ml_error *err)
{
    char name[ML_VALUE_TEXT_MAX + 1];
    const size_t length = strcspn(text, ":,=");
    if (parse_check_letters(text, err) != ML_OK)
        return err->status;
    (void)snprintf(name, sizeof name, "%.*s", (int)length, text);
    const struct ml_filter *filter = ml_filter_find(name);
    if (!filter || length >= sizeof name)
        return parse_unknown_filter(name, err);
    if (text[length] == '=') {
        char remedy[sizeof err->remedy];
        (void)snprintf(remedy, sizeof remedy, "write %.40s:%.40s", name,
                       text + length + 1);
        return ml_fail(err, ML_ERR_USAGE, "misplaced '='", remedy,
                       "a ':' separates the filter's name from its values");
    }
    if (chain->count == ML_CHAIN_MAX)
        return ml_fail(err, ML_ERR_USAGE, "too many filters",
                       "split them over two runs", "a chain holds at most %d",
                       ML_CHAIN_MAX);
    if (ml_chain_item_parse(&chain->items[chain->count], filter, text + length,
                            err) != ML_OK)
        return err->status;
    chain->count++;
    return ML_OK;
}

void ml_chain_print(const struct ml_chain_item *item, struct ml_strbuf *text)
{
    const struct ml_filter *filter = item->filter;
    bool gap = false;
    ml_strbuf_add(text, "%s", filter->name);
    for (size_t i = 0; i < filter->param_count; i++) {
        if (!item->values[i].given) {
            gap = true;
            continue;
        }
        if (gap)
            ml_strbuf_add(text, ",%s=", filter->params[i].name);
        else
            ml_strbuf_add(text, ":");
        if (filter->params[i].type == ML_NUMBER_LIST)
            ml_numbers_print(&item->values[i], item->numbers, text);
        else
            ml_value_print(&filter->params[i], &item->values[i], text);
    }
}

size_t ml_chain_merged_count(const struct ml_chain *chain, size_t first)
{
    size_t end = first;
    while (end < chain->count && chain->items[end].filter->point)
        end++;
    return end > first ? end - first : 1;
}
