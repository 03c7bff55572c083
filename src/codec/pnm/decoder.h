/* decoder.h: a PNM source: functions of the codec table, contracts in codec.h.
 */
#ifndef ML_CODEC_PNM_DECODER_H
#define ML_CODEC_PNM_DECODER_H

#include "codec/codec.h"

enum ml_status ml_pnm_open(struct ml_source *source, struct ml_error *err);
enum ml_status ml_pnm_start(struct ml_source *source, struct ml_error *err);
enum ml_status ml_pnm_read(struct ml_source *source, const struct ml_dst *dst,
                           struct ml_error *err);
enum ml_status ml_pnm_end(struct ml_source *source, struct ml_error *err);
void ml_pnm_close(struct ml_source *source);

#endif
