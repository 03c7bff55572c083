/* walked.c: see walked.h. */
#include "support/files/walked.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "support/pictures.h"

void walked_open(struct walked *f)
{
    memset(f, 0, sizeof *f);
    test_tree_open(&f->tree);
    ml_inputs_open(&f->inputs);
    f->options.classifier = test_classifier();
}

void walked_close(struct walked *f)
{
    ml_inputs_close(&f->inputs);
    test_tree_close(&f->tree);
}

void walked_expect_at(const struct walked *f, size_t index,
                      const char *relative)
{
    char path[ML_INPUT_PATH_MAX];
    (void)ml_input_relative(&f->inputs, ml_inputs_at(&f->inputs, index), path);
    assert_string_equal(relative, path);
}

void walked_expect(const struct walked *f, const char *const *relatives)
{
    size_t count = 0;
    for (; relatives[count]; count++) {
        assert_true(count < f->inputs.count);
        walked_expect_at(f, count, relatives[count]);
    }
    assert_int_equal(count, f->inputs.count);
}
