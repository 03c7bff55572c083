/* deflate_parallel.c: see deflate_parallel.h.
 *
 * Strips pass through a ring buffer of slots: the caller fills a slot
 * (`filled`), a free thread or the caller packs it (`taken`), the caller writes
 * the packed strips in order (`written`).  Without threads the caller packs
 * every strip. */
#include "codec/png/deflate_parallel.h"

#include <assert.h>
#include <libdeflate.h>
#include <pthread.h>
#include <string.h>
#include <zlib.h>

#include "base/size_math.h"
#include "codec/interleaved.h"
#include "codec/png/filter.h"
#include "codec/png/zlib_arena.h"
#include "os/mutex.h"

#define PARALLEL_THREADS_MAX 64U
#define PARALLEL_STACK_BYTES ((size_t)512 << 10)
#define PARALLEL_WINDOW ((size_t)32768) /* largest distance of a match */
/* One row in this many is tried, at even distances. */
#define PARALLEL_SAMPLE 32U
/* Half bits a difference above which a picture is a photo: a filter chosen row
 * by row is best, if filtering helps at all.  Photos have 1 to 6, drawings
 * nearly 0. */
#define PARALLEL_PHOTO_HALVES 1U
#define PARALLEL_CHUNK_FRAME 12U /* length, type, checksum */
#define PARALLEL_HEAD 2U /* of the zlib stream, before the first strip */
#define PARALLEL_TAIL 4U /* Adler-32, behind the last */

/* The strategies to try: for photos the first and the last, for drawings all.
 */
static const int parallel_strategies[] = {ML_PNG_LEAST_BITS, 4, 2, 0};
enum {
    PARALLEL_WAYS = sizeof parallel_strategies / sizeof *parallel_strategies
};

struct parallel_slot {
    uint8_t *filtered; /* the strip, behind PARALLEL_WINDOW bytes of history */
    uint8_t *packed;   /* its IDAT chunk */
    size_t bytes, history, packed_bytes; /* of strip, history, packed strip */
    uint32_t adler;
    bool first, last;
    bool done; /* packed; guarded by `lock` if threads run */
};

struct parallel_sizes {
    size_t stride, raw, trial, filtered, packed; /* bytes */
    uint32_t rows;                               /* of a strip */
};

struct ml_png_deflate_parallel {
    struct ml_sink *sink;
    struct parallel_sizes sizes;
    size_t pixel_bytes;
    uint8_t *raw;   /* the row above the strip, then the rows of the strip */
    uint8_t *trial; /* a row in each filter */
    uint32_t rows;  /* of the strip in `raw` */
    uint32_t adler; /* of all strips written */
    struct parallel_slot slots[PARALLEL_THREADS_MAX + 1];
    z_stream packers[PARALLEL_THREADS_MAX]; /* [0] is the caller's */
    unsigned slot_count, packer_count;

    pthread_t threads[PARALLEL_THREADS_MAX];
    unsigned thread_count; /* started */
    bool threads_started;  /* or tried to */
    /* Guards the numbers below and every slot's `done`; no lock is held outside
     * it.  The caller owns a slot's bytes until `filled` passes it, the thread
     * that has taken it until `done`, then the caller again. */
    struct ml_mutex lock;
    struct ml_cond changed;
    uint64_t filled, taken, written; /* strips */
    bool closing;
};

/* The argument of a thread. */
struct parallel_thread {
    struct ml_png_deflate_parallel *strips;
    unsigned number;
};

/* An upper bound of zlib's output: data that does not shrink is stored, with 5
 * bytes of frame for about 16 KiB, and the end of the strip. */
static size_t parallel_bound(size_t bytes)
{
    return bytes + bytes / 1000 + 1024;
}

