/* casefold.h: when a file system takes two names for one.
 *
 * Case: the full case folding of Unicode, so that STRASSE and straße are equal.
 * Normal form: canonical equivalence, so that a letter with its accent in one
 * code point (NFC) equals the letter followed by the accent (NFD).  Both are
 * those of utf8proc, in the version of Unicode that it knows; code points that
 * display nothing are compared all the same.  Names are bytes: those that are
 * no UTF-8 compare as they are, and what is between them folds.  Pure.
 */
#ifndef ML_FILES_OUTPUT_CASEFOLD_H
#define ML_FILES_OUTPUT_CASEFOLD_H

#include <stdbool.h>

#include "files/output/name_template.h"

/* What two names may differ in and still be equal; flags. */
#define ML_IGNORE_CASE 1U
#define ML_IGNORE_FORM 2U
#define ML_IGNORE_BOTH (ML_IGNORE_CASE | ML_IGNORE_FORM)

/* No code point folds to more than three times its bytes. */
#define ML_CASEFOLD_KEY_MAX (3 * ML_NAME_PATH_MAX)

/* The text that names equal under `ignore` have in common.  `name` is shorter
 * than ML_NAME_PATH_MAX. */
void ml_casefold_key(const char *name, unsigned ignore,
                     char key_out[ML_CASEFOLD_KEY_MAX]);

/* Are both names one under `ignore`?  0: are their bytes equal? */
bool ml_casefold_equal(const char *a, const char *b, unsigned ignore);

#endif
