/* codec.c: the table of file formats, and what every reader has in common.
 *
 * Bytes of a file come in; the codec that knows them by their first bytes is
 * chosen, whatever the file is called.  What no codec knows is named where it
 * can be ("it begins like a GIF"), because that is what a person needs to hear.
 * Everything here is const or belongs to the caller.
 */
#include "codec/codec.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* One row a codec; the order is the order of sniffing and of --help. */
static const struct ml_codec *const codec_table[] = {
    &ml_codec_jpeg,
    &ml_codec_png,
    &ml_codec_pnm,
    NULL,
};

/* 65,500 pixels is also libjpeg's own bound of a side. */
const struct ml_limits ml_limits_default = {
    .pixels = UINT64_C(256000000),
    .side = 65500,
    .jpeg_scans = 100,
    .input_bytes = UINT64_C(1) << 30,
    .output_bytes = UINT64_C(1) << 30,
};

const struct ml_sink_options ml_sink_options_default = {
    .quality = 85,
    .subsample = 420,
    .progressive = false,
    .png_level = 6,
    .threads = 1,
    .limit_bytes = UINT64_C(1) << 30,
};

const struct ml_codec *const *ml_codecs(size_t *count_out)
{
    *count_out = 0;
    while (codec_table[*count_out])
        ++*count_out;
    return codec_table;
}

static bool codec_has_extension(const struct ml_codec *codec,
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
    if (!dot || dot == name) /* ".png" is a hidden file without an ending */
        return NULL;
    for (size_t i = 0; codec_table[i]; i++)
        if (codec_has_extension(codec_table[i], dot + 1))
            return codec_table[i];
    return NULL;
}

/* ---- what is not ours ---- */

/* First bytes of formats that people keep beside their pictures.  '?' stands
 * for any byte.  From the specifications of each. */
static const struct codec_foreign {
    const char *bytes;
    uint8_t size;
    const char *name;
} codec_foreign[] = {
    {"GIF8", 4, "a GIF"},
    {"RIFF????WEBP", 12, "a WebP"},
    {"II*\0", 4, "a TIFF or a camera's raw file"},
    {"MM\0*", 4, "a TIFF or a camera's raw file"},
    {"II+\0", 4, "a big TIFF"},
    {"MM\0+", 4, "a big TIFF"},
    {"BM????\0\0\0\0", 10, "a BMP"},
    {"????ftypavif", 12, "an AVIF"},
    {"????ftypavis", 12, "an AVIF"},
    {"????ftyphei", 11, "a HEIC"},
    {"????ftyphev", 11, "a HEIC"},
    {"????ftypmif1", 12, "a HEIF (HEIC or AVIF)"},
    {"????ftypmsf1", 12, "a HEIF (HEIC or AVIF)"},
    {"????ftypcrx ", 12, "a camera's raw file"},
    {"????ftyp", 8, "a video (MP4 or MOV)"},
    {"\0\0\0\x0cJXL ", 8, "a JPEG XL"},
    {"\xff\x0a", 2, "a JPEG XL"},
    {"\0\0\0\x0cjP  ", 8, "a JPEG 2000"},
    {"%PDF", 4, "a PDF"},
    {"%!PS", 4, "a PostScript file"},
    {"8BPS", 4, "a Photoshop file"},
    {"gimp xcf", 8, "a GIMP file"},
    {"\0\0\1\0", 4, "an icon (ICO)"},
    {"qoif", 4, "a QOI"},
    {"PK\3\4", 4, "a zip archive"},
    {"\x1f\x8b", 2, "a gzip file"},
};

static bool codec_begins(struct ml_bytes file, const char *bytes, size_t size)
{
    if (file.size < size)
        return false;
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != '?' && file.data[i] != (uint8_t)bytes[i])
            return false;
    return true;
}

/* Is `word` (upper case) among the first bytes, in any case? */
static bool codec_text_has(struct ml_bytes file, const char *word)
{
    const size_t length = strlen(word);
    const size_t size = file.size < 512 ? file.size : 512;
    for (size_t i = 0; i + length <= size; i++)
        if (strncasecmp((const char *)file.data + i, word, length) == 0)
            return true;
    return false;
}

/* Text has no control characters but white space; bytes from 0x80 on may be
 * UTF-8.  Half a kilobyte decides. */
static bool codec_is_text(struct ml_bytes file)
{
    const size_t size = file.size < 512 ? file.size : 512;
    for (size_t i = 0; i < size; i++) {
        const uint8_t c = file.data[i];
        if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f') ||
            c == 0x7f || c == 0xff)
            return false;
    }
    return true;
}

static const char *codec_foreign_name(struct ml_bytes file)
{
    for (size_t i = 0; i < sizeof codec_foreign / sizeof *codec_foreign; i++)
        if (codec_begins(file, codec_foreign[i].bytes, codec_foreign[i].size))
            return codec_foreign[i].name;
    if (!codec_is_text(file))
        return NULL;
    if (codec_text_has(file, "<svg"))
        return "an SVG drawing";
    if (codec_text_has(file, "<html") || codec_text_has(file, "<!doctype html"))
        return "a web page (HTML)";
    return "text";
}

