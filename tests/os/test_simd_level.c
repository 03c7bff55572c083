/* test_simd_level.c: which level is used, and that a function compiled for each
 * level computes the same at all of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "os/simd_level.h"
#include "support/simd_levels.h"

static void asked(const char *name, enum ml_status status,
                  enum ml_simd level_wanted, const char *why)
{
    struct ml_error err = {0};
    enum ml_simd level = ML_SIMD_COUNT;
    if (name)
        assert_int_equal(setenv(ML_SIMD_ENVIRONMENT, name, 1), 0);
    else
        assert_int_equal(unsetenv(ML_SIMD_ENVIRONMENT), 0);
    assert_int_equal(ml_simd_init(&level, &err), status);
    if (status == ML_OK) {
        assert_int_equal(level, level_wanted);
        return;
    }
    assert_int_equal(level, ML_SIMD_COUNT);
    assert_non_null(strstr(err.why, why));
    assert_non_null(strstr(err.remedy, "plain"));
    assert_non_null(strstr(err.remedy, ml_simd_name(ml_simd_supported())));
}

static void the_environment_chooses_up_to_what_the_machine_has(void **state)
{
    (void)state;
    const char *given = getenv(ML_SIMD_ENVIRONMENT);
    char *before = strdup(given ? given : "plain");
    assert_non_null(before);
    asked(NULL, ML_OK, ml_simd_supported(), NULL);
    for (unsigned level = 0; level < ML_SIMD_COUNT; level++) {
        const char *name = ml_simd_name((enum ml_simd)level);
        if (level <= ml_simd_supported())
            asked(name, ML_OK, (enum ml_simd)level, NULL);
        else
            asked(name, ML_ERR_USAGE, ML_SIMD_COUNT, "than this processor has");
    }
    asked("", ML_ERR_USAGE, ML_SIMD_COUNT, "'' is not the name");
    asked("V3", ML_ERR_USAGE, ML_SIMD_COUNT, "'V3' is not the name");
    asked("v33", ML_ERR_USAGE, ML_SIMD_COUNT, "'v33' is not the name");
    assert_int_equal(setenv(ML_SIMD_ENVIRONMENT, before, 1), 0);
    free(before);
}

/* The level in use does not change with the environment later. */
static void the_level_is_found_once(void **state)
{
    (void)state;
    const char *given = getenv(ML_SIMD_ENVIRONMENT);
    assert_non_null(given);
    char *before = strdup(given);
    const enum ml_simd level = ml_simd_level();
    assert_non_null(before);
    assert_string_equal(ml_simd_name(level), before);
    assert_int_equal(setenv(ML_SIMD_ENVIRONMENT, "plain", 1), 0);
    assert_int_equal(ml_simd_level(), level);
    assert_int_equal(setenv(ML_SIMD_ENVIRONMENT, before, 1), 0);
    free(before);
}

/* ---- functions ---- */

#define COUNT 100

ML_SIMD_FUNCTION(add_products,
                 (int16_t *restrict to, const int16_t *restrict a,
                  const int16_t *restrict b, size_t count),
                 (to, a, b, count))
{
    for (size_t i = 0; i < count; i++)
        to[i] = (int16_t)(to[i] + a[i] * b[i]);
}

static void each_level_computes_the_same(void **state)
{
    (void)state;
    int16_t to[COUNT], a[COUNT], b[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        to[i] = (int16_t)i;
        a[i] = (int16_t)(3 * i);
        b[i] = (int16_t)(i - 50);
    }
    add_products(to, a, b, COUNT - 1);
    for (int i = 0; i < COUNT - 1; i++)
        assert_int_equal(to[i], i + 3 * i * (i - 50));
    assert_int_equal(to[COUNT - 1], COUNT - 1);
}

static int run(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_environment_chooses_up_to_what_the_machine_has),
        cmocka_unit_test(the_level_is_found_once),
        cmocka_unit_test(each_level_computes_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return levels_run(run);
}
