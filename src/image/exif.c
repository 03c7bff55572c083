/* exif.c: the parts of EXIF that minilab needs: orientation and thumbnail.
 *
 * EXIF is a TIFF structure: a header, then directories (IFD) of 12-byte entries
 * whose values are in the entry or at an offset.  IFD0 describes the picture
 * and points to the Exif, GPS and interoperability directories; the next
 * directory in its chain is IFD1, the thumbnail.  The structure is walked,
 * never rebuilt: camera makers store offsets in private, undocumented places,
 * so bytes that stay keep their offset.
 *
 * Every offset is checked against the size of the block.  A directory that
 * exceeds the block makes the structure invalid; a single value that does is
 * skipped, since it does no harm where it is.  Each directory is entered once.
 * Pure functions.
 *
 * Source: TIFF 6.0, section 2; Exif 2.3 (JEITA CP-3451), section 4.6.
 */
#include "image/metadata.h"

#include <string.h>

#include "base/byte_order.h"

enum {
    EXIF_HEADER = 8, /* bytes */
    EXIF_ENTRY = 12,
    EXIF_DIRECTORIES = 8, /* four are defined; the rest is spare */

    TAG_ORIENTATION = 0x0112,
    TAG_THUMBNAIL_AT = 0x0201,
    TAG_THUMBNAIL_SIZE = 0x0202,
    TAG_EXIF_IFD = 0x8769,
    TAG_GPS_IFD = 0x8825,
    TAG_INTEROP_IFD = 0xa005,

    TYPE_SHORT = 3,
    TYPE_LONG = 4,
    TYPE_IFD = 13
};

/* A range of the block: [from, to). */
struct exif_range {
    size_t from, to;
};

struct exif_entry {
    size_t at; /* of the entry in the block */
    uint16_t tag, type;
    uint32_t count;
    struct exif_range value; /* empty when unknown or out of range */
};

struct exif_block {
    struct ml_bytes bytes;
    bool little;
    size_t ifd[EXIF_DIRECTORIES]; /* offsets of those that stay; [0]: IFD0 */
    unsigned ifd_count;
    size_t next_at; /* offset of the field of IFD0 that points to IFD1 */
    size_t ifd1;    /* 0: none */
};

/* The caller has checked that the bytes are within the block. */
static uint16_t exif_u16(const struct exif_block *b, size_t at)
{
    const uint8_t *p = b->bytes.data + at;
    return b->little ? ml_load_le16(p) : ml_load_be16(p);
}

static uint32_t exif_u32(const struct exif_block *b, size_t at)
{
    const uint8_t *p = b->bytes.data + at;
    return b->little ? ml_load_le32(p) : ml_load_be32(p);
}

static bool exif_inside(const struct exif_block *b, size_t at, size_t size)
{
    return at <= b->bytes.size && size <= b->bytes.size - at;
}

static size_t exif_type_size(uint16_t type)
{
    static const uint8_t sizes[] = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4};
    return type < sizeof sizes ? sizes[type] : 0;
}

/* Are count and entries of this directory within the block? */
static bool exif_directory_ok(const struct exif_block *b, size_t ifd)
{
    return ifd >= EXIF_HEADER && exif_inside(b, ifd, 2) &&
           exif_inside(b, ifd, 2 + (size_t)exif_u16(b, ifd) * EXIF_ENTRY);
}

static size_t exif_directory_end(const struct exif_block *b, size_t ifd)
{
    return ifd + 2 + (size_t)exif_u16(b, ifd) * EXIF_ENTRY;
}

static struct exif_entry exif_entry_at(const struct exif_block *b, size_t at)
{
    struct exif_entry e = {.at = at,
                           .tag = exif_u16(b, at),
                           .type = exif_u16(b, at + 2),
                           .count = exif_u32(b, at + 4)};
    const uint64_t size = (uint64_t)e.count * exif_type_size(e.type);
    const size_t from = size <= 4 ? at + 8 : exif_u32(b, at + 8);
    if (size <= b->bytes.size && exif_inside(b, from, (size_t)size)) {
        e.value.from = from;
        e.value.to = from + (size_t)size;
    }
    return e;
}

static bool exif_is_pointer(const struct exif_entry *e)
{
    return (e->tag == TAG_EXIF_IFD || e->tag == TAG_GPS_IFD ||
            e->tag == TAG_INTEROP_IFD) &&
           (e->type == TYPE_LONG || e->type == TYPE_IFD) && e->count == 1;
}

