/* pictures.h: fake formats for tests below the codecs: format 1 begins
 * with "ONE" and ends in .jpg or .jpeg, format 2 with "TWO", .png. */
#ifndef TESTS_SUPPORT_PICTURES_H
#define TESTS_SUPPORT_PICTURES_H

#include "files/input/walk.h"

struct ml_classifier test_classifier(void);

#endif
