/* registry.c: see registry.h. */
#include "codec/registry.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "codec/foreign.h"

/* In the order in which codecs are tried on a file and listed by --help. */
static const struct ml_codec *const registry_table[] = {
    &ml_codec_jpeg,
    &ml_codec_png,
    &ml_codec_pnm,
    NULL,
};

const struct ml_codec *const *ml_codecs(size_t *count_out)
{
    *count_out = 0;
    while (registry_table[*count_out])
        ++*count_out;
    return registry_table;
}

static bool registry_has_extension(const struct ml_codec *codec,
                                   const char *extension)
{
    for (const char *const *e = codec->extensions; *e; e++)
        if (strcasecmp(*e, extension) == 0)
            return true;
    return false;
}

const struct ml_codec *ml_codec_of_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    const char *dot = strrchr(name, '.');
    if (!dot || dot == name) /* ".png" is a hidden file without an extension */
        return NULL;
    for (size_t i = 0; registry_table[i]; i++)
        if (registry_has_extension(registry_table[i], dot + 1))
            return registry_table[i];
    return NULL;
}

static const struct ml_codec *registry_sniff(struct ml_bytes file)
{
    for (size_t i = 0; registry_table[i]; i++)
        if (registry_table[i]->sniff(file.data, file.size))
            return registry_table[i];
    return NULL;
}

static enum ml_status registry_open(struct ml_source *source,
                                    struct ml_error *err)
{
    const struct ml_bytes file = source->file;
    const uint64_t most = source->options.limits.input_bytes;
    if (file.size > most)
        return ml_fail(err, ML_ERR_LIMIT, "the file is too large",
                       "raise --limit-file to read it",
                       "%zu bytes, at most %" PRIu64 " are allowed", file.size,
                       most);
    const struct ml_codec *codec = registry_sniff(file);
    if (!codec)
        return ml_foreign_fail(file, err);
    source->header.format = codec->name;
    const size_t mark = ml_arena_mark(source->arena);
    source->codec = codec;
    const enum ml_status status = codec->open(source, err);
    if (status != ML_OK) {
        source->codec = NULL; /* ml_source_close() does nothing */
        source->state = NULL;
        ml_arena_reset(source->arena, mark);
    }
    return status;
}

enum ml_status ml_source_open(struct ml_source *source, struct ml_bytes file,
                              const struct ml_source_options *options,
                              struct ml_arena *arena, struct ml_error *err)
{
    memset(source, 0, sizeof *source);
    source->options = *options;
    source->file = file;
    source->arena = arena;
    source->header.metadata.orientation = 1;
    const enum ml_status status = registry_open(source, err);
    if (status != ML_OK)
        err->step = ML_STEP_DECODE;
    return status;
}
