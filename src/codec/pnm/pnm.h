/* pnm.h: PBM, PGM, PPM and PAM, read and written here without a library.
 * README.md says which file does what. */
#ifndef ML_CODEC_PNM_PNM_H
#define ML_CODEC_PNM_PNM_H

#include "codec/codec.h"

extern const struct ml_codec ml_codec_pnm;

#endif
