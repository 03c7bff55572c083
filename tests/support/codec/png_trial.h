/* png_trial.h: what a fuzzer does with one input: bytes -> recipe -> file ->
 * both ways, which must agree. */
#ifndef ML_TESTS_SUPPORT_CODEC_PNG_TRIAL_H
#define ML_TESTS_SUPPORT_CODEC_PNG_TRIAL_H

#include "support/codec/png_recipe.h"
#include "support/codec/png_ways.h"

struct png_trial {
    struct png_recipe recipe;
    struct png_ways ways;
    size_t loose; /* files that broke RFC 1951, see inflate_whole.h */
};

/* NULL: no memory. */
struct png_trial *png_trial_new(void);
void png_trial_free(struct png_trial *trial);

/* False: the two ways differ in a way that is not known; trial->ways.why says
 * how, trial->recipe.file holds the file. */
bool png_trial_pass(struct png_trial *trial, const uint8_t *data, size_t size);

#endif