static void parallel_measure(const struct ml_shape *shape,
                             struct parallel_sizes *sizes)
{
    const size_t stride = ml_row_bytes(shape, 0) + 1;
    const size_t fit = ML_PNG_STRIP_BYTES / stride;
    const uint32_t rows = fit < 1               ? 1
                          : fit < shape->height ? (uint32_t)fit
                                                : shape->height;
    sizes->stride = stride;
    sizes->rows = rows;
    sizes->raw = ml_round_up(stride * (rows + 1U), ML_ARENA_ALIGN);
    sizes->trial = ml_round_up(stride * ML_PNG_FILTERS, ML_ARENA_ALIGN);
    sizes->filtered =
        ml_round_up(PARALLEL_WINDOW + stride * rows, ML_ARENA_ALIGN);
    sizes->packed =
        ml_round_up(PARALLEL_CHUNK_FRAME + PARALLEL_HEAD + PARALLEL_TAIL +
                        parallel_bound(stride * rows),
                    ML_ARENA_ALIGN);
}

/* Threads that pack, the caller included: at most one a strip. */
static unsigned parallel_threads(const struct ml_shape *shape, uint32_t rows,
                                 unsigned threads)
{
    const uint32_t strips = (shape->height - 1) / rows + 1;
    unsigned most =
        threads < PARALLEL_THREADS_MAX ? threads : PARALLEL_THREADS_MAX;
    most = most < strips ? most : strips;
    return most > 0 ? most : 1;
}

/* One slot more than threads, so that a strip can be filled while all threads
 * pack, and can reach back into the strip before it. */
static unsigned parallel_slots(const struct ml_shape *shape, uint32_t rows,
                               unsigned threads)
{
    return rows == shape->height ? 1
                                 : parallel_threads(shape, rows, threads) + 1;
}

size_t ml_png_deflate_parallel_held(const struct ml_shape *shape,
                                    unsigned threads)
{
    struct parallel_sizes s;
    parallel_measure(shape, &s);
    const size_t packers = parallel_threads(shape, s.rows, threads);
    return ml_round_up(sizeof(struct ml_png_deflate_parallel), ML_ARENA_ALIGN) +
           s.raw + s.trial +
           parallel_slots(shape, s.rows, threads) * (s.filtered + s.packed) +
           packers * ML_PNG_ZLIB_BYTES;
}

static bool parallel_take(struct ml_png_deflate_parallel *strips,
                          struct ml_arena *arena)
{
    const struct parallel_sizes *sizes = &strips->sizes;
    strips->raw = ml_arena_alloc(arena, sizes->raw);
    strips->trial = ml_arena_alloc(arena, sizes->trial);
    bool ok = strips->raw && strips->trial;
    for (unsigned s = 0; ok && s < strips->slot_count; s++) {
        strips->slots[s].filtered = ml_arena_alloc(arena, sizes->filtered);
        strips->slots[s].packed = ml_arena_alloc(arena, sizes->packed);
        ok = strips->slots[s].filtered && strips->slots[s].packed;
    }
    for (unsigned p = 0; ok && p < strips->packer_count; p++)
        ok = ml_png_zlib_open(&strips->packers[p], arena,
                              strips->sink->options.png_level, -MAX_WBITS,
                              Z_FILTERED);
    return ok;
}

struct ml_png_deflate_parallel *
ml_png_deflate_parallel_open(struct ml_sink *sink)
{
    const struct ml_shape *shape = &sink->shape;
    assert(sink->options.png_level >= 1 && sink->options.png_level <= 9);
    struct ml_png_deflate_parallel *strips =
        ml_arena_calloc(sink->arena, sizeof *strips);
    if (!strips)
        return NULL;
    strips->sink = sink;
    parallel_measure(shape, &strips->sizes);
    strips->pixel_bytes = (size_t)ml_channels(shape->layout) * shape->bits / 8;
    strips->adler = 1;
    ml_mutex_open(&strips->lock);
    ml_cond_open(&strips->changed);
    strips->packer_count =
        parallel_threads(shape, strips->sizes.rows, sink->options.threads);
    strips->slot_count =
        parallel_slots(shape, strips->sizes.rows, sink->options.threads);
    if (!parallel_take(strips, sink->arena))
        return NULL;
    memset(strips->raw, 0, strips->sizes.stride);
    return strips;
}

/* ---- packing ---- */

