/* prepare.c: what will become of a picture whose header is known: in which
 * layout, through which stages, with how much memory.  See picture_state.h.
 */
#include "pipeline/picture/picture_state.h"

#include <stdio.h>
#include <string.h>

static const struct ml_chain picture_no_filters = {0};

/* A plan that a survey completes is good for one picture only. */
static bool picture_surveys(const struct ml_chain_exec *exec)
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

/* Between two JPEG files nothing need be upsampled or change its colours when
 * every filter can work on planes; and of a picture that becomes gray only the
 * luma need be decoded. */
static void picture_choose_layout(struct ml_picture *picture)
{
    struct ml_source *source = &picture->source;
    const struct ml_source_header *facts = &source->header;
    const struct ml_chain *chain = picture->transform->chain;
    const struct ml_output_format target = picture_target(picture);
    struct ml_arena *arena = &picture->worker_context->arena;
    if (facts->luma &&
        ml_chain_supports_luma_only(chain, &picture->facts, arena))
        source->codec->luma(source);
    else if (facts->planes && ml_chain_supports_ycc(chain, &picture->facts,
                                                    &target, facts->plane_sub_x,
                                                    facts->plane_sub_y, arena))
        source->codec->planes(source);
    picture->facts.shape = facts->shape;
}

/* May it have more than one thread? */
static bool picture_may_share(const struct ml_picture *picture)
{
    return picture->transform->threads_per_picture > 1 &&
           !picture->result->single_threaded;
}

/* Prepare the whole chain, unless an earlier picture like this one had.  What
 * is kept is for pictures that have as many threads as they may. */
static enum ml_status picture_prepare_chain(struct ml_picture *picture)
{
    struct ml_worker_context *worker_context = picture->worker_context;
    const bool alone = picture->result->single_threaded;
    struct ml_prepared_chain *prepared = ml_prepared_chain_get(
        worker_context, &picture->facts, picture->codec_out);
    const struct ml_output_format target = picture_target(picture);
    picture->exec = &prepared->exec;
    picture->tables_bytes = ml_arena_mark(&prepared->tables);
    if (prepared->codec_out && !alone)
        return ML_OK;
    prepared->codec_out = NULL;
    ml_arena_reset(&prepared->tables, 0);
    enum ml_status status = ml_chain_exec_prepare(
        &prepared->exec, picture->transform->chain, &picture->facts, &target,
        &prepared->tables, picture->err);
    if (status == ML_OK && picture_may_share(picture) &&
        ml_strip_threads_worthwhile(&prepared->exec))
        status = ml_chain_exec_set_threads(
            &prepared->exec, ml_worker_context_threads(worker_context),
            picture->err);
    if (status != ML_OK)
        return status;
    prepared->exec.arena = &worker_context->arena;
    prepared->facts = picture->facts;
    picture->tables_bytes = ml_arena_mark(&prepared->tables);
    if (!alone && !picture_surveys(&prepared->exec))
        prepared->codec_out = picture->codec_out;
    return ML_OK;
}

/* Prepare to pass rows as they are. */
static enum ml_status picture_prepare_identity(struct ml_picture *picture)
{
    struct ml_worker_context *worker_context = picture->worker_context;
    const struct ml_output_format target = {0};
    picture->exec = &worker_context->identity_chain;
    return ml_chain_exec_prepare(&worker_context->identity_chain,
                                 &picture_no_filters, &picture->facts, &target,
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
    if (picture_may_share(picture))
        sink->options.threads = picture->transform->threads_per_picture;
    if (sink->metadata.icc.size > 0 &&
        !ml_icc_fits(sink->metadata.icc, exec->out.layout)) {
        sink->metadata.icc = (struct ml_bytes){0};
        picture->result->dropped |= ML_DROPPED_PROFILE;
    }
    sink->codec->sink_prepare(sink);
}

/* Ask leave for all that this picture will need, over all stages that are to
 * come: so a job that was admitted never waits for memory again. */
static enum ml_status picture_request_memory(struct ml_picture *picture)
{
    const struct ml_admission *admission = &picture->worker_context->admission;
    const struct ml_chain_exec *exec = picture->exec;
    size_t in_bytes = 0, out_bytes = 0;
    if (picture->transform->separate_steps &&
        (!ml_frame_bytes(&exec->in, &picture->metadata, &in_bytes) ||
         !ml_frame_bytes(&exec->out, &picture->metadata, &out_bytes)))
        in_bytes = SIZE_MAX / 4;
    const size_t lanes =
        picture->has_strip_threads ? ml_strip_threads_bytes(exec) : 0;
    const uint64_t need = lanes + picture->source.header.held_bytes +
                          picture->sink.held_bytes + exec->row_bytes +
                          ml_arena_mark(&picture->worker_context->arena) +
                          picture->tables_bytes + in_bytes + out_bytes;
    picture->result->need_bytes = need;
    if (picture->again ||
        (need <= admission->share_bytes && !picture->transform->separate_steps))
        return ML_OK;
    const enum ml_status status =
        admission->request_memory(admission->context, need, picture->err);
    if (status != ML_OK)
        picture->err->step = ML_STEP_DECODE;
    return status;
}

/* The chain, the sink, and whether the ends have threads. */
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
    picture->has_strip_threads = picture_may_share(picture) &&
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
    /* Threads take deeper strips and strips between them: where these can never
     * fit, one thread does it. */
    if (status == ML_ERR_LIMIT && picture_may_share(picture)) {
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
