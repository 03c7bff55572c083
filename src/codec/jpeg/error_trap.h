/* error_trap.h: the errors of libjpeg, for decoder and encoder.
 *
 * libjpeg reports through an error manager and leaves by longjmp.  The trap is
 * that manager: it turns every message into a status, counts warnings, and
 * jumps to the setjmp of the function that called libjpeg.  No jump passes a
 * frame outside of this folder.
 */
#ifndef ML_CODEC_JPEG_ERROR_TRAP_H
#define ML_CODEC_JPEG_ERROR_TRAP_H

#include <setjmp.h>
#include <stdio.h> /* jpeglib.h needs it before */

#include <jpeglib.h>

#include "codec/codec.h"

struct ml_jpeg_trap {
    struct jpeg_error_mgr base; /* first: libjpeg passes its address back */
    jmp_buf jump;               /* set by each function that calls libjpeg */
    enum ml_fail_on fail_on;
    enum ml_status status; /* why the jump was taken */
    bool ended;            /* the data ends early */
    unsigned warnings;
    char warning[96];           /* the first of them */
    char text[JMSG_LENGTH_MAX]; /* libjpeg's message for the jump */
};

/* Initialise; the caller assigns the result to cinfo.err.  Warnings that fail
 * under fail_on jump. */
struct jpeg_error_mgr *ml_jpeg_trap_open(struct ml_jpeg_trap *trap,
                                         enum ml_fail_on fail_on);
/* Jump with a status and a text of our own. */
_Noreturn void ml_jpeg_trap_longjmp(struct ml_jpeg_trap *trap,
                                    enum ml_status status, const char *text);

#endif
