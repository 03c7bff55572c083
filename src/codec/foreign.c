/* foreign.c: see foreign.h.  Pure functions on the first bytes of a file. */
#include "codec/foreign.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* First bytes of formats that are common in folders of pictures, from their
 * specifications.  '?' matches any byte. */
static const struct foreign_format {
    const char *bytes;
    uint8_t size;
    const char *name;
} foreign_formats[] = {
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

static bool foreign_begins(struct ml_bytes file, const char *bytes, size_t size)
{
    if (file.size < size)
        return false;
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != '?' && file.data[i] != (uint8_t)bytes[i])
            return false;
    return true;
}

/* Is `word` among the first 512 bytes, in upper or lower case? */
static bool foreign_text_has(struct ml_bytes file, const char *word)
{
    const size_t length = strlen(word);
    const size_t size = file.size < 512 ? file.size : 512;
    for (size_t i = 0; i + length <= size; i++)
        if (strncasecmp((const char *)file.data + i, word, length) == 0)
            return true;
    return false;
}

/* Text has no control characters but white space; bytes from 0x80 on may be
 * UTF-8.  Only the first 512 bytes are read. */
static bool foreign_is_text(struct ml_bytes file)
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

static const char *foreign_name(struct ml_bytes file)
{
    for (size_t i = 0; i < sizeof foreign_formats / sizeof *foreign_formats;
         i++)
        if (foreign_begins(file, foreign_formats[i].bytes,
                           foreign_formats[i].size))
            return foreign_formats[i].name;
    if (!foreign_is_text(file))
        return NULL;
    if (foreign_text_has(file, "<svg"))
        return "an SVG drawing";
    if (foreign_text_has(file, "<html") ||
        foreign_text_has(file, "<!doctype html"))
        return "a web page (HTML)";
    return "text";
}

enum ml_status ml_foreign_fail(struct ml_bytes file, struct ml_error *err)
{
    static const char what[] = "not a picture of a supported format";
    if (file.size == 0)
        return ml_fail(err, ML_ERR_FORMAT, what,
                       "get the file again from its source",
                       "it is empty (0 bytes)");
    const char *name = foreign_name(file);
    if (name)
        return ml_fail(err, ML_ERR_FORMAT, what,
                       "convert it to JPEG or PNG first, or leave it out with "
                       "--exclude",
                       "it begins like %s", name);
    char bytes[3 * 8 + 1] = "";
    for (size_t i = 0; i < 8 && i < file.size; i++)
        (void)snprintf(bytes + 3 * i, 4, " %02x", file.data[i]);
    return ml_fail(err, ML_ERR_FORMAT, what, "leave it out with --exclude",
                   "it begins with unknown bytes:%s", bytes);
}
