/* decoder.h: the opening, the choices before the start and the start of a JPEG
 * source: functions of the codec table, contracts in codec.h.
 */
#ifndef ML_CODEC_JPEG_DECODER_H
#define ML_CODEC_JPEG_DECODER_H

#include "codec/codec.h"

enum ml_status ml_jpeg_open(struct ml_source *source, struct ml_error *err);
void ml_jpeg_shrink(struct ml_source *source, uint32_t least_width,
                    uint32_t least_height);
void ml_jpeg_planes(struct ml_source *source);
void ml_jpeg_luma(struct ml_source *source);
enum ml_status ml_jpeg_start(struct ml_source *source, struct ml_error *err);
void ml_jpeg_close(struct ml_source *source);

#endif
