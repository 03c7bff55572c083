/* png.c: the row of the codec table for PNG. */
#include "codec/png/png.h"

#include <string.h>

#include "codec/interleaved.h"
#include "codec/png/decoder.h"
#include "codec/png/encoder.h"

/* Four of the eight bytes identify the format; the other four detect a transfer
 * as text, which libpng reports. */
static bool png_codec_sniff(const uint8_t *data, size_t size)
{
    return size >= 4 && memcmp(data, "\x89PNG", 4) == 0;
}

const struct ml_codec ml_codec_png = {
    .name = "png",
    .extensions = {"png"},
    .sniff = png_codec_sniff,
    .open = ml_png_open,
    .start = ml_png_start,
    .read = ml_png_read,
    .end = ml_png_end,
    .close = ml_png_close,
    .storable = ml_interleaved_storable,
    .sink_prepare = ml_png_sink_prepare,
    .sink_open = ml_png_sink_open,
    .sink_write = ml_png_sink_write,
    .sink_end = ml_png_sink_end,
    .sink_close = ml_png_sink_close,
};
