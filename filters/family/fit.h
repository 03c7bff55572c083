/* fit.h: the size that a picture is scaled to, and the pixels cut off or added.
 *
 * Asked for a box of W x H, a picture of w x h is scaled by one factor s:
 *   inside   s = min(W/w, H/h): the largest that fits the box
 *   outside  s = max(W/w, H/h): the smallest that covers it
 *   cover    as outside, then cut to the box where it sticks out
 *   contain  as inside, then padded to exactly W x H
 *   fill     each side by its own factor, to exactly W x H
 * Without `enlarge` no factor is above 1.  A picture smaller than the box then
 *   inside, outside   keeps its size
 *   fill              keeps each side that is shorter than requested
 *   cover             keeps each side that does not fill the box; only the
 *                     other one is cut
 *   contain           keeps its size within more padding; the result still is
 *                     W x H
 *
 * With one side only, or a percentage, the proportions are kept, and nothing is
 * cut or added.  The other side is rounded to the nearest, halves up, and is at
 * least 1.
 */
#ifndef ML_FILTERS_FAMILY_FIT_H
#define ML_FILTERS_FAMILY_FIT_H

#include <stdbool.h>
#include <stdint.h>

enum ml_fit_kind {
    ML_FIT_INSIDE,
    ML_FIT_OUTSIDE,
    ML_FIT_COVER,
    ML_FIT_CONTAIN,
    ML_FIT_FILL
};

/* The edge or corner that cutting keeps and padding leaves in place. */
enum ml_gravity {
    ML_GRAVITY_CENTER,
    ML_GRAVITY_NORTH,
    ML_GRAVITY_NORTHEAST,
    ML_GRAVITY_EAST,
    ML_GRAVITY_SOUTHEAST,
    ML_GRAVITY_SOUTH,
    ML_GRAVITY_SOUTHWEST,
    ML_GRAVITY_WEST,
    ML_GRAVITY_NORTHWEST
};

/* Names of both in this order, NULL at the end. */
extern const char *const ml_fit_names[];
extern const char *const ml_gravity_names[];

struct ml_fit_request {
    uint32_t width, height; /* of the box; 0 = follows from the other */
    double percent;         /* of the picture, instead, when not 0 */
    enum ml_fit_kind fit;
    enum ml_gravity gravity;
    bool enlarge;
};

struct ml_fit {
    uint32_t scaled_width, scaled_height; /* of the whole picture */
    uint32_t width, height;               /* of the result */
    uint32_t cut_x, cut_y; /* scaled pixels dropped left and above */
    uint32_t pad_x, pad_y; /* pixels added left and above */
};

/* For a picture of `width` x `height`; at least one of width, height and
 * percent of the request is not 0. */
struct ml_fit ml_fit_compute(const struct ml_fit_request *request,
                             uint32_t width, uint32_t height);

/* Where a side of length `inner` begins within one of `outer` >= inner. */
uint32_t ml_gravity_x(enum ml_gravity gravity, uint32_t outer, uint32_t inner);
uint32_t ml_gravity_y(enum ml_gravity gravity, uint32_t outer, uint32_t inner);

#endif
