/* codec.c: defaults, the steps of a source once it is open, and the checks of
 * limits and severities that all codecs share.
 *
 * The functions of a source forward to the codec that registry.c has chosen,
 * keep `next_y`, and set the step of an error.  The caller owns all state.
 */
#include "codec/codec.h"

#include <assert.h>
#include <inttypes.h>

/* 65,500 pixels is also libjpeg's own bound of a side. */
const struct ml_limits ml_limits_default = {
    .pixels = UINT64_C(256000000),
    .side = 65500,
    .jpeg_scans = 100,
    .input_bytes = UINT64_C(1) << 30,
    .output_bytes = UINT64_C(1) << 30,
};

const struct ml_sink_options ml_sink_options_default = {
    .quality = 85,
    .subsample = 420,
    .progressive = false,
    .png_level = 6,
    .threads = 1,
    .limit_bytes = UINT64_C(1) << 30,
};

/* ---- sources ---- */

static enum ml_status codec_decode_step(enum ml_status status,
                                        struct ml_error *err)
{
    if (status != ML_OK)
        err->step = ML_STEP_DECODE;
    return status;
}

enum ml_status ml_source_start(struct ml_source *source, struct ml_error *err)
{
    return codec_decode_step(source->codec->start(source, err), err);
}

enum ml_status ml_source_read(struct ml_source *source,
                              const struct ml_dst *dst, struct ml_error *err)
{
    assert(dst->y == source->next_y && dst->y_end >= dst->y &&
           dst->y_end <= source->header.shape.height);
    const enum ml_status status = source->codec->read(source, dst, err);
    if (status == ML_OK)
        source->next_y = dst->y_end;
    return codec_decode_step(status, err);
}

enum ml_status ml_source_end(struct ml_source *source, struct ml_error *err)
{
    assert(source->next_y == source->header.shape.height);
    return codec_decode_step(source->codec->end(source, err), err);
}

void ml_source_close(struct ml_source *source)
{
    if (source->codec)
        source->codec->close(source);
    source->codec = NULL;
    source->state = NULL;
}

/* ---- limits and severities ---- */

enum ml_status ml_limits_check(const struct ml_limits *limits, uint64_t width,
                               uint64_t height, struct ml_error *err)
{
    if (width == 0 || height == 0)
        return ml_fail(err, ML_ERR_CORRUPT, "the picture has no size",
                       "get the file again from its source",
                       "the header says %" PRIu64 "x%" PRIu64 " pixels", width,
                       height);
    if (width > limits->side || height > limits->side)
        return ml_fail(err, ML_ERR_LIMIT, "the picture is too large",
                       "raise --limit-side to read it",
                       "%" PRIu64 "x%" PRIu64
                       " pixels, a side may have at most %" PRIu32,
                       width, height, limits->side);
    if (width * height > limits->pixels) /* sides are 32 bits: no overflow */
        return ml_fail(err, ML_ERR_LIMIT, "the picture is too large",
                       "raise --limit-pixels to read it",
                       "%" PRIu64 "x%" PRIu64 " is %" PRIu64
                       " pixels, at most %" PRIu64 " are allowed",
                       width, height, width * height, limits->pixels);
    return ML_OK;
}

bool ml_fails_on(enum ml_fail_on fail_on, enum ml_status status)
{
    switch (fail_on) {
    case ML_FAIL_ON_NONE:
        return false;
    case ML_FAIL_ON_TRUNCATED:
        return status == ML_ERR_TRUNCATED;
    case ML_FAIL_ON_ERROR:
        return status == ML_ERR_TRUNCATED || status == ML_ERR_CORRUPT;
    case ML_FAIL_ON_WARNING:
        break;
    }
    return true;
}
