/* chart.c: test charts, each a function of the position only.
 *
 * Bars show whether colours are exact; the ramp, banding and rounding; the zone
 * plate, aliasing of a resize, as additional rings; the checks, edges and block
 * borders; line pairs, resolution; the grid, geometry.
 */
#include "command/gen/painter.h"

#include <stdbool.h>

#define CHART_WHITE 65535

static void chart_set(uint16_t *rgba, uint32_t red, uint32_t green,
                      uint32_t blue)
{
    rgba[0] = (uint16_t)red;
    rgba[1] = (uint16_t)green;
    rgba[2] = (uint16_t)blue;
    rgba[3] = CHART_WHITE;
}

static void chart_gray(uint16_t *rgba, uint32_t level)
{
    chart_set(rgba, level, level, level);
}

/* White, yellow, cyan, green, magenta, red, blue, black; below, in reverse
 * order at three quarters of the level. */
static void chart_bars(const struct ml_painter *p, uint32_t y, uint32_t x,
                       uint16_t *rgba)
{
    const uint32_t bar = (uint32_t)((uint64_t)x * 8 / p->width);
    const bool upper = (uint64_t)y * 3 < (uint64_t)p->height * 2;
    const uint32_t colour = upper ? 7 - bar : bar;
    const uint32_t level = upper ? CHART_WHITE : CHART_WHITE / 4 * 3;
    chart_set(rgba, colour & 2 ? level : 0, colour & 4 ? level : 0,
              colour & 1 ? level : 0);
}

/* Gray, red, green, blue, each from 0 to full. */
static void chart_ramp(const struct ml_painter *p, uint32_t y, uint32_t x,
                       uint16_t *rgba)
{
    const uint32_t last = p->width > 1 ? p->width - 1 : 1;
    const uint32_t level = (uint32_t)((uint64_t)x * CHART_WHITE / last);
    const uint32_t band = (uint32_t)((uint64_t)y * 4 / p->height);
    chart_set(rgba, band == 0 || band == 1 ? level : 0,
              band == 0 || band == 2 ? level : 0,
              band == 0 || band == 3 ? level : 0);
}

/* A wave with a period of 65536 steps, made of two parabolas: 0..65535. */
static uint32_t chart_wave(uint32_t phase)
{
    const uint32_t t = phase & 32767;
    const uint32_t arc = (t * (32768 - t)) >> 13; /* 0..32768 */
    return phase & 32768 ? 32768 - arc : 32767 + arc;
}

/* Rings whose frequency grows with the distance from the centre, up to half a
 * period a pixel at the shorter edge. */
static void chart_zone(const struct ml_painter *p, uint32_t y, uint32_t x,
                       uint16_t *rgba)
{
    const int64_t dx = 2 * (int64_t)x + 1 - p->width;
    const int64_t dy = 2 * (int64_t)y + 1 - p->height;
    const uint64_t square = (uint64_t)(dx * dx + dy * dy); /* (2 r)^2 */
    const uint64_t side = p->width < p->height ? p->width : p->height;
    /* r^2 / (4 R) periods with R = side / 2; only the fraction counts. */
    const uint64_t phase = (square << 13) / side;
    chart_gray(rgba, chart_wave((uint32_t)(phase & 65535)));
}

/* Checks of 8 pixels: one quarter black and white, three in colour. */
static void chart_checks(const struct ml_painter *p, uint32_t y, uint32_t x,
                         uint16_t *rgba)
{
    const uint32_t on = ((x / 8) ^ (y / 8)) & 1 ? CHART_WHITE : 0;
    const uint32_t part = (x * 2 >= p->width) + 2U * (y * 2 >= p->height);
    chart_set(rgba, part == 0 || part == 1 ? on : CHART_WHITE - on,
              part == 0 || part == 2 ? on : 0, part == 0 || part == 3 ? on : 0);
}

/* Eight fields of lines 1 to 8 pixels wide: vertical above, horizontal below.
 */
static void chart_lines(const struct ml_painter *p, uint32_t y, uint32_t x,
                        uint16_t *rgba)
{
    const uint32_t wide = 1 + (uint32_t)((uint64_t)x * 8 / p->width);
    const uint32_t along = (uint64_t)y * 2 < p->height ? x : y;
    chart_gray(rgba, along / wide & 1 ? CHART_WHITE : 0);
}

/* A gray background, lines every 32 pixels, and a circle. */
static void chart_grid(const struct ml_painter *p, uint32_t y, uint32_t x,
                       uint16_t *rgba)
{
    const int64_t dx = 2 * (int64_t)x + 1 - p->width;
    const int64_t dy = 2 * (int64_t)y + 1 - p->height;
    const int64_t side = p->width < p->height ? p->width : p->height;
    const int64_t square = dx * dx + dy * dy;
    if (square <= side * side && square >= (side - 4) * (side - 4))
        chart_set(rgba, CHART_WHITE, 0, 0);
    else if (x % 32 == 0 || y % 32 == 0)
        chart_gray(rgba, CHART_WHITE);
    else
        chart_gray(rgba, CHART_WHITE / 3);
}

typedef void chart_pixel(const struct ml_painter *painter, uint32_t y,
                         uint32_t x, uint16_t *rgba);

static chart_pixel *const chart_pixels[ML_CHART_COUNT] = {
    chart_bars, chart_ramp, chart_zone, chart_checks, chart_lines, chart_grid};

static void chart_row(const struct ml_painter *painter, uint32_t y, uint32_t x,
                      uint32_t x_end, uint16_t *rgba)
{
    const uint32_t *variant = painter->state;
    chart_pixel *pixel = chart_pixels[*variant];
    for (; x < x_end; x++, rgba += ML_PAINT_CHANNELS)
        pixel(painter, y, x, rgba);
}

void ml_paint_chart(struct ml_painter *painter, uint32_t variant,
                    uint32_t width, uint32_t height)
{
    static const uint32_t variants[ML_CHART_COUNT] = {0, 1, 2, 3, 4, 5};
    *painter = (struct ml_painter){width, height, chart_row,
                                   &variants[variant % ML_CHART_COUNT]};
}
