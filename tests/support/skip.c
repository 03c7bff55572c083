/* skip.c: see skip.h. */
#include "support/skip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

void ml_test_skip(const char *reason, ...)
{
    va_list args;
    (void)printf("SKIP: ");
    va_start(args, reason);
    (void)vprintf(reason, args);
    va_end(args);
    (void)printf("\n");
    (void)fflush(stdout);
    skip();
    abort(); /* skip() does not return: longjmp; cmocka lacks the attribute */
}
