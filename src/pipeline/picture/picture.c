/* picture.c: see picture.h. */
#include "pipeline/picture/picture.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/size_math.h"
#include "codec/registry.h"
#include "pipeline/picture/picture_state.h"
#include "pipeline/picture/trace_names.h"

#define PICTURE_SIDE_DATA ((size_t)64 << 20) /* ICC, EXIF, frame header */

size_t ml_output_capacity(const struct ml_transform_settings *transform,
                          enum ml_step last)
{
    const struct ml_limits *limits = &transform->source.limits;
    if (last == ML_STEP_READ)
        return (size_t)limits->input_bytes;
    if (last == ML_STEP_ENCODE)
        return (size_t)transform->sink.limit_bytes;
    size_t bytes;
    /* Four samples of 16 bits a pixel, and the padding of each row. */
    if (!ml_size_mul((size_t)limits->pixels, 8, &bytes) ||
        !ml_size_add(bytes, (size_t)limits->side * 2 * ML_ROW_ALIGN, &bytes) ||
        !ml_size_add(bytes, PICTURE_SIDE_DATA, &bytes))
        return SIZE_MAX / 4;
    return bytes;
}

static uint32_t picture_codec_index(const struct ml_codec *codec)
{
    size_t count;
    const struct ml_codec *const *codecs = ml_codecs(&count);
    uint32_t index = 0;
    while (codecs[index] != codec)
        index++;
    return index;
}

/* Add the time since `start_ns` to *sum_ns and to the trace; returns the
 * current time. */
static uint64_t picture_add_time(const struct ml_picture *picture,
                                 enum ml_trace_kind kind, uint64_t start_ns,
                                 uint64_t *sum_ns)
{
    const uint64_t end_ns = ml_now_ns();
    *sum_ns += end_ns - start_ns;
    ml_trace_add(picture->worker_context->filter_track, kind,
                 picture->worker_context->job, 0, start_ns, end_ns);
    return end_ns;
}

/* ---- input ---- */

static void picture_report_source(struct ml_picture *picture)
{
    const struct ml_source_header *header = &picture->source.header;
    struct ml_picture_result *result = picture->result;
    (void)snprintf(result->format_in, sizeof result->format_in, "%s",
                   header->format);
    (void)snprintf(result->coding, sizeof result->coding, "%s", header->coding);
    result->shape_in = header->shape;
    result->shape_in.width = header->full_width;
    result->shape_in.height = header->full_height;
    result->orientation = header->metadata.orientation;
    result->icc = header->metadata.icc.size > 0;
    result->exif = header->metadata.exif.size > 0;
    result->dropped = header->metadata.dropped;
}

static enum ml_status picture_shrink(struct ml_picture *picture)
{
    struct ml_source *source = &picture->source;
    uint32_t width, height;
    if (!source->header.shrinks)
        return ML_OK;
    const enum ml_status status = ml_chain_min_source_size(
        picture->transform->chain, &picture->input, picture->transform->shrink,
        &picture->worker_context->arena, &width, &height, picture->err);
    if (status == ML_OK && width > 0 && height > 0) {
        source->codec->shrink(source, width, height);
        picture->input.shape = source->header.shape;
    }
    return status;
}

static enum ml_status picture_open_file(struct ml_picture *picture,
                                        struct ml_bytes file)
{
    struct ml_source *source = &picture->source;
    const uint64_t start = ml_now_ns();
    const enum ml_status status =
        ml_source_open(source, file, &picture->transform->source,
                       &picture->worker_context->arena, picture->err);
    (void)picture_add_time(picture, ML_TRACE_DECODE, start,
                           &picture->result->times.source_ns);
    if (status != ML_OK) {
        picture->err->step = ML_STEP_DECODE;
        return status;
    }
    picture->source_open = true;
    picture_report_source(picture);
    picture->codec_in = source->codec;
    picture->metadata = source->header.metadata;
    picture->input = (struct ml_picture_input){
        .shape = source->header.shape,
        .full_width = source->header.full_width,
        .full_height = source->header.full_height,
        .orientation = source->header.metadata.orientation,
    };
    return picture_shrink(picture);
}

