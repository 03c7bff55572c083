/* test_points.c: neighbouring point filters of a chain are one stage: within a
 * level of one after the other, and the nearest to their curves in double
 * precision where no rounding between is magnified.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"
#include "chain/chain_exec.h"
#include "support/codec/codec_picture.h"
#include "support/simd_levels.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define ARENA_BYTES ((size_t)64 << 20)
#define SEED UINT64_C(11)

/* ---- one picture through a chain ---- */

struct ends {
    const struct test_frame *from;
    struct test_frame *to;
};

static enum ml_status ends_read(void *context, const struct ml_dst *dst,
                                struct ml_error *err)
{
    const struct ends *ends = context;
    const struct ml_src src = ml_dst_as_src(&ends->from->rows);
    (void)err;
    ml_rows_copy(dst, &src, &ends->from->shape);
    return ML_OK;
}

static enum ml_status ends_write(void *context, const struct ml_src *src,
                                 struct ml_error *err)
{
    const struct ends *ends = context;
    (void)err;
    const struct ml_dst part =
        ml_dst_part(&ends->to->rows, &ends->to->shape, src->y, src->y_end);
    ml_rows_copy(&part, src, &ends->to->shape);
    return ML_OK;
}

/* Filters joined by blanks. */
static void parse(struct ml_chain *chain, const char *text)
{
    char copy[256], *rest = copy, *filter;
    struct ml_error err;
    memset(chain, 0, sizeof *chain);
    assert_true(strlen(text) < sizeof copy);
    strcpy(copy, text);
    while ((filter = strsep(&rest, " ")) != NULL)
        if (ml_chain_parse(chain, filter, &err) != ML_OK)
            fail_msg("%s: %s: %s", filter, err.what, err.why);
}

static void prepare(struct ml_chain_exec *exec, const struct ml_chain *chain,
                    const struct ml_shape *shape, struct ml_arena *arena)
{
    static const struct ml_output_format target = {0};
    const struct ml_picture_input facts = {.shape = *shape,
                                           .full_width = shape->width,
                                           .full_height = shape->height,
                                           .orientation = 1};
    struct ml_error err;
    if (ml_chain_exec_prepare(exec, chain, &facts, &target, arena, &err) !=
        ML_OK)
        fail_msg("%s: %s", err.what, err.why);
}

/* The stages of the chain for such a picture. */
static size_t stages_of(const char *text, const struct ml_shape *shape)
{
    static struct ml_chain chain;
    static struct ml_chain_exec exec;
    struct ml_arena arena;
    struct ml_error err;
    parse(&chain, text);
    assert_int_equal(ml_arena_open(&arena, ARENA_BYTES, &err), ML_OK);
    prepare(&exec, &chain, shape, &arena);
    ml_arena_close(&arena);
    return exec.step_count;
}

/* Run the chain, by as many threads; *to is opened.  With `checks`, the first
 * stage must be the only one, and its rows_ref must make the same. */
static void run(const struct ml_chain *chain, const struct test_frame *from,
                struct test_frame *to, unsigned threads, bool checks)
{
    static struct ml_chain_exec exec;
    struct ml_step_times times = {0};
    struct ends ends = {from, to};
    const struct ml_row_source in = {&ends, ends_read};
    const struct ml_row_sink out = {&ends, ends_write};
    struct ml_arena arena;
    struct ml_error err;
    assert_int_equal(ml_arena_open(&arena, ARENA_BYTES, &err), ML_OK);
    prepare(&exec, chain, &from->shape, &arena);
    assert_int_equal(ml_chain_exec_set_threads(&exec, threads, &err), ML_OK);
    test_frame_open(to, &exec.out);
    assert_int_equal(ml_chain_exec_run(&exec, &in, &out, &times, &err), ML_OK);
    if (checks && exec.step_count > 0) {
        struct test_frame want;
        const struct ml_src src = ml_dst_as_src(&from->rows);
        assert_int_equal(exec.step_count, 1);
        test_frame_open(&want, &exec.out);
        exec.steps[0].filter->render_ref(exec.steps[0].state, NULL, &want.rows,
                                         &src);
        for (uint32_t p = 0; p < ml_plane_count(&exec.out); p++)
            for (uint32_t y = 0; y < ml_plane_height(&exec.out, p); y++)
                assert_memory_equal(
                    to->rows.data[p] + y * to->rows.stride_bytes[p],
                    want.rows.data[p] + y * want.rows.stride_bytes[p],
                    ml_row_bytes(&exec.out, p));
        test_frame_close(&want);
    }
    ml_arena_close(&arena);
}

