/* gen.c: `minilab gen`: the options and the final report. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/strbuf.h"
#include "command/cli/command.h"
#include "command/cli/json_builder.h"
#include "command/cli/option_parser.h"
#include "command/gen/corpus.h"
#include "os/cpu_budget.h"

#define GEN_SIDE_MAX 65500 /* pixels, the limit of JPEG */
#define GEN_COUNT 20       /* pictures, the default */

struct gen_settings {
    struct ml_corpus corpus;
    bool count_given, size_given, subsample_given, quality_given;
    bool json;
};

static enum ml_status gen_bad(struct ml_error *err, const char *remedy,
                              const char *value)
{
    return ml_fail(err, ML_ERR_USAGE, "bad value", remedy, "'%s'", value);
}

/* "640x480,1600x1200" */
static enum ml_status gen_set_size(void *settings, const char *value,
                                   struct ml_error *err)
{
    static const char remedy[] =
        "give up to 32 sizes like 1600x1200,640x480, at most 65500 a side";
    struct gen_settings *gen = settings;
    uint32_t count = 0;
    for (const char *s = value;; s++) {
        uint32_t sides[2] = {0, 0};
        for (int i = 0; i < 2; i++) {
            for (; *s >= '0' && *s <= '9' && sides[i] <= GEN_SIDE_MAX; s++)
                sides[i] = sides[i] * 10 + (uint32_t)(*s - '0');
            if (sides[i] == 0 || sides[i] > GEN_SIDE_MAX ||
                (i == 0 && *s++ != 'x'))
                return gen_bad(err, remedy, value);
        }
        if (count == ML_CORPUS_SIZES_MAX || (*s != '\0' && *s != ','))
            return gen_bad(err, remedy, value);
        gen->corpus.sizes[count].width = sides[0];
        gen->corpus.sizes[count++].height = sides[1];
        if (*s == '\0')
            break;
    }
    gen->corpus.size_count = count;
    return ML_OK;
}

static const struct ml_option gen_options[] = {
    {"kind", 0, "KIND", "What", "photo (default), chart, web, defects or mixed",
     ML_SET_CHOICE(gen_settings, corpus.kind),
     ML_CHOICES("photo", "chart", "web", "defects", "mixed")},
    {"count", 0, "N", "What",
     "number of pictures (default 20); each defect is made once",
     ML_SET_INTEGER(gen_settings, corpus.count, 1, ML_CORPUS_COUNT_MAX),
     .given = offsetof(struct gen_settings, count_given)},
    {"size", 0, "WxH,...", "What",
     "size as stored; several are used alternately (default: by kind)",
     .apply = gen_set_size, .given = offsetof(struct gen_settings, size_given)},
    {"seed", 0, "N", "What",
     "the same seed makes the same pictures (default 1)",
     ML_SET_INTEGER(gen_settings, corpus.seed, 0, INT64_MAX)},
    {"folders", 0, "N", "What",
     "spread over N sub-folders and the folder itself (default 0)",
     ML_SET_INTEGER(gen_settings, corpus.folders, 0, 1000)},
    {"format", 0, "FORMAT", "How",
     "jpeg, png, mixed (alternately), or usual (default):\n"
     "photos JPEG, charts and icons PNG",
     ML_SET_CHOICE(gen_settings, corpus.format),
     ML_CHOICES("usual", "jpeg", "png", "mixed")},
    {"layout", 0, "LAYOUT", "How", "rgb (default) or gray",
     ML_SET_CHOICE(gen_settings, corpus.gray), ML_CHOICES("rgb", "gray")},
    {"depth", 0, "BITS", "How", "PNG: 8 (default) or 16 bits a sample",
     ML_SET_CHOICE(gen_settings, corpus.deep), ML_CHOICES("8", "16")},
    {"quality", 'q', "N", "How", "JPEG: 1 to 100 (default 85)",
     ML_SET_INTEGER(gen_settings, corpus.sink.quality, 1, 100),
     .given = offsetof(struct gen_settings, quality_given)},
    {"subsample", 0, "KIND", "How", "JPEG: 420 (default), 422 or 444",
     ML_SET_CHOICE(gen_settings, corpus.sink.subsample),
     ML_CHOICES("420", "422", "444"),
     .choice_values = (const uint16_t[]){420, 422, 444},
     .given = offsetof(struct gen_settings, subsample_given)},
    {"progressive", 0, NULL, "How", "JPEG: progressive",
     ML_SET_FLAG(gen_settings, corpus.sink.progressive)},
    {"exif", 0, NULL, "How",
     "JPEG: EXIF with orientations 1 to 8 in turn, stored to match",
     ML_SET_FLAG(gen_settings, corpus.exif)},
    {"existing", 0, "POLICY", "Running",
     "when a file exists: error (default) or overwrite",
     ML_SET_CHOICE(gen_settings, corpus.overwrite),
     ML_CHOICES("error", "overwrite")},
    {"jobs", 'j', "N", "Running", "threads (default: the CPU budget)",
     ML_SET_INTEGER(gen_settings, corpus.jobs, 1, ML_CORPUS_JOBS_MAX)},
    {"json", 0, NULL, "Running", "print a report as one JSON document",
     ML_SET_FLAG(gen_settings, json)},
    ML_OPTIONS_END,
};

