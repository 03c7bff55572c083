/* fuzz_png.c: libFuzzer's entry: PNG files read the fast way and libpng's must
 * end the same.  Built and run by tests/fuzz/run. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "support/codec/png_trial.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The one place with a state of its own: libFuzzer hands none in, and opening
 * one for each input would cost more than the input. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct png_trial *trial;
    if (!trial && !(trial = png_trial_new()))
        abort();
    if (!png_trial_pass(trial, data, size)) {
        (void)fprintf(stderr, "the two ways differ: %s\n", trial->ways.why);
        abort();
    }
    return 0;
}
