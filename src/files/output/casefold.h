/* casefold.h: names that a case-folding file system takes for one. */
#ifndef ML_FILES_OUTPUT_CASEFOLD_H
#define ML_FILES_OUTPUT_CASEFOLD_H

/* Fold capital letters to small ones, in place, the length unchanged: ASCII,
 * and in valid UTF-8 Latin-1, Latin Extended-A, Greek and Cyrillic (the plain
 * one to one pairs of Unicode's CaseFolding.txt below U+0460).  Other bytes
 * stay as they are, so rarer scripts are compared exactly.  Pure. */
void ml_casefold(char *name);

#endif
