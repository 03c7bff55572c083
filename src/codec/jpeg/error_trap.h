/* error_trap.h: what reading and writing of JPEG share; for jpeg*.c only.
 *
 * libjpeg reports through an error manager and leaves by longjmp.  The guard is
 * that manager: it turns every message into a status, counts warnings, and
 * jumps to where the entry function of the codec file stands.  No jump passes
 * any frame outside of the jpeg files.
 */
#ifndef ML_CODEC_JPEG_ERROR_TRAP_H
#define ML_CODEC_JPEG_ERROR_TRAP_H

#include <setjmp.h>
#include <stdio.h> /* jpeglib.h needs it before */

#include <jpeglib.h>

#include "codec/codec.h"

struct ml_jpeg_guard {
    struct jpeg_error_mgr base; /* first: libjpeg hands this pointer back */
    jmp_buf jump;               /* set by an entry before it calls libjpeg */
    enum ml_fail_on fail_on;
    enum ml_status status; /* why the jump was taken */
    bool ended;            /* the data ended early */
    unsigned warnings;
    char warning[96];           /* the first of them */
    char text[JMSG_LENGTH_MAX]; /* libjpeg's words for the jump */
};

/* Set up; assign the result to cinfo.err.  fail_on says which warnings jump. */
struct jpeg_error_mgr *ml_jpeg_trap_open(struct ml_jpeg_guard *guard,
                                         enum ml_fail_on fail_on);
/* Jump with a status and a text of our own. */
_Noreturn void ml_jpeg_trap_longjmp(struct ml_jpeg_guard *guard,
                                    enum ml_status status, const char *text);

#endif
