/* The minimum source size of a chain: twice the output of the first resize,
 * once under ML_SHRINK_MOST, and none if shrinking would be visible. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "chain/chain_exec.h"

static void the_wish_is_as_wide_as_quality_asks(void **state)
{
    static const struct {
        const char *filters[4];
        uint32_t usual_width, usual_height; /* 0: none */
        uint32_t most_width, most_height;
    } cases[] = {
        {{"resize:512"}, 1024, 768, 512, 384},
        {{"resize:25%"}, 2000, 1500, 1000, 750},
        {{"resize:60%"}, 4000, 3000, 2400, 1800}, /* never above the full */
        {{"auto-orient", "gray", "flip", "resize:512"}, 1024, 768, 512, 384},
        {{"rotate:90", "resize:512"}, 1366, 1024, 683, 512},
        {{"resize:512x512,fit=cover", "blur:2"}, 1366, 1024, 683, 512},
        {{"resize:512,kernel=nearest"}, 4000, 3000, 4000, 3000},
        {{"blur:2", "resize:512"}, 0, 0, 0, 0},
        {{"crop:50%", "resize:512"}, 0, 0, 0, 0},
        {{"gray"}, 0, 0, 0, 0},
    };
    const struct ml_picture_input facts = {
        .shape = {4000, 3000, ML_RGB, 8, 1, 1},
        .full_width = 4000,
        .full_height = 3000,
        .orientation = 1};
    struct ml_arena arena;
    struct ml_error err;
    (void)state;
    assert_int_equal(ml_arena_open(&arena, (size_t)8 << 20, &err), ML_OK);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ml_chain *chain = calloc(1, sizeof *chain);
        uint32_t width, height;
        assert_non_null(chain);
        for (size_t f = 0; f < 4 && cases[i].filters[f]; f++)
            assert_int_equal(ml_chain_parse(chain, cases[i].filters[f], &err),
                             ML_OK);
        assert_int_equal(ml_chain_min_source_size(chain, &facts,
                                                  ML_SHRINK_USUAL, &arena,
                                                  &width, &height, &err),
                         ML_OK);
        assert_int_equal(width, cases[i].usual_width);
        assert_int_equal(height, cases[i].usual_height);
        assert_int_equal(ml_chain_min_source_size(chain, &facts, ML_SHRINK_MOST,
                                                  &arena, &width, &height,
                                                  &err),
                         ML_OK);
        assert_int_equal(width, cases[i].most_width);
        assert_int_equal(height, cases[i].most_height);
        assert_int_equal(ml_chain_min_source_size(chain, &facts,
                                                  ML_SHRINK_NEVER, &arena,
                                                  &width, &height, &err),
                         ML_OK);
        assert_int_equal(width, 0);
        assert_int_equal(height, 0);
        assert_int_equal(ml_arena_mark(&arena), 0);
        free(chain);
    }
    ml_arena_close(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_wish_is_as_wide_as_quality_asks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
