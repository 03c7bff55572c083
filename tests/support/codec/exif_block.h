/* exif_block.h: a small EXIF structure of either byte order, made on the spot:
 * IFD0 (make, orientation, pointers), Exif and GPS directories, and IFD1 with a
 * thumbnail. */
#ifndef ML_TESTS_SUPPORT_CODEC_EXIF_BLOCK_H
#define ML_TESTS_SUPPORT_CODEC_EXIF_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    TEST_EXIF_CAPACITY = 512,
    TEST_EXIF_KEPT = 156, /* bytes before the thumbnail's directory */
    TEST_EXIF_THUMBNAIL = 40
};

struct test_exif {
    uint8_t data[TEST_EXIF_CAPACITY];
    size_t size;
    size_t orientation_at; /* of the two bytes of its value */
    size_t ifd1_at;        /* of the offset of IFD1 in IFD0 */
};

void test_exif_make(struct test_exif *exif, bool little, uint16_t orientation,
                    bool thumbnail);
void test_exif_put16(struct test_exif *exif, size_t at, bool little,
                     uint16_t number);
void test_exif_put32(struct test_exif *exif, size_t at, bool little,
                     uint32_t number);

#endif
