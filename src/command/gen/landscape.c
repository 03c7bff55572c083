/* landscape.c: a synthetic photograph of a landscape.
 *
 * The seed determines the scene when the painter is opened: a palette, two to
 * four ridges of hills one behind the other, houses and stones on them.  A
 * pixel is the material at its position, brightened and tinted by noise with
 * detail from a third of the picture down to two pixels, plus sensor noise. The
 * gains are chosen so that JPEG at quality 85, 4:2:0, needs 1 to 4 bits a
 * pixel, as photographs do; a test measures it.  Right shifts of negative
 * numbers are arithmetic in every compiler that builds this.
 */
#include "command/gen/painter.h"

#include <stddef.h>
#include <string.h>

#include "base/random.h"
#include "command/gen/noise.h"

#define PHOTO_LEVEL 257 /* one of 256 levels, in 16 bits */
#define PHOTO_RIDGES_MAX 4
#define PHOTO_OBJECTS_MAX 20
#define PHOTO_COARSE 4 /* octaves of light and shade */
#define PHOTO_FINE 4   /* octaves of texture: cells of 16, 8, 4, 2 pixels */
#define PHOTO_HUE 2
/* One for the sky, one a ridge, two an object. */
#define PHOTO_MATERIALS_MAX (1 + PHOTO_RIDGES_MAX + 2 * PHOTO_OBJECTS_MAX)

struct photo_palette {
    uint8_t sky_top[3], sky_low[3], far[3], near[3], ground[3], accent[3];
};

static const struct photo_palette photo_palettes[] = {
    /* noon */
    {{70, 120, 190},
     {190, 210, 230},
     {140, 160, 180},
     {70, 100, 60},
     {110, 120, 60},
     {190, 70, 50}},
    /* dusk */
    {{60, 50, 110},
     {240, 150, 90},
     {130, 90, 110},
     {55, 45, 55},
     {80, 60, 55},
     {250, 200, 90}},
    /* autumn */
    {{150, 170, 200},
     {225, 225, 220},
     {160, 140, 120},
     {150, 90, 40},
     {120, 80, 45},
     {180, 40, 30}},
    /* winter */
    {{160, 180, 210},
     {230, 235, 240},
     {180, 190, 205},
     {120, 130, 140},
     {215, 218, 225},
     {60, 70, 110}},
    /* desert */
    {{90, 140, 200},
     {220, 215, 200},
     {200, 150, 110},
     {180, 110, 70},
     {205, 165, 120},
     {80, 60, 50}},
    /* forest */
    {{90, 120, 110},
     {170, 185, 160},
     {80, 105, 80},
     {40, 65, 35},
     {65, 75, 40},
     {150, 140, 120}},
};
#define PHOTO_PALETTES (sizeof photo_palettes / sizeof *photo_palettes)

struct photo_material {
    int32_t top[3], bottom[3]; /* colour in 16 bits at y and y_end */
    int32_t y, y_end;
    int32_t coarse, fine; /* gains in 256ths */
    int32_t tint[3];      /* share of the light that each channel takes */
    int32_t hue[3];       /* share of the colour drift */
};

enum photo_form { PHOTO_HOUSE, PHOTO_STONE };

struct photo_object {
    enum photo_form form;
    int32_t x, y;         /* middle of its top */
    int32_t half, height; /* pixels */
    uint8_t body, detail; /* materials */
};

struct photo {
    struct ml_noise noise;
    struct ml_octave coarse[PHOTO_COARSE], fine[PHOTO_FINE], hue[PHOTO_HUE];
    uint32_t ridge_count, object_count, material_count;
    int32_t *ridges[PHOTO_RIDGES_MAX]; /* first row of each, by column */
    struct photo_object objects[PHOTO_OBJECTS_MAX];
    struct photo_material materials[PHOTO_MATERIALS_MAX];
    uint32_t grain_seed;
    int32_t grain; /* of the sensor, in 256ths of 1.15 levels */
};

