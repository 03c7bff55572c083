/* corpus.h: the third-party test pictures, if they are installed.
 *
 * The folder is MINILAB_CORPUS, or ../shared/corpus beside the sources.  It is
 * not part of the project: tests that need it are skipped without it.
 */
#ifndef ML_TESTS_SUPPORT_CORPUS_H
#define ML_TESTS_SUPPORT_CORPUS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "image/metadata.h"

enum test_expectation {
    TEST_DECODES, /* at this size */
    TEST_REFUSED,
    TEST_EITHER,   /* any outcome but a crash */
    TEST_REFERENCE /* data to compare with */
};

struct test_corpus {
    char folder[4096];
    FILE *manifest;
    char line[4096];
    /* The current row: */
    const char *path; /* below the folder */
    enum test_expectation expectation;
    uint32_t width, height;
    const char *note;
};

/* Skips the running test if the corpus is not installed. */
void test_corpus_open(struct test_corpus *corpus);
void test_corpus_close(struct test_corpus *corpus);
/* The next row of the manifest; false at its end. */
bool test_corpus_next(struct test_corpus *corpus);

/* A whole file below the folder, malloc'd to its exact size (data is not
 * NULL for an empty one); {NULL, 0} when it does not exist. */
struct ml_bytes test_corpus_read(const struct test_corpus *corpus,
                                 const char *path);
void test_corpus_free(struct ml_bytes bytes);

#endif
