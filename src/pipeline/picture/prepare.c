/* prepare.c: layout, chain, sink and memory of a picture whose header is known;
 * see picture_state.h.
 */
#include "pipeline/picture/picture_state.h"

#include <stdio.h>
#include <string.h>

static const struct ml_chain picture_no_filters = {0};

/* The state of a filter with an analysis pass fits one picture only. */
static bool picture_has_analysis(const struct ml_chain_exec *exec)
{
    for (size_t i = 0; i < exec->step_count; i++) {
        if (exec->steps[i].filter->analyze)
            return true;
    }
    return false;
}

static struct ml_output_format picture_target(const struct ml_picture *picture)
{
    struct ml_output_format target = {.storable = picture->codec_out->storable};
    memcpy(target.background, picture->transform->background, 3);
    if (picture->codec_out->sampling)
        picture->codec_out->sampling(&picture->transform->sink, &target.sub_x,
                                     &target.sub_y);
    return target;
}

/* From JPEG to JPEG, skip upsampling and colour conversion if every filter can
 * run on YCbCr planes.  If the chain turns the picture gray, decode luma only.
 */
static void picture_choose_layout(struct ml_picture *picture)
{
    struct ml_source *source = &picture->source;
    const struct ml_source_header *header = &source->header;
    const struct ml_chain *chain = picture->transform->chain;
    const struct ml_output_format target = picture_target(picture);
    struct ml_arena *arena = &picture->worker_context->arena;
    if (header->luma &&
        ml_chain_supports_luma_only(chain, &picture->input, arena))
        source->codec->luma(source);
    else if (header->planes &&
             ml_chain_supports_ycc(chain, &picture->input, &target,
                                   header->plane_sub_x, header->plane_sub_y,
                                   arena))
        source->codec->planes(source);
    picture->input.shape = header->shape;
}

/* May the picture use more than one thread? */
static bool picture_may_use_threads(const struct ml_picture *picture)
{
    return picture->transform->threads_per_picture > 1 &&
           !picture->result->single_threaded;
}

/* Prepare the whole chain, unless it is in the cache.  The cache holds chains
 * prepared for the full number of threads only. */
static enum ml_status picture_prepare_chain(struct ml_picture *picture)
{
    struct ml_worker_context *worker_context = picture->worker_context;
    const bool single_threaded = picture->result->single_threaded;
    struct ml_prepared_chain *prepared = ml_prepared_chain_get(
        worker_context, &picture->input, picture->codec_out);
    const struct ml_output_format target = picture_target(picture);
    picture->exec = &prepared->exec;
    picture->tables_bytes = ml_arena_mark(&prepared->tables);
    if (prepared->codec_out && !single_threaded)
        return ML_OK;
    prepared->codec_out = NULL;
    ml_arena_reset(&prepared->tables, 0);
    enum ml_status status = ml_chain_exec_prepare(
        &prepared->exec, picture->transform->chain, &picture->input, &target,
        &prepared->tables, picture->err);
    if (status == ML_OK && picture_may_use_threads(picture) &&
        ml_strip_threads_worthwhile(&prepared->exec))
        status = ml_chain_exec_set_threads(
            &prepared->exec, ml_worker_context_threads(worker_context),
            picture->err);
    if (status != ML_OK)
        return status;
    prepared->exec.arena = &worker_context->arena;
    prepared->input = picture->input;
    picture->tables_bytes = ml_arena_mark(&prepared->tables);
    if (!single_threaded && !picture_has_analysis(&prepared->exec))
        prepared->codec_out = picture->codec_out;
    return ML_OK;
}

/* Prepare a chain that passes rows unchanged. */
static enum ml_status picture_prepare_identity(struct ml_picture *picture)
{
    struct ml_worker_context *worker_context = picture->worker_context;
    const struct ml_output_format target = {0};
    picture->exec = &worker_context->identity_chain;
    return ml_chain_exec_prepare(&worker_context->identity_chain,
                                 &picture_no_filters, &picture->input, &target,
                                 &worker_context->arena, picture->err);
}

