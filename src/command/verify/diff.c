/* diff.c: see diff.h. */
#include "command/verify/diff.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "codec/registry.h"
#include "files/input/read.h"

#define DIFF_CHUNK 65536
#define DIFF_ROWS 16
#define DIFF_LEVEL 257 /* one level of 8 bits, in 16 bits */

const char *ml_diff_result_name(enum ml_diff_result result)
{
    static const char *const names[ML_DIFF_RESULT_COUNT] = {
        "same", "different", "missing", "extra", "unreadable"};
    return names[result];
}

static struct ml_finding diff_finding(enum ml_diff_result result,
                                      const char *format, ...) ML_PRINTF(2, 3);

static struct ml_finding diff_finding(enum ml_diff_result result,
                                      const char *format, ...)
{
    struct ml_finding finding = {.result = result};
    va_list args;
    va_start(args, format);
    (void)vsnprintf(finding.why, sizeof finding.why, format, args);
    va_end(args);
    return finding;
}

static struct ml_finding diff_failed(const char *side,
                                     const struct ml_error *err)
{
    return diff_finding(ML_UNREADABLE, "%s: %s: %s", side, err->what, err->why);
}

/* ---- bytes ---- */

static struct ml_finding diff_streams(int left, int right)
{
    uint8_t a[DIFF_CHUNK], b[DIFF_CHUNK];
    for (uint64_t offset = 0;; offset += DIFF_CHUNK) {
        const ssize_t a_size = ml_read_up_to(left, a, sizeof a);
        if (a_size < 0)
            return diff_finding(ML_UNREADABLE, "left: %s", strerror(errno));
        const ssize_t b_size = ml_read_up_to(right, b, sizeof b);
        if (b_size < 0)
            return diff_finding(ML_UNREADABLE, "right: %s", strerror(errno));
        const size_t common = (size_t)(a_size < b_size ? a_size : b_size);
        size_t i = 0;
        if (memcmp(a, b, common) != 0) {
            while (a[i] == b[i])
                i++;
            return diff_finding(ML_DIFFERENT, "byte %" PRIu64 " is %u and %u",
                                offset + i, a[i], b[i]);
        }
        if (a_size != b_size)
            return diff_finding(
                ML_DIFFERENT, "the %s file ends at byte %" PRIu64,
                a_size < b_size ? "left" : "right", offset + common);
        if (a_size < DIFF_CHUNK)
            return (struct ml_finding){.result = ML_SAME};
    }
}

struct ml_finding ml_diff_bytes(const char *left, const char *right)
{
    struct ml_file a, b;
    struct ml_error err;
    struct ml_finding finding;
    if (ml_file_open(&a, left, UINT64_MAX, &err) != ML_OK)
        return diff_failed("left", &err);
    if (ml_file_open(&b, right, UINT64_MAX, &err) != ML_OK) {
        ml_file_close(&a);
        return diff_failed("right", &err);
    }
    if (a.size != b.size)
        finding = diff_finding(
            ML_DIFFERENT, "%" PRIu64 " and %" PRIu64 " bytes", a.size, b.size);
    else
        finding = diff_streams(a.fd, b.fd);
    ml_file_close(&b);
    ml_file_close(&a);
    return finding;
}

/* ---- samples ---- */

/* `count` pixels as four samples of 16 bits: RGBA, or CMYK. */
static void diff_widen(const struct ml_shape *shape, const uint8_t *row,
                       uint32_t count, uint16_t *out)
{
    const uint32_t channels = ml_channels(shape->layout);
    const bool gray = shape->layout == ML_GRAY || shape->layout == ML_GRAYA;
    for (uint32_t x = 0; x < count; x++, out += 4) {
        uint16_t in[4];
        if (shape->bits == 16) {
            memcpy(in, row + (size_t)x * channels * 2, channels * 2);
        } else {
            for (uint32_t c = 0; c < channels; c++)
                in[c] = (uint16_t)(row[(size_t)x * channels + c] * DIFF_LEVEL);
        }
        const bool opaque = shape->layout == ML_GRAY || shape->layout == ML_RGB;
        out[0] = in[0];
        out[1] = gray ? in[0] : in[1];
        out[2] = gray ? in[0] : in[2];
        out[3] = opaque ? 65535 : in[channels - 1];
    }
}

