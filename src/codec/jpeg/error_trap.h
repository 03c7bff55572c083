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

/* Markers before the first scan: EXIF, ICC and the kinds that are dropped go to
 * *metadata (views of `file`; a profile in pieces is put together in `arena`).
 * `colour` is the kind the file stores: ML_GRAY, ML_RGB, or ML_CMYK, which is
 * given as RGB, so that no profile fits.  Never fails: what cannot be
 * understood is dropped.  Returns the SOF marker (0xc0...), 0 for none. */
uint8_t ml_jpeg_markers(struct ml_bytes file, struct ml_arena *arena,
                        enum ml_layout colour, struct ml_metadata *metadata);

/* Rows of the codec table; contracts in codec.h. */
enum ml_status ml_jpeg_open(struct ml_source *source, struct ml_error *err);
void ml_jpeg_shrink(struct ml_source *source, uint32_t least_width,
                    uint32_t least_height);
void ml_jpeg_planes(struct ml_source *source);
void ml_jpeg_luma(struct ml_source *source);
void ml_jpeg_sampling(const struct ml_sink_options *options, uint8_t *sub_x_out,
                      uint8_t *sub_y_out);
enum ml_status ml_jpeg_start(struct ml_source *source, struct ml_error *err);
enum ml_status ml_jpeg_read(struct ml_source *source, const struct ml_dst *dst,
                            struct ml_error *err);
enum ml_status ml_jpeg_end(struct ml_source *source, struct ml_error *err);
void ml_jpeg_close(struct ml_source *source);

void ml_jpeg_sink_prepare(struct ml_sink *sink);
enum ml_status ml_jpeg_sink_open(struct ml_sink *sink, struct ml_error *err);
enum ml_status ml_jpeg_sink_write(struct ml_sink *sink,
                                  const struct ml_src *src,
                                  struct ml_error *err);
enum ml_status ml_jpeg_sink_end(struct ml_sink *sink, struct ml_error *err);
void ml_jpeg_sink_close(struct ml_sink *sink);

#endif