/* The filters of the chain one after the other, each in a chain of its own. */
static void run_apart(const struct ml_chain *chain,
                      const struct test_frame *from, struct test_frame *to)
{
    static struct ml_chain one = {.count = 1};
    const struct ml_chain none = {0};
    struct test_frame frames[2];
    run(&none, from, &frames[0], 1, false);
    for (size_t i = 0; i < chain->count; i++) {
        one.items[0] = chain->items[i];
        run(&one, &frames[0], &frames[1], 1, false);
        test_frame_close(&frames[0]);
        frames[0] = frames[1];
    }
    *to = frames[0];
}

/* ---- pictures with every value ---- */

static int sample(const struct test_frame *frame, uint32_t plane, uint32_t y,
                  size_t index)
{
    const uint8_t *row =
        frame->rows.data[plane] + y * frame->rows.stride_bytes[plane];
    uint16_t value;
    if (frame->shape.bits == 8)
        return row[index];
    memcpy(&value, row + 2 * index, sizeof value);
    return value;
}

static void put(struct test_frame *frame, uint32_t plane, uint32_t y,
                size_t index, uint32_t value)
{
    uint8_t *row =
        frame->rows.data[plane] + y * frame->rows.stride_bytes[plane];
    const uint16_t wide = (uint16_t)value;
    if (frame->shape.bits == 8)
        row[index] = (uint8_t)value;
    else
        memcpy(row + 2 * index, &wide, sizeof wide);
}

/* Every value in each channel and plane, alpha going the other way. */
static void open_ramp(struct test_frame *frame, enum ml_layout layout,
                      uint8_t bits, uint8_t sub)
{
    const uint32_t levels = bits == 8 ? 256 : 65536;
    const struct ml_shape shape = {
        256U * sub, levels / 256 * sub, layout, bits, sub, sub};
    test_frame_open(frame, &shape);
    for (uint32_t p = 0; p < ml_plane_count(&shape); p++) {
        const uint32_t channels = p ? 1 : ml_channels(layout);
        const uint32_t width = ml_plane_width(&shape, p);
        for (uint32_t y = 0; y < ml_plane_height(&shape, p); y++)
            for (uint32_t i = 0; i < width * channels; i++) {
                const uint32_t pixel = i / channels;
                const uint32_t level =
                    (y * 256 + pixel + i % channels * 91) % levels;
                put(frame, p, y, i,
                    i % channels % 2 ? levels - 1 - level : level);
            }
    }
}

static const struct {
    enum ml_layout layout;
    uint8_t bits, sub;
} kinds[] = {
    {ML_GRAY, 8, 1},  {ML_GRAYA, 8, 1}, {ML_RGB, 8, 1},  {ML_RGBA, 8, 1},
    {ML_GRAY, 16, 1}, {ML_RGBA, 16, 1}, {ML_CMYK, 8, 1}, {ML_CMYK, 16, 1},
    {ML_YCC, 8, 1},   {ML_YCC, 8, 2},
};

static bool takes(const struct ml_chain *chain, enum ml_layout layout)
{
    const unsigned flag = layout == ML_CMYK  ? ML_FILTER_CMYK
                          : layout == ML_YCC ? ML_FILTER_YCC
                                             : ML_FILTER_STRAIGHT_ALPHA;
    for (size_t i = 0; i < chain->count; i++)
        if (!(chain->items[i].filter->flags & flag))
            return false;
    return true;
}

/* The largest difference of a sample; of alpha there must be none. */
static int worst_of(const struct test_frame *a, const struct test_frame *b)
{
    int worst = 0;
    assert_true(ml_shape_same(&a->shape, &b->shape));
    const struct ml_shape *shape = &a->shape;
    for (uint32_t p = 0; p < ml_plane_count(shape); p++) {
        const size_t channels = p ? 1 : ml_channels(shape->layout);
        for (uint32_t y = 0; y < ml_plane_height(shape, p); y++)
            for (size_t i = 0; i < ml_plane_width(shape, p) * channels; i++) {
                const int by = abs(sample(a, p, y, i) - sample(b, p, y, i));
                if (ml_has_alpha(shape->layout) && i % channels == channels - 1)
                    assert_int_equal(by, 0);
                worst = by > worst ? by : worst;
            }
    }
    return worst;
}

