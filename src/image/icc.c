/* icc.c: the check of a colour profile; see metadata.h.  Pure. */
#include "image/metadata.h"

#include <string.h>

#include "base/byte_order.h"

enum {
    ICC_HEADER = 128,  /* bytes; the tag table follows */
    ICC_SPACE_AT = 16, /* colour space of the data, four letters */
    ICC_MAGIC_AT = 36  /* "acsp" */
};

bool ml_icc_fits(struct ml_bytes icc, enum ml_layout layout)
{
    static const char *const spaces[ML_LAYOUT_COUNT] = {"GRAY", "GRAY", "RGB ",
                                                        "RGB ", "CMYK", "RGB "};
    if (!icc.data || icc.size < ICC_HEADER)
        return false;
    const uint8_t *h = icc.data;
    const size_t size = ml_load_be32(h);
    return size >= ICC_HEADER && size <= icc.size &&
           memcmp(h + ICC_MAGIC_AT, "acsp", 4) == 0 &&
           memcmp(h + ICC_SPACE_AT, spaces[layout], 4) == 0;
}
