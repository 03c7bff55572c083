/* header.c: see header.h. */
#include "codec/pnm/header.h"

#include <string.h>

#include "base/strbuf.h"

#define HEADER_WORD_MAX 32 /* bytes of a PAM keyword or tuple type */

static const char header_remedy[] = "get the file again from its source";

static bool header_is_space(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool header_is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

bool ml_pnm_skip(struct ml_pnm_cursor *cursor)
{
    const struct ml_bytes file = cursor->file;
    bool comment = false;
    for (; cursor->at < file.size; cursor->at++) {
        const uint8_t c = file.data[cursor->at];
        if (c == '#')
            comment = true;
        else if (comment)
            comment = c != '\n' && c != '\r';
        else if (!header_is_space(c))
            return true;
    }
    return false;
}

enum ml_status ml_pnm_number(struct ml_pnm_cursor *cursor, uint32_t *number_out)
{
    const struct ml_bytes file = cursor->file;
    if (!ml_pnm_skip(cursor))
        return ML_ERR_TRUNCATED;
    size_t at = cursor->at;
    uint32_t number = 0;
    for (; at < file.size && header_is_digit(file.data[at]); at++) {
        if (at - cursor->at == 9) /* keeps the number below 2^32 */
            return ML_ERR_CORRUPT;
        number = number * 10 + (uint32_t)(file.data[at] - '0');
    }
    if (at == cursor->at || (at < file.size && file.data[at] != '#' &&
                             !header_is_space(file.data[at])))
        return ML_ERR_CORRUPT;
    cursor->at = at;
    *number_out = number;
    return ML_OK;
}

static enum ml_status header_fail(enum ml_status status, struct ml_error *err)
{
    if (status == ML_ERR_TRUNCATED)
        return ml_fail(err, status, "PNM header ends early", header_remedy,
                       "the file ends within it");
    return ml_fail(err, status, "PNM header is damaged", header_remedy,
                   "a number is missing or out of range");
}

/* ---- P1 to P6 ---- */

/* Exactly one white space separates a binary picture from its header. */
static enum ml_status header_read_classic(struct ml_pnm_cursor *cursor,
                                          struct ml_pnm_header *header,
                                          struct ml_error *err)
{
    const bool bits = header->kind == '1' || header->kind == '4';
    uint32_t numbers[3] = {0, 0, 1};
    for (size_t i = 0; i < (bits ? 2 : 3); i++) {
        const enum ml_status status = ml_pnm_number(cursor, &numbers[i]);
        if (status != ML_OK)
            return header_fail(status, err);
    }
    if (cursor->at == cursor->file.size)
        return header_fail(ML_ERR_TRUNCATED, err);
    if (!header_is_space(cursor->file.data[cursor->at]))
        return header_fail(ML_ERR_CORRUPT, err);
    header->bytes = cursor->at + 1;
    header->width = numbers[0];
    header->height = numbers[1];
    header->largest = numbers[2];
    header->depth = header->kind == '3' || header->kind == '6' ? 3 : 1;
    header->layout = header->depth == 3 ? ML_RGB : ML_GRAY;
    return ML_OK;
}

/* ---- P7 ---- */

struct header_pam {
    uint32_t width, height, depth, largest;
    char type[HEADER_WORD_MAX]; /* empty: not given */
};

static void header_read_word(struct ml_pnm_cursor *cursor,
                             char word[HEADER_WORD_MAX])
{
    size_t length = 0;
    for (; cursor->at < cursor->file.size &&
           !header_is_space(cursor->file.data[cursor->at]);
         cursor->at++)
        if (length + 1 < HEADER_WORD_MAX)
            word[length++] = (char)cursor->file.data[cursor->at];
    word[length] = '\0';
}

static enum ml_status header_read_field(struct ml_pnm_cursor *cursor,
                                        const char *name,
                                        struct header_pam *pam)
{
    if (strcmp(name, "WIDTH") == 0)
        return ml_pnm_number(cursor, &pam->width);
    if (strcmp(name, "HEIGHT") == 0)
        return ml_pnm_number(cursor, &pam->height);
    if (strcmp(name, "DEPTH") == 0)
        return ml_pnm_number(cursor, &pam->depth);
    if (strcmp(name, "MAXVAL") == 0)
        return ml_pnm_number(cursor, &pam->largest);
    if (strcmp(name, "TUPLTYPE") != 0)
        return ML_ERR_CORRUPT;
    if (!ml_pnm_skip(cursor))
        return ML_ERR_TRUNCATED;
    header_read_word(cursor, pam->type);
    return ML_OK;
}

/* Up to the end of the ENDHDR line. */
static enum ml_status header_read_fields(struct ml_pnm_cursor *cursor,
                                         struct header_pam *pam)
{
    while (ml_pnm_skip(cursor)) {
        char name[HEADER_WORD_MAX];
        header_read_word(cursor, name);
        if (cursor->at == cursor->file.size)
            break; /* the file may end within the word */
        if (strcmp(name, "ENDHDR") == 0) {
            while (cursor->at < cursor->file.size)
                if (cursor->file.data[cursor->at++] == '\n')
                    return ML_OK;
            break;
        }
        const enum ml_status status = header_read_field(cursor, name, pam);
        if (status != ML_OK)
            return status;
    }
    return ML_ERR_TRUNCATED;
}

/* The layout of a tuple type; without a type, the depth decides. */
static bool header_pam_layout(const struct header_pam *pam,
                              enum ml_layout *layout_out)
{
    static const struct {
        const char *type;
        uint32_t depth;
        enum ml_layout layout;
    } known[] = {{"GRAYSCALE", 1, ML_GRAY},
                 {"BLACKANDWHITE", 1, ML_GRAY},
                 {"GRAYSCALE_ALPHA", 2, ML_GRAYA},
                 {"BLACKANDWHITE_ALPHA", 2, ML_GRAYA},
                 {"RGB", 3, ML_RGB},
                 {"RGB_ALPHA", 4, ML_RGBA}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (pam->depth != known[i].depth ||
            (pam->type[0] && strcmp(pam->type, known[i].type) != 0))
            continue;
        *layout_out = known[i].layout;
        return true;
    }
    return false;
}

static enum ml_status header_read_pam(struct ml_pnm_cursor *cursor,
                                      struct ml_pnm_header *header,
                                      struct ml_error *err)
{
    struct header_pam pam = {0};
    const enum ml_status status = header_read_fields(cursor, &pam);
    if (status != ML_OK)
        return header_fail(status, err);
    if (!header_pam_layout(&pam, &header->layout))
        return ml_fail(
            err, ML_ERR_UNSUPPORTED, "this kind of PAM is not supported",
            "convert it to gray or RGB, with or without alpha",
            "tuple type \"%s\" of depth %u",
            ml_is_utf8(pam.type, strlen(pam.type)) ? pam.type : "?", pam.depth);
    header->width = pam.width;
    header->height = pam.height;
    header->depth = pam.depth;
    header->largest = pam.largest;
    header->bytes = cursor->at;
    return ML_OK;
}

/* ---- both ---- */

static enum ml_pnm_coding header_coding(const struct ml_pnm_header *header)
{
    switch (header->kind) {
    case '1':
        return ML_PNM_DIGIT;
    case '2':
    case '3':
        return ML_PNM_DECIMAL;
    case '4':
        return ML_PNM_BIT;
    default:
        return header->largest > 255 ? ML_PNM_WORD : ML_PNM_BYTE;
    }
}

enum ml_status ml_pnm_read_header(struct ml_bytes file,
                                  struct ml_pnm_header *header,
                                  struct ml_error *err)
{
    struct ml_pnm_cursor cursor = {.file = file, .at = 2};
    memset(header, 0, sizeof *header);
    header->kind = (char)file.data[1];
    const enum ml_status status =
        header->kind == '7' ? header_read_pam(&cursor, header, err)
                            : header_read_classic(&cursor, header, err);
    if (status != ML_OK)
        return status;
    if (header->largest < 1 || header->largest > UINT16_MAX)
        return ml_fail(err, ML_ERR_CORRUPT, "PNM header is damaged",
                       header_remedy, "the largest value is %u, not 1 to 65535",
                       header->largest);
    header->coding = header_coding(header);
    return ML_OK;
}
