/* test_natural_sort.c: the order of file names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "files/input/natural_sort.h"

static void names_come_in_natural_order(void **state)
{
    (void)state;
    static const char *const ordered[] = {"",
                                          "-1",
                                          "0",
                                          "00",
                                          "01",
                                          "1",
                                          "2",
                                          "9a",
                                          "10",
                                          "A",
                                          "a",
                                          "a-1",
                                          "a1",
                                          "a1b2",
                                          "a1b10",
                                          "a01b11",
                                          "a2",
                                          "a02b",
                                          "a2b",
                                          "a10",
                                          "a99999999999999999999998",
                                          "a99999999999999999999999",
                                          "aa",
                                          "\xc3\xa9",
                                          "\xff"};
    const size_t count = sizeof ordered / sizeof *ordered;
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < count; j++) {
            const int got = ml_natural_compare(ordered[i], ordered[j]);
            const int want = i < j ? -1 : i > j;
            if ((got > 0) - (got < 0) != want)
                fail_msg("'%s' against '%s' gives %d", ordered[i], ordered[j],
                         got);
        }
    }
}

static int sign(int value)
{
    return (value > 0) - (value < 0);
}

static void make_name(struct ml_random *random, char name[8])
{
    static const char letters[] = "0012a./-";
    const uint32_t length = ml_random_below(random, 7);
    for (uint32_t i = 0; i < length; i++)
        name[i] = letters[ml_random_below(random, 8)];
    name[length] = '\0';
}

static void order_is_total(void **state)
{
    (void)state;
    struct ml_random random = {.state = 42};
    for (int round = 0; round < 300000; round++) {
        char a[8], b[8], c[8];
        make_name(&random, a);
        make_name(&random, b);
        make_name(&random, c);
        const int ab = sign(ml_natural_compare(a, b));
        const int bc = sign(ml_natural_compare(b, c));
        assert_int_equal(-ab, sign(ml_natural_compare(b, a)));
        assert_int_equal(ab == 0, strcmp(a, b) == 0);
        if (ab <= 0 && bc <= 0 && ml_natural_compare(a, c) > 0)
            fail_msg("'%s' '%s' '%s': not transitive", a, b, c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_come_in_natural_order),
        cmocka_unit_test(order_is_total),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
