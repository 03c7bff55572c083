/* test_byte_order.c: numbers in files, at any alignment. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/byte_order.h"
#include "base/hash.h"

static void numbers_are_loaded_in_their_order(void **state)
{
    (void)state;
    const uint8_t bytes[] = {0xff, 0x81, 0x02, 0x83, 0x04,
                             0x85, 0x06, 0x87, 0x08};
    assert_int_equal(0x8102, ml_load_be16(bytes + 1));
    assert_int_equal(0x0281, ml_load_le16(bytes + 1));
    assert_true(ml_load_be32(bytes + 1) == UINT32_C(0x81028304));
    assert_true(ml_load_le32(bytes + 1) == UINT32_C(0x04830281));
    assert_true(ml_load_le64(bytes + 1) == UINT64_C(0x0887068504830281));
}

static void numbers_are_stored_in_their_order(void **state)
{
    (void)state;
    uint8_t bytes[14] = {0};
    const uint8_t want[14] = {0,    0x04, 0x83, 0x02, 0x81, 0x81, 0x02,
                              0x83, 0x04, 0x85, 0x06, 0x87, 0x08};
    ml_store_le32(bytes + 1, UINT32_C(0x81028304));
    ml_store_le64(bytes + 5, UINT64_C(0x0887068504830281));
    assert_memory_equal(want, bytes, sizeof bytes);
}

/* From the authors' page of test vectors. */
static void the_hash_is_fnv1a(void **state)
{
    (void)state;
    assert_true(ml_fnv1a_64("", 0) == UINT64_C(0xcbf29ce484222325));
    assert_true(ml_fnv1a_64("a", 1) == UINT64_C(0xaf63dc4c8601ec8c));
    assert_true(ml_fnv1a_64("foobar", 6) == UINT64_C(0x85944171f73967e8));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_loaded_in_their_order),
        cmocka_unit_test(numbers_are_stored_in_their_order),
        cmocka_unit_test(the_hash_is_fnv1a),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
