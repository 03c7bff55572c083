/* test_all.c: what every filter must keep, whichever it is.
 *
 * One test a filter, taken from the list, so that a filter added later is
 * tested here at once; a line in all_texts gives it more settings than its own
 * example.  All of it at every level of vector instructions.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/filters/pair.h"
#include "support/simd_levels.h"

#define ROUNDS 4 /* pictures for each setting, layout and depth */
#define WIDTH_MAX 200
#define HEIGHT_MAX 150
#define FILTERS_MAX 256

/* Settings beside the example in the filter's own table. */
static const char *const all_texts[] = {
    "blur:0.4",
    "blur:7.5",
    "box:0",
    "box:0.3",
    "box:2",
    "box:11.75",
    "brightness:100%",
    "brightness:37.5%",
    "brightness:900%",
    "contrast:0%",
    "contrast:20%",
    "contrast:1000%",
    "convolve:edges",
    "convolve:laplace,offset=-3.5",
    "convolve:smooth",
    "convolve:sobel-x,offset=128",
    "convolve:sobel-y,divisor=4,offset=127.5",
    "convolve:sharpen,divisor=2.5",
    "convolve:weights=1",
    "convolve:weights=0_0_0_0_0_0_0_0_0,offset=77",
    "convolve:weights=100_-99_-28_99_28,size=1x5",
    "convolve:weights=0.25_0.5_0.25,size=3x1",
    "convolve:weights=-1_0_1_0_2_0_-7_0_1_0_3_0_-1_0_1,size=15x1",
    "convolve:weights=1_4_6_4_1_4_16_24_16_4_6_24_36_24_6_4_16_24_16_4_1_4_6_"
    "4_1",
    "convolve:weights=1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1"
    "_1_1_1_1_1_1,size=5x7,offset=-20",
    "convolve:weights=-1_-2_0_2_1_-4_-8_0_8_4_-6_-12_0_12_6_-4_-8_0_8_4_-1_-2_"
    "0_2_1,divisor=3.5",
    "convolve:weights=.5_1_0_1_1_1_2_1_0_1_0_1_3_1_2_1_0_1_2_1_1_1_2_1_1",
    "crop:17x9",
    "crop:40",
    "crop:x31,y=5",
    "crop:50%,gravity=southeast",
    "crop:64x64:-10:10%",
    "crop:30x20,x=25%,gravity=south",
    "dilate",
    "dilate:1,shape=disc",
    "dilate:7",
    "erode",
    "erode:4,shape=disc",
    "erode:9",
    "levels",
    "levels:10%",
    "levels:20.5%,79%",
    "levels:gamma=0.45",
    "levels:0,60%,gamma=2.2",
    "median:2",
    "median",
    "posterize",
    "posterize:2",
    "posterize:256",
    "resize:50%",
    "resize:37x23,fit=fill,kernel=nearest",
    "resize:90x90,fit=contain,background=#8040c0",
    "resize:64x48,fit=cover,enlarge=yes,kernel=mitchell",
    "rotate:180",
    "rotate:270",
    "saturation:0%",
    "saturation:100%",
    "saturation:37%",
    "saturation:1000%",
    "sepia",
    "sepia:0%",
    "sepia:33%",
    "sharpen:0.5,radius=2,threshold=10",
    "sleep:0ms",
    "sleep:20us",
    "solarize",
    "solarize:0%",
    "solarize:12.5%",
    "spin:0ms",
    "spin:1ms",
    "threshold",
    "threshold:0%",
    "threshold:40%",
    "threshold:100%",
};

