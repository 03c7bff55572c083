/* One picture, several threads for the rows of a filter: the bytes of one
 * thread, for all filters, layouts and numbers of threads, and no more memory
 * than row_bytes. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/random.h"
#include "chain/chain_exec.h"
#include "support/codec/codec_picture.h"
#include "support/filters/pair.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define ARENA_BYTES ((size_t)512 << 20)

/* ---- ends ---- */

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

/* ---- one picture ---- */

struct trial {
    struct ml_chain chain;
    struct ml_picture_input facts;
    struct ml_output_format target;
    struct ml_chain_exec exec;
    size_t row_bytes; /* of one thread */
};

/* False when the picture is not for these filters. */
static bool trial_run(struct trial *trial, unsigned team,
                      const struct test_frame *from, struct test_frame *to)
{
    struct ml_arena arena;
    struct ml_error err;
    struct ml_step_times times = {0};
    assert_int_equal(ml_arena_open(&arena, ARENA_BYTES, &err), ML_OK);
    enum ml_status status =
        ml_chain_exec_prepare(&trial->exec, &trial->chain, &trial->facts,
                              &trial->target, &arena, &err);
    if (status == ML_OK) {
        trial->row_bytes = trial->exec.row_bytes;
        assert_int_equal(ml_chain_exec_set_threads(&trial->exec, team, &err),
                         ML_OK);
        test_frame_open(to, &trial->exec.out);
        struct ends ends = {from, to};
        const struct ml_row_source in = {&ends, ends_read};
        const struct ml_row_sink out = {&ends, ends_write};
        const size_t before = ml_arena_mark(&arena);
        assert_int_equal(
            ml_chain_exec_run(&trial->exec, &in, &out, &times, &err), ML_OK);
        assert_true(ml_arena_mark(&arena) - before <= trial->exec.row_bytes);
    }
    ml_arena_close(&arena);
    return status == ML_OK;
}

static void assert_same(const struct test_frame *want,
                        const struct test_frame *got, const char *what)
{
    assert_true(ml_shape_same(&want->shape, &got->shape));
    for (uint32_t p = 0; p < ml_plane_count(&want->shape); p++)
        for (uint32_t y = 0; y < ml_plane_height(&want->shape, p); y++)
            if (memcmp(want->rows.data[p] + y * want->rows.stride_bytes[p],
                       got->rows.data[p] + y * got->rows.stride_bytes[p],
                       ml_row_bytes(&want->shape, p)) != 0)
                fail_msg("%s: %u x %u %s, %u bits: row %u of plane %u differs",
                         what, want->shape.width, want->shape.height,
                         ml_layout_name(want->shape.layout), want->shape.bits,
                         y, p);
}

/* Would the chain have these samples?  Only then may it be given them. */
static bool trial_takes(struct trial *trial, const struct ml_shape *shape)
{
    struct ml_arena arena;
    struct ml_error err;
    struct ml_picture_input rgb = trial->facts;
    for (size_t i = 0; i < trial->chain.count; i++)
        if (shape->layout == ML_CMYK &&
            !(trial->chain.items[i].filter->flags & ML_FILTER_CMYK))
            return false;
    if (shape->layout != ML_YCC)
        return true;
    trial->target.sub_x = shape->sub_x;
    trial->target.sub_y = shape->sub_y;
    rgb.shape.layout = ML_RGB;
    rgb.shape.sub_x = rgb.shape.sub_y = 1;
    assert_int_equal(ml_arena_open(&arena, ARENA_BYTES, &err), ML_OK);
    const bool takes =
        ml_chain_supports_ycc(&trial->chain, &rgb, &trial->target, shape->sub_x,
                              shape->sub_y, &arena);
    ml_arena_close(&arena);
    return takes;
}

/* `text`: filters, joined by blanks.  False when there was nothing to do. */
static bool trial_compare(const char *text, const struct ml_shape *shape,
                          uint64_t seed, const unsigned *teams, size_t count)
{
    static struct trial trial;
    struct ml_error err;
    struct test_frame from, want, got;
    char copy[128], *rest = copy, *filter;
    memset(&trial, 0, sizeof trial);
    (void)snprintf(copy, sizeof copy, "%s", text);
    while ((filter = strsep(&rest, " ")) != NULL)
        if (ml_chain_parse(&trial.chain, filter, &err) != ML_OK)
            fail_msg("%s: %s: %s", filter, err.what, err.why);
    trial.facts = (struct ml_picture_input){.shape = *shape,
                                            .full_width = shape->width,
                                            .full_height = shape->height,
                                            .orientation = 1};
    if (!trial_takes(&trial, shape))
        return false;
    test_frame_open(&from, shape);
    test_frame_paint(&from, seed);
    const bool works = trial_run(&trial, 1, &from, &want);
    for (size_t i = 0; works && i < count; i++) {
        assert_true(trial_run(&trial, teams[i], &from, &got));
        assert_same(&want, &got, text);
        test_frame_close(&got);
    }
    if (works)
        test_frame_close(&want);
    test_frame_close(&from);
    return works;
}

/* ---- every filter, every layout ---- */

