/* png_trial.c: see png_trial.h. */
#include "support/codec/png_trial.h"

#include <stdlib.h>
#include <string.h>

#include "support/codec/deflate_walk.h"

struct png_trial *png_trial_new(void)
{
    struct ml_error err;
    struct png_trial *trial = calloc(1, sizeof *trial);
    if (trial && png_ways_open(&trial->ways, (size_t)8 << 20, &err) != ML_OK) {
        free(trial);
        return NULL;
    }
    return trial;
}

void png_trial_free(struct png_trial *trial)
{
    png_ways_close(&trial->ways);
    free(trial);
}

/* Read in one go, although zlib stops: only where libdeflate is known not to
 * look. */
static bool trial_is_loose(struct png_trial *trial)
{
    png_recipe_gather(&trial->recipe);
    if (!trial->ways.whole || trial->recipe.packed_size < 6)
        return false;
    const unsigned loose =
        deflate_walk(trial->recipe.packed + 2, trial->recipe.packed_size - 6,
                     (size_t)1 << 20);
    return loose != DEFLATE_STRICT && loose < DEFLATE_BROKEN;
}

bool png_trial_pass(struct png_trial *trial, const uint8_t *data, size_t size)
{
    struct png_recipe *recipe = &trial->recipe;
    png_recipe_cook(recipe, data, size);
    uint8_t *exact = malloc(recipe->file_size); /* guarded at its end */
    if (!exact)
        return true;
    memcpy(exact, recipe->file, recipe->file_size);
    const bool agree = png_ways_agree(
        &trial->ways, (struct ml_bytes){exact, recipe->file_size},
        (enum ml_fail_on)recipe->fail_on, recipe->seed);
    free(exact);
    if (agree)
        return true;
    const bool loose = trial_is_loose(trial);
    trial->loose += loose;
    return loose;
}
