/* pair.c: see pair.h. */
#include "support/filters/pair.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/size_math.h"
#include "os/parallel_for.h"

#define PAIR_PADDING 0xA5
#define PAIR_PADDING_STEPS 9 /* of two bytes, so that 16-bit rows stay even */
#define PAIR_ARENA_BYTES ((size_t)64 << 20)
#define PAIR_FILLS 5
#define PAIR_TEAM_MAX 8

/* ---- memory between guard pages ---- */

void pair_block_open(struct pair_block *block, size_t bytes, bool at_back)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const size_t room = ml_round_up(bytes, page);
    block->bytes = bytes;
    block->map_bytes = room + 2 * page;
    block->map = mmap(NULL, block->map_bytes, PROT_NONE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(block->map != MAP_FAILED);
    block->data = block->map + page + (at_back ? room - bytes : 0);
    if (room > 0)
        assert_int_equal(
            mprotect(block->map + page, room, PROT_READ | PROT_WRITE), 0);
}

void pair_block_close(struct pair_block *block)
{
    if (block->map)
        assert_int_equal(munmap(block->map, block->map_bytes), 0);
    memset(block, 0, sizeof *block);
}

/* ---- rows between guard pages ---- */

/* Rows of a plane that a view of picture rows holds. */
static size_t pair_plane_rows(const struct ml_shape *shape, uint32_t plane,
                              uint32_t y, uint32_t y_end)
{
    return ml_plane_y(shape, plane, y_end) - ml_plane_y(shape, plane, y);
}

void pair_view_open(struct pair_view *view, const struct ml_shape *shape,
                    uint32_t y, uint32_t y_end, bool at_back,
                    struct ml_random *random)
{
    memset(view, 0, sizeof *view);
    view->shape = *shape;
    view->rows.y = y;
    view->rows.y_end = y_end;
    for (uint32_t p = 0; p < ml_plane_count(shape); p++) {
        const size_t rows = pair_plane_rows(shape, p, y, y_end);
        const size_t bytes = ml_row_bytes(shape, p);
        const size_t stride =
            bytes + (size_t)2 * ml_random_below(random, PAIR_PADDING_STEPS);
        /* The last row has no padding: it ends at the guard. */
        pair_block_open(&view->blocks[p], (rows - 1) * stride + bytes, at_back);
        memset(view->blocks[p].data, PAIR_PADDING, view->blocks[p].bytes);
        view->rows.data[p] = view->blocks[p].data;
        view->rows.stride_bytes[p] = stride;
    }
}

void pair_view_close(struct pair_view *view)
{
    for (uint32_t p = 0; p < ML_PLANE_MAX; p++)
        pair_block_close(&view->blocks[p]);
}

void pair_view_protect(struct pair_view *view)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    for (uint32_t p = 0; p < ml_plane_count(&view->shape); p++)
        assert_int_equal(mprotect(view->blocks[p].map + page,
                                  view->blocks[p].map_bytes - 2 * page,
                                  PROT_READ),
                         0);
}

void pair_view_check(const struct pair_view *view)
{
    for (uint32_t p = 0; p < ml_plane_count(&view->shape); p++) {
        const size_t rows =
            pair_plane_rows(&view->shape, p, view->rows.y, view->rows.y_end);
        const size_t stride = view->rows.stride_bytes[p];
        for (size_t y = 0; y + 1 < rows; y++) {
            const uint8_t *row = view->rows.data[p] + y * stride;
            for (size_t i = ml_row_bytes(&view->shape, p); i < stride; i++)
                assert_int_equal(row[i], PAIR_PADDING);
        }
    }
}

static void pair_put(uint8_t *row, size_t index, uint8_t bits, uint32_t level)
{
    const uint16_t sample = (uint16_t)level;
    if (bits == 8)
        row[index] = (uint8_t)level;
    else
        memcpy(row + index * sizeof sample, &sample, sizeof sample);
}

static uint32_t pair_level(struct ml_random *random, unsigned kind,
                           uint32_t flat, size_t y, size_t index, uint32_t most)
{
    switch (kind) {
    case 0:
        return ml_random_below(random, most + 1);
    case 1:
        return ml_random_below(random, 2) * most;
    case 2:
        return flat;
    case 3:
        return (uint32_t)(flat + y * 7 + index * 3) % (most + 1);
    default: /* the ends of the range, and next to them */
        return ml_random_below(random, 2) ? most - ml_random_below(random, 3)
                                          : ml_random_below(random, 3);
    }
}

