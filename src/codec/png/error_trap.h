/* error_trap.h: libpng's memory and errors.
 *
 * libpng reports errors by longjmp.  Every call that may do so sits in a small
 * function that begins with setjmp and changes no local afterwards; the jump
 * never leaves that file.
 */
#ifndef ML_CODEC_PNG_ERROR_TRAP_H
#define ML_CODEC_PNG_ERROR_TRAP_H

#include <stdbool.h>

#include <png.h>

#include "base/error.h"

/* The first member of the states of decoder and encoder.  Its address is
 * libpng's error and memory pointer. */
struct ml_png {
    png_structp png;
    png_infop info;
    bool starved;     /* malloc failed */
    char message[96]; /* of the error that jumped */
};

/* libpng's callbacks; on_error jumps to png_jmpbuf(png). */
_Noreturn void ml_png_on_error(png_structp png, png_const_charp message);
png_voidp ml_png_malloc(png_structp png, png_alloc_size_t size);
void ml_png_free(png_structp png, png_voidp memory);
/* The error of a malloc that failed. */
enum ml_status ml_png_fail_memory(struct ml_error *err);

#endif
