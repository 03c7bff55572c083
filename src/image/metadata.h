/* metadata.h: the data beside the pixels: EXIF, profile, density.
 *
 * A source fills it, a sink writes it.  Its bytes are views of the input file
 * or of the worker's arena; struct ml_metadata owns nothing.
 */
#ifndef ML_IMAGE_METADATA_H
#define ML_IMAGE_METADATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "image/shape.h"

struct ml_bytes {
    const uint8_t *data; /* NULL: none */
    size_t size;
};

/* Kinds of metadata that the input has and the output does not. */
enum ml_dropped {
    ML_DROPPED_XMP = 1 << 0,
    ML_DROPPED_IPTC = 1 << 1,     /* Photoshop APP13 */
    ML_DROPPED_COMMENT = 1 << 2,  /* COM, tEXt, zTXt, iTXt */
    ML_DROPPED_PREVIEWS = 1 << 3, /* MPF pictures, EXIF thumbnail */
    ML_DROPPED_PROFILE = 1 << 4,  /* ICC: invalid, or of another colour kind */
    ML_DROPPED_COLOUR = 1 << 5,   /* gAMA, cHRM, sRGB, cICP chunks */
    ML_DROPPED_BROKEN = 1 << 6,   /* EXIF: invalid or too long */
    ML_DROPPED_OTHER = 1 << 7     /* any other APPn or ancillary chunk */
};

struct ml_metadata {
    struct ml_bytes icc;           /* one whole profile */
    struct ml_bytes exif;          /* TIFF structure, without "Exif\0\0" */
    uint8_t orientation;           /* EXIF 1-8; 1 when absent or invalid */
    bool density_given;            /* pixel density as stored: */
    uint16_t x_density, y_density; /* pixels per unit */
    uint8_t density_unit; /* 0 aspect ratio only, 1 inch, 2 centimetre */
    unsigned dropped;     /* enum ml_dropped */
};

/* ---- EXIF (exif.c) ---- */

/* Orientation tag of IFD0: 1-8; 0 if the tag is absent, its value is invalid,
 * or the bytes are no TIFF structure. */
uint8_t ml_exif_orientation(struct ml_bytes exif);

/* Copy `exif` to `out` (out_capacity bytes, at least exif.size) with the
 * orientation tag, if present, set to `orientation`, and with the thumbnail
 * (IFD1 and its JPEG bytes) removed.  Other data keeps its offset.  Returns the
 * bytes used; 0: the structure is invalid, and the caller drops it.
 * *thumbnail_out is true if there was a thumbnail. */
size_t ml_exif_rewrite(struct ml_bytes exif, uint8_t orientation, uint8_t *out,
                       size_t out_capacity, bool *thumbnail_out);

/* Is the structure valid?  True if and only if ml_exif_rewrite() returns more
 * than 0.  *thumbnail_out is true if there is a thumbnail. */
bool ml_exif_check(struct ml_bytes exif, bool *thumbnail_out);

/* ---- profiles (icc.c) ---- */

/* Is this a whole profile for samples of this layout (ML_YCC counts as RGB)?
 * Checks the header only (ICC.1, section 7.2): size, signature, colour space.
 */
bool ml_icc_fits(struct ml_bytes icc, enum ml_layout layout);

#endif
