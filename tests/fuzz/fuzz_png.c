/* fuzz_png.c: the entry point of libFuzzer: PNG files read by the fast way and
 * by libpng must end the same.  Built and run by tests/fuzz/run. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "support/codec/png_trial.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The only static state: libFuzzer passes none, and opening a trial for each
 * input costs more than reading it. */
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
