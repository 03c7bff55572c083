/* glob.c: see glob.h. */
#include "files/input/glob.h"

#include <stddef.h>
#include <string.h>

/* Match one byte against the class whose `[` is at `pattern`.  Returns the end
 * of the class, or NULL if it has none: then `[` is an ordinary byte. */
static const char *glob_class(const char *pattern, unsigned char byte,
                              bool *matches_out)
{
    const char *p = pattern + 1;
    const bool negated = *p == '!' || *p == '^';
    p += negated;
    bool found = false;
    for (const char *first = p; *p && (*p != ']' || p == first); p++) {
        if (*p == '\\' && p[1])
            p++;
        const unsigned char low = (unsigned char)*p;
        unsigned char high = low;
        if (p[1] == '-' && p[2] && p[2] != ']') {
            p += 2;
            if (*p == '\\' && p[1])
                p++;
            high = (unsigned char)*p;
        }
        found = found || (byte >= low && byte <= high);
    }
    if (*p != ']')
        return NULL;
    *matches_out = found != negated && byte != '/';
    return p + 1;
}

/* Match the byte *s against the item at `pattern` (no star).  Returns the end
 * of the item, or NULL if it does not match. */
static const char *glob_item(const char *pattern, const char *s)
{
    if (*pattern == '?')
        return *s && *s != '/' ? pattern + 1 : NULL;
    if (*pattern == '[' && *s) {
        bool matches = false;
        const char *next = glob_class(pattern, (unsigned char)*s, &matches);
        if (next)
            return matches ? next : NULL;
    }
    if (*pattern == '\\' && pattern[1])
        pattern++;
    return *pattern && *pattern == *s ? pattern + 1 : NULL;
}

/* A star that can match more: the pattern behind it, and the place in the path
 * where that pattern was last tried. */
struct glob_retry {
    const char *pattern, *path;
    bool whole; /* matches whole components only: `**` and a slash */
};

/* Extend the `**`: by one byte, or past the next slash. */
static bool glob_extend(struct glob_retry *deep)
{
    if (!deep->pattern || !*deep->path)
        return false;
    if (!deep->whole) {
        deep->path++;
        return true;
    }
    const char *slash = strchr(deep->path, '/');
    if (slash)
        deep->path = slash + 1;
    return slash != NULL;
}

/* The last `*` matches as little as possible and is extended on failure; if it
 * would have to match a slash, the last `**` is extended instead.  Earlier
 * stars need no second try: their first match leaves the most for the rest. */
bool ml_glob_match(const char *pattern, const char *path)
{
    struct glob_retry near = {0}, deep = {0};
    const char *start = path;
    for (;;) {
        const char *next;
        if (pattern[0] == '*' && pattern[1] == '*') {
            const bool at_component = path == start || path[-1] == '/';
            deep.whole = pattern[2] == '/' && at_component;
            deep.pattern = pattern += deep.whole ? 3 : 2;
            deep.path = path;
            near.pattern = NULL;
        } else if (*pattern == '*') {
            near.pattern = ++pattern;
            near.path = path;
        } else if (*pattern == '\0' && *path == '\0') {
            return true;
        } else if (*path && (next = glob_item(pattern, path)) != NULL) {
            pattern = next;
            path++;
        } else if (near.pattern && *near.path && *near.path != '/') {
            pattern = near.pattern;
            path = ++near.path;
        } else if (glob_extend(&deep)) {
            near.pattern = NULL;
            pattern = deep.pattern;
            path = deep.path;
        } else {
            return false;
        }
    }
}
