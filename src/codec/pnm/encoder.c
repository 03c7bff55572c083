/* encoder.c: rows -> PGM (gray), PPM (RGB) or PAM (with alpha) in the caller's
 * memory, 8 bits, or 16 big-endian.  These formats store no metadata: all of it
 * is marked in metadata.dropped. */
#include "codec/pnm/encoder.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "codec/interleaved.h"

#define SINK_SWAP_SAMPLES 256 /* at a time, on the stack */

void ml_pnm_sink_prepare(struct ml_sink *sink)
{
    sink->held_bytes = 0;
}

static int sink_header(const struct ml_shape *shape, char *text, size_t size)
{
    const int largest = shape->bits == 16 ? UINT16_MAX : UINT8_MAX;
    if (!ml_has_alpha(shape->layout))
        return snprintf(text, size, "P%c\n%" PRIu32 " %" PRIu32 "\n%d\n",
                        shape->layout == ML_GRAY ? '5' : '6', shape->width,
                        shape->height, largest);
    return snprintf(
        text, size,
        "P7\nWIDTH %" PRIu32 "\nHEIGHT %" PRIu32 "\nDEPTH %" PRIu32
        "\nMAXVAL %d\nTUPLTYPE %s\nENDHDR\n",
        shape->width, shape->height, ml_channels(shape->layout), largest,
        shape->layout == ML_GRAYA ? "GRAYSCALE_ALPHA" : "RGB_ALPHA");
}

enum ml_status ml_pnm_sink_open(struct ml_sink *sink, struct ml_error *err)
{
    char text[128];
    assert(sink->shape.layout <= ML_RGBA);
    sink->state = NULL;
    sink->next_y = 0;
    if (sink->metadata.icc.data)
        sink->metadata.dropped |= ML_DROPPED_PROFILE;
    if (sink->metadata.exif.data)
        sink->metadata.dropped |= ML_DROPPED_OTHER;
    const int length = sink_header(&sink->shape, text, sizeof text);
    assert(length > 0 && (size_t)length < sizeof text);
    if (!ml_interleaved_append(sink, text, (size_t)length))
        return ml_interleaved_fail_room(sink, err);
    return ML_OK;
}

static bool sink_append_words(struct ml_sink *sink, const uint8_t *row,
                              size_t samples)
{
    uint8_t swapped[2 * SINK_SWAP_SAMPLES];
    while (samples > 0) {
        const size_t count =
            samples < SINK_SWAP_SAMPLES ? samples : SINK_SWAP_SAMPLES;
        for (size_t i = 0; i < count; i++) {
            uint16_t sample;
            memcpy(&sample, row + 2 * i, sizeof sample);
            swapped[2 * i] = (uint8_t)(sample >> 8);
            swapped[2 * i + 1] = (uint8_t)(sample & 0xff);
        }
        if (!ml_interleaved_append(sink, swapped, 2 * count))
            return false;
        row += 2 * count;
        samples -= count;
    }
    return true;
}

enum ml_status ml_pnm_sink_write(struct ml_sink *sink, const struct ml_src *src,
                                 struct ml_error *err)
{
    const struct ml_shape *shape = &sink->shape;
    const size_t bytes = ml_row_bytes(shape, 0);
    assert(src->y == sink->next_y && src->y_end <= shape->height);
    for (; sink->next_y < src->y_end; sink->next_y++) {
        const uint8_t *row = ml_src_row(src, sink->next_y);
        const bool room = shape->bits == 16
                              ? sink_append_words(sink, row, bytes / 2)
                              : ml_interleaved_append(sink, row, bytes);
        if (!room)
            return ml_interleaved_fail_room(sink, err);
    }
    return ML_OK;
}

enum ml_status ml_pnm_sink_end(struct ml_sink *sink, struct ml_error *err)
{
    (void)err;
    assert(sink->next_y == sink->shape.height);
    return ML_OK;
}

void ml_pnm_sink_close(struct ml_sink *sink)
{
    sink->state = NULL;
}