/* Add a directory, once.  False: it is invalid, or one too many. */
static bool exif_add_directory(struct exif_block *b, size_t ifd)
{
    if (!exif_directory_ok(b, ifd))
        return false;
    for (unsigned i = 0; i < b->ifd_count; i++)
        if (b->ifd[i] == ifd)
            return true; /* a loop, cut here */
    if (b->ifd_count == EXIF_DIRECTORIES)
        return false;
    b->ifd[b->ifd_count++] = ifd;
    return true;
}

static bool exif_follow(struct exif_block *b, size_t ifd)
{
    const size_t end = exif_directory_end(b, ifd);
    for (size_t at = ifd + 2; at < end; at += EXIF_ENTRY) {
        const struct exif_entry e = exif_entry_at(b, at);
        if (exif_is_pointer(&e) && !exif_add_directory(b, exif_u32(b, at + 8)))
            return false;
    }
    return true;
}

static bool exif_has_magic(struct exif_block *b)
{
    const struct ml_bytes bytes = b->bytes;
    if (!bytes.data || bytes.size < EXIF_HEADER)
        return false;
    b->little = bytes.data[0] == 'I';
    return bytes.data[0] == bytes.data[1] &&
           (b->little || bytes.data[0] == 'M') && exif_u16(b, 2) == 42;
}

static bool exif_overlap(struct exif_range a, struct exif_range b)
{
    return a.from < b.to && b.from < a.to;
}

/* Does a value of this directory overlap `range`? */
static bool exif_values_touch(const struct exif_block *b, size_t ifd,
                              struct exif_range range)
{
    const size_t end = exif_directory_end(b, ifd);
    for (size_t at = ifd + 2; at < end; at += EXIF_ENTRY)
        if (exif_overlap(range, exif_entry_at(b, at).value))
            return true;
    return false;
}

/* Does `range` overlap a directory that stays, or one of its values? */
static bool exif_is_taken(const struct exif_block *b, struct exif_range range)
{
    for (unsigned i = 0; i < b->ifd_count; i++) {
        const struct exif_range directory = {b->ifd[i],
                                             exif_directory_end(b, b->ifd[i])};
        if (exif_overlap(range, directory) ||
            exif_values_touch(b, b->ifd[i], range))
            return true;
    }
    return false;
}

/* Find IFD1.  Some writers omit its offset, and store a value in its place. */
static void exif_find_ifd1(struct exif_block *b)
{
    const size_t end = exif_directory_end(b, b->ifd[0]);
    const struct exif_range next = {end, end + 4};
    if (!exif_inside(b, end, 4) || exif_is_taken(b, next))
        return;
    b->next_at = end;
    b->ifd1 = exif_u32(b, end);
    for (unsigned i = 0; i < b->ifd_count; i++)
        if (b->ifd[i] == b->ifd1)
            b->ifd1 = 0;
    if (b->ifd1 && !exif_directory_ok(b, b->ifd1))
        b->ifd1 = 0; /* ml_exif_rewrite() ends the chain there */
}

/* Find the directories that stay, and that of the thumbnail. */
static bool exif_open(struct exif_block *b, struct ml_bytes bytes)
{
    memset(b, 0, sizeof *b);
    b->bytes = bytes;
    if (!exif_has_magic(b) || !exif_add_directory(b, exif_u32(b, 4)))
        return false;
    for (unsigned i = 0; i < b->ifd_count; i++) /* the count grows meanwhile */
        if (!exif_follow(b, b->ifd[i]))
            return false;
    exif_find_ifd1(b);
    return true;
}

/* ---- orientation ---- */

static bool exif_find_orientation(const struct exif_block *b,
                                  struct exif_entry *entry_out)
{
    const size_t end = exif_directory_end(b, b->ifd[0]);
    for (size_t at = b->ifd[0] + 2; at < end; at += EXIF_ENTRY) {
        const struct exif_entry e = exif_entry_at(b, at);
        if (e.tag == TAG_ORIENTATION && e.count == 1 &&
            (e.type == TYPE_SHORT || e.type == TYPE_LONG)) {
            *entry_out = e;
            return true;
        }
    }
    return false;
}