/* Big-endian. */
static void parallel_store(uint8_t *out, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        out[i] = (uint8_t)(value >> (24 - 8 * i));
}

/* Pack `bytes` of data, which may reach back into `history` bytes before them;
 * returns the packed size.  Each strip but the last ends with an empty stored
 * block, on a whole byte. */
static size_t parallel_deflate(z_stream *packer, uint8_t *data, size_t history,
                               size_t bytes, bool last, uint8_t *out)
{
    const size_t room = parallel_bound(bytes);
    int rc = deflateReset(packer);
    if (history)
        rc |= deflateSetDictionary(packer, data - history, (uInt)history);
    assert(rc == Z_OK);
    packer->next_in = data;
    packer->avail_in = (uInt)bytes;
    packer->next_out = out;
    packer->avail_out = (uInt)room;
    rc = deflate(packer, last ? Z_FINISH : Z_SYNC_FLUSH);
    assert(rc == (last ? Z_STREAM_END : Z_OK) && packer->avail_out > 0);
    return room - packer->avail_out;
}

/* Pack a strip as a chunk without its frame.  The zlib head 0x78 0x9c means
 * deflate, a window of 32 KiB and the default level. */
static void parallel_pack(struct parallel_slot *slot, z_stream *packer)
{
    uint8_t *out = slot->packed + 8;
    if (slot->first) {
        *out++ = 0x78;
        *out++ = 0x9c;
    }
    uint8_t *pixels = slot->filtered + PARALLEL_WINDOW;
    out += parallel_deflate(packer, pixels, slot->history, slot->bytes,
                            slot->last, out);
    slot->adler = libdeflate_adler32(1, pixels, slot->bytes);
    slot->packed_bytes = (size_t)(out - slot->packed) - 8;
}

/* Take the next strip to pack; NULL: none. */
static struct parallel_slot *
parallel_next(struct ml_png_deflate_parallel *strips)
{
    if (strips->taken == strips->filled)
        return NULL;
    return &strips->slots[strips->taken++ % strips->slot_count];
}

static void *parallel_work(void *argument)
{
    const struct parallel_thread thread = *(struct parallel_thread *)argument;
    struct ml_png_deflate_parallel *strips = thread.strips;
    ml_mutex_lock(&strips->lock);
    strips->thread_count = thread.number + 1; /* `argument` is read */
    ml_cond_broadcast(&strips->changed);
    for (;;) {
        struct parallel_slot *slot = parallel_next(strips);
        if (!slot && strips->closing)
            break;
        if (!slot) {
            ml_cond_wait(&strips->changed, &strips->lock);
            continue;
        }
        ml_mutex_unlock(&strips->lock);
        parallel_pack(slot, &strips->packers[thread.number + 1]);
        ml_mutex_lock(&strips->lock);
        slot->done = true;
        ml_cond_broadcast(&strips->changed);
    }
    ml_mutex_unlock(&strips->lock);
    return NULL;
}

/* Start up to packer_count - 1 threads; fewer, or none, is no error. */
static void parallel_start(struct ml_png_deflate_parallel *strips)
{
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes) != 0)
        return;
    (void)pthread_attr_setstacksize(&attributes, PARALLEL_STACK_BYTES);
    for (unsigned t = 0; t + 1 < strips->packer_count; t++) {
        struct parallel_thread argument = {strips, t};
        if (pthread_create(&strips->threads[t], &attributes, parallel_work,
                           &argument) != 0)
            break;
        ml_mutex_lock(&strips->lock);
        while (strips->thread_count == t)
            ml_cond_wait(&strips->changed, &strips->lock);
        ml_mutex_unlock(&strips->lock);
    }
    (void)pthread_attr_destroy(&attributes);
}

/* ---- writing ---- */

/* Wait until the oldest strip is packed, and pack other strips meanwhile.  The
 * caller holds the lock if threads run. */
