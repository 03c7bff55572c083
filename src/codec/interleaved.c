/* interleaved.c: see interleaved.h. */
#include "codec/interleaved.h"

#include <inttypes.h>
#include <string.h>

struct ml_shape ml_interleaved_storable(const struct ml_shape *shape)
{
    struct ml_shape stored = *shape;
    if (shape->layout == ML_CMYK || shape->layout == ML_YCC) {
        stored.layout = ML_RGB;
        stored.bits = 8;
    }
    stored.sub_x = stored.sub_y = 1;
    return stored;
}

void ml_interleaved_blank(const struct ml_shape *shape,
                          const struct ml_dst *dst, uint32_t y, size_t first)
{
    /* 0x80 in every byte is mid gray at 8 bits and, as 0x8080, at 16. */
    const int value = ml_has_alpha(shape->layout) ? 0 : 0x80;
    const size_t bytes = ml_row_bytes(shape, 0);
    for (size_t skip = first * (shape->bits / 8U); y < dst->y_end;
         y++, skip = 0)
        memset(ml_dst_row(dst, y) + skip, value, bytes - skip);
}

static size_t interleaved_limit(const struct ml_sink *sink)
{
    return sink->options.limit_bytes < sink->output->capacity
               ? (size_t)sink->options.limit_bytes
               : sink->output->capacity;
}

size_t ml_interleaved_room(const struct ml_sink *sink)
{
    const size_t limit = interleaved_limit(sink);
    return limit > sink->output->used ? limit - sink->output->used : 0;
}

bool ml_interleaved_append(struct ml_sink *sink, const void *data, size_t size)
{
    if (size > ml_interleaved_room(sink))
        return false;
    memcpy(sink->output->data + sink->output->used, data, size);
    sink->output->used += size;
    return true;
}

enum ml_status ml_interleaved_fail_room(const struct ml_sink *sink,
                                        struct ml_error *err)
{
    return ml_fail(err, ML_ERR_LIMIT, "the output is too large",
                   "raise --limit-output to write it",
                   "more than %zu bytes, %" PRIu32 " of %" PRIu32
                   " rows written",
                   interleaved_limit(sink), sink->next_y, sink->shape.height);
}
