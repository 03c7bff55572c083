/* A picture with a decoder thread and an encoder thread: the same bytes and the
 * same errors as with one thread, whichever side fails and at whichever row.
 *
 * Slow: lets stages wait for each other.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "codec/registry.h"
#include "pipeline/picture/strip_threads.h"
#include "support/pipeline/memory_run.h"

static const char serial[] = "read,decode,filter,encode,write@inline";

/* ---- a source and a sink of this test ---- */

#define WIDTH 90
#define HEIGHT 500 /* sixteen strips */
#define NEVER UINT32_MAX

struct io {
    struct ml_shape in, out;
    uint32_t read_fails, write_fails; /* at this row */
    uint32_t read_y, write_y;         /* the next */
    uint64_t sum;                     /* a hash of the rows written */
};

static enum ml_status io_read(void *io_in, const struct ml_dst *dst,
                              struct ml_error *err)
{
    struct io *io = io_in;
    assert_int_equal(dst->y, io->read_y);
    io->read_y = dst->y_end;
    if (io->read_fails < dst->y_end)
        return ml_fail(err, ML_ERR_CORRUPT, "bad row", "", "row %u", dst->y);
    for (uint32_t y = dst->y; y < dst->y_end; y++) {
        for (size_t i = 0; i < ml_row_bytes(&io->in, 0); i++)
            ml_dst_row(dst, y)[i] = (uint8_t)(y * 7 + i * y);
    }
    return ML_OK;
}

static enum ml_status io_write(void *io_in, const struct ml_src *src,
                               struct ml_error *err)
{
    struct io *io = io_in;
    assert_int_equal(src->y, io->write_y);
    io->write_y = src->y_end;
    if (io->write_fails < src->y_end)
        return ml_fail(err, ML_ERR_LIMIT, "too much", "", "row %u", src->y);
    for (uint32_t y = src->y; y < src->y_end; y++) {
        for (size_t i = 0; i < ml_row_bytes(&io->out, 0); i++)
            io->sum = io->sum * 31 + ml_src_row(src, y)[i];
    }
    return ML_OK;
}

static enum ml_status go(const char *filter, bool has_strip_threads,
                         struct io *io, struct ml_error *err)
{
    static struct ml_chain chain;
    static struct ml_chain_exec exec;
    static struct ml_strip_threads strip_threads;
    struct ml_picture_input input = {
        .shape = {WIDTH, HEIGHT, ML_RGB, 8, 1, 1},
        .full_width = WIDTH,
        .full_height = HEIGHT,
        .orientation = 1,
    };
    const struct ml_output_format target = {.storable = ml_codec_pnm.storable};
    struct ml_step_times times = {0};
    struct ml_arena arena;
    chain.count = 0;
    assert_int_equal(ml_arena_open(&arena, 64 << 20, err), ML_OK);
    assert_int_equal(ml_chain_parse(&chain, filter, err), ML_OK);
    assert_int_equal(
        ml_chain_exec_prepare(&exec, &chain, &input, &target, &arena, err),
        ML_OK);
    io->in = exec.in;
    io->out = exec.out;
    const size_t before = ml_arena_mark(&arena);
    const struct ml_row_source in = {io, io_read};
    const struct ml_row_sink out = {io, io_write};
    enum ml_status status =
        has_strip_threads ? ml_strip_threads_run(&strip_threads, &exec, &in,
                                                 &out, &times, err)
                          : ml_chain_exec_run(&exec, &in, &out, &times, err);
    assert_true(ml_arena_mark(&arena) - before <=
                exec.row_bytes +
                    (has_strip_threads ? ml_strip_threads_bytes(&exec) : 0));
    ml_arena_close(&arena);
    return status;
}

static void whichever_side_fails_the_error_is_that_of_one_thread(void **state)
{
    static const char *const filters[] = {"blur:3", "resize:45", "flip",
                                          "crop:40x40,x=3,y=100"};
    static const uint32_t rows[] = {0, 40, 130, 131, HEIGHT - 1, NEVER};
    (void)state;
    for (size_t i = 0; i < 4 * 6 * 6; i++) {
        const struct io start = {.read_fails = rows[i % 6],
                                 .write_fails = rows[i / 6 % 6]};
        struct io one = start, two = start;
        struct ml_error one_err = {0}, two_err = {0};
        const enum ml_status status =
            go(filters[i / 36], false, &one, &one_err);
        assert_int_equal(go(filters[i / 36], true, &two, &two_err), status);
        if (status == ML_OK) {
            assert_int_equal(one.sum, two.sum);
            assert_int_equal(one.write_y, two.write_y);
        } else {
            assert_int_equal(one_err.step, two_err.step);
            assert_string_equal(one_err.why, two_err.why);
        }
    }
}

/* ---- whole pictures ---- */

static struct test_file make_input(const struct ml_codec *codec,
                                   struct ml_shape shape)
{
    struct test_frame frame;
    struct test_file file;
    struct ml_sink sink = {.options = ml_sink_options_default};
    struct ml_error err;
    test_frame_open(&frame, &shape);
    test_frame_paint(&frame, 5);
    sink.options.png_level = 1;
    assert_int_equal(
        test_encode(&sink, codec, &frame, 0, 16 << 20, &file, &err), ML_OK);
    test_frame_close(&frame);
    return file;
}

