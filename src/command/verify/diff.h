/* diff.h: are two files the same, byte by byte or in their samples?
 *
 * Samples are compared as stored: metadata and orientation do not count,
 * layouts are widened to RGBA with 16 bits, CMYK is compared with CMYK only.
 * Memory: two files and some rows, from the caller's arena, released before
 * return.
 */
#ifndef ML_COMMAND_VERIFY_DIFF_H
#define ML_COMMAND_VERIFY_DIFF_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/error.h"

enum ml_diff_result {
    ML_SAME,
    ML_DIFFERENT,
    ML_MISSING,    /* only on the left, or only in the manifest */
    ML_EXTRA,      /* only on the right, or only in the folder */
    ML_UNREADABLE, /* could not be compared */
    ML_DIFF_RESULT_COUNT
};
const char *ml_diff_result_name(enum ml_diff_result result);

struct ml_finding {
    enum ml_diff_result result;
    char why[320]; /* empty for ML_SAME */
};

/* The difference up to which two pictures count as the same. */
struct ml_tolerance {
    bool pixels;      /* compare decoded samples, not bytes */
    bool limits_psnr; /* at least psnr_db over all samples */
    double psnr_db;
    bool limits_error; /* no sample differs by more than max_error */
    double max_error;  /* in levels of 8 bits; 16-bit samples count 1/257 */
};

struct ml_finding ml_diff_bytes(const char *left, const char *right);

/* Files with the same bytes are the same.  If neither file is a picture, their
 * bytes decide; else their samples are compared. */
struct ml_finding ml_diff_pixels(const char *left, const char *right,
                                 const struct ml_tolerance *tolerance,
                                 struct ml_arena *arena);

#endif
