/* decoder.c: a PBM, PGM, PPM or PAM file in memory -> rows.
 *
 * For tests and pipes: no colour management, no metadata, one picture a file
 * (bytes behind it are not read).  Samples are scaled from the file's largest
 * value to the full range of 8 bits, or of 16 if that value is above 255.
 */
#include "codec/pnm/decoder.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/byte_order.h"
#include "codec/interleaved.h"
#include "codec/pnm/header.h"

struct pnm_source {
    struct ml_pnm_header header;
    struct ml_pnm_cursor cursor;
    bool ended;        /* the file ended early; the rest is blank */
    bool out_of_range; /* a sample was above the largest value, or no number */
};

/* ---- open ---- */

static void pnm_fill_header(struct ml_source *source,
                            const struct ml_pnm_header *header)
{
    struct ml_source_header *filled = &source->header;
    filled->shape = (struct ml_shape){.width = (uint32_t)header->width,
                                      .height = (uint32_t)header->height,
                                      .layout = header->layout,
                                      .bits = header->largest > 255 ? 16 : 8,
                                      .sub_x = 1,
                                      .sub_y = 1};
    filled->full_width = filled->shape.width;
    filled->full_height = filled->shape.height;
    filled->metadata.orientation = 1;
    (void)snprintf(filled->coding, sizeof filled->coding,
                   "P%c %s, 0 to %" PRIu32, header->kind,
                   ml_layout_name(header->layout), header->largest);
}

enum ml_status ml_pnm_open(struct ml_source *source, struct ml_error *err)
{
    struct ml_pnm_header header;
    enum ml_status status = ml_pnm_read_header(source->file, &header, err);
    if (status == ML_OK)
        status = ml_limits_check(&source->options.limits, header.width,
                                 header.height, err);
    if (status != ML_OK)
        return status;
    struct pnm_source *state = ml_arena_calloc(source->arena, sizeof *state);
    if (!state)
        return ml_fail(err, ML_ERR_MEMORY, "not enough memory for a PNM",
                       "lower --jobs or --memory", "%zu bytes", sizeof *state);
    state->header = header;
    state->cursor =
        (struct ml_pnm_cursor){.file = source->file, .at = header.bytes};
    source->state = state;
    pnm_fill_header(source, &header);
    return ML_OK;
}

enum ml_status ml_pnm_start(struct ml_source *source, struct ml_error *err)
{
    (void)source; /* nothing to allocate: rows come straight from the file */
    (void)err;
    return ML_OK;
}

/* ---- samples ---- */

/* Value 0..largest to 0..255 or 0..65535, rounded to nearest.  The product is
 * below 2^32: both factors are at most 65535. */
static uint32_t pnm_stretch(struct pnm_source *state, uint32_t value)
{
    const uint32_t largest = state->header.largest;
    const uint32_t full = largest > 255 ? UINT16_MAX : UINT8_MAX;
    if (value > largest) {
        state->out_of_range = true;
        value = largest;
    }
    return (value * full + largest / 2) / largest;
}

static void pnm_put(const struct pnm_source *state, uint8_t *row, size_t i,
                    uint32_t sample)
{
    if (state->header.largest > 255) {
        const uint16_t wide = (uint16_t)sample;
        memcpy(row + 2 * i, &wide, sizeof wide);
    } else {
        row[i] = (uint8_t)sample;
    }
}

/* The functions for a row return the number of samples that they could read. */
static size_t pnm_row_digits(struct pnm_source *state, uint8_t *row,
                             size_t samples)
{
    for (size_t i = 0; i < samples; i++) {
        if (!ml_pnm_skip(&state->cursor))
            return i;
        const uint8_t c = state->cursor.file.data[state->cursor.at++];
        if (c != '0' && c != '1')
            state->out_of_range = true;
        row[i] = c == '0' ? 255 : 0; /* 1 is ink */
    }
    return samples;
}

static size_t pnm_row_decimals(struct pnm_source *state, uint8_t *row,
                               size_t samples)
{
    for (size_t i = 0; i < samples; i++) {
        uint32_t value = 0;
        const enum ml_status status = ml_pnm_number(&state->cursor, &value);
        if (status != ML_OK) {
            /* No number: the samples behind it cannot be separated either. */
            state->out_of_range |= status == ML_ERR_CORRUPT;
            return i;
        }
        pnm_put(state, row, i, pnm_stretch(state, value));
    }
    return samples;
}

/* How many of the `wanted` bytes the file still has; moves the cursor behind
 * them. */
