/* What a picture is taken as from a JPEG: planes, luma alone or RGB.  The
 * choice is a table of chains, sizes and samplings, and nothing else. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "chain/chain_exec.h"

struct layout_case {
    const char *filters[4];
    uint32_t width, height;
    uint8_t sub_x, sub_y; /* of the source */
    uint8_t to_x, to_y;   /* of the sink; 0: it stores no planes */
    uint8_t orientation;
    enum ml_layout want; /* ML_RGB, ML_YCC or ML_GRAY */
};

static enum ml_layout layout_of(const struct layout_case *c)
{
    struct ml_arena arena;
    struct ml_error err;
    struct ml_chain *chain = calloc(1, sizeof *chain);
    const struct ml_picture_input facts = {
        .shape = {c->width, c->height, ML_RGB, 8, 1, 1},
        .full_width = c->width,
        .full_height = c->height,
        .orientation = c->orientation ? c->orientation : 1};
    const struct ml_output_format target = {.sub_x = c->to_x, .sub_y = c->to_y};
    assert_non_null(chain);
    for (size_t i = 0; i < 4 && c->filters[i]; i++)
        if (ml_chain_parse(chain, c->filters[i], &err) != ML_OK)
            fail_msg("%s: %s", err.what, err.why);
    assert_int_equal(ml_arena_open(&arena, (size_t)8 << 20, &err), ML_OK);
    enum ml_layout layout = ML_RGB;
    if (ml_chain_supports_luma_only(chain, &facts, &arena))
        layout = ML_GRAY;
    else if (ml_chain_supports_ycc(chain, &facts, &target, c->sub_x, c->sub_y,
                                   &arena))
        layout = ML_YCC;
    assert_int_equal(ml_arena_mark(&arena), 0);
    ml_arena_close(&arena);
    free(chain);
    return layout;
}

#define S420 2, 2
#define S422 2, 1
#define S440 1, 2
#define S444 1, 1
#define NO_PLANES 0, 0

static void check_all(const struct layout_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const enum ml_layout got = layout_of(&cases[i]);
        if (got != cases[i].want)
            fail_msg("case %zu (%s): taken as %s", i, cases[i].filters[0],
                     ml_layout_name(got));
    }
}

static void planes_come_out_as_the_sink_stores_them_or_not_at_all(void **state)
{
    static const struct layout_case cases[] = {
        {{NULL}, 96, 64, S420, S420, 1, ML_YCC},
        {{NULL}, 96, 64, S420, S444, 1, ML_RGB},
        {{NULL}, 96, 64, S420, NO_PLANES, 1, ML_RGB},
        {{"blur:1"}, 96, 64, S420, S420, 1, ML_YCC},
        {{"blur:1"}, 96, 64, S444, S420, 1, ML_RGB},
        {{"resize:40"}, 96, 64, S420, S444, 1, ML_YCC}, /* changes sampling */
        {{"resize:40"}, 96, 64, S444, S420, 1, ML_YCC},
        {{"resize:40"}, 96, 64, S444, NO_PLANES, 1, ML_RGB},
        {{"resize:400"}, 96, 64, S420, S420, 1, ML_YCC}, /* passes unchanged */
        {{"invert", "sharpen:1"}, 96, 64, S420, S420, 1, ML_YCC},
    };
    (void)state;
    check_all(cases, sizeof cases / sizeof *cases);
}

static void filters_that_cannot_do_it_leave_planes(void **state)
{
    static const struct layout_case cases[] = {
        {{"levels:10%"}, 96, 64, S420, S420, 1, ML_RGB},
        {{"levels"}, 96, 64, S420, S420, 1, ML_YCC}, /* unchanged */
        {{"resize:40", "levels:10%"}, 96, 64, S420, S420, 1, ML_RGB},
        {{"sharpen:1,threshold=3"}, 96, 64, S420, S420, 1, ML_RGB},
        {{"crop:500x500:200:200"}, 96, 64, S420, S420, 1, ML_RGB}, /* fails */
    };
    (void)state;
    check_all(cases, sizeof cases / sizeof *cases);
}

