/* One picture after the other with the same worker context: what it keeps from
 * one to the next must change no output. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "codec/registry.h"
#include "pipeline/picture/picture.h"
#include "support/codec/codec_picture.h"

#define OUTPUT_BYTES ((size_t)1 << 20)
#define PICTURES (6 + ML_PREPARED_CHAINS + 3)

static void make_file(struct test_file *file, const struct ml_codec *codec,
                      struct ml_shape shape, uint64_t seed)
{
    struct test_frame frame;
    struct ml_sink sink = {.options = ml_sink_options_default};
    struct ml_error err;
    test_frame_open(&frame, &shape);
    test_frame_paint(&frame, seed);
    assert_int_equal(
        test_encode(&sink, codec, &frame, 0, OUTPUT_BYTES, file, &err), ML_OK);
    test_frame_close(&frame);
}

static struct ml_shape shape_of(uint32_t width, uint32_t height,
                                enum ml_layout layout)
{
    return (struct ml_shape){width, height, layout, 8, 1, 1};
}

static enum ml_status grant(void *context, uint64_t bytes, struct ml_error *err)
{
    (void)context;
    (void)bytes;
    (void)err;
    return ML_OK;
}

static void open_context(struct ml_worker_context *worker_context,
                         const struct ml_transform_settings *transform)
{
    struct ml_error err;
    worker_context->transform = transform;
    worker_context->admission = (struct ml_admission){.share_bytes = UINT64_MAX,
                                                      .request_memory = grant};
    assert_int_equal(ml_worker_context_open(worker_context, &err), ML_OK);
}

static void process(struct ml_worker_context *worker_context,
                    const struct test_file *file, struct ml_output *out,
                    struct ml_picture_result *report)
{
    struct ml_error err;
    assert_int_equal(ml_picture_process(worker_context, ML_STEP_DECODE,
                                        ML_STEP_ENCODE, test_bytes(file), out,
                                        report, &err),
                     ML_OK);
}

/* Two equal pictures, then each differs from the last in one property: size,
 * layout, format. */
static void pictures_after_others_come_out_as_alone(void **state)
{
    const struct ml_codec *codecs[PICTURES] = {[4] = &ml_codec_png};
    struct ml_shape shapes[PICTURES] = {
        shape_of(320, 200, ML_RGB),  shape_of(320, 200, ML_RGB),
        shape_of(200, 320, ML_RGB),  shape_of(200, 320, ML_GRAY),
        shape_of(200, 320, ML_GRAY), shape_of(320, 200, ML_RGB)};
    /* More than the cache holds, then the last and the first of them again. */
    for (uint32_t i = 6; i < PICTURES - 2; i++)
        shapes[i] = shape_of(300 + i, 200, ML_RGB);
    shapes[PICTURES - 2] = shapes[PICTURES - 3];
    shapes[PICTURES - 1] = shapes[0];
    struct ml_chain *chain = calloc(1, sizeof *chain);
    struct ml_worker_context *kept = calloc(2, sizeof *kept), *fresh = kept + 1;
    struct ml_error err;
    (void)state;
    assert_non_null(chain);
    assert_non_null(kept);
    assert_int_equal(ml_chain_parse(chain, "resize:90x90", &err), ML_OK);
    assert_int_equal(ml_chain_parse(chain, "sharpen:1", &err), ML_OK);
    const struct ml_transform_settings transform = {
        .chain = chain,
        .source = {.limits = ml_limits_default},
        .sink = ml_sink_options_default};
    struct ml_output a = {.data = malloc(OUTPUT_BYTES),
                          .capacity = OUTPUT_BYTES};
    struct ml_output b = {.data = malloc(OUTPUT_BYTES),
                          .capacity = OUTPUT_BYTES};
    assert_non_null(a.data);
    assert_non_null(b.data);
    open_context(kept, &transform);
    for (size_t i = 0; i < PICTURES; i++) {
        struct test_file file;
        struct ml_picture_result report_a, report_b;
        make_file(&file, codecs[i] ? codecs[i] : &ml_codec_jpeg, shapes[i], i);
        open_context(fresh, &transform);
        process(fresh, &file, &a, &report_a);
        ml_worker_context_close(fresh);
        process(kept, &file, &b, &report_b);
        assert_int_equal(a.used, b.used);
        assert_memory_equal(a.data, b.data, a.used);
        assert_int_equal(report_a.need_bytes, report_b.need_bytes);
        test_file_close(&file);
    }
    ml_worker_context_close(kept);
    free(a.data);
    free(b.data);
    free(kept);
    free(chain);
}

/* The time of reading and writing the frames between stages counts for the
 * stage that does it, not for its neighbours. */
static void a_stage_adds_time_to_its_own_steps_alone(void **state)
{
    struct ml_chain *chain = calloc(1, sizeof *chain);
    struct ml_worker_context *worker_context =
        calloc(1, sizeof *worker_context);
    struct ml_output outputs[2] = {
        {.data = malloc(OUTPUT_BYTES), .capacity = OUTPUT_BYTES},
        {.data = malloc(OUTPUT_BYTES), .capacity = OUTPUT_BYTES}};
    struct test_file file;
    struct ml_picture_result report;
    struct ml_error err;
    (void)state;
    assert_true(chain && worker_context && outputs[0].data && outputs[1].data);
    assert_int_equal(ml_chain_parse(chain, "blur:2", &err), ML_OK);
    const struct ml_transform_settings transform = {
        .chain = chain,
        .source = {.limits = ml_limits_default},
        .sink = ml_sink_options_default,
        .repeat_count = 2,
        .separate_steps = true};
    const struct ml_step_times *times = &report.times;
    make_file(&file, &ml_codec_jpeg, shape_of(320, 200, ML_RGB), 1);
    open_context(worker_context, &transform);
    assert_int_equal(ml_picture_process(worker_context, ML_STEP_DECODE,
                                        ML_STEP_DECODE, test_bytes(&file),
                                        &outputs[0], &report, &err),
                     ML_OK);
    assert_true(times->source_ns > 0);
    assert_true(times->filter_ns == 0 && times->sink_ns == 0);
    const struct ml_step_times decoded = *times;
    assert_int_equal(
        ml_picture_process(worker_context, ML_STEP_FILTER, ML_STEP_FILTER,
                           (struct ml_bytes){outputs[0].data, outputs[0].used},
                           &outputs[1], &report, &err),
        ML_OK);
    assert_true(times->source_ns == decoded.source_ns);
    assert_true(times->filter_ns > 0 && times->sink_ns == 0);
    const struct ml_step_times filtered = *times;
    assert_int_equal(
        ml_picture_process(worker_context, ML_STEP_ENCODE, ML_STEP_ENCODE,
                           (struct ml_bytes){outputs[1].data, outputs[1].used},
                           &outputs[0], &report, &err),
        ML_OK);
    assert_true(times->source_ns == filtered.source_ns);
    assert_true(times->filter_ns == filtered.filter_ns);
    assert_true(times->sink_ns > 0);
    ml_worker_context_close(worker_context);
    test_file_close(&file);
    free(outputs[0].data);
    free(outputs[1].data);
    free(worker_context);
    free(chain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures_after_others_come_out_as_alone),
        cmocka_unit_test(a_stage_adds_time_to_its_own_steps_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