static const struct ml_shape kinds[] = {
    {.layout = ML_GRAY, .bits = 8, .sub_x = 1, .sub_y = 1},
    {.layout = ML_GRAYA, .bits = 16, .sub_x = 1, .sub_y = 1},
    {.layout = ML_RGB, .bits = 8, .sub_x = 1, .sub_y = 1},
    {.layout = ML_RGB, .bits = 16, .sub_x = 1, .sub_y = 1},
    {.layout = ML_RGBA, .bits = 8, .sub_x = 1, .sub_y = 1},
    {.layout = ML_CMYK, .bits = 8, .sub_x = 1, .sub_y = 1},
    {.layout = ML_YCC, .bits = 8, .sub_x = 1, .sub_y = 1},
    {.layout = ML_YCC, .bits = 8, .sub_x = 2, .sub_y = 1},
    {.layout = ML_YCC, .bits = 8, .sub_x = 2, .sub_y = 2},
    {.layout = ML_YCC, .bits = 8, .sub_x = 1, .sub_y = 2},
};

/* Beside the example of each filter. */
static const char *const texts[] = {
    "blur:0.5",
    "blur:9",
    "median:2",
    "resize:30%",
    "resize:200x300,fit=fill,enlarge=yes",
    "sharpen:1,radius=3",
    "crop:50%,gravity=south blur:2",
    "blur:2 resize:40% sharpen:1",
    "resize:37 blur:3 resize:300,enlarge=yes",
    "rotate:90 blur:1 flip median:1",
    "sleep:0ms levels:10% sleep:0ms",
    "levels:10% invert levels:gamma=1.2 blur:1 invert levels",
};

static uint32_t side(struct ml_random *random, uint32_t most)
{
    return ml_random_below(random, 4) == 0 ? 1 + ml_random_below(random, 3)
                                           : 1 + ml_random_below(random, most);
}

static size_t compare_layouts(const char *text, struct ml_random *random)
{
    static const unsigned teams[] = {2, 3, 5};
    size_t worked = 0;
    for (size_t k = 0; k < COUNT(kinds); k++) {
        struct ml_shape shape = kinds[k];
        shape.width = side(random, 70);
        shape.height = side(random, 400);
        worked += trial_compare(text, &shape, k, teams, COUNT(teams));
    }
    return worked;
}

static void a_team_of_any_size_makes_the_bytes_of_one_thread(void **state)
{
    struct ml_random random = {pair_seed()};
    size_t count;
    const struct ml_filter *const *filters = ml_filters(&count);
    (void)state;
    for (size_t i = 0; i < count; i++)
        for (int round = 0; round < 3; round++)
            (void)compare_layouts(filters[i]->example, &random);
    for (size_t i = 0; i < COUNT(texts); i++)
        assert_true(compare_layouts(texts[i], &random) > 0);
}

static void a_picture_of_one_row_needs_no_team(void **state)
{
    static const unsigned teams[] = {2, 5, 64};
    static const struct ml_shape row = {300, 1, ML_RGB, 8, 1, 1},
                                 pixel = {1, 1, ML_YCC, 8, 2, 2};
    (void)state;
    assert_true(trial_compare("blur:3 median:1", &row, 1, teams, 3));
    assert_true(trial_compare("blur:3 sharpen:1", &pixel, 1, teams, 3));
}

/* Strips that are shallower than the picture, rings that slide. */
static void large_pictures_too(void **state)
{
    static const unsigned teams[] = {2, 3};
    static const struct ml_shape rgb = {1400, 300, ML_RGB, 16, 1, 1},
                                 planes = {4000, 400, ML_YCC, 8, 2, 2};
    (void)state;
    assert_true(trial_compare("blur:4 median:2 resize:20%", &rgb, 1, teams, 2));
    assert_true(trial_compare("crop:90%,gravity=south sharpen:1 resize:150%,"
                              "enlarge=yes",
                              &rgb, 2, teams, 2));
    assert_true(trial_compare("blur:4 resize:50%", &planes, 3, teams, 2));
}

/* ---- memory ---- */

static size_t shared_bytes(const char *filter, uint32_t width, unsigned team)
{
    static struct trial trial;
    struct ml_arena arena;
    struct ml_error err;
    memset(&trial, 0, sizeof trial);
    trial.facts =
        (struct ml_picture_input){.shape = {width, 20000, ML_RGB, 8, 1, 1},
                                  .full_width = width,
                                  .full_height = 20000,
                                  .orientation = 1};
    assert_int_equal(ml_chain_parse(&trial.chain, filter, &err), ML_OK);
    assert_int_equal(ml_arena_open(&arena, ARENA_BYTES, &err), ML_OK);
    assert_int_equal(ml_chain_exec_prepare(&trial.exec, &trial.chain,
                                           &trial.facts, &trial.target, &arena,
                                           &err),
                     ML_OK);
    assert_int_equal(ml_chain_exec_set_threads(&trial.exec, team, &err), ML_OK);
    ml_arena_close(&arena);
    return trial.exec.row_bytes;
}

/* Of 1.2 GB of pixels. */
static void a_team_takes_the_memory_of_strips(void **state)
{
    const size_t MB = 1000000;
    (void)state;
    assert_true(shared_bytes("blur:4", 20000, 1) < 12 * MB);
    assert_true(shared_bytes("blur:4", 20000, 2) > 12 * MB);
    assert_true(shared_bytes("blur:4", 20000, 2) < 30 * MB);
    assert_true(shared_bytes("blur:4", 20000, 32) < 200 * MB);
    /* Rows that must come in order are made by one thread: as ever. */
    assert_int_equal(shared_bytes("sleep:0ms", 20000, 1),
                     shared_bytes("sleep:0ms", 20000, 8));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_team_of_any_size_makes_the_bytes_of_one_thread),
        cmocka_unit_test(a_picture_of_one_row_needs_no_team),
        cmocka_unit_test(large_pictures_too),
        cmocka_unit_test(a_team_takes_the_memory_of_strips),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
