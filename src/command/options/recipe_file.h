/* recipe_file.h: where `-r FILE` finds a recipe. */
#ifndef ML_COMMAND_OPTIONS_RECIPE_FILE_H
#define ML_COMMAND_OPTIONS_RECIPE_FILE_H

#include "base/error.h"
#include "chain/chain.h"

#define ML_RECIPE_BYTES_MAX 65536

/* Append the filters of a recipe.  A `name` with a slash, or of a file that
 * exists, is a path; any other is NAME.recipe in $XDG_CONFIG_HOME/minilab
 * (~/.config/minilab when that is not set). Every error is ML_ERR_USAGE, so
 * that nothing is started; the chain is then unchanged. */
ML_MUST_CHECK enum ml_status
ml_recipe_read(struct ml_chain *chain, const char *name, struct ml_error *err);

#endif
