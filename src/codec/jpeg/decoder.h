/* decoder.h: a JPEG being read; shared by decoder.c (opening,
 * starting), header.c (what the header tells) and read_rows.c (rows), for
 * them only.
 */
#ifndef ML_CODEC_JPEG_DECODER_H
#define ML_CODEC_JPEG_DECODER_H

#include "codec/jpeg/error_trap.h"

/* How far the file has been understood, for the texts of errors. */
enum ml_jpeg_phase {
    ML_JPEG_HEADER,
    ML_JPEG_SCANS, /* a picture in several scans is read before its first row */
    ML_JPEG_ROWS,
    ML_JPEG_TAIL
};

struct ml_jpeg_source {
    struct jpeg_decompress_struct cinfo;
    struct ml_jpeg_guard guard;
    struct jpeg_progress_mgr progress;
    uint32_t scan_limit;
    size_t size_bytes;  /* of the input that libjpeg is given */
    size_t sound_bytes; /* of it, before damage in a scan or between scans */
    enum ml_jpeg_phase phase;
    bool planar;       /* planes() was called */
    bool luma;         /* luma() was called */
    bool adobe;        /* four colours: 255 means no ink */
    bool given_up;     /* the rest is gray, --fail-on none */
    uint8_t *row;      /* four colours: one row of them */
    uint8_t *strip[3]; /* planes: an iMCU row, where dst has no room */
    size_t strip_stride[3];
};

/* Texts of errors: what happened, and the whole error after a jump. */
const char *ml_jpeg_source_what(enum ml_status status);
enum ml_status ml_jpeg_source_fail(const struct ml_jpeg_source *s,
                                   struct ml_error *err);
/* Copy what the guard has counted. */
void ml_jpeg_note_warnings(struct ml_source *source);
/* Damage that libjpeg cannot pass, in a picture of which all that can be read
 * is wanted? */
bool ml_jpeg_stop_requested(const struct ml_jpeg_source *s,
                            enum ml_status status);

/* Does the source give planes? */
static inline bool ml_jpeg_is_planar(const struct ml_source *source)
{
    return source->header.shape.layout == ML_YCC;
}

/* header.c.  Fill source->header from a header just read; may jump. */
enum ml_status ml_jpeg_facts(struct ml_source *source, struct ml_error *err);
/* facts.shape and facts.planes for the scale and the planes asked for; may
 * jump. */
void ml_jpeg_describe(struct ml_source *source);
/* What libjpeg is to convert to: gray, RGB, or four colours. */
J_COLOR_SPACE ml_jpeg_output_colour(const struct ml_jpeg_source *s);

#endif
