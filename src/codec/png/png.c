/* png.c: the PNG row of the codec table, and what both directions need of
 * libpng.  See png_internal.h for how the work is split. */
#include "codec/png/png_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/interleaved.h"

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
                   "lower --jobs or --memory", "the system gave none");
}

/* Four of the eight bytes are enough to know what was meant: the others show
 * whether a transfer as text has spoiled the file, and libpng then says so. */
static bool png_codec_sniff(const uint8_t *data, size_t size)
{
    return size >= 4 && memcmp(data, "\x89PNG", 4) == 0;
}

const struct ml_codec ml_codec_png = {
    .name = "png",
    .extensions = {"png"},
    .sniff = png_codec_sniff,
    .open = ml_png_open,
    .start = ml_png_start,
    .read = ml_png_read,
    .end = ml_png_end,
    .close = ml_png_close,
    .storable = ml_interleaved_storable,
    .sink_prepare = ml_png_sink_prepare,
    .sink_open = ml_png_sink_open,
    .sink_write = ml_png_sink_write,
    .sink_end = ml_png_sink_end,
    .sink_close = ml_png_sink_close,
};
