/* worker_context.c: see worker_context.h. */
#include "pipeline/picture/worker_context.h"

#include <assert.h>

#include "base/size_math.h"
#include "os/parallel_for.h"
#include "pipeline/plan/plan.h"

#define TOOLS_ARENA_MIN ((size_t)256 << 20)
#define TOOLS_ARENA_MAX ((size_t)1 << 40)
#define TOOLS_ARENA_KEEP ((size_t)24 << 20) /* between pictures */
/* Addresses of the tables of one chain, and what is kept of them: the tables of
 * ordinary pictures, not those of the largest. */
#define TOOLS_TABLES_MAX ((size_t)4 << 30)
#define TOOLS_TABLES_KEEP ((size_t)2 << 20)

static_assert(ML_WIDTH_MAX <= ML_TEAM_MAX, "any --inner is a team");

/* Address space of an arena: the largest frames three times over, within
 * reason. */
static size_t tools_arena_bytes(const struct ml_limits *limits)
{
    size_t bytes;
    if (!ml_size_mul((size_t)limits->pixels, 3 * 8, &bytes) ||
        bytes > TOOLS_ARENA_MAX)
        return TOOLS_ARENA_MAX;
    return bytes > TOOLS_ARENA_MIN ? bytes : TOOLS_ARENA_MIN;
}

enum ml_status ml_tools_open(struct ml_tools *tools, struct ml_error *err)
{
    const size_t bytes = tools_arena_bytes(&tools->transform->source.limits);
    const size_t tables = bytes < TOOLS_TABLES_MAX ? bytes : TOOLS_TABLES_MAX;
    size_t opened = 0;
    tools->pictures = 0;
    tools->team = 0;
    enum ml_status status = ml_arena_open(&tools->arena, bytes, err);
    if (status != ML_OK)
        return status;
    for (; status == ML_OK && opened < ML_KITS; opened++) {
        /* Empty; its work, some pages, is left alone until it is used. */
        struct ml_kit *kit = &tools->kits[opened];
        kit->codec_out = NULL;
        kit->used_at = 0;
        status = ml_arena_open_small(&kit->tables, tables, err);
    }
    if (status == ML_OK)
        return ML_OK;
    while (--opened > 0)
        ml_arena_close(&tools->kits[opened - 1].tables);
    ml_arena_close(&tools->arena);
    return status;
}

void ml_tools_close(struct ml_tools *tools)
{
    for (size_t i = 0; i < ML_KITS; i++)
        ml_arena_close(&tools->kits[i].tables);
    ml_arena_close(&tools->arena);
}

static bool tools_same_facts(const struct ml_work_facts *a,
                             const struct ml_work_facts *b)
{
    return ml_shape_same(&a->shape, &b->shape) &&
           a->full_width == b->full_width && a->full_height == b->full_height &&
           a->orientation == b->orientation;
}

struct ml_kit *ml_tools_kit(struct ml_tools *tools,
                            const struct ml_work_facts *facts,
                            const struct ml_codec *codec_out)
{
    struct ml_kit *oldest = &tools->kits[0];
    for (size_t i = 0; i < ML_KITS; i++) {
        struct ml_kit *kit = &tools->kits[i];
        if (kit->codec_out == codec_out &&
            tools_same_facts(&kit->facts, facts)) {
            kit->used_at = ++tools->pictures;
            return kit;
        }
        if (kit->used_at < oldest->used_at)
            oldest = kit;
    }
    oldest->used_at = ++tools->pictures;
    oldest->codec_out = NULL;
    ml_arena_reset(&oldest->tables, 0);
    return oldest;
}

unsigned ml_tools_team(struct ml_tools *tools)
{
    if (tools->team == 0)
        tools->team =
            ml_parallel_max_threads(tools->transform->threads_per_picture);
    return tools->team;
}

void ml_tools_tidy(struct ml_tools *tools)
{
    ml_arena_reset(&tools->arena, 0);
    ml_arena_trim(&tools->arena, TOOLS_ARENA_KEEP);
    for (size_t i = 0; i < ML_KITS; i++) {
        struct ml_kit *kit = &tools->kits[i];
        if (ml_arena_mark(&kit->tables) > TOOLS_TABLES_KEEP) {
            kit->codec_out = NULL;
            ml_arena_reset(&kit->tables, 0);
        }
        ml_arena_trim(&kit->tables, TOOLS_TABLES_KEEP);
    }
}
