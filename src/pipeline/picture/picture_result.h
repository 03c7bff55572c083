/* picture_result.h: what one picture's work reports: formats, shapes, times. */
#ifndef ML_PIPELINE_PICTURE_PICTURE_RESULT_H
#define ML_PIPELINE_PICTURE_PICTURE_RESULT_H

#include "chain/chain_exec.h"
#include "codec/codec.h"

/* What is reported of a picture; holds no pointers, since it crosses
 * processes. */
struct ml_picture_result {
    char format_in[8], format_out[8]; /* codec names */
    char coding[48];
    struct ml_shape shape_in; /* as stored */
    struct ml_shape shape_out;
    uint8_t orientation; /* EXIF of the input */
    bool icc, exif;      /* the input has them */
    uint32_t dropped;    /* enum ml_dropped */
    uint32_t warnings;
    char warning[96]; /* the first */
    struct ml_step_times times;
    uint64_t need_bytes;  /* the size of the memory request */
    bool single_threaded; /* more threads would exceed the memory budget */
};

#endif
