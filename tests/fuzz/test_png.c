/* test_png.c: the PNG fuzzer with random inputs instead of coverage, so that
 * every build checks it.  See tests/fuzz/run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/random.h"
#include "support/codec/png_trial.h"

enum { ROUNDS = 6000, INPUT_MOST = 700 };

static size_t chance_input(struct ml_random *random, uint8_t *data)
{
    const size_t size = ml_random_below(random, INPUT_MOST);
    const bool low = ml_random_below(random, 4) == 0; /* few rare choices */
    for (size_t i = 0; i < size; i++)
        data[i] = (uint8_t)(ml_random_next(random) >> (low ? 2 : 0));
    return size;
}

static void both_ways_end_the_same(void **state)
{
    struct ml_random random = {20};
    struct png_trial *trial = png_trial_new();
    uint8_t data[INPUT_MOST];
    size_t whole = 0, fine = 0;
    (void)state;
    assert_non_null(trial);
    for (int round = 0; round < ROUNDS; round++) {
        const size_t size = chance_input(&random, data);
        if (!png_trial_pass(trial, data, size))
            fail_msg("round %d: %s", round, trial->ways.why);
        whole += trial->ways.whole;
        fine += trial->ways.end == ML_OK;
    }
    print_message("%d files: %zu read, %zu in one go, %zu only so\n", ROUNDS,
                  fine, whole, trial->loose);
    /* Enough inputs must be readable files. */
    assert_true(whole > ROUNDS / 8 && fine < ROUNDS && fine >= whole / 2);
    png_trial_free(trial);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ways_end_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
