/* skip.h: the one way in which a test skips.
 *
 * A skip is neither passed nor failed: tests/run counts it, with its reason, on
 * its closing lines.  A test that returns early instead counts as passed and
 * proves nothing; if a part of a test needs more than the rest, make it a test
 * of its own.
 */
#ifndef ML_TESTS_SUPPORT_SKIP_H
#define ML_TESTS_SUPPORT_SKIP_H

/* End the running test as skipped; prints "SKIP: reason" on a line, which
 * tests/count.awk collects.  The reason is a printf format, one line, the same
 * for all tests that lack the same thing.  Teardown functions still run;
 * release everything that the test itself acquired before the call. */
void ml_test_skip(const char *reason, ...)
    __attribute__((format(printf, 1, 2), noreturn, noinline));

#endif
