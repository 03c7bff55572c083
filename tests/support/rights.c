/* rights.c: see rights.h.  By the system call, which saves the package libcap.
 */
#include "support/rights.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

static void rights_set(bool allowed)
{
    const uint32_t rights = 1U << CAP_DAC_OVERRIDE | 1U << CAP_DAC_READ_SEARCH;
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};
    assert_int_equal(syscall(SYS_capget, &header, data), 0);
    if (allowed)
        data[0].effective |= data[0].permitted & rights;
    else
        data[0].effective &= ~rights;
    assert_int_equal(syscall(SYS_capset, &header, data), 0);
}

void test_rights_drop(void)
{
    rights_set(false);
}

void test_rights_restore(void)
{
    rights_set(true);
}
