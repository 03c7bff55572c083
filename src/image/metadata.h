/* metadata.h: what travels beside the pixels, as views of bytes.
 *
 * A codec fills it on reading and is given it on writing.  Bytes lie in the
 * input file or in the arena of the worker; nobody here owns them.
 */
#ifndef ML_IMAGE_METADATA_H
#define ML_IMAGE_METADATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "image/shape.h"

struct ml_bytes {
    const uint8_t *data; /* NULL when there is none */
    size_t size;
};

/* Kinds of side information that were in the input and are not carried. */
enum ml_dropped {
    ML_DROPPED_XMP = 1 << 0,
    ML_DROPPED_IPTC = 1 << 1,     /* Photoshop APP13 */
    ML_DROPPED_COMMENT = 1 << 2,  /* COM, tEXt, zTXt, iTXt */
    ML_DROPPED_PREVIEWS = 1 << 3, /* MPF pictures, EXIF thumbnail */
    ML_DROPPED_PROFILE = 1 << 4,  /* ICC: unusable, or of another colour kind */
    ML_DROPPED_COLOUR = 1 << 5,   /* gAMA, cHRM, sRGB, cICP chunks */
    ML_DROPPED_BROKEN = 1 << 6,   /* EXIF not understood or too long */
    ML_DROPPED_OTHER = 1 << 7     /* any other APPn or ancillary chunk */
};

struct ml_metadata {
    struct ml_bytes icc;           /* a whole profile */
    struct ml_bytes exif;          /* TIFF structure, without "Exif\0\0" */
    uint8_t orientation;           /* EXIF 1-8; 1 when absent or invalid */
    bool density_given;            /* pixel density as stored: */
    uint16_t x_density, y_density; /* pixels per unit */
    uint8_t density_unit; /* 0 aspect ratio only, 1 inch, 2 centimetre */
    unsigned dropped;     /* enum ml_dropped */
};

/* ---- EXIF (exif.c) ---- */

/* Orientation tag of IFD0: 1-8, or 0 when the tag is absent or its value is
 * invalid, or when the bytes are no TIFF structure. */
uint8_t ml_exif_orientation(struct ml_bytes exif);

/* Copy `exif` to `out` (out_capacity bytes, at least exif.size) with
 * orientation set to `orientation` where the tag exists, and with the thumbnail
 * (IFD1 and its JPEG bytes) removed.  Offsets of what stays are untouched.
 * Returns the bytes used, 0 when the structure cannot be understood (then it is
 * dropped). *thumbnail_out says whether one was there. */
size_t ml_exif_rewrite(struct ml_bytes exif, uint8_t orientation, uint8_t *out,
                       size_t out_capacity, bool *thumbnail_out);

/* Can the structure be understood?  True exactly when ml_exif_rewrite() gives
 * something.  *thumbnail_out says whether one is there. */
bool ml_exif_check(struct ml_bytes exif, bool *thumbnail_out);

/* ---- profiles (icc.c) ---- */

/* Does this look like a whole profile for samples of this layout (ML_YCC and
 * RGB alike)?  A look at the header only (ICC.1, section 7.2): its size, its
 * signature, its colour space. */
bool ml_icc_fits(struct ml_bytes icc, enum ml_layout layout);

#endif