static void picture_set_sink(struct ml_picture *picture)
{
    struct ml_sink *sink = &picture->sink;
    const struct ml_chain_exec *exec = picture->exec;
    *sink = (struct ml_sink){
        .codec = picture->codec_out,
        .shape = exec->out,
        .options = picture->transform->sink,
        .metadata = picture->metadata,
        .output = picture->out,
        .arena = &picture->worker_context->arena,
    };
    sink->metadata.orientation = exec->orientation;
    if (picture_may_use_threads(picture))
        sink->options.threads = picture->transform->threads_per_picture;
    if (sink->metadata.icc.size > 0 &&
        !ml_icc_fits(sink->metadata.icc, exec->out.layout)) {
        sink->metadata.icc = (struct ml_bytes){0};
        picture->result->dropped |= ML_DROPPED_PROFILE;
    }
    sink->codec->sink_prepare(sink);
}

/* Request all memory that this picture needs, in this stage and in all later
 * ones: so a job with a grant never waits for memory again. */
static enum ml_status picture_request_memory(struct ml_picture *picture)
{
    const struct ml_admission *admission = &picture->worker_context->admission;
    const struct ml_chain_exec *exec = picture->exec;
    size_t in_bytes = 0, out_bytes = 0;
    if (picture->transform->separate_steps &&
        (!ml_frame_bytes(&exec->in, &picture->metadata, &in_bytes) ||
         !ml_frame_bytes(&exec->out, &picture->metadata, &out_bytes)))
        in_bytes = SIZE_MAX / 4;
    const size_t queue_bytes =
        picture->has_strip_threads ? ml_strip_threads_bytes(exec) : 0;
    const uint64_t need = queue_bytes + picture->source.header.held_bytes +
                          picture->sink.held_bytes + exec->row_bytes +
                          ml_arena_mark(&picture->worker_context->arena) +
                          picture->tables_bytes + in_bytes + out_bytes;
    picture->result->need_bytes = need;
    if (picture->is_repeat ||
        (need <= admission->share_bytes && !picture->transform->separate_steps))
        return ML_OK;
    const enum ml_status status =
        admission->request_memory(admission->context, need, picture->err);
    if (status != ML_OK)
        picture->err->step = ML_STEP_DECODE;
    return status;
}

/* Prepare the chain and the sink, and decide on strip threads. */
static enum ml_status picture_prepare_exec(struct ml_picture *picture)
{
    enum ml_status status = picture_prepare_chain(picture);
    if (status != ML_OK)
        return status;
    const struct ml_chain_exec *exec = picture->exec;
    status = ml_limits_check(&picture->transform->source.limits,
                             exec->out.width, exec->out.height, picture->err);
    if (status != ML_OK) {
        picture->err->step = ML_STEP_FILTER;
        return status;
    }
    picture->result->shape_out = exec->out;
    (void)snprintf(picture->result->format_out,
                   sizeof picture->result->format_out, "%s",
                   picture->codec_out->name);
    picture_set_sink(picture);
    picture->has_strip_threads = picture_may_use_threads(picture) &&
                                 picture->last == ML_STEP_ENCODE &&
                                 ml_strip_threads_worthwhile(exec);
    return ML_OK;
}

static enum ml_status picture_prepare_all(struct ml_picture *picture)
{
    picture_choose_layout(picture);
    enum ml_status status = picture_prepare_exec(picture);
    if (status != ML_OK || picture->transform->headers_only)
        return status;
    status = picture_request_memory(picture);
    /* Threads need taller strips and strip queues: if these exceed the whole
     * memory budget, use one thread. */
    if (status == ML_ERR_LIMIT && picture_may_use_threads(picture)) {
        picture->result->single_threaded = true;
        memset(picture->err, 0, sizeof *picture->err);
        status = picture_prepare_exec(picture);
        if (status == ML_OK)
            status = picture_request_memory(picture);
    }
    if (status != ML_OK || picture->last != ML_STEP_DECODE)
        return status;
    return picture_prepare_identity(picture);
}

enum ml_status ml_picture_prepare(struct ml_picture *picture)
{
    picture->codec_out =
        picture->transform->to ? picture->transform->to : picture->codec_in;
    if (picture->first == ML_STEP_DECODE)
        return picture_prepare_all(picture);
    const enum ml_status status = picture->first == ML_STEP_FILTER
                                      ? picture_prepare_chain(picture)
                                      : picture_prepare_identity(picture);
    if (status == ML_OK && picture->last == ML_STEP_ENCODE)
        picture_set_sink(picture);
    return status;
}