static size_t pnm_take(struct pnm_source *state, size_t wanted,
                       const uint8_t **data_out)
{
    struct ml_pnm_cursor *cursor = &state->cursor;
    const size_t left = cursor->file.size - cursor->at;
    const size_t taken = wanted < left ? wanted : left;
    *data_out = cursor->file.data + cursor->at;
    cursor->at += taken;
    return taken;
}

static size_t pnm_row_bits(struct pnm_source *state, uint8_t *row,
                           size_t samples)
{
    const uint8_t *data;
    const size_t bits = 8 * pnm_take(state, (samples + 7) / 8, &data);
    const size_t count = bits < samples ? bits : samples;
    for (size_t i = 0; i < count; i++)
        row[i] = data[i / 8] >> (7 - i % 8) & 1 ? 0 : 255; /* 1 is ink */
    return count;
}

static size_t pnm_row_bytes(struct pnm_source *state, uint8_t *row,
                            size_t samples)
{
    const uint8_t *data;
    const size_t count = pnm_take(state, samples, &data);
    if (state->header.largest == 255)
        memcpy(row, data, count);
    else
        for (size_t i = 0; i < count; i++)
            row[i] = (uint8_t)pnm_stretch(state, data[i]);
    return count;
}

static size_t pnm_row_words(struct pnm_source *state, uint8_t *row,
                            size_t samples)
{
    const uint8_t *data;
    const size_t count = pnm_take(state, 2 * samples, &data) / 2;
    for (size_t i = 0; i < count; i++) {
        const uint32_t value = ml_load_be16(data + 2 * i);
        pnm_put(state, row, i, pnm_stretch(state, value));
    }
    return count;
}

static size_t pnm_row(struct pnm_source *state, uint8_t *row, size_t samples)
{
    switch (state->header.coding) {
    case ML_PNM_DIGIT:
        return pnm_row_digits(state, row, samples);
    case ML_PNM_DECIMAL:
        return pnm_row_decimals(state, row, samples);
    case ML_PNM_BIT:
        return pnm_row_bits(state, row, samples);
    case ML_PNM_BYTE:
        return pnm_row_bytes(state, row, samples);
    case ML_PNM_WORD:
        break;
    }
    return pnm_row_words(state, row, samples);
}

/* ---- rows ---- */

/* Fail with damage of this kind, or count it if --fail-on lets it pass. */
static enum ml_status pnm_damage(struct ml_source *source, enum ml_status kind,
                                 const char *why, uint32_t y,
                                 struct ml_error *err)
{
    if (ml_fails_on(source->options.fail_on, kind))
        return ml_fail(
            err, kind,
            kind == ML_ERR_TRUNCATED ? "PNM data ends early"
                                     : "PNM data is damaged",
            "get a good copy, or keep what can be read with --fail-on none",
            "%s, in row %" PRIu32 " of %" PRIu32, why, y,
            source->header.shape.height);
    if (source->warnings++ == 0)
        (void)snprintf(source->warning, sizeof source->warning, "%s", why);
    return ML_OK;
}

/* Read one row and report its damage.  A picture in decimal digits ends at the
 * first word that is no number. */
static enum ml_status pnm_read_row(struct ml_source *source,
                                   const struct ml_dst *dst, uint32_t y,
                                   struct ml_error *err)
{
    struct pnm_source *state = source->state;
    const struct ml_shape *shape = &source->header.shape;
    const size_t samples = (size_t)shape->width * ml_channels(shape->layout);
    const bool fell_before = state->out_of_range;
    const size_t count = pnm_row(state, ml_dst_row(dst, y), samples);
    enum ml_status status = ML_OK;
    if (state->out_of_range && !fell_before)
        status = pnm_damage(source, ML_ERR_CORRUPT,
                            "a sample is above the largest value or no number",
                            y, err);
    if (status != ML_OK || count == samples)
        return status;
    state->ended = true;
    ml_interleaved_blank(shape, dst, y, count);
    return pnm_damage(source, ML_ERR_TRUNCATED, "the samples end", y, err);
}

enum ml_status ml_pnm_read(struct ml_source *source, const struct ml_dst *dst,
                           struct ml_error *err)
{
    const struct pnm_source *state = source->state;
    enum ml_status status = ML_OK;
    uint32_t y = dst->y;
    for (; y < dst->y_end && !state->ended && status == ML_OK; y++)
        status = pnm_read_row(source, dst, y, err);
    if (status == ML_OK)
        ml_interleaved_blank(&source->header.shape, dst, y, 0);
    return status;
}

enum ml_status ml_pnm_end(struct ml_source *source, struct ml_error *err)
{
    (void)source; /* another picture may follow: a stream of them is legal */
    (void)err;
    return ML_OK;
}

void ml_pnm_close(struct ml_source *source)
{
    source->state = NULL; /* in the arena: not freed here */
}
