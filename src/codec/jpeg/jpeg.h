/* jpeg.h: JPEG, read and written by libjpeg-turbo.  README.md says which file
 * does what. */
#ifndef ML_CODEC_JPEG_JPEG_H
#define ML_CODEC_JPEG_JPEG_H

#include "codec/codec.h"

extern const struct ml_codec ml_codec_jpeg;

#endif
