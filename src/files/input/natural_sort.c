/* natural_sort.c: see natural_sort.h. */
#include "files/input/natural_sort.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static bool natural_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Length of the run of digits at `s`. */
static size_t natural_digits(const char *s)
{
    size_t n = 0;
    while (natural_is_digit(s[n]))
        n++;
    return n;
}

/* Compare the runs of digits at *a and *b by value and advance past them. */
static int natural_compare_numbers(const char **a, const char **b)
{
    while (**a == '0')
        ++*a;
    while (**b == '0')
        ++*b;
    const size_t a_digits = natural_digits(*a), b_digits = natural_digits(*b);
    if (a_digits != b_digits)
        return a_digits < b_digits ? -1 : 1;
    const int result = memcmp(*a, *b, a_digits);
    *a += a_digits;
    *b += b_digits;
    return result;
}

int ml_natural_compare(const char *a, const char *b)
{
    const char *whole_a = a, *whole_b = b;
    while (*a && *b) {
        if (natural_is_digit(*a) && natural_is_digit(*b)) {
            const int result = natural_compare_numbers(&a, &b);
            if (result != 0)
                return result;
        } else if (*a != *b) {
            return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
        } else {
            a++;
            b++;
        }
    }
    if (*a || *b)
        return *a ? 1 : -1;
    return strcmp(whole_a, whole_b);
}
