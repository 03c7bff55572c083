/* json.c: the JSON of records and summaries; see report.h. */
#include "command/report/report.h"

json_t *ml_json_shape(const char *format, const struct ml_shape *shape)
{
    return json_pack("{s:s, s:i, s:i, s:s, s:i}", "format", format, "width",
                     (int)shape->width, "height", (int)shape->height, "layout",
                     ml_layout_name(shape->layout), "bits", (int)shape->bits);
}

void ml_json_print(const json_t *document, FILE *out)
{
    (void)json_dumpf(document, out,
                     JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(9));
    (void)fputc('\n', out);
}
