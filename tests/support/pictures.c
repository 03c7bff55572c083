/* pictures.c: see pictures.h. */
#include "support/pictures.h"

#include <string.h>
#include <strings.h>

#include "files/output/name_template.h"

static int pictures_classify(void *context, const char *path,
                             const uint8_t *head, size_t head_size)
{
    (void)context;
    (void)path;
    if (head_size < 3)
        return ML_NOT_PICTURE;
    if (memcmp(head, "ONE", 3) == 0)
        return 1;
    return memcmp(head, "TWO", 3) == 0 ? 2 : ML_NOT_PICTURE;
}

static int pictures_named(void *context, const char *path)
{
    (void)context;
    const char *dot = strrchr(path, '.');
    if (!dot)
        return ML_NOT_PICTURE;
    if (strcasecmp(dot, ".jpg") == 0 || strcasecmp(dot, ".jpeg") == 0)
        return 1;
    return strcasecmp(dot, ".png") == 0 ? 2 : ML_NOT_PICTURE;
}

struct ml_classifier test_classifier(void)
{
    return (struct ml_classifier){.classify = pictures_classify,
                                  .named = pictures_named};
}
