/* error_trap.c: see error_trap.h. */
#include "codec/jpeg/error_trap.h"

#include <jerror.h>
#include <string.h>

static struct ml_jpeg_trap *trap_of(j_common_ptr cinfo)
{
    return (void *)cinfo->err; /* base is the first member */
}

/* The status of a message after which libjpeg cannot continue. */
static enum ml_status trap_fatal_status(const struct ml_jpeg_trap *trap)
{
    switch (trap->base.msg_code) {
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
        return trap->ended ? ML_ERR_TRUNCATED : ML_ERR_FORMAT;
    default:
        return trap->ended ? ML_ERR_TRUNCATED : ML_ERR_CORRUPT;
    }
}

/* An end marker within a scan (often the one that libjpeg inserts behind the
 * last byte) means that data is missing; any other marker there means that some
 * of the data is lost or wrong. */
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
    struct ml_jpeg_trap *trap = trap_of(cinfo);
    if (level >= 0) /* a trace, not a warning */
        return;
    const enum ml_status status = trap_warning_status(cinfo);
    trap->ended |= status == ML_ERR_TRUNCATED;
    if (trap->warnings++ == 0 || ml_fails_on(trap->fail_on, status))
        cinfo->err->format_message(cinfo, trap->text);
    if (trap->warnings == 1)
        (void)snprintf(trap->warning, sizeof trap->warning, "%.95s",
                       trap->text);
    if (!ml_fails_on(trap->fail_on, status))
        return;
    trap->status = status;
    longjmp(trap->jump, 1);
}

static void trap_exit(j_common_ptr cinfo)
{
    struct ml_jpeg_trap *trap = trap_of(cinfo);
    cinfo->err->format_message(cinfo, trap->text);
    trap->status = trap_fatal_status(trap);
    longjmp(trap->jump, 1);
}

static void trap_output(j_common_ptr cinfo)
{
    (void)cinfo; /* libjpeg must not print */
}

struct jpeg_error_mgr *ml_jpeg_trap_open(struct ml_jpeg_trap *trap,
                                         enum ml_fail_on fail_on)
{
    memset(trap, 0, sizeof *trap);
    jpeg_std_error(&trap->base);
    trap->base.error_exit = trap_exit;
    trap->base.emit_message = trap_message;
    trap->base.output_message = trap_output;
    trap->fail_on = fail_on;
    return &trap->base;
}

void ml_jpeg_trap_longjmp(struct ml_jpeg_trap *trap, enum ml_status status,
                          const char *text)
{
    trap->status = status;
    (void)snprintf(trap->text, sizeof trap->text, "%s", text);
    longjmp(trap->jump, 1);
}
