/* morphology.h: the smallest or the largest sample of a square or a disc around
 * each sample of a plane, each channel by itself.
 *
 * The disc is dx * dx + dy * dy <= radius * radius.  Border samples count as
 * repeated outside the picture, which changes no extreme: windows are simply
 * cut off there.
 *
 * Method: extremes of runs of 1, 2, 4, 8 ... samples, each from two of the runs
 * before; any run is two of those that overlap.  In a square, rows come first:
 * up to sixteen neighbouring windows have most of their rows in common, whose
 * extreme is found once; the rows above and below are added one by one.  In a
 * disc each row is a run of its own length.  All loops go along rows, so that a
 * vector does many samples.
 */
#ifndef ML_FILTERS_KERNELS_MORPHOLOGY_H
#define ML_FILTERS_KERNELS_MORPHOLOGY_H

#include "filters/kernels/planes.h"

#define ML_MORPHOLOGY_RADIUS_MAX 100

enum ml_morphology_shape { ML_MORPHOLOGY_SQUARE, ML_MORPHOLOGY_DISC };

struct ml_morphology {
    uint32_t width, height; /* of the plane, in pixels */
    uint32_t channels;
    uint8_t bits;
    bool largest; /* of the window, else the smallest */
    enum ml_morphology_shape shape;
    uint32_t radius; /* 1 to ML_MORPHOLOGY_RADIUS_MAX */
    /* Output of ml_morphology_prepare(): pixels to either side in row `dy` of
     * the disc, and bytes of scratch. */
    uint8_t half[ML_MORPHOLOGY_RADIUS_MAX + 1];
    size_t scratch_bytes;
};

/* With all fields but the last two set. */
void ml_morphology_prepare(struct ml_morphology *plane);

/* Make plane rows [to->y, y_end); `from` holds those within the radius that are
 * in the picture. */
void ml_morphology_rows(const struct ml_morphology *plane, void *scratch,
                        const struct ml_plane_dst *to, uint32_t y_end,
                        const struct ml_plane_src *from);

#endif
