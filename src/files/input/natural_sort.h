/* natural_sort.h: the order of file names.
 *
 * By hand: strverscmp() puts 010 before 9, since it reads leading zeros as a
 * fraction.  Pure.
 */
#ifndef ML_FILES_INPUT_NATURAL_SORT_H
#define ML_FILES_INPUT_NATURAL_SORT_H

/* Natural order: runs of digits compare as numbers (img2 before img10), other
 * bytes as bytes.  If two names are equal that way (img02, img2), their bytes
 * decide.  A total order of byte strings, independent of the locale.  Returns
 * < 0, 0, > 0 as strcmp. */
int ml_natural_compare(const char *a, const char *b);

#endif