static void parallel_await(struct ml_png_deflate_parallel *strips,
                           const struct parallel_slot *oldest)
{
    const bool threads = strips->thread_count > 0;
    while (!oldest->done) {
        struct parallel_slot *slot = parallel_next(strips);
        if (!slot) {
            ml_cond_wait(&strips->changed, &strips->lock);
            continue;
        }
        if (threads)
            ml_mutex_unlock(&strips->lock);
        parallel_pack(slot, &strips->packers[0]);
        if (threads)
            ml_mutex_lock(&strips->lock);
        slot->done = true;
    }
}

static enum ml_status parallel_write(struct ml_png_deflate_parallel *strips)
{
    struct parallel_slot *slot =
        &strips->slots[strips->written % strips->slot_count];
    if (strips->thread_count)
        ml_mutex_lock(&strips->lock);
    parallel_await(strips, slot);
    strips->written++;
    slot->done = false;
    if (strips->thread_count)
        ml_mutex_unlock(&strips->lock);
    uint8_t *chunk = slot->packed;
    strips->adler = (uint32_t)adler32_combine(strips->adler, slot->adler,
                                              (z_off_t)slot->bytes);
    if (slot->last) {
        parallel_store(chunk + 8 + slot->packed_bytes, strips->adler);
        slot->packed_bytes += PARALLEL_TAIL;
    }
    parallel_store(chunk, (uint32_t)slot->packed_bytes);
    memcpy(chunk + 4, "IDAT", 4);
    parallel_store(chunk + 8 + slot->packed_bytes,
                   libdeflate_crc32(0, chunk + 4, 4 + slot->packed_bytes));
    return ml_interleaved_append(strips->sink, chunk,
                                 PARALLEL_CHUNK_FRAME + slot->packed_bytes)
               ? ML_OK
               : ML_ERR_LIMIT;
}

/* ---- filtering ---- */

/* Filter row y of the strip; its filter byte goes to out[0]. */
static void parallel_filter_row(const struct ml_png_deflate_parallel *strips,
                                int way, uint32_t y, uint8_t *out)
{
    const size_t stride = strips->sizes.stride;
    const uint8_t *above = strips->raw + y * stride + 1;
    ml_png_filter_row(way, out, above + stride, above, stride - 1,
                      strips->pixel_bytes, strips->trial);
}

/* Filter `rows` sample rows of the strip to `out`. */
static void parallel_sample(const struct ml_png_deflate_parallel *strips,
                            int way, uint32_t rows, uint8_t *out)
{
    for (uint32_t n = 0; n < rows; n++) {
        const uint64_t y = (2 * (uint64_t)n + 1) * strips->rows / (2 * rows);
        parallel_filter_row(strips, way, (uint32_t)y,
                            out + n * strips->sizes.stride);
    }
}

/* The strategy whose sample rows pack smallest.  Uses the slot's memory. */
static int parallel_choose(struct ml_png_deflate_parallel *strips,
                           const struct parallel_slot *slot)
{
    const uint32_t rows = (strips->rows - 1) / PARALLEL_SAMPLE + 1;
    const size_t bytes = strips->sizes.stride * rows;
    uint8_t *sample = slot->filtered + PARALLEL_WINDOW;
    parallel_sample(strips, ML_PNG_LEAST_BITS, rows, sample);
    const bool photo =
        2 * ml_png_filter_bits(sample, bytes) > PARALLEL_PHOTO_HALVES * bytes;
    int best = ML_PNG_LEAST_BITS;
    size_t least = SIZE_MAX;
    for (int w = 0; w < PARALLEL_WAYS; w += photo ? PARALLEL_WAYS - 1 : 1) {
        parallel_sample(strips, parallel_strategies[w], rows, sample);
        const size_t size = parallel_deflate(&strips->packers[0], sample, 0,
                                             bytes, true, slot->packed);
        if (size < least) {
            least = size;
            best = parallel_strategies[w];
        }
    }
    return best;
}

/* Copy the bytes that a match may reach back to: the end of the strip before,
 * with its own history. */
