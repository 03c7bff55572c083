/* batch.c: see batch.h. */
#include "support/pipeline/batch.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "codec/registry.h"

struct test_file batch_pictures[BATCH_PICTURES];

static void make_picture(struct test_file *file, size_t index)
{
    const struct ml_shape shape = {
        .width = (uint32_t)(40 + 37 * index),
        .height = (uint32_t)(400 - 13 * index),
        .layout = index % 5 == 4 ? ML_GRAY : ML_RGB,
        .bits = 8,
        .sub_x = 1,
        .sub_y = 1,
    };
    struct test_frame frame;
    struct ml_sink sink = {.options = ml_sink_options_default};
    struct ml_error err;
    test_frame_open(&frame, &shape);
    test_frame_paint(&frame, index);
    sink.options.progressive = index % 7 == 3;
    sink.options.subsample = index % 3 == 0 ? 444 : 420;
    assert_int_equal(
        test_encode(&sink, &ml_codec_jpeg, &frame, 0, 4 << 20, file, &err),
        ML_OK);
    test_frame_close(&frame);
}

int batch_make(void **state)
{
    (void)state;
    for (size_t i = 0; i < BATCH_PICTURES; i++)
        make_picture(&batch_pictures[i], i);
    batch_pictures[BATCH_BROKEN].size /= 2; /* truncated */
    memcpy(batch_pictures[BATCH_BROKEN + 1].data, "no picture", 10);
    return 0;
}

int batch_free(void **state)
{
    (void)state;
    for (size_t i = 0; i < BATCH_PICTURES; i++)
        test_file_close(&batch_pictures[i]);
    return 0;
}

const char *const batch_filters[] = {"resize:200x150", "blur:1.5", "invert",
                                     "sharpen:0.7", NULL};

const char *const batch_plans[] = {
    "read@threads:R | decode,filter,encode@threads:N | write@threads:1",
    "read@threads:R | decode,filter,encode@processes:N | write@threads:1",
    "read@threads:1 | decode@threads:1 | filter@threads:1 | encode@threads:1 "
    "| write@threads:1",
    "read@inline | decode@inline | filter,encode,write@inline",
    "read,decode,filter,encode,write@threads:N",
    "read@gil:R | decode,filter,encode@gil:N | write@gil:1",
    "read@gil:1 | decode,filter@gil:N | encode@processes:N | write@gil:1",
    "read,decode@threads:N | filter@processes:N | encode,write@threads:1",
    "read@threads:2 | decode@processes:N | filter@processes:1 | "
    "encode@processes:N | write@threads:2",
    "read@threads:1 | decode@processes:1 | filter,encode,write@threads:N",
    "read@threads:1 | decode,filter@threads:N | encode@processes:N | "
    "write@threads:1",
    "read,decode,filter@threads:N | encode,write@threads:2",
    "read@threads:3 | decode,filter@processes:N | encode,write@threads:N",
    "read@threads:1 | decode@threads:N | filter,encode@processes:N | "
    "write@threads:3",
    "read@threads:2 | decode,filter@processes:2 | encode@processes:N | "
    "write@threads:1",
    "read,decode,filter,encode,write@loop",
    "read@loop | decode,filter,encode@processes:N | write@loop",
    "read@loop:N | decode,filter,encode@threads:N | write@loop",
    "read@loop | decode@loop | filter@loop | encode@loop | write@loop",
    "read@threads:N | decode@loop:N | filter@processes:N | encode@loop | "
    "write@threads:1",
    "read,decode@loop:N | filter@threads:N | encode,write@loop:N",
    "read@loop | decode,filter,encode@gil:N | write@loop",
    "read,decode@loop:N | filter@gil:N | encode,write@loop:N",
    "read@threads:1 | decode@processes:N | filter@loop | encode@threads:N | "
    "write@loop:1",
};

const size_t batch_plan_count = sizeof batch_plans / sizeof *batch_plans;

void batch_serial(struct memory_run *run, struct ml_run_settings *settings)
{
    struct ml_error err;
    memory_run_open(run, batch_pictures, BATCH_PICTURES);
    assert_int_equal(memory_run_go(run, settings,
                                   "read,decode,filter,encode,write@inline", 1,
                                   &err),
                     ML_OK);
    for (size_t i = 0; i < BATCH_PICTURES; i++) {
        assert_int_equal(run->io[i], 1);
        if (i != BATCH_BROKEN && i != BATCH_BROKEN + 1)
            assert_int_equal(run->errors[i].status, ML_OK);
    }
    assert_int_equal(run->errors[BATCH_BROKEN].status, ML_ERR_TRUNCATED);
    assert_int_equal(run->errors[BATCH_BROKEN + 1].status, ML_ERR_FORMAT);
}
