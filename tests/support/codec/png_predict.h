/* png_predict.h: what the filters of PNG subtract from a byte, as section 9 of
 * the specification ("Portable Network Graphics, Third Edition", W3C) defines
 * it.  Shares nothing with src/codec. */
#ifndef ML_TESTS_SUPPORT_CODEC_PNG_PREDICT_H
#define ML_TESTS_SUPPORT_CODEC_PNG_PREDICT_H

/* `filter` 0 to 4; a, b, c: the bytes to the left, above and above left, 0
 * outside the picture. */
int png_predict(int filter, int a, int b, int c);

#endif