struct diff_sums {
    uint32_t largest; /* difference of two samples, 16 bits */
    double squares;
    double samples;
};

/* Alpha counts where either picture has it; a row's sum of squares fits 64
 * bits. */
static void diff_row(struct diff_sums *sums, const uint16_t *a,
                     const uint16_t *b, uint32_t width, uint32_t channels)
{
    uint64_t squares = 0;
    for (uint32_t x = 0; x < width; x++) {
        for (uint32_t c = 0; c < channels; c++) {
            const uint16_t p = a[x * 4 + c], q = b[x * 4 + c];
            const uint32_t off = (uint32_t)(p > q ? p - q : q - p);
            squares += (uint64_t)off * off;
            sums->largest = off > sums->largest ? off : sums->largest;
        }
    }
    sums->squares += (double)squares;
    sums->samples += (double)width * channels;
}

struct diff_side {
    const char *name; /* "left" */
    struct ml_source source;
    uint8_t *rows;  /* a strip */
    uint16_t *wide; /* one row */
};

/* Read the file into the arena and parse its header.  After a failure nothing
 * is left to close. */
static enum ml_status diff_open(struct diff_side *side, const char *path,
                                struct ml_arena *arena, struct ml_error *err)
{
    const struct ml_source_options options = {.fail_on = ML_FAIL_ON_TRUNCATED,
                                              .limits = ml_limits_default};
    struct ml_file file;
    enum ml_status status =
        ml_file_open(&file, path, ml_limits_default.input_bytes, err);
    if (status)
        return status;
    uint8_t *data = ml_arena_alloc(arena, file.size ? file.size : 1);
    if (!data)
        status = ml_fail(err, ML_ERR_MEMORY, "the file is too large",
                         "compare it without --psnr or --max-error",
                         "%" PRIu64 " bytes", file.size);
    else
        status = ml_file_read(&file, data, err);
    const struct ml_bytes bytes = {data, file.size};
    ml_file_close(&file);
    if (status == ML_OK)
        status = ml_source_open(&side->source, bytes, &options, arena, err);
    return status;
}

static enum ml_status diff_start(struct diff_side *side, struct ml_arena *arena,
                                 struct ml_error *err)
{
    const struct ml_shape *shape = &side->source.header.shape;
    size_t bytes;
    side->rows = NULL;
    if (ml_rows_bytes(shape, DIFF_ROWS, &bytes))
        side->rows = ml_arena_alloc(arena, bytes);
    side->wide = ml_arena_alloc(arena, (size_t)shape->width * 4 * 2);
    if (!side->rows || !side->wide)
        return ml_fail(err, ML_ERR_MEMORY, "the picture is too wide", NULL,
                       "%u pixels", shape->width);
    return ml_source_start(&side->source, err);
}

static enum ml_status diff_read(struct diff_side *side, uint32_t y,
                                struct ml_dst *dst, struct ml_error *err)
{
    const struct ml_shape *shape = &side->source.header.shape;
    const uint32_t left = shape->height - y;
    ml_dst_place(dst, shape, side->rows, y,
                 y + (left < DIFF_ROWS ? left : DIFF_ROWS));
    return ml_source_read(&side->source, dst, err);
}

/* Sum the differences of two sources of equal size.  *failed_out names the
 * side that could not be decoded. */
