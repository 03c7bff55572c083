/* interleaved.h: shared by the formats that store interleaved rows without
 * conversion (PNG, PNM): the shapes that they take, the fill of rows that could
 * not be read, and the appending of bytes to the output.  Pure functions on the
 * caller's memory.
 */
#ifndef ML_CODEC_INTERLEAVED_H
#define ML_CODEC_INTERLEAVED_H

#include "codec/codec.h"

/* Gray, gray+alpha, RGB and RGBA of 8 and 16 bits stay; CMYK and planes become
 * 8-bit RGB. */
struct ml_shape ml_interleaved_storable(const struct ml_shape *shape);

/* Fill rows [y, dst->y_end) of dst, from sample `first` of row y on, with the
 * colour of missing rows: transparent black if the shape has alpha, else mid
 * gray. */
void ml_interleaved_blank(const struct ml_shape *shape,
                          const struct ml_dst *dst, uint32_t y, size_t first);

/* Bytes that may still be written, of the output's capacity or --limit-output,
 * whichever is less. */
size_t ml_interleaved_room(const struct ml_sink *sink);
/* Append to the output.  False: the output is full, and nothing was written. */
bool ml_interleaved_append(struct ml_sink *sink, const void *data, size_t size);
/* The error of a full output: ML_ERR_LIMIT naming --limit-output. */
enum ml_status ml_interleaved_fail_room(const struct ml_sink *sink,
                                        struct ml_error *err);

#endif