static void parallel_history(struct ml_png_deflate_parallel *strips,
                             struct parallel_slot *slot)
{
    slot->history = 0;
    if (slot->first)
        return;
    const struct parallel_slot *before =
        &strips->slots[(strips->filled - 1) % strips->slot_count];
    const size_t reach = before->history + before->bytes;
    slot->history = reach < PARALLEL_WINDOW ? reach : PARALLEL_WINDOW;
    memcpy(slot->filtered + PARALLEL_WINDOW - slot->history,
           before->filtered + PARALLEL_WINDOW + before->bytes - slot->history,
           slot->history);
}

/* Filter the rows in `raw` into the next slot, which is free, and release it to
 * the threads. */
static void parallel_fill(struct ml_png_deflate_parallel *strips, bool last)
{
    const size_t stride = strips->sizes.stride;
    struct parallel_slot *slot =
        &strips->slots[strips->filled % strips->slot_count];
    slot->first = strips->filled == 0;
    slot->last = last;
    slot->bytes = stride * strips->rows;
    const int way = parallel_choose(strips, slot);
    uint8_t *out = slot->filtered + PARALLEL_WINDOW;
    for (uint32_t y = 0; y < strips->rows; y++)
        parallel_filter_row(strips, way, y, out + y * stride);
    parallel_history(strips, slot);
    memcpy(strips->raw, strips->raw + strips->rows * stride, stride);
    strips->rows = 0;
    if (!last && !strips->threads_started && strips->packer_count > 1) {
        strips->threads_started = true;
        parallel_start(strips);
    }
    if (strips->thread_count)
        ml_mutex_lock(&strips->lock);
    strips->filled++;
    if (strips->thread_count) {
        ml_cond_signal(&strips->changed);
        ml_mutex_unlock(&strips->lock);
    }
}

/* ---- for the sink ---- */

/* Write strips until a slot is free for the next one.  The strip before it then
 * stays unchanged in its slot, to be its history. */
static enum ml_status parallel_pass(struct ml_png_deflate_parallel *strips,
                                    bool last)
{
    parallel_fill(strips, last);
    enum ml_status status = ML_OK;
    while (status == ML_OK && strips->written < strips->filled &&
           (last || strips->filled - strips->written == strips->slot_count))
        status = parallel_write(strips);
    return status;
}

enum ml_status
ml_png_deflate_parallel_rows(struct ml_png_deflate_parallel *strips,
                             const struct ml_src *src)
{
    const struct parallel_sizes *sizes = &strips->sizes;
    const struct ml_shape *shape = &strips->sink->shape;
    enum ml_status status = ML_OK;
    for (uint32_t y = src->y; status == ML_OK && y < src->y_end; y++) {
        uint8_t *row = strips->raw + (strips->rows + 1U) * sizes->stride;
        ml_png_filter_samples(row + 1, ml_src_row(src, y), sizes->stride - 1,
                              shape->bits);
        strips->rows++;
        if (y + 1 == shape->height)
            status = parallel_pass(strips, true);
        else if (strips->rows == sizes->rows)
            status = parallel_pass(strips, false);
    }
    return status;
}

enum ml_status
ml_png_deflate_parallel_end(struct ml_png_deflate_parallel *strips)
{
    assert(strips->written == strips->filled && strips->rows == 0);
    uint8_t end[PARALLEL_CHUNK_FRAME] = {0, 0, 0, 0, 'I', 'E', 'N', 'D'};
    parallel_store(end + 8, libdeflate_crc32(0, end + 4, 4));
    return ml_interleaved_append(strips->sink, end, sizeof end) ? ML_OK
                                                                : ML_ERR_LIMIT;
}

void ml_png_deflate_parallel_close(struct ml_png_deflate_parallel *strips)
{
    const unsigned count = strips->thread_count;
    if (count) {
        ml_mutex_lock(&strips->lock);
        strips->closing = true;
        strips->taken = strips->filled; /* no thread takes another strip */
        ml_cond_broadcast(&strips->changed);
        ml_mutex_unlock(&strips->lock);
    }
    for (unsigned t = 0; t < count; t++)
        (void)pthread_join(strips->threads[t], NULL);
    strips->thread_count = 0;
    ml_cond_close(&strips->changed);
    ml_mutex_close(&strips->lock);
}
