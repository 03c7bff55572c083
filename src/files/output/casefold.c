/* casefold.c: see casefold.h. */
#include "files/output/casefold.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct casefold_range {
    uint32_t first, last; /* capitals */
    uint32_t step;        /* every, or every other */
    uint32_t add;         /* to the small letter */
};

static const struct casefold_range casefold_ranges[] = {
    {0xc0, 0xd6, 1, 0x20},   {0xd8, 0xde, 1, 0x20},   {0x100, 0x12e, 2, 1},
    {0x132, 0x136, 2, 1},    {0x139, 0x147, 2, 1},    {0x14a, 0x176, 2, 1},
    {0x179, 0x17d, 2, 1},    {0x391, 0x3a1, 1, 0x20}, {0x3a3, 0x3ab, 1, 0x20},
    {0x400, 0x40f, 1, 0x50}, {0x410, 0x42f, 1, 0x20},
};

static uint32_t casefold_point(uint32_t point)
{
    for (size_t i = 0; i < sizeof casefold_ranges / sizeof *casefold_ranges;
         i++) {
        const struct casefold_range *range = &casefold_ranges[i];
        if (point >= range->first && point <= range->last &&
            (point - range->first) % range->step == 0)
            return point + range->add;
    }
    return point;
}

/* Fold one character at `s`; returns its length.  Only two-byte sequences can
 * change beyond ASCII. */
static size_t casefold_one(unsigned char *s)
{
    if (s[0] >= 'A' && s[0] <= 'Z')
        s[0] = (unsigned char)(s[0] + ('a' - 'A'));
    const bool is_pair = s[0] >= 0xc3 && s[0] <= 0xd1 && (s[1] & 0xc0) == 0x80;
    if (!is_pair)
        return 1;
    const uint32_t point =
        casefold_point(((uint32_t)(s[0] & 0x1f) << 6) | (s[1] & 0x3f));
    s[0] = (unsigned char)(0xc0 | (point >> 6));
    s[1] = (unsigned char)(0x80 | (point & 0x3f));
    return 2;
}

void ml_casefold(char *name)
{
    unsigned char *s = (unsigned char *)name;
    while (*s)
        s += casefold_one(s);
}
