/* read_rows.h: the rows of a JPEG source that has been started: functions of
 * the codec table, contracts in codec.h.
 */
#ifndef ML_CODEC_JPEG_READ_ROWS_H
#define ML_CODEC_JPEG_READ_ROWS_H

#include "codec/codec.h"

enum ml_status ml_jpeg_read(struct ml_source *source, const struct ml_dst *dst,
                            struct ml_error *err);
enum ml_status ml_jpeg_end(struct ml_source *source, struct ml_error *err);

#endif
