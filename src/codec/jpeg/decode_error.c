/* decode_error.c: see decode_error.h. */
#include "codec/jpeg/decode_error.h"

#include <string.h>

const char *ml_jpeg_source_what(enum ml_status status)
{
    switch ((int)status) {
    case ML_ERR_TRUNCATED:
        return "JPEG data ends early";
    case ML_ERR_WARNING:
        return "the JPEG decoder warns";
    case ML_ERR_UNSUPPORTED:
        return "this kind of JPEG is not supported";
    case ML_ERR_LIMIT:
        return "the JPEG has too many scans";
    case ML_ERR_FORMAT:
        return "a JPEG file without a picture";
    case ML_ERR_MEMORY:
        return "no memory to decode the JPEG";
    default:
        return "JPEG data is damaged";
    }
}

static const char *source_remedy(const struct ml_jpeg_source *s)
{
    switch ((int)s->trap.status) {
    case ML_ERR_UNSUPPORTED:
        return "convert it to an ordinary JPEG or PNG first";
    case ML_ERR_LIMIT:
        return "save it again with fewer scans";
    case ML_ERR_MEMORY:
        return "lower --jobs or --memory";
    default:
        break;
    }
    if (s->trap.status == ML_ERR_WARNING)
        return "accept it with --fail-on error";
    if (s->phase == ML_JPEG_HEADER || s->trap.fail_on == ML_FAIL_ON_NONE)
        return "get the file again from its source";
    return "get a good copy, or keep what can be read with --fail-on none";
}

/* The place of the damage: "only 120 of 400 rows are present". */
static void source_place(const struct ml_jpeg_source *s, char *text,
                         size_t size)
{
    const uint32_t height = s->cinfo.output_height;
    const uint32_t rows =
        s->cinfo.output_scanline < height ? s->cinfo.output_scanline : height;
    if (s->phase == ML_JPEG_HEADER)
        (void)snprintf(text, size, "in the header");
    else if (s->phase == ML_JPEG_SCANS)
        (void)snprintf(text, size, "in scan %d of a picture in several scans",
                       s->cinfo.input_scan_number);
    else if (s->phase == ML_JPEG_ROWS)
        (void)snprintf(text, size, "only %u of %u rows are present", rows,
                       height);
    else
        (void)snprintf(text, size, "after the last of %u rows", height);
}

enum ml_status ml_jpeg_source_fail(const struct ml_jpeg_source *s,
                                   struct ml_error *err)
{
    char place[64];
    source_place(s, place, sizeof place);
    const enum ml_status status = s->trap.status;
    if (status == ML_ERR_TRUNCATED)
        return ml_fail(err, status, ml_jpeg_source_what(status),
                       source_remedy(s), "%s", place);
    if (s->phase == ML_JPEG_HEADER)
        return ml_fail(err, status, ml_jpeg_source_what(status),
                       source_remedy(s), "%s", s->trap.text);
    return ml_fail(err, status, ml_jpeg_source_what(status), source_remedy(s),
                   "%.90s: %s", s->trap.text, place);
}

void ml_jpeg_note_warnings(struct ml_source *source)
{
    const struct ml_jpeg_source *s = source->state;
    source->warnings = s->trap.warnings;
    memcpy(source->warning, s->trap.warning, sizeof source->warning);
}