/* ---- making the scene ---- */

static int32_t photo_between(struct ml_random *random, int32_t low,
                             int32_t high)
{
    return low + (int32_t)ml_random_below(random, (uint32_t)(high - low + 1));
}

static void photo_colour(int32_t out[3], const uint8_t colour[3],
                         const int32_t drift[3])
{
    for (int c = 0; c < 3; c++)
        out[c] = (colour[c] + drift[c]) * PHOTO_LEVEL;
}

static void photo_mix(uint8_t out[3], const uint8_t a[3], const uint8_t b[3],
                      uint32_t part, uint32_t whole)
{
    for (int c = 0; c < 3; c++)
        out[c] = (uint8_t)((a[c] * (whole - part) + b[c] * part) / whole);
}

/* Add a material with random tints; returns its index. */
static uint8_t photo_material(struct photo *photo, struct ml_random *random,
                              const uint8_t top[3], const uint8_t bottom[3],
                              int32_t coarse, int32_t fine)
{
    struct photo_material *m = &photo->materials[photo->material_count];
    int32_t drift[3];
    for (int c = 0; c < 3; c++)
        drift[c] = photo_between(random, -12, 12);
    photo_colour(m->top, top, drift);
    photo_colour(m->bottom, bottom, drift);
    m->coarse = coarse;
    m->fine = fine;
    for (int c = 0; c < 3; c++) {
        m->tint[c] = photo_between(random, 215, 265);
        m->hue[c] = photo_between(random, -45, 45);
    }
    return (uint8_t)photo->material_count++;
}

static void photo_extent(struct photo *photo, uint8_t material, int32_t y,
                         int32_t y_end)
{
    photo->materials[material].y = y;
    photo->materials[material].y_end = y_end > y ? y_end : y + 1;
}

/* `count` octaves from `cell` downwards, dividing by `step`. */
static void photo_octaves(struct ml_octave *octaves, uint32_t count,
                          uint32_t cell, uint32_t step, const int32_t *gains,
                          struct ml_random *random)
{
    for (uint32_t i = 0; i < count; i++) {
        octaves[i] =
            (struct ml_octave){.cell = cell < 2 ? 2 : cell,
                               .gain = gains[i],
                               .seed = (uint32_t)ml_random_next(random)};
        cell /= step;
    }
}

/* The largest cell: the largest power of two within a third of the picture. */
static uint32_t photo_large_cell(uint32_t width, uint32_t height)
{
    const uint32_t side = (width < height ? width : height) / 3;
    uint32_t cell = 16;
    while (cell * 2 <= side && cell < ML_NOISE_CELL_MAX)
        cell *= 2;
    return cell;
}

static void photo_open_octaves(struct photo *photo, uint32_t cell,
                               struct ml_random *random)
{
    static const int32_t coarse[PHOTO_COARSE] = {150, 110, 70, 40};
    static const int32_t fine[PHOTO_FINE] = {110, 130, 145, 140};
    static const int32_t hue[PHOTO_HUE] = {160, 90};
    photo_octaves(photo->coarse, PHOTO_COARSE, cell, 2, coarse, random);
    photo_octaves(photo->fine, PHOTO_FINE, 16, 2, fine, random);
    photo_octaves(photo->hue, PHOTO_HUE, cell, 4, hue, random);
}

/* The outline of one ridge, around 0: noise along a line, from hills to tree
 * tops. */
static void photo_ridge(const struct photo *photo, int32_t *tops,
                        uint32_t width, uint32_t cell, struct ml_random *random)
{
    static const int32_t gains[] = {200, 110, 50, 24, 12, 6};
    struct ml_octave octaves[6];
    photo_octaves(octaves, 6, cell, 2, gains, random);
    memset(tops, 0, width * sizeof *tops);
    for (uint32_t x = 0; x < width; x += ML_NOISE_BLOCK) {
        const uint32_t x_end =
            width - x < ML_NOISE_BLOCK ? width : x + ML_NOISE_BLOCK;
        for (uint32_t i = 0; i < 6; i++)
            ml_noise_add(&photo->noise, &octaves[i], 0, x, x_end, tops + x);
    }
}

