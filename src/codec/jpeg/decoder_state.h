/* decoder_state.h: a JPEG being read, as the parts of the decoder share it. */
#ifndef ML_CODEC_JPEG_DECODER_STATE_H
#define ML_CODEC_JPEG_DECODER_STATE_H

#include "codec/jpeg/error_trap.h"

/* How far the file has been read, for the texts of errors. */
enum ml_jpeg_phase {
    ML_JPEG_HEADER,
    ML_JPEG_SCANS, /* a picture in several scans is read before its first row */
    ML_JPEG_ROWS,
    ML_JPEG_TAIL
};

struct ml_jpeg_source {
    struct jpeg_decompress_struct cinfo;
    struct ml_jpeg_trap trap;
    struct jpeg_progress_mgr progress;
    uint32_t scan_limit;
    size_t size_bytes;  /* of the input that libjpeg reads */
    size_t sound_bytes; /* of those, before damage in a scan or between scans */
    enum ml_jpeg_phase phase;
    bool planar;       /* planes() was called */
    bool luma;         /* luma() was called */
    bool adobe;        /* has an Adobe marker: in four colours, 255 is no ink */
    uint8_t *row;      /* one row of four colours; NULL: not used */
    uint8_t *strip[3]; /* planes: an iMCU row, used where blocks exceed dst */
    size_t strip_stride[3];
};

static inline bool ml_jpeg_is_planar(const struct ml_source *source)
{
    return source->header.shape.layout == ML_YCC;
}

#endif
