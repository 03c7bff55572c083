/* markers.c: see markers.h.
 *
 * Walks the markers from the start to the first scan in the bytes of the file,
 * so that EXIF is a view and costs nothing; only a profile in several pieces,
 * of at most 64 KiB each, is copied, into the arena.  No function here fails:
 * libjpeg judges the picture, and metadata that cannot be parsed is marked as
 * dropped.
 *
 * Sources: ITU-T T.81 annex B (markers), ICC.1 annex B.4 (pieces of a profile),
 * Exif 2.3, CIPA DC-007 (MPF), Adobe XMP part 3.
 */
#include "codec/jpeg/markers.h"

#include <string.h>

#include "base/byte_order.h"

enum {
    MARKER_APP0 = 0xe0,
    MARKER_APP15 = 0xef,
    MARKER_COM = 0xfe,
    MARKER_SOS = 0xda,
    MARKER_EOI = 0xd9,
    ICC_HEAD = 14,   /* "ICC_PROFILE\0", number, count */
    ICC_PIECES = 255 /* numbers are a byte, from 1 */
};

/* The pieces of a profile, which may come in any order. */
struct markers_icc {
    struct ml_bytes piece[ICC_PIECES + 1]; /* by number */
    unsigned count;                        /* of pieces, in the first of them */
    unsigned seen;
    bool broken;
};

struct markers_walk {
    struct ml_metadata *metadata;
    struct markers_icc icc;
    uint8_t sof;
};

static bool markers_begin(struct ml_bytes body, const char *head, size_t size)
{
    return body.size >= size && memcmp(body.data, head, size) == 0;
}

static void markers_icc_piece(struct markers_icc *icc, struct ml_bytes body)
{
    const unsigned number = body.data[ICC_HEAD - 2];
    const unsigned count = body.data[ICC_HEAD - 1];
    if (icc->seen++ == 0)
        icc->count = count;
    if (number == 0 || number > count || count != icc->count ||
        icc->piece[number].data) {
        icc->broken = true;
        return;
    }
    icc->piece[number].data = body.data + ICC_HEAD;
    icc->piece[number].size = body.size - ICC_HEAD;
}

static void markers_exif(struct ml_metadata *metadata, struct ml_bytes body)
{
    const struct ml_bytes exif = {body.data + 6, body.size - 6};
    bool thumbnail;
    if (metadata->exif.data)
        metadata->dropped |= ML_DROPPED_OTHER; /* a second one */
    else if (!ml_exif_check(exif, &thumbnail))
        metadata->dropped |= ML_DROPPED_BROKEN;
    else
        metadata->exif = exif;
}

static void markers_app1(struct ml_metadata *metadata, struct ml_bytes body)
{
    static const char xmp[] = "http://ns.adobe.com/x"; /* xap/, xmp/ */
    if (markers_begin(body, "Exif\0", 5) && body.size >= 6)
        markers_exif(metadata, body);
    else if (markers_begin(body, xmp, sizeof xmp - 1))
        metadata->dropped |= ML_DROPPED_XMP;
    else
        metadata->dropped |= ML_DROPPED_OTHER;
}

static void markers_app2(struct markers_walk *walk, struct ml_bytes body)
{
    if (markers_begin(body, "ICC_PROFILE", 12) && body.size >= ICC_HEAD)
        markers_icc_piece(&walk->icc, body);
    else if (markers_begin(body, "MPF", 4))
        walk->metadata->dropped |= ML_DROPPED_PREVIEWS;
    else
        walk->metadata->dropped |= ML_DROPPED_OTHER;
}

/* The density of JFIF is kept (header.c); its thumbnails are dropped. */
static void markers_app0(struct ml_metadata *metadata, struct ml_bytes body)
{
    const bool jfif = markers_begin(body, "JFIF", 5);
    const bool extension = markers_begin(body, "JFXX", 5);
    if (extension ||
        (jfif && body.size >= 14 && body.data[12] != 0 && body.data[13] != 0))
        metadata->dropped |= ML_DROPPED_PREVIEWS;
    else if (!jfif)
        metadata->dropped |= ML_DROPPED_OTHER;
}

