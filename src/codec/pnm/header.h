/* header.h: the header of the PBM, PGM, PPM and PAM formats.
 *
 * Formats as in the manual pages pbm(5), pgm(5), ppm(5), pam(5) of Netpbm:
 *   P1 P2 P3  bits, gray, RGB in decimal digits
 *   P4 P5 P6  the same in binary: bits packed, samples of one byte, or of two
 *             (big-endian) when the largest value is above 255
 *   P7        a header of named fields, then samples as in P5
 * '#' begins a comment up to the end of the line.  Pure functions.
 */
#ifndef ML_CODEC_PNM_HEADER_H
#define ML_CODEC_PNM_HEADER_H

#include "codec/codec.h"

/* How samples are written in the file. */
enum ml_pnm_coding {
    ML_PNM_DIGIT,   /* P1: '0' or '1', 1 is black */
    ML_PNM_DECIMAL, /* P2, P3 */
    ML_PNM_BIT,     /* P4: 8 a byte, rows begin at a byte, 1 is black */
    ML_PNM_BYTE,
    ML_PNM_WORD
};

struct ml_pnm_header {
    uint64_t width, height, depth; /* as read; depth is samples a pixel */
    uint32_t largest;              /* value of a full sample, 1..65535 */
    enum ml_layout layout;
    enum ml_pnm_coding coding;
    char kind;    /* '1'..'7' */
    size_t bytes; /* of the header: the offset of the samples */
};

/* A position in a file. */
struct ml_pnm_cursor {
    struct ml_bytes file;
    size_t at;
};

/* Skip white space and comments; false at the end of the file. */
bool ml_pnm_skip(struct ml_pnm_cursor *cursor);
/* Read the next decimal number, of at most 9 digits and followed by white
 * space, a comment or the end.  ML_ERR_TRUNCATED if the file ends before it,
 * ML_ERR_CORRUPT if it is no such number. */
ML_MUST_CHECK enum ml_status ml_pnm_number(struct ml_pnm_cursor *cursor,
                                           uint32_t *number_out);

/* Read the header; sizes are not checked yet.  ML_ERR_TRUNCATED,
 * ML_ERR_CORRUPT, ML_ERR_UNSUPPORTED (a PAM that is neither gray nor RGB). */
ML_MUST_CHECK enum ml_status ml_pnm_read_header(struct ml_bytes file,
                                                struct ml_pnm_header *header,
                                                struct ml_error *err);

#endif
