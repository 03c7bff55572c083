/* exif_block.c: see exif_block.h.  The layout:
 *
 *     0 header | 8 IFD0, 4 entries | 62 "Camera works" | 76 Exif IFD, 2 entries
 *     106 a rational | 114 GPS IFD, 1 entry | 132 24 bytes only a maker knows
 *     156 IFD1, 3 entries | 198 the thumbnail, 40 bytes
 */
#include "support/codec/exif_block.h"

#include <string.h>

enum {
    AT_IFD0 = 8,
    AT_MAKE = 62,
    AT_EXIF = 76,
    AT_RATIONAL = 106,
    AT_GPS = 114,
    AT_MAKER = 132,
    AT_IFD1 = TEST_EXIF_KEPT,
    AT_THUMBNAIL = 198
};

void test_exif_put16(struct test_exif *exif, size_t at, bool little,
                     uint16_t number)
{
    exif->data[at + !little] = (uint8_t)number;
    exif->data[at + little] = (uint8_t)(number >> 8);
}

void test_exif_put32(struct test_exif *exif, size_t at, bool little,
                     uint32_t number)
{
    test_exif_put16(exif, at + (little ? 0 : 2), little, (uint16_t)number);
    test_exif_put16(exif, at + (little ? 2 : 0), little,
                    (uint16_t)(number >> 16));
}

/* Entry `index` of the directory at `ifd`, with a LONG or an offset in it. */
static void put_entry(struct test_exif *exif, bool little, size_t ifd,
                      size_t index, uint16_t tag, uint16_t type, uint32_t count,
                      uint32_t value)
{
    const size_t at = ifd + 2 + 12 * index;
    test_exif_put16(exif, at, little, tag);
    test_exif_put16(exif, at + 2, little, type);
    test_exif_put32(exif, at + 4, little, count);
    test_exif_put32(exif, at + 8, little, value);
}

static void put_kept(struct test_exif *exif, bool little, uint16_t orientation)
{
    memcpy(exif->data, little ? "II*\0" : "MM\0*", 4);
    test_exif_put32(exif, 4, little, AT_IFD0);
    test_exif_put16(exif, AT_IFD0, little, 4);
    put_entry(exif, little, AT_IFD0, 0, 0x010f, 2, 13, AT_MAKE);
    put_entry(exif, little, AT_IFD0, 1, 0x0112, 3, 1, 0);
    exif->orientation_at = AT_IFD0 + 2 + 12 + 8;
    test_exif_put16(exif, exif->orientation_at, little, orientation);
    put_entry(exif, little, AT_IFD0, 2, 0x8769, 4, 1, AT_EXIF);
    put_entry(exif, little, AT_IFD0, 3, 0x8825, 4, 1, AT_GPS);
    exif->ifd1_at = AT_IFD0 + 2 + 4 * 12;
    memcpy(exif->data + AT_MAKE, "Camera works", 13);
    test_exif_put16(exif, AT_EXIF, little, 2);
    put_entry(exif, little, AT_EXIF, 0, 0x829a, 5, 1, AT_RATIONAL);
    put_entry(exif, little, AT_EXIF, 1, 0x927c, 7, 24, AT_MAKER);
    memset(exif->data + AT_RATIONAL, 7, 8);
    test_exif_put16(exif, AT_GPS, little, 1);
    put_entry(exif, little, AT_GPS, 0, 0x0000, 1, 4, 0x02020000);
    memset(exif->data + AT_MAKER, 9, 24);
}

void test_exif_make(struct test_exif *exif, bool little, uint16_t orientation,
                    bool thumbnail)
{
    memset(exif, 0, sizeof *exif);
    put_kept(exif, little, orientation);
    exif->size = TEST_EXIF_KEPT;
    if (!thumbnail)
        return;
    test_exif_put32(exif, exif->ifd1_at, little, AT_IFD1);
    test_exif_put16(exif, AT_IFD1, little, 3);
    put_entry(exif, little, AT_IFD1, 0, 0x0103, 3, 1, little ? 6 : 6U << 16);
    put_entry(exif, little, AT_IFD1, 1, 0x0201, 4, 1, AT_THUMBNAIL);
    put_entry(exif, little, AT_IFD1, 2, 0x0202, 4, 1, TEST_EXIF_THUMBNAIL);
    memset(exif->data + AT_THUMBNAIL, 0xab, TEST_EXIF_THUMBNAIL);
    exif->size = AT_THUMBNAIL + TEST_EXIF_THUMBNAIL;
}
