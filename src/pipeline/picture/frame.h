/* frame.h: the picture that one stage passes to the next: pixels and metadata,
 * in a slot.
 *
 * Used by plans that separate decode, filter and encode.  A frame is one block
 * of bytes without pointers: header, ICC profile, EXIF, planes.  It may come
 * from another process, so each field of the header is checked before use.
 */
#ifndef ML_PIPELINE_PICTURE_FRAME_H
#define ML_PIPELINE_PICTURE_FRAME_H

#include "chain/chain_exec.h"
#include "codec/codec.h"

struct ml_frame_header {
    uint64_t magic;
    uint64_t icc_bytes, exif_bytes, pixel_bytes;
    struct ml_shape shape;
    uint32_t full_width, full_height;
    uint32_t codec; /* index of the input's codec in ml_codecs() */
    uint32_t dropped;
    uint16_t x_density, y_density;
    uint8_t density_given, density_unit, orientation;
};

/* A frame being written or read, row by row. */
struct ml_frame {
    struct ml_frame_header header;
    struct ml_metadata metadata; /* views into the frame's bytes */
    uint8_t *pixels;             /* writing */
    const uint8_t *pixels_in;    /* reading */
    uint32_t next_y;
};

/* Size of a frame in bytes; false when it exceeds a size_t. */
bool ml_frame_bytes(const struct ml_shape *shape,
                    const struct ml_metadata *metadata, size_t *bytes_out);

/* Lay out a frame at output->data, copy the metadata into it and set
 * output->used.  ML_ERR_LIMIT when it does not fit. */
ML_MUST_CHECK enum ml_status
ml_frame_begin(struct ml_frame *frame, const struct ml_frame_header *header,
               const struct ml_metadata *metadata, struct ml_output *output,
               struct ml_error *err);
/* The `write` of a struct ml_row_sink; its context is the frame. */
enum ml_status ml_frame_write(void *frame, const struct ml_src *src,
                              struct ml_error *err);

/* Check and open the frame in `bytes`, which are 64-byte aligned.
 * ML_ERR_INTERNAL when the header is inconsistent, ML_ERR_LIMIT when the
 * picture exceeds the limits. */
ML_MUST_CHECK enum ml_status ml_frame_open(struct ml_frame *frame,
                                           struct ml_bytes bytes,
                                           const struct ml_limits *limits,
                                           struct ml_error *err);
/* The `read` of a struct ml_row_source; its context is the frame. */
enum ml_status ml_frame_read(void *frame, const struct ml_dst *dst,
                             struct ml_error *err);

#endif