/* A frame may be in the result buffer of a worker process that still writes to
 * it.  Any pixel value is valid, but profiles are checked before use: copy
 * them, so that they cannot change in between. */
static enum ml_status picture_copy_bytes(struct ml_picture *picture,
                                         struct ml_bytes *bytes)
{
    if (bytes->size == 0)
        return ML_OK;
    uint8_t *copy =
        ml_arena_alloc(&picture->worker_context->arena, bytes->size);
    if (!copy)
        return ml_fail(picture->err, ML_ERR_MEMORY, "no memory for a profile",
                       "raise --memory", "%zu bytes", bytes->size);
    memcpy(copy, bytes->data, bytes->size);
    bytes->data = copy;
    return ML_OK;
}

static enum ml_status picture_open_frame(struct ml_picture *picture,
                                         struct ml_bytes bytes)
{
    struct ml_metadata *metadata = &picture->frame_in.metadata;
    enum ml_status status =
        ml_frame_open(&picture->frame_in, bytes,
                      &picture->transform->source.limits, picture->err);
    if (status == ML_OK)
        status = picture_copy_bytes(picture, &metadata->icc);
    if (status == ML_OK)
        status = picture_copy_bytes(picture, &metadata->exif);
    if (status != ML_OK) {
        picture->err->step = picture->first;
        return status;
    }
    const struct ml_frame_header *header = &picture->frame_in.header;
    size_t count;
    picture->codec_in = ml_codecs(&count)[header->codec];
    picture->metadata = *metadata;
    picture->input = (struct ml_picture_input){
        .shape = header->shape,
        .full_width = header->full_width,
        .full_height = header->full_height,
        .orientation = header->orientation,
    };
    return ML_OK;
}

/* ---- output ---- */

static enum ml_status picture_read(void *context, const struct ml_dst *dst,
                                   struct ml_error *err)
{
    return ml_source_read(context, dst, err);
}

static enum ml_status picture_write(void *context, const struct ml_src *src,
                                    struct ml_error *err)
{
    struct ml_sink *sink = context;
    return sink->codec->sink_write(sink, src, err);
}

static enum ml_status picture_begin_frame(struct ml_picture *picture)
{
    const struct ml_chain_exec *exec = picture->exec;
    const bool filtered = picture->last == ML_STEP_FILTER;
    const struct ml_metadata *metadata = &picture->metadata;
    const struct ml_frame_header header = {
        .shape = exec->out,
        .full_width = picture->input.full_width,
        .full_height = picture->input.full_height,
        .codec = picture_codec_index(picture->codec_in),
        .dropped = metadata->dropped,
        .x_density = metadata->x_density,
        .y_density = metadata->y_density,
        .density_given = metadata->density_given,
        .density_unit = metadata->density_unit,
        .orientation =
            filtered ? exec->orientation : picture->input.orientation,
    };
    return ml_frame_begin(&picture->frame_out, &header, metadata, picture->out,
                          picture->err);
}

static enum ml_status picture_begin(struct ml_picture *picture)
{
    const uint64_t start = ml_now_ns();
    enum ml_status status = ML_OK;
    if (picture->source_open)
        status = ml_source_start(&picture->source, picture->err);
    const uint64_t started = picture_add_time(
        picture, ML_TRACE_DECODE, start, &picture->result->times.source_ns);
    if (status != ML_OK) {
        picture->err->step = ML_STEP_DECODE;
        return status;
    }
    if (picture->last == ML_STEP_ENCODE) {
        picture->sink_open = true;
        status = picture->sink.codec->sink_open(&picture->sink, picture->err);
    } else {
        status = picture_begin_frame(picture);
    }
    (void)picture_add_time(picture, ML_TRACE_ENCODE, started,
                           &picture->result->times.sink_ns);
    if (status != ML_OK)
        picture->err->step = ML_STEP_ENCODE;
    return status;
}

/* The cause that names the filter of a chain step; 0 for a conversion. */
static uint16_t picture_filter_cause(const struct ml_picture *picture,
                                     const struct ml_chain_step *stage)
{
    const struct ml_chain *chain = picture->transform->chain;
    for (size_t i = 0; i < chain->count; i++) {
        if (stage->values == chain->items[i].values)
            return (uint16_t)(ML_WAIT_FILTER + i);
    }
    return 0;
}