static void pair_fill_row(uint8_t *row, const struct ml_shape *shape, size_t y,
                          size_t width, struct ml_random *random, unsigned kind,
                          uint32_t flat, bool premultiplied)
{
    const size_t channels = ml_channels(shape->layout);
    const uint32_t most = shape->bits == 8 ? UINT8_MAX : UINT16_MAX;
    const bool under = premultiplied && ml_has_alpha(shape->layout);
    for (size_t x = 0; x < width; x++) {
        const uint32_t alpha =
            pair_level(random, kind, flat, y, x * channels, most);
        for (size_t c = 0; c < channels; c++) {
            uint32_t level =
                pair_level(random, kind, flat, y, x * channels + c, most);
            if (under)
                level = c == channels - 1
                            ? alpha
                            : (uint32_t)((uint64_t)level * alpha / most);
            pair_put(row, x * channels + c, shape->bits, level);
        }
    }
}

void pair_view_fill(struct pair_view *view, struct ml_random *random,
                    bool premultiplied)
{
    const struct ml_shape *shape = &view->shape;
    const unsigned kind = ml_random_below(random, PAIR_FILLS);
    for (uint32_t p = 0; p < ml_plane_count(shape); p++) {
        const uint32_t flat =
            ml_random_below(random, shape->bits == 8 ? 256 : 65536);
        const size_t rows =
            pair_plane_rows(shape, p, view->rows.y, view->rows.y_end);
        for (size_t y = 0; y < rows; y++)
            pair_fill_row(view->rows.data[p] + y * view->rows.stride_bytes[p],
                          shape, y, ml_plane_width(shape, p), random, kind,
                          flat, premultiplied);
    }
}

/* ---- a filter ---- */

uint64_t pair_seed(void)
{
    const char *given = getenv("ML_TEST_SEED");
    uint64_t seed;
    if (!given || !ml_parse_u64(given, &seed))
        seed = ml_now_ns();
    (void)printf("ML_TEST_SEED=%llu\n", (unsigned long long)seed);
    (void)fflush(stdout); /* a guard page may end us */
    return seed;
}

static uint32_t pair_grid(const struct ml_shape *shape)
{
    return shape->layout == ML_YCC ? shape->sub_y : 1;
}

static bool pair_coin(struct ml_random *random)
{
    return ml_random_below(random, 2) == 1;
}

enum ml_status pair_open(struct pair *pair, const struct ml_chain_item *item,
                         const struct ml_shape *shape, uint32_t full_width,
                         uint32_t full_height, uint8_t orientation,
                         struct ml_random *random, struct ml_error *err)
{
    memset(pair, 0, sizeof *pair);
    pair->filter = item->filter;
    assert_int_equal(ml_arena_open(&pair->arena, PAIR_ARENA_BYTES, err), ML_OK);
    pair->setup = (struct ml_filter_setup){.filter = item->filter,
                                           .values = item->values,
                                           .numbers = item->numbers,
                                           .in = *shape,
                                           .full_width = full_width,
                                           .full_height = full_height,
                                           .orientation = orientation,
                                           .arena = &pair->arena};
    if (shape->layout == ML_YCC) { /* what a sink may store */
        static const uint8_t subsamplings[][2] = {
            {0, 0}, {1, 1}, {2, 1}, {2, 2}};
        const uint32_t choice = ml_random_below(random, 4);
        pair->setup.sub_x = subsamplings[choice][0];
        pair->setup.sub_y = subsamplings[choice][1];
    }
    const enum ml_status status = pair->filter->prepare(&pair->setup, err);
    if (status != ML_OK || pair->setup.is_identity || pair_is_refused(pair))
        return status;
    pair_view_open(&pair->in, shape, 0, shape->height, pair_coin(random),
                   random);
    pair_view_fill(&pair->in, random,
                   item->filter->flags & ML_FILTER_PREMULTIPLIED);
    pair_view_protect(&pair->in);
    const struct ml_shape *out = &pair->setup.out;
    pair_view_open(&pair->want, out, 0, out->height, true, random);
    pair_view_open(&pair->got, out, 0, out->height, pair_coin(random), random);
    const struct ml_src frame = ml_dst_as_src(&pair->in.rows);
    return pair->filter->analyze
               ? pair->filter->analyze(pair->setup.state, &frame, err)
               : ML_OK;
}

