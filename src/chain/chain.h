/* chain.h: the filters of a run, as text and as a checked list.
 *
 * parse.c turns `resize:1600,fit=cover` into a struct ml_chain (once, before
 * any work) and prints it back; prepare.c computes the shapes for one picture;
 * pull.c pulls the rows through, strip by strip.  All workers share one chain,
 * read-only; all data of one picture is in the arena of its worker.
 *
 * The folder uses filters/filter.h and filters/registry.h, image, os and base.
 * Read this header first, then chain_exec.h.
 */
#ifndef ML_CHAIN_CHAIN_H
#define ML_CHAIN_CHAIN_H

#include <stddef.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "filters/filter.h"

#define ML_CHAIN_MAX 64 /* filters in a run */

struct ml_chain_item {
    const struct ml_filter *filter;
    struct ml_value values[ML_PARAM_MAX];
    double numbers[ML_NUMBER_LIST_MAX]; /* of its parameter of type list */
};

struct ml_chain {
    size_t count;
    struct ml_chain_item items[ML_CHAIN_MAX];
};

/* Append one filter from its text, "NAME[:VALUE...][,key=value...]": values
 * without a key are positional, separated by ':' or ','.  ML_ERR_USAGE, with
 * the nearest name as remedy: an unknown filter, key or choice, a value out of
 * range or of the wrong type, a required value missing, a value given twice,
 * too many values. */
ML_MUST_CHECK enum ml_status
ml_chain_parse(struct ml_chain *chain, const char *text, struct ml_error *err);
/* The same for a known filter: `values` is the text behind its name, "" or
 * beginning with ':' or ','. */
ML_MUST_CHECK enum ml_status ml_chain_item_parse(struct ml_chain_item *item_out,
                                                 const struct ml_filter *filter,
                                                 const char *values,
                                                 struct ml_error *err);
/* Append the canonical text of one filter: only the given values, in table
 * order, with keys after the first gap; parsing it gives the same values. */
void ml_chain_print(const struct ml_chain_item *item, struct ml_strbuf *text);

/* The number of filters from the chain's filter `first` on that are merged into
 * one step: all neighbouring filters of the point family, else 1. */
size_t ml_chain_merged_count(const struct ml_chain *chain, size_t first);

/* The name of the filter nearest to `name`; NULL: none is near. */
const char *ml_filter_nearest(const char *name);

/* Append the filters of a recipe: first line `minilab-recipe 1`, one filter a
 * line, `#` comments, blank lines ignored.  `name` is for messages, which carry
 * the line number.  ML_ERR_USAGE. */
ML_MUST_CHECK enum ml_status ml_recipe_parse(struct ml_chain *chain,
                                             const char *name, const char *text,
                                             size_t length,
                                             struct ml_error *err);
void ml_recipe_print(const struct ml_chain *chain, struct ml_strbuf *text);

#endif
