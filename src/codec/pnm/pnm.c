/* pnm.c: the row of the codec table for PNM. */
#include "codec/pnm/pnm.h"

#include "codec/interleaved.h"
#include "codec/pnm/decoder.h"
#include "codec/pnm/encoder.h"

static bool pnm_sniff(const uint8_t *data, size_t size)
{
    if (size < 3 || data[0] != 'P')
        return false;
    const bool space = data[2] == ' ' || (data[2] >= '\t' && data[2] <= '\r');
    if (data[1] == '7') /* "P7 332" is a thumbnail of xv */
        return data[2] == '\n';
    return data[1] >= '1' && data[1] <= '6' && (space || data[2] == '#');
}

const struct ml_codec ml_codec_pnm = {
    .name = "pnm",
    .extensions = {"pnm", "ppm", "pgm", "pbm", "pam"},
    .sniff = pnm_sniff,
    .open = ml_pnm_open,
    .start = ml_pnm_start,
    .read = ml_pnm_read,
    .end = ml_pnm_end,
    .close = ml_pnm_close,
    .storable = ml_interleaved_storable,
    .sink_prepare = ml_pnm_sink_prepare,
    .sink_open = ml_pnm_sink_open,
    .sink_write = ml_pnm_sink_write,
    .sink_end = ml_pnm_sink_end,
    .sink_close = ml_pnm_sink_close,
};
