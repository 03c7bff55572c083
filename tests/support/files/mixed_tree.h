/* mixed_tree.h: a folder of small pictures of every kind, with difficult names:
 * spaces, quotes, newlines, no UTF-8, the longest. */
#ifndef ML_TESTS_SUPPORT_FILES_MIXED_TREE_H
#define ML_TESTS_SUPPORT_FILES_MIXED_TREE_H

#include "support/codec/codec_picture.h"

/* Make the folder `root`, which must not exist, and fill it and sub-folders.
 * Returns the number of pictures. */
size_t mixed_tree_make(const char *root);

/* Write a painted picture to a file; `sink` gives options and metadata, or is
 * NULL. */
void mixed_picture(const char *path, const struct ml_codec *codec,
                   struct ml_shape shape, const struct ml_sink *sink);

#endif
