/* error_trap.c: see error_trap.h. */
#include "codec/png/error_trap.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void ml_png_on_error(png_structp png, png_const_charp message)
{
    struct ml_png *lib = png_get_error_ptr(png);
    (void)snprintf(lib->message, sizeof lib->message, "%s", message);
    png_longjmp(png, 1);
}

png_voidp ml_png_malloc(png_structp png, png_alloc_size_t size)
{
    void *memory = malloc(size);
    if (!memory)
        ((struct ml_png *)png_get_mem_ptr(png))->starved = true;
    return memory;
}

void ml_png_free(png_structp png, png_voidp memory)
{
    (void)png;
    free(memory);
}

enum ml_status ml_png_fail_memory(struct ml_error *err)
{
    return ml_fail(err, ML_ERR_MEMORY, "not enough memory for a PNG",
                   "lower --jobs or --memory", "malloc failed");
}