static const struct ml_shape all_kinds[] = {
    {.layout = ML_GRAY, .bits = 8, .sub_x = 1, .sub_y = 1},
    {.layout = ML_GRAYA, .bits = 8, .sub_x = 1, .sub_y = 1},
    {.layout = ML_RGB, .bits = 8, .sub_x = 1, .sub_y = 1},
    {.layout = ML_RGBA, .bits = 8, .sub_x = 1, .sub_y = 1},
    {.layout = ML_GRAY, .bits = 16, .sub_x = 1, .sub_y = 1},
    {.layout = ML_GRAYA, .bits = 16, .sub_x = 1, .sub_y = 1},
    {.layout = ML_RGB, .bits = 16, .sub_x = 1, .sub_y = 1},
    {.layout = ML_RGBA, .bits = 16, .sub_x = 1, .sub_y = 1},
    {.layout = ML_CMYK, .bits = 8, .sub_x = 1, .sub_y = 1},
    {.layout = ML_CMYK, .bits = 16, .sub_x = 1, .sub_y = 1},
    {.layout = ML_YCC, .bits = 8, .sub_x = 1, .sub_y = 1},
    {.layout = ML_YCC, .bits = 8, .sub_x = 2, .sub_y = 1},
    {.layout = ML_YCC, .bits = 8, .sub_x = 2, .sub_y = 2},
    {.layout = ML_YCC, .bits = 8, .sub_x = 1, .sub_y = 2},
    {.layout = ML_YCC, .bits = 8, .sub_x = 4, .sub_y = 1},
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static bool all_takes(const struct ml_filter *filter,
                      const struct ml_shape *kind)
{
    if (kind->layout == ML_CMYK)
        return filter->flags & ML_FILTER_CMYK;
    if (kind->layout == ML_YCC)
        return filter->flags & ML_FILTER_YCC;
    return true;
}

/* Often small: edges are where the mistakes are. */
static uint32_t all_side(struct ml_random *random, uint32_t most)
{
    switch (ml_random_below(random, 4)) {
    case 0:
        return 1 + ml_random_below(random, 4);
    case 1:
        return 1 + ml_random_below(random, 40);
    default:
        return 1 + ml_random_below(random, most);
    }
}

/* A picture that a source shrank, for filters that may be given one. */
static uint32_t all_full(const struct ml_filter *filter, uint32_t side,
                         struct ml_random *random)
{
    if (!(filter->flags & (ML_FILTER_SCALE_INVARIANT | ML_FILTER_RESIZES)) ||
        ml_random_below(random, 3) != 0)
        return side;
    return side * 2 - ml_random_below(random, 2);
}

/* One picture; false when the filter left it alone or could not take it. */
static bool all_round(const struct ml_chain_item *item, const char *text,
                      const struct ml_shape *kind, uint64_t seed,
                      struct ml_random *random)
{
    static const unsigned teams[] = {1, 2, 3, 5};
    struct ml_shape shape = *kind;
    struct ml_error err = {0};
    struct pair pair;
    shape.width = all_side(random, WIDTH_MAX);
    shape.height = all_side(random, HEIGHT_MAX);
    const uint32_t full_width = all_full(item->filter, shape.width, random);
    const uint32_t full_height = all_full(item->filter, shape.height, random);
    const uint8_t orientation = (uint8_t)(1 + ml_random_below(random, 8));
    const enum ml_status status =
        pair_open(&pair, item, &shape, full_width, full_height, orientation,
                  random, &err);
    pair.text = text;
    pair.seed = seed;
    const bool works =
        status == ML_OK && !pair.setup.is_identity && !pair_is_refused(&pair);
    if (status != ML_OK) { /* this picture only, and with a reason */
        assert_int_equal(status, ML_ERR_LIMIT);
        assert_true(err.what[0] && err.why[0] && err.remedy[0]);
    } else if (pair.setup.is_identity) {
        assert_true(ml_shape_same(&pair.setup.out, &shape));
    } else if (works) {
        pair_check_windows(&pair);
        pair_run(&pair, random);
        pair_run_threads(&pair, teams[ml_random_below(random, 4)], random);
    }
    pair_close(&pair);
    return works;
}

/* The filter that `text` names, with its values. */
static struct ml_chain_item all_item(const char *text)
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

/* Pictures on which the filter had work to do. */
static size_t all_setting(const char *text, uint64_t seed,
                          struct ml_random *random)
{
    const struct ml_chain_item item = all_item(text);
    size_t worked = 0;
    for (size_t k = 0; k < COUNT(all_kinds); k++) {
        if (!all_takes(item.filter, &all_kinds[k]))
            continue;
        for (int round = 0; round < ROUNDS; round++)
            worked += all_round(&item, text, &all_kinds[k], seed, random);
    }
    return worked;
}

static bool all_names(const char *text, const char *name)
{
    const size_t length = strcspn(text, ":");
    return strlen(name) == length && strncmp(text, name, length) == 0;
}

static void bands_of_rows_are_what_rows_ref_makes(void **state)
{
    const struct ml_filter *filter = *state;
    const uint64_t seed = pair_seed();
    struct ml_random random = {seed};
    size_t worked = all_setting(filter->example, seed, &random);
    for (size_t i = 0; i < COUNT(all_texts); i++) {
        if (all_names(all_texts[i], filter->name))
            worked += all_setting(all_texts[i], seed, &random);
    }
    assert_true(worked > 0);
}

/* ---- the table ---- */

static void settings_name_filters_that_exist(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(all_texts); i++)
        assert_non_null(all_item(all_texts[i]).filter);
}

