/* expand.c: see expand.h. */
#include "codec/png/expand.h"

#include <string.h>

#include "base/byte_order.h"

#define EXPAND_RUN                                                             \
    1024 /* pixels unpacked at a time: whole bytes at any depth */

size_t ml_png_coding_row_bytes(const struct ml_png_coding *coding,
                               uint32_t width)
{
    return (size_t)(((uint64_t)width * coding->channels * coding->bits + 7) /
                    8);
}

size_t ml_png_coding_pixel_bytes(const struct ml_png_coding *coding)
{
    return (coding->channels * coding->bits + 7U) / 8;
}

bool ml_png_coding_is_plain(const struct ml_png_coding *coding)
{
    return coding->bits == 8 && !coding->palette && !coding->keyed;
}

/* ---- below 8 bits ---- */

/* The highest bits are the first pixel. */
static inline __attribute__((always_inline)) void
expand_unpack_bits(uint8_t *out, const uint8_t *in, size_t count, unsigned bits)
{
    const unsigned each = 8 / bits, mask = (1U << bits) - 1;
    for (size_t i = 0; i < count / each; i++)
        for (unsigned part = 0; part < each; part++)
            out[i * each + part] =
                (uint8_t)((unsigned)in[i] >> (8 - bits - bits * part) & mask);
    for (size_t i = count - count % each; i < count; i++)
        out[i] = (uint8_t)((unsigned)in[i / each] >>
                               (8 - bits - bits * (unsigned)(i % each)) &
                           mask);
}

static void expand_unpack(uint8_t *out, const uint8_t *in, size_t count,
                          unsigned bits)
{
    switch (bits) {
    case 1:
        expand_unpack_bits(out, in, count, 1);
        break;
    case 2:
        expand_unpack_bits(out, in, count, 2);
        break;
    default:
        expand_unpack_bits(out, in, count, 4);
    }
}

/* ---- one sample a byte ---- */

/* Stores four bytes for three, but not for the last pixel. */
static void expand_palette(const struct ml_png_coding *coding, uint8_t *out,
                           const uint8_t *in, size_t count)
{
    if (coding->keyed) {
        for (size_t i = 0; i < count; i++)
            memcpy(out + 4 * i, coding->colours[in[i]], 4);
        return;
    }
    for (size_t i = 0; i + 1 < count; i++)
        memcpy(out + 3 * i, coding->colours[in[i]], 4);
    memcpy(out + 3 * (count - 1), coding->colours[in[count - 1]], 3);
}

static void expand_gray(const struct ml_png_coding *coding, uint8_t *out,
                        const uint8_t *in, size_t count)
{
    const uint8_t most = (uint8_t)((1U << coding->bits) - 1);
    const uint8_t scale = (uint8_t)(255 / most);
    const uint8_t key = (uint8_t)(coding->key[0] & most);
    if (!coding->keyed) {
        for (size_t i = 0; i < count; i++)
            out[i] = (uint8_t)(in[i] * scale);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        out[2 * i] = (uint8_t)(in[i] * scale);
        out[2 * i + 1] = in[i] == key ? 0 : 0xff;
    }
}

static void expand_rgb_key(const uint16_t key[3], uint8_t *out,
                           const uint8_t *in, size_t count)
{
    const uint8_t red = (uint8_t)key[0], green = (uint8_t)key[1],
                  blue = (uint8_t)key[2];
    for (size_t i = 0; i < count; i++, in += 3, out += 4) {
        const bool met = in[0] == red && in[1] == green && in[2] == blue;
        out[0] = in[0];
        out[1] = in[1];
        out[2] = in[2];
        out[3] = met ? 0 : 0xff;
    }
}

static void expand_8(const struct ml_png_coding *coding, uint8_t *out,
                     const uint8_t *in, uint32_t width)
{
    uint8_t unpacked[EXPAND_RUN];
    const size_t out_channels =
        (coding->palette ? 3U : coding->channels) + coding->keyed;
    for (size_t x = 0; x < width; x += EXPAND_RUN) {
        const size_t count = width - x < EXPAND_RUN ? width - x : EXPAND_RUN;
        const uint8_t *samples = in + x * coding->channels * coding->bits / 8;
        if (coding->bits < 8) {
            expand_unpack(unpacked, samples, count, coding->bits);
            samples = unpacked;
        }
        uint8_t *made = out + x * out_channels;
        if (coding->palette)
            expand_palette(coding, made, samples, count);
        else if (coding->channels == 1)
            expand_gray(coding, made, samples, count);
        else
            expand_rgb_key(coding->key, made, samples, count);
    }
}

/* ---- 16 bits ---- */

/* Big-endian in the file. */
static void expand_swap(uint8_t *out, const uint8_t *in, size_t samples)
{
    for (size_t i = 0; i < samples; i++) {
        const uint16_t sample = ml_load_be16(in + 2 * i);
        memcpy(out + 2 * i, &sample, 2);
    }
}

static void expand_key_16(const struct ml_png_coding *coding, uint8_t *out,
                          const uint8_t *in, uint32_t width)
{
    const size_t channels = coding->channels;
    for (uint32_t x = 0; x < width; x++) {
        bool met = true;
        for (size_t c = 0; c < channels; c++, in += 2, out += 2) {
            const uint16_t sample = ml_load_be16(in);
            met = met && sample == coding->key[c];
            memcpy(out, &sample, 2);
        }
        memset(out, met ? 0 : 0xff, 2);
        out += 2;
    }
}

void ml_png_expand(const struct ml_png_coding *coding, uint8_t *out,
                   const uint8_t *in, uint32_t width)
{
    if (ml_png_coding_is_plain(coding))
        memcpy(out, in, (size_t)width * coding->channels);
    else if (coding->bits < 16)
        expand_8(coding, out, in, width);
    else if (coding->keyed)
        expand_key_16(coding, out, in, width);
    else
        expand_swap(out, in, (size_t)width * coding->channels);
}