/* Decoder and encoder threads record their own spans. */
static void picture_on_strip(void *context, enum ml_step step,
                             const struct ml_chain_step *stage,
                             uint64_t start_ns, uint64_t end_ns)
{
    const struct ml_picture *picture = context;
    const struct ml_worker_context *worker_context = picture->worker_context;
    enum ml_trace_kind kind = ML_TRACE_FILTER;
    if ((step == ML_STEP_DECODE && picture->strip_threads.decoder.running) ||
        (step == ML_STEP_ENCODE && picture->strip_threads.encoder.running))
        return;
    if (step == ML_STEP_DECODE) /* reading a frame is a copy */
        kind = picture->source_open ? ML_TRACE_DECODE : ML_TRACE_COPY;
    if (step == ML_STEP_ENCODE)
        kind = picture->sink_open ? ML_TRACE_ENCODE : ML_TRACE_COPY;
    ml_trace_add(worker_context->filter_track, kind, worker_context->job,
                 stage ? picture_filter_cause(picture, stage) : 0, start_ns,
                 end_ns);
}

static enum ml_status picture_pull(struct ml_picture *picture)
{
    const struct ml_row_source in = {
        .context = picture->source_open ? (void *)&picture->source
                                        : (void *)&picture->frame_in,
        .read = picture->source_open ? picture_read : ml_frame_read,
    };
    const struct ml_row_sink out = {
        .context = picture->sink_open ? (void *)&picture->sink
                                      : (void *)&picture->frame_out,
        .write = picture->sink_open ? picture_write : ml_frame_write,
    };
    struct ml_chain_exec *exec = picture->exec;
    exec->yield_hooks = picture->worker_context->yield_hooks;
    struct ml_step_times *times = &picture->result->times;
    const struct ml_worker_context *worker_context = picture->worker_context;
    exec->observer = (struct ml_chain_observer){
        .context = picture,
        .on_strip = worker_context->filter_track ? picture_on_strip : NULL};
    picture->strip_threads.filter_track = worker_context->filter_track;
    picture->strip_threads.decode_track = worker_context->decode_track;
    picture->strip_threads.encode_track = worker_context->encode_track;
    picture->strip_threads.job = worker_context->job;
    return picture->has_strip_threads
               ? ml_strip_threads_run(&picture->strip_threads, exec, &in, &out,
                                      times, picture->err)
               : ml_chain_exec_run(exec, &in, &out, times, picture->err);
}

/* A yield point after work of the source or the sink that is not rows. */
static void picture_yield(const struct ml_picture *picture, size_t buffer)
{
    const struct ml_yield_hooks *yield_hooks =
        picture->worker_context->yield_hooks;
    if (yield_hooks)
        yield_hooks->yield(yield_hooks->context, buffer, 0);
}

static enum ml_status picture_finish(struct ml_picture *picture)
{
    const uint64_t start = ml_now_ns();
    enum ml_status status = ML_OK;
    if (picture->source_open) {
        status = ml_source_end(&picture->source, picture->err);
        if (status != ML_OK)
            picture->err->step = ML_STEP_DECODE;
        picture->result->warnings = picture->source.warnings;
        memcpy(picture->result->warning, picture->source.warning,
               sizeof picture->result->warning);
    }
    const uint64_t ended = picture_add_time(picture, ML_TRACE_DECODE, start,
                                            &picture->result->times.source_ns);
    if (status == ML_OK && picture->sink_open) {
        status = picture->sink.codec->sink_end(&picture->sink, picture->err);
        if (status != ML_OK)
            picture->err->step = ML_STEP_ENCODE;
        picture->result->dropped |= picture->sink.metadata.dropped;
        (void)picture_add_time(picture, ML_TRACE_ENCODE, ended,
                               &picture->result->times.sink_ns);
    }
    return status;
}