/* Move an outline around row `middle`, `swing` rows high. */
static void photo_move_ridge(int32_t *tops, uint32_t width, int32_t middle,
                             int32_t swing)
{
    for (uint32_t x = 0; x < width; x++)
        tops[x] = middle + (int32_t)((int64_t)tops[x] * swing / 16384);
}

static enum ml_status
photo_open_land(struct photo *photo, const struct photo_palette *palette,
                const struct ml_painter *size, struct ml_random *random,
                struct ml_arena *arena, struct ml_error *err)
{
    const int32_t height = (int32_t)size->height;
    const uint32_t cell = photo_large_cell(size->width, size->height);
    const int32_t horizon = height * photo_between(random, 22, 55) / 100;
    photo->ridge_count = (uint32_t)photo_between(random, 2, PHOTO_RIDGES_MAX);
    const uint8_t sky =
        photo_material(photo, random, palette->sky_top, palette->sky_low,
                       photo_between(random, 50, 130), 10);
    photo_extent(photo, sky, 0, horizon);
    for (uint32_t k = 0; k < photo->ridge_count; k++) {
        uint8_t top[3], low[3];
        const int32_t n = (int32_t)photo->ridge_count;
        const int32_t middle = horizon + (height - horizon) * (int32_t)k / n;
        photo->ridges[k] =
            ml_arena_alloc(arena, size->width * sizeof *photo->ridges[k]);
        if (!photo->ridges[k])
            return ml_fail(err, ML_ERR_MEMORY,
                           "not enough memory for the scene", NULL,
                           "%u columns", size->width);
        photo_ridge(photo, photo->ridges[k], size->width, cell, random);
        photo_move_ridge(photo->ridges[k], size->width, middle,
                         height / (6 + 2 * (int32_t)k));
        photo_mix(top, palette->far, palette->near, k + 1,
                  photo->ridge_count + 1);
        photo_mix(low, palette->near, palette->ground, k + 1,
                  photo->ridge_count);
        /* One random number a statement: C does not order arguments. */
        const int32_t coarse = photo_between(random, 120, 210);
        const int32_t fine = photo_between(random, 90, 190) + 50 * (int32_t)k;
        const uint8_t land =
            photo_material(photo, random, top, low, coarse, fine);
        photo_extent(photo, land, middle, height);
    }
    return ML_OK;
}

/* Houses and stones on the land; near ones are larger. */
static void photo_open_objects(struct photo *photo,
                               const struct photo_palette *palette,
                               const struct ml_painter *size,
                               struct ml_random *random)
{
    static const uint8_t dark[3] = {35, 38, 45}, light[3] = {225, 220, 205};
    const int32_t width = (int32_t)size->width, height = (int32_t)size->height;
    photo->object_count = (uint32_t)photo_between(random, 5, PHOTO_OBJECTS_MAX);
    for (uint32_t i = 0; i < photo->object_count; i++) {
        struct photo_object *o = &photo->objects[i];
        uint8_t wall[3];
        o->form = ml_random_below(random, 2) ? PHOTO_HOUSE : PHOTO_STONE;
        o->x = photo_between(random, 0, width - 1);
        /* From far to near, so that near ones cover far ones. */
        o->y = height / 2 + height / 2 * (int32_t)i / PHOTO_OBJECTS_MAX;
        o->height = height * photo_between(random, 3, 6 + (int32_t)i / 2) / 100;
        o->half = o->height * photo_between(random, 30, 90) / 100;
        photo_mix(wall, palette->accent, light, ml_random_below(random, 9), 9);
        o->body = photo_material(photo, random,
                                 o->form == PHOTO_HOUSE ? wall : palette->far,
                                 o->form == PHOTO_HOUSE ? wall : palette->near,
                                 60, photo_between(random, 40, 150));
        o->detail =
            photo_material(photo, random, dark, palette->accent, 20, 30);
        photo_extent(photo, o->body, o->y, o->y + o->height);
        photo_extent(photo, o->detail, o->y - o->height / 2, o->y + o->height);
    }
}

