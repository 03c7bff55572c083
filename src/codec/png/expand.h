/* expand.h: packed samples of a PNG file -> samples of an ml_shape row.
 *
 * Gray below 8 bits is scaled to 8, palette indices become colours, pixels of
 * the colour key get an alpha of 0, 16 bits take the machine's byte order: the
 * same samples as from libpng's png_set_expand and png_set_swap.  Pure
 * functions on the caller's memory.
 */
#ifndef ML_CODEC_PNG_EXPAND_H
#define ML_CODEC_PNG_EXPAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ml_png_coding {
    uint8_t bits;     /* of a sample in the file: 1, 2, 4, 8 or 16 */
    uint8_t channels; /* in the file: 1 to 4; only one may be below 8 bits */
    bool palette;     /* samples are indices, of at most 8 bits */
    bool keyed;       /* alpha is added: of gray and RGB from the key, of a
                         palette from its colours */
    uint16_t key[3];  /* samples at the file's depth */
    uint8_t colours[256][4]; /* of a palette: red, green, blue, alpha */
};

/* Bytes of a row in the file, without its filter byte. */
size_t ml_png_coding_row_bytes(const struct ml_png_coding *coding,
                               uint32_t width);
/* The distance that row filters look back: a pixel, at least a byte. */
size_t ml_png_coding_pixel_bytes(const struct ml_png_coding *coding);
/* True: the bytes of a row are its samples, with nothing to expand. */
bool ml_png_coding_is_plain(const struct ml_png_coding *coding);

/* One row of `width` pixels; `in` and `out` do not overlap. */
void ml_png_expand(const struct ml_png_coding *coding, uint8_t *out,
                   const uint8_t *in, uint32_t width);

#endif