/* Refuse options that would have no effect. */
static enum ml_status gen_check(const struct gen_settings *gen,
                                struct ml_error *err)
{
    const struct ml_corpus *c = &gen->corpus;
    const bool jpeg_none =
        c->format == ML_CORPUS_PNG ||
        (c->format == ML_CORPUS_USUAL && c->kind == ML_CORPUS_CHART);
    const bool png_none =
        c->format == ML_CORPUS_JPEG ||
        (c->format == ML_CORPUS_USUAL && c->kind == ML_CORPUS_PHOTO);
    if (c->kind == ML_CORPUS_DEFECTS &&
        (gen->count_given || gen->size_given || c->exif || c->deep || c->gray))
        return ml_fail(err, ML_ERR_USAGE, "defects take no such options",
                       "leave out --count, --size, --exif, --depth, --layout",
                       "each is made once, in one size");
    if (c->deep && png_none)
        return ml_fail(err, ML_ERR_USAGE, "JPEG has 8 bits a sample",
                       "add --format png", "--depth 16 has no effect");
    if (jpeg_none && (c->exif || gen->quality_given || gen->subsample_given ||
                      c->sink.progressive))
        return ml_fail(err, ML_ERR_USAGE, "no picture is JPEG",
                       "add --format jpeg",
                       "--exif, --quality, --subsample and --progressive are "
                       "for JPEG");
    return ML_OK;
}

static enum ml_status gen_report(const struct gen_settings *gen,
                                 const char *folder,
                                 const struct ml_corpus_made *made,
                                 struct ml_error *err)
{
    struct ml_json_builder json = {ML_OK};
    if (!gen->json) {
        (void)fprintf(stderr,
                      "%" PRIu64 " pictures (%.1f megapixels) and %" PRIu64
                      " defects, %.1f MB, seed %" PRIu64 ", in %s\n",
                      made->pictures, (double)made->pixels / 1e6, made->defects,
                      (double)made->bytes / 1e6, gen->corpus.seed, folder);
        return ML_OK;
    }
    json_t *document = ml_json_pack(
        &json, "{s:i, s:I, s:I, s:I, s:I, s:I}", "schema", 1, "seed",
        (json_int_t)gen->corpus.seed, "pictures", (json_int_t)made->pictures,
        "defects", (json_int_t)made->defects, "pixels",
        (json_int_t)made->pixels, "bytes", (json_int_t)made->bytes);
    const enum ml_status status =
        ml_json_print(&json, document, ML_JSON_INDENTED, stdout, err);
    json_decref(document);
    return status;
}

static int gen_run(const struct ml_command *command, int argc, char **argv)
{
    struct gen_settings gen = {.corpus = {.seed = 1,
                                          .count = GEN_COUNT,
                                          .sink = ml_sink_options_default}};
    struct ml_operands operands;
    struct ml_corpus_made made;
    struct ml_error err;
    int code;
    if (!ml_options_parse(command, argc, argv, &gen, &operands, &code))
        return code;
    enum ml_status status = gen_check(&gen, &err);
    if (status == ML_OK && operands.count != 1)
        status = ml_fail(&err, ML_ERR_USAGE, "one folder is needed",
                         "minilab gen DIR", "%zu given", operands.count);
    if (status)
        return ml_command_fail(command, &err);
    if (gen.corpus.kind == ML_CORPUS_DEFECTS)
        gen.corpus.count = 0;
    if (gen.corpus.jobs == 0) {
        struct ml_cpu cpu;
        ml_cpu_read("", &cpu);
        gen.corpus.jobs =
            cpu.budget < ML_CORPUS_JOBS_MAX ? cpu.budget : ML_CORPUS_JOBS_MAX;
    }
    status = ml_corpus_make(&gen.corpus, operands.items[0], &made, &err);
    if (status == ML_ERR_EXISTS) /* found before the first write */
        err.status = made.pictures + made.defects == 0 ? ML_ERR_USAGE : status;
    if (status)
        return ml_command_fail(command, &err);
    status = gen_report(&gen, operands.items[0], &made, &err);
    return status == ML_OK ? ML_EXIT_OK : ml_command_fail(command, &err);
}

const struct ml_command ml_command_gen = {
    .name = "gen",
    .summary = "make a reproducible corpus of pictures from a seed",
    .operands = "DIR",
    .examples = "minilab gen --count 64 --size 3000x2000 photos\n"
                "minilab gen --kind mixed --count 100 --folders 3 corpus\n"
                "minilab gen --kind defects bad\n",
    .options = gen_options,
    .run = gen_run,
};
