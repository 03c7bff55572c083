/* chain.h: a run's filters as text, as a checked list, and at work.
 *
 * parse.c turns `resize:1600,fit=cover` into a struct ml_chain (once, before
 * any work) and prints it back; prepare.c works out the shapes for one picture;
 * pull.c pulls the rows through, strip by strip.  One chain is shared read-only
 * by all workers; everything that belongs to one picture lies in that worker's
 * arena.
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
    double numbers[ML_NUMBER_LIST_MAX]; /* of its list, if it takes one */
};

struct ml_chain {
    size_t count;
    struct ml_chain_item items[ML_CHAIN_MAX];
};

/* Append one filter from its text, "NAME[:VALUE...][,key=value...]": values
 * without a key are positional, separated by ':' or ','.  ML_ERR_USAGE with the
 * nearest name as remedy: unknown filter, key or choice, a value out of range
 * or of the wrong type, a required one missing, one given twice, too many. */
ML_MUST_CHECK enum ml_status
ml_chain_parse(struct ml_chain *chain, const char *text, struct ml_error *err);
/* The same for a filter that is known: `values` is what follows the name,
 * "" or beginning with ':' or ','. */
ML_MUST_CHECK enum ml_status ml_chain_item_parse(struct ml_chain_item *item_out,
                                                 const struct ml_filter *filter,
                                                 const char *values,
                                                 struct ml_error *err);
/* Append the canonical text of one filter: only what was given, in table order,
 * named after the first positional gap; parsing it gives the same values. */
void ml_chain_print(const struct ml_chain_item *item, struct ml_strbuf *text);

/* How many filters from the chain's filter `first` on are made as one: all
 * neighbouring filters of the point family, else 1. */
size_t ml_chain_merged_count(const struct ml_chain *chain, size_t first);

/* The name of the filter nearest to `name`, or NULL when none is near. */
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
