/* test_crop.c: the place of the rectangle, clipping at the borders, usage
 * errors.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "chain/chain.h"
#include "support/filters/mix.h"

#define SEED UINT64_C(9)

static struct ml_chain_item item_of(const char *text)
{
    struct ml_chain *chain = calloc(1, sizeof *chain);
    struct ml_error err = {0};
    assert_non_null(chain);
    if (ml_chain_parse(chain, text, &err) != ML_OK)
        fail_msg("%s: %s: %s", text, err.what, err.why);
    const struct ml_chain_item item = chain->items[0];
    free(chain);
    return item;
}

/* Of a picture of 101 x 50. */
static const struct {
    const char *text;
    uint32_t x, y, width, height;
} cases[] = {
    {"crop:20x10", 40, 20, 20, 10}, /* the odd pixel is left on the right */
    {"crop:20x10,gravity=northwest", 0, 0, 20, 10},
    {"crop:20x10,gravity=north", 40, 0, 20, 10},
    {"crop:20x10,gravity=northeast", 81, 0, 20, 10},
    {"crop:20x10,gravity=west", 0, 20, 20, 10},
    {"crop:20x10,gravity=center", 40, 20, 20, 10},
    {"crop:20x10,gravity=east", 81, 20, 20, 10},
    {"crop:20x10,gravity=southwest", 0, 40, 20, 10},
    {"crop:20x10,gravity=south", 40, 40, 20, 10},
    {"crop:20x10,gravity=southeast", 81, 40, 20, 10},
    {"crop:20x10:3:7", 3, 7, 20, 10},
    {"crop:20x10,x=3", 3, 20, 20, 10},
    {"crop:20x10,y=0,gravity=east", 81, 0, 20, 10},
    {"crop:20", 40, 0, 20, 50},
    {"crop:x10", 0, 20, 101, 10},
    {"crop:50%", 25, 12, 51, 25}, /* 50.5 goes up */
    {"crop:0.1%", 50, 24, 1, 1},
    {"crop:20x10:10%:10%", 10, 5, 20, 10},
    {"crop:20x10:95:45", 95, 45, 6, 5}, /* sticks out below right */
    {"crop:20x10:-5:-2", 0, 0, 15, 8},  /* above left */
    {"crop:20x10:100:49", 100, 49, 1, 1} /* the last pixel */,
    {"crop:500x10", 0, 20, 101, 10}, /* wider than the picture */
    {"crop:500x900:-1:1", 0, 1, 101, 49},
};

static void expect_crop(const char *text, const struct ml_shape *shape,
                        uint32_t x, uint32_t y, uint32_t width, uint32_t height)
{
    const struct ml_chain_item item = item_of(text);
    const size_t channels = ml_channels(shape->layout);
    struct ml_random random = {SEED};
    struct mix_picture in;
    struct mix_run run;
    mix_open(&in, shape);
    mix_fill(&in, &random, 0, false);
    mix_run(&run, item.filter, item.values, &in, 0, 0, &random);
    assert_int_equal(run.out.shape.width, width);
    assert_int_equal(run.out.shape.height, height);
    for (uint32_t row = 0; row < height; row++)
        for (size_t i = 0; i < width * channels; i++)
            assert_true(mix_sample(&run.out, 0, row, i) ==
                        mix_sample(&in, 0, y + row, x * channels + i));
    mix_run_close(&run);
    mix_close(&in);
}

static void the_rectangle_lies_where_asked(void **state)
{
    static const enum ml_layout layouts[] = {ML_GRAY, ML_GRAYA, ML_RGB, ML_RGBA,
                                             ML_CMYK};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (size_t l = 0; l < 5; l++) {
            const uint8_t bits = (i + l) % 2 ? 8 : 16;
            const struct ml_shape shape = {101, 50, layouts[l], bits, 1, 1};
            expect_crop(cases[i].text, &shape, cases[i].x, cases[i].y,
                        cases[i].width, cases[i].height);
        }
    }
}

/* On the chroma grid each plane is cut in its own pixels. */
static void planes_are_cut_on_their_grid(void **state)
{
    static const uint8_t subs[][2] = {{1, 1}, {2, 1}, {2, 2}, {1, 2}, {4, 1}};
    const struct ml_chain_item item = item_of("crop:21x11:8:6");
    struct ml_random random = {SEED};
    (void)state;
    for (size_t i = 0; i < sizeof subs / sizeof *subs; i++) {
        const struct ml_shape shape = {101, 50,         ML_YCC,
                                       8,   subs[i][0], subs[i][1]};
        struct mix_picture in;
        struct mix_run run;
        mix_open(&in, &shape);
        mix_fill(&in, &random, 0, false);
        mix_run(&run, item.filter, item.values, &in, 0, 0, &random);
        assert_false(run.setup.needs_rgb);
        for (uint32_t p = 0; p < 3; p++) {
            const uint32_t sub_x = p ? shape.sub_x : 1;
            const uint32_t sub_y = p ? shape.sub_y : 1;
            for (uint32_t y = 0; y * sub_y < 11; y++)
                for (size_t x = 0; x * sub_x < 21; x++)
                    assert_true(
                        mix_sample(&run.out, p, y, x) ==
                        mix_sample(&in, p, y + 6 / sub_y, x + 8 / sub_x));
        }
        mix_run_close(&run);
        mix_close(&in);
    }
}

