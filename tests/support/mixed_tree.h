/* mixed_tree.h: a folder of small pictures of every kind, under names that ask
 * for trouble. */
#ifndef ML_TESTS_SUPPORT_MIXED_TREE_H
#define ML_TESTS_SUPPORT_MIXED_TREE_H

#include "support/codec/codec_picture.h"

/* Make the folder `root`, which is not there yet, and fill it and folders in
 * it.  Returns how many pictures there are. */
size_t mixed_tree_make(const char *root);

/* A painted picture in a file; `sink` may bring options and metadata, or be
 * NULL. */
void mixed_picture(const char *path, const struct ml_codec *codec,
                   struct ml_shape shape, const struct ml_sink *sink);

#endif
