/* corpus.c: see corpus.h. */
#include "support/corpus.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/skip.h"

void test_corpus_open(struct test_corpus *corpus)
{
    const char *folder = getenv("MINILAB_CORPUS");
    char path[4200];
    memset(corpus, 0, sizeof *corpus);
    (void)snprintf(corpus->folder, sizeof corpus->folder, "%s",
                   folder ? folder : ML_TEST_SOURCE_DIR "/../shared/corpus");
    (void)snprintf(path, sizeof path, "%s/manifest.tsv", corpus->folder);
    corpus->manifest = fopen(path, "re");
    if (!corpus->manifest)
        ml_test_skip("no corpus at %s (set MINILAB_CORPUS)", corpus->folder);
    assert_non_null(fgets(corpus->line, sizeof corpus->line, corpus->manifest));
}

void test_corpus_close(struct test_corpus *corpus)
{
    if (corpus->manifest)
        (void)fclose(corpus->manifest);
    corpus->manifest = NULL;
}

static void corpus_expectation(struct test_corpus *corpus, const char *text)
{
    corpus->width = corpus->height = 0;
    if (strncmp(text, "decodes ", 8) == 0) {
        char *end;
        corpus->expectation = TEST_DECODES;
        corpus->width = (uint32_t)strtoul(text + 8, &end, 10);
        corpus->height = (uint32_t)strtoul(end + 1, NULL, 10);
    } else if (strcmp(text, "must be refused") == 0) {
        corpus->expectation = TEST_REFUSED;
    } else if (strncmp(text, "may be either", 13) == 0) {
        corpus->expectation = TEST_EITHER;
    } else {
        corpus->expectation = TEST_REFERENCE;
    }
}

/* Columns: path, category, expectation, source, sha256, note. */
bool test_corpus_next(struct test_corpus *corpus)
{
    char *columns[6];
    if (!fgets(corpus->line, sizeof corpus->line, corpus->manifest))
        return false;
    char *rest = corpus->line;
    rest[strcspn(rest, "\n")] = '\0';
    for (int i = 0; i < 6; i++)
        columns[i] =
            rest ? strsep(&rest, "\t") : corpus->line + strlen(corpus->line);
    corpus->path = columns[0];
    corpus->note = columns[5];
    corpus_expectation(corpus, columns[2]);
    return true;
}

struct ml_bytes test_corpus_read(const struct test_corpus *corpus,
                                 const char *path)
{
    char name[8192];
    (void)snprintf(name, sizeof name, "%s/%s", corpus->folder, path);
    FILE *file = fopen(name, "rbe");
    if (!file)
        return (struct ml_bytes){NULL, 0};
    (void)fseek(file, 0, SEEK_END);
    const size_t size = (size_t)ftell(file);
    rewind(file);
    uint8_t *data = malloc(size ? size : 1);
    if (!data || fread(data, 1, size, file) != size)
        abort();
    (void)fclose(file);
    return (struct ml_bytes){data, size};
}

void test_corpus_free(struct ml_bytes bytes)
{
    free((void *)(uintptr_t)bytes.data);
}
