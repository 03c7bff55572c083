/* float_rows.h: rows of samples as floats, one per level, and back.
 */
#ifndef ML_FILTERS_KERNELS_FLOAT_ROWS_H
#define ML_FILTERS_KERNELS_FLOAT_ROWS_H

#include <stddef.h>

/* Samples that filters work on at once: whole pixels of 2 and 4 channels. */
#define ML_FLOAT_PIECE 256

void ml_float_row_load(float *restrict level, const void *restrict from,
                       size_t count, unsigned bits);
/* To the nearest sample, halves up.  Levels are within the range of samples. */
void ml_float_row_store(void *restrict to, const float *restrict level,
                        size_t count, unsigned bits);

#endif
