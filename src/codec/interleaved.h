/* interleaved.h: what the formats share that store interleaved rows as they are
 * (PNG, PNM): which shapes they take, what stands for rows that could not be
 * read, and how bytes reach the output.  Pure functions on the caller's memory.
 */
#ifndef ML_CODEC_INTERLEAVED_H
#define ML_CODEC_INTERLEAVED_H

#include "codec/codec.h"

/* Gray to RGBA at 8 and 16 bits stay; CMYK and planes become 8-bit RGB. */
struct ml_shape ml_interleaved_storable(const struct ml_shape *shape);

/* Fill rows [y, y_end) of dst, from sample `first` of row y on, with what says
 * "nothing is known here": transparent black where there is alpha, else mid
 * gray. */
void ml_interleaved_blank(const struct ml_shape *shape,
                          const struct ml_dst *dst, uint32_t y, size_t first);

/* Bytes that may still be written: the lesser of the lent memory and
 * --limit-output. */
size_t ml_interleaved_room(const struct ml_sink *sink);
/* Append to the output; false, and nothing written, when there is no room. */
bool ml_interleaved_append(struct ml_sink *sink, const void *data, size_t size);
/* The error for that: ML_ERR_LIMIT naming --limit-output. */
enum ml_status ml_interleaved_fail_room(const struct ml_sink *sink,
                                        struct ml_error *err);

#endif
