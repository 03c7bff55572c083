/* registry.h: the table of codecs, and the choice of one for a file.
 *
 * The first bytes of a file choose its codec when it is read, the extension of
 * its name when it is written.  To add a codec, write a folder for it, include
 * its header below and add one row to registry.c.  The table is const.
 */
#ifndef ML_CODEC_REGISTRY_H
#define ML_CODEC_REGISTRY_H

#include "codec/codec.h"
#include "codec/jpeg/jpeg.h"
#include "codec/png/png.h"
#include "codec/pnm/pnm.h"

/* All codecs, in the order in which they are tried and listed; a NULL follows
 * the last. */
const struct ml_codec *const *ml_codecs(size_t *count_out);
/* The codec of a file name's extension, in any case; or NULL. */
const struct ml_codec *ml_codec_of_name(const char *path);

/* Recognise the file by its first bytes and read its header.
 * ML_ERR_FORMAT (0 bytes, text, HTML, another known format named in the error),
 * ML_ERR_UNSUPPORTED, ML_ERR_LIMIT, ML_ERR_TRUNCATED, ML_ERR_CORRUPT. */
ML_MUST_CHECK enum ml_status
ml_source_open(struct ml_source *source, struct ml_bytes file,
               const struct ml_source_options *options, struct ml_arena *arena,
               struct ml_error *err);

#endif