void pair_close(struct pair *pair)
{
    pair_view_close(&pair->in);
    pair_view_close(&pair->want);
    pair_view_close(&pair->got);
    ml_arena_close(&pair->arena);
}

/* What `needs` says, on the chroma grid. */
static struct ml_range pair_window(const struct pair *pair, uint32_t y,
                                   uint32_t y_end)
{
    const struct ml_shape *in = &pair->setup.in;
    const uint32_t grid = pair_grid(in);
    struct ml_range range =
        pair->filter->input_window(pair->setup.state, y, y_end);
    range.y -= range.y % grid;
    range.y_end = (uint32_t)ml_round_up(range.y_end, grid);
    range.y_end = range.y_end < in->height ? range.y_end : in->height;
    return range;
}

static void pair_scratch_open(const struct pair *pair, struct pair_block *block)
{
    pair_block_open(
        block, ml_round_up(pair->setup.scratch_bytes, ML_ARENA_ALIGN), true);
    if (pair->filter->flags & ML_FILTER_SEQUENTIAL)
        memset(block->data, 0, block->bytes);
    else /* the rest of an earlier picture */
        memset(block->data, PAIR_PADDING, block->bytes);
}

/* rows for a band, from a window of its own. */
static void pair_band(struct pair *pair, uint32_t y, uint32_t y_end,
                      struct pair_block *scratch, struct ml_random *random)
{
    const struct ml_shape *in = &pair->setup.in;
    const struct ml_range need = pair_window(pair, y, y_end);
    const struct ml_src frame = ml_dst_as_src(&pair->in.rows);
    const struct ml_src part = ml_src_part(&frame, in, need.y, need.y_end);
    const struct ml_dst dst =
        ml_dst_part(&pair->got.rows, &pair->setup.out, y, y_end);
    struct pair_view window;
    pair_view_open(&window, in, need.y, need.y_end, pair_coin(random), random);
    ml_rows_copy(&window.rows, &part, in);
    pair_view_protect(&window);
    const struct ml_src src = ml_dst_as_src(&window.rows);
    ml_filter_rows(pair->filter, pair->setup.state, scratch->data, &dst, &src);
    pair_view_close(&window);
}

static void pair_bands(struct pair *pair, uint32_t cut,
                       struct ml_random *random)
{
    const uint32_t height = pair->setup.out.height;
    const bool ordered = pair->filter->flags & ML_FILTER_SEQUENTIAL;
    struct pair_block top, bottom;
    pair_scratch_open(pair, &top);
    pair_scratch_open(pair, &bottom);
    if (!ordered && cut < height)
        pair_band(pair, cut, height, &bottom, random);
    if (cut > 0)
        pair_band(pair, 0, cut, &top, random);
    if (ordered && cut < height)
        pair_band(pair, cut, height, &top, random);
    pair_block_close(&top);
    pair_block_close(&bottom);
}

static void pair_describe(const struct pair *pair, uint32_t cut,
                          struct ml_strbuf *text)
{
    const struct ml_shape *in = &pair->setup.in;
    ml_strbuf_add(text, "%s on %u x %u (of %u x %u) %s, %u bits", pair->text,
                  in->width, in->height, pair->setup.full_width,
                  pair->setup.full_height, ml_layout_name(in->layout),
                  in->bits);
    if (in->layout == ML_YCC)
        ml_strbuf_add(text, " %ux%u", in->sub_x, in->sub_y);
    ml_strbuf_add(text, ", cut at %u, ML_TEST_SEED=%llu", cut,
                  (unsigned long long)pair->seed);
}