static void picture_close(struct ml_picture *picture)
{
    const uint64_t start = ml_now_ns();
    if (picture->sink_open)
        picture->sink.codec->sink_close(&picture->sink);
    const uint64_t closed = picture_add_time(picture, ML_TRACE_ENCODE, start,
                                             &picture->result->times.sink_ns);
    if (picture->source_open)
        ml_source_close(&picture->source);
    (void)picture_add_time(picture, ML_TRACE_DECODE, closed,
                           &picture->result->times.source_ns);
    ml_worker_context_reset(picture->worker_context);
}

/* Do the work of the stage once.  If picture->is_repeat, the memory was granted
 * before. */
static enum ml_status picture_process(struct ml_picture *picture,
                                      struct ml_bytes in)
{
    picture->out->used = 0;
    if (picture->first == ML_STEP_DECODE) {
        const bool single_threaded =
            picture->is_repeat && picture->result->single_threaded;
        memset(picture->result, 0, sizeof *picture->result);
        picture->result->single_threaded = single_threaded;
    }
    enum ml_status status = picture->first == ML_STEP_DECODE
                                ? picture_open_file(picture, in)
                                : picture_open_frame(picture, in);
    if (status == ML_OK)
        status = ml_picture_prepare(picture);
    if (status == ML_OK && !picture->transform->headers_only) {
        status = picture_begin(picture);
        picture_yield(picture, ML_YIELD_SOURCE);
        if (status == ML_OK)
            status = picture_pull(picture);
        if (status == ML_OK)
            status = picture_finish(picture);
        picture_yield(picture, ML_YIELD_SINK);
    }
    picture_close(picture);
    if (status != ML_OK)
        picture->out->used = 0;
    return status;
}

static void picture_add_times(struct ml_step_times *into,
                              const struct ml_step_times *from)
{
    into->source_ns += from->source_ns;
    into->filter_ns += from->filter_ns;
    into->sink_ns += from->sink_ns;
}

void ml_picture_assign_times(struct ml_step_times *times, enum ml_step first,
                             enum ml_step last)
{
    uint64_t *const steps[] = {&times->source_ns, &times->filter_ns,
                               &times->sink_ns};
    const uint64_t source_ns = times->source_ns, sink_ns = times->sink_ns;
    if (first > ML_STEP_DECODE)
        times->source_ns = 0;
    if (last < ML_STEP_ENCODE)
        times->sink_ns = 0;
    if (first > ML_STEP_DECODE)
        *steps[first - ML_STEP_DECODE] += source_ns;
    if (last < ML_STEP_ENCODE)
        *steps[last - ML_STEP_DECODE] += sink_ns;
}

enum ml_status ml_picture_process(struct ml_worker_context *worker_context,
                                  enum ml_step first, enum ml_step last,
                                  struct ml_bytes in, struct ml_output *out,
                                  struct ml_picture_result *result,
                                  struct ml_error *err)
{
    const struct ml_transform_settings *transform = worker_context->transform;
    const unsigned times =
        transform->headers_only || transform->repeat_count < 2
            ? 1
            : transform->repeat_count;
    struct ml_step_times before = {0}, own = {0};
    enum ml_status status = ML_OK;
    assert(first >= ML_STEP_DECODE && last <= ML_STEP_ENCODE && first <= last);
    out->used = 0;
    if (first != ML_STEP_DECODE && transform->headers_only)
        return ML_OK; /* the decoding stage reported all */
    if (first != ML_STEP_DECODE)
        before = result->times; /* of the earlier stages */
    ml_trace_begin(worker_context->filter_track, ML_TRACE_PICTURE,
                   worker_context->job);
    for (unsigned i = 0; i < times && status == ML_OK; i++) {
        struct ml_picture picture = {
            .worker_context = worker_context,
            .transform = transform,
            .first = first,
            .last = last,
            .out = out,
            .result = result,
            .err = err,
            .is_repeat = i > 0,
        };
        memset(&result->times, 0, sizeof result->times);
        status = picture_process(&picture, in);
        picture_add_times(&own, &result->times);
    }
    ml_trace_end(worker_context->filter_track);
    ml_picture_assign_times(&own, first, last);
    result->times = before;
    picture_add_times(&result->times, &own);
    return status;
}