/* The chain as one table against its filters apart, on every kind of picture
 * that it takes; returns the largest difference. */
static int compare(const char *text)
{
    static struct ml_chain chain;
    int worst = 0;
    parse(&chain, text);
    assert_int_equal(ml_chain_merged_count(&chain, 0), chain.count);
    for (size_t k = 0; k < COUNT(kinds); k++) {
        struct test_frame from, merged, apart, team;
        if (!takes(&chain, kinds[k].layout))
            continue;
        open_ramp(&from, kinds[k].layout, kinds[k].bits, kinds[k].sub);
        run(&chain, &from, &merged, 1, true);
        run(&chain, &from, &team, 3, false);
        run_apart(&chain, &from, &apart);
        assert_int_equal(worst_of(&merged, &team), 0);
        const int by = worst_of(&merged, &apart);
        worst = by > worst ? by : worst;
        test_frame_close(&from);
        test_frame_close(&merged);
        test_frame_close(&team);
        test_frame_close(&apart);
    }
    return worst;
}

/* ---- tests ---- */

static void one_table_is_within_a_level_of_the_filters_apart(void **state)
{
    static const char *const texts[] = {
        "levels:2%,98% invert",
        "invert levels:10%,80%",
        "brightness:80% contrast:110% levels:gamma=1.2",
        "levels:gamma=0.9 levels:gamma=1.1 invert brightness:95%",
        "brightness:90% contrast:110% invert levels:1%,99%",
        "invert invert",
        "invert invert invert",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++)
        if (compare(texts[i]) > 1)
            fail_msg("%s: more than a level apart", texts[i]);
}

static void magnified_roundings_are_kept(void **state)
{
    /* Exactly: a step or a steep curve would show a rounding left out. */
    static const char *const texts[] = {
        "levels:gamma=2.2 threshold:40%", "brightness:10% contrast:1000%",
        "levels:gamma=5 posterize:3",     "levels:gamma=0.2 levels:gamma=5",
        "brightness:3% brightness:1000%",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++)
        assert_int_equal(compare(texts[i]), 0);
}

static void any_neighbours_are_within_a_level(void **state)
{
    static const char *const filters[] = {
        "invert",          "levels:5%,95%",   "levels:gamma=1.7",
        "levels",          "brightness:110%", "brightness:40%",
        "contrast:70%",    "contrast:250%",   "threshold:30%",
        "posterize:5",     "solarize:60%",    "levels:20%,60%,gamma=0.5",
        "brightness:100%",
    };
    struct ml_random random = {SEED};
    (void)state;
    for (int round = 0; round < 10; round++) {
        char text[256] = "";
        const uint32_t count = 2 + ml_random_below(&random, 4);
        for (uint32_t i = 0; i < count; i++) {
            strcat(text, i ? " " : "");
            strcat(text, filters[ml_random_below(&random, COUNT(filters))]);
        }
        if (compare(text) > 1)
            fail_msg("%s: more than a level apart", text);
    }
}

static double clamped(double x)
{
    return fmin(fmax(x, 0), 1);
}

static void one_table_is_the_nearest_to_the_curves(void **state)
{
    static struct ml_chain chain;
    (void)state;
    parse(&chain, "levels:gamma=1.3 contrast:110% invert");
    for (uint8_t bits = 8; bits <= 16; bits += 8) {
        const double most = bits == 8 ? 255 : 65535;
        struct test_frame from, to, apart;
        int differ = 0;
        open_ramp(&from, ML_RGBA, bits, 1);
        run(&chain, &from, &to, 1, true);
        run_apart(&chain, &from, &apart);
        for (uint32_t y = 0; y < from.shape.height; y++)
            for (uint32_t i = 0; i < from.shape.width * 4; i++) {
                if (i % 4 == 3)
                    continue;
                double x = sample(&from, 0, y, i) / most;
                x = clamped(pow(x, 1 / 1.3));
                x = clamped(0.5 + 1.1 * (x - 0.5));
                x = clamped(1 - x);
                assert_true(fabs(sample(&to, 0, y, i) - x * most) < 0.5001);
                differ += sample(&to, 0, y, i) != sample(&apart, 0, y, i);
            }
        assert_true(differ > 0); /* roundings between are not as near */
        test_frame_close(&from);
        test_frame_close(&to);
        test_frame_close(&apart);
    }
}

