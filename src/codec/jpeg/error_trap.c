/* error_trap.c: see error_trap.h. */
#include "codec/jpeg/error_trap.h"

#include <jerror.h>
#include <string.h>

static struct ml_jpeg_guard *trap_of(j_common_ptr cinfo)
{
    return (void *)cinfo->err; /* base is the first member */
}

/* What a message that libjpeg cannot go on from means for the picture. */
static enum ml_status trap_fatal_status(const struct ml_jpeg_guard *guard)
{
    switch (guard->base.msg_code) {
    case JERR_OUT_OF_MEMORY:
        return ML_ERR_MEMORY;
    case JERR_ARITH_NOTIMPL:
    case JERR_BAD_PRECISION: /* 12 bits */
    case JERR_CCIR601_NOTIMPL:
    case JERR_COMPONENT_COUNT:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_FRACT_SAMPLE_NOTIMPL:
    case JERR_IMAGE_TOO_BIG:
    case JERR_NOTIMPL:
    case JERR_NOT_COMPILED:
    case JERR_SOF_UNSUPPORTED: /* lossless, hierarchical */
    case JERR_WIDTH_OVERFLOW:
        return ML_ERR_UNSUPPORTED;
    case JERR_NO_IMAGE:
    case JERR_NO_SOI:
        return guard->ended ? ML_ERR_TRUNCATED : ML_ERR_FORMAT;
    default:
        return guard->ended ? ML_ERR_TRUNCATED : ML_ERR_CORRUPT;
    }
}

/* A decoder that meets the end marker (often the one that libjpeg makes up
 * behind the last byte) within a scan has too little data; another marker there
 * means that some of it is lost or wrong. */
static enum ml_status trap_hit_marker(j_common_ptr cinfo)
{
    const struct jpeg_decompress_struct *d = (const void *)cinfo;
    const int end_of_image = 0xd9;
    return d->unread_marker == end_of_image ? ML_ERR_TRUNCATED : ML_ERR_CORRUPT;
}

static enum ml_status trap_warning_status(j_common_ptr cinfo)
{
    switch (cinfo->err->msg_code) {
    case JWRN_JPEG_EOF:
        return ML_ERR_TRUNCATED;
    case JWRN_HIT_MARKER:
        return trap_hit_marker(cinfo);
    case JWRN_ARITH_BAD_CODE:
    case JWRN_BOGUS_PROGRESSION:
    case JWRN_EXTRANEOUS_DATA:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_MUST_RESYNC:
        return ML_ERR_CORRUPT;
    default: /* odd but harmless: Adobe transform, JFIF version, SOS fields */
        return ML_ERR_WARNING;
    }
}

static void trap_message(j_common_ptr cinfo, int level)
{
    struct ml_jpeg_guard *guard = trap_of(cinfo);
    if (level >= 0) /* a trace, not a warning */
        return;
    const enum ml_status status = trap_warning_status(cinfo);
    guard->ended |= status == ML_ERR_TRUNCATED;
    if (guard->warnings++ == 0 || ml_fails_on(guard->fail_on, status))
        cinfo->err->format_message(cinfo, guard->text);
    if (guard->warnings == 1)
        (void)snprintf(guard->warning, sizeof guard->warning, "%.95s",
                       guard->text);
    if (!ml_fails_on(guard->fail_on, status))
        return;
    guard->status = status;
    longjmp(guard->jump, 1);
}

static void trap_exit(j_common_ptr cinfo)
{
    struct ml_jpeg_guard *guard = trap_of(cinfo);
    cinfo->err->format_message(cinfo, guard->text);
    guard->status = trap_fatal_status(guard);
    longjmp(guard->jump, 1);
}

static void trap_output(j_common_ptr cinfo)
{
    (void)cinfo; /* nothing is ever printed from here */
}

struct jpeg_error_mgr *ml_jpeg_trap_open(struct ml_jpeg_guard *guard,
                                         enum ml_fail_on fail_on)
{
    memset(guard, 0, sizeof *guard);
    jpeg_std_error(&guard->base);
    guard->base.error_exit = trap_exit;
    guard->base.emit_message = trap_message;
    guard->base.output_message = trap_output;
    guard->fail_on = fail_on;
    return &guard->base;
}

void ml_jpeg_trap_longjmp(struct ml_jpeg_guard *guard, enum ml_status status,
                          const char *text)
{
    guard->status = status;
    (void)snprintf(guard->text, sizeof guard->text, "%s", text);
    longjmp(guard->jump, 1);
}