static enum ml_status diff_sum(struct diff_side sides[2],
                               struct ml_arena *arena, struct diff_sums *sums,
                               const char **failed_out, struct ml_error *err)
{
    const struct ml_shape *shapes[2] = {&sides[0].source.header.shape,
                                        &sides[1].source.header.shape};
    const bool four = ml_has_alpha(shapes[0]->layout) ||
                      ml_has_alpha(shapes[1]->layout) ||
                      shapes[0]->layout == ML_CMYK;
    enum ml_status status;
    for (int i = 0; i < 2; i++) {
        *failed_out = sides[i].name;
        status = diff_start(&sides[i], arena, err);
        if (status)
            return status;
    }
    for (uint32_t y = 0; y < shapes[0]->height; y += DIFF_ROWS) {
        struct ml_dst rows[2];
        for (int i = 0; i < 2; i++) {
            *failed_out = sides[i].name;
            status = diff_read(&sides[i], y, &rows[i], err);
            if (status)
                return status;
        }
        for (uint32_t line = y; line < rows[0].y_end; line++) {
            for (int i = 0; i < 2; i++)
                diff_widen(shapes[i], ml_dst_row(&rows[i], line),
                           shapes[i]->width, sides[i].wide);
            diff_row(sums, sides[0].wide, sides[1].wide, shapes[0]->width,
                     four ? 4 : 3);
        }
    }
    for (int i = 0; i < 2; i++) {
        *failed_out = sides[i].name;
        status = ml_source_end(&sides[i].source, err);
        if (status)
            return status;
    }
    return ML_OK;
}

static struct ml_finding diff_judge(const struct diff_sums *sums,
                                    const struct ml_tolerance *tolerance)
{
    const double mean = sums->squares / sums->samples;
    const double psnr = mean > 0 ? 10 * log10(65535.0 * 65535.0 / mean) : 1e9;
    const double largest = (double)sums->largest / DIFF_LEVEL;
    if (tolerance->limits_psnr && psnr < tolerance->psnr_db)
        return diff_finding(ML_DIFFERENT,
                            "PSNR is %.2f dB, largest error %.4g levels", psnr,
                            largest);
    if (tolerance->limits_error && largest > tolerance->max_error)
        return diff_finding(ML_DIFFERENT,
                            "largest error is %.4g levels, PSNR %.2f dB",
                            largest, psnr);
    return (struct ml_finding){.result = ML_SAME};
}

static struct ml_finding diff_pictures(struct diff_side sides[2],
                                       const struct ml_tolerance *tolerance,
                                       struct ml_arena *arena)
{
    const struct ml_shape *a = &sides[0].source.header.shape;
    const struct ml_shape *b = &sides[1].source.header.shape;
    struct diff_sums sums = {0};
    struct ml_error err;
    const char *failed = "";
    if (a->width != b->width || a->height != b->height)
        return diff_finding(ML_DIFFERENT, "%ux%u and %ux%u pixels", a->width,
                            a->height, b->width, b->height);
    if ((a->layout == ML_CMYK) != (b->layout == ML_CMYK))
        return diff_finding(ML_DIFFERENT, "%s and %s",
                            ml_layout_name(a->layout),
                            ml_layout_name(b->layout));
    if (diff_sum(sides, arena, &sums, &failed, &err) != ML_OK)
        return diff_failed(failed, &err);
    return diff_judge(&sums, tolerance);
}

struct ml_finding ml_diff_pixels(const char *left, const char *right,
                                 const struct ml_tolerance *tolerance,
                                 struct ml_arena *arena)
{
    struct ml_finding finding = ml_diff_bytes(left, right);
    if (finding.result != ML_DIFFERENT)
        return finding;
    const size_t mark = ml_arena_mark(arena);
    struct diff_side sides[2] = {{.name = "left"}, {.name = "right"}};
    struct ml_error errs[2];
    const enum ml_status a = diff_open(&sides[0], left, arena, &errs[0]);
    const enum ml_status b = diff_open(&sides[1], right, arena, &errs[1]);
    if (a == ML_OK && b == ML_OK)
        finding = diff_pictures(sides, tolerance, arena);
    else if (a != ML_OK && a != ML_ERR_FORMAT)
        finding = diff_failed("left", &errs[0]);
    else if (b != ML_OK && b != ML_ERR_FORMAT)
        finding = diff_failed("right", &errs[1]);
    else if (a != b)
        finding = diff_finding(ML_DIFFERENT, "only the %s file is a picture",
                               a == ML_OK ? "left" : "right");
    /* else neither is a picture, and their bytes differ */
    if (a == ML_OK)
        ml_source_close(&sides[0].source);
    if (b == ML_OK)
        ml_source_close(&sides[1].source);
    ml_arena_reset(arena, mark);
    return finding;
}