static void filters_are_in_order_and_whole(void **state)
{
    size_t count;
    const struct ml_filter *const *filters = ml_filters(&count);
    (void)state;
    for (size_t i = 0; i < count; i++) {
        const struct ml_filter *f = filters[i];
        const unsigned alpha =
            f->flags & (ML_FILTER_PREMULTIPLIED | ML_FILTER_ANY_ALPHA |
                        ML_FILTER_STRAIGHT_ALPHA);
        if (i > 0)
            assert_true(strcmp(filters[i - 1]->name, f->name) < 0);
        assert_true(alpha == ML_FILTER_PREMULTIPLIED ||
                    alpha == ML_FILTER_ANY_ALPHA ||
                    alpha == ML_FILTER_STRAIGHT_ALPHA);
        assert_true(f->summary && f->example && f->prepare && f->input_window &&
                    f->render_ref);
        assert_true(all_names(f->example, f->name));
        assert_true(f->param_count <= ML_PARAM_MAX);
        assert_ptr_equal(ml_filter_find(f->name), f);
    }
}

/* ML_TEST_FILTERS names the filters to test, separated by blanks; all of them
 * when it is empty or not set. */
static bool all_wanted(const char *name)
{
    const char *list = getenv("ML_TEST_FILTERS");
    const size_t length = strlen(name);
    if (!list || !*list)
        return true;
    for (const char *at = list; (at = strstr(at, name)); at += length) {
        const bool begins = at == list || at[-1] == ' ';
        if (begins && (at[length] == ' ' || at[length] == '\0'))
            return true;
    }
    return false;
}

static int all_run(void)
{
    struct CMUnitTest tests[FILTERS_MAX] = {
        cmocka_unit_test(settings_name_filters_that_exist),
        cmocka_unit_test(filters_are_in_order_and_whole),
    };
    size_t used = 2, count;
    const struct ml_filter *const *filters = ml_filters(&count);
    assert_true(used + count <= FILTERS_MAX);
    /* cmocka's state is not const; nothing writes to it. */
    for (size_t i = 0; i < count; i++) {
        if (all_wanted(filters[i]->name))
            tests[used++] = (struct CMUnitTest){
                .name = filters[i]->name,
                .test_func = bands_of_rows_are_what_rows_ref_makes,
                .initial_state = (void *)(uintptr_t)filters[i]};
    }
    return _cmocka_run_group_tests("filters", tests, used, NULL, NULL);
}

int main(void)
{
    return levels_run(all_run);
}
