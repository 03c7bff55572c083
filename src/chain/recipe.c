/* recipe.c: a chain as the lines of a file.
 *
 * In: the bytes of a recipe.  Out: its filters, appended to the chain.  A line
 * is a filter in the syntax of -f; a comment begins with '#' at the start of a
 * line or after a blank (the '#' of a colour follows neither).
 */
#include "chain/chain.h"

#include <stdio.h>
#include <string.h>

#define RECIPE_HEAD "minilab-recipe "
#define RECIPE_VERSION "1"
#define RECIPE_LINE_MAX 1200 /* bytes, comment included */
#define RECIPE_NAME_MAX 40   /* bytes of the name that a message shows */

/* Put "NAME:LINE: " in front of err->what. */
static enum ml_status recipe_fail_at(const char *name, size_t line,
                                     struct ml_error *err)
{
    char place[sizeof err->what];
    struct ml_strbuf text;
    const size_t length = strlen(name);
    ml_strbuf_open(&text, place, sizeof place);
    if (length > RECIPE_NAME_MAX)
        ml_strbuf_add(&text, "...");
    ml_strbuf_add_escaped(&text, length > RECIPE_NAME_MAX
                                     ? name + length - RECIPE_NAME_MAX
                                     : name);
    ml_strbuf_add(&text, ":%zu: %s", line, err->what);
    memcpy(err->what, place, sizeof place);
    return err->status;
}

/* Remove the comment, and blanks (a carriage return too) at both ends. */
static char *recipe_trim(char *line)
{
    for (char *s = line; *s; s++) {
        if (*s == '#' && (s == line || s[-1] == ' ' || s[-1] == '\t')) {
            *s = '\0';
            break;
        }
    }
    line += strspn(line, " \t");
    size_t length = strlen(line);
    while (length > 0 && strchr(" \t\r", line[length - 1]))
        line[--length] = '\0';
    return line;
}

static enum ml_status recipe_check_head(const char *line, struct ml_error *err)
{
    const size_t head = sizeof RECIPE_HEAD - 1;
    if (strncmp(line, RECIPE_HEAD, head) != 0)
        return ml_fail(err, ML_ERR_USAGE, "not a recipe",
                       "make the first line 'minilab-recipe 1'",
                       "its first line is '%.40s'", line);
    if (strcmp(line + head, RECIPE_VERSION) != 0)
        return ml_fail(err, ML_ERR_USAGE, "unknown recipe version",
                       "this build reads 'minilab-recipe 1'", "it is '%.20s'",
                       line + head);
    return ML_OK;
}

/* One line without its newline; number 1 is the head. */
static enum ml_status recipe_line(struct ml_chain *chain, size_t number,
                                  const char *bytes, size_t length,
                                  struct ml_error *err)
{
    char line[RECIPE_LINE_MAX + 1];
    if (length > RECIPE_LINE_MAX)
        return ml_fail(err, ML_ERR_USAGE, "line too long", "shorten it",
                       "%zu bytes, at most %d", length, RECIPE_LINE_MAX);
    if (memchr(bytes, '\0', length))
        return ml_fail(err, ML_ERR_USAGE, "not a text", "save it as plain text",
                       "the line holds a zero byte");
    memcpy(line, bytes, length);
    line[length] = '\0';
    const char *text = recipe_trim(line);
    if (number == 1)
        return recipe_check_head(text, err);
    return *text ? ml_chain_parse(chain, text, err) : ML_OK;
}

enum ml_status ml_recipe_parse(struct ml_chain *chain, const char *name,
                               const char *text, size_t length,
                               struct ml_error *err)
{
    const size_t count_before = chain->count;
    size_t number = 1;
    for (size_t at = 0; at < length || number == 1; number++) {
        const char *newline =
            at < length ? memchr(text + at, '\n', length - at) : NULL;
        const size_t end = newline ? (size_t)(newline - text) : length;
        if (recipe_line(chain, number, text + at, end - at, err) != ML_OK) {
            chain->count = count_before;
            return recipe_fail_at(name, number, err);
        }
        at = end + 1;
    }
    return ML_OK;
}

void ml_recipe_print(const struct ml_chain *chain, struct ml_strbuf *text)
{
    ml_strbuf_add(text, "%s%s\n", RECIPE_HEAD, RECIPE_VERSION);
    for (size_t i = 0; i < chain->count; i++) {
        ml_chain_print(&chain->items[i], text);
        ml_strbuf_add(text, "\n");
    }
}
