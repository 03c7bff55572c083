/* picture.h: one synthetic picture as the bytes of a file.
 *
 * Painted and encoded in strips: memory depends on the width of the picture,
 * not on its area.  The same description gives the same pixels everywhere, and
 * the same bytes with the same codec library.
 */
#ifndef ML_COMMAND_GEN_PICTURE_H
#define ML_COMMAND_GEN_PICTURE_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "codec/codec.h"
#include "command/gen/painter.h"
#include "image/shape.h"

enum ml_gen_subject { ML_GEN_PHOTO, ML_GEN_CHART, ML_GEN_ICON };

struct ml_gen_picture {
    enum ml_gen_subject subject;
    uint64_t seed;
    uint32_t variant; /* of the chart */
    const struct ml_codec *codec;
    struct ml_shape shape; /* as stored: gray, RGB or RGBA; 8 or 16 bits */
    /* 0: no EXIF.  1-8: EXIF with that orientation; the picture is stored so
     * that a viewer that obeys it shows it upright. */
    uint8_t orientation;
    struct ml_sink_options sink;
};

/* An upper bound of the encoded size; for reserving address space. */
size_t ml_gen_bytes_max(const struct ml_shape *shape);

/* Paint and encode the picture into *output.  Scratch from the arena is
 * released before return.  ML_ERR_MEMORY, ML_ERR_LIMIT. */
ML_MUST_CHECK enum ml_status ml_gen_encode(const struct ml_gen_picture *picture,
                                           struct ml_arena *arena,
                                           struct ml_output *output,
                                           struct ml_error *err);

/* Makes rows of the picture as stored. */
struct ml_gen_rows {
    struct ml_painter painter; /* of the upright picture */
    struct ml_shape shape;
    uint8_t orientation; /* 1-8 */
    uint16_t *line;      /* scratch: one line of the painter */
};
ML_MUST_CHECK enum ml_status
ml_gen_rows_open(struct ml_gen_rows *rows, const struct ml_gen_picture *picture,
                 struct ml_arena *arena, struct ml_error *err);
/* Make rows [dst->y, dst->y_end). */
void ml_gen_rows_make(const struct ml_gen_rows *rows, const struct ml_dst *dst);

#endif