static void off_the_chroma_grid_planes_are_refused(void **state)
{
    static const struct {
        const char *text;
        bool refused;
    } corners[] = {{"crop:9x9:1:2", true},
                   {"crop:9x9:2:1", true},
                   {"crop:9x9:2:4", false}};
    const struct ml_shape shape = {101, 50, ML_YCC, 8, 2, 2};
    struct mix_run run;
    struct ml_error err;
    (void)state;
    for (size_t i = 0; i < sizeof corners / sizeof *corners; i++) {
        const struct ml_chain_item item = item_of(corners[i].text);
        assert_int_equal(
            mix_prepare(&run, item.filter, item.values, &shape, 0, 0, &err),
            ML_OK);
        assert_int_equal(run.setup.needs_rgb, corners[i].refused);
        ml_arena_close(&run.arena);
    }
}

static enum ml_status prepared(const char *text, struct mix_run *run,
                               struct ml_error *err)
{
    const struct ml_shape shape = {101, 50, ML_RGB, 8, 1, 1};
    const struct ml_chain_item item = item_of(text);
    memset(err, 0, sizeof *err);
    const enum ml_status status =
        mix_prepare(run, item.filter, item.values, &shape, 0, 0, err);
    ml_arena_close(&run->arena);
    return status;
}

static void outside_the_picture_is_an_error_of_that_picture(void **state)
{
    static const char *const texts[] = {"crop:20x10:101:0", "crop:20x10:0:50",
                                        "crop:20x10:-20:0", "crop:20x10:0:-10",
                                        "crop:20x10,x=100%"};
    struct mix_run run;
    struct ml_error err;
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_int_equal(prepared(texts[i], &run, &err), ML_ERR_LIMIT);
    assert_int_equal(prepared("crop:20x10:200:7", &run, &err), ML_ERR_LIMIT);
    assert_string_equal(err.what, "crop is outside the picture");
    assert_string_equal(err.why, "20 x 10 at 200, 7 of 101 x 50 pixels");
    assert_string_equal(err.remedy, "choose a smaller x or y, or gravity");
}

static void nonsense_is_refused_for_all_pictures(void **state)
{
    struct mix_run run;
    struct ml_error err;
    (void)state;
    assert_int_equal(prepared("crop:9x9:1:2:north", &run, &err), ML_ERR_USAGE);
    assert_string_equal(err.what, "crop is placed twice");
    assert_int_equal(prepared("crop:150%", &run, &err), ML_ERR_USAGE);
    assert_string_equal(err.what, "crop cannot enlarge");
}

static void the_whole_picture_passes_unchanged(void **state)
{
    static const char *const texts[] = {"crop:100%", "crop:101x50",
                                        "crop:900x900", "crop:102x60:-1:-2"};
    struct mix_run run;
    struct ml_error err;
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        assert_int_equal(prepared(texts[i], &run, &err), ML_OK);
        assert_true(run.setup.is_identity);
    }
    assert_int_equal(prepared("crop:101x49", &run, &err), ML_OK);
    assert_false(run.setup.is_identity);
}

static void only_rows_of_the_rectangle_are_needed(void **state)
{
    const struct ml_chain_item item = item_of("crop:20x10:3:7");
    const struct ml_shape shape = {101, 50, ML_RGB, 8, 1, 1};
    struct mix_run run;
    struct ml_error err;
    (void)state;
    assert_int_equal(
        mix_prepare(&run, item.filter, item.values, &shape, 0, 0, &err), ML_OK);
    const struct ml_range need =
        item.filter->input_window(run.setup.state, 2, 5);
    assert_int_equal(need.y, 9);
    assert_int_equal(need.y_end, 12);
    ml_arena_close(&run.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rectangle_lies_where_asked),
        cmocka_unit_test(planes_are_cut_on_their_grid),
        cmocka_unit_test(off_the_chroma_grid_planes_are_refused),
        cmocka_unit_test(outside_the_picture_is_an_error_of_that_picture),
        cmocka_unit_test(nonsense_is_refused_for_all_pictures),
        cmocka_unit_test(the_whole_picture_passes_unchanged),
        cmocka_unit_test(only_rows_of_the_rectangle_are_needed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
