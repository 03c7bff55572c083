/* walked.h: a temporary tree and the result of a walk through it.  Any failure
 * fails the test.  One thread. */
#ifndef TESTS_SUPPORT_FILES_WALKED_H
#define TESTS_SUPPORT_FILES_WALKED_H

#include "files/input/walk.h"
#include "support/files/tree.h"

struct walked {
    struct test_tree tree;
    struct ml_inputs inputs;
    struct ml_walk_options options; /* formats: those of pictures.h */
    struct ml_walk_stats stats;
    struct ml_error err;
};

void walked_open(struct walked *f);
void walked_close(struct walked *f);

/* Input `index` has this relative path. */
void walked_expect_at(const struct walked *f, size_t index,
                      const char *relative);
/* The relative paths of all inputs, ended by NULL. */
void walked_expect(const struct walked *f, const char *const *relatives);
#define WALKED_EXPECT(f, ...)                                                  \
    walked_expect(f, (const char *const[]){__VA_ARGS__, NULL})

#endif
