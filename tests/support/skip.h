/* skip.h: the one way in which a test skips.
 *
 * A skip is neither passed nor failed: tests/run counts it, with its reason, on
 * its closing lines.  A test that returns early instead counts as passed and
 * proves nothing; part of a test that needs more than the rest is a test of its
 * own.
 */
#ifndef ML_TESTS_SUPPORT_SKIP_H
#define ML_TESTS_SUPPORT_SKIP_H

/* End the running test as skipped; prints "SKIP: reason" on a line, which
 * tests/count.awk collects.  The reason is in the form of printf, one line, the
 * same for all tests that lack the same.  Teardown functions still run; what
 * the test itself acquired it releases before. */
void ml_test_skip(const char *reason, ...)
    __attribute__((format(printf, 1, 2), noreturn, noinline));

#endif
