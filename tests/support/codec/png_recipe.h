/* png_recipe.h: any bytes -> a PNG file that is mostly sound.
 *
 * What a fuzzer invents is taken as a recipe: the header, the chunks beside the
 * pixels, filtered rows, how they are packed (by zlib, stored, or symbol by
 * symbol with codes that the format forbids among them), where the stream is
 * cut into chunks, and what is damaged afterwards.  Checksums are right unless
 * the recipe says otherwise, so that what is odd lies deep inside.  Bytes that
 * begin as a PNG does are taken as one, with its checksums made right.
 */
#ifndef ML_TESTS_SUPPORT_CODEC_PNG_RECIPE_H
#define ML_TESTS_SUPPORT_CODEC_PNG_RECIPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PNG_RECIPE_RAW ((size_t)16 << 10)    /* bytes of filtered rows */
#define PNG_RECIPE_PACKED ((size_t)40 << 10) /* of the zlib stream */
#define PNG_RECIPE_FILE ((size_t)64 << 10)

/* The caller's memory for one file at a time. */
struct png_recipe {
    uint8_t raw[PNG_RECIPE_RAW], packed[PNG_RECIPE_PACKED];
    uint8_t file[PNG_RECIPE_FILE];
    size_t raw_size, packed_size, file_size;
    /* Of the last file. */
    unsigned fail_on; /* 0 to 3: an enum ml_fail_on to read it under */
    uint64_t seed;    /* for the heights of strips */
};

/* Fill recipe->file.  The same bytes make the same file. */
void png_recipe_cook(struct png_recipe *recipe, const uint8_t *data,
                     size_t size);

/* The file's zlib stream, gathered from all IDAT chunks into recipe->packed. */
void png_recipe_gather(struct png_recipe *recipe);

#endif