/* ---- painting a block of a row ---- */

struct photo_block {
    uint32_t x, count;
    uint8_t material[ML_NOISE_BLOCK];
    int32_t coarse[ML_NOISE_BLOCK], fine[ML_NOISE_BLOCK], hue[ML_NOISE_BLOCK];
};

/* Cover pixels [from, to) of the row, clipped to the block. */
static void photo_cover(struct photo_block *block, int32_t from, int32_t to,
                        uint8_t material)
{
    const int32_t x = (int32_t)block->x, x_end = x + (int32_t)block->count;
    from = from < x ? x : from;
    to = to > x_end ? x_end : to;
    if (from < to)
        memset(block->material + (from - x), material, (size_t)(to - from));
}

static int32_t photo_root(int64_t square)
{
    int64_t root = 0;
    for (int64_t bit = INT64_C(1) << 30; bit > 0; bit >>= 1) {
        if ((root + bit) * (root + bit) <= square)
            root += bit;
    }
    return (int32_t)root;
}

/* A wall with two rows of windows and a roof above it. */
static void photo_house(struct photo_block *block, const struct photo_object *o,
                        int32_t y)
{
    const int32_t line = y - o->y, roof = o->height / 2;
    if (line < 0) {
        const int32_t half = (o->half + 2) * (line + roof) / (roof + 1);
        photo_cover(block, o->x - half, o->x + half, o->detail);
        return;
    }
    photo_cover(block, o->x - o->half, o->x + o->half, o->body);
    const int32_t cell = o->half / 4;
    if (cell < 2 || line / cell % 3 != 1)
        return;
    for (int32_t x = o->x - o->half + cell; x + cell < o->x + o->half;
         x += 2 * cell)
        photo_cover(block, x, x + cell, o->detail);
}

static void photo_stone(struct photo_block *block, const struct photo_object *o,
                        int32_t y)
{
    /* An ellipse: x^2 / half^2 + dy^2 / (height / 2)^2 <= 1. */
    const int64_t tall = o->height / 2 + 1, dy = y - o->y - tall;
    const int64_t square = tall * tall - dy * dy;
    if (square <= 0)
        return;
    const int32_t half = (int32_t)(photo_root(square) * o->half / tall);
    photo_cover(block, o->x - half, o->x + half, o->body);
}

static void photo_map(const struct photo *photo, struct photo_block *block,
                      int32_t y)
{
    memset(block->material, 0, block->count);
    for (uint32_t k = 0; k < photo->ridge_count; k++) {
        const int32_t *tops = photo->ridges[k] + block->x;
        for (uint32_t i = 0; i < block->count; i++)
            block->material[i] =
                y >= tops[i] ? (uint8_t)(k + 1) : block->material[i];
    }
    for (uint32_t i = 0; i < photo->object_count; i++) {
        const struct photo_object *o = &photo->objects[i];
        if (y < o->y - o->height / 2 || y >= o->y + o->height)
            continue;
        if (o->form == PHOTO_HOUSE)
            photo_house(block, o, y);
        else
            photo_stone(block, o, y);
    }
}

static void photo_textures(const struct photo *photo, struct photo_block *block,
                           uint32_t y)
{
    const uint32_t x = block->x, x_end = x + block->count;
    memset(block->coarse, 0, sizeof block->coarse);
    memset(block->fine, 0, sizeof block->fine);
    memset(block->hue, 0, sizeof block->hue);
    for (uint32_t i = 0; i < PHOTO_COARSE; i++)
        ml_noise_add(&photo->noise, &photo->coarse[i], y, x, x_end,
                     block->coarse);
    for (uint32_t i = 0; i < PHOTO_FINE; i++)
        ml_noise_add(&photo->noise, &photo->fine[i], y, x, x_end, block->fine);
    for (uint32_t i = 0; i < PHOTO_HUE; i++)
        ml_noise_add(&photo->noise, &photo->hue[i], y, x, x_end, block->hue);
}