static void pair_compare(const struct pair *pair, uint32_t cut)
{
    const struct ml_shape *out = &pair->setup.out;
    for (uint32_t p = 0; p < ml_plane_count(out); p++) {
        const size_t bytes = ml_row_bytes(out, p);
        for (size_t y = 0; y < ml_plane_height(out, p); y++) {
            const uint8_t *want =
                pair->want.rows.data[p] + y * pair->want.rows.stride_bytes[p];
            const uint8_t *got =
                pair->got.rows.data[p] + y * pair->got.rows.stride_bytes[p];
            if (memcmp(want, got, bytes) == 0)
                continue;
            size_t i = 0;
            while (want[i] == got[i])
                i++;
            char room[320];
            struct ml_strbuf text;
            ml_strbuf_open(&text, room, sizeof room);
            pair_describe(pair, cut, &text);
            fail_msg("%s: plane %u row %zu byte %zu of %zu: rows made %u, "
                     "rows_ref %u",
                     room, p, y, i, bytes, got[i], want[i]);
        }
    }
}

void pair_run(struct pair *pair, struct ml_random *random)
{
    const struct ml_shape *out = &pair->setup.out;
    const uint32_t grid = pair_grid(out);
    uint32_t cut = ml_random_below(random, out->height + 1);
    if (cut < out->height)
        cut -= cut % grid;
    const struct ml_src frame = ml_dst_as_src(&pair->in.rows);
    struct pair_block scratch;
    pair_scratch_open(pair, &scratch);
    pair->filter->render_ref(pair->setup.state, scratch.data, &pair->want.rows,
                             &frame);
    pair_block_close(&scratch);
    pair_bands(pair, cut, random);
    pair_compare(pair, cut);
    pair_view_check(&pair->want);
    pair_view_check(&pair->got);
}

struct pair_team {
    const struct pair *pair;
    uint32_t band; /* rows */
    struct pair_block scratches[PAIR_TEAM_MAX];
};

/* All from one window, larger than each needs. */
static void pair_team_part(void *context, unsigned thread, unsigned part)
{
    const struct pair_team *team = context;
    const struct pair *pair = team->pair;
    const struct ml_shape *out = &pair->setup.out;
    const struct ml_src frame = ml_dst_as_src(&pair->in.rows);
    const uint32_t y = part * team->band, left = out->height - y;
    const struct ml_dst dst = ml_dst_part(
        &pair->got.rows, out, y, y + (left < team->band ? left : team->band));
    ml_filter_rows(pair->filter, pair->setup.state,
                   team->scratches[thread].data, &dst, &frame);
}

void pair_run_threads(struct pair *pair, unsigned threads,
                      struct ml_random *random)
{
    const struct ml_shape *out = &pair->setup.out;
    struct pair_team team = {.pair = pair};
    if (pair->filter->flags & ML_FILTER_SEQUENTIAL)
        return;
    assert_true(threads <= PAIR_TEAM_MAX);
    team.band =
        (uint32_t)ml_round_up(1 + ml_random_below(random, 40), pair_grid(out));
    for (uint32_t p = 0; p < ml_plane_count(out); p++)
        memset(pair->got.blocks[p].data, PAIR_PADDING,
               pair->got.blocks[p].bytes);
    for (unsigned i = 0; i < threads; i++)
        pair_scratch_open(pair, &team.scratches[i]);
    ml_parallel_for(threads, (out->height + team.band - 1) / team.band,
                    pair_team_part, &team);
    for (unsigned i = 0; i < threads; i++)
        pair_block_close(&team.scratches[i]);
    pair_compare(pair, team.band);
    pair_view_check(&pair->got);
}

void pair_check_windows(const struct pair *pair)
{
    const struct ml_shape *in = &pair->setup.in, *out = &pair->setup.out;
    const uint32_t grid = pair_grid(out);
    const void *state = pair->setup.state;
    const struct ml_range all =
        pair->filter->input_window(state, 0, out->height);
    struct ml_range before = {0, 0};
    for (uint32_t y = 0; y < out->height; y += grid) {
        const uint32_t y_end = y + grid < out->height ? y + grid : out->height;
        const struct ml_range row = pair->filter->input_window(state, y, y_end);
        const struct ml_range rest =
            pair->filter->input_window(state, y, out->height);
        assert_true(row.y < row.y_end && row.y_end <= in->height);
        assert_true(row.y >= before.y && row.y_end >= before.y_end);
        assert_true(all.y <= row.y && row.y_end <= all.y_end);
        assert_true(rest.y <= row.y && row.y_end <= rest.y_end);
        before = row;
    }
    assert_true(all.y_end <= in->height);
}
