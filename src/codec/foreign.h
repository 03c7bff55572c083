/* foreign.h: files that no codec reads, named where their format is known.
 *
 * A user who finds "it begins like a GIF" in the report knows what to convert;
 * "unknown format" would not help.
 */
#ifndef ML_CODEC_FOREIGN_H
#define ML_CODEC_FOREIGN_H

#include "base/error.h"
#include "image/metadata.h"

/* ML_ERR_FORMAT for a file that no codec recognises: empty, text, HTML, another
 * format by its name, or else its first bytes in hexadecimal. */
enum ml_status ml_foreign_fail(struct ml_bytes file, struct ml_error *err);

#endif