static void markers_app(struct markers_walk *walk, uint8_t marker,
                        struct ml_bytes body)
{
    struct ml_metadata *metadata = walk->metadata;
    switch (marker - MARKER_APP0) {
    case 0:
        markers_app0(metadata, body);
        break;
    case 1:
        markers_app1(metadata, body);
        break;
    case 2:
        markers_app2(walk, body);
        break;
    case 13:
        metadata->dropped |= markers_begin(body, "Photoshop ", 10)
                                 ? ML_DROPPED_IPTC
                                 : ML_DROPPED_OTHER;
        break;
    case 14: /* libjpeg reads the colours from Adobe's marker: not dropped */
        if (!markers_begin(body, "Adobe", 5))
            metadata->dropped |= ML_DROPPED_OTHER;
        break;
    default:
        metadata->dropped |= ML_DROPPED_OTHER;
    }
}

static bool markers_is_sof(uint8_t marker)
{
    return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 &&
           marker != 0xc8 && marker != 0xcc; /* DHT, JPG, DAC */
}

static void markers_take(struct markers_walk *walk, uint8_t marker,
                         struct ml_bytes body)
{
    if (marker >= MARKER_APP0 && marker <= MARKER_APP15)
        markers_app(walk, marker, body);
    else if (marker == MARKER_COM)
        walk->metadata->dropped |= ML_DROPPED_COMMENT;
    else if (markers_is_sof(marker) && walk->sof == 0)
        walk->sof = marker;
}

/* The next marker at or behind *at; sets *at behind it.  Skips stray bytes, as
 * libjpeg does.  0: none. */
static uint8_t markers_next(struct ml_bytes file, size_t *at)
{
    for (size_t i = *at; i + 1 < file.size; i++) {
        const uint8_t code = file.data[i + 1];
        if (file.data[i] != 0xff || code == 0x00 || code == 0xff)
            continue;
        *at = i + 2;
        return code;
    }
    return 0;
}

static bool markers_stands_alone(uint8_t marker)
{
    return marker == 0x01 || (marker >= 0xd0 && marker <= 0xd8);
}

static void markers_walk_file(struct markers_walk *walk, struct ml_bytes file)
{
    size_t at = 2; /* behind SOI */
    for (;;) {
        const uint8_t marker = markers_next(file, &at);
        if (marker == 0 || marker == MARKER_SOS || marker == MARKER_EOI)
            return;
        if (markers_stands_alone(marker))
            continue;
        if (file.size - at < 2)
            return;
        const size_t length = ml_load_be16(file.data + at);
        if (length < 2 || length > file.size - at)
            return;
        const struct ml_bytes body = {file.data + at + 2, length - 2};
        markers_take(walk, marker, body);
        at += length;
    }
}

/* The pieces as one profile; empty if one is missing or the arena is full. */
static struct ml_bytes markers_join(const struct markers_icc *icc,
                                    struct ml_arena *arena)
{
    struct ml_bytes whole = {NULL, 0};
    size_t size = 0;
    if (icc->broken || icc->seen != icc->count)
        return whole;
    if (icc->count == 1)
        return icc->piece[1]; /* a view of the file */
    for (unsigned i = 1; i <= icc->count; i++)
        size += icc->piece[i].size;
    uint8_t *data = ml_arena_alloc(arena, size);
    if (!data)
        return whole;
    whole.data = data;
    whole.size = size;
    for (unsigned i = 1; i <= icc->count; i++) {
        memcpy(data, icc->piece[i].data, icc->piece[i].size);
        data += icc->piece[i].size;
    }
    return whole;
}

static void markers_profile(const struct markers_walk *walk,
                            struct ml_arena *arena, enum ml_layout colour)
{
    if (walk->icc.seen == 0)
        return;
    const struct ml_bytes icc = markers_join(&walk->icc, arena);
    if (colour != ML_CMYK && ml_icc_fits(icc, colour))
        walk->metadata->icc = icc;
    else
        walk->metadata->dropped |= ML_DROPPED_PROFILE;
}

uint8_t ml_jpeg_markers(struct ml_bytes file, struct ml_arena *arena,
                        enum ml_layout colour, struct ml_metadata *metadata)
{
    struct markers_walk walk = {.metadata = metadata};
    markers_walk_file(&walk, file);
    markers_profile(&walk, arena, colour);
    const uint8_t orientation = ml_exif_orientation(metadata->exif);
    metadata->orientation = orientation ? orientation : 1;
    return walk.sof;
}
