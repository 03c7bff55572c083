/* png.h: PNG, read and written by libpng and libdeflate.  README.md says which
 * file does what. */
#ifndef ML_CODEC_PNG_PNG_H
#define ML_CODEC_PNG_PNG_H

#include "codec/codec.h"

extern const struct ml_codec ml_codec_png;

#endif