static void run_with(const struct test_file *input, const char *const *filters,
                     unsigned inner, struct memory_run *run)
{
    struct ml_chain chain;
    struct ml_run_settings settings;
    struct ml_error err;
    memory_run_order(&settings, &chain, filters);
    settings.transform.threads_per_picture = inner;
    settings.transform.source.fail_on = ML_FAIL_ON_NONE;
    memory_run_open(run, input, 1);
    assert_int_equal(memory_run_go(run, &settings, serial, 1, &err), ML_OK);
}

static void compare(const struct test_file *input, const char *const *filters)
{
    struct memory_run one, two;
    run_with(input, filters, 1, &one);
    run_with(input, filters, 3, &two);
    assert_int_equal(one.errors[0].status, two.errors[0].status);
    assert_string_equal(one.errors[0].what, two.errors[0].what);
    assert_int_equal(one.outputs[0].size, two.outputs[0].size);
    if (one.outputs[0].size > 0)
        assert_memory_equal(one.outputs[0].data, two.outputs[0].data,
                            one.outputs[0].size);
    assert_int_equal(one.reports[0].warnings, two.reports[0].warnings);
    assert_true(two.reports[0].need_bytes > one.reports[0].need_bytes);
    memory_run_close(&one);
    memory_run_close(&two);
}

static void pictures_come_out_as_from_one_thread(void **state)
{
    static const char *const chains[][3] = {
        {"blur:2", NULL}, {"resize:50%", "sharpen:1", NULL}, {"rotate:90"}};
    const struct ml_codec *const codecs[] = {&ml_codec_jpeg, &ml_codec_png,
                                             &ml_codec_pnm};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct test_file file = make_input(
            codecs[i], (struct ml_shape){1231, 822, ML_RGB, 8, 1, 1});
        for (size_t c = 0; c < 3; c++)
            compare(&file, chains[c]);
        file.size = file.size * 2 / 3; /* cut short */
        compare(&file, chains[0]);
        test_file_close(&file);
    }
}

/* ---- more threads than memory ---- */

/* Half of the memory budget is for pictures in progress: exactly `need` bytes.
 */
static void go_tight(const struct test_file *inputs, size_t count,
                     const char *plan, unsigned inner, unsigned repeat,
                     uint64_t need, struct memory_run *run)
{
    static const char *const filters[] = {"blur:2", NULL};
    struct ml_chain chain;
    struct ml_run_settings settings;
    struct ml_error err;
    memory_run_order(&settings, &chain, filters);
    settings.transform.threads_per_picture = inner;
    settings.transform.repeat_count = repeat;
    settings.memory_bytes = need ? 2 * need : (uint64_t)1 << 30;
    memory_run_open(run, inputs, count);
    assert_int_equal(memory_run_go(run, &settings, plan, 1, &err), ML_OK);
}

static void where_threads_do_not_fit_one_does_it(void **state)
{
    static const char *const plans[] = {
        serial,
        "read@threads:1 | decode,filter,encode@threads:N | write@threads:1",
        "read@threads:1 | decode,filter,encode@processes:N | write@threads:1",
        "read,decode,filter,encode,write@loop:2",
        "read,decode@threads:1 | filter@threads:1 | encode,write@threads:1",
        "read@threads:1 | decode,filter@processes:1 | encode@processes:1 | "
        "write@threads:1",
    };
    struct test_file files[2];
    (void)state;
    for (size_t i = 0; i < 2; i++)
        files[i] = make_input(
            i == 0 ? &ml_codec_png : &ml_codec_jpeg,
            (struct ml_shape){1250 + 9 * (uint32_t)i, 820, ML_RGB, 8, 1, 1});
    for (size_t i = 0; i < sizeof plans / sizeof *plans; i++) {
        const char *plan = plans[i];
        const struct test_file inputs[] = {files[i % 2], files[i % 2]};
        struct memory_run one, tight;
        go_tight(inputs, 1, plan, 1, 1, 0, &one);
        const uint64_t need = one.reports[0].need_bytes;
        go_tight(inputs, 2, plan, 2, 2, need, &tight);
        for (size_t k = 0; k < 2; k++) {
            assert_int_equal(tight.errors[k].status, ML_OK);
            assert_true(tight.reports[k].single_threaded);
            assert_int_equal(tight.reports[k].need_bytes, need);
            assert_int_equal(tight.outputs[k].size, one.outputs[0].size);
            assert_memory_equal(tight.outputs[k].data, one.outputs[0].data,
                                one.outputs[0].size);
        }
        memory_run_close(&one);
        memory_run_close(&tight);
    }
    test_file_close(&files[0]);
    test_file_close(&files[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whichever_side_fails_the_error_is_that_of_one_thread),
        cmocka_unit_test(pictures_come_out_as_from_one_thread),
        cmocka_unit_test(where_threads_do_not_fit_one_does_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
