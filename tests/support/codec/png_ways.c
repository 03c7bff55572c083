/* png_ways.c: see png_ways.h. */
#include "support/codec/png_ways.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "codec/png/decoder.h"
#include "codec/registry.h"

struct ways_end {
    enum ml_status status;
    struct ml_error err;
    struct ml_shape shape;
    char coding[48];
    unsigned dropped, warnings;
    uint64_t held_bytes;
    char warning[96];
    bool whole, read; /* read: it is a PNG, and rows were given */
};

enum ml_status png_ways_open(struct png_ways *ways, size_t arena_bytes,
                             struct ml_error *err)
{
    *ways = (struct png_ways){.limits = ml_limits_default};
    ways->limits.pixels = 100000;
    return ml_arena_open(&ways->arena, arena_bytes, err);
}

void png_ways_close(struct png_ways *ways)
{
    free(ways->rows[0]);
    free(ways->rows[1]);
    ml_arena_close(&ways->arena);
}

/* Exactly as large as needed, so that a sanitizer sees what goes beyond. */
static bool ways_place(struct png_ways *ways, int way,
                       const struct ml_shape *shape, struct ml_dst *dst)
{
    const size_t row = ml_row_bytes(shape, 0), bytes = row * shape->height;
    if (ways->rows_bytes[way] != bytes) {
        free(ways->rows[way]);
        ways->rows[way] = malloc(bytes);
        ways->rows_bytes[way] = bytes;
    }
    *dst = (struct ml_dst){.data = {ways->rows[way]},
                           .stride_bytes = {row},
                           .y_end = shape->height};
    if (ways->rows[way]) /* what is not written must not look the same */
        memset(ways->rows[way], way ? 0x55 : 0xaa, bytes);
    return ways->rows[way] != NULL;
}

static enum ml_status ways_rows(struct png_ways *ways, int way,
                                struct ml_source *source, uint64_t seed,
                                struct ml_error *err)
{
    struct ml_random random = {seed};
    const struct ml_shape *shape = &source->header.shape;
    struct ml_dst all;
    if (!ways_place(ways, way, shape, &all))
        return ML_ERR_MEMORY;
    while (source->next_y < shape->height) {
        const uint32_t left = shape->height - source->next_y;
        const uint32_t want = 1 + ml_random_below(&random, 12);
        const struct ml_dst part =
            ml_dst_part(&all, shape, source->next_y,
                        source->next_y + (want < left ? want : left));
        const enum ml_status status = ml_source_read(source, &part, err);
        if (status != ML_OK)
            return status;
    }
    return ml_source_end(source, err);
}

static void ways_read(struct png_ways *ways, int way, struct ml_bytes file,
                      enum ml_fail_on fail_on, uint64_t seed,
                      struct ways_end *end)
{
    const struct ml_source_options options = {fail_on, ways->limits};
    struct ml_source source;
    *end = (struct ways_end){0};
    ml_arena_reset(&ways->arena, 0);
    end->status =
        ml_source_open(&source, file, &options, &ways->arena, &end->err);
    if (end->status == ML_OK && source.codec == &ml_codec_png) {
        if (way == 1)
            ml_png_stream(&source);
        end->status = ml_source_start(&source, &end->err);
        end->whole = end->status == ML_OK && ml_png_is_whole(&source);
    }
    if (end->status == ML_OK && source.codec == &ml_codec_png)
        end->status = ways_rows(ways, way, &source, seed, &end->err);
    end->read = source.codec == &ml_codec_png;
    end->shape = source.header.shape;
    memcpy(end->coding, source.header.coding, sizeof end->coding);
    end->dropped = source.header.metadata.dropped;
    end->warnings = source.warnings;
    end->held_bytes = source.header.held_bytes;
    memcpy(end->warning, source.warning, sizeof end->warning);
    ml_source_close(&source);
}

static bool ways_same_facts(const struct ways_end *a, const struct ways_end *b)
{
    return a->shape.width == b->shape.width &&
           a->shape.height == b->shape.height &&
           a->shape.layout == b->shape.layout &&
           a->shape.bits == b->shape.bits &&
           strcmp(a->coding, b->coding) == 0 && a->dropped == b->dropped;
}

static bool ways_differ(struct png_ways *ways, const char *what, const char *a,
                        const char *b)
{
    (void)snprintf(ways->why, sizeof ways->why, "%s: \"%.90s\" / \"%.90s\"",
                   what, a, b);
    return false;
}

bool png_ways_agree(struct png_ways *ways, struct ml_bytes file,
                    enum ml_fail_on fail_on, uint64_t seed)
{
    struct ways_end fast, slow;
    ways_read(ways, 0, file, fail_on, seed, &fast);
    ways_read(ways, 1, file, fail_on, seed + 1, &slow);
    ways->whole = fast.whole;
    ways->held_bytes = fast.held_bytes;
    ways->end = slow.status;
    if (fast.status != slow.status || strcmp(fast.err.why, slow.err.why) != 0)
        return ways_differ(ways, "outcome", fast.err.why, slow.err.why);
    if (fast.warnings != slow.warnings ||
        strcmp(fast.warning, slow.warning) != 0)
        return ways_differ(ways, "warning", fast.warning, slow.warning);
    if (!ways_same_facts(&fast, &slow))
        return ways_differ(ways, "header", fast.coding, slow.coding);
    if (fast.status == ML_OK && fast.read &&
        (ways->rows_bytes[0] != ways->rows_bytes[1] ||
         memcmp(ways->rows[0], ways->rows[1], ways->rows_bytes[0]) != 0))
        return ways_differ(ways, "rows", fast.coding, "");
    return true;
}
