/* name_template.h: templates of output names (--name).
 *
 *   {dir}     folder of the input below its argument; if empty, the slash
 *             behind it is dropped
 *   {stem}    base name without its last ending
 *   {ext}     the input's own ending if it belongs to the output format
 *             (JPG stays JPG), else the usual one of that format
 *   {n} {n:04}  number of the input in the run, from 1; with leading zeros
 *   {w} {h}   size of the written picture, pixels
 *   {hash} {hash:8}  first digits of the 64-bit hash of the written bytes, hex
 *   {{ }}     literal braces
 *
 * Parsed and checked once, expanded for each input into the caller's memory.  A
 * template with {w}, {h} or {hash} is `deferred`: its names are known only once
 * the output is encoded.  No expansion leaves the output root: see
 * ml_name_template_expand.  Read-only once parsed: any thread may expand.
 */
#ifndef ML_FILES_OUTPUT_NAME_TEMPLATE_H
#define ML_FILES_OUTPUT_NAME_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define ML_NAME_DEFAULT "{dir}/{stem}.{ext}"
#define ML_NAME_PATH_MAX 4096 /* an expansion with its terminator */
#define ML_NAME_PARTS_MAX 32
#define ML_NAME_TEMPLATE_MAX 1024

enum ml_name_field {
    ML_NAME_LITERAL,
    ML_NAME_DIR,
    ML_NAME_STEM,
    ML_NAME_EXT,
    ML_NAME_N,
    ML_NAME_W,
    ML_NAME_H,
    ML_NAME_HASH
};

struct ml_name_part {
    enum ml_name_field field;
    uint16_t begin, length; /* of a literal, within `text` */
    uint16_t digits;        /* of {n:0D} and {hash:D} */
};

struct ml_name_template {
    struct ml_name_part parts[ML_NAME_PARTS_MAX];
    size_t part_count;
    char text[ML_NAME_TEMPLATE_MAX]; /* the literals, unescaped */
    bool deferred;                   /* uses {w}, {h} or {hash} */
};

/* The values of one picture. */
struct ml_name_values {
    const char *relative;          /* input path below its argument */
    const char *const *extensions; /* of the output format, NULL-terminated,
                                      the usual one first, no dots */
    uint64_t n;                    /* from 1 */
    uint32_t width, height;        /* deferred, as is `hash` */
    uint64_t hash;
};

/* ML_ERR_USAGE: unknown field (the remedy names the closest), unclosed brace, a
 * template that leaves the root for every input. */
ML_MUST_CHECK enum ml_status
ml_name_template_parse(struct ml_name_template *name, const char *template_text,
                       struct ml_error *err);

/* Expand into path_out, terminated; `length_out` may be NULL.  ML_ERR_USAGE
 * when the result is absolute, has an empty, `.` or `..` component, one longer
 * than 255 bytes, or is too long as a whole. */
ML_MUST_CHECK enum ml_status ml_name_template_expand(
    const struct ml_name_template *name, const struct ml_name_values *values,
    char path_out[ML_NAME_PATH_MAX], size_t *length_out, struct ml_error *err);

/* Put `-NUMBER` before the ending of the last component, in place.
 * ML_ERR_USAGE if it becomes too long. */
ML_MUST_CHECK enum ml_status ml_name_add_suffix(char path[ML_NAME_PATH_MAX],
                                                uint32_t number,
                                                struct ml_error *err);

#endif