uint8_t ml_exif_orientation(struct ml_bytes exif)
{
    struct exif_block b;
    struct exif_entry e;
    if (!exif_open(&b, exif) || !exif_find_orientation(&b, &e))
        return 0;
    const uint32_t value = e.type == TYPE_SHORT ? exif_u16(&b, e.value.from)
                                                : exif_u32(&b, e.value.from);
    return value >= 1 && value <= 8 ? (uint8_t)value : 0;
}

static void exif_set_orientation(const struct exif_block *b, uint8_t *out,
                                 uint8_t orientation)
{
    struct exif_entry e;
    if (!exif_find_orientation(b, &e))
        return;
    memset(out + e.value.from, 0, e.value.to - e.value.from);
    out[b->little ? e.value.from : e.value.to - 1] = orientation;
}

/* ---- the thumbnail ---- */

/* The end of the last byte that must stay. */
static size_t exif_kept_end(const struct exif_block *b)
{
    size_t kept = EXIF_HEADER;
    for (unsigned i = 0; i < b->ifd_count; i++) {
        const size_t end = exif_directory_end(b, b->ifd[i]);
        const size_t next = exif_inside(b, end, 4) ? end + 4 : end;
        kept = next > kept ? next : kept;
        for (size_t at = b->ifd[i] + 2; at < end; at += EXIF_ENTRY) {
            const struct exif_entry e = exif_entry_at(b, at);
            kept = e.value.to > kept ? e.value.to : kept;
        }
    }
    return kept;
}

static void exif_erase(const struct exif_block *b, uint8_t *out,
                       struct exif_range range)
{
    if (range.from >= EXIF_HEADER && range.from < range.to &&
        !exif_is_taken(b, range))
        memset(out + range.from, 0, range.to - range.from);
}

/* The JPEG bytes of the thumbnail, by IFD1; empty: none given. */
static struct exif_range exif_thumbnail(const struct exif_block *b)
{
    uint32_t from = 0, size = 0;
    const size_t end = exif_directory_end(b, b->ifd1);
    for (size_t at = b->ifd1 + 2; at < end; at += EXIF_ENTRY) {
        const struct exif_entry e = exif_entry_at(b, at);
        if (e.type != TYPE_LONG || e.count != 1)
            continue;
        if (e.tag == TAG_THUMBNAIL_AT)
            from = exif_u32(b, at + 8);
        else if (e.tag == TAG_THUMBNAIL_SIZE)
            size = exif_u32(b, at + 8);
    }
    if (!exif_inside(b, from, size))
        return (struct exif_range){0, 0};
    return (struct exif_range){from, (size_t)from + size};
}

/* Zero the bytes that only IFD1 uses.  A directory has few entries; one with
 * more than EXIF_ERASED is hostile, and its values may stay as unused bytes. */
static void exif_erase_ifd1(const struct exif_block *b, uint8_t *out)
{
    enum { EXIF_ERASED = 64 };
    const size_t end = exif_directory_end(b, b->ifd1);
    size_t at = b->ifd1 + 2;
    exif_erase(b, out, exif_thumbnail(b));
    for (int i = 0; i < EXIF_ERASED && at < end; i++, at += EXIF_ENTRY)
        exif_erase(b, out, exif_entry_at(b, at).value);
    exif_erase(
        b, out,
        (struct exif_range){b->ifd1, exif_inside(b, end, 4) ? end + 4 : end});
}

bool ml_exif_check(struct ml_bytes exif, bool *thumbnail_out)
{
    struct exif_block b;
    *thumbnail_out = false;
    if (!exif_open(&b, exif))
        return false;
    *thumbnail_out = b.ifd1 != 0;
    return true;
}

size_t ml_exif_rewrite(struct ml_bytes exif, uint8_t orientation, uint8_t *out,
                       size_t out_capacity, bool *thumbnail_out)
{
    struct exif_block b;
    *thumbnail_out = false;
    if (exif.size > out_capacity || !exif_open(&b, exif))
        return 0;
    *thumbnail_out = b.ifd1 != 0;
    memcpy(out, exif.data, exif.size);
    if (b.ifd1)
        exif_erase_ifd1(&b, out); /* reads the input, writes the copy */
    if (b.next_at)
        memset(out + b.next_at, 0, 4);
    exif_set_orientation(&b, out, orientation);
    /* Drop erased bytes at the end. */
    const size_t kept = b.ifd1 ? exif_kept_end(&b) : exif.size;
    size_t size = exif.size;
    while (size > kept && out[size - 1] == 0)
        size--;
    return size;
}