static void only_neighbours_share_a_stage(void **state)
{
    const struct ml_shape rgb = {40, 30, ML_RGB, 8, 1, 1};
    const struct ml_shape rgba = {40, 30, ML_RGBA, 8, 1, 1};
    (void)state;
    assert_int_equal(stages_of("levels:10% invert", &rgb), 1);
    assert_int_equal(stages_of("levels:10% levels invert", &rgb), 1);
    assert_int_equal(stages_of("levels levels brightness:100%", &rgb), 0);
    assert_int_equal(stages_of("invert invert", &rgb), 0);
    assert_int_equal(stages_of("invert", &rgb), 1);
    assert_int_equal(stages_of("levels:10% blur:1 invert solarize", &rgb), 3);
    assert_int_equal(stages_of("invert gray invert contrast:50%", &rgb), 3);
    /* premultiply, blur, back, the table */
    assert_int_equal(stages_of("blur:1 invert solarize", &rgba), 4);
}

static void a_refused_value_is_refused_among_neighbours(void **state)
{
    static struct ml_chain chain;
    static struct ml_chain_exec exec;
    static const struct ml_output_format target = {0};
    const struct ml_picture_input facts = {{4, 4, ML_RGB, 8, 1, 1}, 4, 4, 1};
    struct ml_arena arena;
    struct ml_error err = {0};
    (void)state;
    parse(&chain, "invert levels:60%,40% invert");
    assert_int_equal(ml_arena_open(&arena, ARENA_BYTES, &err), ML_OK);
    assert_int_equal(
        ml_chain_exec_prepare(&exec, &chain, &facts, &target, &arena, &err),
        ML_ERR_USAGE);
    assert_string_equal(err.what, "levels has black at or above white");
    assert_int_equal(err.step, ML_STEP_FILTER);
    ml_arena_close(&arena);
}

static bool stays_on_planes(const char *text)
{
    static struct ml_chain chain;
    const struct ml_output_format target = {.sub_x = 2, .sub_y = 2};
    const struct ml_picture_input facts = {
        {40, 30, ML_RGB, 8, 1, 1}, 40, 30, 1};
    struct ml_arena arena;
    struct ml_error err;
    parse(&chain, text);
    assert_int_equal(ml_arena_open(&arena, ARENA_BYTES, &err), ML_OK);
    const bool stays =
        ml_chain_supports_ycc(&chain, &facts, &target, 2, 2, &arena);
    ml_arena_close(&arena);
    return stays;
}

static void one_table_keeps_planes_where_each_filter_would(void **state)
{
    static struct ml_chain chain;
    struct test_frame from, merged, apart;
    (void)state;
    assert_true(stays_on_planes("invert invert"));
    assert_true(stays_on_planes("levels invert brightness:100%"));
    assert_false(stays_on_planes("invert levels:10%"));
    assert_false(stays_on_planes("levels:10% invert"));
    /* Together they change nothing; but clipped colours need RGB. */
    assert_false(stays_on_planes("levels:gamma=2 levels:gamma=0.5"));

    /* Filters that know no planes but change nothing. */
    parse(&chain, "levels invert brightness:100%");
    open_ramp(&from, ML_YCC, 8, 2);
    run(&chain, &from, &merged, 1, true);
    parse(&chain, "invert");
    run(&chain, &from, &apart, 1, true);
    assert_int_equal(worst_of(&merged, &apart), 0);
    test_frame_close(&from);
    test_frame_close(&merged);
    test_frame_close(&apart);
}

static int run_all(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_table_is_within_a_level_of_the_filters_apart),
        cmocka_unit_test(magnified_roundings_are_kept),
        cmocka_unit_test(any_neighbours_are_within_a_level),
        cmocka_unit_test(one_table_is_the_nearest_to_the_curves),
        cmocka_unit_test(only_neighbours_share_a_stage),
        cmocka_unit_test(a_refused_value_is_refused_among_neighbours),
        cmocka_unit_test(one_table_keeps_planes_where_each_filter_would),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return levels_run(run_all);
}
