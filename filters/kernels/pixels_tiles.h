/* pixels_tiles.h: transpose pixels in tiles, by vectors.  A template:
 * pixels_transpose.c includes it with TILES_BYTES and TILES_TARGET.  No guard.
 *
 * A pixel is a unit of 1, 2, 4 or 8 bytes.  Each lane of 16 bytes transposes a
 * square whose side is the number of its units; the lanes of a vector have
 * squares below each other, which move beside each other.  Each round
 * interleaves row k with row k + side / 2: after log2(side) rounds, rows are
 * columns.
 */
#define TILES_PASTE_(name, bytes) name##_##bytes
#define TILES_PASTE(name, bytes) TILES_PASTE_(name, bytes)
#define TILES_NAME(name) TILES_PASTE(name, TILES_BYTES)
#define TILES_LANES (TILES_BYTES / TRANSPOSE_LANE)

#define tiles_vector TILES_NAME(ml_short)
#define tiles_load TILES_NAME(ml_load_halves)
#define tiles_widen TILES_NAME(transpose_widen)
#define tiles_store TILES_NAME(transpose_store)
#define tiles_low TILES_NAME(tiles_low)
#define tiles_high TILES_NAME(tiles_high)
#define tiles_transpose TILES_NAME(tiles_transpose)
#define tiles_block TILES_NAME(tiles_block)
#define tiles_all TILES_NAME(tiles_all)
#define tiles_run TILES_NAME(tiles_run)

TILES_TARGET ML_INLINE tiles_vector tiles_low(tiles_vector a, tiles_vector b,
                                              size_t unit)
{
    switch (unit) {
    case 1:
        return TILES_NAME(ml_low_byte)(a, b);
    case 2:
        return TILES_NAME(ml_low_short)(a, b);
    case 4:
        return TILES_NAME(ml_low_float)(a, b);
    default:
        return TILES_NAME(ml_low_double)(a, b);
    }
}

TILES_TARGET ML_INLINE tiles_vector tiles_high(tiles_vector a, tiles_vector b,
                                               size_t unit)
{
    switch (unit) {
    case 1:
        return TILES_NAME(ml_high_byte)(a, b);
    case 2:
        return TILES_NAME(ml_high_short)(a, b);
    case 4:
        return TILES_NAME(ml_high_float)(a, b);
    default:
        return TILES_NAME(ml_high_double)(a, b);
    }
}

/* One tile: a vector of units in each of `side` output rows. */
TILES_TARGET ML_INLINE void tiles_transpose(const struct ml_transpose_job *job,
                                            uint8_t *to, const uint8_t *from,
                                            size_t pixel)
{
    const size_t unit = transpose_unit(pixel);
    const ptrdiff_t side = (ptrdiff_t)(TRANSPOSE_LANE / unit);
    tiles_vector rows[TRANSPOSE_LANE], a[TRANSPOSE_LANE];
    ML_UNROLL
    for (ptrdiff_t i = 0; i < side; i++) {
        rows[i] = tiles_load(from + i * job->from_step, side * job->from_step);
        rows[i] = tiles_widen(rows[i], pixel);
    }
    ML_UNROLL
    for (ptrdiff_t round = 1; round < side; round *= 2) {
        memcpy(a, rows, (size_t)side * sizeof *a);
        ML_UNROLL
        for (ptrdiff_t i = 0; i < side / 2; i++) {
            rows[2 * i] = tiles_low(a[i], a[i + side / 2], unit);
            rows[2 * i + 1] = tiles_high(a[i], a[i + side / 2], unit);
        }
    }
    ML_UNROLL
    for (ptrdiff_t i = 0; i < side; i++)
        tiles_store(to + i * job->to_step, rows[i], pixel);
}

/* Columns [x, x_end), whole tiles, of the first `rows` output rows.  Each row
 * of tiles also prefetches some of the input rows that follow. */
TILES_TARGET ML_INLINE void tiles_block(const struct ml_transpose_job *job,
                                        uint32_t x, uint32_t x_end,
                                        uint32_t rows, size_t pixel)
{
    const uint32_t side = (uint32_t)(TRANSPOSE_LANE / transpose_unit(pixel));
    const uint32_t step = (transpose_block(pixel) * side + rows - 1) / rows;
    uint32_t next = x_end;
    for (uint32_t y = 0; y < rows; y += side, next += step) {
        uint8_t *to = job->to + (ptrdiff_t)y * job->to_step;
        const uint8_t *from = job->from + y * pixel;
        transpose_fetch(job, next, next + step, pixel);
        for (uint32_t i = x; i < x_end; i += side * TILES_LANES) {
            transpose_fetch_to(job, to + i * pixel, side, pixel);
            tiles_transpose(job, to + i * pixel,
                            from + (ptrdiff_t)i * job->from_step, pixel);
        }
    }
}

/* The rest of the columns is made by a tile that ends with them, which makes
 * some of them again. */
TILES_TARGET ML_INLINE void
tiles_all(const struct ml_transpose_job *transpose_in, size_t pixel)
{
    /* For all that a compiler knows, storing bytes may change *transpose_in. */
    const struct ml_transpose_job copy = *transpose_in, *const job = &copy;
    const uint32_t side = (uint32_t)(TRANSPOSE_LANE / transpose_unit(pixel));
    const uint32_t tile = side * TILES_LANES, block = transpose_block(pixel);
    const uint32_t width = job->width - job->width % tile;
    const uint32_t rows =
        width > 0 ? transpose_whole_rows(job, side, pixel) : 0;
    if (rows > 0) {
        for (uint32_t x = 0; x < width; x += block)
            tiles_block(job, x, width - x < block ? width : x + block, rows,
                        pixel);
        if (width < job->width)
            tiles_block(job, job->width - tile, job->width, rows, pixel);
    }
    transpose_by_one(job, 0, job->width, rows, job->rows, pixel);
}

TILES_TARGET static void tiles_run(const struct ml_transpose_job *job,
                                   size_t pixel)
{
    switch (pixel) {
    case 1:
        tiles_all(job, 1);
        break;
    case 2:
        tiles_all(job, 2);
        break;
    case 3:
        tiles_all(job, 3);
        break;
    case 4:
        tiles_all(job, 4);
        break;
    case 6:
        tiles_all(job, 6);
        break;
    default:
        tiles_all(job, 8);
        break;
    }
}

#undef TILES_PASTE_
#undef TILES_PASTE
#undef TILES_NAME
#undef TILES_LANES
#undef tiles_vector
#undef tiles_load
#undef tiles_widen
#undef tiles_store
#undef tiles_low
#undef tiles_high
#undef tiles_transpose
#undef tiles_block
#undef tiles_all
#undef tiles_run
#undef TILES_BYTES
#undef TILES_TARGET
