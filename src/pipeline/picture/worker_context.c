/* worker_context.c: see worker_context.h. */
#include "pipeline/picture/worker_context.h"

#include <assert.h>

#include "base/size_math.h"
#include "os/parallel_for.h"
#include "pipeline/plan/plan.h"

#define CONTEXT_ARENA_MIN ((size_t)256 << 20)
#define CONTEXT_ARENA_MAX ((size_t)1 << 40)
#define CONTEXT_ARENA_KEEP ((size_t)24 << 20) /* between pictures */
/* Address space for the tables of one chain, and the bytes of it kept between
 * pictures: enough for ordinary pictures, not for the largest. */
#define CONTEXT_TABLES_MAX ((size_t)4 << 30)
#define CONTEXT_TABLES_KEEP ((size_t)2 << 20)

static_assert(ML_WIDTH_MAX <= ML_PARALLEL_THREADS_MAX,
              "ml_parallel_for() can run any --inner");

/* Address space of an arena: three of the largest frames at 8 bytes a pixel,
 * within CONTEXT_ARENA_MIN and CONTEXT_ARENA_MAX. */
static size_t context_arena_bytes(const struct ml_limits *limits)
{
    size_t bytes;
    if (!ml_size_mul((size_t)limits->pixels, 3 * 8, &bytes) ||
        bytes > CONTEXT_ARENA_MAX)
        return CONTEXT_ARENA_MAX;
    return bytes > CONTEXT_ARENA_MIN ? bytes : CONTEXT_ARENA_MIN;
}

enum ml_status ml_worker_context_open(struct ml_worker_context *worker_context,
                                      struct ml_error *err)
{
    const size_t bytes =
        context_arena_bytes(&worker_context->transform->source.limits);
    const size_t tables =
        bytes < CONTEXT_TABLES_MAX ? bytes : CONTEXT_TABLES_MAX;
    size_t opened = 0;
    worker_context->pictures = 0;
    worker_context->threads = 0;
    enum ml_status status = ml_arena_open(&worker_context->arena, bytes, err);
    if (status != ML_OK)
        return status;
    for (; status == ML_OK && opened < ML_PREPARED_CHAINS; opened++) {
        /* Empty.  prepared->exec, some pages, is not touched before its first
         * use. */
        struct ml_prepared_chain *prepared =
            &worker_context->prepared_chains[opened];
        prepared->codec_out = NULL;
        prepared->used_at = 0;
        status = ml_arena_open_small(&prepared->tables, tables, err);
    }
    if (status == ML_OK)
        return ML_OK;
    while (--opened > 0)
        ml_arena_close(&worker_context->prepared_chains[opened - 1].tables);
    ml_arena_close(&worker_context->arena);
    return status;
}

void ml_worker_context_close(struct ml_worker_context *worker_context)
{
    for (size_t i = 0; i < ML_PREPARED_CHAINS; i++)
        ml_arena_close(&worker_context->prepared_chains[i].tables);
    ml_arena_close(&worker_context->arena);
}

static bool context_same_input(const struct ml_picture_input *a,
                               const struct ml_picture_input *b)
{
    return ml_shape_same(&a->shape, &b->shape) &&
           a->full_width == b->full_width && a->full_height == b->full_height &&
           a->orientation == b->orientation;
}

struct ml_prepared_chain *
ml_prepared_chain_get(struct ml_worker_context *worker_context,
                      const struct ml_picture_input *input,
                      const struct ml_codec *codec_out)
{
    struct ml_prepared_chain *oldest = &worker_context->prepared_chains[0];
    for (size_t i = 0; i < ML_PREPARED_CHAINS; i++) {
        struct ml_prepared_chain *prepared =
            &worker_context->prepared_chains[i];
        if (prepared->codec_out == codec_out &&
            context_same_input(&prepared->input, input)) {
            prepared->used_at = ++worker_context->pictures;
            return prepared;
        }
        if (prepared->used_at < oldest->used_at)
            oldest = prepared;
    }
    oldest->used_at = ++worker_context->pictures;
    oldest->codec_out = NULL;
    ml_arena_reset(&oldest->tables, 0);
    return oldest;
}

unsigned ml_worker_context_threads(struct ml_worker_context *worker_context)
{
    if (worker_context->threads == 0)
        worker_context->threads = ml_parallel_max_threads(
            worker_context->transform->threads_per_picture);
    return worker_context->threads;
}

void ml_worker_context_reset(struct ml_worker_context *worker_context)
{
    ml_arena_reset(&worker_context->arena, 0);
    ml_arena_trim(&worker_context->arena, CONTEXT_ARENA_KEEP);
    for (size_t i = 0; i < ML_PREPARED_CHAINS; i++) {
        struct ml_prepared_chain *prepared =
            &worker_context->prepared_chains[i];
        if (ml_arena_mark(&prepared->tables) > CONTEXT_TABLES_KEEP) {
            prepared->codec_out = NULL;
            ml_arena_reset(&prepared->tables, 0);
        }
        ml_arena_trim(&prepared->tables, CONTEXT_TABLES_KEEP);
    }
}