static void geometry_stays_on_the_chroma_grid_or_leaves_planes(void **state)
{
    static const struct layout_case cases[] = {
        {{"crop:31x17:8:6"}, 96, 64, S420, S420, 1, ML_YCC},
        {{"crop:31x17:7:6"}, 96, 64, S420, S420, 1, ML_RGB},
        {{"crop:31x17:8:5"}, 96, 64, S420, S420, 1, ML_RGB},
        {{"crop:31x17:8:5"}, 96, 64, S422, S422, 1, ML_YCC},
        {{"crop:31x17:7:5"}, 96, 64, S444, S444, 1, ML_YCC},
        /* after a resize to 40 x 27 */
        {{"resize:40", "crop:20x20:2:4"}, 96, 64, S420, S420, 1, ML_YCC},
        {{"resize:40", "crop:20x20:2:3"}, 96, 64, S420, S420, 1, ML_RGB},
        {{"flop"}, 96, 63, S420, S420, 1, ML_YCC},
        {{"flop"}, 95, 64, S420, S420, 1, ML_RGB},
        {{"flip"}, 95, 64, S420, S420, 1, ML_YCC},
        {{"flip"}, 96, 63, S420, S420, 1, ML_RGB},
        {{"flip"}, 96, 63, S422, S422, 1, ML_YCC},
        {{"rotate:180"}, 96, 64, S420, S420, 1, ML_YCC},
        {{"rotate:180"}, 96, 63, S420, S420, 1, ML_RGB},
        /* A rotation by 90 degrees reads one axis backwards, and rotates 4:2:2.
         */
        {{"rotate:90"}, 95, 64, S420, S420, 1, ML_YCC},
        {{"rotate:90"}, 96, 63, S420, S420, 1, ML_RGB},
        {{"rotate:90"}, 96, 64, S422, S422, 1, ML_RGB},
        {{"rotate:90"}, 96, 64, S440, S422, 1, ML_YCC},
        {{"rotate:90", "rotate:270"}, 96, 64, S422, S422, 1, ML_YCC},
        {{"rotate:90", "resize:50%"}, 96, 64, S422, S420, 1, ML_YCC},
        {{"auto-orient"}, 95, 63, S420, S420, 1, ML_YCC},
        {{"auto-orient"}, 96, 64, S420, S420, 6, ML_YCC},
        {{"auto-orient"}, 96, 63, S420, S420, 6, ML_RGB},
        {{"auto-orient"}, 96, 64, S422, S422, 6, ML_RGB},
        {{"auto-orient", "resize:40"}, 96, 64, S422, S420, 8, ML_YCC},
    };
    (void)state;
    check_all(cases, sizeof cases / sizeof *cases);
}

static void luma_is_enough_for_what_becomes_gray(void **state)
{
    static const struct layout_case cases[] = {
        {{"gray"}, 95, 63, S420, S420, 1, ML_GRAY},
        {{"gray"}, 95, 63, S420, NO_PLANES, 1, ML_GRAY},
        {{"gray", "levels:10%"}, 95, 63, S420, S420, 1, ML_GRAY},
        {{"levels:10%", "gray"}, 95, 63, S420, S420, 1, ML_RGB},
        {{"resize:40", "gray"}, 95, 63, S420, NO_PLANES, 1, ML_GRAY},
        /* Off the chroma grid does not matter to luma. */
        {{"crop:9x9:7:7", "flop", "gray"}, 95, 63, S420, S444, 1, ML_GRAY},
        {{"sharpen:1", "invert", "gray"}, 95, 63, S420, S420, 1, ML_GRAY},
        {{"sharpen:1,threshold=3", "gray"}, 95, 63, S420, S420, 1, ML_RGB},
        {{"gray", "sharpen:1,threshold=3"}, 95, 63, S420, S420, 1, ML_GRAY},
        {{"auto-orient", "blur:1", "gray"}, 95, 63, S422, S420, 6, ML_GRAY},
    };
    (void)state;
    check_all(cases, sizeof cases / sizeof *cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(planes_come_out_as_the_sink_stores_them_or_not_at_all),
        cmocka_unit_test(filters_that_cannot_do_it_leave_planes),
        cmocka_unit_test(geometry_stays_on_the_chroma_grid_or_leaves_planes),
        cmocka_unit_test(luma_is_enough_for_what_becomes_gray),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