static inline uint16_t photo_clamp(int32_t value)
{
    value = value < 0 ? 0 : value;
    return (uint16_t)(value > 65535 ? 65535 : value);
}

/* Pixels [i, i_end) of the block, all of one material. */
static void photo_run(const struct photo *photo,
                      const struct photo_block *block, uint32_t y, uint32_t i,
                      uint32_t i_end, uint16_t *restrict rgba)
{
    const struct photo_material *m = &photo->materials[block->material[i]];
    const uint32_t row = ml_noise_mix(y ^ photo->grain_seed);
    const int32_t tall = m->y_end - m->y;
    int32_t base[3], down = (int32_t)y - m->y;
    down = down < 0 ? 0 : down > tall ? tall : down;
    for (int c = 0; c < 3; c++)
        base[c] = m->top[c] +
                  (int32_t)((int64_t)(m->bottom[c] - m->top[c]) * down / tall);
    for (; i < i_end; i++) {
        const int32_t light =
            (block->coarse[i] * m->coarse + block->fine[i] * m->fine) >> 8;
        const int32_t hue = block->hue[i];
        const uint32_t grain =
            ml_noise_mix((block->x + i) * UINT32_C(0x9e3779b1) ^ row);
        for (int c = 0; c < 3; c++) {
            const int32_t noise = (int32_t)(grain >> 10 * c & 1023) - 512;
            rgba[i * 4 + (uint32_t)c] =
                photo_clamp(base[c] + ((light * m->tint[c] + hue * m->hue[c] +
                                        noise * photo->grain) >>
                                       8));
        }
        rgba[i * 4 + 3] = 65535;
    }
}

static void photo_row(const struct ml_painter *painter, uint32_t y, uint32_t x,
                      uint32_t x_end, uint16_t *rgba)
{
    const struct photo *photo = painter->state;
    struct photo_block block;
    while (x < x_end) {
        const uint32_t edge = (x / ML_NOISE_BLOCK + 1) * ML_NOISE_BLOCK;
        block.x = x;
        block.count = (x_end < edge ? x_end : edge) - x;
        photo_map(photo, &block, (int32_t)y);
        photo_textures(photo, &block, y);
        for (uint32_t i = 0, i_end; i < block.count; i = i_end) {
            for (i_end = i + 1; i_end < block.count &&
                                block.material[i_end] == block.material[i];)
                i_end++;
            photo_run(photo, &block, y, i, i_end, rgba);
        }
        rgba += (size_t)block.count * ML_PAINT_CHANNELS;
        x += block.count;
    }
}

enum ml_status ml_paint_photo(struct ml_painter *painter, uint64_t seed,
                              uint32_t width, uint32_t height,
                              struct ml_arena *arena, struct ml_error *err)
{
    struct ml_random random = {seed};
    struct ml_painter made = {width, height, photo_row, NULL};
    struct photo *photo = ml_arena_calloc(arena, sizeof *photo);
    if (!photo)
        return ml_fail(err, ML_ERR_MEMORY, "not enough memory for the scene",
                       NULL, "%zu bytes", sizeof *photo);
    const struct photo_palette *palette =
        &photo_palettes[ml_random_below(&random, PHOTO_PALETTES)];
    ml_noise_open(&photo->noise);
    photo_open_octaves(photo, photo_large_cell(width, height), &random);
    const enum ml_status status =
        photo_open_land(photo, palette, &made, &random, arena, err);
    if (status)
        return status;
    photo_open_objects(photo, palette, &made, &random);
    photo->grain_seed = (uint32_t)ml_random_next(&random);
    photo->grain = photo_between(&random, 280, 640);
    made.state = photo;
    *painter = made;
    return ML_OK;
}
