/* test_power.c: ml_power() beside the mathematics library's, and the same bits
 * whatever vectors it is made of. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "filters/kernels/power.h"
#include "support/simd_levels.h"

#define VALUES 65536

static const double powers[] = {0.1, 0.2, 1 / 2.2, 0.5, 1 / 1.2, 1,
                                1.1, 2.2, 3.14159, 7,   10};

ML_SIMD_FUNCTION(power_row, (double *restrict to, size_t count, double power),
                 (to, count, power))
{
    for (size_t i = 0; i < count; i++)
        to[i] = ml_power((double)(int32_t)i / (VALUES - 1), power);
}

static void it_is_near_what_the_library_says(void **state)
{
    static double row[VALUES];
    (void)state;
    for (size_t k = 0; k < sizeof powers / sizeof *powers; k++) {
        power_row(row, VALUES, powers[k]);
        assert_true(row[0] < 1e-29);
        for (size_t i = 1; i < VALUES; i++) {
            const double want = pow((double)i / (VALUES - 1), powers[k]);
            assert_true(fabs(row[i] - want) <
                        0x1p-46 * (want > 0x1p-20 ? want : 0x1p-20));
        }
    }
}

/* One by one, as nothing else is compiled here. */
static void vectors_make_the_same_bits(void **state)
{
    static double row[VALUES];
    (void)state;
    power_row(row, VALUES, 1 / 2.2);
    for (size_t i = 0; i < VALUES; i += 97) {
        const volatile double x = (double)i / (VALUES - 1);
        const double one = ml_power(x, 1 / 2.2);
        assert_memory_equal(&one, &row[i], sizeof one);
    }
}

static int run_all(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_near_what_the_library_says),
        cmocka_unit_test(vectors_make_the_same_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return levels_run(run_all);
}
