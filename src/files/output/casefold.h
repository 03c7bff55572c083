/* casefold.h: when a file system treats two names as one.
 *
 * Case: the full case folding of Unicode, so that STRASSE and straße are equal.
 * Normal form: canonical equivalence, so that a letter with its accent in one
 * code point (NFC) equals the letter followed by the accent (NFD).  Both are
 * utf8proc's, in its version of Unicode; invisible code points are compared
 * too.  Names are bytes: bytes that are no UTF-8 compare as they are, and the
 * text between them folds.  Pure.
 */
#ifndef ML_FILES_OUTPUT_CASEFOLD_H
#define ML_FILES_OUTPUT_CASEFOLD_H

#include <stdbool.h>

#include "files/output/name_template.h"

/* Differences that are ignored; flags. */
#define ML_IGNORE_CASE 1U
#define ML_IGNORE_FORM 2U
#define ML_IGNORE_BOTH (ML_IGNORE_CASE | ML_IGNORE_FORM)

/* No code point folds to more than three times its bytes. */
#define ML_CASEFOLD_KEY_MAX (3 * ML_NAME_PATH_MAX)

/* The key: the same text for all names that are equal under `ignore`.  `name`
 * is shorter than ML_NAME_PATH_MAX. */
void ml_casefold_key(const char *name, unsigned ignore,
                     char key_out[ML_CASEFOLD_KEY_MAX]);

/* Are the names equal under `ignore`?  0: are their bytes equal? */
bool ml_casefold_equal(const char *a, const char *b, unsigned ignore);

#endif