static enum ml_status codec_unknown(struct ml_bytes file, struct ml_error *err)
{
    static const char what[] = "not a picture that can be read";
    if (file.size == 0)
        return ml_fail(err, ML_ERR_FORMAT, what,
                       "get the file again from where it came",
                       "it is empty (0 bytes)");
    const char *name = codec_foreign_name(file);
    if (name)
        return ml_fail(err, ML_ERR_FORMAT, what,
                       "convert it to JPEG or PNG first, or leave it out with "
                       "--exclude",
                       "it begins like %s", name);
    char bytes[3 * 8 + 1] = "";
    for (size_t i = 0; i < 8 && i < file.size; i++)
        (void)snprintf(bytes + 3 * i, 4, " %02x", file.data[i]);
    return ml_fail(err, ML_ERR_FORMAT, what, "leave it out with --exclude",
                   "no format known here begins with%s", bytes);
}

/* ---- sources ---- */

static const struct ml_codec *codec_sniff(struct ml_bytes file)
{
    for (size_t i = 0; codec_table[i]; i++)
        if (codec_table[i]->sniff(file.data, file.size))
            return codec_table[i];
    return NULL;
}

static enum ml_status codec_decode_step(enum ml_status status,
                                        struct ml_error *err)
{
    if (status != ML_OK)
        err->step = ML_STEP_DECODE;
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
    if (file.size > options->limits.input_bytes) {
        ml_fail(err, ML_ERR_LIMIT, "the file is too large",
                "raise --limit-file to read it",
                "%zu bytes, at most %" PRIu64 " are allowed", file.size,
                options->limits.input_bytes);
        return codec_decode_step(ML_ERR_LIMIT, err);
    }
    const struct ml_codec *codec = codec_sniff(file);
    if (!codec)
        return codec_decode_step(codec_unknown(file, err), err);
    source->header.format = codec->name;
    const size_t mark = ml_arena_mark(arena);
    source->codec = codec;
    const enum ml_status status = codec->open(source, err);
    if (status != ML_OK) {
        source->codec = NULL; /* close has nothing to do */
        source->state = NULL;
        ml_arena_reset(arena, mark);
    }
    return codec_decode_step(status, err);
}

enum ml_status ml_source_start(struct ml_source *source, struct ml_error *err)
{
    return codec_decode_step(source->codec->start(source, err), err);
}

enum ml_status ml_source_read(struct ml_source *source,
                              const struct ml_dst *dst, struct ml_error *err)
{
    assert(dst->y == source->next_y && dst->y_end >= dst->y &&
           dst->y_end <= source->header.shape.height);
    const enum ml_status status = source->codec->read(source, dst, err);
    if (status == ML_OK)
        source->next_y = dst->y_end;
    return codec_decode_step(status, err);
}

enum ml_status ml_source_end(struct ml_source *source, struct ml_error *err)
{
    assert(source->next_y == source->header.shape.height);
    return codec_decode_step(source->codec->end(source, err), err);
}

void ml_source_close(struct ml_source *source)
{
    if (source->codec)
        source->codec->close(source);
    source->codec = NULL;
    source->state = NULL;
}

/* ---- limits and severities ---- */

enum ml_status ml_limits_check(const struct ml_limits *limits, uint64_t width,
                               uint64_t height, struct ml_error *err)
{
    if (width == 0 || height == 0)
        return ml_fail(err, ML_ERR_CORRUPT, "the header gives no size",
                       "get the file again from where it came",
                       "it says %" PRIu64 "x%" PRIu64 " pixels", width, height);
    if (width > limits->side || height > limits->side)
        return ml_fail(err, ML_ERR_LIMIT, "the picture is too large",
                       "raise --limit-side to read it",
                       "%" PRIu64 "x%" PRIu64
                       " pixels, a side may have %" PRIu32,
                       width, height, limits->side);
    if (width * height > limits->pixels) /* sides are 32 bits: no overflow */
        return ml_fail(err, ML_ERR_LIMIT, "the picture is too large",
                       "raise --limit-pixels to read it",
                       "%" PRIu64 "x%" PRIu64 " is %" PRIu64
                       " pixels, at most %" PRIu64 " are allowed",
                       width, height, width * height, limits->pixels);
    return ML_OK;
}

bool ml_fails_on(enum ml_fail_on fail_on, enum ml_status status)
{
    switch (fail_on) {
    case ML_FAIL_ON_NONE:
        return false;
    case ML_FAIL_ON_TRUNCATED:
        return status == ML_ERR_TRUNCATED;
    case ML_FAIL_ON_ERROR:
        return status == ML_ERR_TRUNCATED || status == ML_ERR_CORRUPT;
    case ML_FAIL_ON_WARNING:
        break;
    }
    return true;
}
